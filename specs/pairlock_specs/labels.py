"""Claim 23: what a trade's label must be, judged from its orders alone: without the table, ``classify`` or history
other than the label before. Quantities in e6.
"""

from __future__ import annotations

from pairlock.facts import Aborted, EntryVerified, GatesJudged, Killed, LocksJudged, Restarted
from pairlock.lifecycle import OS, E, S
from pairlock.model import FillStatus, Order, Role, Trade
from pairlock_specs.claim import Stepped, Wrong

_ADDS = (Role.ENTRY, Role.COMPLETE, Role.ADOPTED_IN)


def _filled(order: Order) -> int:
    seen = sum(fill.qty_e6 for fill in order.fills)
    failed = sum(fill.qty_e6 for fill in order.fills if fill.status is FillStatus.FAILED)
    return max(seen, order.matched_e6) - failed


def nets(trade: Trade) -> tuple[int, int]:
    """Nets as believed: bought - sold - complements."""
    found = [0, 0]
    for order in trade.orders:
        found[order.leg] += _filled(order) if order.role in _ADDS else -_filled(order)
    return found[0], found[1]


def _alive(trade: Trade) -> bool:
    return any(order.state in (OS.SENT, OS.OPEN) for order in trade.orders)


def _all_final(trade: Trade) -> bool:
    return all(order.state is OS.FINAL for order in trade.orders)


def _overdue(trade: Trade) -> bool:
    return any(order.overdue and order.state is not OS.FINAL for order in trade.orders)


def closed_label(trade: Trade) -> S | None:
    """The closed state that the orders and payouts have earned, or None."""
    if not trade.orders or not _all_final(trade):
        return None
    a, b = nets(trade)
    if a == b == 0:
        ever = any(fill.status is FillStatus.FINAL for order in trade.orders for fill in order.fills)
        return S.HEDGED if ever else S.ROLLED_BACK
    if a == b and a > 0:
        return S.SETTLED if None not in trade.payouts else None
    known = all(net == 0 or payout is not None for net, payout in zip((a, b), trade.payouts, strict=True))
    return S.HEDGED if known else None


def _preparing(trade: Trade) -> S:
    if trade.reservation is not None:
        return S.LOCKED
    return S.GATED if trade.gates_passed else S.DETECTED


def open_label(before: S, event: E, after: Trade) -> S:
    """The open label that the value has after ``event``, when the label before it was ``before``."""
    if not after.orders:
        return _preparing(after)
    a, b = nets(after)
    alive = _alive(after)
    if not alive and a == b and a > 0 and not _overdue(after):
        return S.PAIRED
    if before in (S.LOCKED, S.EXECUTING) and alive and not after.deadline_passed:
        return S.EXECUTING
    marked = event in (E.EXHAUSTED, E.OVERDUE) or (before is S.STUCK and event is not E.RETURNED)
    return S.STUCK if marked else S.HEDGING


def _refused(seen: Stepped) -> bool:
    """Whether the fact itself ends a trade that has sent nothing."""
    fact = seen.fact
    if isinstance(fact, GatesJudged):
        return not fact.passed
    if isinstance(fact, LocksJudged):
        return fact.reservation is None
    if isinstance(fact, EntryVerified):
        return not fact.ok
    return isinstance(fact, Aborted | Killed | Restarted)


def _ended_unsent(seen: Stepped) -> bool:
    unsent = seen.before.state in (S.DETECTED, S.GATED, S.LOCKED) and not seen.step.trade.orders
    return unsent and seen.step.trade.state is S.ROLLED_BACK and len(seen.links) == 1


def labels_exact(seen: Stepped) -> Wrong:
    """Every link's label, and that the chain ended where nothing more was to be said."""
    if _ended_unsent(seen):
        return None if _refused(seen) else "the trade was ended although nothing refused it"
    for link in seen.links:
        after, before = link.after, link.before
        closed = after.state in (S.SETTLED, S.ROLLED_BACK, S.HEDGED)
        due = closed_label(after) if closed else open_label(before, link.event, after)
        if after.state is not due:
            return f"after {link.event} the trade is called {after.state}; by its orders it is {due or 'still open'}"
    last = seen.links[-1].after
    due = closed_label(last)
    if due is not None and last.state is not due:
        return f"the chain ends in {last.state}, but by its orders the trade is {due}"
    if last.state in (S.DETECTED, S.GATED, S.LOCKED) and _refused(seen):
        return f"the trade is still called {last.state} after it was killed, aborted or refused"
    return None
