"""Questions to the whole graph: from where can a good state still be reached?"""

from __future__ import annotations

from collections.abc import Callable

from pairlock.lifecycle import CLOSED, S
from pairlock.model import Trade
from pairlock.positions import all_final, no_order_can_fill
from pairlock_specs.claim import Explored
from pairlock_specs.explore import Explorer
from pairlock_specs.scope import Part


def _closes(trade: Trade, part: Part | None) -> bool:
    """Closed; or, where the part does not let the markets resolve, with nothing more to learn but that."""
    if trade.state in CLOSED:
        return True
    waits = part is not None and not part.resolutions and trade.state in (S.PAIRED, S.STUCK)
    return waits and all_final(trade)


def _first_outside(explorer: Explorer, good: Callable[[Trade, Part | None], bool], *, ours_only: bool) -> int:
    """The first state from which no good state can be reached, or -1. Backward reachability."""
    count = len(explorer.states)
    heads = [-1] * count  # for each state, its last edge in; `following` chains the others
    following = [-1] * len(explorer.edge_to)
    for edge, to in enumerate(explorer.edge_to):
        if explorer.edge_ours[edge] or not ours_only:
            following[edge] = heads[to]
            heads[to] = edge
    reached = bytearray(count)
    todo = [state for state in range(count) if good(explorer.trade_of(state), explorer.part_of(state))]
    for state in todo:
        reached[state] = 1
    while todo:
        edge = heads[todo.pop()]
        while edge >= 0:
            before = explorer.edge_from[edge]
            if not reached[before]:
                reached[before] = 1
                todo.append(before)
            edge = following[edge]
    return reached.find(0)


def explored_by(explorer: Explorer) -> Explored:
    """What the claims about the whole graph are judged on; nothing is said of a search that was cut short."""
    stranded = unending = -1
    if explorer.complete:
        stranded = _first_outside(explorer, _closes, ours_only=False)
        unending = _first_outside(explorer, lambda trade, _: no_order_can_fill(trade), ours_only=True)
    return Explored(
        frozenset(explorer.engine.pairs),
        frozenset(explorer.engine.order_pairs),
        stranded,
        unending,
        explorer.complete,
    )
