"""The exit bound: what one leg alone would lose on the present books, by hand and against a second walk."""

from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pairlock.book import Book, walk
from pairlock.exit_bound import COMPLEMENT, COMPLETE, NO_ROUTE, SELL, cheapest_exit_loss_micros
from pairlock.fees import (
    FeeSchedule,
    brief_kalshi,
    brief_polymarket,
    fee_of_fills_micros,
    kalshi_quadratic,
    polymarket_curve,
    spend_at_limit_micros,
)
from pairlock.ports import MarketRules
from pairlock.units import size_to_fill_e6

FREE = polymarket_curve(0)
KALSHI, POLYMARKET = kalshi_quadratic(), polymarket_curve(40_000)
Levels = tuple[tuple[int, int], ...]


def exit_of(
    bids: Levels, asks: Levels, other_bids: Levels, size_e2: int = 100, **changes: Any
) -> tuple[int, str]:
    """Leg a's YES filled alone at 50 cents without fees; leg b's NO was wanted at 45."""
    arguments: dict[str, Any] = {
        "size_e2": size_e2, "outcome": "yes", "limit_e4": 5_000, "book": Book("77", bids, asks, 0),
        "rules": MarketRules("77", 1, 1, 0, evolve(FREE, per_fill=False)), "other_limit_e4": 4_500,
        "other_book": Book("KX", other_bids, (), 0),
        "other_rules": MarketRules("KX", 1, 1, 0, evolve(FREE, per_fill=False)), "stress_ppm": 1_000_000,
    }  # fmt: skip
    got = cheapest_exit_loss_micros(**{**arguments, **changes})
    return got.loss_micros, got.route


def test_each_exit_route_by_hand() -> None:
    assert exit_of((), (), ()) == (500_000, NO_ROUTE)  # with no depth a sale is worth nothing
    # NO on the other venue at 48 cents: the pair costs 98 and pays 100
    assert exit_of(((4_000, 100),), (), ((5_200, 100),)) == (-20_000, COMPLETE)
    assert exit_of(((4_000, 100),), (), ((3_000, 100),)) == (100_000, SELL)
    # NO on the same venue costs 60 cents, as the YES bid of 40 says; only where the sale is shut does it win
    assert exit_of(((4_000, 100),), (), (), slip_e4=0) == (500_000, NO_ROUTE)
    flat = MarketRules("77", 1, 1, 0, brief_polymarket())
    loss, route = exit_of(((4_000, 100),), (), (), rules=flat)
    assert (loss, route) == (500_000 + 5_000 - 400_000 + 4_000, SELL)
    lost = exit_of(((6_000, 100),), (), (), rules=flat)
    assert lost == (505_000 - 1_000_000 + 400_000 + 4_000, COMPLEMENT)  # 1 % of 40 cents, not of 60


def test_a_sale_walks_the_full_depth_and_the_rest_is_worth_nothing() -> None:
    assert exit_of(((4_900, 30), (4_000, 30), (1_000, 30)), (), ()) == (
        500_000 - 147_000 - 120_000 - 30_000,
        SELL,
    )


def test_only_the_stressed_share_of_the_depth_counts() -> None:
    assert exit_of(((4_900, 100),), (), ())[0] == 10_000
    assert exit_of(((4_900, 100),), (), (), stress_ppm=500_000)[0] == 500_000 - 245_000
    assert exit_of(((4_900, 1),), (), (), stress_ppm=500_000) == (500_000, NO_ROUTE)  # half of 1/100 is none
    assert exit_of(((4_900, 100),), (), (), stress_ppm=0) == (500_000, NO_ROUTE)


def test_prices_that_an_exit_may_not_use_are_no_depth() -> None:
    assert exit_of(((4_000, 100),), (), (), slip_e4=1_000)[0] == 100_000
    assert exit_of(((3_999, 100),), (), (), slip_e4=1_000) == (500_000, NO_ROUTE)
    assert exit_of((), (), ((4_500, 100),), slip_e4=1_000) == (50_000, COMPLETE)
    assert exit_of((), (), ((4_499, 100),), slip_e4=1_000) == (500_000, NO_ROUTE)


def test_an_exit_below_a_minimum_is_none() -> None:
    small = MarketRules("77", 1, 500, 0, FREE)
    assert exit_of(((4_900, 499),), (), (), size_e2=1_000, rules=small)[1] == NO_ROUTE
    assert exit_of(((4_900, 500),), (), (), size_e2=1_000, rules=small)[1] == SELL
    worth = MarketRules("77", 1, 1, 1_000_000, FREE)
    assert (
        exit_of(((4_900, 200),), (), (), size_e2=1_000, rules=worth)[1] == COMPLEMENT
    )  # 98 cents of YES, $1.02 of NO
    shut = MarketRules("77", 1, 1, 0, FREE, open=False)
    assert exit_of(((4_900, 500),), (), (), rules=shut)[1] == NO_ROUTE


def test_what_the_missing_leg_should_have_taken_does_not_count_as_its_way_out() -> None:
    """Else every opportunity could be completed at a gain, and the gate would refuse nothing."""
    assert exit_of((), (), ((5_500, 100),)) == (500_000, NO_ROUTE)  # NO at its limit of 45: it was missed
    assert exit_of((), (), ((5_500, 100), (5_499, 100))) == (500_000 - 1_000_000 + 450_100, COMPLETE)


LEVELS = st.lists(st.tuples(st.integers(1, 9_999), st.integers(1, 3_000)), max_size=5)
FEES = st.sampled_from([KALSHI, POLYMARKET, FREE, brief_kalshi(), kalshi_quadratic(direct_member=False)])


@given(LEVELS, LEVELS, LEVELS, FEES, FEES, st.integers(1, 5_000), st.integers(1, 9_999))
def test_the_bound_is_never_below_what_its_route_would_lose(
    bids: list[tuple[int, int]],
    asks: list[tuple[int, int]],
    other_bids: list[tuple[int, int]],
    fees: FeeSchedule,
    other_fees: FeeSchedule,
    size_e2: int,
    limit_e4: int,
) -> None:
    """The named route, walked here a second time with every level in ten fills, loses no more than the bound."""
    book = Book("77", tuple(sorted(bids, reverse=True)), tuple(sorted(asks)), 0)
    other = Book("KX", tuple(sorted(other_bids, reverse=True)), (), 0)
    bound, route = exit_of(
        (), (), (), size_e2, book=book, other_book=other, limit_e4=limit_e4,
        rules=MarketRules("77", 1, 1, 0, fees), other_rules=MarketRules("KX", 1, 1, 0, other_fees),
    )  # fmt: skip
    spent = spend_at_limit_micros(fees, limit_e4, size_e2)
    levels, paying, buying = {
        COMPLETE: (other.asks_of("no"), other_fees, True),
        COMPLEMENT: (book.asks_of("no"), fees, True),
        SELL: (book.bids_of("yes"), fees, False),
        NO_ROUTE: ((), fees, False),
    }[route]
    if route == COMPLETE:
        levels = tuple(level for level in levels if level[0] > 4_500)
    taken, left_e2 = walk(levels, size_e2, 9_999 if buying else 1, buying=buying)
    fee = fee_of_fills_micros(paying, in_parts(taken, 4))
    price = sum(p * s for p, s in taken)
    worth = (size_e2 - left_e2) * 10_000 - price - fee if buying else price - fee
    assert spent - worth <= bound


def in_parts(levels: Levels, parts: int) -> list[tuple[int, int]]:
    """Fills (price_e4, fill_e6) of whole hundredths: every level in so many parts, the last the largest."""
    fills = []
    for price_e4, size_e2 in levels:
        part_e2 = size_e2 // parts
        sizes_e2 = [part_e2] * (parts - 1) + [size_e2 - part_e2 * (parts - 1)]
        fills += [(price_e4, size_to_fill_e6(each_e2)) for each_e2 in sizes_e2 if each_e2]
    return fills
