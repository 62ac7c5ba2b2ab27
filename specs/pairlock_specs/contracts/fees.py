"""Contracts of ``pairlock.fees``: a computed fee is never below the charge, however an order fills."""

from __future__ import annotations

from pairlock.fees import (
    fee_at_limit_micros,
    fee_micros,
    fee_of_fills_micros,
    kalshi_quadratic,
    spend_at_limit_micros,
    with_rate,
)
from pairlock.units import cost_up_micros, size_to_fill_e6
from pairlock_specs.contracts.values import flat, per_fill, per_order

# A curve's exact charge in units of 1e-14 micro-dollars: fill_e6 x rate_ppm x p_e4 x (10,000 - p_e4).
EXACT = 10**14


def _curve(price_e4: int, fill_e6: int, rate_ppm: int) -> int:
    return fill_e6 * rate_ppm * price_e4 * (10_000 - price_e4)


def an_order_fee_is_never_below_the_exact_charge(
    price_e4: int, fill_e6: int, rate_ppm: int, extra: int
) -> None:
    """A fee rounded on the order's total is never below the exact charge and the venue's extra, nor a step above."""
    assert 0 <= price_e4 <= 10_000
    assert fill_e6 > 0
    assert 0 <= rate_ppm <= 1_000_000
    assert extra >= 0
    charge = fee_micros(per_order(rate_ppm, extra), price_e4, fill_e6) - extra
    exact = _curve(price_e4, fill_e6, rate_ppm)
    assert exact <= charge * EXACT < exact + 100 * EXACT


def a_fill_fee_is_never_below_the_exact_charge(price_e4: int, fill_e6: int, rate_ppm: int) -> None:
    """A fee rounded on each fill is never below the exact charge, nor a step above it."""
    assert 0 <= price_e4 <= 10_000
    assert fill_e6 > 0
    assert 0 <= rate_ppm <= 1_000_000
    charge = fee_of_fills_micros(per_fill(rate_ppm), ((price_e4, fill_e6),))
    exact = _curve(price_e4, fill_e6, rate_ppm)
    assert exact <= charge * EXACT < exact + 10 * EXACT


def a_squared_curve_is_never_charged_below_the_exact(price_e4: int, fill_e6: int, rate_ppm: int) -> None:
    """With exponent 2 the fee is never below the exact charge either."""
    assert 0 <= price_e4 <= 10_000
    assert fill_e6 >= 0
    assert 0 <= rate_ppm <= 1_000_000
    charge = fee_micros(per_fill(rate_ppm, exponent=2), price_e4, fill_e6)
    assert charge * EXACT * 10**8 >= _curve(price_e4, fill_e6, rate_ppm) * price_e4 * (10_000 - price_e4)


def a_flat_fee_is_never_below_the_exact_charge(
    price_e4: int, fill_e6: int, rate_ppm: int, settle_ppm: int
) -> None:
    """A flat fee covers its share of the price and its share of the whole payout."""
    assert 0 <= price_e4 <= 10_000
    assert fill_e6 >= 0
    assert 0 <= rate_ppm <= 1_000_000
    assert 0 <= settle_ppm <= 1_000_000
    charge = fee_micros(flat(rate_ppm, settle_ppm), price_e4, fill_e6)
    assert charge * 10**10 >= fill_e6 * (rate_ppm * price_e4 + settle_ppm * 10_000)


def an_order_fee_is_the_same_however_it_fills(
    price_e4: int, one_e6: int, other_e6: int, rate_ppm: int
) -> None:
    """Where the order's total is rounded, two fills are charged exactly what one would be."""
    assert 0 <= price_e4 <= 10_000
    assert one_e6 > 0
    assert other_e6 > 0
    assert 0 <= rate_ppm <= 1_000_000
    schedule = per_order(rate_ppm)
    parts_micros = fee_of_fills_micros(schedule, ((price_e4, one_e6), (price_e4, other_e6)))
    assert parts_micros == fee_micros(schedule, price_e4, one_e6 + other_e6)


def a_further_fill_adds_at_most_one_step(price_e4: int, one_e6: int, other_e6: int, rate_ppm: int) -> None:
    """Where each fill is rounded, one more fill never makes the fee lower, nor higher by more than one step."""
    assert 0 <= price_e4 <= 10_000
    assert one_e6 > 0
    assert other_e6 > 0
    assert 0 <= rate_ppm <= 1_000_000
    schedule = per_fill(rate_ppm)
    whole_micros = fee_micros(schedule, price_e4, one_e6 + other_e6)
    parts_micros = fee_of_fills_micros(schedule, ((price_e4, one_e6), (price_e4, other_e6)))
    assert whole_micros <= parts_micros <= whole_micros + 10


def the_fee_at_the_limit_allows_one_step_for_every_further_fill(
    limit_e4: int, size_e2: int, rate_ppm: int, max_fills: int
) -> None:
    """Before the fills are known the fee holds one step for each fill after the first, so no split can exceed it."""
    assert 0 < limit_e4 < 10_000
    assert size_e2 > 0
    assert 0 < rate_ppm <= 1_000_000
    assert max_fills >= 1
    schedule = per_fill(rate_ppm, max_fills)
    whole_micros = fee_micros(schedule, limit_e4, size_to_fill_e6(size_e2))
    assert fee_at_limit_micros(schedule, limit_e4, size_e2) == whole_micros + (max_fills - 1) * 10


def the_fee_at_the_limit_covers_three_fills(
    limit_e4: int, one_e6: int, two_e6: int, size_e2: int, rate_ppm: int
) -> None:
    """An order that may split in three is never charged more at its limit than was computed before."""
    assert 0 < limit_e4 < 10_000
    assert one_e6 > 0
    assert two_e6 > 0
    assert size_e2 * 10_000 > one_e6 + two_e6
    assert 0 <= rate_ppm <= 1_000_000
    schedule = per_fill(rate_ppm, 3)
    fills = ((limit_e4, one_e6), (limit_e4, two_e6), (limit_e4, size_e2 * 10_000 - one_e6 - two_e6))
    assert fee_of_fills_micros(schedule, fills) <= fee_at_limit_micros(schedule, limit_e4, size_e2)


def a_better_fill_of_an_order_exceeds_the_limit_by_one_rounding_only(
    limit_e4: int, price_e4: int, size_e2: int, rate_ppm: int
) -> None:
    """An order filled at a better price stays below the exact spend at its limit plus one rounding of its fee."""
    assert 0 < price_e4 <= limit_e4 < 10_000
    assert size_e2 > 0
    assert 0 <= rate_ppm <= 1_000_000
    fill_e6 = size_to_fill_e6(size_e2)
    spent_micros = cost_up_micros(price_e4, fill_e6) + fee_micros(per_order(rate_ppm), price_e4, fill_e6)
    exact = limit_e4 * fill_e6 * 10**10 + _curve(limit_e4, fill_e6, rate_ppm)
    assert spent_micros * EXACT < exact + 100 * EXACT


def above_half_a_dollar_one_rounding_more_is_held(limit_e4: int, size_e2: int, rate_ppm: int) -> None:
    """Where a better price bears a higher fee, the spend at the limit holds the exact one and a whole rounding more."""
    assert 5_000 < limit_e4 < 10_000
    assert size_e2 > 0
    assert 0 < rate_ppm <= 1_000_000
    fill_e6 = size_to_fill_e6(size_e2)
    exact = limit_e4 * fill_e6 * 10**10 + _curve(limit_e4, fill_e6, rate_ppm)
    assert spend_at_limit_micros(per_order(rate_ppm), limit_e4, size_e2) * EXACT >= exact + 100 * EXACT


def up_to_half_a_dollar_a_better_price_bears_no_higher_fee(
    limit_e4: int, better_e4: int, size_e2: int, rate_ppm: int
) -> None:
    """Up to 50 cents a fill at a better price is never charged more than one at the limit."""
    assert 0 < limit_e4 <= 5_000
    assert 0 <= better_e4 < limit_e4
    assert size_e2 > 0
    assert 0 <= rate_ppm <= 1_000_000
    schedule = per_order(rate_ppm)
    fill_e6 = size_to_fill_e6(size_e2)
    assert fee_micros(schedule, limit_e4 - better_e4, fill_e6) <= fee_micros(schedule, limit_e4, fill_e6)


def a_split_at_the_limit_stays_within_the_spend(
    limit_e4: int, one_e6: int, size_e2: int, rate_ppm: int
) -> None:
    """Two fills of six decimals at the limit, each rounded up, stay within the spend computed before."""
    assert 0 < limit_e4 < 10_000
    assert 0 < one_e6 < size_e2 * 10_000
    assert 0 <= rate_ppm <= 1_000_000
    schedule = per_fill(rate_ppm, 2)
    other_e6 = size_e2 * 10_000 - one_e6
    costs_micros = cost_up_micros(limit_e4, one_e6) + cost_up_micros(limit_e4, other_e6)
    fees_micros = fee_of_fills_micros(schedule, ((limit_e4, one_e6), (limit_e4, other_e6)))
    assert costs_micros + fees_micros <= spend_at_limit_micros(schedule, limit_e4, size_e2)


def a_better_fill_exceeds_the_limit_by_roundings_only(
    limit_e4: int, price_e4: int, fill_e6: int, rate_ppm: int
) -> None:
    """Any fill at a better price stays below the exact spend at the limit plus one rounding of its cost and its fee."""
    assert 0 < price_e4 <= limit_e4 < 10_000
    assert fill_e6 > 0
    assert 0 <= rate_ppm <= 1_000_000
    spent_micros = cost_up_micros(price_e4, fill_e6) + fee_micros(per_fill(rate_ppm), price_e4, fill_e6)
    exact = limit_e4 * fill_e6 * 10**10 + _curve(limit_e4, fill_e6, rate_ppm)
    assert spent_micros * EXACT < exact + 11 * EXACT


def a_higher_rate_never_lowers_a_fee(price_e4: int, fill_e6: int, rate_ppm: int, more_ppm: int) -> None:
    """A fee never falls when the rate rises."""
    assert 0 <= price_e4 <= 10_000
    assert fill_e6 >= 0
    assert 0 <= rate_ppm <= 1_000_000
    assert more_ppm >= 0
    schedule = per_order(rate_ppm)
    raised = with_rate(schedule, rate_ppm + more_ppm)
    assert fee_micros(schedule, price_e4, fill_e6) <= fee_micros(raised, price_e4, fill_e6)


def the_series_multiplier_is_rounded_up(multiplier_ppm: int) -> None:
    """Kalshi's rate is never below 7 % times the series' multiplier."""
    assert multiplier_ppm >= 0
    schedule = kalshi_quadratic(multiplier_ppm)
    assert schedule.rate_ppm * 1_000_000 >= 70_000 * multiplier_ppm
