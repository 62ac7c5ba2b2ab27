"""A small real server with Polymarket's REST paths and both sockets, scripted by tests; private calls are checked."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trio
from attrs import define, evolve, field
from py_clob_client_v2.signing.hmac import build_hmac_signature
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

from net_kit import Peer, served
from pairlock.ports import OrderIntent
from pairlock.runner.clock import SystemClock
from pairlock_adapters.net.secrets import Secret
from pairlock_adapters.polymarket.config import PolymarketConfig, PolymarketKey
from pairlock_adapters.polymarket.venue import PolymarketVenue, open_polymarket
from polymarket_bodies import DETAILS, FULL, GAMMA, MATCHED
from polymarket_kit import CONDITION, INTENT, KEY_HEX, YES_TOKEN, official_hash
from test_polymarket_books import body as book_body

CLOCK = SystemClock()
SECRETS = {"key-1": "c2VjcmV0LW9uZQ==", "key-2": "c2VjcmV0LXR3bw=="}
TOKEN = str(YES_TOKEN)
LOST = object()  # read the request, then break the connection


def intent(**more: Any) -> OrderIntent:
    """An order that may be sent for two seconds from now on."""
    return evolve(INTENT, **{"deadline_ms": CLOCK.now_ms() + 2_000, **more})


@define
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Reply = Any
"""A status and a body, and headers as a text; a function of the request that gives them; or LOST."""


@define
class Clob:
    """``replies``: by method and path, in turn, the last one for ever."""

    replies: dict[str, list[Reply]] = field(factory=dict)
    asked: list[Asked] = field(factory=list)
    unsigned: list[str] = field(factory=list)
    ahead_s: int = 0
    http: str = ""
    ws: str = ""
    sockets: dict[str, list[WebSocketConnection]] = field(factory=lambda: defaultdict(list))
    told: dict[str, list[Any]] = field(factory=lambda: defaultdict(list))
    news: trio.Event = field(factory=trio.Event)

    def on(self, what: str, *replies: Reply) -> None:
        self.replies[what] = list(replies)

    def seen(self, what: str) -> list[Asked]:
        return [each for each in self.asked if f"{each.method} {each.path}" == what]

    def reply(self, asked: Asked) -> Reply:
        told = self.replies.get(f"{asked.method} {asked.path}")
        if not told:
            return 404, {"error": "not found"}
        found = told.pop(0) if len(told) > 1 else told[0]
        return found(asked) if callable(found) else found

    async def answer(self, peer: Peer) -> None:
        while True:
            head, body = await peer.request()
            if not head:
                return
            lines = head.split("\r\n")
            method, target, _ = lines[0].split(" ")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:])
            raw = dict(line.split(": ", 1) for line in lines[1:])
            parts = urlsplit(target)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked = Asked(method, parts.path, query, headers, body)
            self.asked.append(asked)
            self._check(asked, {name.lower(): value for name, value in raw.items()})
            found = self.reply(asked)
            if found is LOST:
                return
            status, told, *extra = found
            data = told if isinstance(told, bytes) else json.dumps(told).encode()
            await peer.answer(data, f"{status} X", extra[0] if extra else "")

    def _check(self, asked: Asked, raw: dict[str, str]) -> None:
        """Note a private call that is not signed as the official client signs it, at the venue's time."""
        if "poly_api_key" not in raw:
            return
        expected = build_hmac_signature(
            SECRETS[raw["poly_api_key"]], raw["poly_timestamp"], asked.method, asked.path, asked.body.decode()
        )
        late_s = abs(int(raw["poly_timestamp"]) - int(time.time()) - self.ahead_s)
        if expected != raw["poly_signature"] or late_s > 3:
            self.unsigned.append(f"{asked.method} {asked.path} {late_s}")

    async def socket(self, request: WebSocketRequest) -> None:
        connection = await request.accept()
        kind = request.path.rpartition("/")[2]
        self.sockets[kind].append(connection)
        try:
            while True:
                text = await connection.get_message()
                if text == "PING":
                    await connection.send_message("PONG")
                else:
                    self.told[kind].append(json.loads(text))
                self.news.set()
                self.news = trio.Event()
        except ConnectionClosed:
            return

    async def push(self, kind: str, *messages: Any) -> None:
        for message in messages:
            await self.sockets[kind][-1].send_message(json.dumps(message))


def fresh(**more: Any) -> dict[str, Any]:
    """A book of our token, as of now."""
    return book_body(timestamp=str(time.time_ns() // 1_000_000), **more)


def matched(asked: Asked) -> Reply:
    """The answer of a venue that fills every order; the id is the order's hash as the official client computes it."""
    return 200, {**MATCHED, "orderID": official_id(asked)}


def official_id(asked: Asked) -> str:
    return official_hash(asked.json()["order"])


async def until(true: Callable[[], object]) -> None:
    """Wait until it is, for at most five seconds."""
    with trio.fail_after(5):
        while not true():  # noqa: ASYNC110 (what it waits for happens on the other side of a socket)
            await trio.sleep(0.005)


@asynccontextmanager
async def clob(**more: Any) -> AsyncIterator[Clob]:
    """The server, with everything a quiet market answers."""
    found = Clob(**more)
    found.on("GET /time", lambda _: (200, int(time.time()) + found.ahead_s))
    found.on("GET /version", (200, {"version": 2}))
    found.on("GET /auth/api-keys", (200, {"apiKeys": []}))
    found.on("GET /auth/ban-status/closed-only", (200, {"closed_only": False}))
    found.on("GET /balance-allowance", (200, {"balance": "25000000", "allowances": {}}))
    found.on(
        f"GET /clob-markets/{CONDITION}",
        (200, {**DETAILS, "mts": 0.01, "fd": {"r": 0.04, "e": 1, "to": True}}),
    )
    found.on(f"GET /markets/{CONDITION}", (200, FULL))
    found.on("GET /markets", (200, [GAMMA]))
    found.on("GET /book", lambda _: (200, fresh()))
    found.on("GET /data/trades", (200, {"data": [], "next_cursor": "LTE="}))
    found.on("GET /api/geoblock", (200, {"blocked": False, "country": "DE", "region": "BE"}))
    async with served(found.answer) as seen, trio.open_nursery() as nursery:
        found.http = seen.url
        listening = await nursery.start(serve_websocket, found.socket, "127.0.0.1", 0, None)
        found.ws = f"ws://127.0.0.1:{listening.port}"
        yield found
        nursery.cancel_scope.cancel()


def configured(server: Clob, **more: Any) -> PolymarketConfig:
    keys = tuple(
        PolymarketKey(name, name, Secret(secret), Secret("word")) for name, secret in SECRETS.items()
    )
    return evolve(
        PolymarketConfig(
            keys, Secret(KEY_HEX), "test", clob_url=server.http, gamma_url=server.http, data_url=server.http,
            ws_market_url=f"{server.ws}/ws/market", ws_user_url=f"{server.ws}/ws/user", geoblock_url=server.http,
            sockets=False,
        ),
        **more,
    )  # fmt: skip


@asynccontextmanager
async def trading(**more: Any) -> AsyncIterator[tuple[Clob, PolymarketVenue]]:
    """A server and the venue that is opened on it."""
    async with clob() as server, open_polymarket(configured(server, **more), CLOCK) as venue:
        yield server, venue
        assert server.unsigned == []


def go() -> str:
    return ""
