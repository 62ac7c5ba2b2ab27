"""Polymarket's sockets over a real connection: books that are served while they are sure, and news of our orders."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from pairlock.book import Level
from pairlock.facts import Fact, OrderReport, Reported
from pairlock.model import FillStatus
from pairlock_adapters.polymarket.books import book_hash
from pairlock_adapters.polymarket.venue import PolymarketVenue
from polymarket_bodies import MAKER, ORDER, OTHER_ID, TRADE
from polymarket_kit import CONDITION
from polymarket_server import SECRETS, TOKEN, Clob, fresh, go, intent, matched, trading, until
from test_polymarket_books import ASKS, BIDS, FIELDS, change


def now() -> str:
    return str(time.time_ns() // 1_000_000)


@asynccontextmanager
async def watching() -> AsyncIterator[tuple[Clob, PolymarketVenue]]:
    """A venue whose market socket is open and has told a whole book."""
    async with trading(sockets=True) as (server, venue):
        await venue.book(CONDITION)
        await until(lambda: server.told["market"])
        await server.push("market", fresh())
        await until(lambda: venue.feed.doubt_of(CONDITION) == "")
        yield server, venue


def best_bid(venue: PolymarketVenue) -> Level | None:
    kept = venue.feed.book(CONDITION, not_before_ms=0, most_late_ms=9_000)
    return kept.bids[0] if kept else None


def rest_reads(server: Clob) -> int:
    return len(server.seen("GET /book"))


async def test_a_book_is_served_from_the_socket_while_it_is_sure() -> None:
    async with watching() as (server, venue):
        assert server.told["market"][0]["assets_ids"] == [TOKEN]
        before = rest_reads(server)
        await server.push("market", change("BUY", "0.41", "3", now()))
        await until(lambda: best_bid(venue) == (4_100, 300))
        found = await venue.book(CONDITION)
        assert found.bids[0] == (4_100, 300)
        assert rest_reads(server) == before


@pytest.mark.parametrize(
    "message",
    [
        fresh(hash="0" * 40),
        {**change("BUY", "0.43", "3"), "timestamp": "9999999999999"},
        {**change("BUY", "0.41", "3"), "timestamp": "9999999999999", "price_changes": None},
        {"event_type": "tick_size_change", "asset_id": TOKEN, "market": CONDITION, "old_tick_size": "0.01",
         "new_tick_size": "0.001", "timestamp": "9999999999999"},
    ],
)  # fmt: skip
async def test_in_doubt_a_book_is_read_and_the_socket_asked_anew(message: Any) -> None:
    async with watching() as (server, venue):
        before = rest_reads(server)
        await server.push("market", message)
        await until(lambda: venue.feed.doubt_of(CONDITION))
        assert (await venue.book(CONDITION)).bids[0] == (4_000, 1_250)
        assert rest_reads(server) == before + 1
        await until(lambda: any(each.get("operation") == "subscribe" for each in server.told["market"]))
        told = fresh()
        told |= {"timestamp": "9999999999999", "hash": ""}
        told["hash"] = book_hash(FIELDS, told["timestamp"], BIDS, ASKS)
        await server.push("market", told)
        await until(lambda: venue.feed.doubt_of(CONDITION) == "")


async def test_a_new_tick_holds_for_the_next_order() -> None:
    async with watching() as (server, venue):
        assert venue.markets.known(CONDITION).tick_e4 == 100  # type: ignore[union-attr]
        await server.push(
            "market",
            {
                "event_type": "tick_size_change",
                "asset_id": TOKEN,
                "market": CONDITION,
                "new_tick_size": "0.001",
            },
        )
        await until(lambda: venue.markets.known(CONDITION).tick_e4 == 10)  # type: ignore[union-attr]


async def test_a_socket_that_breaks_puts_books_in_doubt_and_subscribes_anew() -> None:
    async with watching() as (server, venue):
        await server.sockets["market"][0].aclose()
        await until(lambda: venue.feed.doubt_of(CONDITION))
        await until(lambda: len(server.sockets["market"]) == 2 and len(server.told["market"]) == 2)
        assert server.told["market"][1]["assets_ids"] == [TOKEN]
        assert venue.feed.doubt_of(CONDITION) == "connected anew"
        await server.push("market", fresh())
        await until(lambda: venue.feed.doubt_of(CONDITION) == "")


async def test_text_that_is_no_json_begins_the_connection_anew() -> None:
    async with watching() as (server, venue):
        await server.sockets["market"][0].send_message("INVALID OPERATION")
        await until(lambda: len(server.sockets["market"]) == 2)
        assert "not JSON" in venue.feed.last_loss


async def test_a_socket_that_falls_silent_serves_no_old_book() -> None:
    async with watching() as (server, venue):
        venue.feed.heard_ms -= 1_001
        before = rest_reads(server)
        await venue.book(CONDITION)
        assert rest_reads(server) == before + 1


async def test_news_that_come_late_are_not_served_as_new() -> None:
    async with watching() as (server, venue):
        old = str(int(now()) + 10)
        await server.push("market", change("BUY", "0.41", "3", old))
        venue.feed._late_ms = 1_001
        before = rest_reads(server)
        await venue.book(CONDITION)
        assert rest_reads(server) == before + 1


@asynccontextmanager
async def streaming() -> AsyncIterator[tuple[Clob, PolymarketVenue, list[Fact], str]]:
    """A venue with one order of ours, and the facts that its user socket delivers."""
    facts: list[Fact] = []

    async def deliver(fact: Fact) -> None:
        facts.append(fact)

    async with trading(sockets=True) as (server, venue), trio.open_nursery() as nursery:
        nursery.start_soon(venue.stream, deliver)
        await until(lambda: server.told["user"])
        server.on("POST /order", matched)
        order = intent()
        await venue.place(order, go)
        yield server, venue, facts, venue.order_id_of(order)
        nursery.cancel_scope.cancel()


def event(order_id: str, kind: str, status: str = "", **more: Any) -> dict[str, Any]:
    told = {**ORDER, "event_type": "order", "id": order_id, "type": kind, "status": status, **more}
    return told if status else {key: value for key, value in told.items() if key != "status"}


async def test_the_user_socket_is_opened_with_the_key_that_works() -> None:
    async with streaming() as (server, _, _, _):
        auth = {"apiKey": "key-1", "secret": SECRETS["key-1"], "passphrase": "word"}
        assert server.told["user"][0] == {"type": "user", "auth": auth}


async def test_trades_are_told_as_they_become_final() -> None:
    async with streaming() as (server, _, facts, known):
        for status in ("MATCHED", "MINED", "CONFIRMED"):
            await server.push(
                "user", {**TRADE, "event_type": "trade", "taker_order_id": known, "status": status}
            )
        await until(lambda: len(facts) == 3)
        told = [fact for fact in facts if isinstance(fact, OrderReport)]
        assert [fact.fills[0].status for fact in told] == [
            FillStatus.PENDING,
            FillStatus.PENDING,
            FillStatus.FINAL,
        ]
        # A message is never a later read than one that was asked for.
        assert {(fact.reported, fact.asked_at_ms, fact.matched_e6) for fact in told} == {
            (Reported.LIVE, -1, 10_000_000)
        }


@pytest.mark.parametrize(
    ("kind", "status", "reported"),
    [
        ("PLACEMENT", "LIVE", Reported.LIVE),
        ("PLACEMENT", "", Reported.LIVE),
        ("UPDATE", "LIVE", Reported.LIVE),
        ("UPDATE", "MATCHED", Reported.TERMINAL),
        ("CANCELLATION", "CANCELED", Reported.TERMINAL),
        ("CANCELLATION", "", Reported.TERMINAL),
        ("CANCELLATION", "CANCELED_NOT_ENOUGH_BALANCE", Reported.TERMINAL),
        ("CANCELLATION", "INVALID", Reported.TERMINAL),
    ],
)
async def test_events_of_an_order_say_whether_it_may_still_fill(
    kind: str, status: str, reported: Reported
) -> None:
    async with streaming() as (server, _, facts, known):
        await server.push("user", event(known, kind, status, size_matched="2.5"))
        await until(lambda: facts)
        (fact,) = facts
        assert isinstance(fact, OrderReport)
        assert (fact.reported, fact.matched_e6, fact.asked_at_ms) == (reported, 2_500_000, -1)


async def test_an_event_is_known_by_its_type_where_it_does_not_name_its_kind() -> None:
    async with streaming() as (server, _, facts, known):
        bare = event(known, "CANCELLATION", "INVALID")
        del bare["event_type"]
        await server.push(
            "user", bare, {**TRADE, "type": "TRADE", "taker_order_id": known, "status": "MATCHED"}
        )
        await until(lambda: len(facts) == 2)


async def test_a_list_of_events_is_each_of_them() -> None:
    async with streaming() as (server, _, facts, known):
        await server.push(
            "user", [event(known, "PLACEMENT", "LIVE"), event(known, "CANCELLATION", "CANCELED")]
        )
        await until(lambda: len(facts) == 2)


async def test_what_is_not_ours_or_cannot_be_read_tells_nothing() -> None:
    async with streaming() as (server, venue, facts, known):
        strange = [
            event(OTHER_ID, "PLACEMENT", "LIVE"),
            {**TRADE, "event_type": "trade", "taker_order_id": OTHER_ID},
            event(known, "PLACEMENT", "UNDER_REVIEW"),
            event(known, "AMENDMENT", "LIVE"),
            event(known, "CANCELLATION", "LIVE"),
            event(known, "UPDATE", "LIVE", size_matched=None),
            {**TRADE, "event_type": "trade", "taker_order_id": known, "status": "?"},
            {**TRADE, "event_type": "trade", "taker_order_id": known, "maker_orders": 7},
            {"event_type": "brand_new"},
        ]
        await server.push("user", *strange, event(known, "PLACEMENT", "LIVE"))
        await until(lambda: facts)
        assert len(facts) == 1
        assert venue.user_feed.unreadable == 6


async def test_a_fill_as_a_maker_is_ours_too() -> None:
    async with streaming() as (server, _, facts, known):
        maker = {**MAKER, "order_id": known, "side": "BUY", "matched_amount": "4.5"}
        trade = {**TRADE, "event_type": "trade", "taker_order_id": OTHER_ID, "maker_orders": [maker]}
        await server.push("user", trade)
        await until(lambda: facts)
        assert isinstance(facts[0], OrderReport)
        assert facts[0].matched_e6 == 4_500_000


async def test_the_user_socket_reconnects_and_logs_in_again() -> None:
    async with streaming() as (server, _, facts, known):
        await server.sockets["user"][0].aclose()
        await until(lambda: len(server.told["user"]) == 2)
        await server.push("user", event(known, "PLACEMENT", "LIVE"))
        await until(lambda: facts)
