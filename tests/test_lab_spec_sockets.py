"""Every message that the laboratory's sockets say, held to the venues' published AsyncAPI files."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio
from attrs import frozen
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from trio_websocket import WebSocketConnection, open_websocket_url

import evidence
import spec_kit
from lab_kit import laboratory
from lab_polymarket_kit import clob_client, limit, market, pair, tokens
from pairlock_adapters.laboratory.settings import LabSettings
from pairlock_adapters.testing import Control
from spec_drive import Driven
from spec_kit import KALSHI_SOCKET, MARKET_SOCKET, USER_SOCKET
from spec_listen import listen, read

# What a message is called in the published file, by the word in it that tells.
MARKET = {"book": "book", "price_change": "priceChange", "last_trade_price": "lastTradePrice",
          "tick_size_change": "tickSizeChange", "best_bid_ask": "bestBidAsk", "new_market": "newMarket",
          "market_resolved": "marketResolved"}  # fmt: skip
KALSHI = {"subscribed": "subscribedResponse", "unsubscribed": "unsubscribedResponse", "ok": "okResponse",
          "error": "errorResponse", "orderbook_snapshot": "orderbookSnapshot", "orderbook_delta": "orderbookDelta",
          "ticker": "ticker", "trade": "trade", "fill": "fill", "market_position": "marketPosition",
          "user_order": "userOrder", "market_lifecycle_v2": "marketLifecycleV2", "event_lifecycle": "eventLifecycle",
          "list_subscriptions": "listSubscriptionsResponse"}  # fmt: skip
CHANNELS = [
    "orderbook_delta",
    "ticker",
    "trade",
    "fill",
    "user_orders",
    "market_positions",
    "market_lifecycle_v2",
]
BOOK = {"bids": [[5_000, 50_000]], "asks": [[5_300, 50_000]]}
SETTINGS = LabSettings(pairs=(pair("POLY-1"), pair("POLY-2")), finality_ms=50)
NEW = {"name": "POLY-9", "kalshi": BOOK, "polymarket": BOOK}


@frozen
class Ready:
    """All of a laboratory that a client needs to know."""

    ready: dict[str, Any]


def judged(driven: Driven, wanted: set[str]) -> None:
    assert wanted - driven.messages.keys() == set()
    evidence.record(f"messages held to {driven.spec}", kinds=len(driven.messages), messages=driven.answers)
    driven.judge()


def say(driven: Driven, name_of: Callable[[dict[str, Any]], str]) -> Callable[[str], None]:
    """Judges a text that may be one message or a list of them."""

    def said(text: str) -> None:
        driven.answers += 1
        if text in ("PING", "PONG"):
            driven.said(text.lower(), text)
            return
        found = read(text)
        for each in found if isinstance(found, list) else [found]:
            assert isinstance(each, dict)
            driven.said(name_of(each), each)

    return said


async def quiet(socket: WebSocketConnection, driven: Driven, *wanted: str) -> None:
    """Read until nothing has come for a while, and what must come has (or it takes too long)."""
    for _ in range(40):
        with trio.move_on_after(0.4) as scope:
            while True:
                await socket.get_message()
        if scope.cancelled_caught and set(wanted) <= driven.messages.keys():
            return


async def test_polymarkets_sockets_say_what_is_published() -> None:
    of_market, of_user = Driven(MARKET_SOCKET), Driven(USER_SOCKET)
    to_market = say(of_market, lambda message: MARKET[message["event_type"]])
    to_user = say(of_user, lambda message: str(message["event_type"]))

    def said(path: str, text: str, from_client: bool) -> None:
        if not from_client:
            (to_market if path == "/ws/market" else to_user)(text)

    async with laboratory(settings=SETTINGS) as lab:
        listen(lab, "polymarket", "clob", lambda *_: None, said)
        ready = Ready(lab.ready)
        own = ready.ready["polymarket"]
        condition, yes, no = tokens(ready, "POLY-1")
        auth = {"apiKey": own["api_key"], "secret": own["secret"], "passphrase": own["passphrase"]}
        async with (
            open_websocket_url(own["ws_market"]) as market_socket,
            open_websocket_url(own["ws_user"]) as user_socket,
        ):
            follow = {"type": "market", "assets_ids": [yes, no], "custom_feature_enabled": True}
            for socket, driven, subscribe in (
                (market_socket, of_market, follow),
                (user_socket, of_user, {"type": "user", "auth": auth, "markets": []}),
            ):
                await socket.send_message(json.dumps(subscribe))
                await socket.send_message("PING")
                await quiet(socket, driven, "pong")
            await trio.to_thread.run_sync(polymarket_moves, ready, condition, yes)
            await quiet(market_socket, of_market, "marketResolved")
            await quiet(user_socket, of_user)
    judged(of_market, {"pong", *MARKET.values()})
    judged(of_user, {"pong", "order", "trade"})


def polymarket_moves(lab: Ready, condition: str, yes: str) -> None:
    client = clob_client(lab)
    with Control(str(lab.ready["control"])) as control:
        market(client, yes, 28, 0.6)
        resting = limit(client, yes, 0.3, 10)["orderID"]
        client.cancel_orders([resting])
        limit(client, yes, 0.52, 10)
        control.post("/books", {"venue": "polymarket", "market": condition} | BOOK)
        control.post("/take", {"venue": "polymarket", "market": condition, "side": "sell", "price_e4": 5_100,
                               "size_e2": 500})  # fmt: skip
        control.post("/faults", {"faults": [{"kind": "tick_changes", "venue": "polymarket"}]})
        market(client, yes, 10, 0.6)
        control.post("/pairs", NEW)
        control.post("/resolve", {"market": condition, "outcome": "yes"})
        time.sleep(0.3)


def kalshi_headers(own: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    key = serialization.load_pem_private_key(Path(own["private_key_pem"]).read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    stamp = str(time.time_ns() // 1_000_000)
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
    signature = b64encode(key.sign(f"{stamp}GET/trade-api/ws/v2".encode(), pss, hashes.SHA256()))
    return [(b"KALSHI-ACCESS-KEY", own["key_id"].encode()), (b"KALSHI-ACCESS-TIMESTAMP", stamp.encode()),
            (b"KALSHI-ACCESS-SIGNATURE", signature)]  # fmt: skip


def kalshi_name(message: dict[str, Any]) -> str:
    if message["type"] == "ok" and isinstance(message.get("msg"), list):
        return "listSubscriptionsResponse"
    return KALSHI[message["type"]]


async def test_kalshis_socket_says_what_is_published() -> None:
    driven = Driven(KALSHI_SOCKET)
    to_kalshi = say(driven, kalshi_name)

    def said(path: str, text: str, from_client: bool) -> None:
        if not from_client:
            to_kalshi(text)

    async with laboratory(settings=SETTINGS) as lab:
        listen(lab, "kalshi", "kalshi", lambda *_: None, said)
        ready = Ready(lab.ready)
        own = ready.ready["kalshi"]
        async with open_websocket_url(own["ws"], extra_headers=kalshi_headers(own)) as socket:
            ids = iter(range(1, 100))
            params: list[tuple[str, dict[str, Any]]] = [
                ("subscribe", {"channels": CHANNELS, "market_tickers": ["KXPOLY-1"], "use_yes_price": True}),
                ("subscribe", {"channels": ["nothing"]}),
                ("list_subscriptions", {}),
                (
                    "update_subscription",
                    {"sids": [1], "market_tickers": ["KXPOLY-2"], "action": "add_markets"},
                ),
                (
                    "update_subscription",
                    {"sids": [1], "market_tickers": ["KXPOLY-2"], "action": "delete_markets"},
                ),
            ]
            for command, given in params:
                await socket.send_message(json.dumps({"id": next(ids), "cmd": command, "params": given}))
            await quiet(socket, driven)
            await trio.to_thread.run_sync(kalshi_moves, ready)
            await quiet(socket, driven)
            await socket.send_message(
                json.dumps({"id": next(ids), "cmd": "unsubscribe", "params": {"sids": [1, 2]}})
            )
            await quiet(socket, driven)
    judged(driven, set(KALSHI.values()) - {"eventLifecycle"})


def kalshi_moves(lab: Ready) -> None:
    """One order that fills, one that rests and fills in part, a cancel, a book, a new market, a resolution."""
    import httpx

    own = lab.ready["kalshi"]
    key = serialization.load_pem_private_key(Path(own["private_key_pem"]).read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    path = "/trade-api/v2/portfolio/events/orders"
    plain = {
        "ticker": "KXPOLY-1",
        "side": "bid",
        "count": "5.00",
        "self_trade_prevention_type": "taker_at_cross",
    }
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)

    def ask(method: str, more: str = "", body: object = None) -> dict[str, Any]:
        stamp = str(time.time_ns() // 1_000_000)
        signature = b64encode(
            key.sign(f"{stamp}{method}{path}{more}".encode(), pss, hashes.SHA256())
        ).decode()
        headers = {"KALSHI-ACCESS-KEY": own["key_id"], "KALSHI-ACCESS-TIMESTAMP": stamp,
                   "KALSHI-ACCESS-SIGNATURE": signature}  # fmt: skip
        url = own["rest"] + (path + more).removeprefix("/trade-api/v2")
        found = httpx.request(method, url, headers=headers, json=body, trust_env=False).json()
        assert isinstance(found, dict)
        return found

    ask("POST", body=plain | {"client_order_id": "a", "price": "0.5600", "time_in_force": "fill_or_kill"})
    for name, price in (("b", "0.5100"), ("c", "0.3000")):
        rests = plain | {"client_order_id": name, "price": price, "time_in_force": "good_till_canceled"}
        last = ask("POST", body=rests)
    ask("DELETE", f"/{last['order_id']}")
    with Control(str(lab.ready["control"])) as control:
        place = {"venue": "kalshi", "market": "KXPOLY-1"}
        control.post("/books", place | BOOK)
        control.post("/take", place | {"side": "sell", "price_e4": 5_100, "size_e2": 300})
        control.post("/pairs", NEW)
        control.post("/resolve", {"market": "KXPOLY-1", "outcome": "yes"})
    time.sleep(0.3)


def test_every_message_of_the_published_files_has_its_name_here() -> None:
    for spec, names in ((MARKET_SOCKET, MARKET), (KALSHI_SOCKET, KALSHI)):
        assert set(names.values()) <= set(spec_kit.facts_of(spec)["messages"])
