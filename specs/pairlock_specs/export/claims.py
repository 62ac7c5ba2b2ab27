"""The claims that an export judges for itself, by its own truth: each once, in both languages side by side.

They carry the names of the explorer's claims. Sums and nets are defined in ``prelude.pml`` and ``prelude.tla``.
In Promela, ``{any:F}`` and ``{all:F}`` stand for F of every slot, joined by ``||`` and ``&&``.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class TruthClaim:
    """``name`` as the explorer has it; ``ident`` as the exports. ``sending``: judged of a step that sends orders, where
    OLD orders are those before it and NEW ones those that it sends; the others are judged of every state."""

    name: str
    ident: str
    sentence: str
    promela: str
    tla: str
    sending: bool = False


CLAIMS: tuple[TruthClaim, ...] = (
    TruthClaim(
        "5-closed-is-quiet",
        "ClosedIsQuiet",
        "No order of a closed trade is live at a venue, and no request of it can still become one.",
        "OPEN || !({any:ALIVE})",
        "Closed => \\A i \\in DOMAIN orders : ~Alive(orders[i])",
    ),
    TruthClaim(
        "12-only-final-counts",
        "OnlyFinalCounts",
        "No trade closes while a match of it may still be undone.",
        "OPEN || !({any:UNDECIDED})",
        "Closed => \\A i \\in DOMAIN orders : ~Undecided(orders[i])",
    ),
    TruthClaim(
        "2-rolled-back",
        "RolledBack",
        "A closed trade is ROLLED_BACK exactly when nothing ever filled finally.",
        "OPEN || ((state == ROLLED_BACK) == !({any:SOMETHING}))",
        'Closed => ((Label = "ROLLED_BACK") <=> ~SomethingFinal)',
    ),
    TruthClaim(
        "1-settled",
        "Settled",
        "A trade closes as SETTLED only with final nets equal and above zero, after the markets resolved.",
        "state != SETTLED || (PAIR && resolution != UNRESOLVED)",
        'Label = "SETTLED" => Pair /\\ resolution # ""',
    ),
    TruthClaim(
        "3-hedged",
        "Hedged",
        "A closed trade is HEDGED exactly when something filled finally and it is no pair; with inventory left, only"
        " after the markets resolved.",
        "OPEN || (((state == HEDGED) == (({any:SOMETHING}) && !(PAIR)))"
        " && (state != HEDGED || FLAT || resolution != UNRESOLVED))",
        'Closed =>\n  /\\ (Label = "HEDGED") <=> (SomethingFinal /\\ ~Pair)\n'
        '  /\\ Label = "HEDGED" => (Flat \\/ resolution # "")',
    ),
    TruthClaim(
        "9-exit-fits",
        "NetsNotNegative",
        "With exits on final fills no net is ever below zero, each order counted up to its own size.",
        "!(EXITS_ON_FINAL) || (SIZED_NET(0) >= 0 && SIZED_NET(1) >= 0)",
        "ExitsOnFinal => SizedNet(0) >= 0 /\\ SizedNet(1) >= 0",
    ),
    TruthClaim(
        "10-unknown-is-not-zero",
        "UnknownIsNotZero",
        "While a trade is open, every order that may yet fill, or whose fill may yet be undone, is followed.",
        "!(OPEN) || ({all:KNOWN_OR_FOLLOWED})",
        "~Closed => \\A i \\in DOMAIN orders : Alive(orders[i]) \\/ Undecided(orders[i]) => Followed(i)",
    ),
    TruthClaim(
        "8-one-order",
        "OneOrder",
        "No id is sent twice, and no leg is entered twice.",
        "{pairs:DISTINCT}",
        "\\A i, j \\in DOMAIN orders : i < j =>\n"
        "  /\\ orders[i].id # orders[j].id\n"
        '  /\\ orders[i].role = "entry" /\\ orders[j].role = "entry" => orders[i].leg # orders[j].leg',
    ),
    TruthClaim(
        "8-nothing-alive-at-intent",
        "NothingAliveAtIntent",
        "An order is sized only when no earlier order of the trade can still fill.",
        "!({any:OLD_AND_ALIVE})",
        "\\A i \\in DOMAIN orders : ~Alive(orders'[i])",
        sending=True,
    ),
    TruthClaim(
        "9-exit-fits",
        "ExitFits",
        "With exits on final fills an exit takes no more than what the venue finally holds for us.",
        "!(EXITS_ON_FINAL) || ({all:FITS})",
        "ExitsOnFinal => \\A i \\in New :\n"
        "  orders'[i].role \\in {\"sell\", \"complement\"} => orders'[i].size <= Net(orders', orders'[i].leg)",
        sending=True,
    ),
    TruthClaim(
        "21-exits-shrink",
        "ExitsShrink",
        "With exits on final fills an exit, filled to any extent, brings the nets closer and never past each other.",
        "!(EXITS_ON_FINAL) || ({all:SHRINKS})",
        "ExitsOnFinal => \\A i \\in New :\n"
        "  orders'[i].role # \"entry\" => 0 < orders'[i].size /\\ orders'[i].size <= Room(orders', orders'[i])",
        sending=True,
    ),
)
