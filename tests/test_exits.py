"""The three exit routes: on full depth, within cash and permitted prices, never below zero, never while unknown."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from pairlock.book import Book, Level
from pairlock.exits import cash_left_micros, exits_due, plan_exit
from pairlock.facts import ExitBooksRead
from pairlock.fees import fee_at_limit_micros
from pairlock.lifecycle import OS, S
from pairlock.model import ExitOn, ExitPlan, Fill, FillStatus, NoExit, Payout, Role, StuckCause, Trade
from pairlock.positions import nets_e6
from trade_kit import filled, hedging, terms_of, whole

DEEP = 1_000_000


def book(market: str, bids: list[Level], asks: list[Level]) -> Book:
    return Book(market, tuple(bids), tuple(asks), 0)


def read(
    poly: Book | None = None, kalshi: Book | None = None, sellable_e6: tuple[int, int] = (10**15, 10**15)
) -> ExitBooksRead:
    return ExitBooksRead(0, (poly, kalshi), sellable_e6)


def poly_book(bid: int = 3_900, ask: int = 4_000, size: int = DEEP) -> Book:
    return book("polymarket-market", [(bid, size)], [(ask, size)])


def kalshi_book(no_ask: int = 5_500, no_bid: int = 5_400, size: int = DEEP) -> Book:
    """In YES terms: the NO ask is a YES bid."""
    return book("kalshi-market", [(10_000 - no_ask, size)], [(10_000 - no_bid, size)])


def plan(trade: Trade, fact: ExitBooksRead) -> ExitPlan:
    found = plan_exit(trade, fact)
    assert isinstance(found, ExitPlan), found
    return found


def cause(trade: Trade, fact: ExitBooksRead) -> StuckCause:
    found = plan_exit(trade, fact)
    assert isinstance(found, NoExit), found
    return found.cause


def test_the_missing_leg_is_completed_where_that_is_cheapest() -> None:
    found = plan(hedging(terms_of(), (whole(100), 0)), read(poly_book(), kalshi_book()))
    assert (found.role, found.leg, found.size_e2, found.limit_e4) == (Role.COMPLETE, 1, 10_000, 5_500)


def test_the_excess_is_sold_back_where_the_missing_leg_became_dear() -> None:
    found = plan(hedging(terms_of(), (whole(100), 0)), read(poly_book(bid=3_900), kalshi_book(no_ask=6_900)))
    assert (found.role, found.leg, found.size_e2, found.limit_e4) == (Role.SELL, 0, 10_000, 3_900)


def test_the_complement_is_bought_while_new_shares_cannot_be_sold() -> None:
    fact = read(poly_book(bid=3_900), kalshi_book(no_ask=6_900), (0, 0))
    found = plan(hedging(terms_of(), (whole(100), 0)), fact)
    assert (found.role, found.leg, found.limit_e4) == (Role.COMPLEMENT, 0, 6_100)


def test_each_route_is_walked_on_full_depth() -> None:
    levels = book("kalshi-market", [(4_500, 4_000), (4_400, 3_000), (4_300, 9_000)], [(4_600, DEEP)])
    found = plan(hedging(terms_of(), (whole(100), 0)), read(None, levels))
    assert (found.role, found.size_e2, found.limit_e4) == (Role.COMPLETE, 10_000, 5_700)


def test_what_the_book_cannot_take_is_left_for_the_next_attempt() -> None:
    found = plan(hedging(terms_of(), (whole(100), 0)), read(None, kalshi_book(size=1_234)))
    assert found.size_e2 == 1_234


def test_no_exit_is_sized_while_an_order_may_still_fill() -> None:
    trade = hedging(terms_of(), (whole(100), 0))
    for state in (OS.SENT, OS.OPEN):
        orders = (trade.orders[0], evolve(trade.orders[1], state=state))
        assert plan_exit(evolve(trade, orders=orders), read(poly_book(), kalshi_book())) is None


def test_no_exit_is_sized_before_a_match_is_final_unless_configured() -> None:
    trade = hedging(terms_of(), (whole(100), 0))
    pending = Fill("p", whole(100), 40_000_000, 0, FillStatus.PENDING)
    trade = evolve(
        trade, orders=(evolve(trade.orders[0], state=OS.MATCHED, fills=(pending,)), trade.orders[1])
    )
    assert not exits_due(trade)
    assert trade.terms is not None
    assert exits_due(evolve(trade, terms=evolve(trade.terms, exit_on=ExitOn.MATCHED)))


def test_a_negative_net_is_only_bought_back() -> None:
    trade = hedging(terms_of(), (whole(100), whole(100)))
    trade = evolve(trade, orders=(*trade.orders, filled("t.1.2", 1, Role.SELL, whole(150), 5_400)))
    assert nets_e6(trade) == (whole(100), -whole(50))
    found = plan(trade, read(poly_book(), kalshi_book()))
    assert (found.role, found.leg, found.size_e2) == (Role.COMPLETE, 1, 5_000)


def test_dust_is_not_zero_and_has_no_route() -> None:
    assert (
        cause(hedging(terms_of(), (whole(100) + 3_456, whole(100))), read(poly_book(), kalshi_book()))
        == StuckCause.DUST
    )


def test_a_shut_venue_is_a_shut_route_not_a_spent_budget() -> None:
    assert cause(hedging(terms_of(), (whole(100), 0)), read(None, None)) == StuckCause.ROUTES


def test_prices_beyond_the_permitted_ones_are_no_route() -> None:
    fact = read(poly_book(bid=1_000, ask=9_000), kalshi_book(no_ask=9_500, no_bid=1_000))
    assert cause(hedging(terms_of(), (whole(100), 0)), fact) == StuckCause.ROUTES


def test_attempts_are_a_budget() -> None:
    trade = hedging(terms_of(), (whole(100), 0))
    tried = tuple(filled(f"t.1.{n}", 1, Role.COMPLETE, 0, 5_500) for n in range(2, 8))
    assert (
        cause(evolve(trade, orders=(*trade.orders, *tried)), read(poly_book(), kalshi_book()))
        == StuckCause.BUDGET
    )


def test_nothing_is_bought_against_a_leg_that_is_resolved() -> None:
    trade = evolve(hedging(terms_of(), (whole(100), 0)), payouts=(Payout(10_000), None))
    assert cause(trade, read(poly_book(), kalshi_book())) == StuckCause.ROUTES


def test_a_sale_below_the_venues_minimum_goes_another_way() -> None:
    found = plan(hedging(terms_of(), (whole(100), whole(98))), read(poly_book(), kalshi_book(no_ask=6_000)))
    assert (found.leg, found.role, found.size_e2) == (1, Role.COMPLETE, 200), (
        "Polymarket takes no fewer than 5 shares"
    )


def test_polymarket_orders_keep_to_whole_cents() -> None:
    terms = terms_of(prices_e4=(4_700, 5_000))
    fact = read(poly_book(bid=4_700, ask=4_800), kalshi_book(no_ask=6_400))
    found = plan(hedging(terms, (12_340_000, 0)), fact)
    assert found.leg == 0
    assert found.limit_e4 * found.size_e2 % 10_000 == 0


prices = st.integers(1, 99).map(lambda cents: cents * 100)
sizes = st.integers(0, 30_000)


@st.composite
def books(draw: st.DrawFn, market: str) -> Book | None:
    if draw(st.integers(0, 5)) == 0:
        return None
    middle = draw(st.integers(2, 97))
    bids = [((middle - n) * 100, draw(sizes)) for n in range(min(3, middle - 1))]
    asks = [((middle + 1 + n) * 100, draw(sizes)) for n in range(min(3, 99 - middle))]
    return book(market, bids, asks)


fills = st.one_of(st.just(0), st.just(whole(100)), st.integers(0, whole(100)))


@settings(max_examples=300, deadline=None)
@given(st.tuples(fills, fills), books("polymarket-market"), books("kalshi-market"), st.tuples(fills, fills))
def test_an_exit_shrinks_the_difference_inside_cash_and_prices(
    quantities: tuple[int, int], poly: Book | None, kalshi: Book | None, sellable_e6: tuple[int, int]
) -> None:
    trade = hedging(terms_of(), quantities)
    found = plan_exit(trade, ExitBooksRead(0, (poly, kalshi), sellable_e6))
    if not isinstance(found, ExitPlan):
        return
    assert trade.terms is not None
    nets = nets_e6(trade)
    quantity = found.size_e2 * 10_000
    own = trade.terms.legs[found.leg]
    assert 0 < quantity <= abs(nets[0] - nets[1])
    if found.role is Role.COMPLETE:
        assert nets[found.leg] < nets[1 - found.leg]
        assert found.limit_e4 <= own.dearest_buy_e4
    else:
        assert nets[found.leg] - quantity >= nets[1 - found.leg] >= 0, (
            "never below the other leg, so never below 0"
        )
    if found.role is Role.SELL:
        assert quantity <= sellable_e6[found.leg]
        assert found.limit_e4 >= own.cheapest_sale_e4
    else:
        fee = fee_at_limit_micros(own.fees, found.limit_e4, found.size_e2)
        assert found.limit_e4 * found.size_e2 + fee <= cash_left_micros(trade, found.leg)


def test_exits_are_due_only_in_hedging_and_stuck() -> None:
    trade = hedging(terms_of(), (whole(100), 0))
    due = {state for state in S if exits_due(evolve(trade, state=state))}
    assert due == {S.HEDGING, S.STUCK}
