"""step: one fact in; the journalled chain of events, the new trade, and what follows from it out. Pure.

    absorb -> classify -> advance (the table) -> entered -> classify again while the state moves

The chain is bounded: a trade passes each open state at most once per fact.
"""

from __future__ import annotations

from attrs import evolve, frozen

from pairlock.absorb import BEFORE_SENDING, absorb, quiet
from pairlock.alerting import alerts_of
from pairlock.classify import classify, release_size_e2
from pairlock.commands import Command, RaiseAlert
from pairlock.decide import decide
from pairlock.errors import EngineBug
from pairlock.facts import Fact
from pairlock.lifecycle import CLOSED, OE, OS, E, S
from pairlock.machine import advance, advance_order
from pairlock.model import ExitPlan, News, NoExit, Order, PlanKind, Role, StuckCause, Terms, Trade
from pairlock.verdict import verdict_of

MAX_CHAIN = 5
_RECORDED = (S.EXECUTING, S.PAIRED, S.HEDGING, S.STUCK)


@frozen
class Step:
    """``trade`` after the fact; ``events`` in order; ``commands`` to perform once the record is durable.

    ``late``: the fact contradicts something FINAL; the trade is unchanged and a repair must answer for it.
    """

    trade: Trade
    events: tuple[E, ...]
    commands: tuple[Command, ...]
    alerts: tuple[RaiseAlert, ...]
    late: bool = False


def intent_id(trade: Trade, leg: int, number: int) -> str:
    """The one id of an intent, the same after any restart: trade, leg, how many orders came before it."""
    return f"{trade.trade_id}.{leg}.{number}"


def _released(trade: Trade, order: Order, at_ms: int, timeout_ms: int) -> Order:
    terms = trade.terms
    death_ms = terms.request_death_ms if terms else 0
    deadline_ms = at_ms + timeout_ms
    state = advance_order(order.state, OE.INTENT_DURABLE)
    return evolve(order, state=state, deadline_ms=deadline_ms, dead_at_ms=deadline_ms + death_ms)


def _entries(trade: Trade, terms: Terms, at_ms: int) -> Trade:
    """Both entries; riskier first, the later one stays IDLE until the first has filled."""
    orders: list[Order] = []
    fresh: list[str] = []
    for number, leg in enumerate((terms.first_leg, 1 - terms.first_leg)):
        ident = intent_id(trade, leg, number)
        order = Order(ident, leg, Role.ENTRY, terms.size_e2, terms.legs[leg].limit_e4, 0, 0)
        if number == 0 or terms.plan is PlanKind.SIMULTANEOUS:
            order = _released(trade, order, at_ms, terms.entry_timeout_ms)
            fresh.append(ident)
        orders.append(order)
    return evolve(trade, orders=tuple(orders), fresh=tuple(fresh), executing_ms=at_ms)


def _next_leg(trade: Trade, terms: Terms, size_e2: int, at_ms: int) -> Trade:
    """The idle entry, released at the size that the first leg filled."""
    orders = tuple(
        _released(trade, evolve(o, size_e2=size_e2), at_ms, terms.entry_timeout_ms)
        if o.state is OS.IDLE
        else o
        for o in trade.orders
    )
    fresh = tuple(o.intent_id for o in trade.orders if o.state is OS.IDLE)
    return evolve(trade, orders=orders, fresh=fresh)


def _exit(trade: Trade, terms: Terms, plan: ExitPlan, at_ms: int) -> Trade:
    ident = intent_id(trade, plan.leg, len(trade.orders))
    order = Order(ident, plan.leg, plan.role, plan.size_e2, plan.limit_e4, 0, 0)
    order = _released(trade, order, at_ms, terms.exit_timeout_ms)
    return evolve(trade, orders=(*trade.orders, order), fresh=(ident,), exit=None)


def _withdrawn(trade: Trade) -> Trade:
    orders = tuple(
        evolve(o, state=advance_order(o.state, OE.WITHDRAWN)) if o.state is OS.IDLE else o
        for o in trade.orders
    )
    return evolve(trade, orders=orders)


def entered(before: Trade, event: E, state: S, at_ms: int) -> Trade:
    """The trade in ``state``, with what the event itself makes durable (intents, withdrawals, causes, verdict)."""
    moved = state is not before.state
    trade = evolve(before, state=state, news=News.NONE, entered_ms=at_ms if moved else before.entered_ms)
    terms = trade.terms
    if terms is not None and event is E.ENTRY_DURABLE:
        trade = _entries(trade, terms, at_ms)
    elif terms is not None and event is E.FIRST_FILLED:
        trade = _next_leg(trade, terms, release_size_e2(before), at_ms)
    elif terms is not None and event is E.EXIT_DURABLE and isinstance(before.exit, ExitPlan):
        trade = _exit(trade, terms, before.exit, at_ms)
    elif event is E.EXHAUSTED and isinstance(before.exit, NoExit):
        trade = evolve(trade, stuck_cause=before.exit.cause)
    elif event is E.OVERDUE:
        trade = evolve(trade, stuck_cause=StuckCause.OVERDUE)
    elif event is E.RETURNED:
        trade = evolve(trade, routeless_reads=0)
    if before.state is S.EXECUTING and moved:
        trade = evolve(_withdrawn(trade), executed_ms=at_ms)
    if before.state is S.STUCK and moved:
        trade = evolve(trade, stuck_cause=StuckCause.NONE, granted=False)
    if state in CLOSED and moved:
        trade = evolve(trade, verdict=verdict_of(trade), exit=None)
    return trade


def _goes_on(trade: Trade) -> bool:
    """Whether the value calls for a further event at once: another state, or an exit already planned.

    A phase of the preparation is judged by its own fact only: a verdict that is not in yet is no refusal.
    """
    if trade.state in CLOSED or trade.state in BEFORE_SENDING:
        return False
    event = classify(trade)
    return event is E.EXIT_DURABLE or advance(trade.state, event) is not trade.state


def step(trade: Trade, fact: Fact) -> Step | None:
    """What ``fact`` does to ``trade``; None when it teaches nothing. Raises EngineBug on a refused event."""
    current = absorb(trade, fact)
    if current.news is News.LATE:
        return Step(quiet(trade), (E.LATE_FACT,), (), (), late=True)
    if current == quiet(trade):
        return None
    events: list[E] = []
    while True:
        event = classify(current)
        before = current
        current = entered(current, event, advance(current.state, event), fact.at_ms)
        events.append(event)
        if current.state is before.state or not _goes_on(current):
            break
        if len(events) >= MAX_CHAIN:
            raise EngineBug(f"{trade.trade_id}: the chain {events} does not end")
    alerts = alerts_of(trade, current, tuple(events))
    return Step(current, tuple(events), decide(current), alerts)
