"""Kalshi's socket against a real one: subscriptions, and books that are served only while they can be."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from kalshi_kit import MARKET
from kalshi_server import Server
from kalshi_socket import OTHER, Socket, account, book_reads, heard, server_with_books, until
from net_kit import CLOCK
from pairlock_adapters.kalshi.venue import KalshiVenue


@pytest.fixture
def server() -> Server:
    return server_with_books()


async def kept(venue: KalshiVenue, server: Server, market: str = MARKET) -> Any:
    """The book once it comes from the socket."""
    while True:
        before = len(server.asked)
        book = await venue.book(market)
        if len(server.asked) == before:
            return book
        await trio.sleep(0.02)


async def test_a_book_is_read_until_the_sockets_own_can_be_served(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue:
        assert (await venue.book(MARKET)).bids == ((1_000, 100),)
        book = await kept(venue, server)
        assert (book.bids, book.asks) == (((4_000, 1_000),), ((4_500, 500),))
        await heard(venue, socket.delta("0.4100", "2.00"))
        later = await kept(venue, server)
        assert (later.bids[0], later.read_at_ms > book.read_at_ms) == ((4_100, 200), True)
        orders, markets, own = socket.heard
        assert orders["params"]["channels"] == ["user_orders", "fill"]
        assert markets["params"]["channels"] == ["market_lifecycle_v2"]
        assert own["params"] == {
            "channels": ["orderbook_delta"], "market_tickers": [MARKET], "use_yes_price": True,
        }  # fmt: skip
        assert socket.keys == ["key-0"]
        await venue.book(OTHER)
        assert (await kept(venue, server, OTHER)).market == OTHER
        joined = socket.heard[-1]["params"]
        assert (joined["action"], joined["market_tickers"], joined["sids"]) == (
            "add_markets",
            [OTHER],
            [socket.sid],
        )


async def test_a_book_that_was_not_heard_of_lately_or_came_late_is_read(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue:
        await venue.book(MARKET)
        await kept(venue, server)
        await trio.sleep(1.1)
        before = book_reads(server)
        assert (await venue.book(MARKET)).bids == ((1_000, 100),)
        assert book_reads(server) == before + 1
        await heard(venue, socket.delta("0.4100", "2.00", ts_ms=CLOCK.wall_ms() - 60_000))
        await venue.book(MARKET)
        assert book_reads(server) == before + 2
        await socket.delta("0.4100", "2.00", ts_ms=CLOCK.wall_ms())
        assert (await kept(venue, server)).bids[0] == (4_100, 400)


async def test_after_a_gap_the_book_is_read_until_a_new_snapshot_that_is_asked_for(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue:
        await venue.book(MARKET)
        await kept(venue, server)
        socket.snapshots = False
        await heard(venue, socket.delta("0.4100", "2.00", skip=1))
        before = book_reads(server)
        await venue.book(MARKET)
        assert book_reads(server) == before + 1
        await trio.sleep(1.05)
        socket.snapshots = True
        await socket.delta("0.4100", "2.00")
        assert (await kept(venue, server)).bids == ((4_000, 1_000),)
        asked = socket.heard[-1]["params"]
        assert (asked["action"], asked["market_tickers"]) == ("get_snapshot", [MARKET])
        assert socket.connections == 1


@pytest.mark.parametrize(
    "said",
    ["{", {"type": "error", "msg": {"code": 25, "msg": "buffer overflow"}}],
    ids=["not JSON", "buffer overflow"],
)
async def test_what_is_in_doubt_begins_anew_with_every_subscription(server: Server, said: Any) -> None:
    socket = Socket()
    async with account(server, socket) as venue:
        await venue.book(MARKET)
        await kept(venue, server)
        await socket.say(said)
        await until(lambda: socket.connections == 2)
        book = await kept(venue, server)
        assert book.bids == ((4_000, 1_000),)
        assert [each["params"]["channels"][0] for each in socket.heard if each["cmd"] == "subscribe"] == [
            "user_orders", "market_lifecycle_v2", "orderbook_delta",
        ] * 2  # fmt: skip


async def test_a_market_that_the_socket_does_not_know_is_read_and_the_rest_goes_on(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue:
        await venue.book(MARKET)
        await kept(venue, server)
        await socket.say(
            {
                "type": "error",
                "id": 3,
                "msg": {"code": 16, "msg": "Market not found", "market_ticker": MARKET},
            }
        )
        await socket.say({"type": "error", "msg": {"code": 6, "msg": "Already subscribed"}})
        await until(lambda: venue.feed.last_error.startswith("6"))
        before = book_reads(server)
        await venue.book(MARKET)
        assert book_reads(server) == before + 1
        assert socket.connections == 1


async def test_a_refused_socket_is_said_and_books_are_read(server: Server) -> None:
    socket = Socket()
    socket.refuse = 401
    async with account(server, socket) as venue:
        await until(lambda: "401" in venue.feed.last_loss)
        assert (await venue.book(MARKET)).bids == ((1_000, 100),)
