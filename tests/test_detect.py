"""The detector: both directions, at the top, after both venues' fees."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairlock.book import Book
from pairlock.detect import MarketView, detect, edge
from pairlock.errors import EngineBug
from pairlock.fees import FeeSchedule, kalshi_quadratic, polymarket_curve
from pairlock.limits import Limits
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.opportunity_checks import check_opportunity
from pairlock.ports import MarketRules

KALSHI, POLYMARKET = kalshi_quadratic(), polymarket_curve(50_000)
Levels = tuple[tuple[int, int], ...]


def view(
    platform: str, fees: FeeSchedule, bids: Levels, asks: Levels, read_at_ms: int = 100, **changes: Any
) -> MarketView:
    market = {"kalshi": "KX", "polymarket": "77"}[platform]
    return MarketView(
        platform, Book(market, bids, asks, read_at_ms), MarketRules(market, 1, 1, 0, fees, **changes)
    )


def kalshi(bids: Levels, asks: Levels, **more: Any) -> MarketView:
    return view("kalshi", KALSHI, bids, asks, **more)


def polymarket(bids: Levels, asks: Levels, **more: Any) -> MarketView:
    return view("polymarket", POLYMARKET, bids, asks, **more)


def found(one: MarketView, other: MarketView) -> ArbitrageOpportunity | None:
    return detect(one, other, event_id="final", execution_window_ms=4_000)


def test_the_edge_of_one_contract() -> None:
    # YES 0.45 on Kalshi: 0.017325 up to 0.0174; NO 0.50 on Polymarket: 0.0125
    seen = edge(4_500, KALSHI, 5_000, POLYMARKET)
    assert seen.gross_e4 == 500
    assert seen.fees_micros == 17_400 + 12_500
    assert seen.net_micros == 50_000 - 29_900


def test_yes_on_kalshi_and_no_on_polymarket() -> None:
    """The NO ask is the YES bid's complement, with that bid's size."""
    got = found(
        kalshi(((4_400, 700),), ((4_500, 800), (4_600, 9))), polymarket(((5_000, 300),), ((5_100, 400),))
    )
    assert got is not None
    assert (got.platform_a, got.market_a, got.price_a_e4, got.min_liquidity_a_e2) == (
        "kalshi",
        "KX",
        4_500,
        800,
    )
    assert (got.platform_b, got.market_b, got.price_b_e4, got.min_liquidity_b_e2) == (
        "polymarket",
        "77",
        5_000,
        300,
    )
    assert got.net_profit_micros == 20_100
    assert got.execution_window_ms == 4_000
    assert check_opportunity(got, 100, Limits()) == ""


def test_the_reverse_and_whichever_is_named_first() -> None:
    one, other = kalshi(((5_500, 30),), ((5_600, 40),)), polymarket(((4_900, 10),), ((5_000, 20),))
    for got in (found(one, other), found(other, one)):
        assert got is not None
        assert (got.platform_a, got.price_a_e4, got.min_liquidity_a_e2) == ("polymarket", 5_000, 20)
        assert (got.platform_b, got.price_b_e4, got.min_liquidity_b_e2) == ("kalshi", 4_500, 30)


def test_gross_without_net_is_no_opportunity() -> None:
    one, other = kalshi(((4_800, 1),), ((4_900, 1),)), polymarket(((5_100, 1),), ((5_200, 1),))
    assert edge(4_900, KALSHI, 4_900, POLYMARKET).gross_e4 == 200
    assert found(one, other) is None


def test_a_net_of_exactly_nothing_is_none() -> None:
    free = polymarket_curve(0)
    one = view("kalshi", free, (), ((4_900, 1),))
    assert found(one, view("polymarket", free, ((4_900, 1),), ())) is None
    assert found(one, view("polymarket", free, ((4_901, 1),), ())) is not None


def test_levels_of_one_price_are_one_offer() -> None:
    got = found(kalshi((), ((4_500, 5), (4_500, 6), (4_501, 7))), polymarket(((5_000, 1), (5_000, 2)), ()))
    assert got is not None
    assert (got.min_liquidity_a_e2, got.min_liquidity_b_e2) == (11, 3)


def test_it_is_as_old_as_the_older_book() -> None:
    got = found(kalshi((), ((4_500, 5),), read_at_ms=90), polymarket(((5_000, 1),), (), read_at_ms=70))
    assert got is not None
    assert got.detected_at_ms == 70


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (kalshi((), ()), polymarket(((5_000, 1),), ())),
        (kalshi((), ((4_500, 5),)), polymarket((), ())),
        (kalshi(((4_600, 5),), ((4_500, 5),)), polymarket(((5_000, 1),), ())),  # crossed
        (kalshi((), ((4_500, 0),)), polymarket(((5_000, 1),), ())),
        (kalshi((), ((4_500, 5),), open=False), polymarket(((5_000, 1),), ())),
    ],
    ids=["no asks", "no bids", "crossed", "size 0", "closed"],
)
def test_what_cannot_be_bought_is_no_opportunity(one: MarketView, other: MarketView) -> None:
    assert found(one, other) is None


def test_mixed_up_markets_are_our_own_bug() -> None:
    wrong = MarketView("kalshi", Book("OTHER", (), (), 0), MarketRules("KX", 1, 1, 0, KALSHI))
    with pytest.raises(EngineBug, match="OTHER"):
        found(wrong, polymarket((), ()))


@given(*[st.integers(2, 9_998)] * 2, *[st.integers(1, 300)] * 2)
def test_it_finds_the_better_direction_whenever_one_has_a_net(k: int, p: int, dk: int, dp: int) -> None:
    kb, ka, pb, pa = max(k - dk, 1), min(k + dk, 9_999), max(p - dp, 1), min(p + dp, 9_999)
    got = found(kalshi(((kb, 9),), ((ka, 9),)), polymarket(((pb, 9),), ((pa, 9),)))
    nets = [
        edge(ka, KALSHI, 10_000 - pb, POLYMARKET).net_micros,
        edge(pa, POLYMARKET, 10_000 - kb, KALSHI).net_micros,
    ]
    assert (got.net_profit_micros if got else 0) == max(*nets, 0)
