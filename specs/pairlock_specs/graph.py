"""Liveness: from every state a closed one can be reached, and no fair run stays open where it should go on.

What is fair is written down in ``fair.py``. A run that is over, or that goes round, is judged by where it stays:
in one state (every fair action that is possible there changes nothing), or in a set of states that lead to each other
(and no fair action is possible in all of them without ever being done among them: weak fairness).
"""

from __future__ import annotations

from collections.abc import Iterable

from pairlock.lifecycle import CLOSED, S
from pairlock.model import Role, StuckCause, Trade
from pairlock_specs.claim import Explored, Stay
from pairlock_specs.cycles import cycles
from pairlock_specs.explore import Explorer
from pairlock_specs.fair import ANY, FAIR, OURS
from pairlock_specs.reach import Good, closes, first_outside, quiet
from pairlock_specs.scope import Part
from pairlock_specs.truth import Truth, final_nets_e6

_DUST_E6 = 10_000  # 0.01 contract, the least that any venue trades
_HEALTHY = (S.PAIRED, *CLOSED)


def _budget_is_spent(truth: Truth, part: Part) -> bool:
    exits = sum(order.role is not Role.ENTRY for order in truth.orders)
    return exits >= part.max_exit_attempts + part.grants - truth.grants_left


def _is_dust(truth: Truth) -> bool:
    a, b = final_nets_e6(truth)
    return 0 < (-min(a, b) if min(a, b) < 0 else abs(a - b)) < _DUST_E6


def _no_route_fits(trade: Trade, truth: Truth, part: Part) -> bool:
    """A negative net is only bought back; and where a market was paid out, the other is waited for."""
    short = min(final_nets_e6(truth)) < 0
    return (short and "complete" not in part.routes) or trade.payouts != (None, None)


def may_stay(trade: Trade, truth: Truth, part: Part | None) -> bool:
    """Whether a fair run may stay in this state: what is waited for is the market's, or an operator's, to give."""
    if trade.state in _HEALTHY:
        return True
    if trade.state is not S.STUCK or part is None:
        return False
    return {
        StuckCause.BUDGET: _budget_is_spent(truth, part),
        StuckCause.DUST: _is_dust(truth),
        StuckCause.ROUTES: _no_route_fits(trade, truth, part),
    }.get(trade.stuck_cause, False)


def _first_stay(explorer: Explorer) -> Stay | None:
    """The first state that no fair action leaves although it should be left."""
    for state, kinds in enumerate(explorer.kinds):
        if kinds & FAIR:
            continue
        trade = explorer.trade_of(state)
        if not may_stay(trade, explorer.truth_of(state), explorer.part_of(state)):
            fair = sorted(move.label for move in explorer.moves_of(state) if move.kind & FAIR)
            held = [f"again and again, changing nothing: {label}" for label in fair]
            return Stay(state, tuple(held or ["nothing that is sure to happen is possible here"]))
    return None


def _fair_cycle(explorer: Explorer, part: list[int]) -> bool:
    """Whether a run that goes round among these states is fair: no fair action is always possible and never done."""
    inside = set(part)
    always: set[str] | None = None
    done: set[str] = set()
    for state in part:
        fair = [move for move in explorer.moves_of(state) if move.kind & FAIR]
        done.update(move.label for move in fair if explorer.successor(state, move) in inside)
        labels = {move.label for move in fair}
        always = labels if always is None else always & labels
    return always is not None and always <= done


def _round(explorer: Explorer, part: list[int]) -> tuple[str, ...]:
    """A shortest way round from the first state of ``part`` back to it, as lines."""
    start, inside = part[0], set(part)
    came: dict[int, tuple[int, str]] = {}
    todo = [start]
    while todo:
        following: list[int] = []
        for state in todo:
            for move in explorer.moves_of(state):
                to = explorer.successor(state, move)
                if to in inside and to != state and to not in came:
                    came[to] = (state, move.label)
                    following.append(to)
        if start in came:
            break
        todo = following
    lines: list[str] = []
    at = start
    while not lines or at != start:
        before, label = came[at]
        lines.append(f"{label} -> {explorer.trade_of(at).state}")
        at = before
    return tuple(reversed(lines))


def _first_cycle(explorer: Explorer, parts: Iterable[list[int]]) -> Stay | None:
    for part in sorted(parts):
        if _fair_cycle(explorer, part):
            return Stay(part[0], _round(explorer, part))
    return None


def _cannot(explorer: Explorer, good: Good, kind: int, *, round_about: bool) -> int:
    """The first state that cannot come to a good one, or -1.

    Where nothing goes round, every run ends; if every end is good, every state comes to a good one.
    """
    ends = (state for state, kinds in enumerate(explorer.kinds) if not kinds & kind)
    if not round_about and all(good(explorer.trade_of(s), explorer.part_of(s)) for s in ends):
        return -1
    return first_outside(explorer, good, kind)


def explored_by(explorer: Explorer) -> Explored:
    """What the claims about the whole graph are judged on; nothing is said of a search that was cut short."""
    stranded = unending = -1
    stay = circle = None
    if explorer.complete:
        parts = cycles(explorer)
        stranded = _cannot(explorer, closes, ANY, round_about=bool(parts))
        unending = _cannot(explorer, quiet, OURS, round_about=bool(parts))
        stay, circle = _first_stay(explorer), _first_cycle(explorer, parts)
    return Explored(
        frozenset(explorer.engine.pairs),
        frozenset(explorer.engine.order_pairs),
        stranded,
        unending,
        explorer.complete,
        stay,
        circle,
    )
