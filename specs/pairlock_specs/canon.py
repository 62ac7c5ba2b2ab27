"""Canonical trades: what no later step reads is put to one value, so that the search meets each situation once.

``tests/test_explorer.py`` holds this: a step of a trade and of its canonical form have the same canonical result.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from attrs import evolve, fields

from pairlock.absorb import quiet
from pairlock.lifecycle import OS
from pairlock.model import Order, Trade
from pairlock_specs.answers import LATE_MS

# What ``canonical`` puts to one value, and what ``Engine`` numbers by itself; the rest of a trade is compared as it is.
_DROPPED = {"news", "fresh", "entered_ms", "executing_ms", "executed_ms", "refusal"}
_NUMBERED = {"orders", "terms", "opportunity"}
_rest = attrgetter(*(each.name for each in fields(Trade) if each.name not in _DROPPED | _NUMBERED))


def _age(at_ms: int) -> int:
    return at_ms % LATE_MS if at_ms >= LATE_MS else at_ms


def canonical_order(order: Order) -> Order:
    """Deadlines are the shell's; the bounds count only while an order may still fill."""
    seen = sum(fill.qty_e6 for fill in order.fills)
    terminal_at = order.terminal_at_ms if order.state is OS.OPEN else -1
    live_at = order.live_at_ms if order.state is OS.OPEN and not order.matched_e6 else -1
    wanted = (
        0,
        order.dead_at_ms if order.state in (OS.IDLE, OS.SENT, OS.OPEN) else 0,
        # A later read will come all the same: only its age counts.
        _age(terminal_at),
        _age(live_at),
        max(order.matched_e6, seen),
        False,  # told for people; nothing is decided by it
        order.overdue and order.state is not OS.FINAL,
    )
    held = (
        order.deadline_ms,
        order.dead_at_ms,
        order.terminal_at_ms,
        order.live_at_ms,
        order.matched_e6,
        order.cancel_acked,
        order.overdue,
    )
    if held == wanted:
        return order
    deadline_ms, dead_at_ms, terminal_at_ms, live_at_ms, matched_e6, cancel_acked, overdue = wanted
    return evolve(
        order,
        deadline_ms=deadline_ms,
        dead_at_ms=dead_at_ms,
        terminal_at_ms=terminal_at_ms,
        live_at_ms=live_at_ms,
        matched_e6=matched_e6,
        cancel_acked=cancel_acked,
        overdue=overdue,
    )


def canonical(trade: Trade) -> Trade:
    """The trade without what belongs to one step, to the clock, or to words for people."""
    orders = tuple(canonical_order(order) for order in trade.orders)
    began, ended = min(0, trade.executing_ms), min(0, trade.executed_ms)
    trade = quiet(trade)
    clean = (trade.entered_ms, trade.executing_ms, trade.executed_ms, trade.refusal) == (0, began, ended, "")
    if clean and all(a is b for a, b in zip(orders, trade.orders, strict=True)):
        return trade
    return evolve(trade, entered_ms=0, executing_ms=began, executed_ms=ended, refusal="", orders=orders)


def key_of(trade: Trade, orders: tuple[int, ...], terms: int) -> tuple[Any, ...]:
    """What tells the canonical form of ``trade`` from every other of the same opportunity, cheap to hash.

    ``orders`` and ``terms`` are the numbers of its canonical orders and of its terms.
    """
    return orders, terms, min(0, trade.executing_ms), min(0, trade.executed_ms), _rest(trade)
