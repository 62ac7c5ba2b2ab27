"""Kalshi's socket against a real one: subscriptions, books that are served only while they can be, news of orders."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing
from attrs import evolve
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket

from kalshi_kit import BUYS_NO, CLIENT_ID, INTENT, MARKET, ORDER_ID, fill, order, without
from kalshi_server import Server, config, go, signed_by, soon
from net_kit import CLOCK, served
from pairlock.facts import Fact, OrderReport, Reported
from pairlock.model import FillStatus
from pairlock.ports import VenueError
from pairlock_adapters.kalshi.parse_stream import NEVER_ASKED_MS
from pairlock_adapters.kalshi.venue import KalshiVenue, open_kalshi

OTHER = "KXRAIN-30JAN02-T9"
WS = "/trade-api/ws/v2"


class Socket:
    """One side of the venue's socket: what was commanded, and a way to say things. Numbers count as Kalshi's do."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.connections = 0
        self.refuse = 0
        self.keys: list[str] = []
        self.snapshots = True
        self._send: Callable[[str], Awaitable[None]] | None = None
        self._seq = 0
        self.sid = 0

    async def handle(self, request: WebSocketRequest) -> None:
        headers = {name.decode().lower(): value.decode() for name, value in request.headers}
        self.keys.append(signed_by(headers, "GET", request.path))
        if self.refuse:
            await request.reject(self.refuse)
            return
        connection = await request.accept()
        self.connections += 1
        self._send = connection.send_message
        self._seq = 0
        try:
            while True:
                await self._command(json.loads(await connection.get_message(), parse_float=str))
        except ConnectionClosed:
            return
        finally:
            self._send = None

    async def say(self, body: dict[str, Any] | str) -> None:
        assert self._send is not None
        await self._send(body if isinstance(body, str) else json.dumps(body))

    async def drop(self) -> None:
        """Close the connection by saying something that is no text of the protocol's."""
        await self.say("{")

    async def _command(self, command: dict[str, Any]) -> None:
        self.heard.append(command)
        params = command["params"]
        if command["cmd"] == "subscribe":
            for channel in params["channels"]:
                self.sid += 1
                message = {"channel": channel, "sid": self.sid}
                await self.say({"id": command["id"], "type": "subscribed", "msg": message})
        if self.snapshots and "market_tickers" in params:
            for market in params["market_tickers"]:
                await self.snapshot(market)

    async def snapshot(self, market: str = MARKET) -> None:
        self._seq += 1
        sides = {"yes_dollars_fp": [["0.4000", "10.00"]], "no_dollars_fp": [["0.4500", "5.00"]]}
        message = {"market_ticker": market, "market_id": "m", **sides}
        await self.say({"type": "orderbook_snapshot", "sid": self.sid, "seq": self._seq, "msg": message})

    async def delta(
        self, price: str, change: str, *, market: str = MARKET, skip: int = 0, **more: Any
    ) -> None:
        self._seq += 1 + skip
        message = {"market_ticker": market, "side": "yes", "price_dollars": price, "delta_fp": change, **more}
        await self.say({"type": "orderbook_delta", "sid": self.sid, "seq": self._seq, "msg": message})


@asynccontextmanager
async def account(server: Server, socket: Socket) -> AsyncIterator[KalshiVenue]:
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            ws = await nursery.start(serve_websocket, socket.handle, "127.0.0.1", 0, None)
            ws_url = f"ws://127.0.0.1:{ws.port}{WS}"
            async with (
                served(server.script) as seen,
                open_kalshi(config(f"{seen.url}/trade-api/v2", ws_url, sockets=True), CLOCK) as venue,
            ):
                await until(lambda: socket.connections > 0 or socket.refuse > 0)
                server.asked.clear()
                yield venue
            nursery.cancel_scope.cancel()


async def until(true: Callable[[], object]) -> None:
    with trio.fail_after(10):
        while not true():  # noqa: ASYNC110 - what is waited for is the adapter's own state
            await trio.sleep(0.005)


async def heard(venue: KalshiVenue, said: Awaitable[None]) -> None:
    """Say it, and wait until the adapter has taken it in."""
    before = venue.feed.messages
    await said
    await until(lambda: venue.feed.messages > before)
    await trio.testing.wait_all_tasks_blocked()


def books(server: Server) -> int:
    return server.count("GET", f"/markets/{MARKET}/orderbook")


@pytest.fixture
def server() -> Server:
    found = Server()
    sides = {"yes_dollars": [["0.1000", "1.00"]], "no_dollars": []}
    for market in (MARKET, OTHER):
        found.always(("GET", f"/markets/{market}/orderbook"), {"orderbook_fp": sides})
    return found


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
        before = books(server)
        assert (await venue.book(MARKET)).bids == ((1_000, 100),)
        assert books(server) == before + 1
        await heard(venue, socket.delta("0.4100", "2.00", ts_ms=CLOCK.wall_ms() - 60_000))
        await venue.book(MARKET)
        assert books(server) == before + 2
        await socket.delta("0.4100", "2.00", ts_ms=CLOCK.wall_ms())
        assert (await kept(venue, server)).bids[0] == (4_100, 400)


async def test_after_a_gap_the_book_is_read_until_a_new_snapshot_that_is_asked_for(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue:
        await venue.book(MARKET)
        await kept(venue, server)
        socket.snapshots = False
        await heard(venue, socket.delta("0.4100", "2.00", skip=1))
        before = books(server)
        await venue.book(MARKET)
        assert books(server) == before + 1
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
        before = books(server)
        await venue.book(MARKET)
        assert books(server) == before + 1
        assert socket.connections == 1


async def test_a_refused_socket_is_said_and_books_are_read(server: Server) -> None:
    socket = Socket()
    socket.refuse = 401
    async with account(server, socket) as venue:
        await until(lambda: "401" in venue.feed.last_loss)
        assert (await venue.book(MARKET)).bids == ((1_000, 100),)


@asynccontextmanager
async def news(venue: KalshiVenue) -> AsyncIterator[list[OrderReport]]:
    told: list[OrderReport] = []

    async def deliver(fact: Fact) -> None:
        assert isinstance(fact, OrderReport)
        told.append(fact)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(venue.stream, deliver)
        await trio.testing.wait_all_tasks_blocked()
        yield told
        nursery.cancel_scope.cancel()


def as_fill(**changes: Any) -> dict[str, Any]:
    body = without(fill(), "fill_id", "created_time") | {"client_order_id": CLIENT_ID} | changes
    return {"type": "fill", "sid": 2, "msg": body}


def as_order(**changes: Any) -> dict[str, Any]:
    return {"type": "user_order", "sid": 1, "msg": without(order(), "action", "book_side") | changes}


async def test_news_of_our_orders_are_reports_of_what_a_message_knows(server: Server) -> None:
    socket = Socket()
    server.on["POST", "/portfolio/events/orders"] = lambda _: {
        "order_id": ORDER_ID, "client_order_id": CLIENT_ID, "fill_count": "0.00", "remaining_count": "10.00",
    }  # fmt: skip
    async with account(server, socket) as venue, news(venue) as told:
        await heard(venue, socket.say(as_fill()))
        await venue.place(soon(INTENT), go)
        await socket.say(as_fill(count_fp="4.00", fee_cost="0.0700"))
        await socket.say(as_fill(trade_id="f-2", count_fp="6.00", client_order_id=None))
        await socket.say(without(as_fill(), "none") | {"msg": without(as_fill()["msg"], "fee_cost")})
        await socket.say(as_fill(client_order_id="another_0_0", order_id="o-9"))
        await socket.say(as_fill(count_fp=10))
        await socket.say(as_order(status="resting", fill_count_fp="4.00", remaining_count_fp="6.00"))
        await socket.say(as_order(status="never heard of"))
        await socket.say(as_order())
        await until(lambda: len(told) >= 5)
        await until(lambda: venue.feed.unreadable == 2)
    first, second, third, fourth, last = told
    assert all(each.intent_id == INTENT.intent_id for each in told)
    assert {each.asked_at_ms for each in told} == {NEVER_ASKED_MS}
    assert (first.reported, first.matched_e6, first.venue_ref) == (Reported.LIVE, 4_000_000, ORDER_ID)
    [one] = first.fills
    assert (one.fill_id, one.qty_e6, one.cost_micros, one.fee_micros, one.status) == (
        "f-1", 4_000_000, 1_800_000, 70_000, FillStatus.FINAL,
    )  # fmt: skip
    assert [each.fill_id for each in second.fills] == ["f-2"]
    assert (third.matched_e6, third.fills) == (10_000_000, ())
    assert (fourth.reported, fourth.matched_e6) == (Reported.LIVE, 4_000_000)
    assert (last.reported, last.matched_e6, last.fills) == (Reported.CERTAIN, 10_000_000, ())


async def test_news_are_turned_into_the_orders_own_outcome(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue, news(venue) as told:
        await venue.read_order(soon(BUYS_NO), "")
        await socket.say(
            as_fill(side="yes", action="sell", outcome_side="no", book_side="ask", yes_price_dollars="0.4600")
        )
        await until(lambda: told)
        assert told[0].fills[0].cost_micros == 5_400_000


async def test_nobody_who_listens_is_nobody_who_hears(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue:
        await venue.read_order(soon(evolve(INTENT)), "")
        async with news(venue) as told:
            await socket.say(as_fill())
            await until(lambda: told)
        await heard(venue, socket.say(as_fill(trade_id="f-2")))
        assert len(told) == 1


async def test_a_change_of_an_events_fees_is_read_anew(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue:
        await venue.rules(MARKET)
        series = {"series": {"fee_type": "flat", "fee_multiplier": 1}}
        server.always(("GET", "/series/KXRAIN"), series)
        await venue.rules(MARKET)
        message = {"event_ticker": "KXRAIN-30JAN02", "fee_type_override": "flat"}
        await heard(venue, socket.say({"type": "event_fee_update", "sid": 3, "msg": message}))
        with pytest.raises(VenueError, match="flat"):
            await venue.rules(MARKET)
