"""Phase one and the look under the reservations: reads what the gates judge, and turns it into terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from pairlock.book import Book, depth_e2
from pairlock.exposure import reservation_for
from pairlock.facts import EntryVerified, GatesJudged
from pairlock.fees import fee_micros
from pairlock.gates import GateInput, LegInput, first_refusal, judge
from pairlock.model import ExitOn, LegTerms, Outcome, PlanKind, Terms, Trade
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.opportunity_checks import book_problem, check_opportunity
from pairlock.ports import MarketRules, Venue, VenueError
from pairlock.sizing import Sizing, calculate_safe_position_size, common_step_e2
from pairlock.units import DOLLAR_E4, amount_step_e2, size_to_fill_e6

if TYPE_CHECKING:
    from pairlock.runner.engine import Engine


class _Side:
    """What was read of one leg's venue."""

    def __init__(self, venue: Venue, market: str) -> None:
        self.venue = venue
        self.market = market
        self.rules: MarketRules | None = None
        self.book: Book | None = None
        self.balance_micros = 0
        self.failure = ""

    async def read(self) -> None:
        try:
            self.rules = await self.venue.rules(self.market)
            self.balance_micros = await self.venue.balance_micros()
            self.book = await self.venue.book(self.market)
        except VenueError as error:
            self.failure = str(error)

    async def read_book(self) -> None:
        try:
            self.book = await self.venue.book(self.market)
        except VenueError as error:
            self.failure = str(error)


def _sides(engine: Engine, o: ArbitrageOpportunity) -> tuple[_Side, _Side]:
    first = _Side(engine.venues[o.platform_a], o.market_a)
    return first, _Side(engine.venues[o.platform_b], o.market_b)


def choose_plan(engine: Engine, o: ArbitrageOpportunity) -> tuple[PlanKind, int]:
    """The plan and its first leg: simultaneous only where both venues' fill rates were measured and are high.

    Otherwise the riskier leg goes first: the lower measured rate; unmeasured counts as riskier; and of two unmeasured
    the venue whose matches take longest to become final.
    """
    least_ppm = engine.limits.execution.simultaneous_fill_ppm
    rates = [engine.monitor.health[name].fill_rate_ppm() for name in (o.platform_a, o.platform_b)]
    known = [rate for rate in rates if rate is not None]
    if engine.plan is not None:
        kind = engine.plan
    elif len(known) == len(rates) and min(known) >= least_ppm:
        kind = PlanKind.SIMULTANEOUS
    else:
        kind = PlanKind.RISKIER_FIRST
    if rates[0] == rates[1]:
        first = 0 if o.platform_a == engine.slowest_to_finality else 1
    else:
        first = (
            0
            if (rates[0] if rates[0] is not None else -1) < (rates[1] if rates[1] is not None else -1)
            else 1
        )
    return kind, first


def _leg_terms(engine: Engine, venue: str, rules: MarketRules, outcome: Outcome, limit_e4: int) -> LegTerms:
    slip_e4 = engine.limits.execution.exit_slip_e4
    tick_e4 = rules.tick_e4
    highest_e4 = DOLLAR_E4 - tick_e4
    dearest_e4 = min(highest_e4, limit_e4 + slip_e4)
    cheapest_e4 = max(tick_e4, limit_e4 - slip_e4)
    return LegTerms(
        venue=venue,
        market=rules.market,
        outcome=outcome,
        limit_e4=limit_e4,
        tick_e4=tick_e4,
        min_size_e2=rules.min_size_e2,
        min_notional_micros=rules.min_notional_micros,
        fees=rules.fees,
        dearest_buy_e4=dearest_e4 - dearest_e4 % tick_e4,
        cheapest_sale_e4=cheapest_e4 - cheapest_e4 % tick_e4,
        sets_pay_at_once=rules.sets_pay_at_once,
        amount_step_micros=rules.amount_step_micros,
    )


def promised_micros(legs: tuple[LegTerms, LegTerms], size_e2: int) -> int:
    """Net profit at the limits: the payout less both costs and both fees, each order in one fill."""
    fill_e6 = size_to_fill_e6(size_e2)
    spend = sum(leg.limit_e4 * size_e2 + fee_micros(leg.fees, leg.limit_e4, fill_e6) for leg in legs)
    return DOLLAR_E4 * size_e2 - spend


def _terms(
    engine: Engine, o: ArbitrageOpportunity, rules: tuple[MarketRules, MarketRules], size_e2: int
) -> Terms:
    execution, bounds = engine.limits.execution, engine.limits.bounds
    legs = (
        _leg_terms(engine, o.platform_a, rules[0], Outcome.YES, o.price_a_e4),
        _leg_terms(engine, o.platform_b, rules[1], Outcome.NO, o.price_b_e4),
    )
    kind, first = choose_plan(engine, o)
    return Terms(
        legs=legs,
        plan=kind,
        first_leg=first,
        size_e2=size_e2,
        exit_on=ExitOn(execution.exit_on),
        entry_timeout_ms=execution.entry_timeout_ms,
        execution_deadline_ms=execution.execution_deadline_ms,
        request_death_ms=bounds.request_death_ms,
        read_lag_ms=bounds.read_lag_ms,
        fill_lag_ms=bounds.fill_lag_ms,
        exit_timeout_ms=execution.exit_timeout_ms,
        max_exit_attempts=execution.max_exit_attempts,
        max_routeless_reads=execution.max_routeless_reads,
        max_empty_exits=execution.max_empty_exits,
        promised_micros=promised_micros(legs, size_e2),
        table_digest=engine.digests.table,
        config_digest=engine.digests.config,
        fees_digest=engine.digests.fees(legs[0].fees, legs[1].fees),
    )


def _size(
    engine: Engine, o: ArbitrageOpportunity, rules: tuple[MarketRules, MarketRules], now_ms: int
) -> Sizing:
    ledger = engine.recorder.ledger
    capital = sum(max(0, account.free_micros) for account in ledger.accounts.values())
    health = min(
        engine.monitor.health[name].errors.health_ppm(now_ms) for name in (o.platform_a, o.platform_b)
    )
    prices = (o.price_a_e4, o.price_b_e4)
    steps = [amount_step_e2(price, r.amount_step_micros) for price, r in zip(prices, rules, strict=True)]
    return calculate_safe_position_size(
        o, capital, rules=rules, limits=engine.limits, health_ppm=health, step_e2=common_step_e2(*steps)
    )


async def judge_gates(engine: Engine, trade: Trade) -> GatesJudged:
    """All seven gates, on rules, balances and books read now."""
    o = trade.opportunity
    problem = check_opportunity(o, engine.clock.now_ms(), engine.limits, platforms=tuple(engine.venues))
    if problem:
        return GatesJudged(engine.clock.now_ms(), False, None, problem)
    a, b = _sides(engine, o)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(a.read)
        nursery.start_soon(b.read)
    now_ms = engine.clock.now_ms()
    if a.failure or b.failure or a.rules is None or b.rules is None or a.book is None or b.book is None:
        return GatesJudged(
            now_ms, False, None, f"platform: {a.failure or b.failure or 'a read gave nothing'}"
        )
    rules = (a.rules, b.rules)
    sizing = _size(engine, o, rules, now_ms)
    terms = _terms(engine, o, rules, sizing.size_e2)
    needed = reservation_for(terms).cash_micros
    legs = tuple(
        LegInput(name, rule, book, side.balance_micros, need, engine.monitor.health[name].p50_ms(now_ms))
        for name, rule, book, side, need in zip(
            (o.platform_a, o.platform_b), rules, (a.book, b.book), (a, b), needed, strict=True
        )
    )
    given = GateInput(
        opportunity=o,
        legs=(legs[0], legs[1]),
        size_e2=sizing.size_e2,
        reviewed=engine.reviewed(o),
        now_ms=now_ms,
        limits=engine.limits,
        size_reason=sizing.reason,
        platforms=tuple(engine.venues),
    )
    refused = first_refusal(judge(given))
    if refused is not None:
        return GatesJudged(now_ms, False, None, f"{refused.gate}: {refused.detail}")
    return GatesJudged(now_ms, True, terms)


async def verify_entry(engine: Engine, trade: Trade) -> EntryVerified:
    """Read both books again under the reservations; anything but fresh and deep enough aborts."""
    terms = trade.terms
    assert terms is not None
    began_ms = engine.clock.now_ms()
    sides = _sides(engine, trade.opportunity)
    async with trio.open_nursery() as nursery:
        for side in sides:
            nursery.start_soon(side.read_book)
    now_ms = engine.clock.now_ms()
    refusal = engine.entry_refusal(trade)
    if refusal:
        return EntryVerified(now_ms, False, refusal)
    if now_ms - began_ms > engine.limits.gates.max_book_age_ms:
        return EntryVerified(now_ms, False, f"the books took {now_ms - began_ms} ms to read: stale")
    for side, leg in zip(sides, terms.legs, strict=True):
        if side.book is None:
            return EntryVerified(now_ms, False, side.failure)
        age_ms = now_ms - side.book.read_at_ms
        problem = book_problem(side.book)
        if problem or not 0 <= age_ms <= engine.limits.gates.max_book_age_ms:
            return EntryVerified(now_ms, False, problem or f"{leg.venue}'s book is {age_ms} ms old: stale")
        deep_e2 = depth_e2(side.book.asks_of(leg.outcome), leg.limit_e4, buying=True)
        if deep_e2 < terms.size_e2:
            reason = f"{leg.venue} offers {deep_e2} of {terms.size_e2} (1/100 contract) at the limit"
            engine.monitor.liquidity_lost(leg.venue, reason)
            return EntryVerified(now_ms, False, reason)
    return EntryVerified(now_ms, True)
