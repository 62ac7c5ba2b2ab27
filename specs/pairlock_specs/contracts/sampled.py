"""What CrossHair cannot confirm, with the reason: promises of the same form, checked by Hypothesis on drawn values."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen
from hypothesis import strategies as st

from pairlock.exposure import reservation_for, worst_loss_micros
from pairlock.fees import FeeSchedule, fee_micros, fee_of_fills_micros, spend_at_limit_micros
from pairlock.gates import _profitability
from pairlock.lifecycle import OS, S
from pairlock.sizing import _spend_micros, _within_budget_e2
from pairlock.units import amount_step_e2, cost_up_micros
from pairlock_specs.contracts.values import (
    fill,
    gate_input,
    leg_terms,
    market_rules,
    opportunity,
    order,
    per_fill,
    per_order,
    terms,
    trade,
)

PRICES = st.integers(1, 9_999)
RATES = st.integers(0, 1_000_000) | st.sampled_from((70_000, 40_000))
SIZES = st.integers(1, 10_000_000)
PARTS = st.lists(st.tuples(PRICES, st.integers(1, 10_000_000)), min_size=1, max_size=20)


def no_split_at_better_prices_spends_more(limit_e4: int, parts: list[tuple[int, int]], rate_ppm: int) -> None:
    """However an order splits at its limit or better, cost and fee stay within the spend computed before."""
    fills = [(min(price_e4, limit_e4), fill_e6) for price_e4, fill_e6 in parts]
    left_e6 = -sum(fill_e6 for _, fill_e6 in fills) % 10_000
    fills[-1] = fills[-1][0], fills[-1][1] + left_e6
    size_e2 = sum(fill_e6 for _, fill_e6 in fills) // 10_000
    schedule = per_fill(rate_ppm)
    costs_micros = sum(cost_up_micros(price_e4, fill_e6) for price_e4, fill_e6 in fills)
    spent_micros = costs_micros + fee_of_fills_micros(schedule, fills)
    assert spent_micros <= spend_at_limit_micros(schedule, limit_e4, size_e2)


def a_better_fill_never_spends_more_on_an_order(
    limit_e4: int, price_e4: int, size_e2: int, rate_ppm: int
) -> None:
    """Cost and fee of an order filled at any better price stay within the spend computed at its limit."""
    price_e4, fill_e6, schedule = min(price_e4, limit_e4), size_e2 * 10_000, per_order(rate_ppm)
    spent_micros = cost_up_micros(price_e4, fill_e6) + fee_micros(schedule, price_e4, fill_e6)
    assert spent_micros <= spend_at_limit_micros(schedule, limit_e4, size_e2)


def what_passes_is_profitable_under_curves(
    price_a_e4: int, price_b_e4: int, rates: tuple[int, int], size_e2: int
) -> None:
    """Gate 1 under curved fees passes only where payout less both dearest spends is above zero (claim 16)."""
    fees = per_order(rates[0]), per_fill(rates[1])
    verdict = _profitability(gate_input(opportunity(price_a_e4, price_b_e4), size_e2, fees=fees))
    spend_a_micros = spend_at_limit_micros(fees[0], price_a_e4, size_e2)
    spend_b_micros = spend_at_limit_micros(fees[1], price_b_e4, size_e2)
    assert not verdict.passed or 10_000 * size_e2 > spend_a_micros + spend_b_micros


def the_size_is_the_largest_that_fits(
    price_a_e4: int, price_b_e4: int, rates: tuple[int, int], step_e2: int, steps: tuple[int, int], more: int
) -> None:
    """The final size is whole steps whose dearest spend is within the budget, and one step more would not be."""
    rules = market_rules("a", per_order(rates[0])), market_rules("b", per_fill(rates[1]))
    seen = opportunity(price_a_e4, price_b_e4)
    budget_micros = _spend_micros(seen, rules, steps[0] * step_e2) + more
    wanted_e2 = steps[1] * step_e2
    size_e2 = _within_budget_e2(seen, rules, budget_micros, wanted_e2, step_e2)
    assert 0 <= size_e2 <= wanted_e2
    assert size_e2 % step_e2 == 0
    assert size_e2 == 0 or _spend_micros(seen, rules, size_e2) <= budget_micros
    assert size_e2 == wanted_e2 or _spend_micros(seen, rules, size_e2 + step_e2) > budget_micros


def a_whole_amount_is_a_whole_number_of_steps(price_e4: int, step_micros: int, steps: int) -> None:
    """The size step is the least at which every multiple, times the price, is whole in the venue's amount step."""
    step_e2 = amount_step_e2(price_e4, step_micros)
    assert steps * step_e2 * price_e4 % step_micros == 0
    assert all(size_e2 * price_e4 % step_micros for size_e2 in range(1, min(step_e2, 50)))


def the_worst_loss_with_fees_is_reserved(
    limit_e4: int, price_e4: int, size_e2: int, filled_e6: int, schedule: FeeSchedule
) -> None:
    """Partly filled at any better price, what an entry cost and may yet cost, fees included, was reserved."""
    price_e4, filled_e6 = min(price_e4, limit_e4), min(filled_e6, size_e2 * 10_000)
    agreed = terms((leg_terms(0, limit_e4, schedule), leg_terms(1, 5_000)), size_e2)
    seen = fill(filled_e6, cost_up_micros(price_e4, filled_e6), fee_micros(schedule, price_e4, filled_e6))
    part = order(0, size_e2, limit_e4, OS.OPEN, (seen,))
    held_micros = reservation_for(agreed).cash_micros[0]
    assert worst_loss_micros(trade(S.EXECUTING, (part,), agreed)) <= held_micros


@frozen
class Sampled:
    """A promise, the strategies its values are drawn from, and why it cannot be confirmed for all of them."""

    promise: Callable[..., None]
    drawn: dict[str, st.SearchStrategy[object]]
    reason: str

    @property
    def name(self) -> str:
        return f"sampled.{self.promise.__name__}"

    @property
    def sentence(self) -> str:
        return (self.promise.__doc__ or "").strip()


SAMPLED: tuple[Sampled, ...] = (
    Sampled(
        no_split_at_better_prices_spends_more,
        {"limit_e4": PRICES, "parts": PARTS, "rate_ppm": RATES},
        "any number of fills, each with its own price and rounding: z3 does not decide the nonlinear sum."
        " Confirmed are its parts: one fill at a better price, a further fill, a split at the limit",
    ),
    Sampled(
        a_better_fill_never_spends_more_on_an_order,
        {"limit_e4": PRICES, "price_e4": PRICES, "size_e2": SIZES, "rate_ppm": RATES},
        "two roundings of degree four at once: z3 decides it on some runs and not on others."
        " It follows from three that are confirmed: one rounding at most, held above 50 cents, no higher fee below",
    ),
    Sampled(
        what_passes_is_profitable_under_curves,
        {"price_a_e4": PRICES, "price_b_e4": PRICES, "rates": st.tuples(RATES, RATES), "size_e2": SIZES},
        "whether the gate can pass at all is a question of degree four in three unknowns, which z3 does not decide;"
        " confirmed for flat fees",
    ),
    Sampled(
        the_size_is_the_largest_that_fits,
        {
            "price_a_e4": st.integers(1, 20) | PRICES,
            "price_b_e4": st.integers(1, 20) | PRICES,
            "rates": st.tuples(RATES, RATES),
            "step_e2": st.sampled_from((1, 10, 100)),
            "steps": st.tuples(st.integers(1, 400), st.integers(1, 400)),
            "more": st.integers(-1, 200),
        },
        "a loop whose every jump divides by the size that is still open: its paths have no end",
    ),
    Sampled(
        a_whole_amount_is_a_whole_number_of_steps,
        {"price_e4": PRICES, "step_micros": st.sampled_from((1, 10, 100, 1_000, 10_000)), "steps": SIZES},
        "Euclid's algorithm is a loop over remainders, one path for each course that it can take",
    ),
    Sampled(
        the_worst_loss_with_fees_is_reserved,
        {
            "limit_e4": PRICES,
            "price_e4": PRICES,
            "size_e2": SIZES,
            "filled_e6": st.integers(0, 10**11),
            "schedule": st.builds(per_order, RATES, st.sampled_from((0, 9_999))) | st.builds(per_fill, RATES),
        },
        "fees of two fills at two prices and two sizes: z3 does not decide the nonlinear sum; confirmed without fees",
    ),
)
