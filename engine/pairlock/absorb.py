"""absorb: what a trade's value is once a fact is known. It never changes ``state``: that is the table's.

A fact that teaches nothing leaves the value as it was; such facts are neither journalled nor classified.
"""

from __future__ import annotations

from attrs import evolve

from pairlock.exits import plan_exit
from pairlock.facts import (
    Aborted,
    CancelAcked,
    DeadlinePassed,
    EntryVerified,
    ExitBooksRead,
    Fact,
    FinalityOverdue,
    GatesJudged,
    Granted,
    Killed,
    LegResolved,
    LocksJudged,
    NotFound,
    NotSent,
    OrderReport,
    OutcomeUnknown,
    Restarted,
)
from pairlock.lifecycle import CLOSED, OS, S
from pairlock.model import ExitPlan, News, NoExit, Order, StuckCause, Trade
from pairlock.orders import absorb_order
from pairlock.positions import filled_e6
from pairlock.units import size_to_fill_e6

BEFORE_SENDING = (S.DETECTED, S.GATED, S.LOCKED)
_RECORDED = (S.EXECUTING, S.PAIRED, S.HEDGING, S.STUCK)


def quiet(trade: Trade) -> Trade:
    """The trade without the marks that belong to one step only."""
    if trade.news is News.NONE and not trade.fresh:
        return trade
    return evolve(trade, news=News.NONE, fresh=())


def _with_order(trade: Trade, order: Order) -> Trade:
    orders = tuple(order if o.intent_id == order.intent_id else o for o in trade.orders)
    excess = trade.excess or filled_e6(order) > size_to_fill_e6(order.size_e2)
    # A plan was sized on what was known before this order changed.
    return evolve(trade, orders=orders, excess=excess, exit=None)


def _order_fact(trade: Trade, fact: NotSent | OrderReport | NotFound | CancelAcked) -> Trade:
    order = trade.order(fact.intent_id)
    if order is None or trade.terms is None:
        return trade
    absorbed = absorb_order(order, fact, trade.terms)
    if absorbed.late:
        return evolve(trade, news=News.LATE)
    if trade.state in CLOSED or absorbed.order == order:
        return trade
    return _with_order(trade, absorbed.order)


def _preparation(trade: Trade, fact: GatesJudged | LocksJudged | EntryVerified) -> Trade:
    """Verdicts of the two phases; one that comes after its phase teaches nothing."""
    if isinstance(fact, GatesJudged):
        if trade.state is not S.DETECTED:
            return trade
        return evolve(trade, gates_passed=fact.passed, terms=fact.terms, refusal=fact.reason)
    if isinstance(fact, LocksJudged):
        if trade.state is not S.GATED:
            return trade
        return evolve(trade, reservation=fact.reservation, refusal=fact.reason)
    if trade.state is not S.LOCKED:
        return trade
    return evolve(trade, entry_verified=fact.ok, refusal=fact.reason)


def _books(trade: Trade, fact: ExitBooksRead) -> Trade:
    plan = plan_exit(trade, fact)
    if plan is None:
        return trade
    if isinstance(plan, ExitPlan):
        return evolve(trade, exit=plan, routeless_reads=0)
    # Counted only up to the bound: beyond it a further read without a route teaches nothing.
    most = trade.terms.max_routeless_reads if trade.terms else 0
    reads = min(trade.routeless_reads + 1, most)
    if trade.state is S.STUCK and isinstance(trade.exit, NoExit) and trade.exit.cause is plan.cause:
        return trade
    return evolve(trade, exit=plan, routeless_reads=reads)


def _granted(trade: Trade, fact: Granted) -> Trade:
    if trade.state is not S.STUCK or trade.terms is None or trade.reservation is None:
        return trade
    kept = trade.reservation
    cash = fact.cash_micros
    reservation = evolve(
        kept,
        cash_micros=(kept.cash_micros[0] + cash[0], kept.cash_micros[1] + cash[1]),
        exit_cash_micros=(kept.exit_cash_micros[0] + cash[0], kept.exit_cash_micros[1] + cash[1]),
        exit_loss_micros=kept.exit_loss_micros + fact.exit_loss_micros,
    )
    first, second = (
        evolve(
            leg,
            dearest_buy_e4=max(leg.dearest_buy_e4, fact.dearest_buy_e4),
            cheapest_sale_e4=min(leg.cheapest_sale_e4, fact.cheapest_sale_e4),
        )
        for leg in trade.terms.legs
    )
    return evolve(
        trade,
        terms=evolve(trade.terms, legs=(first, second)),
        reservation=reservation,
        attempts_granted=trade.attempts_granted + fact.attempts,
        routeless_reads=0,
        exit=None,
        granted=True,
    )


def _restarted(trade: Trade, fact: Restarted) -> Trade:
    """The bounds of F start anew; what was not yet read must be read again to its end."""
    if trade.state in BEFORE_SENDING:
        return evolve(trade, news=News.ABORT, refusal="the engine restarted before anything was sent")
    if trade.terms is None:
        return trade
    death_ms = fact.at_ms + trade.terms.request_death_ms
    orders = tuple(
        o
        if o.state in (OS.FINAL, OS.IDLE)
        else evolve(o, dead_at_ms=max(o.dead_at_ms, death_ms), terminal_at_ms=-1)
        for o in trade.orders
    )
    expired = trade.state is S.EXECUTING
    return evolve(trade, orders=orders, exit=None, deadline_passed=trade.deadline_passed or expired)


def _overdue(trade: Trade, fact: FinalityOverdue) -> Trade:
    order = trade.order(fact.intent_id)
    if order is None or order.state in (OS.FINAL, OS.IDLE) or trade.state is S.EXECUTING:
        return trade
    return _with_order(trade, evolve(order, overdue=True))


def _resolution(trade: Trade, fact: LegResolved) -> Trade:
    if trade.state not in _RECORDED or trade.payouts[fact.leg] is not None:
        return trade
    a, b = trade.payouts
    return evolve(trade, payouts=(fact.payout, b) if fact.leg == 0 else (a, fact.payout), exit=None)


def absorb(trade: Trade, fact: Fact) -> Trade:
    """The trade once ``fact`` is known; equal to ``quiet(trade)`` where it teaches nothing. Pure."""
    trade = quiet(trade)
    if isinstance(fact, NotSent | OrderReport | NotFound | CancelAcked):
        return _order_fact(trade, fact)
    if trade.state in CLOSED:
        return trade
    if isinstance(fact, GatesJudged | LocksJudged | EntryVerified):
        return _preparation(trade, fact)
    if isinstance(fact, Aborted):
        before = trade.state in BEFORE_SENDING
        return evolve(trade, news=News.ABORT, refusal=fact.reason) if before else trade
    if isinstance(fact, Killed):
        return trade if trade.killed else evolve(trade, killed=True, news=News.KILL)
    if isinstance(fact, OutcomeUnknown):
        return trade
    if isinstance(fact, DeadlinePassed):
        return evolve(trade, deadline_passed=True) if trade.state is S.EXECUTING else trade
    if isinstance(fact, FinalityOverdue):
        return _overdue(trade, fact)
    if isinstance(fact, LegResolved):
        return _resolution(trade, fact)
    if isinstance(fact, ExitBooksRead):
        return _books(trade, fact)
    if isinstance(fact, Granted):
        return _granted(trade, fact)
    return _restarted(trade, fact)


def exhausted(trade: Trade) -> bool:
    """Every route, or the budget, is exhausted."""
    plan = trade.exit
    if not isinstance(plan, NoExit) or trade.terms is None:
        return False
    at_once = plan.cause in (StuckCause.BUDGET, StuckCause.DUST)
    return at_once or trade.routeless_reads >= trade.terms.max_routeless_reads
