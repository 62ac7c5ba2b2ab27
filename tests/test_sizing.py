"""The position sizer: the brief's own figures, and every bound named when it binds."""

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pairlock.fees import (
    FeeSchedule,
    brief_kalshi,
    brief_polymarket,
    fee_micros,
    kalshi_quadratic,
    polymarket_curve,
    spend_at_limit_micros,
)
from pairlock.limits import Limits, SizeLimits
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.opportunity_checks import make_opportunity
from pairlock.ports import MarketRules
from pairlock.sizing import Sizing, _within_budget_e2, calculate_safe_position_size, common_step_e2
from pairlock.units import amount_step_e2, size_to_fill_e6

DOLLARS = 1_000_000
FREE = polymarket_curve(0)
LIMITS = Limits()


def opportunity(
    price_a_e4: int,
    price_b_e4: int,
    *,
    depth_e2: tuple[int, int] = (10**9, 10**9),
    fees: tuple[FeeSchedule, FeeSchedule] = (FREE, FREE),
) -> ArbitrageOpportunity:
    return make_opportunity(
        event_id="e", platform_a="polymarket", market_a="1", price_a_e4=price_a_e4, fees_a=fees[0],
        liquidity_a_e2=depth_e2[0], platform_b="kalshi", market_b="K", price_b_e4=price_b_e4, fees_b=fees[1],
        liquidity_b_e2=depth_e2[1], execution_window_ms=5_000, detected_at_ms=0,
    )  # fmt: skip


def rules(
    fees: tuple[FeeSchedule, FeeSchedule] = (FREE, FREE), **changes: Any
) -> tuple[MarketRules, MarketRules]:
    both = MarketRules("1", 1, 0, 0, fees[0]), MarketRules("K", 1, 0, 0, fees[1])
    return evolve(both[0], **changes), evolve(both[1], **changes)


def sized(found: ArbitrageOpportunity, capital_micros: int, **more: Any) -> Sizing:
    return calculate_safe_position_size(found, capital_micros, **{"rules": rules(), "limits": LIMITS, **more})


def test_the_briefs_ten_per_cent() -> None:
    """$10,000, 90 cents a pair, 10 % net: $1,000 / 0.90 = 1,111.11 contracts, less what fills may round up."""
    brief = brief_polymarket(), brief_kalshi()
    found = opportunity(4_500, 4_300, fees=brief)  # 0.88 + 0.0045 + 0.00143 = 0.88593; net 0.11407
    assert found.net_profit_micros == 114_070
    got = sized(found, 10_000 * DOLLARS, rules=rules(brief))
    assert got.size_e2 == 1_000 * DOLLARS * 100 // 885_930 == 112_875
    assert got.bound == "capital_share"


def test_the_briefs_half_up_to_five_per_cent() -> None:
    brief = brief_polymarket(), brief_kalshi()
    at = opportunity(4_900, 4_549, fees=brief)
    # exactly 5 % is not more than 5 %: half. The boundary is reached with fees of nought.
    exactly = opportunity(5_000, 4_500)
    above = opportunity(5_000, 4_499)
    assert exactly.net_profit_micros == 50_000
    assert sized(exactly, 9_500 * DOLLARS).size_e2 == 50_000  # half of 1,000 contracts
    assert sized(exactly, 9_500 * DOLLARS).bound == "profit_margin"
    assert dict(sized(above, 9_500 * DOLLARS).by)["profit_margin"] == 950 * DOLLARS * 100 // 949_900
    assert at.net_profit_micros < 50_000
    full = 1_000 * DOLLARS * 100 // (944_900 + at.fees_total_micros)
    assert sized(at, 10_000 * DOLLARS, rules=rules(brief)).size_e2 == full // 2


def test_the_half_is_of_the_share_and_not_of_the_depth() -> None:
    """As in the brief's code: min(share, depth, half the share), so a thin book is not halved again."""
    thin = opportunity(5_000, 4_700, depth_e2=(10_000, 4_000))
    got = sized(thin, 10_000 * DOLLARS)
    assert got.size_e2 == 4_000
    assert got.bound == "liquidity_b"
    assert sized(opportunity(5_000, 4_700, depth_e2=(3_999, 4_000)), 10_000 * DOLLARS).bound == "liquidity_a"


def test_scenario_8_equal_contracts_never_equal_dollars() -> None:
    """One size for both legs, whatever their prices; dollars differ as the prices do."""
    found = opportunity(9_000, 500)
    got = sized(found, 1_000 * DOLLARS, rules=rules())
    assert isinstance(got.size_e2, int)
    spent = [spend_at_limit_micros(FREE, price_e4, got.size_e2) for price_e4 in (9_000, 500)]
    assert spent[0] > 17 * spent[1]
    # the dearer leg alone, sized in dollars, would have bought 18 times fewer contracts than the cheaper
    assert got.size_e2 == 100 * DOLLARS * 100 // 950_000 // 2


def test_platform_health_scales_what_is_left_and_rounds_down() -> None:
    found = opportunity(4_000, 4_000, depth_e2=(9_999, 20_000))
    got = sized(found, 10_000 * DOLLARS, health_ppm=500_000)
    assert got.size_e2 == 4_999
    assert got.bound == "platform_health"
    assert sized(found, 10_000 * DOLLARS, health_ppm=0).size_e2 == 0
    assert sized(found, 10_000 * DOLLARS, health_ppm=-5).size_e2 == 0
    assert (
        sized(found, 10_000 * DOLLARS, health_ppm=2_000_000).size_e2 == 9_999
    )  # healthier than healthy is not more


def test_whole_steps_only() -> None:
    found = opportunity(4_000, 4_000, depth_e2=(9_999, 20_000))
    got = sized(found, 10_000 * DOLLARS, step_e2=100)
    assert (got.size_e2, got.bound) == (9_900, "step")


def test_the_steps_of_venues() -> None:
    assert amount_step_e2(5_300, 10_000) == 100  # 0.53 x 1 contract is whole cents, 0.53 x 0.5 is not
    assert amount_step_e2(5_350, 10_000) == 200
    assert amount_step_e2(5_000, 10_000) == 2
    assert amount_step_e2(1_001, 10_000) == 10_000
    assert common_step_e2(1, 100) == 100
    assert common_step_e2(4, 6) == 12
    for price_e4 in range(1, 10_000):
        step_e2 = amount_step_e2(price_e4, 10_000)
        assert price_e4 * step_e2 % 10_000 == 0
        assert step_e2 == 1 or all(price_e4 * (step_e2 // f) % 10_000 for f in (2, 5) if step_e2 % f == 0)


def test_below_a_minimum_is_nothing_with_the_reason() -> None:
    found = opportunity(4_000, 4_000, depth_e2=(499, 20_000))
    got = sized(found, 10_000 * DOLLARS, rules=rules(min_size_e2=500))
    assert got.size_e2 == 0
    assert "min_size_e2 500" in got.reason
    assert "liquidity_a allows 499" in got.reason
    assert got.bound == "minimum"
    small = opportunity(9_000, 100, depth_e2=(9_999, 9_999))  # leg b: 99.99 contracts at one cent are $0.9999
    got = sized(small, 10_000 * DOLLARS, rules=rules(min_notional_micros=DOLLARS))
    assert got.size_e2 == 0
    assert "leg b's min_notional_micros 1000000" in got.reason
    enough = opportunity(9_000, 100, depth_e2=(10_000, 10_000))
    assert sized(enough, 10_000 * DOLLARS, rules=rules(min_notional_micros=DOLLARS)).size_e2 == 10_000


@pytest.mark.parametrize("capital_micros", [0, -1, 1])
def test_without_capital_nothing(capital_micros: int) -> None:
    got = sized(opportunity(4_000, 4_000), capital_micros)
    assert got.size_e2 == 0
    assert "capital_share allows 0" in got.reason


def test_the_depth_read_since_replaces_the_opportunitys() -> None:
    found = opportunity(4_000, 4_000, depth_e2=(100_000, 100_000))
    assert sized(found, 10_000 * DOLLARS, depth_e2=(700, 600)).size_e2 == 600
    assert sized(found, 10_000 * DOLLARS, depth_e2=(-1, 600)).size_e2 == 0


def test_the_largest_size_is_a_limit() -> None:
    limits = Limits(size=SizeLimits(max_size_e2=123))
    got = sized(opportunity(4_000, 4_000), 10_000 * DOLLARS, limits=limits)
    assert (got.size_e2, got.bound) == (123, "max_size")


def test_an_inconsistent_opportunity_has_no_size() -> None:
    broken = evolve(opportunity(4_000, 4_000), combined_cost_e4=0)
    got = sized(broken, 10_000 * DOLLARS)
    assert got.size_e2 == 0
    assert "combined_cost_e4 0" in got.reason


def test_fees_that_rose_since_detection_cut_the_size() -> None:
    found = opportunity(4_000, 4_000)  # detected free of fees
    dear = polymarket_curve(70_000), kalshi_quadratic(5_000_000)
    before, after = sized(found, 1_000 * DOLLARS), sized(found, 1_000 * DOLLARS, rules=rules(dear))
    assert after.size_e2 < before.size_e2
    assert after.bound == "step"


FEES = st.tuples(
    st.builds(polymarket_curve, st.integers(0, 200_000)),
    st.builds(kalshi_quadratic, st.integers(0, 3_000_000)),
)


@given(
    st.integers(1, 9_999), st.integers(1, 9_999), FEES, st.integers(0, 10**12), st.integers(0, 10**7),
    st.integers(0, 10**6), st.sampled_from([1, 2, 100, 250]),
)  # fmt: skip
def test_every_bound_holds(
    a_e4: int,
    b_e4: int,
    fees: tuple[FeeSchedule, FeeSchedule],
    capital_micros: int,
    depth: int,
    health_ppm: int,
    step: int,
) -> None:
    found = opportunity(a_e4, b_e4, fees=fees, depth_e2=(depth, depth + 5))
    got = sized(found, capital_micros, rules=rules(fees), health_ppm=health_ppm, step_e2=step)
    assert 0 <= got.size_e2 <= depth * health_ppm // 1_000_000
    assert got.size_e2 % step == 0
    assert (got.size_e2 == 0) is (got.reason != "")
    spend = sum(
        spend_at_limit_micros(fee, price, got.size_e2) for fee, price in zip(fees, (a_e4, b_e4), strict=True)
    )
    assert spend * 10 <= capital_micros  # never more than 10 % of the capital, roundings included
    if found.net_profit_micros <= 50_000:
        per_contract = found.combined_cost_e4 * 100 + found.fees_total_micros
        assert got.size_e2 * 2 * per_contract <= capital_micros * 10
    # one step more would break a bound that `by` names
    if got.bound == "step" and got.size_e2:
        more_e2 = got.size_e2 + step
        dearer = sum(
            spend_at_limit_micros(fee, price, more_e2) for fee, price in zip(fees, (a_e4, b_e4), strict=True)
        )
        assert dearer * 10 > capital_micros or more_e2 > min(
            allowed for name, allowed in got.by if name != "step"
        )


def test_one_contract_is_priced_with_its_whole_fee() -> None:
    fees = polymarket_curve(50_000), kalshi_quadratic()
    found = opportunity(4_500, 4_500, fees=fees)
    one = size_to_fill_e6(100)
    assert found.fees_total_micros == fee_micros(fees[0], 4_500, one) + fee_micros(fees[1], 4_500, one)
    got = sized(found, 100 * DOLLARS, rules=rules(fees))
    assert dict(got.by)["capital_share"] == 10 * DOLLARS * 100 // (900_000 + found.fees_total_micros)


def test_regression_a_size_below_one_cent_a_pair_is_not_cut_further_than_the_budget_asks() -> None:
    """One rounding of a fee weighed more than many steps, and the jump took it for the price of each of them."""
    both = rules((kalshi_quadratic(), FREE))
    found = opportunity(1, 1)

    def spend_micros(size_e2: int) -> int:
        return sum(
            spend_at_limit_micros(rule.fees, price_e4, size_e2)
            for rule, price_e4 in zip(both, (1, 1), strict=True)
        )

    fits_e2 = next(
        size_e2 for size_e2 in range(1, 5_000) if spend_micros(size_e2 + 1) >= spend_micros(size_e2) + 100
    )
    assert _within_budget_e2(found, both, spend_micros(fits_e2), fits_e2 + 1, 1) == fits_e2
