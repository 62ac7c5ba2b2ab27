"""Findings of the review of the adapters, on Polymarket: refusals, ids after a restart, hostile messages, payouts."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from attrs import evolve

from pairlock.facts import NotFound, OrderReport, OutcomeUnknown
from pairlock.model import FillStatus, Outcome
from pairlock.ports import VenueError
from pairlock_adapters.polymarket.build import fields_of
from pairlock_adapters.polymarket.parse_orders import Heard, order_answer
from pairlock_adapters.polymarket.parse_stream import user_news
from pairlock_adapters.polymarket.sign.order import order_hash
from pairlock_adapters.polymarket.venue import open_polymarket
from polymarket_bodies import ASKED, GAMMA, MAKER, ORDER_ID, TRADE, resolved
from polymarket_kit import CONDITION, INTENT, MARKET, wallet
from polymarket_server import CLOCK, TOKEN, clob, configured, fresh, go, intent, trading, until
from test_polymarket_books import change


@pytest.mark.parametrize("body", ["order 0xabc: unauthorized", {"message": "unauthorized"}, ["unauthorized"]])
def test_a_401_that_says_anything_else_than_that_the_key_is_refused_is_unknown(body: Any) -> None:
    """A 401 whose words were not under `error` counted as one that says nothing: an error within, which also comes as
    a 401 and perhaps after the order was taken, became a certain no."""
    assert isinstance(order_answer(INTENT, ORDER_ID, Heard(401, body, 1, 2)), OutcomeUnknown)
    for empty in ("", None, {}, {"error": ""}, {"error": "Unauthorized"}):
        assert isinstance(order_answer(INTENT, ORDER_ID, Heard(401, empty, 1, 2)), OrderReport)


async def test_an_order_is_read_and_cancelled_by_the_id_it_was_sent_under() -> None:
    """After a restart with another wallet setting the computed id was another one, and the order that the journal
    names by its id was not found: a live order could be proved absent."""
    order = intent()
    async with clob() as server:
        async with open_polymarket(configured(server), CLOCK) as venue:
            await venue.rules(CONDITION)
            sent = venue.order_id_of(order)
        trade = {**TRADE, "taker_order_id": sent}
        server.on("GET /data/trades", (200, {"data": [trade], "next_cursor": "LTE="}))
        server.on(f"GET /data/order/{sent}", (404, {"error": "order not found"}))
        server.on("DELETE /order", (200, {"canceled": [], "not_canceled": {}}))
        changed = configured(server, builder="0x" + "11" * 32)
        async with open_polymarket(changed, CLOCK) as venue:
            await venue.rules(CONDITION)
            server.on(f"GET /data/order/{venue.order_id_of(order)}", (404, {"error": "order not found"}))
            said = await venue.read_order(order, sent)
            assert isinstance(said, OrderReport)
            assert (said.matched_e6, said.venue_ref) == (10_000_000, sent)
            await venue.cancel(order, sent)
            assert server.seen("DELETE /order")[-1].json() == {"orderID": sent}


async def test_an_order_signed_for_the_markets_other_contract_is_not_absent() -> None:
    """A market whose neg_risk flag is read otherwise after a restart gives the order another id; its trades stood in
    the list that was read, and it was not found all the same."""
    order = intent()
    other = order_hash(*fields_of(order, evolve(MARKET, neg_risk=True), wallet()))
    async with trading() as (server, venue):
        await venue.rules(CONDITION)
        server.on(f"GET /data/order/{venue.order_id_of(order)}", (404, {"error": "order not found"}))
        assert isinstance(await venue.read_order(order, ""), NotFound)
        trade = {**TRADE, "taker_order_id": other}
        server.on("GET /data/trades", (200, {"data": [trade], "next_cursor": "LTE="}))
        assert isinstance(await venue.read_order(order, ""), OutcomeUnknown)


async def test_no_message_of_a_socket_ends_its_task() -> None:
    """Half of a surrogate pair in a message's text could not be encoded for the book's hash: the error ended the
    socket's task and with it the venue. A tick of nothing divided the next order's price by zero."""
    async with trading(sockets=True) as (server, venue):
        await venue.book(CONDITION)
        await until(lambda: server.told["market"])
        await server.push("market", fresh(tick_size="\ud800"))
        await until(lambda: "hash" in venue.feed.doubt_of(CONDITION))
        await server.push("market", fresh())
        await until(lambda: venue.feed.doubt_of(CONDITION) == "")
        traded = {"event_type": "last_trade_price", "asset_id": TOKEN, "price": "\ud800"}
        stamp = str(CLOCK.wall_ms() + 1_000)
        await server.push("market", traded, change("BUY", "0.41", "3", stamp, hash="0" * 40))
        tick = {
            "event_type": "tick_size_change",
            "asset_id": TOKEN,
            "market": CONDITION,
            "new_tick_size": "0",
        }
        await server.push("market", tick)
        await until(lambda: "tick" in venue.feed.doubt_of(CONDITION))
        known = venue.markets.known(CONDITION)
        assert known is not None
        assert known.tick_e4 == 100
        server.on("POST /order", (400, {"error": "not enough balance / allowance"}))
        assert isinstance(await venue.place(intent(), go), OrderReport)


@pytest.mark.parametrize("prices", ['["0.9995", "0.0005"]', '["0.3", "0.7"]'])
async def test_a_resolved_market_pays_all_nothing_or_a_half(prices: str) -> None:
    """Gamma's last prices of a resolved market were taken for what its shares pay; the oracle's answer is YES, NO or
    50-50, and anything else is a price that was not replaced yet."""
    async with trading() as (server, venue):
        server.on(f"GET /markets/{CONDITION}", (200, resolved(False, False)))
        server.on("GET /markets", (200, [{**GAMMA, "outcomePrices": prices}]))
        with pytest.raises(VenueError):
            await venue.resolution(CONDITION, Outcome.YES)


def test_a_trade_whose_bucket_changes_on_its_way_is_one_fill() -> None:
    """The venue's own example tells one trade first as matched in bucket 0, then as confirmed in bucket 88. The bucket
    was part of the fill's id: the trade counted twice, and its first half never became final."""
    told = [
        user_news(
            {**TRADE, "event_type": "trade", **more}, lambda ident: ASKED if ident == ORDER_ID else None, 5
        )[0].fills[0]
        for more in ({"status": "MATCHED"}, {"status": "CONFIRMED", "bucket_index": 88})
    ]
    assert [fill.fill_id for fill in told] == [TRADE["id"], TRADE["id"]]
    assert [fill.status for fill in told] == [FillStatus.PENDING, FillStatus.FINAL]


async def test_what_an_exit_must_read_is_read_although_the_venue_said_too_many_requests() -> None:
    """After a 429 under every key the reads that an exit needs, whether orders are taken and the book, were refused by
    our own rate limit as those of entries are."""
    async with trading() as (server, venue):
        await venue.rules(CONDITION)
        server.on("GET /balance-allowance", (429, {"error": "slow"}, "Retry-After: 30\r\n"))
        with pytest.raises(VenueError):
            await venue.balance_micros()
        assert await venue.taker_open(CONDITION)
        assert (await venue.book(CONDITION)).bids[0] == (4_000, 1_250)
        with pytest.raises(VenueError):
            await venue.rules(CONDITION)


async def test_a_book_of_which_nothing_was_told_for_long_is_read() -> None:
    """Nothing is numbered on the market socket, and any message of any market made every book fresh: one whose own
    news had silently stopped was served for ever."""
    async with trading(sockets=True) as (server, venue):
        await venue.book(CONDITION)
        await until(lambda: server.told["market"])
        await server.push("market", fresh())
        await until(lambda: venue.feed.doubt_of(CONDITION) == "")
        await venue.book(CONDITION)
        before = len(server.seen("GET /book"))
        venue.feed.quiet_ms = 50
        await trio.sleep(0.1)
        heard_ms = venue.feed.heard_ms
        await server.push("market", {"event_type": "new_market", "market": "0x01"})
        await until(lambda: venue.feed.heard_ms > heard_ms)
        await venue.book(CONDITION)
        assert len(server.seen("GET /book")) == before + 1


def test_a_maker_that_names_no_token_does_not_turn_its_price_upside_down() -> None:
    """A maker's row without its token was taken for one of the other token: what cost 40 cents was booked at 60."""
    maker = {name: value for name, value in MAKER.items() if name != "asset_id"}
    told = {**TRADE, "event_type": "trade", "maker_orders": [maker]}
    (said,) = user_news(told, lambda ident: ASKED if ident == ORDER_ID else None, 5)
    assert said.fills[0].cost_micros == 4_000_000
