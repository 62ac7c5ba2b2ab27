"""Kalshi's reads and its socket against any JSON: a value or a named refusal, and no book that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bent import MANY
from kalshi_bent import bent, readable
from kalshi_kit import CLIENT_ID, EVENT, INTENT, MARKET, SERIES, fill, market, order
from pairlock.facts import OrderReport
from pairlock.model import Outcome
from pairlock_adapters.kalshi import parse_account, parse_market, parse_stream
from pairlock_adapters.kalshi.books import BookKeeper
from pairlock_adapters.kalshi.fields import page

LEVELS = {"yes_dollars": [["0.4000", "1.00"], ["0.3000", "2.00"]], "no_dollars": [["0.5000", "1.00"]]}
BREAKDOWN = {"balance": 5, "balance_breakdown": [{"exchange_index": 0, "balance": "3.0000"}]}
STATUS = {"exchange_index": 0, "exchange_active": True, "trading_active": True}
CHANGE = {
    "series_ticker": SERIES,
    "fee_type": "quadratic",
    "fee_multiplier": 1,
    "scheduled_ts": "2030-01-02T12:00:00Z",
}
EVENT_ROW = {
    "event_ticker": EVENT,
    "series_ticker": SERIES,
    "fee_type_override": "quadratic",
    "fee_multiplier_override": 2,
}
SETTLED = {
    "ticker": MARKET,
    "market_result": "void",
    "revenue": 450,
    "yes_count_fp": "10.00",
    "no_count_fp": "0.00",
}
LIMITS = {"usage_tier": "basic", "read": {"refill_rate": 200}, "write": {"refill_rate": 100}}
PARSERS: list[tuple[Callable[[Any], object], Any]] = [
    (lambda body: parse_market.market(body, MARKET), {"market": market(settlement_value_dollars="0.5000")}),
    (
        lambda body: parse_market.series_fees(body, SERIES),
        {"series": {"ticker": SERIES, "fee_type": "quadratic", "fee_multiplier": 1}},
    ),
    (lambda body: parse_market.event_series(body, EVENT), {"event": EVENT_ROW}),
    (lambda body: parse_market.fee_changes(body, SERIES), {"series_fee_change_arr": [CHANGE]}),
    (
        lambda body: parse_market.event_fee_changes(body, EVENT, parse_market.SeriesFees("quadratic", 1)),
        {"event_fee_changes": [EVENT_ROW | {"scheduled_ts": "2030-01-02T12:00:00Z"}], "cursor": ""},
    ),
    (lambda body: parse_market.book(body, MARKET, 1), {"orderbook_fp": LEVELS}),
    (lambda body: parse_market.pauses(body, 0), STATUS | {"exchange_index_statuses": [STATUS]}),
    (lambda body: parse_account.balance_micros(body, 0), BREAKDOWN),
    (lambda body: parse_account.balance_micros(body, 0), {"balance": 5, "balance_dollars": "5.0000"}),
    (parse_account.tier_limits, LIMITS),
    (lambda body: page(body, "orders", 2), {"orders": [order()], "cursor": ""}),
]


@MANY
@given(st.sampled_from(PARSERS).flatmap(lambda each: st.tuples(st.just(each[0]), bent(each[1]))))
def test_a_read_of_a_market_or_the_account_is_a_value_or_a_named_refusal(case: Any) -> None:
    parse, body = case
    readable(lambda: parse(body))


def test_the_true_messages_are_read() -> None:
    """What the fuzz bends is taken as it is: else it would bend what is refused anyway."""
    assert all(readable(lambda parse=parse, body=body: parse(body)) is not None for parse, body in PARSERS)  # type: ignore[misc]


@MANY
@given(bent({"market": market(status="finalized", result="scalar", settlement_value_dollars="0.2600")}))
def test_a_payout_is_told_or_refused_and_both_outcomes_share_a_dollar(body: Any) -> None:
    found = readable(lambda: parse_market.market(body, MARKET))
    if not isinstance(found, parse_market.Market):
        return
    yes = readable(lambda: parse_market.payout(found, Outcome.YES))
    no = readable(lambda: parse_market.payout(found, Outcome.NO))
    assert (yes is None) == (no is None)
    if yes is not None and no is not None:
        assert yes.per_contract_e4 + no.per_contract_e4 == 10_000  # type: ignore[attr-defined]
        assert found.paid


@MANY
@given(bent([SETTLED]), bent([{"ticker": MARKET, "position_fp": "-2.50"}]))
def test_settlements_and_positions_are_told_or_refused(settled: Any, held: Any) -> None:
    def rows(found: Any) -> list[Any]:
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    paid = readable(lambda: parse_account.settled_payout(rows(settled), MARKET, Outcome.YES))
    assert paid is None or 0 <= paid.per_contract_e4 <= 10_000  # type: ignore[attr-defined]
    position = readable(lambda: parse_account.position_e6(rows(held), MARKET))
    if position == 0:
        zeros = [row for row in rows(held) if row.get("ticker") == MARKET]
        assert all(set(row["position_fp"]) <= set("-0.") for row in zeros)


SNAPSHOT = {
    "type": "orderbook_snapshot",
    "sid": 1,
    "seq": 1,
    "msg": {
        "market_ticker": MARKET,
        "yes_dollars_fp": [["0.4000", "1.00"]],
        "no_dollars_fp": [["0.5000", "1.00"]],
    },
}
DELTA = {
    "type": "orderbook_delta",
    "sid": 1,
    "seq": 2,
    "msg": {
        "market_ticker": MARKET,
        "side": "yes",
        "price_dollars": "0.4000",
        "delta_fp": "-0.50",
        "ts_ms": 5,
    },
}
PRIVATE = [
    {"type": "fill", "sid": 2, "msg": fill(client_order_id=CLIENT_ID)},
    {"type": "user_order", "sid": 3, "msg": order()},
]
OTHERS = [
    {"type": "error", "id": 1, "msg": {"code": 16, "msg": "Market not found", "market_ticker": MARKET}},
    {"type": "subscribed", "id": 1, "msg": {"channel": "orderbook_delta", "sid": 1}},
    {"type": "market_lifecycle_v2", "sid": 4, "msg": {"market_ticker": MARKET, "event_type": "determined"}},
    {"type": "ok", "sid": 1, "seq": 2, "msg": {"market_tickers": [MARKET]}},
]


@MANY
@given(st.lists(st.sampled_from([SNAPSHOT, DELTA, *OTHERS]).flatmap(bent), max_size=5))
def test_a_book_keeper_hears_anything_and_serves_no_book_that_cannot_be(messages: list[Any]) -> None:
    keeper = BookKeeper(yes_prices=True)
    for body in messages:
        assert isinstance(keeper.hear(body), bool)
        book = keeper.book(MARKET, 1)
        if book is not None:
            assert all(size > 0 and 0 < price < 10_000 for price, size in (*book.bids, *book.asks))
            assert not book.bids or not book.asks or book.bids[0][0] < book.asks[0][0]


@MANY
@given(st.sampled_from([*PRIVATE, *OTHERS, DELTA]).flatmap(bent))
def test_news_are_reports_of_ours_or_nothing(body: Any) -> None:
    if not isinstance(body, dict):
        return
    said = readable(
        lambda: parse_stream.order_news(body, lambda client, _: INTENT if client == CLIENT_ID else None, 5)
    )
    if isinstance(said, OrderReport):
        assert body["msg"]["client_order_id"] == CLIENT_ID
        assert said.asked_at_ms == parse_stream.NEVER_ASKED_MS
    assert parse_stream.socket_error(body).code >= -(10**31)
    assert parse_stream.lateness_ms(body, 7) >= 0
    parse_stream.market_news(body)
    parse_stream.subscription(body)
