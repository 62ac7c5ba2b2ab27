"""Contracts of ``pairlock.units``: what is paid is rounded up, what is got is rounded down, by less than one."""

from __future__ import annotations

from pairlock.units import (
    amount_step_e2,
    ceil_div,
    cost_up_micros,
    fill_to_size_down_e2,
    proceeds_down_micros,
    size_to_fill_e6,
)


def ceil_div_is_the_least_whole_bound(numerator: int, denominator: int) -> None:
    """The rounded-up quotient is the smallest whole number that is not below the exact one."""
    assert denominator > 0
    quotient = ceil_div(numerator, denominator)
    assert (quotient - 1) * denominator < numerator <= quotient * denominator


def cost_is_never_below_the_exact(price_e4: int, fill_e6: int) -> None:
    """A cost is never below price times quantity, and less than one micro-dollar above it."""
    assert 0 <= price_e4 <= 10_000
    assert fill_e6 >= 0
    exact = price_e4 * fill_e6
    assert exact <= cost_up_micros(price_e4, fill_e6) * 10_000 < exact + 10_000


def proceeds_are_never_above_the_exact(price_e4: int, fill_e6: int) -> None:
    """Proceeds are never above price times quantity, and less than one micro-dollar below it."""
    assert 0 <= price_e4 <= 10_000
    assert fill_e6 >= 0
    exact = price_e4 * fill_e6
    assert exact - 10_000 < proceeds_down_micros(price_e4, fill_e6) * 10_000 <= exact


def buying_never_costs_less_than_selling_brings(price_e4: int, fill_e6: int) -> None:
    """At one price and quantity the same contracts never bring more than they cost."""
    assert 0 <= price_e4 <= 10_000
    assert fill_e6 >= 0
    cost_micros = cost_up_micros(price_e4, fill_e6)
    assert proceeds_down_micros(price_e4, fill_e6) <= cost_micros


def a_split_never_makes_a_purchase_cheaper(price_e4: int, one_e6: int, other_e6: int) -> None:
    """Two fills at one price never cost less than the same quantity in one fill."""
    assert 0 <= price_e4 <= 10_000
    assert one_e6 >= 0
    assert other_e6 >= 0
    parts_micros = cost_up_micros(price_e4, one_e6) + cost_up_micros(price_e4, other_e6)
    assert cost_up_micros(price_e4, one_e6 + other_e6) <= parts_micros


def a_split_never_makes_a_sale_richer(price_e4: int, one_e6: int, other_e6: int) -> None:
    """Two sales at one price never bring more than the same quantity in one sale."""
    assert 0 <= price_e4 <= 10_000
    assert one_e6 >= 0
    assert other_e6 >= 0
    parts_micros = proceeds_down_micros(price_e4, one_e6) + proceeds_down_micros(price_e4, other_e6)
    assert parts_micros <= proceeds_down_micros(price_e4, one_e6 + other_e6)


def whole_sizes_cost_exactly(price_e4: int, size_e2: int) -> None:
    """The cost and the proceeds of a whole order size are exact: price times size, with no rounding."""
    assert 0 <= price_e4 <= 10_000
    assert size_e2 >= 0
    fill_e6 = size_to_fill_e6(size_e2)
    assert cost_up_micros(price_e4, fill_e6) == proceeds_down_micros(price_e4, fill_e6) == price_e4 * size_e2


def an_order_size_never_exceeds_its_fill(fill_e6: int) -> None:
    """The order size made from a fill never exceeds it, and what is left over is less than 0.01 contract."""
    assert fill_e6 >= 0
    size_e2 = fill_to_size_down_e2(fill_e6)
    assert 0 <= fill_e6 - size_to_fill_e6(size_e2) < 10_000


def sizes_survive_the_way_to_fills_and_back(size_e2: int) -> None:
    """A size turned into the unit of fills and back is the same size."""
    assert size_e2 >= 0
    fill_e6 = size_to_fill_e6(size_e2)
    assert fill_to_size_down_e2(fill_e6) == size_e2


def without_an_amount_step_any_size_will_do(price_e4: int) -> None:
    """A venue that takes any amount takes any size."""
    assert 0 < price_e4 < 10_000
    step_e2 = amount_step_e2(price_e4, 1)
    assert step_e2 == 1
