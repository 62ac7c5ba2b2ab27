"""classify: which one event a trade's value amounts to, by a fixed priority. The table decides where it leads.

This function and ``decide`` are what the explorer runs; nothing else names an event of a trade.
"""

from __future__ import annotations

from pairlock.absorb import exhausted
from pairlock.errors import EngineBug
from pairlock.lifecycle import OS, E, S
from pairlock.model import ExitPlan, News, PlanKind, StuckCause, Trade
from pairlock.positions import (
    all_final,
    net_e6,
    nets_e6,
    no_order_can_fill,
    nothing_final,
    overdue,
    resolved,
    unequal,
)
from pairlock.units import amount_step_e2, fill_to_size_down_e2


def release_size_e2(trade: Trade) -> int:
    """Size at which the next leg may be released (riskier first), or 0: equal contracts, on what filled."""
    terms = trade.terms
    if terms is None or terms.plan is not PlanKind.RISKIER_FIRST or trade.killed or trade.deadline_passed:
        return 0
    if not any(o.state is OS.IDLE for o in trade.orders) or not no_order_can_fill(trade):
        return 0
    size_e2 = min(terms.size_e2, fill_to_size_down_e2(net_e6(trade, terms.first_leg)))
    other = terms.legs[1 - terms.first_leg]
    size_e2 -= size_e2 % amount_step_e2(other.limit_e4, other.amount_step_micros)
    large_enough = size_e2 >= other.min_size_e2 and size_e2 * other.limit_e4 >= other.min_notional_micros
    return size_e2 if large_enough else 0


def _ended(trade: Trade) -> E | None:
    """The verdict once every order is FINAL; None while nets differ and the market is not resolved."""
    if not all_final(trade):
        return None
    a, b = nets_e6(trade)
    if a == b == 0:
        return E.NONE_FINAL if nothing_final(trade) else E.FLAT_FINAL
    if a == b and a > 0:
        return E.EQUAL_FINAL
    return E.RESOLVED if resolved(trade) else None


def _paired(trade: Trade) -> bool:
    return no_order_can_fill(trade) and not unequal(trade) and nets_e6(trade)[0] > 0


def _in_detected(trade: Trade) -> E:
    if trade.news is News.ABORT:
        return E.ABORTED
    return E.GATES_PASSED if trade.gates_passed else E.GATE_REFUSED


def _in_gated(trade: Trade) -> E:
    if trade.news is News.ABORT:
        return E.ABORTED
    return E.LOCKS_DURABLE if trade.reservation is not None else E.LOCK_REFUSED


def _in_locked(trade: Trade) -> E:
    return E.ENTRY_DURABLE if trade.entry_verified and trade.news is not News.ABORT else E.ABORTED


def _in_executing(trade: Trade) -> E:
    if release_size_e2(trade) > 0:
        return E.FIRST_FILLED
    ended = _ended(trade)
    if ended is not None:
        return ended
    if _paired(trade):
        return E.EQUAL
    if no_order_can_fill(trade) and unequal(trade):
        return E.UNEQUAL
    return E.DEADLINE if trade.deadline_passed else E.LEG_MOVED


def _in_paired(trade: Trade) -> E:
    ended = _ended(trade)
    if ended is E.EQUAL_FINAL:
        return E.PAID if None not in trade.payouts else E.EQUAL_FINAL
    if ended is E.RESOLVED:
        return E.RESOLVED
    if not _paired(trade):
        return E.UNEQUAL
    return E.OVERDUE if overdue(trade) else E.EQUAL


def _in_hedging(trade: Trade) -> E:
    ended = _ended(trade)
    if ended is not None:
        return ended
    if overdue(trade):
        return E.OVERDUE
    if _paired(trade):
        return E.EQUAL
    if isinstance(trade.exit, ExitPlan):
        return E.EXIT_DURABLE
    if exhausted(trade):
        return E.EXHAUSTED
    return E.UNEQUAL if no_order_can_fill(trade) and unequal(trade) else E.LEG_MOVED


def _may_return(trade: Trade) -> bool:
    if trade.stuck_cause is StuckCause.OVERDUE or trade.granted:
        return True
    return trade.stuck_cause is not StuckCause.BUDGET and isinstance(trade.exit, ExitPlan)


def _in_stuck(trade: Trade) -> E:
    ended = _ended(trade)
    if ended is not None:
        return ended
    if not overdue(trade):
        if _paired(trade):
            return E.EQUAL
        if _may_return(trade):
            return E.RETURNED
    return E.UNEQUAL if no_order_can_fill(trade) and unequal(trade) else E.LEG_MOVED


_BY_STATE = {
    S.DETECTED: _in_detected,
    S.GATED: _in_gated,
    S.LOCKED: _in_locked,
    S.EXECUTING: _in_executing,
    S.PAIRED: _in_paired,
    S.HEDGING: _in_hedging,
    S.STUCK: _in_stuck,
}


def classify(trade: Trade) -> E:
    """The one event that an absorbed fact amounts to. Raises EngineBug for a closed trade without a late fact."""
    if trade.news is News.LATE:
        return E.LATE_FACT
    if trade.news is News.KILL:
        return E.KILLED
    judge = _BY_STATE.get(trade.state)
    if judge is None:
        raise EngineBug(
            f"{trade.trade_id}: a closed trade ({trade.state}) was classified without a late fact"
        )
    return judge(trade)
