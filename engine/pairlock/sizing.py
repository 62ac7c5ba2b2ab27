"""The brief's position sizer: equal contracts on both legs, never equal dollars. Pure, integers only.

Order of the brief: a share of the capital, half of it up to 5 % net margin, at most the thinner side's depth; then
scaled by platform health, cut to whole steps, and nothing at all below a venue's minimum. Every cut rounds down.
"""

from __future__ import annotations

from math import lcm

from attrs import frozen

from pairlock.fees import spend_at_limit_micros
from pairlock.limits import Limits
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.opportunity_checks import MICROS_PER_E4, inconsistency
from pairlock.ports import MarketRules
from pairlock.units import CONTRACT_E2, DOLLAR_E4, PPM, ceil_div, proceeds_down_micros, size_to_fill_e6


@frozen
class Sizing:
    """``size_e2`` contracts of each leg (1/100), and the size that each bound allowed, in order.

    Bounds up to ``max_size`` stand each for itself; ``platform_health``, ``step`` and ``minimum`` cut what the
    earlier ones left. ``reason`` says why the size is 0; "" otherwise.
    """

    size_e2: int
    by: tuple[tuple[str, int], ...] = ()
    reason: str = ""

    @property
    def bound(self) -> str:
        """The name of the bound that bound the size: the first of the smallest."""
        return min(self.by, key=lambda pair: pair[1])[0] if self.by else ""


def common_step_e2(*steps_e2: int) -> int:
    """The smallest step that is whole in each of the venues' steps."""
    return lcm(*steps_e2)


def calculate_safe_position_size(
    opportunity: ArbitrageOpportunity,
    available_capital_micros: int,
    *,
    rules: tuple[MarketRules, MarketRules],
    limits: Limits,
    health_ppm: int = PPM,
    step_e2: int = 1,
    depth_e2: tuple[int, int] | None = None,
) -> Sizing:
    """How many contracts of each leg may be bought, with the bound that decided.

    ``rules`` are those of leg a and leg b; ``health_ppm`` is the platforms' health (1,000,000 = healthy);
    ``step_e2`` the step of the size that both venues take; ``depth_e2`` the depth at the limits on books read since,
    the opportunity's own figures when None. Source: the brief's ``calculateSafePositionSize``, design section 5.
    """
    wrong = inconsistency(opportunity, platforms=(opportunity.platform_a, opportunity.platform_b))
    if wrong:
        return Sizing(0, (), wrong)
    seen_a_e2, seen_b_e2 = depth_e2 or (opportunity.min_liquidity_a_e2, opportunity.min_liquidity_b_e2)
    budget_micros = max(available_capital_micros, 0) * limits.size.max_capital_share_ppm // PPM
    most_e2 = _affordable_e2(opportunity, budget_micros)
    full = opportunity.net_profit_micros > limits.size.full_size_margin_micros
    by = [
        ("capital_share", most_e2),
        ("liquidity_a", max(seen_a_e2, 0)),
        ("liquidity_b", max(seen_b_e2, 0)),
        ("profit_margin", most_e2 if full else most_e2 // 2),
        ("max_size", limits.size.max_size_e2),
    ]
    size_e2 = min(allowed_e2 for _, allowed_e2 in by)
    size_e2 = size_e2 * min(max(health_ppm, 0), PPM) // PPM
    by.append(("platform_health", size_e2))
    size_e2 = _within_budget_e2(opportunity, rules, budget_micros, size_e2 - size_e2 % step_e2, step_e2)
    by.append(("step", size_e2))
    reason = _too_small(opportunity, rules, size_e2)
    if not reason:
        return Sizing(size_e2, tuple(by))
    by.append(("minimum", 0))
    binding = min(by[:-1], key=lambda pair: pair[1])
    return Sizing(0, tuple(by), f"{reason}; {binding[0]} allows {binding[1]} (1/100 contract)")


def _affordable_e2(opportunity: ArbitrageOpportunity, budget_micros: int) -> int:
    per_contract_micros = opportunity.combined_cost_e4 * MICROS_PER_E4 + opportunity.fees_total_micros
    return budget_micros * CONTRACT_E2 // per_contract_micros


def _spend_micros(o: ArbitrageOpportunity, rules: tuple[MarketRules, MarketRules], size_e2: int) -> int:
    return spend_at_limit_micros(rules[0].fees, o.price_a_e4, size_e2) + spend_at_limit_micros(
        rules[1].fees, o.price_b_e4, size_e2
    )


def _within_budget_e2(
    o: ArbitrageOpportunity,
    rules: tuple[MarketRules, MarketRules],
    budget_micros: int,
    size_e2: int,
    step_e2: int,
) -> int:
    """The largest whole step whose dearest spend keeps the share: fees read since, and roundings, may exceed it."""
    rounding_micros = sum(rule.fees.round_micros for rule in rules)
    while size_e2 > 0:
        over_micros = _spend_micros(o, rules, size_e2) - budget_micros
        if over_micros <= 0:
            return size_e2
        # Steps cost their average at most, and both fees one rounding more: a jump that allows for it is not too far.
        per_step_micros = max(ceil_div(_spend_micros(o, rules, size_e2) * step_e2, size_e2), 1)
        size_e2 -= max((over_micros - rounding_micros) // per_step_micros, 1) * step_e2
    return 0


def _too_small(o: ArbitrageOpportunity, rules: tuple[MarketRules, MarketRules], size_e2: int) -> str:
    for leg, price_e4, rule in (("a", o.price_a_e4, rules[0]), ("b", o.price_b_e4, rules[1])):
        if size_e2 < max(rule.min_size_e2, 1):
            return f"size {size_e2} is below leg {leg}'s min_size_e2 {max(rule.min_size_e2, 1)}"
        notional_micros = proceeds_down_micros(price_e4, size_to_fill_e6(size_e2))
        if notional_micros < rule.min_notional_micros:
            return (
                f"size {size_e2} at {price_e4}/{DOLLAR_E4} is {notional_micros} micro-dollars, below leg {leg}'s"
                f" min_notional_micros {rule.min_notional_micros}"
            )
    return ""
