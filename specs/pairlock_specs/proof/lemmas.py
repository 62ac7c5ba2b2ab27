"""The arithmetic that the proof leans on: an order costs no more than its budget, however it is split into fills.

The budget is ``fees.spend_at_limit_micros``. It is followed here in its parts, in exact fractions: one fill's price and
exact fee grow with its price (rates up to 100 %), so each fill costs no more than at the limit; sums keep that; and
each fill adds less than one unit of rounding for its cost and less than one step for its fee. For any number of fills,
because each lemma adds one fill to any sum. What is not covered: exponents other than 1 (held by the tests of fees).
"""

from __future__ import annotations

from collections.abc import Callable

import z3

from pairlock_specs.proof.account import unproved


def price_and_fee_grow() -> z3.BoolRef:
    """p + r p (1 - p) at any price up to the limit is at most the same at the limit."""
    p, limit, r = z3.Reals("p limit r")
    given = z3.And(p >= 0, p <= limit, limit <= 1, r >= 0, r <= 1)
    return z3.Implies(given, p + r * p * (1 - p) <= limit + r * limit * (1 - limit))


def fee_alone_grows_below_a_half() -> z3.BoolRef:
    """Up to 50 cents the fee itself grows with the price: no better price bears a higher fee."""
    p, limit = z3.Reals("p limit")
    return z3.Implies(z3.And(p >= 0, p <= limit, 2 * limit <= 1), p * (1 - p) <= limit * (1 - limit))


def flat_fee_grows() -> z3.BoolRef:
    """A flat rate of the price, with any settlement rate, grows with the price."""
    p, limit, r, settle = z3.Reals("p limit r settle")
    return z3.Implies(z3.And(p >= 0, p <= limit, r >= 0), p + r * p + settle <= limit + r * limit + settle)


def sums_keep_it() -> z3.BoolRef:
    """A sum within ``at`` per contract, and one more fill within it, are within it together."""
    total, at, filled, quantity, each = z3.Reals("total at filled quantity each")
    given = z3.And(total <= at * filled, quantity >= 0, each <= at)
    return z3.Implies(given, total + quantity * each <= at * (filled + quantity))


def roundings_add_up() -> z3.BoolRef:
    """n fills whose costs are rounded up to 1 and fees to ``step`` are below their sum plus n and n steps."""
    n, step, rounded = z3.Ints("n step rounded")
    exact, cost, fee = z3.Reals("exact cost fee")
    up_cost, up_fee = z3.Ints("up_cost up_fee")
    total = z3.ToReal(rounded)
    given = z3.And(
        n >= 0, step >= 1, total <= exact + z3.ToReal(n) + z3.ToReal(n) * z3.ToReal(step),
        z3.ToReal(up_cost) < cost + 1, z3.ToReal(up_fee) < fee + z3.ToReal(step),
    )  # fmt: skip
    more = exact + cost + fee + z3.ToReal(n + 1) + z3.ToReal(n + 1) * z3.ToReal(step)
    return z3.Implies(given, total + z3.ToReal(up_cost) + z3.ToReal(up_fee) <= more)


def budget_covers_falling() -> z3.BoolRef:
    """Above 50 cents the budget has a unit for each fill and a step for each fill, and one step more."""
    n, most_fills, step, budget = z3.Ints("n most_fills step budget")
    exact, at_limit = z3.Reals("exact at_limit")
    spent = z3.Real("spent")
    given = z3.And(
        n >= 1, n <= most_fills, step >= 1, exact <= at_limit,
        spent <= exact + z3.ToReal(n) + z3.ToReal(n) * z3.ToReal(step),
        z3.ToReal(budget) >= at_limit + z3.ToReal(most_fills - 1) * z3.ToReal(step)
        + z3.ToReal(most_fills) + z3.ToReal(step),
    )  # fmt: skip
    return z3.Implies(given, spent <= z3.ToReal(budget))


def budget_covers_rising() -> z3.BoolRef:
    """Up to 50 cents no fee is above the limit's: counted in steps, n fees rounded up are less than n above the sum,
    and so at most n - 1 above that sum rounded up."""
    n, steps, rounded_up = z3.Ints("n steps rounded_up")
    exact, at_limit = z3.Reals("exact at_limit")
    given = z3.And(z3.ToReal(steps - n) < exact, exact <= at_limit, at_limit <= z3.ToReal(rounded_up))
    return z3.Implies(given, steps <= rounded_up + n - 1)


def budget_covers_totals() -> z3.BoolRef:
    """Where the venue rounds the order's total once, one step more covers what a better price adds above 50 cents."""
    step = z3.Int("step")
    spent, exact, at_limit, budget = z3.Reals("spent exact at_limit budget")
    given = z3.And(
        step >= 1, exact <= at_limit, spent < exact + z3.ToReal(step), budget >= at_limit + z3.ToReal(step)
    )
    return z3.Implies(given, spent <= budget)


NAMES: dict[str, Callable[[], z3.BoolRef]] = {
    "price and fee together grow with the price": price_and_fee_grow,
    "up to 50 cents the fee alone grows with the price": fee_alone_grows_below_a_half,
    "price and flat fee grow with the price": flat_fee_grows,
    "a further fill keeps a sum within the limit": sums_keep_it,
    "roundings add up to a unit and a step a fill": roundings_add_up,
    "above 50 cents the budget covers every split": budget_covers_falling,
    "up to 50 cents the budget covers every split": budget_covers_rising,
    "the budget covers every total": budget_covers_totals,
}


def broken() -> list[str]:
    """The lemmas that do not hold."""
    return [words for name, goal in NAMES.items() for words in unproved(name, goal())]
