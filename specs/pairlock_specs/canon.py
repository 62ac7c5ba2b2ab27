"""Canonical trades: what no later step reads is put to one value, so that the search meets each situation once.

``tests/test_explorer.py`` holds this: a step of a trade and of its canonical form have the same canonical result.
"""

from __future__ import annotations

from attrs import evolve

from pairlock.absorb import quiet
from pairlock.lifecycle import OS
from pairlock.model import Order, Trade

from pairlock_specs.answers import LATE_MS


def _order(order: Order) -> Order:
    """Deadlines are the shell's; the bounds count only while an order may still fill."""
    seen = sum(fill.qty_e6 for fill in order.fills)
    live = order.state is OS.OPEN
    terminal_at = order.terminal_at_ms if live else -1
    return evolve(
        order,
        deadline_ms=0,
        dead_at_ms=order.dead_at_ms if order.state in (OS.IDLE, OS.SENT) else 0,
        # A later read will come all the same: only its age counts.
        terminal_at_ms=terminal_at - LATE_MS if terminal_at >= LATE_MS else terminal_at,
        matched_e6=max(order.matched_e6, seen),
        cancel_acked=False,  # told for people; nothing is decided by it
        overdue=order.overdue and order.state is not OS.FINAL,
    )


def canonical(trade: Trade) -> Trade:
    """The trade without what belongs to one step, to the clock, or to words for people."""
    return evolve(
        quiet(trade),
        entered_ms=0,
        executing_ms=min(0, trade.executing_ms),
        executed_ms=min(0, trade.executed_ms),
        refusal="",
        orders=tuple(_order(order) for order in trade.orders),
    )
