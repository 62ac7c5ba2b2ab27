"""Contracts of ``pairlock.exposure``: what LOCKED reserves is never below what the trade can come to spend."""

from __future__ import annotations

from pairlock.exposure import (
    dearest_fee_micros,
    entry_cash_micros,
    exit_cash_micros,
    exit_loss_bound_micros,
    possible_micros,
    reservation_for,
    worst_loss_micros,
)
from pairlock.fees import fee_at_limit_micros, kalshi_quadratic, spend_at_limit_micros
from pairlock.lifecycle import OS, S
from pairlock.model import FillStatus, Role
from pairlock_specs.contracts.values import (
    ORDER_STATES,
    fill,
    leg_terms,
    order,
    per_fill,
    per_order,
    terms,
    trade,
)

KALSHI = kalshi_quadratic()


def the_dearest_fee_bounds_an_order_at_any_price(
    price_e4: int, size_e2: int, rate_ppm: int, extra: int
) -> None:
    """No order is charged more at any price than the dearest fee of its size (order's total)."""
    assert 0 < price_e4 < 10_000
    assert size_e2 > 0
    assert 0 <= rate_ppm <= 1_000_000
    assert extra >= 0
    schedule = per_order(rate_ppm, extra)
    assert fee_at_limit_micros(schedule, price_e4, size_e2) <= dearest_fee_micros(schedule, size_e2, 1)


def the_dearest_fee_bounds_an_order_of_rounded_fills(price_e4: int, size_e2: int, rate_ppm: int) -> None:
    """No order is charged more at any price, in any split, than the dearest fee of its size (each fill)."""
    assert 0 < price_e4 < 10_000
    assert size_e2 > 0
    assert 0 <= rate_ppm <= 1_000_000
    schedule = per_fill(rate_ppm)
    assert fee_at_limit_micros(schedule, price_e4, size_e2) <= dearest_fee_micros(schedule, size_e2, 1)


def the_dearest_fee_bounds_two_orders(
    price_e4: int, one_e2: int, other_e2: int, rate_ppm: int, extra: int
) -> None:
    """Two orders are never charged more together than the dearest fee of their sum in two orders (order's total)."""
    assert 0 < price_e4 < 10_000
    assert one_e2 > 0
    assert other_e2 > 0
    assert 0 <= rate_ppm <= 1_000_000
    assert extra >= 0
    schedule = per_order(rate_ppm, extra)
    one_micros = fee_at_limit_micros(schedule, price_e4, one_e2)
    both_micros = one_micros + fee_at_limit_micros(schedule, price_e4, other_e2)
    assert both_micros <= dearest_fee_micros(schedule, one_e2 + other_e2, 2)


def the_dearest_fee_bounds_two_orders_of_rounded_fills(
    price_e4: int, one_e2: int, other_e2: int, rate_ppm: int
) -> None:
    """Two orders are never charged more together than the dearest fee of their sum in two orders (each fill)."""
    assert 0 < price_e4 < 10_000
    assert one_e2 > 0
    assert other_e2 > 0
    assert 0 <= rate_ppm <= 1_000_000
    schedule = per_fill(rate_ppm)
    one_micros = fee_at_limit_micros(schedule, price_e4, one_e2)
    both_micros = one_micros + fee_at_limit_micros(schedule, price_e4, other_e2)
    assert both_micros <= dearest_fee_micros(schedule, one_e2 + other_e2, 2)


def the_entry_is_reserved_in_full(limit_e4: int, size_e2: int, rate_ppm: int) -> None:
    """The entry's cash is never below its cost at the limit with the fee of the worst split."""
    assert 0 < limit_e4 < 10_000
    assert size_e2 > 0
    assert 0 <= rate_ppm <= 1_000_000
    schedule = per_fill(rate_ppm)
    wanted_micros = spend_at_limit_micros(schedule, limit_e4, size_e2)
    assert entry_cash_micros(leg_terms(0, limit_e4, schedule), size_e2) >= wanted_micros


def every_permitted_exit_is_reserved(
    dearest_e4: int, cheapest_e4: int, price_e4: int, size_e2: int, sold_e2: int
) -> None:
    """The exit's cash covers any part at any permitted price, of token or complement, beside the dearest fee."""
    assert 0 < dearest_e4 < 10_000
    assert 0 <= cheapest_e4 < 10_000
    assert 0 < price_e4 <= max(dearest_e4, 10_000 - cheapest_e4)
    assert 0 < sold_e2 <= size_e2
    leg = leg_terms(0, 4_000, KALSHI, dearest_buy_e4=dearest_e4, cheapest_sale_e4=cheapest_e4)
    without_fee_micros = exit_cash_micros(leg, size_e2, 6) - dearest_fee_micros(KALSHI, size_e2, 6)
    assert without_fee_micros >= price_e4 * sold_e2


def a_reservation_holds_entry_and_exit_of_both_legs(first_e4: int, second_e4: int, size_e2: int) -> None:
    """What LOCKED reserves on each account is its entry and its dearest exit, each in full."""
    assert 0 < first_e4 < 10_000
    assert 0 < second_e4 < 10_000
    assert size_e2 > 0
    legs = leg_terms(0, first_e4), leg_terms(1, second_e4)
    held = reservation_for(terms(legs, size_e2, 2))
    for leg in (0, 1):
        exit_micros = exit_cash_micros(legs[leg], size_e2, 2)
        assert held.exit_cash_micros[leg] == exit_micros
        assert held.cash_micros[leg] == entry_cash_micros(legs[leg], size_e2) + exit_micros


def the_declared_loss_bounds_every_permitted_exit(
    own_e4: int, other_e4: int, cheapest_e4: int, dearest_e4: int, sale_e4: int, buy_e4: int, size_e2: int
) -> None:
    """Leaving one filled leg by a permitted sale or a permitted completion never loses more than was declared."""
    assert 0 < own_e4 < 10_000
    assert 0 < other_e4 < 10_000
    assert 0 <= cheapest_e4 <= sale_e4 <= 10_000
    assert 0 < buy_e4 <= dearest_e4 <= 10_000
    assert size_e2 > 0
    legs = (
        leg_terms(0, own_e4, cheapest_sale_e4=cheapest_e4, dearest_buy_e4=dearest_e4),
        leg_terms(1, other_e4, cheapest_sale_e4=cheapest_e4, dearest_buy_e4=dearest_e4),
    )
    bound_micros = exit_loss_bound_micros(legs, size_e2, 1)
    assert (own_e4 - sale_e4) * size_e2 <= bound_micros
    assert (own_e4 + buy_e4 - 10_000) * size_e2 <= bound_micros


def an_order_that_may_fill_counts_in_full(state: int, limit_e4: int, size_e2: int, filled_e6: int) -> None:
    """What an order may yet cost is all that is left of it at its limit, as long as it may fill."""
    assert 0 <= state < len(ORDER_STATES)
    assert 0 < limit_e4 < 10_000
    assert 0 <= filled_e6 <= size_e2 * 10_000
    agreed = terms((leg_terms(0, limit_e4), leg_terms(1, 5_000)), size_e2)
    part = order(0, size_e2, limit_e4, ORDER_STATES[state], (fill(filled_e6, 0),))
    left = possible_micros(trade(S.EXECUTING, (part,), agreed), 0) * 10_000
    if ORDER_STATES[state] in (OS.SENT, OS.OPEN):
        assert left >= limit_e4 * (size_e2 * 10_000 - filled_e6)
    else:
        assert left == 0


def the_worst_loss_of_an_entry_is_reserved(limit_e4: int, size_e2: int, filled_e6: int, paid: int) -> None:
    """If everything stopped in the middle of an entry, no more than its reservation is gone (claim 13), fees apart."""
    assert 0 < limit_e4 < 10_000
    assert 0 <= filled_e6 <= size_e2 * 10_000
    assert 0 <= paid * 10_000 < limit_e4 * filled_e6 + 10_000
    agreed = terms((leg_terms(0, limit_e4), leg_terms(1, 5_000)), size_e2)
    part = order(0, size_e2, limit_e4, OS.OPEN, (fill(filled_e6, paid),))
    loss_micros = worst_loss_micros(trade(S.EXECUTING, (part,), agreed))
    assert loss_micros <= sum(reservation_for(agreed).cash_micros) + 1


def only_a_final_sale_lowers_the_worst_loss(paid: int, got: int, sale_fee: int, final: bool) -> None:
    """A sale that may still be undone brings nothing, a final one its proceeds less its fee; never below zero."""
    assert paid >= 0
    assert got >= sale_fee >= 0
    agreed = terms((leg_terms(0, 4_000), leg_terms(1, 5_000)), 100)
    sold = fill(1_000_000, got, sale_fee, FillStatus.FINAL if final else FillStatus.PENDING)
    orders = (
        order(0, 100, 4_000, fills=(fill(1_000_000, paid),)),
        order(0, 100, 3_000, OS.MATCHED, (sold,), Role.SELL),
    )
    loss_micros = worst_loss_micros(trade(S.HEDGING, orders, agreed))
    assert loss_micros == max(0, paid - (got - sale_fee if final else 0))
