"""What Kalshi says of markets: ticks, fees, books, pauses, results, pages, times."""

from typing import Any

import pytest

from kalshi_kit import EVENT, MARKET, SERIES, Number, market, without
from pairlock.fees import kalshi_quadratic
from pairlock.model import Outcome, Payout
from pairlock_adapters.kalshi import parse_market
from pairlock_adapters.kalshi.fields import Unreadable, page, time_ms
from pairlock_adapters.kalshi.parse_market import SeriesFees

NOON_MS = 1_893_585_600_000
LINEAR = [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}]
TAPERED = [
    {"start": "0.0000", "end": "0.1000", "step": "0.0010"},
    {"start": "0.1000", "end": "0.9000", "step": "0.0100"},
    {"start": "0.9000", "end": "1.0000", "step": "0.0010"},
]


def read(**changes: Any) -> parse_market.Market:
    return parse_market.market({"market": market(**changes)}, MARKET)


@pytest.mark.parametrize(
    ("ranges", "tick_e4"),
    [
        (LINEAR, 100),
        (TAPERED, 100),
        ([{"start": "0.0000", "end": "1.0000", "step": "0.0010"}], 10),
        ([{"start": "0", "end": "1", "step": "0.005"}], 50),
        ([{"start": "0", "end": "1", "step": "0.00005"}], 1),
        (
            [{"start": "0", "end": "0.5", "step": "0.0020"}, {"start": "0.5", "end": "1", "step": "0.0050"}],
            100,
        ),
    ],
)
def test_the_tick_is_the_finest_that_every_band_takes(ranges: Any, tick_e4: int) -> None:
    assert read(price_ranges=ranges).tick_e4 == tick_e4


@pytest.mark.parametrize(
    "ranges",
    [
        [],
        None,
        "linear_cent",
        [{"start": "0", "end": "1"}],
        [{"start": "0", "end": "1", "step": "0"}],
        [{"start": "0", "end": "1", "step": "1"}],
        [{"start": "0", "end": "1", "step": "100"}],
        [{"start": "0.005", "end": "1", "step": "0.01"}],
        [{"start": "0", "end": "0.5", "step": "0.01"}],
        [{"start": 0, "end": 100, "step": 1}],
        [{"start": "0", "end": "1", "step": "0.01"}] * 65,
    ],
    ids=str,
)
def test_a_grid_without_a_common_tick_is_not_guessed(ranges: Any) -> None:
    with pytest.raises(Unreadable):
        read(price_ranges=ranges)


def test_a_market_is_open_only_where_its_status_is_known_to_be() -> None:
    assert read().open
    for status in ("initialized", "inactive", "closed", "determined", "finalized", "brand_new"):
        assert not read(status=status).open
    with pytest.raises(Unreadable):
        read(status=7)
    with pytest.raises(Unreadable):
        parse_market.market({"market": market()}, "KXOTHER")
    with pytest.raises(Unreadable):
        read(notional_value_dollars="0.1000")


def test_a_payout_is_read_of_a_paid_market_only() -> None:
    for status in ("active", "closed", "determined", "disputed", "amended"):
        found = read(status=status, result="yes", settlement_value_dollars="1.0000")
        assert parse_market.payout(found, Outcome.YES) is None


@pytest.mark.parametrize(
    ("result", "value", "yes", "no"),
    [
        ("yes", "1.0000", Payout(10_000), Payout(0)),
        ("no", "0.0000", Payout(0), Payout(10_000)),
        ("yes", None, Payout(10_000), Payout(0)),
        ("no", "", Payout(0), Payout(10_000)),
        ("scalar", "0.2600", Payout(2_600, "void"), Payout(7_400, "void")),
        ("scalar", "0.5000", Payout(5_000, "fifty_fifty"), Payout(5_000, "fifty_fifty")),
        ("scalar", "1.0000", Payout(10_000), Payout(0)),
        ("void", "0.5000", Payout(5_000, "void"), Payout(5_000, "void")),
    ],
)
def test_what_each_outcome_was_paid(result: str, value: Any, yes: Payout, no: Payout) -> None:
    found = read(status="finalized", result=result, settlement_value_dollars=value)
    assert (parse_market.payout(found, Outcome.YES), parse_market.payout(found, Outcome.NO)) == (yes, no)


@pytest.mark.parametrize(
    ("result", "value"), [("yes", "0.0000"), ("no", "1.0000"), ("scalar", None), ("", None), ("void", None)]
)
def test_a_result_that_does_not_tell_what_it_paid_is_no_payout(result: str, value: Any) -> None:
    found = read(status="finalized", result=result, settlement_value_dollars=value)
    with pytest.raises(Unreadable):
        parse_market.payout(found, Outcome.YES)


@pytest.mark.parametrize("value", ["2.0000", "50", 50, -1, "0.50001", Number("0.5")])
def test_a_settlement_in_another_unit_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable):
        read(status="finalized", result="scalar", settlement_value_dollars=value)


def test_the_fees_are_those_of_the_series_or_of_the_event_that_overrides_them() -> None:
    series = {"series": {"ticker": SERIES, "fee_type": "quadratic", "fee_multiplier": 1}}
    assert parse_market.series_fees(series, SERIES) == SeriesFees("quadratic", 1_000_000)
    series["series"]["fee_multiplier"] = Number("0.5")
    assert parse_market.series_fees(series, SERIES).multiplier_ppm == 500_000
    event: dict[str, Any] = {"event": {"event_ticker": EVENT, "series_ticker": SERIES}}
    assert parse_market.event_series(event, EVENT) == (SERIES, None)
    event["event"] |= {"fee_type_override": "quadratic", "fee_multiplier_override": 2}
    assert parse_market.event_series(event, EVENT) == (SERIES, SeriesFees("quadratic", 2_000_000))
    with pytest.raises(Unreadable):
        parse_market.event_series({"event": event["event"] | {"fee_multiplier_override": None}}, EVENT)


def test_a_change_of_fees_that_is_near_is_in_force_where_it_is_dearer() -> None:
    now = SeriesFees("quadratic", 500_000)
    changes = parse_market.fee_changes(
        {
            "series_fee_change_arr": [
                {
                    "id": "c", "series_ticker": SERIES, "fee_type": "quadratic_with_maker_fees",
                    "fee_multiplier": 2, "scheduled_ts": "2030-01-02T12:30:00Z",
                },
                {
                    "id": "d", "series_ticker": "KXOTHER", "fee_type": "flat",
                    "fee_multiplier": 9, "scheduled_ts": "2030-01-02T12:00:00Z",
                },
            ]
        },
        SERIES,
    )  # fmt: skip

    def rate(wall_ms: int) -> int:
        return parse_market.fee_schedule(now, changes, wall_ms=wall_ms, direct_member=True).rate_ppm

    assert rate(NOON_MS) == 140_000
    assert rate(NOON_MS - 3_600_000) == 35_000


def test_the_schedule_is_the_engines_own_and_a_fee_that_cannot_be_computed_is_refused() -> None:
    now = SeriesFees("quadratic", 1_000_000)
    for direct in (True, False):
        found = parse_market.fee_schedule(now, (), wall_ms=0, direct_member=direct)
        assert found == kalshi_quadratic(direct_member=direct)
    for unknown in ("flat", "cubic"):
        with pytest.raises(Unreadable):
            parse_market.fee_schedule(SeriesFees(unknown, 1_000_000), (), wall_ms=0, direct_member=True)
        with pytest.raises(Unreadable):
            parse_market.fee_schedule(now, (SeriesFees(unknown, 0, 1),), wall_ms=0, direct_member=True)


@pytest.mark.parametrize("multiplier", [None, True, -1, "-1", "1e3", Number("1e3"), "x", [], "9" * 40])
def test_a_multiplier_of_another_form_is_refused(multiplier: Any) -> None:
    with pytest.raises(Unreadable):
        parse_market.series_fees({"series": {"fee_type": "quadratic", "fee_multiplier": multiplier}}, SERIES)


def test_a_book_is_bids_of_both_outcomes_in_whichever_order() -> None:
    body = {
        "orderbook_fp": {
            "yes_dollars": [["0.3000", "5.00"], ["0.4100", "12.50"], ["0.2000", "0.00"]],
            "no_dollars": [["0.5700", "4.00"], ["0.5500", "9.00"]],
        }
    }
    found = parse_market.book(body, MARKET, 70)
    assert found.bids == ((4_100, 1_250), (3_000, 500))
    assert found.asks == ((4_300, 400), (4_500, 900))
    assert (found.market, found.read_at_ms) == (MARKET, 70)
    empty = parse_market.book({"orderbook_fp": {"yes_dollars": None, "no_dollars": []}}, MARKET, 1)
    assert (empty.bids, empty.asks) == ((), ())


@pytest.mark.parametrize(
    "sides",
    [
        {"yes": [[40, 10]], "no": None},
        {"yes_dollars": []},
        {"yes_dollars": [["0.40", "1.00"]], "no_dollars": [["0.60", "1.00"]]},
        {"yes_dollars": [["0.40", "1.00"], ["0.4000", "2.00"]], "no_dollars": []},
        {"yes_dollars": [[40, 10]], "no_dollars": []},
        {"yes_dollars": [["40", "10"]], "no_dollars": []},
        {"yes_dollars": [["0.40", "-1.00"]], "no_dollars": []},
        {"yes_dollars": [["0.40"]], "no_dollars": []},
        {"yes_dollars": {"0.40": "1"}, "no_dollars": []},
    ],
    ids=str,
)
def test_a_book_that_cannot_be_is_not_served(sides: Any) -> None:
    with pytest.raises(Unreadable):
        parse_market.book({"orderbook_fp": sides}, MARKET, 1)


def test_pauses_are_those_of_the_markets_shard() -> None:
    body: dict[str, Any] = {"exchange_active": True, "trading_active": True}
    assert parse_market.pauses(body, 0).takes_orders
    assert not parse_market.pauses(body | {"trading_active": False}, 0).takes_orders
    assert not parse_market.pauses(body | {"exchange_active": False}, 0).takes_orders
    body["exchange_index_statuses"] = [
        {"exchange_index": 1, "exchange_active": True, "trading_active": False, "description": "sports"}
    ]
    assert parse_market.pauses(body, 0).takes_orders
    assert parse_market.pauses(body, 1).said == "trading is paused"
    for bad, shard in ((body, 2), ({}, 0), ({"exchange_active": "true", "trading_active": True}, 0), ("", 0)):
        with pytest.raises(Unreadable):
            parse_market.pauses(bad, shard)


def test_a_page_is_the_last_only_if_it_says_so_or_is_not_full() -> None:
    assert page({"orders": [], "cursor": ""}, "orders", 2) == ((), "")
    assert page({"orders": [{}], "cursor": "x"}, "orders", 2) == (({},), "x")
    assert page({"orders": [{}]}, "orders", 2) == (({},), "")
    cut: tuple[object, ...] = ({"orders": [{}, {}]}, {"orders": [], "cursor": 5}, {"orders": [1]}, {}, "")
    for bad in cut:
        with pytest.raises(Unreadable):
            page(bad, "orders", 2)


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("2030-01-02T12:00:00Z", NOON_MS),
        ("2030-01-02T12:00:00.5Z", NOON_MS + 500),
        ("2030-01-02T12:00:00.123999Z", NOON_MS + 123),
        ("1969-12-31T23:59:59.5Z", -500),
    ],
)
def test_a_time_is_read_to_the_millisecond(text: str, at_ms: int) -> None:
    assert time_ms({"t": text}, "t") == at_ms


@pytest.mark.parametrize(
    "value", ["", "2030-13-02T12:00:00Z", "2030-01-02", NOON_MS, None, "0000-00-00T00:00:00Z"]
)
def test_a_time_of_another_form_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable):
        time_ms({"t": value}, "t")


def test_a_missing_field_is_named_in_the_refusal() -> None:
    with pytest.raises(Unreadable, match="status"):
        parse_market.market({"market": without(market(), "status")}, MARKET)
