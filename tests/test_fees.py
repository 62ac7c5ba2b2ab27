"""Fees: against fills that were measured, the brief's figures, and the exact charge as a fraction (claim 15)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairlock.fees import (
    FeeKind,
    FeeSchedule,
    brief_kalshi,
    brief_polymarket,
    calculate_minimum_profit_threshold,
    fee_at_limit_micros,
    fee_micros,
    fee_of_fills_micros,
    kalshi_quadratic,
    polymarket_curve,
    spend_at_limit_micros,
    with_rate,
)
from pairlock.units import CONTRACT_E6, E6_PER_E2, PPM, cost_up_micros

RATES_PPM = st.integers(0, PPM - 1)
PRICES_E4 = st.integers(1, 9_999)


@st.composite
def schedules(draw: st.DrawFn) -> FeeSchedule:
    kind = draw(st.sampled_from(["kalshi", "member", "polymarket", "brief"]))
    if kind == "polymarket":
        return polymarket_curve(draw(RATES_PPM), draw(st.integers(1, 3)))
    if kind == "brief":
        return draw(st.sampled_from([brief_kalshi(), brief_polymarket(), brief_polymarket("crypto_15m")]))
    return with_rate(kalshi_quadratic(direct_member=kind == "kalshi"), draw(RATES_PPM))


@st.composite
def splits(draw: st.DrawFn) -> tuple[FeeSchedule, int, list[tuple[int, int]]]:
    """A schedule, a size in 1/100 contract, and one to max_fills fills (price_e4, fill_e6) of that size."""
    schedule = draw(schedules())
    size_e2 = draw(st.integers(1, 100_000))
    # Where the order's total is rounded fills are whole hundredths; else they have six decimals.
    unit_e6 = 1 if schedule.per_fill else E6_PER_E2
    total = size_e2 * E6_PER_E2 // unit_e6
    most = min(schedule.max_fills, total) - 1
    cuts = sorted(draw(st.sets(st.integers(1, max(total - 1, 1)), max_size=most))) if total > 1 else []
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True)]
    return schedule, size_e2, [(draw(PRICES_E4), part * unit_e6) for part in parts]


def exact_micros(schedule: FeeSchedule, price_e4: int, fill_e6: int) -> Fraction:
    """The charge written down a second time, in dollars and contracts."""
    p, contracts = Fraction(price_e4, 10_000), Fraction(fill_e6, CONTRACT_E6)
    rate = Fraction(schedule.rate_ppm, PPM)
    if schedule.kind is FeeKind.CURVE:
        return contracts * rate * (p * (1 - p)) ** schedule.exponent * 1_000_000
    return contracts * (rate * p + Fraction(schedule.settlement_ppm, PPM)) * 1_000_000


@pytest.mark.parametrize(
    ("price_e4", "contracts", "charged_micros"), [(4_500, 3, 52_000), (3_000, 1, 14_700), (100, 1, 700)]
)
def test_kalshi_charges_that_were_measured(price_e4: int, contracts: int, charged_micros: int) -> None:
    assert fee_micros(kalshi_quadratic(), price_e4, contracts * CONTRACT_E6) == charged_micros


def test_kalshi_rounds_the_order_and_polymarket_every_fill() -> None:
    fills = [(4_500, CONTRACT_E6)] * 3
    assert fee_of_fills_micros(kalshi_quadratic(), fills) == 52_000
    # 0.07 * 0.2475 = 0.017325 is three times rounded up to 0.01733
    assert fee_of_fills_micros(polymarket_curve(70_000), fills) == 3 * 17_330


def test_the_multiplier_of_a_series_scales_the_rate_and_rounds_it_up() -> None:
    assert kalshi_quadratic(500_000).rate_ppm == 35_000
    assert kalshi_quadratic(333_333).rate_ppm == 23_334  # 23,333.31


def test_the_fee_is_symmetric_so_no_and_yes_pay_the_same() -> None:
    for price_e4 in (100, 1_234, 4_999, 5_000):
        for schedule in (kalshi_quadratic(), polymarket_curve(50_000)):
            assert fee_micros(schedule, price_e4, 777) == fee_micros(schedule, 10_000 - price_e4, 777)


def test_an_order_of_a_non_direct_member_bears_its_cent_even_at_a_multiplier_of_nought() -> None:
    member = kalshi_quadratic(0, direct_member=False)
    assert fee_micros(member, 4_567, CONTRACT_E6) == 9_999
    assert fee_of_fills_micros(member, [(4_567, CONTRACT_E6)]) == 9_999
    assert fee_at_limit_micros(member, 4_567, 100) == 9_999
    assert fee_micros(member, 4_567, 0) == fee_of_fills_micros(member, []) == 0
    assert fee_of_fills_micros(member, [(4_567, 0)]) == 0
    assert fee_at_limit_micros(member, 4_567, 0) == spend_at_limit_micros(member, 4_567, 0) == 0


@pytest.mark.parametrize(
    ("market_type", "threshold_ppm"),
    [("general", 22_000), ("crypto_15m", 42_000), ("btc_crypto_15m_up", 42_000)],
)
def test_the_briefs_threshold(market_type: str, threshold_ppm: int) -> None:
    assert calculate_minimum_profit_threshold(market_type) == threshold_ppm


def test_the_briefs_flat_fees() -> None:
    assert fee_micros(brief_polymarket(), 5_000, CONTRACT_E6) == 5_000  # 1 % of 50 cents
    assert fee_micros(brief_polymarket("crypto_15m"), 5_000, CONTRACT_E6) == 15_000
    assert (
        fee_micros(brief_kalshi(), 4_000, CONTRACT_E6) == 400 + 1_000
    )  # 0.1 % of the price, 0.1 % of the dollar


def test_fees_scale_and_round_once_where_the_venue_does() -> None:
    assert fee_at_limit_micros(kalshi_quadratic(), 4_500, 300) == 52_000
    one = fee_micros(polymarket_curve(50_000), 4_500, 3 * CONTRACT_E6)
    assert fee_at_limit_micros(polymarket_curve(50_000), 4_500, 300) == one + 19 * 10


@given(splits())
def test_a_computed_fee_is_never_below_the_exact_charge(
    split: tuple[FeeSchedule, int, list[tuple[int, int]]],
) -> None:
    schedule, _, fills = split
    exact = [exact_micros(schedule, *fill) for fill in fills]
    assert fee_of_fills_micros(schedule, fills) >= sum(exact)
    assert all(fee_micros(schedule, *fill) >= charge for fill, charge in zip(fills, exact, strict=True))
    # ... and not far above it: one step for each rounding, and the venue's extra
    steps = len(fills) if schedule.per_fill else 1
    most = sum(exact) + steps * schedule.round_micros + schedule.order_extra_micros
    assert fee_of_fills_micros(schedule, fills) <= most


@given(splits(), PRICES_E4)
def test_the_fee_at_the_limit_covers_every_split_at_the_limit(
    split: tuple[FeeSchedule, int, list[tuple[int, int]]], limit_e4: int
) -> None:
    schedule, size_e2, fills = split
    at_limit = [(limit_e4, fill_e6) for _, fill_e6 in fills]
    assert fee_at_limit_micros(schedule, limit_e4, size_e2) >= fee_of_fills_micros(schedule, at_limit)


@given(splits())
def test_the_spend_at_the_limit_covers_every_split_at_it_or_better(
    split: tuple[FeeSchedule, int, list[tuple[int, int]]],
) -> None:
    schedule, size_e2, fills = split
    limit_e4 = max(price_e4 for price_e4, _ in fills)
    spent = sum(cost_up_micros(*fill) for fill in fills) + fee_of_fills_micros(schedule, fills)
    assert spend_at_limit_micros(schedule, limit_e4, size_e2) >= spent


def test_a_better_price_may_round_up_one_step_dearer() -> None:
    """Why cost and fee at the limit alone are no bound: 0.01 contract a tick below its limit costs 99 micros more."""
    schedule, fill_e6 = kalshi_quadratic(), E6_PER_E2
    better = cost_up_micros(8_273, fill_e6) + fee_micros(schedule, 8_273, fill_e6)
    at_limit = cost_up_micros(8_274, fill_e6) + fee_at_limit_micros(schedule, 8_274, 1)
    assert better == at_limit + 99
    assert better <= spend_at_limit_micros(schedule, 8_274, 1)


def test_fills_of_six_decimals_round_their_cost_up_one_by_one() -> None:
    """Why a free market's spend is more than its price: twenty fills, each a micro-dollar begun."""
    schedule = polymarket_curve(0)
    fills = [(3_333, 50_001)] * 19 + [(3_333, CONTRACT_E6 - 19 * 50_001)]
    spent = sum(cost_up_micros(*fill) for fill in fills)
    assert spent > cost_up_micros(3_333, CONTRACT_E6) + fee_at_limit_micros(schedule, 3_333, 100)
    assert spent <= spend_at_limit_micros(schedule, 3_333, 100)


def test_under_the_briefs_schedule_the_spend_is_exact() -> None:
    assert spend_at_limit_micros(brief_polymarket(), 9_000, 100) == 900_000 + 9_000
