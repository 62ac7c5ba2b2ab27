"""What holds in every state of the proof, and the claims that follow from it. Each condition has its words."""

from __future__ import annotations

from attrs import frozen

from pairlock.lifecycle import S
from pairlock_specs.proof.logic import Named, Value, both, choose, either, implies, most, no
from pairlock_specs.proof.state import BUYS, KINDS, LEGS, OF_KIND, STATES, State


def _slot(s: State, leg: int) -> list[Named]:
    active, alive = s.of("active", leg), s.of("alive", leg)
    known, gross = s.of("known", leg), s.of("gross", leg)
    positive = "size paid budget left over b_over over_add over_take cash booked counted".split()
    found: list[Named] = [
        (f"leg {leg}: what is alive at a venue or on its way is believed able to fill", implies(alive, active)),
        (f"leg {leg}: what is believed able to fill has a durable intent", implies(active, s.of("durable", leg))),
        (f"leg {leg}: no more is believed matched of an order than was", both(known >= 0, known <= gross)),
        (f"leg {leg}: of an order that can fill no more, all that matched is known", either(active, known == gross)),
        (f"leg {leg}: sizes and budgets are not negative", both(*(s.of(name, leg) >= 0 for name in positive))),
        (f"leg {leg}: what never matched cost nothing", implies(gross == 0, s.of("paid", leg) == 0)),
        (f"leg {leg}: only what may fill may cost more", either(active, s.of("left", leg) == 0)),
        (f"leg {leg}: an order is an add, a complement or a sale",
         either(*(s.holds_kind(leg, kind) for kind in KINDS))),
        (f"leg {leg}: a cost beyond a budget needs a fill above a size", implies(
            either(s.of("over", leg) > 0, s.of("b_over", leg) > 0),
            either(s.of("over_add", leg) > 0, s.of("over_take", leg) > 0))),
    ]  # fmt: skip
    for kind in KINDS:
        unknown = choose(both(active, s.holds_kind(leg, kind)), gross - known, 0)
        words = f"leg {leg}, {kind}: only of the order that may still fill may a match be unknown"
        found.append((words, s.matched(leg, kind) - s.told(leg, kind) == unknown))
    return found


def _kind(s: State, leg: int, kind: str) -> list[Named]:
    tf, tp, tx, bf, bp, bx, cf, cp, uf, up = (s.of(name, leg, kind) for name in OF_KIND)
    where = f"leg {leg}, {kind}"
    found: list[Named] = [
        (f"{where}: quantities and money are not negative",
         both(*(value >= 0 for value in (tf, tp, tx, bf, bp, bx, cf, cp, uf, up)))),
        (f"{where}: what is believed final is final", bf <= tf),
        (f"{where}: what is believed failed has failed", bx <= tx),
        (f"{where}: what is believed final costs what it cost", both(uf <= cf, implies(bf == tf, uf == cf))),
        (f"{where}: nothing pending costs nothing", both(implies(tp == 0, cp == 0), implies(bp == 0, up == 0))),
    ]  # fmt: skip
    if kind in BUYS:
        hidden = choose(both(s.of("active", leg), s.holds_kind(leg, kind)), s.of("paid", leg), 0)
        words = f"{where}: what can fill no more is taken to cost no less than it cost"
        found.append((words, cf + cp <= uf + up + hidden))
    return found


def _exits(s: State, leg: int) -> list[Named]:
    taken = s.taken(leg) + s.room_to_take(leg) - s.of("over_take", leg)
    counted = s.matched(leg, "add") - s.of("counted", leg)
    return [
        (f"leg {leg}: exits take no more than is finally held", implies(s.on_final, taken <= s.of("tf", leg, "add"))),
        (f"leg {leg}: exits take no more than was matched at the intent", either(s.on_final, taken <= counted)),
        (f"leg {leg}: what was believed failed when a take was sized had failed",
         s.of("counted", leg) <= s.of("bx", leg, "add")),
    ]  # fmt: skip


def _money(s: State, leg: int) -> list[Named]:
    return [
        (f"leg {leg}: paid and yet to be paid is within the reservation",
         s.cost(leg) + s.may_cost(leg) <= s.of("cash", leg) + s.of("over", leg)),
        (f"leg {leg}: the same as the engine reckons it",
         s.used(leg) + s.of("left", leg) <= s.of("cash", leg) + s.of("b_over", leg)),
        (f"leg {leg}: the ledger books no more than the engine reckons",
         s.of("booked", leg) <= s.of("up", leg, "add") + s.of("up", leg, "comp")),
    ]  # fmt: skip


def _label(s: State, leg: int) -> list[Named]:
    empty = [s.of(name, leg, kind) == 0 for kind in KINDS for name in OF_KIND]
    empty += [s.of(name, leg) == 0 for name in ("size", "gross", "known", "over_add", "over_take", "counted")]
    found: list[Named] = [
        (f"leg {leg}: before any intent nothing is at a venue",
         implies(s.prepared, both(*empty, no(s.of("active", leg)), no(s.of("alive", leg))))),
        (f"leg {leg}: nothing is reserved before LOCKED",
         implies(s.is_in(S.DETECTED, S.GATED), s.of("cash", leg) == 0)),
        (f"leg {leg}: closed means every order is FINAL", implies(s.closed, s.all_final)),
    ]  # fmt: skip
    net, pay = s.net(leg), s.of("pay", leg)
    paid = both(
        implies(net == 0, pay == 0),
        implies(net > 0, both(pay >= 0, pay <= net)),
        implies(net < 0, both(net <= pay, pay <= 0)),
        either(net == 0, s.of("read", leg)),
    )
    found.append(
        (
            f"leg {leg}: a market pays from nothing to a dollar a contract, once it is read",
            implies(s.closed, paid),
        )
    )
    found.append((f"leg {leg}: nothing is paid before", either(s.closed, pay == 0)))
    return found


def invariant(s: State) -> list[Named]:
    """Every condition that together is inductive."""
    found: list[Named] = [("the label is one of the ten", both(s.label >= 0, s.label < len(STATES)))]
    for leg in LEGS:
        found += _slot(s, leg)
        for kind in KINDS:
            found += _kind(s, leg, kind)
        found += _exits(s, leg) + _money(s, leg) + _label(s, leg)
    return found


def initial(s: State) -> list[Named]:
    """A detected opportunity; accounts hold anything that is not negative."""
    found: list[Named] = [("DETECTED", s.is_in(S.DETECTED))]
    for leg in LEGS:
        found += [(f"{name}.{kind}", s.of(name, leg, kind) == 0) for kind in KINDS for name in OF_KIND]
        zero = "cash size gross known paid budget left kind over b_over over_add over_take counted booked pay".split()
        found += [(name, s.of(name, leg) == 0) for name in zero]
        found += [(name, no(s.of(name, leg))) for name in "active opened alive written durable read".split()]
        found.append(("free cash is not negative", s.of("funds", leg) >= 0))
    return found


@frozen
class Claim:
    """A claim that is proved here; its name begins with its number in the project's list."""

    name: str
    sentence: str


CLAIMS = (
    Claim(
        "9-exit-fits",
        "An exit never takes a net below 0; with exits on matched fills, not below what had matched at its intent;"
        " what a venue fills above an order is counted apart.",
    ),
    Claim(
        "13-risk-reserved",
        "At every instant, what was paid and may yet be paid, less what sales brought, is at most the risk reserved"
        " for the trade, and what is spent stays risk until the close.",
    ),
    Claim(
        "13-risk-only-falls",
        "No move but a reservation or a grant raises a trade's risk, so that the sum over any number of trades stays"
        " under the cap by which reservations and grants are judged.",
    ),
    Claim(
        "14-conserved",
        "Held, spent and receivable are never negative; a closed trade holds nothing, spends nothing, and has posted"
        " exactly what the venues took and paid.",
    ),
    Claim(
        "14-free-never-falls",
        "No move but a reservation or a grant takes from an account's free cash, so that it is never negative but by a"
        " declared deficit, whatever the number of trades.",
    ),
    Claim(
        "19-can-exit",
        "In HEDGING with every order FINAL an exit, a pair or a close is always possible.",
    ),
)


def over_filled(s: State, leg: int) -> Value:
    return either(s.of("over_add", leg) > 0, s.of("over_take", leg) > 0)


def reversed_after(s: State, leg: int) -> Value:
    """With exits on matched fills: what failed after an exit had counted it."""
    return choose(s.on_final, 0, s.of("tx", leg, "add") - s.of("counted", leg))


def claimed(s: State) -> dict[str, list[Named]]:
    """What each claim says of a state."""
    nine: list[Named] = []
    risk: list[Named] = []
    kept: list[Named] = []
    for leg in LEGS:
        held = choose(s.on_final, s.of("tf", leg, "add"), s.matched(leg, "add") - s.of("counted", leg))
        after = held - s.taken(leg) - s.room_to_take(leg)
        nine.append((f"leg {leg}: the net cannot go below 0", after + s.of("over_take", leg) >= 0))
        loss = s.cost(leg) + s.may_cost(leg) - s.of("cf", leg, "sell")
        reserved = s.post_held(leg) + s.post_spent(leg)
        words = f"leg {leg}: worst loss is within the reserve"
        risk.append((words, either(s.closed, loss <= reserved + s.of("over", leg))))
        risk.append(
            (f"leg {leg}: a closed trade can lose nothing more", implies(s.closed, s.may_cost(leg) == 0))
        )
        posted = (s.post_held(leg), s.post_spent(leg), s.post_receivable(leg))
        kept.append((f"leg {leg}: no bucket is negative", both(*(bucket >= 0 for bucket in posted))))
        kept.append(
            (f"leg {leg}: closed means nothing held", implies(s.closed, both(posted[0] == 0, posted[1] == 0)))
        )
        kept.append(
            (
                f"leg {leg}: closed means posted what was really paid and got",
                implies(s.closed, _settled(s, leg)),
            )
        )
        deficit = s.of("b_over", leg) + choose(
            s.closed, s.of("over_take", leg) + most(0, reversed_after(s, leg)), 0
        )
        kept.append((f"leg {leg}: never more than was reserved", s.debit(leg) <= s.of("cash", leg) + deficit))
    return {"9-exit-fits": nine, "13-risk-reserved": risk, "14-conserved": kept}


def _settled(s: State, leg: int) -> Value:
    """The booked result equals what the venue's own fills make it, and no fill can change any more."""
    cost = s.of("cf", leg, "add") + s.of("cf", leg, "comp")
    sets = s.of("tf", leg, "comp")
    truth = s.of("cf", leg, "sell") + s.of("pay", leg) - cost + sets
    quiet = both(no(s.of("alive", leg)), *(s.of("tp", leg, kind) == 0 for kind in KINDS))
    return both(quiet, s.post_net_in(leg) + s.post_receivable(leg) == truth)


def claimed_of_step(before: State, after: State) -> dict[str, list[Named]]:
    """What each claim says of a move (but for reservations and grants, which are judged by the account)."""
    risk: list[Named] = []
    free: list[Named] = []
    for leg in LEGS:
        was = before.post_held(leg) + before.post_spent(leg)
        now = after.post_held(leg) + after.post_spent(leg)
        within = either(
            now <= was, both(over_filled(after, leg), now <= after.of("cash", leg) + after.of("b_over", leg))
        )
        risk.append((f"leg {leg}: risk does not rise", within))
        closing = choose(after.closed, after.of("over_take", leg) + most(0, reversed_after(after, leg)), 0)
        was = before.debit(leg)
        declared = choose(over_filled(after, leg), after.of("cash", leg) + after.of("b_over", leg), was)
        limit = most(was, declared)
        free.append((f"leg {leg}: free cash does not fall", after.debit(leg) <= limit + closing))
    return {"13-risk-only-falls": risk, "14-free-never-falls": free}
