"""A buy that spends a budget instead of taking a number of contracts: better prices bring more of them."""

from __future__ import annotations

from attrs import evolve

from pairlock.units import cost_up_micros
from pairlock_adapters.simulated.matching import Incoming, MatchBook, Result, Tif, match

# A remainder that buys less than this (0.01 contract) is as good as spent.
_SPENT_E6 = 10_000


def spend(book: MatchBook, order: Incoming, budget_micros: int) -> Result:
    """What ``order`` (a buy) gets for ``budget_micros``, best price first and within its limit.

    ``left_e6`` is 0 once the budget is spent; a fill-or-kill that cannot spend all of it finds nothing.
    """
    offered = match(book, evolve(order, tif=Tif.IMMEDIATE_OR_CANCEL))
    left_micros, qty_e6, last_e4 = budget_micros, 0, order.limit_e4
    for each in offered.matches:
        last_e4 = each.price_e4
        take_e6 = min(each.qty_e6, left_micros * 10_000 // each.price_e4)
        qty_e6 += take_e6
        left_micros -= cost_up_micros(each.price_e4, take_e6)
        if take_e6 < each.qty_e6:
            break
    spent = left_micros * 10_000 // last_e4 < _SPENT_E6
    if order.tif is Tif.FILL_OR_KILL and not spent:
        return Result(book, (), order.qty_e6)
    got = match(book, evolve(order, qty_e6=qty_e6, tif=Tif.IMMEDIATE_OR_CANCEL))
    return evolve(got, left_e6=0 if spent else order.qty_e6 - qty_e6)
