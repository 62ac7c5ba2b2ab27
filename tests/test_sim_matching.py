"""Price-time matching: conservation, limits, fill-or-kill, priority, and one book for YES and NO."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pairlock.model import Outcome
from pairlock_adapters.simulated.matching import (
    Incoming,
    Maker,
    MatchBook,
    Tif,
    book_of,
    dumped,
    levels_e2,
    loaded,
    match,
    shifted,
    with_maker,
    without_maker,
)

sizes = st.integers(1, 50_000_000)
outcomes = st.sampled_from(list(Outcome))


@st.composite
def books(draw: st.DrawFn) -> MatchBook:
    """A book that does not cross, several makers at a price."""
    best_bid = draw(st.integers(2, 97)) * 100
    book = MatchBook()
    for number in range(draw(st.integers(0, 8))):
        buys = draw(st.booleans())
        away = draw(st.integers(0, 4)) * 100
        price = best_bid - away if buys else best_bid + 100 + away
        if 100 <= price <= 9_900:
            book = with_maker(book, Maker(f"m{number}", buys, price, draw(sizes)))
    return book


@st.composite
def orders(draw: st.DrawFn) -> Incoming:
    limit = draw(st.integers(1, 99)) * 100
    return Incoming(
        "t", draw(outcomes), draw(st.booleans()), draw(sizes), limit, draw(st.sampled_from(list(Tif)))
    )


def total(book: MatchBook) -> int:
    return sum(maker.qty_e6 for maker in (*book.bids, *book.asks))


@given(books(), orders())
def test_quantity_is_conserved(book: MatchBook, order: Incoming) -> None:
    result = match(book, order)
    assert result.filled_e6 + result.left_e6 == order.qty_e6
    rested = result.left_e6 if result.rested else 0
    assert total(book) - result.filled_e6 + rested == total(result.book)
    assert all(each.qty_e6 > 0 for each in result.matches)
    assert all(maker.qty_e6 > 0 for maker in (*result.book.bids, *result.book.asks))


@given(books(), orders())
def test_never_beyond_the_limit_and_best_price_first(book: MatchBook, order: Incoming) -> None:
    prices = [each.price_e4 for each in match(book, order).matches]
    if order.buys:
        assert all(price <= order.limit_e4 for price in prices)
        assert prices == sorted(prices)
    else:
        assert all(price >= order.limit_e4 for price in prices)
        assert prices == sorted(prices, reverse=True)


@given(books(), orders())
def test_fill_or_kill_fills_whole_or_nothing(book: MatchBook, order: Incoming) -> None:
    result = match(book, order)
    if order.tif is Tif.FILL_OR_KILL:
        assert result.filled_e6 in (0, order.qty_e6)
        assert (result.filled_e6 == 0) <= (result.book == book)
        enough = sum(
            m.qty_e6
            for m in (book.asks if order.buys_yes else book.bids)
            if (m.price_e4 <= order.yes_limit_e4 if order.buys_yes else m.price_e4 >= order.yes_limit_e4)
        )
        assert (enough >= order.qty_e6) == (result.filled_e6 == order.qty_e6)


@given(books(), orders())
def test_makers_at_one_price_are_served_in_turn(book: MatchBook, order: Incoming) -> None:
    result = match(book, order)
    side = book.asks if order.buys_yes else book.bids
    assert [each.maker_id for each in result.matches] == [m.maker_id for m in side[: len(result.matches)]]
    for each, maker in zip(result.matches[:-1], side, strict=False):
        assert each.qty_e6 == maker.qty_e6


@given(books(), orders())
def test_only_good_till_canceled_rests_and_the_book_never_crosses(book: MatchBook, order: Incoming) -> None:
    result = match(book, order)
    assert result.rested <= (order.tif is Tif.GOOD_TILL_CANCELED)
    after = result.book
    if after.bids and after.asks:
        assert after.bids[0].price_e4 < after.asks[0].price_e4
    if result.rested:
        assert total(without_maker(after, "t")) == total(after) - result.left_e6
    else:
        assert without_maker(after, "t") == after


@given(books(), sizes, st.integers(1, 99), st.booleans())
def test_buying_no_at_q_is_selling_yes_at_the_complement(
    book: MatchBook, qty: int, cents: int, buys: bool
) -> None:
    tif = Tif.IMMEDIATE_OR_CANCEL
    no = match(book, Incoming("t", Outcome.NO, buys, qty, cents * 100, tif))
    yes = match(book, Incoming("t", Outcome.YES, not buys, qty, 10_000 - cents * 100, tif))
    assert no.book == yes.book
    assert [(m.maker_id, 10_000 - m.price_e4, m.qty_e6) for m in no.matches] == [
        (m.maker_id, m.price_e4, m.qty_e6) for m in yes.matches
    ]


@given(books())
def test_a_book_survives_the_store(book: MatchBook) -> None:
    assert loaded(dumped(book)) == book


@given(books(), st.integers(-30, 30))
def test_a_moved_market_keeps_what_stays_within_bounds(book: MatchBook, ticks: int) -> None:
    moved = shifted(book, ticks * 100, 100)
    kept = [m for m in (*book.bids, *book.asks) if 100 <= m.price_e4 + ticks * 100 <= 9_900]
    assert sorted(m.maker_id for m in (*moved.bids, *moved.asks)) == sorted(m.maker_id for m in kept)


def test_a_taker_gets_the_makers_price() -> None:
    book = book_of([], [(5_000, 1_000), (5_200, 1_000)])
    result = match(book, Incoming("t", Outcome.YES, True, 15_000_000, 5_500, Tif.FILL_OR_KILL))
    assert [(m.price_e4, m.qty_e6) for m in result.matches] == [(5_000, 10_000_000), (5_200, 5_000_000)]
    assert levels_e2(result.book.asks) == ((5_200, 500),)


def test_what_is_less_than_a_step_is_not_shown() -> None:
    book = with_maker(book_of([], [(5_000, 1)]), Maker("x", False, 5_100, 9_999))
    assert levels_e2(book.asks) == ((5_000, 1),)


def test_levels_are_split_without_losing_any() -> None:
    book = book_of([(4_000, 1_001)], [], makers_per_level=3)
    assert [m.qty_e6 for m in book.bids] == [3_330_000, 3_330_000, 3_350_000]
    assert levels_e2(book.bids) == ((4_000, 1_001),)


def test_who_comes_later_waits_behind() -> None:
    for buys_yes, better in ((True, 5_100), (False, 4_900)):
        book = MatchBook()
        for name, price in (("first", 5_000), ("second", 5_000), ("best", better), ("third", 5_000)):
            book = with_maker(book, Maker(name, buys_yes, price, 1))
        side = book.bids if buys_yes else book.asks
        assert [maker.maker_id for maker in side] == ["best", "first", "second", "third"]
