"""Regressions of what a trade may still cost: found by the claims about money in the kill scope."""

from __future__ import annotations

from attrs import evolve

from pairlock.exits import cash_left_micros
from pairlock.exposure import entry_cash_micros, exit_cash_micros, worst_loss_micros
from pairlock.fees import fee_of_fills_micros, polymarket_curve
from pairlock.lifecycle import OS
from pairlock.model import Role
from pairlock.units import cost_up_micros, size_to_fill_e6
from trade_kit import filled, hedging, terms_of, whole


def test_a_fill_that_is_claimed_and_not_shown_is_charged_too() -> None:
    """The venue said that all matched and showed no fill yet: the cost counted at the limit, the fee as nothing."""
    trade = hedging(terms_of(100, (4_500, 5_000)), (whole(1), 0))
    assert trade.terms is not None
    shown = trade.orders[0]
    assert shown.leg == 0
    claimed = evolve(shown, state=OS.OPEN, matched_e6=whole(1), fills=())
    fee = fee_of_fills_micros(trade.terms.legs[0].fees, [(4_500, whole(1))])
    cost = cost_up_micros(4_500, whole(1))
    unseen = evolve(trade, orders=(claimed, *trade.orders[1:]))
    assert worst_loss_micros(unseen) >= cost + fee
    assert trade.reservation is not None
    assert cash_left_micros(unseen, 0) <= trade.reservation.cash_micros[0] - cost - fee


def test_six_decimal_fills_that_round_their_cost_up_fit_the_reserve() -> None:
    """Twenty fills of a millionth each cost a whole micro-dollar; at the dearest price nothing else leaves room."""
    fees = polymarket_curve(100)
    leg = evolve(terms_of().legs[0], limit_e4=5_000, fees=fees, dearest_buy_e4=5_000, cheapest_sale_e4=5_000)
    fills = [*([1] * (fees.max_fills - 1)), size_to_fill_e6(100) - (fees.max_fills - 1)]
    one = sum(cost_up_micros(5_000, fill) for fill in fills)
    one += fee_of_fills_micros(fees, [(5_000, fill) for fill in fills])
    assert exit_cash_micros(leg, 100, 1) >= one
    assert exit_cash_micros(leg, 300, 3) >= 3 * one
    assert entry_cash_micros(leg, 100) >= one


def test_a_sale_costs_nothing_more() -> None:
    trade = hedging(terms_of(100, (4_500, 5_000)), (whole(1), 0))
    sale = evolve(filled("t.0.9", 0, Role.SELL, 0, 4_000), state=OS.OPEN, size_e2=100)
    with_sale = evolve(trade, orders=(*trade.orders, sale))
    assert worst_loss_micros(with_sale) == worst_loss_micros(trade)
