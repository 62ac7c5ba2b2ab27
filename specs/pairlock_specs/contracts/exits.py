"""Contracts of ``pairlock.exits``: an exit never trades more than is held, than was reserved, or beyond its prices."""

from __future__ import annotations

from pairlock.book import Book
from pairlock.exits import Need, _buy, _sale, cash_left_micros, exits_due, plan_exit
from pairlock.facts import ExitBooksRead
from pairlock.lifecycle import OS, S
from pairlock.model import ExitPlan, Role
from pairlock_specs.contracts.values import (
    ORDER_STATES,
    STATES,
    fill,
    leg_terms,
    order,
    terms,
    trade,
)


def a_sale_never_exceeds_what_is_held(
    held_e2: int, first_e4: int, first_e2: int, second_e4: int, second_e2: int, cheapest_e4: int
) -> None:
    """A sale is never larger than what is held or bid for, nor cheaper than the cheapest permitted price."""
    assert 0 < second_e4 <= first_e4 < 10_000
    assert first_e2 >= 0
    assert second_e2 >= 0
    leg = leg_terms(0, 4_000, cheapest_sale_e4=cheapest_e4)
    route = _sale(leg, 0, ((first_e4, first_e2), (second_e4, second_e2)), held_e2)
    if route is not None:
        assert 0 < route.size_e2 <= min(held_e2, first_e2 + second_e2)
        assert route.limit_e4 >= cheapest_e4
        assert route.worth_micros <= first_e4 * route.size_e2


def a_purchase_never_exceeds_its_need_or_its_cash(
    need_e2: int, cash_micros: int, price_e4: int, offered_e2: int, dearest_e4: int
) -> None:
    """A purchase is never larger than needed or offered, dearer than permitted, or more than its cash at the limit."""
    assert 0 < price_e4 < 10_000
    assert 0 <= need_e2 <= 3
    assert offered_e2 >= 0
    leg = leg_terms(0, 4_000)
    need = Need(need_e2, cash_micros)
    route = _buy(leg, Role.COMPLETE, 0, ((price_e4, offered_e2),), need, dearest_e4)
    if route is not None:
        assert 0 < route.size_e2 <= min(need_e2, offered_e2)
        assert route.limit_e4 <= dearest_e4
        assert route.limit_e4 * route.size_e2 <= cash_micros


def an_exit_never_takes_a_net_below_nothing(one_e2: int, other_e2: int, bid_e4: int, offered_e2: int) -> None:
    """Whatever was filled and offered, the planned exit trades at most the excess of the richer leg (claim 9)."""
    assert 0 <= one_e2 <= 1_000
    assert 0 <= other_e2 <= 1_000
    assert 100 < bid_e4 < 9_000
    assert 0 <= offered_e2 <= 1_000_000
    legs = leg_terms(0, 4_000), leg_terms(1, 5_000)
    orders = (
        order(0, 1_000, 4_000, fills=(fill(one_e2 * 10_000, 0),)),
        order(1, 1_000, 5_000, fills=(fill(other_e2 * 10_000, 0),)),
    )
    before = trade(S.HEDGING, orders, terms(legs, 1_000), (100_000_000, 100_000_000))
    bids = ((bid_e4, offered_e2),)
    asks = ((bid_e4 + 10, offered_e2),)
    read = ExitBooksRead(
        0, (Book("a", bids, asks, 0), Book("b", bids, asks, 0)), (one_e2 * 10_000, other_e2 * 10_000)
    )
    plan = plan_exit(before, read)
    if isinstance(plan, ExitPlan):
        assert 0 < plan.size_e2 <= abs(one_e2 - other_e2)
        rich = 0 if one_e2 > other_e2 else 1
        assert plan.leg == (1 - rich if plan.role is Role.COMPLETE else rich)


def no_exit_while_an_order_may_fill(state: int, one: int, other: int) -> None:
    """No exit is due while an order of the trade may still fill, or is not final."""
    assert 0 <= state < 10
    assert 0 <= one < len(ORDER_STATES)
    assert 0 <= other < len(ORDER_STATES)
    bought = (fill(500_000, 2_000),)
    orders = order(0, 100, 4_000, ORDER_STATES[one], bought), order(1, 100, 5_000, ORDER_STATES[other])
    agreed = terms((leg_terms(0, 4_000), leg_terms(1, 5_000)), 100)
    if exits_due(trade(STATES[state], orders, agreed)):
        assert STATES[state] in (S.HEDGING, S.STUCK)
        assert not {ORDER_STATES[one], ORDER_STATES[other]} & {OS.SENT, OS.OPEN, OS.MATCHED}


def cash_that_may_still_be_spent_is_not_left(
    cash: int, limit_e4: int, size_e2: int, filled_e6: int, paid: int
) -> None:
    """What is left of a reservation is never above it less what was paid and what an open order may yet cost."""
    assert 0 < limit_e4 < 10_000
    assert 0 <= filled_e6 <= size_e2 * 10_000
    assert paid >= 0
    part = order(0, size_e2, limit_e4, OS.OPEN, (fill(filled_e6, paid),))
    agreed = terms((leg_terms(0, limit_e4), leg_terms(1, 5_000)), size_e2)
    left_micros = cash_left_micros(trade(S.EXECUTING, (part,), agreed, (cash, 0)), 0)
    assert left_micros * 10_000 <= (cash - paid) * 10_000 - limit_e4 * (size_e2 * 10_000 - filled_e6)
