"""Polymarket over a real connection: orders once, read by their own id, keys that fail, a venue that shuts."""

from __future__ import annotations

import time
from typing import Any

import pytest
import trio

from pairlock.errors import UserError
from pairlock.facts import CancelAcked, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.ports import TimeInForce, VenueError
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.polymarket.config import PolymarketLimits
from pairlock_adapters.polymarket.venue import open_polymarket
from polymarket_bodies import FULL
from polymarket_kit import CONDITION
from polymarket_server import (
    CLOCK,
    LOST,
    clob,
    configured,
    go,
    intent,
    matched,
    official_id,
    trading,
)

ORDERS = "POST /order"


async def test_a_matched_order_has_the_id_that_was_known_before() -> None:
    async with trading() as (server, venue):
        server.on(ORDERS, matched)
        rules = await venue.rules(CONDITION)
        order = intent()
        known = venue.order_id_of(order)
        said = await venue.place(order, go)
        (asked,) = server.seen(ORDERS)
        assert official_id(asked) == known
        assert asked.json()["owner"] == "key-1"
        assert asked.json()["orderType"] == "FOK"
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6, said.venue_ref) == (Reported.CERTAIN, 10_000_000, known)
        assert (rules.tick_e4, rules.min_size_e2, rules.fees.rate_ppm) == (100, 500, 40_000)


async def test_an_id_is_asked_for_after_its_market_was_read() -> None:
    async with trading() as (_, venue):
        with pytest.raises(UserError, match="was not read yet"):
            venue.order_id_of(intent())


async def test_a_guard_that_refuses_leaves_nothing_written() -> None:
    async with trading() as (server, venue):
        said = await venue.place(intent(), lambda: "too late")
        assert isinstance(said, NotSent)
        assert said.reason == "too late"
        assert server.seen(ORDERS) == []


async def test_an_order_that_breaks_a_rule_is_not_sent() -> None:
    async with trading() as (server, venue):
        said = await venue.place(intent(limit_e4=4_050), go)
        assert isinstance(said, NotSent)
        assert "tick" in said.reason
        assert server.seen(ORDERS) == []


async def test_an_order_whose_market_cannot_be_read_is_not_sent() -> None:
    async with trading() as (server, venue):
        server.on(f"GET /markets/{CONDITION}", (500, {}))
        assert isinstance(await venue.place(intent(), go), NotSent)
        assert isinstance(await venue.place(intent(market="../order"), go), NotSent)
        assert server.seen(ORDERS) == []


async def test_a_lost_answer_is_unknown_and_nothing_is_sent_again() -> None:
    async with trading() as (server, venue):
        server.on(ORDERS, LOST, matched)
        order = intent()
        assert isinstance(await venue.place(order, go), OutcomeUnknown)
        await trio.sleep(0.05)
        assert len(server.seen(ORDERS)) == 1


async def test_an_answer_that_is_no_json_is_unknown() -> None:
    async with trading() as (server, venue):
        server.on(ORDERS, (200, b'{"success":'))
        assert isinstance(await venue.place(intent(), go), OutcomeUnknown)
        server.on("GET /time", (200, "soon"))
        with pytest.raises(VenueError):
            await venue.ping_ms()


async def test_a_venue_that_cannot_be_reached_got_nothing() -> None:
    async with clob() as server:
        config = configured(server)
        async with open_polymarket(config, CLOCK) as venue:
            await venue.rules(CONDITION)
            venue.client.http.orders.close()
            [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
            port = listener.socket.getsockname()[1]
            await listener.aclose()
            venue.client.requests.http = VenueHttp(f"http://127.0.0.1:{port}", CLOCK)
            assert isinstance(await venue.place(intent(), go), NotSent)


@pytest.mark.parametrize("status", [401, 429])
async def test_a_key_that_fails_on_an_order_is_left_and_the_order_is_not_posted_again(status: int) -> None:
    async with trading() as (server, venue):
        server.on(ORDERS, (status, {"error": "Unauthorized/Invalid api key"}), matched)
        said = await venue.place(intent(), go)
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
        assert len(server.seen(ORDERS)) == 1
        said = await venue.place(intent(intent_id="t-0002-0-1"), go)
        assert isinstance(said, OrderReport)
        assert said.matched_e6 == 10_000_000
        assert [each.json()["owner"] for each in server.seen(ORDERS)] == ["key-1", "key-2"]


async def test_another_key_sends_the_same_order() -> None:
    """The API key is no part of what is signed: the id does not depend on which key works."""
    async with trading() as (server, venue):
        server.on(ORDERS, (500, {"error": "odd"}))
        order = intent()
        await venue.place(order, go)
        venue.client.keys.failed(venue.client.keys.at_any_rate(), "test", CLOCK.now_ms() + 9_000)
        await venue.place(order, go)
        assert len({official_id(each) for each in server.seen(ORDERS)}) == 1


@pytest.mark.parametrize("status", [401, 429])
async def test_reads_and_cancels_are_asked_again_with_the_next_key(status: int) -> None:
    async with trading() as (server, venue):
        what = "GET /balance-allowance"
        server.on(what, (status, {"error": "no"}), (200, {"balance": "1", "allowances": {}}))
        before = len(server.seen(what))
        assert await venue.balance_micros() == 1
        assert [each.headers["poly_api_key"] for each in server.seen(what)[before:]] == ["key-1", "key-2"]
        server.on(
            "DELETE /order", lambda asked: (200, {"canceled": [asked.json()["orderID"]], "not_canceled": {}})
        )
        assert isinstance(await venue.cancel(intent(), ""), CancelAcked)
        assert server.seen("DELETE /order")[-1].headers["poly_api_key"] == "key-2"


async def test_with_every_key_aside_an_entry_waits_and_an_exit_is_tried() -> None:
    async with trading() as (server, venue):
        server.on(ORDERS, matched)
        for key in venue.client.keys.usable():
            venue.client.keys.failed(key, "401", CLOCK.now_ms() + 60_000)
        assert isinstance(await venue.place(intent(), go), NotSent)
        exit_order = intent(time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
        assert isinstance(await venue.place(exit_order, go), OrderReport)
        assert server.seen(ORDERS)[-1].json()["orderType"] == "FAK"


@pytest.mark.parametrize(
    ("status", "body", "extra"),
    [
        (425, {}, ""),
        (
            503,
            {"error": "post-only mode: only post-only orders and cancels are allowed"},
            "retry-after: 79\r\n",
        ),
        (
            503,
            {"error": "post-only mode: only cancels", "code": "post_only_mode", "retry_after_seconds": 79},
            "",
        ),
        (503, {"error": "Trading is currently cancel-only. New orders are not accepted, but …"}, ""),
        (503, {"error": "Trading is currently disabled. Check polymarket.com for updates"}, ""),
    ],
)
async def test_a_venue_that_takes_no_taker_orders_is_shut_until_it_opens(
    status: int, body: Any, extra: str
) -> None:
    async with trading() as (server, venue):
        assert await venue.taker_open(CONDITION)
        server.on(ORDERS, (status, body, extra), matched)
        said = await venue.place(intent(), go)
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
        assert not await venue.taker_open(CONDITION)
        if "post-only" in str(body):
            assert 78_000 < venue.client.shut_until_ms - CLOCK.now_ms() <= 79_000
        # An order that is taken shows that it is open again.
        await venue.place(intent(intent_id="t-0002-0-1"), go)
        assert await venue.taker_open(CONDITION)


async def test_a_market_that_takes_no_orders_is_shut() -> None:
    async with trading() as (server, venue):
        server.on(f"GET /markets/{CONDITION}", (200, {**FULL, "accepting_orders": False}))
        assert not await venue.taker_open(CONDITION)
        assert not (await venue.rules(CONDITION)).open


async def test_a_read_under_a_restart_says_that_the_venue_is_shut() -> None:
    async with trading() as (server, venue):
        server.on("GET /book", (425, {}))
        with pytest.raises(VenueError) as told:
            await venue.book(CONDITION)
        assert told.value.shut


async def test_an_order_waits_for_no_room_past_its_deadline() -> None:
    limits = PolymarketLimits(write_per_s=1, write_reserve=0)
    async with trading(limits=limits) as (server, venue):
        server.on(ORDERS, matched)
        await venue.place(intent(), go)
        began = time.monotonic()
        said = await venue.place(intent(intent_id="t-2", deadline_ms=CLOCK.now_ms() + 100), go)
        assert isinstance(said, NotSent)
        assert "rate limit" in said.reason
        assert time.monotonic() - began < 0.5
        assert len(server.seen(ORDERS)) == 1
