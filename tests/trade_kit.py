"""Made trades for tests of the pure core: terms, orders with fills, a trade in HEDGING with any nets."""

from __future__ import annotations

from attrs import evolve

from pairlock.exposure import reservation_for
from pairlock.fees import kalshi_quadratic, polymarket_curve
from pairlock.lifecycle import OS, S
from pairlock.model import ExitOn, Fill, FillStatus, LegTerms, Order, Outcome, PlanKind, Role, Terms, Trade
from pairlock.opportunity_checks import make_opportunity
from pairlock.units import cost_up_micros, size_to_fill_e6

POLY = polymarket_curve(50_000)
KALSHI = kalshi_quadratic()


def leg_terms(venue: str, outcome: Outcome, limit_e4: int, *, slip_e4: int = 1_500) -> LegTerms:
    """A leg as the gatekeeper fixes it."""
    poly = venue == "polymarket"
    return LegTerms(
        venue=venue,
        market=f"{venue}-market",
        outcome=outcome,
        limit_e4=limit_e4,
        tick_e4=100,
        min_size_e2=500 if poly else 1,
        min_notional_micros=1_000_000 if poly else 0,
        fees=POLY if poly else KALSHI,
        dearest_buy_e4=min(9_900, limit_e4 + slip_e4),
        cheapest_sale_e4=max(100, limit_e4 - slip_e4),
        sets_pay_at_once=not poly,
        amount_step_micros=10_000 if poly else 1,
    )


def terms_of(
    size_e2: int = 10_000, prices_e4: tuple[int, int] = (4_000, 5_500), plan: str = "simultaneous"
) -> Terms:
    """YES on Polymarket, NO on Kalshi."""
    return Terms(
        legs=(
            leg_terms("polymarket", Outcome.YES, prices_e4[0]),
            leg_terms("kalshi", Outcome.NO, prices_e4[1]),
        ),
        plan=PlanKind(plan),
        first_leg=0,
        size_e2=size_e2,
        exit_on=ExitOn.FINAL,
        entry_timeout_ms=1_000,
        execution_deadline_ms=4_500,
        request_death_ms=10_000,
        read_lag_ms=2_000,
        fill_lag_ms=2_000,
        exit_timeout_ms=2_000,
        max_exit_attempts=6,
        max_routeless_reads=20,
        promised_micros=0,
    )


def filled(intent_id: str, leg: int, role: Role, fill_e6: int, price_e4: int, fee_micros: int = 0) -> Order:
    """A FINAL order that filled ``fill_e6`` at one price."""
    cost = cost_up_micros(price_e4, fill_e6)
    fills = (Fill(f"{intent_id}/1", fill_e6, cost, fee_micros, FillStatus.FINAL),) if fill_e6 else ()
    size_e2 = -(-fill_e6 // 10_000)
    return Order(intent_id, leg, role, size_e2, price_e4, 0, 0, OS.FINAL, fill_e6, fills)


def hedging(terms: Terms, filled_e6: tuple[int, int]) -> Trade:
    """A trade whose entries filled as given, in HEDGING, with its reservation."""
    opportunity = make_opportunity(
        event_id="event",
        platform_a="polymarket",
        market_a="polymarket-market",
        price_a_e4=terms.legs[0].limit_e4,
        fees_a=POLY,
        liquidity_a_e2=terms.size_e2,
        platform_b="kalshi",
        market_b="kalshi-market",
        price_b_e4=terms.legs[1].limit_e4,
        fees_b=KALSHI,
        liquidity_b_e2=terms.size_e2,
        execution_window_ms=5_000,
        detected_at_ms=0,
        opportunity_id="event",
    )
    orders = tuple(
        evolve(
            filled(f"t.{leg}.{leg}", leg, Role.ENTRY, filled_e6[leg], terms.legs[leg].limit_e4),
            size_e2=terms.size_e2,
        )
        for leg in (0, 1)
    )
    return Trade(
        "t",
        opportunity,
        S.HEDGING,
        terms,
        reservation_for(terms),
        orders,
        gates_passed=True,
        entry_verified=True,
    )


def whole(contracts: int) -> int:
    """Contracts as a filled size."""
    return size_to_fill_e6(contracts * 100)
