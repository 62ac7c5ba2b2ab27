"""What every condition of the vocabulary means, for the explorer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from pairlock.commands import CancelOrder, Command, FollowOrder, WatchOverdue, WatchResolution
from pairlock.lifecycle import CLOSED
from pairlock_specs import vocabulary as v
from pairlock_specs.truth import VenueOrder

if TYPE_CHECKING:
    from pairlock_specs.view import View

# Commands that stand for one order each, and for one leg each; all others stand for the trade.
ABOUT_AN_ORDER: frozenset[type] = frozenset({FollowOrder, CancelOrder, WatchOverdue})
ABOUT_A_LEG: frozenset[type] = frozenset({WatchResolution})


class Subject(NamedTuple):
    """What an action is done to: an order by its number (-1: none), and a quantity, fill, part, leg, way or answer."""

    order: int = -1
    item: Any = None


def order_holds(term: v.OrderCondition, order: VenueOrder) -> bool:
    """Whether a condition about one order holds of it."""
    if type(term) is v.WireIs:
        return order.wire in term.wires
    if type(term) is v.HasFills:
        return (not order.fills) is term.no
    raise TypeError(f"{term} is not a condition about an order")


def _of_order(term: v.OrderCondition, view: View, subject: Subject) -> bool:
    return order_holds(term, view.truth.orders[subject.order])


def _stands(term: v.Stands, view: View, subject: Subject) -> bool:
    return _standing(term.command, view, subject)


def _stands_for_both(term: v.StandsForBothLegs, view: View, _: Subject) -> bool:
    return all(_standing(term.command, view, Subject(item=leg)) for leg in (0, 1))


def _standing(command: type[Command], view: View, subject: Subject) -> bool:
    commands = view.shell.commands
    make: Any = command
    if command in ABOUT_AN_ORDER:
        return make(view.truth.orders[subject.order].intent_id) in commands
    if command in ABOUT_A_LEG:
        return make(subject.item) in commands
    return any(type(each) is command for each in commands)


def _may_strike(term: v.MayStrike, view: View, _: Subject) -> bool:
    if view.shell.state in CLOSED:
        return False
    if view.truth.part < 0:
        return True
    done = view.truth.killed if term.blow is v.Blow.KILL else view.truth.crashed
    return view.truth.blows_left > 0 and int(getattr(view.part, term.blow)) > done


def _counter_left(term: v.CounterLeft, view: View, _: Subject) -> bool:
    return bool(getattr(view.truth, term.counter) > 0)


Meaning = Callable[[Any, "View", Subject], bool]

HOLDS: dict[type, Meaning] = {
    v.WireIs: _of_order,
    v.HasFills: _of_order,
    v.MarketOpen: lambda _, view, __: view.truth.resolution == "",
    v.MarketResolved: lambda _, view, __: view.truth.resolution != "",
    v.Stands: _stands,
    v.StandsForBothLegs: _stands_for_both,
    v.StateIn: lambda term, view, _: view.shell.state in term.states,
    v.CounterLeft: _counter_left,
    v.MayStrike: _may_strike,
}
