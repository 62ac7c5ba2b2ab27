"""From where in the graph can a good state still be reached?"""

from __future__ import annotations

from collections.abc import Callable

from pairlock.lifecycle import CLOSED, S
from pairlock.model import Trade
from pairlock.positions import all_final, no_order_can_fill
from pairlock_specs.explore import Explorer
from pairlock_specs.scope import Part


def closes(trade: Trade, part: Part | None) -> bool:
    """Closed; or, where the part does not let the markets resolve, with nothing more to learn but that."""
    if trade.state in CLOSED:
        return True
    waits = part is not None and not part.resolutions and trade.state in (S.PAIRED, S.STUCK)
    return waits and all_final(trade)


def quiet(trade: Trade, part: Part | None) -> bool:
    """No order of the trade can fill any more."""
    return no_order_can_fill(trade)


Good = Callable[[Trade, Part | None], bool]


def edges_of(explorer: Explorer, state: int) -> list[tuple[int, int]]:
    """(kind, state) of every edge that leads out of ``state``; what changes nothing is no edge."""
    if explorer.trade_of(state).state in CLOSED:
        return []
    found = ((move.kind, explorer.successor(state, move)) for move in explorer.moves_of(state))
    return [(kind, to) for kind, to in found if to not in (state, -1)]


def first_outside(explorer: Explorer, good: Good, kind: int) -> int:
    """The first state from which no good state can be reached over edges of ``kind``, or -1. Backward reachability."""
    count = len(explorer.states)
    before: list[list[int]] = [[] for _ in range(count)]
    for state in range(count):
        for each, to in edges_of(explorer, state):
            if each & kind:
                before[to].append(state)
    todo = [s for s in range(count) if good(explorer.trade_of(s), explorer.part_of(s))]
    reached = bytearray(count)
    for state in todo:
        reached[state] = 1
    while todo:
        for state in before[todo.pop()]:
            if not reached[state]:
                reached[state] = 1
                todo.append(state)
    return reached.find(0)
