"""Engine values that the contracts are about, built from integers so that CrossHair may leave each of them open."""

from __future__ import annotations

from pairlock.book import Book, Level
from pairlock.fees import FeeKind, FeeSchedule
from pairlock.gates import GateInput, LegInput
from pairlock.ledger import Account, Ledger
from pairlock.lifecycle import OS, S
from pairlock.limits import Limits
from pairlock.model import (
    ExitOn,
    Fill,
    FillStatus,
    LegTerms,
    Order,
    Outcome,
    Payout,
    PlanKind,
    Reservation,
    Role,
    Terms,
    Trade,
)
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.ports import MarketRules

STATES = tuple(S)
ORDER_STATES = tuple(OS)
LIMITS = Limits()
FEELESS = FeeSchedule("none", FeeKind.CURVE, 0, 1, 100)


def per_order(rate_ppm: int, extra_micros: int = 0, exponent: int = 1) -> FeeSchedule:
    """A curve whose charge is rounded up to $0.0001 on the order's total (Kalshi's form)."""
    return FeeSchedule("order", FeeKind.CURVE, rate_ppm, exponent, 100, order_extra_micros=extra_micros)


def per_fill(rate_ppm: int, max_fills: int = 20, exponent: int = 1) -> FeeSchedule:
    """A curve whose charge is rounded up to $0.00001 on every fill (Polymarket's form)."""
    return FeeSchedule("fill", FeeKind.CURVE, rate_ppm, exponent, 10, per_fill=True, max_fills=max_fills)


def flat(rate_ppm: int, settlement_ppm: int = 0) -> FeeSchedule:
    """A share of the price and of the payout, rounded up to the micro-dollar."""
    return FeeSchedule("flat", FeeKind.FLAT, rate_ppm, settlement_ppm=settlement_ppm)


def opportunity(
    price_a_e4: int = 4_000, price_b_e4: int = 5_000, fees_micros: int = 0
) -> ArbitrageOpportunity:
    """YES on Kalshi at ``price_a_e4`` and NO on Polymarket at ``price_b_e4``, with depth to spare."""
    combined_e4 = price_a_e4 + price_b_e4
    return ArbitrageOpportunity(
        event_id="event",
        platform_a="kalshi",
        platform_b="polymarket",
        market_a="a",
        market_b="b",
        price_a_e4=price_a_e4,
        price_b_e4=price_b_e4,
        combined_cost_e4=combined_e4,
        guaranteed_payout_e4=10_000,
        gross_profit_e4=10_000 - combined_e4,
        fees_total_micros=fees_micros,
        net_profit_micros=(10_000 - combined_e4) * 100 - fees_micros,
        min_liquidity_a_e2=1_000_000,
        min_liquidity_b_e2=1_000_000,
        execution_window_ms=3_000,
        detected_at_ms=0,
    )


def market_rules(market: str, fees: FeeSchedule, min_size_e2: int = 1, tick_e4: int = 1) -> MarketRules:
    return MarketRules(market, tick_e4, min_size_e2, 0, fees)


def gate_input(
    seen: ArbitrageOpportunity,
    size_e2: int,
    *,
    fees: tuple[FeeSchedule, FeeSchedule] = (FEELESS, FEELESS),
    bids: tuple[Level, ...] = (),
    asks: tuple[Level, ...] = (),
    balance_micros: int = 1,
    needed_micros: int = 1,
    ping_ms: int | None = 1,
    now_ms: int = 0,
    reviewed: bool = True,
) -> GateInput:
    """What the gates judge; both books show the same levels, each venue the same balance, need and ping."""
    legs = [
        LegInput(
            platform,
            market_rules(market, schedule),
            Book(market, bids, asks, 0),
            balance_micros,
            needed_micros,
            ping_ms,
        )
        for platform, market, schedule in zip(("kalshi", "polymarket"), "ab", fees, strict=True)
    ]
    return GateInput(seen, (legs[0], legs[1]), size_e2, reviewed, now_ms, LIMITS)


def leg_terms(
    leg: int,
    limit_e4: int,
    fees: FeeSchedule = FEELESS,
    *,
    dearest_buy_e4: int = 9_900,
    cheapest_sale_e4: int = 0,
    sets_pay_at_once: bool = False,
) -> LegTerms:
    """Leg 0 is YES on Kalshi, leg 1 NO on Polymarket."""
    return LegTerms(
        ("kalshi", "polymarket")[leg],
        "ab"[leg],
        (Outcome.YES, Outcome.NO)[leg],
        limit_e4,
        1,
        1,
        0,
        fees,
        dearest_buy_e4,
        cheapest_sale_e4,
        sets_pay_at_once,
    )


def terms(legs: tuple[LegTerms, LegTerms], size_e2: int, max_exit_attempts: int = 6) -> Terms:
    return Terms(
        legs,
        PlanKind.SIMULTANEOUS,
        first_leg=0,
        size_e2=size_e2,
        exit_on=ExitOn.FINAL,
        entry_timeout_ms=1_000,
        execution_deadline_ms=4_500,
        request_death_ms=10_000,
        read_lag_ms=2_000,
        fill_lag_ms=2_000,
        exit_timeout_ms=2_000,
        max_exit_attempts=max_exit_attempts,
        max_routeless_reads=20,
        promised_micros=0,
    )


def fill(qty_e6: int, cost_micros: int, fee_micros: int = 0, status: FillStatus = FillStatus.FINAL) -> Fill:
    return Fill("f", qty_e6, cost_micros, fee_micros, status)


def order(
    leg: int,
    size_e2: int,
    limit_e4: int,
    state: OS = OS.FINAL,
    fills: tuple[Fill, ...] = (),
    role: Role = Role.ENTRY,
) -> Order:
    matched_e6 = sum(each.qty_e6 for each in fills)
    return Order(f"t.{leg}.{role}", leg, role, size_e2, limit_e4, 0, 0, state, matched_e6, fills)


def trade(
    state: S,
    orders: tuple[Order, ...] = (),
    agreed: Terms | None = None,
    cash_micros: tuple[int, int] | None = None,
    payouts: tuple[Payout | None, Payout | None] = (None, None),
) -> Trade:
    """``cash_micros``: what LOCKED reserved on each account; None when nothing was."""
    held = None if cash_micros is None else Reservation(cash_micros, (0, 0), 0)
    return Trade("t", opportunity(), state, agreed, held, orders, payouts)


def ledger(one: Account, other: Account, *, reserve_micros: int = 0, cap_micros: int = 0) -> Ledger:
    return Ledger({"kalshi": one, "polymarket": other}, {}, (), reserve_micros, cap_micros)
