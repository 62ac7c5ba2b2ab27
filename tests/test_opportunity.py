"""Opportunities: the builder is consistent, and every way of not being so is refused with its reason."""

import re
from typing import Any

import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st

from pairlock.book import Book
from pairlock.fees import brief_kalshi, brief_polymarket, kalshi_quadratic, polymarket_curve
from pairlock.limits import Limits
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.opportunity_checks import book_problem, check_opportunity, inconsistency, make_opportunity

LIMITS = Limits()
NOW_MS = 1_000_000


def made(a_e4: int = 4_800, b_e4: int = 4_900, /, **changes: Any) -> ArbitrageOpportunity:
    built = make_opportunity(
        event_id="fed-december",
        platform_a="polymarket",
        market_a="123456789",
        price_a_e4=a_e4,
        fees_a=polymarket_curve(40_000),
        liquidity_a_e2=10_000,
        platform_b="kalshi",
        market_b="KXFED-26DEC",
        price_b_e4=b_e4,
        fees_b=kalshi_quadratic(),
        liquidity_b_e2=20_000,
        execution_window_ms=5_000,
        detected_at_ms=NOW_MS,
    )
    return evolve(built, **changes)


def test_the_builders_figures() -> None:
    built = made()
    assert built.combined_cost_e4 == 9_700
    assert built.gross_profit_e4 == 300
    # 0.04*0.48*0.52 = 0.009984 up to 0.00999; 0.07*0.49*0.51 = 0.017493 up to 0.0175
    assert built.fees_total_micros == 9_990 + 17_500
    assert built.net_profit_micros == 30_000 - 27_490
    assert check_opportunity(built, NOW_MS, LIMITS) == ""


def test_the_briefs_schedule_in_the_builder() -> None:
    built = make_opportunity(
        event_id="e", platform_a="polymarket", market_a="1", price_a_e4=5_000, fees_a=brief_polymarket(),
        liquidity_a_e2=1, platform_b="kalshi", market_b="K", price_b_e4=4_000, fees_b=brief_kalshi(),
        liquidity_b_e2=1, execution_window_ms=1, detected_at_ms=0,
    )  # fmt: skip
    assert built.fees_total_micros == 5_000 + 400 + 1_000


@given(st.integers(1, 9_999), st.integers(1, 9_999))
def test_what_the_builder_builds_is_consistent(price_a_e4: int, price_b_e4: int) -> None:
    assert inconsistency(made(price_a_e4, price_b_e4)) == ""


WRONG: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"combined_cost_e4": 9_699}, ("combined_cost_e4 9699", "4800", "4900", "9700")),
    ({"gross_profit_e4": 301}, ("gross_profit_e4 301", "10000", "9700", "300")),
    ({"net_profit_micros": 2_511}, ("net_profit_micros 2511", "300", "27490", "2510")),
    ({"fees_total_micros": 0}, ("net_profit_micros 2510", "fees_total_micros 0", "30000")),
    ({"guaranteed_payout_e4": 10_001}, ("guaranteed_payout_e4 10001", "10000")),
    ({"price_a_e4": 0}, ("price_a_e4 0", "1..9999")),
    ({"price_b_e4": 10_000}, ("price_b_e4 10000", "1..9999")),
    ({"platform_a": "kalshi"}, ("platform_a", "platform_b", "both 'kalshi'")),
    ({"platform_b": "Kalshi"}, ("platform_b 'Kalshi'", "kalshi, polymarket")),
    ({"min_liquidity_a_e2": -1}, ("min_liquidity_a_e2", "-1", "negative")),
    ({"min_liquidity_b_e2": -1}, ("min_liquidity_b_e2", "-1", "negative")),
    ({"execution_window_ms": -1}, ("execution_window_ms", "-1")),
    ({"fees_total_micros": -1}, ("fees_total_micros", "-1")),
    ({"price_a_e4": 0.48}, ("price_a_e4", "integer", "0.48")),
    ({"price_a_e4": True}, ("price_a_e4", "integer", "True")),
    ({"price_a_e4": "4800"}, ("price_a_e4", "integer", "'4800'")),
    ({"net_profit_micros": None}, ("net_profit_micros", "integer", "None")),
    ({"min_liquidity_a_e2": 10**16}, ("min_liquidity_a_e2", "within")),
    ({"min_liquidity_a_e2": 10**5_000}, ("min_liquidity_a_e2", "a huge number")),
    ({"event_id": ""}, ("event_id", "''")),
    ({"event_id": 7}, ("event_id", "7")),
    ({"market_a": "x" * 257}, ("market_a", "256", "...")),
    ({"market_b": "a\nb"}, ("market_b", "printable")),
    ({"market_b": "\ud800"}, ("market_b", "printable")),
    ({"opportunity_id": "\x1b[31m"}, ("opportunity_id", "printable")),
]


@pytest.mark.parametrize(
    ("changes", "said"), WRONG, ids=[f"{i}-{next(iter(w[0]))}" for i, w in enumerate(WRONG)]
)
def test_an_inconsistent_opportunity_is_refused_by_name_and_value(
    changes: dict[str, Any], said: tuple[str, ...]
) -> None:
    reason = check_opportunity(made(**changes), NOW_MS, LIMITS)
    assert all(part in reason for part in said), reason
    assert re.fullmatch(r"[^\n]{10,300}", reason)


@given(st.data())
def test_no_single_figure_can_be_changed_unnoticed(data: st.DataObject) -> None:
    """A price may not be moved alone, nor any sum of it: the figures hold each other."""
    bound = ["price_a_e4", "price_b_e4", "combined_cost_e4", "guaranteed_payout_e4", "gross_profit_e4"]
    name = data.draw(st.sampled_from([*bound, "fees_total_micros", "net_profit_micros"]))
    other = data.draw(st.integers(-20_000, 200_000).filter(lambda value: value != getattr(made(), name)))
    assert inconsistency(made(**{name: other})) != ""


@given(
    st.sampled_from([field.name for field in fields(ArbitrageOpportunity)]),
    st.none()
    | st.booleans()
    | st.floats()
    | st.text()
    | st.integers()
    | st.lists(st.integers())
    | st.binary(),
)
def test_no_value_of_any_field_makes_the_check_raise(name: str, value: object) -> None:
    changes: dict[str, Any] = {name: value}
    check_opportunity(made(**changes), NOW_MS, LIMITS)


def test_something_else_is_no_opportunity() -> None:
    assert "not a dict" in inconsistency({})  # type: ignore[arg-type]


@pytest.mark.parametrize(("age_ms", "fresh"), [(0, True), (1_500, True), (1_501, False), (-1, False)])
def test_age(age_ms: int, fresh: bool) -> None:
    reason = check_opportunity(made(), NOW_MS + age_ms, LIMITS)
    assert (reason == "") is fresh
    if not fresh:
        assert str(NOW_MS) in reason
        assert (
            "1501 ms old" in reason and "max_opportunity_age_ms 1500" in reason
        ) or "1 ms in the future" in reason


def test_further_venues_can_be_named() -> None:
    other = made(platform_b="third")
    assert "third" in inconsistency(other)
    assert inconsistency(other, platforms=("polymarket", "third")) == ""


@pytest.mark.parametrize(
    ("bids", "asks", "said"),
    [
        (((4_700, 1),), ((4_800, 1),), ""),
        ((), (), ""),
        (((4_700, 1), (4_700, 2), (4_600, 1)), (), ""),
        (((4_900, 1),), ((4_800, 1),), "bid 4900 is not below its ask 4800"),
        (((4_800, 1),), ((4_800, 1),), "not below"),
        (((4_600, 1), (4_700, 1)), (), "bids are not best first"),
        ((), ((4_800, 1), (4_700, 1)), "asks are not best first"),
        (((4_700, 0),), (), "size 0 at 4700"),
        ((), ((4_700, -5),), "size -5"),
        (((10_000, 1),), (), "10000"),
        ((), ((0, 1),), "price 0"),
    ],
)
def test_books_that_cannot_be_trusted(
    bids: tuple[tuple[int, int], ...], asks: tuple[tuple[int, int], ...], said: str
) -> None:
    problem = book_problem(Book("K", bids, asks, 0))
    assert said in problem
    assert (problem == "") is (said == "")
