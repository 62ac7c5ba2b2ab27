"""A small real server that answers as Kalshi's, word for word as a test tells it; and an account opened on it.

It checks every signature as Kalshi's documentation says: RSA-PSS with SHA-256 over time, method and path.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import trio
from attrs import evolve
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from kalshi_kit import EVENT, MARKET, SERIES, market
from net_kit import CLOCK, Peer, served
from pairlock.ports import OrderIntent
from pairlock_adapters.kalshi.config import KalshiConfig, KalshiKey
from pairlock_adapters.kalshi.venue import KalshiVenue, open_kalshi
from pairlock_adapters.net.secrets import Secret

BASE = "/trade-api/v2"
ORDERS = "/portfolio/events/orders"


class Asked(NamedTuple):
    """A request as the server got it; ``key`` is the id of the key that signed it, "" for none."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    key: str


class Said(NamedTuple):
    """An answer. ``cut``: the connection is closed instead, ``silent``: nothing comes; the request was read."""

    status: int
    body: Any = ""
    cut: bool = False
    silent: bool = False
    extra: str = ""


Answers = Callable[[Asked], Said | dict[str, Any]]


@cache
def private_key(number: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def pem(number: int = 0) -> str:
    return (
        private_key(number)
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        .decode()
    )


def signed_by(headers: dict[str, str], method: str, path: str) -> str:
    """The id of the key whose signature stands; "" where none does. ``key-N`` belongs to key number N."""
    name = headers.get("kalshi-access-key", "")
    if not name.startswith("key-"):
        return ""
    message = f"{headers['kalshi-access-timestamp']}{method}{path}".encode()
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    signature = base64.b64decode(headers["kalshi-access-signature"])
    try:
        private_key(int(name[4:])).public_key().verify(signature, message, pss, hashes.SHA256())
    except InvalidSignature:
        return ""
    return name


class Server:
    """``on`` answers by method and path (without the base); a path that is not named is answered with 404."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.on: dict[tuple[str, str], Answers] = {}
        self.always(("GET", "/exchange/status"), {"exchange_active": True, "trading_active": True})
        self.always(("GET", "/portfolio/balance"), {"balance": 100_000, "balance_dollars": "1000.0000"})
        self.always(("GET", f"/markets/{MARKET}"), {"market": market()})
        event = {"event_ticker": EVENT, "series_ticker": SERIES, "title": "rain"}
        self.always(("GET", f"/events/{EVENT}"), {"event": event, "markets": []})
        series = {"ticker": SERIES, "fee_type": "quadratic", "fee_multiplier": 1}
        self.always(("GET", f"/series/{SERIES}"), {"series": series})
        self.always(("GET", "/series/fee_changes"), {"series_fee_change_arr": []})
        self.always(("GET", "/events/fee_changes"), {"event_fee_changes": [], "cursor": ""})
        self.always(("GET", "/portfolio/orders"), {"orders": [], "cursor": ""})
        self.always(("GET", "/portfolio/fills"), {"fills": [], "cursor": ""})

    def always(self, what: tuple[str, str], said: Said | dict[str, Any]) -> None:
        self.on[what] = lambda _: said

    def count(self, method: str, path: str) -> int:
        return sum(1 for each in self.asked if (each.method, each.path) == (method, path))

    async def script(self, peer: Peer) -> None:
        while True:
            head, body = await peer.request()
            if not head:
                return
            said = self._said(head, body)
            if said.cut:
                return
            if said.silent:
                await trio.sleep_forever()
            text = said.body if isinstance(said.body, str) else json.dumps(said.body)
            await peer.answer(text.encode(), f"{said.status} Word", said.extra)

    def _said(self, head: str, body: bytes) -> Said:
        lines = head.split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        parts = urlsplit(target)
        path = parts.path.removeprefix(BASE)
        read = json.loads(body, parse_float=str) if body else None
        asked = Asked(
            method, path, dict(parse_qsl(parts.query)), read, signed_by(headers, method, parts.path)
        )
        self.asked.append(asked)
        if "kalshi-access-key" in headers and not asked.key:
            return Said(401, {"error": {"code": "authentication_error"}})
        answers = self.on.get((method, path))
        if answers is None:
            return Said(404, {"error": {"code": "not_found", "message": "not found"}})
        said = answers(asked)
        return said if isinstance(said, Said) else Said(201 if method == "POST" else 200, said)


def soon(intent: OrderIntent, in_ms: int = 1_000) -> OrderIntent:
    """The intent with a deadline of the clock that runs."""
    return evolve(intent, deadline_ms=CLOCK.now_ms() + in_ms)


def config(
    rest_url: str, ws_url: str = "ws://127.0.0.1:9/trade-api/ws/v2", keys: int = 1, **more: Any
) -> KalshiConfig:
    named = tuple(
        KalshiKey(f"number {number}", f"key-{number}", Secret(pem(number), "a test"))
        for number in range(keys)
    )
    return KalshiConfig(
        keys=named, region="test", rest_url=rest_url, ws_url=ws_url, **({"sockets": False} | more)
    )


@asynccontextmanager
async def account(server: Server, keys: int = 1, **more: Any) -> AsyncIterator[KalshiVenue]:
    """An account on the server, its first requests (those of the start) left out of ``asked``."""
    with trio.fail_after(20):
        async with (
            served(server.script) as seen,
            open_kalshi(config(f"{seen.url}{BASE}", keys=keys, **more), CLOCK) as venue,
        ):
            server.asked.clear()
            yield venue


def go() -> str:
    """A guard that lets the write pass."""
    return ""
