"""Trace inclusion: whether a recorded trade is one of the runs that the explorer has seen.

A recorded trade has its own size, prices and times. What is compared is its *shape*: after each record the state, and
of every order leg, role, label, and size, fills and matched total as a share of the trade's size. The explored graph is
followed as a nondeterministic automaton: after each record those explored trades stay possible that have a step with
the same events into the same shape. A record after which none is left is a run that the search has never seen.

What a scope does not let happen is said by ``outside``, from the trade alone, and is no refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from attrs import define, field, frozen

from pairlock.lifecycle import E, S
from pairlock.model import FillStatus, Order, Role, Trade
from pairlock.units import size_to_fill_e6
from pairlock_specs.explore import Explorer

Shape = tuple[object, ...]


@frozen
class Recorded:
    """One record: the events of its step, and the trade after it."""

    events: tuple[E, ...]
    trade: Trade


def _share(quantity_e6: int, whole_e2: int) -> Fraction:
    return Fraction(quantity_e6, size_to_fill_e6(whole_e2))


def _leg_of(trade: Trade, leg: int) -> int:
    """0 for the leg on which a match pends, as in the explorer's scopes; the recorded trade may have it second."""
    return leg if trade.opportunity.platform_a == "polymarket" else 1 - leg


def _order(trade: Trade, order: Order, whole_e2: int) -> Shape:
    by_status = {
        status: sum(fill.qty_e6 for fill in order.fills if fill.status is status) for status in FillStatus
    }
    return (
        _leg_of(trade, order.leg),
        order.role,
        order.state,
        Fraction(order.size_e2, whole_e2),
        *(_share(by_status[status], whole_e2) for status in FillStatus),
    )


def shape(trade: Trade) -> Shape:
    """What is compared of a trade; the same for every size, price and time."""
    if trade.terms is None:
        return (trade.state,)
    whole_e2 = trade.terms.size_e2
    orders = tuple(_order(trade, order, whole_e2) for order in trade.orders)
    paid = sum(payout is not None for payout in trade.payouts)
    plan = (trade.terms.plan, trade.terms.exit_on)
    return (trade.state, plan, trade.killed, trade.stuck_cause, paid, orders)


def outside(records: Sequence[Recorded], part_of_a_contract: int) -> str:
    """Why a scope in which fills come in ``1/part_of_a_contract`` of the trade cannot hold these records, or ""."""
    last = records[-1].trade
    if last.terms is None:
        return ""
    if last.repairs or any(order.role in (Role.ADOPTED_IN, Role.ADOPTED_OUT) for order in last.orders):
        return "it is a repair, or adopts an operator's order"
    if last.excess:
        return "a fill above its order, by another amount than the scope's"
    if last.killed or any(record.trade.state is S.STUCK for record in records):
        return "a kill, or a way through STUCK: rarer than what the sampled scope holds"
    for record in records:
        for order in record.trade.orders:
            shares = [_share(fill.qty_e6, last.terms.size_e2) for fill in order.fills]
            shares.append(_share(order.matched_e6, last.terms.size_e2))
            if any((share * part_of_a_contract).denominator != 1 for share in shares):
                return "fills in parts that the scope does not have"
    return ""


@define(eq=False)
class Automaton:
    """The explored graph of trades, by events and shape. Built once from a search that was run to its end."""

    start: int
    moves: dict[int, dict[tuple[tuple[E, ...], Shape], set[int]]] = field(factory=dict)

    @staticmethod
    def of(explorer: Explorer) -> Automaton:
        """Raises ValueError when the search was cut short: it could then not refuse anything."""
        if not explorer.complete:
            raise ValueError("the search was cut short, so that a run which it has not seen proves nothing")
        shapes = [shape(trade) for trade in explorer.engine.trades]
        made = Automaton(explorer.trade_number(0))
        for number, steps in explorer.steps().items():
            ways = made.moves.setdefault(number, {})
            for stepped in steps:
                after = explorer.engine.number(stepped.step.trade)
                ways.setdefault((stepped.step.events, shapes[after]), set()).add(after)
        return made

    def refuses(self, records: Sequence[Recorded]) -> int:
        """The index of the first record that no explored run has, or -1 when all of them are accepted.

        A record that changes nothing of the shape and keeps the state (a later read of the same order) may be skipped.
        """
        possible = {self.start}
        before: Shape = (S.DETECTED,)
        for index, record in enumerate(records):
            after = shape(record.trade)
            found = {
                target
                for number in possible
                for target in self.moves.get(number, {}).get((record.events, after), ())
            }
            if after == before:
                found |= possible
            if not found:
                return index
            possible, before = found, after
        return -1
