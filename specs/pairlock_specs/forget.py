"""Truths that nobody can tell apart any more are put to one: what no later move of the world looks at is forgotten.

An order that the engine knows to be final is read no more. If nothing ever matched of it, whether it was refused,
was lost, or was ended at the venue makes no difference from then on. And alarms that are left when every order is
final and no exit can follow can ring for nothing. ``reduction.py`` asks every state of a full search whether
what is forgotten makes any difference: to what may happen, to what is told, and to what a claim sees.
"""

from __future__ import annotations

from attrs import define, field

from pairlock.lifecycle import OS
from pairlock.model import Role, Trade
from pairlock_specs.engine import Engine
from pairlock_specs.moves import Moves
from pairlock_specs.scope import Part
from pairlock_specs.truth import Truth, VenueOrder, Wire

_SHIFT = 32
_ENDED = (Wire.REFUSED, Wire.CLOSED)  # GONE is what both are put to


def _forgotten(order: VenueOrder, final: frozenset[str]) -> VenueOrder:
    if order.wire in _ENDED and not order.fills and order.intent_id in final:
        return order._replace(wire=Wire.GONE)
    return order


def known_final(trade: Trade) -> frozenset[str]:
    """The ids of the orders that the trade takes to be final."""
    return frozenset(order.intent_id for order in trade.orders if order.state is OS.FINAL)


def _can_follow(truth: Truth, final: frozenset[str], part: Part) -> bool:
    """Whether an order is not known to be final yet, or one more may still be sent."""
    exits = sum(order.role is not Role.ENTRY for order in truth.orders)
    both = {order.leg for order in truth.orders if order.role is Role.ENTRY} == {0, 1}
    spent = both and exits >= part.max_exit_attempts + part.grants
    return not spent or len(final) < len(truth.orders)


def forget(truth: Truth, final: frozenset[str], part: Part) -> Truth:
    """The truth without what nobody looks at while these orders are known to be final."""
    orders = tuple(_forgotten(order, final) for order in truth.orders)
    alarms = truth.alarms_left if truth.alarms_left and _can_follow(truth, final, part) else 0
    if alarms == truth.alarms_left and orders == truth.orders:
        return truth
    return truth._replace(orders=orders, alarms_left=alarms)


@define(eq=False)
class Forgetting:
    """``forget`` by numbers, each asked once."""

    engine: Engine
    moves: Moves
    _finals: dict[frozenset[str], int] = field(factory=dict)
    _final_of: list[int] = field(factory=list)  # by trade
    _known: dict[int, int] = field(factory=dict)

    def __call__(self, trade: int, truth: int) -> int:
        """The number of what is left of the truth beside this trade."""
        finals = self._final_of
        while len(finals) <= trade:
            known = known_final(self.engine.trades[len(finals)])
            finals.append(self._finals.setdefault(known, len(self._finals)))
        key = finals[trade] << _SHIFT | truth
        found = self._known.get(key)
        if found is None:
            full = self.moves.truths[truth]
            less = full
            if full.part >= 0:
                less = forget(full, known_final(self.engine.trades[trade]), self.moves.scope.parts[full.part])
            found = self._known[key] = truth if less is full else self.moves.less(truth, less)
        return found
