"""Kalshi's socket as a real one on loopback that says what a test tells it, and an account opened on it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio
import trio.testing
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket

from kalshi_kit import MARKET
from kalshi_server import Server, config, signed_by
from net_kit import CLOCK, served
from pairlock.facts import Fact, OrderReport
from pairlock_adapters.kalshi.config import KalshiLimits
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
        self.unknown = ""
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
        if self.unknown in params.get("market_tickers", ()):
            message = {"code": 16, "msg": "Market not found", "market_ticker": self.unknown}
            await self.say({"id": command["id"], "type": "error", "msg": message})
            return
        if command["cmd"] == "subscribe":
            for channel in params["channels"]:
                self.sid += 1
                message = {"channel": channel, "sid": self.sid}
                await self.say({"id": command["id"], "type": "subscribed", "msg": message})
        if self.snapshots and "market_tickers" in params and params.get("action") != "delete_markets":
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
async def account(
    server: Server, socket: Socket, *, book_age_ms: int = 20_000, most_books: int = 10
) -> AsyncIterator[KalshiVenue]:
    """With books that stay young for long, so that a machine that is busy is not a book that is old."""
    limits = KalshiLimits(book_age_ms=book_age_ms, most_books=most_books)
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            ws = await nursery.start(serve_websocket, socket.handle, "127.0.0.1", 0, None)
            ws_url = f"ws://127.0.0.1:{ws.port}{WS}"
            async with (
                served(server.script) as seen,
                open_kalshi(
                    config(f"{seen.url}/trade-api/v2", ws_url, sockets=True, limits=limits), CLOCK
                ) as venue,
            ):
                await until(lambda: socket.connections > 0 or socket.refuse > 0)
                server.asked.clear()
                yield venue
            nursery.cancel_scope.cancel()


async def until(true: Callable[[], object]) -> None:
    with trio.fail_after(30):
        while not true():  # noqa: ASYNC110 - what is waited for is the adapter's own state
            await trio.sleep(0.005)


async def heard(venue: KalshiVenue, said: Awaitable[None]) -> None:
    """Say it, and wait until the adapter has taken it in."""
    before = venue.feed.messages
    await said
    await until(lambda: venue.feed.messages > before)
    await trio.testing.wait_all_tasks_blocked()


def book_reads(server: Server) -> int:
    return server.count("GET", f"/markets/{MARKET}/orderbook")


def server_with_books() -> Server:
    found = Server()
    sides = {"yes_dollars": [["0.1000", "1.00"]], "no_dollars": [["0.5500", "5.00"]]}
    for market in (MARKET, OTHER):
        found.always(("GET", f"/markets/{market}/orderbook"), {"orderbook_fp": sides})
    return found


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
