"""Strongly connected components: where a walk over the graph may go round for ever.

A walk that goes round in the whole graph goes round, or stands still, in the small graph of trades and in the small
graph of truths. So only states that lie on a cycle of one of the small graphs are looked at: usually there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from pairlock_specs.explore import Explorer
from pairlock_specs.reach import edges_of


def components(nodes: Iterable[int], following: Callable[[int], Iterable[int]]) -> list[list[int]]:
    """The strongly connected components of more than one node (Tarjan's, without recursion), in a fixed order.

    ``following`` may name nodes outside ``nodes``: they are left out.
    """
    wanted = dict.fromkeys(nodes)
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    held: set[int] = set()
    work: list[tuple[int, Iterator[int]]] = []
    found: list[list[int]] = []

    def enter(node: int) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        held.add(node)
        work.append((node, iter(tuple(following(node)))))

    for root in wanted:
        if root not in index:
            enter(root)
        while work:
            node, rest = work[-1]
            fresh = -1
            for to in rest:
                if to in held:
                    low[node] = min(low[node], index[to])
                elif to in wanted and to not in index:
                    fresh = to
                    break
            if fresh >= 0:
                enter(fresh)
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == index[node]:
                part = [stack.pop()]
                while part[-1] != node:
                    part.append(stack.pop())
                held.difference_update(part)
                if len(part) > 1:
                    found.append(sorted(part))
    return found


def cycles(explorer: Explorer) -> list[list[int]]:
    """Every set of states among which a run may go round for ever."""
    trades = {
        t for part in components(range(len(explorer.engine.trades)), explorer.trades_after) for t in part
    }
    truths = {
        t
        for part in components(range(len(explorer.moves.truths)), explorer.moves.truths_after())
        for t in part
    }
    if not trades and not truths:
        return []
    near = [
        state
        for state in range(len(explorer.states))
        if explorer.trade_number(state) in trades or explorer.truth_number(state) in truths
    ]
    return components(near, lambda state: [to for _, to in edges_of(explorer, state)])
