"""Polymarket's parsers against any JSON: a fact or a named refusal, no other exception, no zero out of nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bent import MANY
from pairlock.facts import CancelAcked, NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.model import Outcome
from pairlock_adapters.net.answers import parsed
from pairlock_adapters.net.sockets import Resync
from pairlock_adapters.polymarket import parse_account, parse_markets
from pairlock_adapters.polymarket.books import rest_book
from pairlock_adapters.polymarket.feed import MarketFeed
from pairlock_adapters.polymarket.parse_markets import Reading
from pairlock_adapters.polymarket.parse_orders import Heard, cancel_answer, order_answer
from pairlock_adapters.polymarket.parse_stream import user_news
from pairlock_adapters.polymarket.parse_trades import order_read
from pairlock_adapters.polymarket.quantities import Unreadable
from pairlock_adapters.polymarket.words import ORDER_WORDS, order_word
from pairlock_adapters.words_page import Certainty
from polymarket_bent import anything, bent
from polymarket_bodies import ASKED, DETAILS, FULL, GAMMA, MATCHED, ORDER, ORDER_ID, OTHER_ID, TRADE
from polymarket_kit import CONDITION, INTENT, MARKET, YES_TOKEN
from polymarket_server import CLOCK
from test_polymarket_books import EXPECTED, change
from test_polymarket_books import body as book_body

STATUSES = [200, 201, 204, 301, 400, 401, 403, 404, 408, 409, 410, 425, 429, 500, 502, 503, 504, 599]
ERRORS = [{"error": f"order {ORDER_ID} is invalid. {word.text}"} for word in ORDER_WORDS]
LIVE = {**MATCHED, "status": "live"}
REJECTED = {**MATCHED, "orderID": "", "status": "", "errorMsg": ORDER_WORDS[0].text}


@MANY
@given(
    st.sampled_from(STATUSES),
    st.sampled_from([MATCHED, {**MATCHED, "status": "live"}, REJECTED, *ERRORS]).flatmap(bent),
)
def test_an_answer_is_a_fact_and_a_zero_only_where_a_row_says_so(status: int, body: Any) -> None:
    said = order_answer(INTENT, ORDER_ID, Heard(status, parsed(json.dumps(body).encode()), 1, 2))
    assert isinstance(said, OrderReport | OutcomeUnknown)
    assert said.intent_id == INTENT.intent_id
    if isinstance(said, OutcomeUnknown):
        return
    assert said.fills == ()
    word = order_word(status, body)
    if said.reason:
        assert word is not None
        assert word.certainty is Certainty.NO
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
    else:
        assert status in (200, 201)
        assert body["orderID"].lower() == ORDER_ID
        assert body["status"] in ("matched", "live", "delayed")
        assert said.reported is not Reported.CERTAIN or 10_000_000 <= said.matched_e6 <= 40_000_000


@MANY
@given(st.sampled_from(STATUSES), bent({"canceled": [ORDER_ID], "not_canceled": {OTHER_ID: "matched"}}))
def test_a_cancel_is_acknowledged_only_where_our_id_is_listed(status: int, body: Any) -> None:
    said = cancel_answer(INTENT, ORDER_ID, Heard(status, body, 1, 2))
    assert isinstance(said, CancelAcked | OutcomeUnknown)
    if isinstance(said, CancelAcked):
        assert status == 200
        assert ORDER_ID in [str(each).lower() for each in body["canceled"]]


OTHERS = {**TRADE, "id": "t-9", "taker_order_id": OTHER_ID}
SECOND = {**TRADE, "id": "t-2", "size": "2.5", "status": "TRADE_STATUS_CONFIRMED", "maker_orders": []}


@MANY
@given(st.none() | bent(ORDER), bent([TRADE, OTHERS, SECOND]))
def test_a_read_is_a_fact_and_not_found_only_where_nothing_could_be_ours(order: Any, trades: Any) -> None:
    rows = [row for row in trades if isinstance(row, dict)] if isinstance(trades, list) else []
    said = order_read(ASKED, order, rows, 1, 2)
    assert isinstance(said, OrderReport | NotFound | OutcomeUnknown)
    if isinstance(said, NotFound):
        assert order is None
        assert not any(ORDER_ID in json.dumps(row).lower() for row in rows)
    elif isinstance(said, OrderReport):
        assert sum(fill.qty_e6 for fill in said.fills) <= said.matched_e6 <= 40_000_000
        assert len({fill.fill_id for fill in said.fills}) == len(said.fills)
        assert all(fill.cost_micros >= 0 and fill.fee_micros >= 0 for fill in said.fills)
        assert order is not None or said.fills


@MANY
@given(
    st.sampled_from([
        {**ORDER, "event_type": "order", "type": "PLACEMENT", "status": "LIVE"},
        {**ORDER, "event_type": "order", "type": "CANCELLATION", "status": "CANCELED"},
        {**TRADE, "event_type": "trade", "status": "MATCHED"},
    ]).flatmap(bent)
)  # fmt: skip
def test_news_are_reports_of_ours_that_are_never_later_than_a_read(body: Any) -> None:
    if not isinstance(body, dict):
        return
    try:
        told = user_news(body, lambda name: ASKED if name == ORDER_ID else None, 2)
    except Unreadable:
        return
    for said in told:
        assert (said.intent_id, said.asked_at_ms) == (INTENT.intent_id, -1)
        assert said.reported is not Reported.CERTAIN
        assert ORDER_ID in json.dumps(body)


MARKET_NEWS = [book_body(), change("BUY", "0.41", "3", best_bid="0.41"), change("SELL", "0.42", "0")]


def listening() -> MarketFeed:
    feed = MarketFeed(CLOCK, CLOCK.now_ms, lambda market, tick_e4: None, most_books=1)
    feed.watch(MARKET)
    feed._connected = True
    return feed


@MANY
@given(
    st.lists(
        st.sampled_from(
            [book_body(), change("BUY", "0.41", "3", best_bid="0.41"), change("SELL", "0.42", "0")]
        ).flatmap(bent)
        | anything,
        max_size=4,
    )
)
async def test_a_book_is_served_only_as_true_messages_tell_it(messages: list[Any]) -> None:
    feed = listening()
    for message in messages:
        try:
            await feed.on_text(json.dumps(message), CLOCK.now_ms())
        except Resync:
            return  # the socket begins anew, and every book with it
        kept = feed.book(CONDITION, not_before_ms=0, most_late_ms=10**15)
        if kept is not None:
            assert not kept.bids or not kept.asks or kept.bids[0][0] < kept.asks[0][0]
            assert all(
                0 < price_e4 < 10_000 and size_e2 > 0 for price_e4, size_e2 in (*kept.bids, *kept.asks)
            )


READS: list[tuple[Any, Callable[[Any], object]]] = [
    ({"balance": "25", "allowances": {"0x01": "7"}}, parse_account.holding),
    ({"closed_only": False}, parse_account.closed_only),
    (1_790_000_000, parse_account.server_time_ms),
    ({"blocked": False, "country": "DE", "region": ""}, parse_account.region_of),
    ({"next_cursor": "LTE="}, parse_account.next_cursor),
    ([{"asset": str(YES_TOKEN), "size": "12.5"}], parse_account.positions_e6),
    (DETAILS, lambda body: parse_markets.market_of(CONDITION, body, FULL, Reading({}), GAMMA)),
    (FULL, lambda body: parse_markets.market_of(CONDITION, DETAILS, body, Reading({}))),
    (FULL, lambda body: parse_markets.payout_of(MARKET, Outcome.YES, body)),
    (FULL, lambda body: parse_markets.tokens_of(CONDITION, body, Reading({}))),
    (FULL, parse_markets.details_in),
    (GAMMA, lambda body: parse_markets.gamma_payout(MARKET, Outcome.YES, body)),
    ([GAMMA], lambda body: parse_markets.gamma_market(body, CONDITION)),
]


@pytest.mark.parametrize("number", range(len(READS)))
@MANY
@given(data=st.data())
def test_other_reads_are_read_or_refused_by_name(number: int, data: st.DataObject) -> None:
    plain, read = READS[number]
    read(plain)
    body = data.draw(bent(plain))
    try:
        found = read(body)
    except Unreadable:
        return
    if read is parse_account.holding:
        assert found == parse_account.Holding(int(body["balance"]), found.allowances)  # type: ignore[attr-defined]


@MANY
@given(bent(book_body()))
def test_a_book_that_is_read_is_the_book_of_its_hash_or_refused(body: Any) -> None:
    try:
        found = rest_book(body, market=CONDITION, token_id=str(YES_TOKEN), yes=True, read_at_ms=77)
    except Unreadable:
        return
    assert found == EXPECTED
