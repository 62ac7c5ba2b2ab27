"""Claim 23 at run time: what a trade must be called, from its orders and marks alone, without the table or classify."""

from __future__ import annotations

from pairlock.lifecycle import OS, S
from pairlock.model import FillStatus, Order, Role, StuckCause, Trade

_ADDS = (Role.ENTRY, Role.COMPLETE, Role.ADOPTED_IN)
_OVER = (S.SETTLED, S.ROLLED_BACK, S.HEDGED)


def _filled_e6(order: Order) -> int:
    seen = sum(fill.qty_e6 for fill in order.fills)
    failed = sum(fill.qty_e6 for fill in order.fills if fill.status is FillStatus.FAILED)
    return max(seen, order.matched_e6) - failed


def believed_nets_e6(trade: Trade) -> tuple[int, int]:
    """Nets as believed: bought - sold - complements."""
    found = [0, 0]
    for order in trade.orders:
        found[order.leg] += _filled_e6(order) if order.role in _ADDS else -_filled_e6(order)
    return found[0], found[1]


def _closed_label(trade: Trade) -> S | None:
    """The closed state that the orders and payouts have earned, or None."""
    if not all(order.state is OS.FINAL for order in trade.orders):
        return None
    a, b = believed_nets_e6(trade)
    if a == b == 0:
        ever = any(fill.status is FillStatus.FINAL for order in trade.orders for fill in order.fills)
        return S.HEDGED if ever else S.ROLLED_BACK
    if a == b and a > 0:
        return S.SETTLED if None not in trade.payouts else None
    known = all(net == 0 or payout is not None for net, payout in zip((a, b), trade.payouts, strict=True))
    return S.HEDGED if known else None


def due_label(before: S | None, trade: Trade) -> S:
    """``before``: the label after the step before, None where it was not seen (another process took it)."""
    if not trade.orders:
        if trade.state in _OVER:
            return S.ROLLED_BACK
        if trade.reservation is not None:
            return S.LOCKED
        return S.GATED if trade.gates_passed else S.DETECTED
    closed = _closed_label(trade)
    if closed is not None:
        return closed
    alive = any(order.state in (OS.SENT, OS.OPEN) for order in trade.orders)
    overdue = any(order.overdue and order.state is not OS.FINAL for order in trade.orders)
    a, b = believed_nets_e6(trade)
    if not alive and a == b and a > 0 and not overdue:
        return S.PAIRED
    if before is None:
        before = trade.state  # what it was before a restart is not known here
    if before in (S.LOCKED, S.EXECUTING) and alive and not trade.deadline_passed and not trade.repairs:
        return S.EXECUTING
    return S.HEDGING if trade.stuck_cause is StuckCause.NONE else S.STUCK
