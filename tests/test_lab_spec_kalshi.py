"""Every operation of Kalshi's published interface that the laboratory serves, asked, and its answer held to it."""

from __future__ import annotations

from typing import Any

import httpx
import trio
from cryptography.hazmat.primitives import serialization

from lab_kit import PATH, KalshiClient, kalshi_client, laboratory
from pairlock_adapters.laboratory.settings import LabSettings, PairSettings, default_pairs
from spec_drive import Driven, routes_of
from spec_kit import KALSHI

ORDERS = "/portfolio/events/orders"
BAD_TICKER = "KXNOSUCH"


class Asking:
    """A client whose every answer is kept."""

    def __init__(self, client: KalshiClient, driven: Driven) -> None:
        self._client = client
        self._driven = driven

    async def __call__(self, method: str, path: str, sent: object = None, **query: Any) -> Any:
        answer = await self._client.call(method, path, sent, **query)
        return self._kept(method, path, answer, sent)

    async def unsigned(self, method: str, path: str) -> Any:
        return self._kept(
            method, path, await self._client.http.request(method, self._client.rest + path), None
        )

    def _kept(self, method: str, path: str, answer: httpx.Response, sent: object) -> Any:
        try:
            body = answer.json()
        except ValueError:
            body = answer.text
        self._driven.heard(method, path, answer.status_code, body, sent)
        return body


def order(ticker: str, name: str, **changed: Any) -> dict[str, Any]:
    plain = {
        "ticker": ticker, "client_order_id": name, "side": "bid", "count": "3.00", "price": "0.9900",
        "time_in_force": "fill_or_kill", "self_trade_prevention_type": "taker_at_cross",
    }  # fmt: skip
    return plain | changed


async def public(ask: Asking, ticker: str) -> None:
    for path in (
        "/exchange/status",
        "/exchange/schedule",
        "/exchange/announcements",
        "/exchange/user_data_timestamp",
    ):
        await ask("GET", path)
    await ask("GET", "/markets", limit=2)
    await ask("GET", "/markets", status="open", tickers=ticker)
    await ask("GET", f"/markets/{ticker}")
    await ask("GET", f"/markets/{BAD_TICKER}")
    await ask("GET", f"/markets/{ticker}/orderbook", depth=2)
    await ask("GET", f"/markets/{BAD_TICKER}/orderbook")
    await ask("GET", "/markets/orderbooks", tickers=[ticker])
    await ask("GET", "/markets/orderbooks")
    await ask("GET", "/markets/trades", limit=5)
    await ask("GET", "/events", with_nested_markets="true")
    await ask("GET", "/events", limit="many")
    await ask("GET", f"/events/{ticker}")
    await ask("GET", f"/events/{BAD_TICKER}")
    await ask("GET", "/series")
    await ask("GET", f"/series/{ticker}")
    await ask("GET", f"/series/{BAD_TICKER}")
    await ask("GET", "/series/fee_changes", show_historical="true")
    for path in ("/historical/cutoff", "/historical/trades", "/historical/markets"):
        await ask("GET", path)


async def orders(ask: Asking, ticker: str) -> None:
    await ask("POST", ORDERS, order(ticker, "a"))
    await ask("POST", ORDERS, order(ticker, "a"))
    await ask("POST", ORDERS, order(ticker, "b", price="0.0100"))
    await ask("POST", ORDERS, order(ticker, "c", price="0.5"))
    await ask("POST", ORDERS, order(ticker, "d", side="ask", price="0.0100", count="1.50"))
    await ask("POST", ORDERS, order(BAD_TICKER, "e"))
    await ask("POST", ORDERS, {"ticker": ticker})
    rests = {"time_in_force": "good_till_canceled", "price": "0.0200"}
    placed = [await ask("POST", ORDERS, order(ticker, name, **rests)) for name in ("h", "i", "j")]
    ids = [each["order_id"] for each in placed]
    await changes(ask, ticker, ids)
    await batches(ask, ticker, rests)


async def changes(ask: Asking, ticker: str, ids: list[str]) -> None:
    await ask("GET", "/portfolio/orders", ticker=ticker, status="resting")
    await ask("GET", f"/portfolio/orders/{ids[0]}")
    await ask("GET", "/portfolio/orders/no-such-order")
    await ask("GET", "/portfolio/orders/queue_positions", market_tickers=ticker)
    await ask("GET", f"/portfolio/orders/{ids[1]}/queue_position")
    await ask("GET", "/portfolio/orders/no-such-order/queue_position")
    await ask("GET", "/portfolio/summary/total_resting_order_value")
    amended = {"ticker": ticker, "side": "bid", "price": "0.0300", "count": "4.00"}
    await ask("POST", f"{ORDERS}/{ids[0]}/amend", amended)
    await ask("POST", f"{ORDERS}/no-such-order/amend", amended)
    await ask("POST", f"{ORDERS}/{ids[0]}/amend", amended | {"price": "0.9900"})
    await ask("POST", f"{ORDERS}/{ids[1]}/decrease", {"reduce_by": "1.00"})
    await ask("POST", f"{ORDERS}/{ids[1]}/decrease", {"reduce_to": "1.00"})
    await ask("POST", f"{ORDERS}/no-such-order/decrease", {"reduce_to": "1.00"})
    await ask("DELETE", f"{ORDERS}/{ids[1]}")
    await ask("DELETE", f"{ORDERS}/{ids[1]}")


async def batches(ask: Asking, ticker: str, rests: dict[str, str]) -> None:
    batch = [order(ticker, "k", **rests), order(ticker, "l", price="0.0100"), order(ticker, "m")]
    placed = await ask("POST", f"{ORDERS}/batched", {"orders": batch})
    ids = [row["order_id"] for row in placed["orders"] if row.get("order_id")]
    named = [{"order_id": each} for each in (ids[0], "no-such-order")]
    await ask("DELETE", f"{ORDERS}/batched", {"orders": named})
    await ask("DELETE", ORDERS)
    for method, path in (("POST", ""), ("POST", "/batched"), ("DELETE", "/x"), ("POST", "/x/amend")):
        await ask(method, f"/portfolio/orders{path}", {})


async def account(ask: Asking, settling: str) -> None:
    for path in ("/account/limits", "/account/endpoint_costs", "/portfolio/balance", "/portfolio/positions",
                 "/portfolio/orders", "/portfolio/fills", "/historical/orders", "/historical/fills"):  # fmt: skip
        await ask("GET", path)
        await ask.unsigned("GET", path)
    await ask("GET", "/portfolio/fills", limit=1)
    for _ in range(200):
        if (await ask("GET", "/portfolio/settlements"))["settlements"]:
            break
        await trio.sleep(0.1)
    await ask("GET", f"/markets/{settling}")
    await ask("GET", "/portfolio/positions")


async def keys(ask: Asking) -> None:
    made = await ask("POST", "/api_keys/generate", {"name": "second", "scopes": ["read"]})
    public = serialization.load_pem_private_key(made["private_key"].encode(), None).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    await ask("POST", "/api_keys", {"name": "third", "public_key": pem.decode()})
    await ask("GET", "/api_keys")
    await ask("DELETE", f"/api_keys/{made['api_key_id']}")
    await ask("DELETE", "/api_keys/no-such-key")


async def test_every_answer_is_as_kalshi_publishes_it() -> None:
    still, moving = default_pairs(1, 2)
    soon = PairSettings("SOON", moving.kalshi, moving.polymarket, resolve_in_ms=2_500)
    driven = Driven(KALSHI)
    async with laboratory(settings=LabSettings(pairs=(still, soon))) as lab, kalshi_client(lab) as client:
        ask = Asking(client, driven)
        await ask("POST", ORDERS, order("KXSOON", "soon"))
        await public(ask, "KXLAB1-1")
        await orders(ask, "KXLAB1-1")
        await account(ask, "KXSOON")
        await keys(ask)
        routes = routes_of(lab, "kalshi", "kalshi", PATH)
    assert driven.beyond == {"DELETE /portfolio/events/orders"}
    driven.judge_operations(routes)
    driven.judge()
