"""Contracts of ``pairlock.sizing``: no size is above what capital, depth and limits allow."""

from __future__ import annotations

from pairlock.limits import Limits, SizeLimits
from pairlock.sizing import (
    _affordable_e2,
    calculate_safe_position_size,
)
from pairlock_specs.contracts.values import FEELESS, LIMITS, market_rules, opportunity

SEEN = opportunity()
RULES = market_rules("a", FEELESS), market_rules("b", FEELESS)


def what_is_affordable_fits_the_budget(
    price_a_e4: int, price_b_e4: int, fees_micros: int, budget_micros: int
) -> None:
    """The affordable size at its detected price and fees never costs more than the budget, and one more would."""
    assert 0 < price_a_e4 < 10_000
    assert 0 < price_b_e4 < 10_000
    assert fees_micros >= 0
    assert budget_micros >= 0
    size_e2 = _affordable_e2(opportunity(price_a_e4, price_b_e4, fees_micros), budget_micros)
    per_contract_micros = (price_a_e4 + price_b_e4) * 100 + fees_micros
    assert size_e2 * per_contract_micros <= budget_micros * 100 < (size_e2 + 1) * per_contract_micros


def a_size_stays_within_depth_and_limit(depth_a_e2: int, depth_b_e2: int, max_size_e2: int) -> None:
    """A size never exceeds what either book shows, nor the configured limit."""
    assert depth_a_e2 > 0
    assert depth_b_e2 > 0
    assert max_size_e2 >= 0
    limits = Limits(size=SizeLimits(max_size_e2=max_size_e2))
    depths_e2 = depth_a_e2, depth_b_e2
    sized = calculate_safe_position_size(SEEN, 10**15, rules=RULES, limits=limits, depth_e2=depths_e2)
    assert 0 <= sized.size_e2 <= min(depth_a_e2, depth_b_e2, max_size_e2)


def a_size_stays_within_its_share_of_the_capital(
    price_a_e4: int, price_b_e4: int, capital_micros: int
) -> None:
    """A trade's cost never exceeds a tenth of the capital, and without capital nothing is traded."""
    assert 0 < price_a_e4 < 10_000
    assert 0 < price_b_e4 < 10_000 - price_a_e4
    seen = opportunity(price_a_e4, price_b_e4)
    sized = calculate_safe_position_size(seen, capital_micros, rules=RULES, limits=LIMITS)
    assert 0 <= sized.size_e2 * (price_a_e4 + price_b_e4) * 10 <= max(capital_micros, 0)


def a_thin_margin_is_traded_at_half(price_a_e4: int, price_b_e4: int, capital_micros: int) -> None:
    """Up to the margin of full size, at most half of what the capital's share affords is traded."""
    assert 0 < price_a_e4 < 10_000
    assert 0 < price_b_e4 < 10_000 - price_a_e4
    assert (10_000 - price_a_e4 - price_b_e4) * 100 <= LIMITS.size.full_size_margin_micros
    assert capital_micros >= 0
    sized = calculate_safe_position_size(
        opportunity(price_a_e4, price_b_e4), capital_micros, rules=RULES, limits=LIMITS
    )
    assert sized.size_e2 * 2 * (price_a_e4 + price_b_e4) * 10 <= capital_micros


def poor_health_never_raises_a_size(capital_micros: int, health_ppm: int) -> None:
    """A size is at most its share of health of the healthy size, and nothing at none."""
    assert capital_micros >= 0
    assert health_ppm <= 2_000_000
    healthy = calculate_safe_position_size(opportunity(), capital_micros, rules=RULES, limits=LIMITS)
    poor = calculate_safe_position_size(
        opportunity(), capital_micros, rules=RULES, limits=LIMITS, health_ppm=health_ppm
    )
    assert poor.size_e2 * 1_000_000 <= healthy.size_e2 * max(0, min(health_ppm, 1_000_000))
