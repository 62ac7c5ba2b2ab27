"""Contracts of the two tables, run by ``pairlock.machine``: one step from any state by any event."""

from __future__ import annotations

from pairlock.lifecycle import CLOSED, OE, OS, ROWS, E, S
from pairlock.machine import Refused, build_machines

STATES = tuple(S)
EVENTS = tuple(E)
ORDER_STATES = tuple(OS)
ORDER_EVENTS = tuple(OE)
# Built before the search, which would otherwise build it anew on every path.
MACHINES = build_machines()


def _after(state: S, event: E) -> S | None:
    try:
        return MACHINES.trade.advance(state, event)
    except Refused:
        return None


def _order_after(state: OS, event: OE) -> OS | None:
    try:
        return MACHINES.order.advance(state, event)
    except Refused:
        return None


def a_step_goes_where_its_row_says(state: int, event: int) -> None:
    """From every state by every event the trade goes exactly where the table's row says, or is refused."""
    assert 0 <= state < 10
    assert 0 <= event < 22
    before, event_ = STATES[state], EVENTS[event]
    rows = [row.to for row in ROWS if (row.state, row.event) == (before, event_)]
    assert _after(before, event_) == (rows[0] if rows else None)


def a_closed_trade_never_moves(state: int, event: int) -> None:
    """No event moves a trade that is closed."""
    assert 7 <= state < 10
    assert 0 <= event < 22
    before = STATES[state]
    assert before in CLOSED
    assert _after(before, EVENTS[event]) is None


def only_a_durable_entry_begins_execution(state: int, event: int) -> None:
    """EXECUTING is entered only from LOCKED and only once the entry's intents are durable (claim 17)."""
    assert 0 <= state < 10
    assert 0 <= event < 22
    before, event_ = STATES[state], EVENTS[event]
    if before is not S.EXECUTING and _after(before, event_) is S.EXECUTING:
        assert (before, event_) == (S.LOCKED, E.ENTRY_DURABLE)


def only_payouts_settle(state: int, event: int) -> None:
    """SETTLED is entered only from PAIRED and only by payouts that were read."""
    assert 0 <= state < 10
    assert 0 <= event < 22
    before, event_ = STATES[state], EVENTS[event]
    if _after(before, event_) is S.SETTLED:
        assert (before, event_) == (S.PAIRED, E.PAID)


def a_final_order_never_moves(event: int) -> None:
    """No event moves an order that is final."""
    assert 0 <= event < len(ORDER_EVENTS)
    after = _order_after(OS.FINAL, ORDER_EVENTS[event])
    assert after is None


def not_found_never_ends_an_order(state: int) -> None:
    """An order that is not found, or whose cancel was acknowledged, is not thereby over (claim 10)."""
    assert 0 <= state < len(ORDER_STATES)
    before = ORDER_STATES[state]
    assert _order_after(before, OE.NOT_FOUND) is not OS.FINAL
    assert _order_after(before, OE.CANCEL_ACKED) not in (OS.FINAL, OS.MATCHED)
