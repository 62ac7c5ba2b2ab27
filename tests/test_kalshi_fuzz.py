"""Kalshi's parsers against any JSON: a fact or a named refusal comes out, no other exception, no zero of nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_kit import (
    BUYS_NO,
    CLIENT_ID,
    EVENT,
    INTENT,
    MARKET,
    ORDER_ID,
    SERIES,
    accepted,
    fill,
    market,
    order,
)
from pairlock.facts import CancelAcked, NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.model import Outcome
from pairlock_adapters.kalshi import parse_account, parse_market, parse_stream
from pairlock_adapters.kalshi.books import BookKeeper
from pairlock_adapters.kalshi.fields import Unreadable, page
from pairlock_adapters.kalshi.parse_orders import Reading, cancel_answer, order_answer, order_read
from pairlock_adapters.kalshi.words import ORDER_WORDS, certainly_nothing, code_of
from pairlock_adapters.net.answers import parsed

MANY = settings(max_examples=300, deadline=None)
LATE_MS = 1_893_585_600_000

_WORDS = [
    "", "0", "0.00", "-1.00", "1e9", "NaN", "0.4500", "45", "10.00", "10000000.00", "yes", "no", "bid", "ask", "buy",
    "sell", "executed", "canceled", "resting", "void", "finalized", "active", "2030-01-02T12:00:00Z", "٣.٠", "1" * 400,
    ORDER_ID, CLIENT_ID, MARKET, EVENT, SERIES, *(word.code for word in ORDER_WORDS),
]  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.text(max_size=6), st.sampled_from(_WORDS)
)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_WORDS) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def bent(draw: st.DrawFn, plain: Any) -> Any:
    """A true message with some of its parts gone, replaced, or repeated; or anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(anything)
    body = deepcopy(plain)
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(body))
        if not places:
            break
        there, key = draw(st.sampled_from(places))
        what = draw(st.sampled_from(["gone", "replaced", "replaced", "repeated"]))
        if isinstance(there, list) and what == "repeated":
            there.append(deepcopy(there[key]))
        elif what == "gone":
            del there[key]
        else:
            there[key] = draw(anything)
    return body


def _places(body: Any) -> Any:
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in list(items):
        yield body, key
        yield from _places(value)


def readable(read: Callable[[], object]) -> object:
    """What a parser makes of it; None for a named refusal. Any other exception fails the test."""
    with suppress(Unreadable):
        return read()
    return None


ERRORS = [{"error": {"code": word.code, "message": "m", "details": ""}} for word in ORDER_WORDS]


@MANY
@given(
    st.sampled_from(
        [200, 201, 204, 301, 400, 401, 403, 404, 408, 409, 410, 425, 429, 500, 502, 503, 504, 599]
    ),
    st.sampled_from([accepted(), accepted(fill_count="0.00"), *ERRORS]).flatmap(bent),
)
def test_an_answer_to_an_order_is_a_fact_and_a_zero_only_where_it_was_said(status: int, body: Any) -> None:
    said = order_answer(INTENT, status, body, 1, 2)
    assert isinstance(said, OrderReport | OutcomeUnknown)
    assert said.intent_id == INTENT.intent_id
    if isinstance(said, OutcomeUnknown):
        return
    assert said.fills == ()
    if status >= 400:
        assert said.reason == certainly_nothing(status, body)
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
        named = {word.code for word in ORDER_WORDS if word.code and word.certainty.value == "certain no"}
        assert code_of(body) in named or status in (401, 403, 410, 425, 429)
    else:
        assert status in (200, 201)
        assert (body["order_id"], body["client_order_id"]) == (said.venue_ref, CLIENT_ID)
        assert body["fill_count"].rstrip("0").rstrip(".") == f"{said.matched_e6 / 1e6:.2f}".rstrip(
            "0"
        ).rstrip(".")
        assert not code_of(body)


@MANY
@given(
    bent([order(), order(order_id="o-2", client_order_id="mine")]),
    bent([fill(), fill(2, order_id="o-2"), fill(3)]),
    st.booleans(),
)
def test_a_read_is_a_fact_and_not_found_only_where_nothing_could_be_ours(
    orders: Any, fills: Any, no: bool
) -> None:
    def rows(found: Any) -> tuple[Any, ...]:
        return tuple(row for row in found if isinstance(row, dict)) if isinstance(found, list) else ()

    reading = Reading(rows(orders), rows(fills))
    said = order_read(BUYS_NO if no else INTENT, reading, 1, 2, LATE_MS)
    assert isinstance(said, OrderReport | NotFound | OutcomeUnknown)
    ours = [row for row in reading.orders if row.get("client_order_id") == CLIENT_ID]
    if isinstance(said, NotFound):
        assert not ours
        listed = [row.get("order_id") for row in reading.orders]
        young = [row for row in reading.fills if row.get("created_time") == "2030-01-02T12:00:00.25Z"]
        assert all(row.get("order_id") in listed for row in young)
    elif isinstance(said, OrderReport):
        assert ours or said.fills
        assert sum(each.qty_e6 for each in said.fills) <= said.matched_e6
        assert len({each.fill_id for each in said.fills}) == len(said.fills)
        names = [name for row in reading.fills for name in (row.get("trade_id"), row.get("fill_id"))]
        assert all(each.fill_id in names for each in said.fills)


@MANY
@given(
    st.sampled_from([200, 201, 404, 409, 500]),
    st.sampled_from(
        [
            {"order_id": ORDER_ID, "reduced_by": "4.00"},
            {
                "orders": [
                    {"order_id": ORDER_ID, "reduced_by": "4.00"},
                    {"order_id": "o-2", "reduced_by": "0.00"},
                ]
            },
        ]
    ).flatmap(bent),
)
def test_a_cancel_is_acknowledged_only_by_its_own_id(status: int, body: Any) -> None:
    said = cancel_answer(INTENT, ORDER_ID, status, body, 2)
    assert isinstance(said, CancelAcked | OutcomeUnknown)
    if isinstance(said, CancelAcked):
        assert status == 200
        assert ORDER_ID in json.dumps(body)


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


@MANY
@given(st.one_of(st.binary(max_size=60), bent(accepted()).map(lambda body: json.dumps(body).encode())))
def test_bytes_of_any_kind_become_a_fact(data: bytes) -> None:
    said = order_answer(INTENT, 201, parsed(data), 1, 2)
    assert isinstance(said, OrderReport | OutcomeUnknown)
