"""What Polymarket's reads of an order say: rebuilt from every trade that names it, in one settled unit, or unknown."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pairlock.facts import NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.fees import fee_micros, polymarket_curve
from pairlock.model import Fill, FillStatus
from pairlock.ports import TimeInForce
from pairlock_adapters.polymarket.parse_trades import order_read
from polymarket_bodies import ASKED, MAKER, ORDER, ORDER_ID, OTHER_ID, TRADE
from polymarket_kit import INTENT, NO_TOKEN, YES_TOKEN

FEE = 96_000  # 10 shares at 0.40, rate 4 %
FAK = evolve(ASKED, intent=evolve(INTENT, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL))


def read(
    order: object, trades: list[dict[str, Any]], asked: Any = ASKED
) -> OrderReport | NotFound | OutcomeUnknown:
    return order_read(asked, order, trades, 5, 9)


def the_fill(trade: dict[str, Any], asked: Any = ASKED) -> Fill:
    said = read(None, [trade], asked)
    assert isinstance(said, OrderReport), said
    (fill,) = said.fills
    return fill


def test_neither_order_nor_trades_is_not_found() -> None:
    other = {**TRADE, "id": "t-9", "taker_order_id": OTHER_ID}
    assert read(None, [other]) == NotFound(9, INTENT.intent_id, 5)


def test_an_order_that_is_over_is_rebuilt_from_its_trades() -> None:
    fill = Fill("t-1", 10_000_000, 4_000_000, FEE, FillStatus.PENDING)
    expected = OrderReport(9, INTENT.intent_id, 5, Reported.TERMINAL, 10_000_000, (fill,), ORDER_ID)
    assert read(None, [TRADE]) == expected


@pytest.mark.parametrize("prefix", ["", "TRADE_STATUS_"])
@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("MATCHED", FillStatus.PENDING),
        ("MATCHED_NOT_BROADCASTED", FillStatus.PENDING),
        ("MINED", FillStatus.PENDING),
        ("RETRYING", FillStatus.PENDING),
        ("CONFIRMED", FillStatus.FINAL),
        ("FAILED", FillStatus.FAILED),
    ],
)
def test_only_confirmed_and_failed_are_final(prefix: str, word: str, status: FillStatus) -> None:
    assert the_fill({**TRADE, "status": prefix + word}).status is status


@pytest.mark.parametrize(
    "change",
    [
        {"status": "UNDER_REVIEW"},
        {"status": None},
        {"size": 10},
        {"size": ""},
        {"size": None},
        {"size": "41"},
        {"price": "1.2"},
        {"price": "0"},
        {"price": None},
        {"side": "SELL"},
        {"side": "buy it"},
        {"asset_id": str(NO_TOKEN)},
        {"taker_order_id": None},
        {"id": ""},
        {"maker_orders": "none"},
        {"maker_orders": [7]},
        {"fee_rate_bps": "x"},
    ],
)
def test_a_trade_that_cannot_be_read_makes_the_read_unknown(change: dict[str, object]) -> None:
    assert isinstance(read(None, [{**TRADE, **change}]), OutcomeUnknown)


@pytest.mark.parametrize(
    ("size", "quantity_e6"), [("10.0", 10_000_000), ("10000000", 10_000_000), ("2.500001", 2_500_001)]
)
def test_sizes_in_both_units(size: str, quantity_e6: int) -> None:
    assert the_fill({**TRADE, "size": size, "maker_orders": []}, FAK).qty_e6 == quantity_e6


def test_one_unit_for_all_trades_of_an_order() -> None:
    """Two parts, the small one an integer that alone could be either: the other's point settles it."""
    big = evolve(FAK, intent=evolve(FAK.intent, size_e2=10_000_000))
    small = {**TRADE, "size": "30000", "maker_orders": []}
    assert isinstance(read(None, [small], big), OutcomeUnknown)
    said = read(None, [small, {**TRADE, "id": "t-2", "size": "0.5", "maker_orders": []}], big)
    assert isinstance(said, OrderReport)
    assert said.matched_e6 == 30_000_500_000


def test_a_trade_costs_what_its_makers_say_and_never_less_than_its_own_price() -> None:
    half = {**MAKER, "matched_amount": "5"}
    dearer = {**half, "price": "0.39"}
    complement = {**half, "asset_id": str(NO_TOKEN), "price": "0.6"}
    assert the_fill({**TRADE, "maker_orders": [half, complement]}).cost_micros == 4_000_000
    # Makers below the row's price: the row's is worse for a buyer.
    assert the_fill({**TRADE, "maker_orders": [half, dearer]}).cost_micros == 4_000_000
    # Makers above it: theirs is worse.
    above = {**half, "price": "0.41"}
    assert the_fill({**TRADE, "maker_orders": [half, above]}).cost_micros == 4_050_000
    # Makers that do not add up say nothing.
    assert the_fill({**TRADE, "maker_orders": [above]}).cost_micros == 4_000_000


def test_a_sale_brings_the_lesser_of_both() -> None:
    sale = evolve(FAK, intent=evolve(FAK.intent, buys=False))
    trade = {**TRADE, "side": "SELL", "maker_orders": [{**MAKER, "price": "0.41"}]}
    assert the_fill(trade, sale).cost_micros == 4_000_000
    assert the_fill({**trade, "maker_orders": [{**MAKER, "price": "0.39"}]}, sale).cost_micros == 3_900_000


def test_costs_are_rounded_against_us() -> None:
    trade = {**TRADE, "size": "3.333333", "maker_orders": [], "price": "0.4"}
    assert the_fill(trade, FAK).cost_micros == 1_333_334
    sale = evolve(FAK, intent=evolve(FAK.intent, buys=False))
    assert the_fill({**trade, "side": "SELL"}, sale).cost_micros == 1_333_333


@pytest.mark.parametrize(
    ("bps", "rate_ppm"),
    [("", 40_000), ("0", 40_000), ("100", 40_000), ("700", 70_000), (700, 70_000), ("700.5", 70_050)],
)
def test_a_fee_is_the_schedules_and_never_below_what_the_row_implies(bps: object, rate_ppm: int) -> None:
    fee = the_fill({**TRADE, "fee_rate_bps": bps}).fee_micros
    assert fee == fee_micros(polymarket_curve(rate_ppm), 4_000, 10_000_000)


def test_a_price_finer_than_the_units_has_the_higher_fee_of_its_neighbours() -> None:
    fee = the_fill({**TRADE, "price": "0.40005", "maker_orders": []}).fee_micros
    assert fee == fee_micros(polymarket_curve(40_000), 4_001, 10_000_000)


def test_a_row_that_comes_twice_is_one_and_two_that_differ_are_none() -> None:
    said = read(None, [TRADE, dict(TRADE)])
    assert isinstance(said, OrderReport)
    assert len(said.fills) == 1
    assert isinstance(read(None, [TRADE, {**TRADE, "status": "TRADE_STATUS_FAILED"}]), OutcomeUnknown)


def test_parts_of_a_match_are_trades_of_their_own() -> None:
    half = {**TRADE, "size": "5", "maker_orders": []}
    said = read(None, [half, {**half, "id": "t-2", "bucket_index": 1}])
    assert isinstance(said, OrderReport)
    assert [fill.fill_id for fill in said.fills] == ["t-1", "t-2"]
    assert isinstance(read(None, [half, {**half, "bucket_index": 1}]), OutcomeUnknown)


def test_an_order_that_rested_is_found_among_the_makers() -> None:
    ours = {**MAKER, "order_id": ORDER_ID, "matched_amount": "7.5", "side": "BUY"}
    trade = {**TRADE, "taker_order_id": OTHER_ID, "side": "SELL", "size": "9", "maker_orders": [ours]}
    assert the_fill(trade, FAK).qty_e6 == 7_500_000
    assert isinstance(
        read(None, [{**trade, "maker_orders": [{**ours, "side": "SELL"}]}], FAK), OutcomeUnknown
    )


@pytest.mark.parametrize(
    ("word", "reported"),
    [
        ("ORDER_STATUS_LIVE", Reported.LIVE),
        ("LIVE", Reported.LIVE),
        ("DELAYED", Reported.LIVE),
        ("ORDER_STATUS_MATCHED", Reported.TERMINAL),
        ("ORDER_STATUS_CANCELED", Reported.TERMINAL),
        ("CANCELED_MARKET_RESOLVED", Reported.TERMINAL),
        ("ORDER_STATUS_INVALID", Reported.TERMINAL),
    ],
)
def test_an_active_order_says_its_status(word: str, reported: Reported) -> None:
    said = read({**ORDER, "status": word}, [])
    assert isinstance(said, OrderReport)
    assert (said.reported, said.matched_e6) == (reported, 0)


@pytest.mark.parametrize(("original", "matched"), [("10", "2"), ("10.00", "2.0"), ("10000000", "2000000")])
def test_the_order_tells_its_own_unit_by_its_size(original: str, matched: str) -> None:
    said = read({**ORDER, "original_size": original, "size_matched": matched}, [])
    assert isinstance(said, OrderReport)
    assert said.matched_e6 == 2_000_000


@pytest.mark.parametrize(
    "change",
    [
        {"id": OTHER_ID},
        {"status": "UNDER_REVIEW"},
        {"status": 7},
        {"size_matched": None},
        {"size_matched": 2},
        {"size_matched": "2.0000001"},
        {"size_matched": "50"},
        {"original_size": None},
    ],
)
def test_an_order_that_cannot_be_read_is_unknown(change: dict[str, object]) -> None:
    assert isinstance(read({**ORDER, **change}, []), OutcomeUnknown)


def test_the_larger_of_total_and_trades_counts() -> None:
    said = read({**ORDER, "size_matched": "5"}, [TRADE])
    assert isinstance(said, OrderReport)
    assert said.matched_e6 == 10_000_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(TRADE)), json_values, max_size=4))
def test_no_trade_crashes_the_parser(change: dict[str, object]) -> None:
    said = read(None, [{**TRADE, **change}])
    if isinstance(said, OrderReport):
        assert 0 <= said.matched_e6 <= 40_000_000


@given(st.dictionaries(st.sampled_from(list(ORDER)), json_values, max_size=4))
def test_no_order_crashes_the_parser(change: dict[str, object]) -> None:
    said = read({**ORDER, **change}, [TRADE])
    if isinstance(said, OrderReport):
        assert said.matched_e6 >= 10_000_000


def test_the_token_of_the_test_is_the_orders() -> None:
    assert ASKED.token_id == str(YES_TOKEN)
