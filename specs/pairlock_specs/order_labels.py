"""Claim 23 for orders: what one fact makes of one order, judged from fault model F's words alone, without the table.

A label that says too much loses money; one that says too little leaves an exit waiting. Both are wrong.
"""

from __future__ import annotations

from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, Reported
from pairlock.lifecycle import OS
from pairlock.model import FillStatus, Order, Terms
from pairlock_specs.claim import Told, Wrong


def _settled(order: Order) -> bool:
    seen = sum(fill.qty_e6 for fill in order.fills)
    return order.matched_e6 <= seen and all(fill.status is not FillStatus.PENDING for fill in order.fills)


def _ended(before: Order, fact: OrderReport, terms: Terms) -> bool:
    """Whether the report proves that the order can fill no more."""
    if fact.reported is not Reported.TERMINAL:
        return fact.reported is Reported.CERTAIN
    heard_ms = max(fact.asked_at_ms, fact.at_ms)  # it may have ended while the answer was on its way
    first_ms = before.terminal_at_ms if before.terminal_at_ms >= 0 else heard_ms
    return fact.asked_at_ms >= first_ms + terms.fill_lag_ms + terms.read_lag_ms


def _proves_absence(before: Order, fact: NotFound, terms: Terms) -> bool:
    return before.matched_e6 == 0 and fact.asked_at_ms >= before.dead_at_ms + terms.read_lag_ms


def _proves_gone(before: Order, fact: NotFound, terms: Terms) -> bool:
    """Named once, never matched, its request dead, and not found twice as far apart as a late fill may be."""
    since_ms = max(before.dead_at_ms, before.live_at_ms) + terms.read_lag_ms
    over_ms = before.terminal_at_ms + terms.fill_lag_ms + terms.read_lag_ms
    unmatched = before.matched_e6 == 0 and not before.fills
    return unmatched and before.terminal_at_ms >= 0 and fact.asked_at_ms >= max(since_ms, over_ms)


def _due(told: Told) -> OS:
    before, fact = told.before, told.fact
    if isinstance(fact, NotFound) and before.state is OS.OPEN:
        return OS.FINAL if _proves_gone(before, fact, told.terms) else OS.OPEN
    if isinstance(fact, NotSent) and before.state is OS.SENT:
        return OS.FINAL
    if isinstance(fact, NotFound) and before.state is OS.SENT:
        return OS.FINAL if _proves_absence(before, fact, told.terms) else OS.SENT
    if isinstance(fact, CancelAcked) and before.state is OS.SENT:
        return OS.OPEN
    if not isinstance(fact, OrderReport) or before.state in (OS.IDLE, OS.FINAL):
        return before.state
    if before.state is OS.MATCHED or _ended(before, fact, told.terms):
        return OS.FINAL if _settled(told.after) else OS.MATCHED
    return OS.OPEN


def _keeps_what_was_told(told: Told) -> bool:
    """Fills and totals only grow, and everything that the report named is there."""
    held = {fill.fill_id: fill for fill in told.after.fills}
    if not all(fill.fill_id in held for fill in told.before.fills):
        return False
    if not isinstance(told.fact, OrderReport):
        return told.after.fills == told.before.fills
    if told.after.matched_e6 < max(told.before.matched_e6, told.fact.matched_e6):
        return False
    return all(fill.fill_id in held for fill in told.fact.fills)


def order_label_exact(told: Told) -> Wrong:
    """Claim 23, one order."""
    if told.after.state is not _due(told):
        return f"{told.before.intent_id} was {told.before.state} and is called {told.after.state}, not {_due(told)}"
    if not _keeps_what_was_told(told):
        return f"what was told of {told.before.intent_id} was not kept: {told.after.fills}"
    return None
