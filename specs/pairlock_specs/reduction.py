"""What allows the reductions, asked of every state of a full search; and that the reduced one misses nothing.

Nothing here is argued: each function looks, and says what it found wrong, if anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from pairlock.lifecycle import CLOSED, OS
from pairlock_specs.claims import CLAIMS
from pairlock_specs.coverage import SOMETIMES
from pairlock_specs.explore import Explorer
from pairlock_specs.forget import Forgetting
from pairlock_specs.graph import explored_by
from pairlock_specs.movers import EVERY, is_mover
from pairlock_specs.moves import Move
from pairlock_specs.reduced import ReducedExplorer


def _open_states(explorer: Explorer) -> Iterator[tuple[int, int, int]]:
    for state in range(len(explorer.states)):
        trade = explorer.trade_number(state)
        if explorer.engine.trades[trade].state not in CLOSED and explorer.part_of(state) is not None:
            yield state, trade, explorer.truth_number(state)


def not_movers(explorer: Explorer) -> Iterator[str]:
    """Where a move that is put off makes a difference: done before another, and not to be done after it.

    Asked of each state, each mover possible there, and each move about no or another order that is possible after it.
    """
    possible, checked = explorer.moves.possible, 0
    for state, trade, truth in _open_states(explorer):
        part = explorer.part_of(state)
        here = possible(trade, truth)
        for mover in here:
            if part is None or not is_mover(mover.action, part):
                continue
            for other in possible(trade, mover.truth):
                if other.about & mover.about & ~EVERY:
                    continue
                checked += 1
                if not _the_other_way_round(explorer, trade, here, mover, other):
                    yield f"state {state}: {other.label}, done before {mover.label}, does not lead to the same"
    if not checked:
        yield "no move was ever put off"


def _the_other_way_round(
    explorer: Explorer, trade: int, here: tuple[Move, ...], mover: Move, other: Move
) -> bool:
    """Whether ``other``, done first, is possible and told the same, and ``mover`` then leads to the same end.

    Two fills of one order and size have one label: it is enough that one of them does.
    """
    end = explorer.after(trade, other)
    for first in here:
        if (first.label, first.fact) == (other.label, other.fact):
            between = explorer.after(trade, first)
            if between is None:
                return end is None
            for move in explorer.moves.possible(*between):
                if move.label == mover.label and (between[0], move.truth) == end:
                    return True
    return False


def not_forgettable(explorer: Explorer) -> Iterator[str]:
    """Where what is forgotten is looked at: by what may happen, by what is told, by where it leads, or by a claim."""
    forget, checked = Forgetting(explorer.engine, explorer.moves), 0
    for state in range(len(explorer.states)):
        trade, truth = explorer.trade_number(state), explorer.truth_number(state)
        less = forget(trade, truth)
        if less == truth:
            continue
        checked += 1
        yield from _told_apart(explorer, trade, truth, less)
        if explorer.engine.trades[trade].state in CLOSED:
            continue
        with_it, without = (explorer.moves.possible(trade, each) for each in (truth, less))
        if [(m.label, m.fact, m.kind) for m in with_it] != [(m.label, m.fact, m.kind) for m in without]:
            yield f"state {state}: other moves are possible"
            continue
        for one, other in zip(with_it, without, strict=True):
            ends = (explorer.after(trade, one), explorer.after(trade, other))
            if len({None if end is None else (end[0], forget(*end)) for end in ends}) != 1:
                yield f"state {state}: {one.label} leads elsewhere"
    if not checked:
        yield "nothing was ever forgotten"


def _told_apart(explorer: Explorer, trade: int, truth: int, less: int) -> Iterator[str]:
    """The claims about a whole state that see a difference."""
    believed = explorer.engine.trades[trade]
    full, left = explorer.moves.truths[truth], explorer.moves.truths[less]
    for claim in CLAIMS:
        if claim.compare is not None and claim.compare.truth(full) != claim.compare.truth(left):
            yield f"{claim.name} sees what was forgotten"
        judge = claim.state if believed.state in claim.states else None
        if judge is not None and judge(believed, full) != judge(believed, left):
            yield f"{claim.name} sees what was forgotten"
    for wanted in SOMETIMES:
        seen = wanted.state if believed.state in wanted.states else None
        if seen is not None and seen(believed, full) != seen(believed, left):
            yield f"{wanted.name} sees what was forgotten"


def _seen(explorer: Explorer) -> dict[str, object]:
    """All that is judged, in a form that does not depend on the order of the search."""
    trades, facts = explorer.engine.trades, explorer.engine.facts
    explorer.judge.graph(explored_by(explorer))
    return {
        "trades": frozenset(trades),
        "closed trades": frozenset(trade for trade in trades if trade.state in CLOSED),
        "(trade, fact) steps": frozenset((trades[trade], facts[fact]) for trade, fact in explorer.told()),
        "(state, event) pairs": explorer.engine.pairs,
        "(order, event) pairs": explorer.engine.order_pairs,
        "orders believed and true": explorer.orders_met(),
        "figures compared": {name: frozenset(judged) for name, judged in explorer.judge.compared()},
        "verdicts": [(verdict.name, verdict.holds) for verdict in explorer.judge.verdicts()],
    }


def missed(full: Explorer, reduced: ReducedExplorer) -> Iterator[str]:
    """What the full search saw and the reduced one did not, or the other way round."""
    one, other = _seen(full), _seen(reduced)
    for name, seen in one.items():
        if other[name] != seen:
            yield f"the {name} differ"


def skipped(full: Explorer, reduced: ReducedExplorer) -> Iterator[str]:
    """States that only the full search met although fewer than two of their orders wait to be read."""
    forget = Forgetting(full.engine, full.moves)
    met = {(reduced.trade_of(state), reduced.truth_of(state)) for state in range(len(reduced.states))}
    for state in range(len(full.states)):
        trade, truth = full.trade_number(state), full.truth_number(state)
        believed = full.engine.trades[trade]
        if (believed, full.moves.truths[forget(trade, truth)]) in met:
            continue
        if sum(order.state is not OS.FINAL for order in believed.orders) < 2:
            yield f"state {state} is skipped, and only one order waits to be read"
