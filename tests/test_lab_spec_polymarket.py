"""Every operation of Polymarket's published interfaces that the laboratory serves, asked, and its answer held to it.

The official client asks what it can ask; the rest is asked in its name. Everything that the apps answer is judged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from attrs import frozen
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import RequestArgs
from py_clob_client_v2.exceptions import PolyApiException
from py_clob_client_v2.headers.headers import create_level_2_headers

from lab_polymarket_kit import FOREIGN_KEY, clob_client, limit, market, pair, tokens
from lab_thread import LabThread, lab_thread
from pairlock_adapters.laboratory.settings import LabSettings
from spec_drive import Driven, routes_of
from spec_kit import CLOB, DATA, GAMMA
from spec_listen import listen

NOBODY = "0x" + "0" * 64


@frozen
class Asker:
    """The account of the laboratory, and whoever asks without being one."""

    lab: LabThread
    client: ClobClient
    http: httpx.Client
    condition: str
    yes: str
    no: str

    def ask(self, method: str, path: str, body: object = None, *, service: str = "clob", **query: Any) -> Any:
        """One request, signed as the account's where it goes to the order book; its JSON, or its text."""
        text = None if body is None else json.dumps(body, separators=(",", ":"))
        headers = {"Content-Type": "application/json"}
        if service == "clob":
            args = RequestArgs(method, path, body, text)
            headers |= create_level_2_headers(self.client.signer, self.client.creds, args)
        url = self.lab.ready["polymarket"][service] + path
        answer = self.http.request(method, url, content=text, headers=headers, params=query)
        try:
            return answer.json()
        except ValueError:
            return answer.text


@pytest.fixture(scope="module")
def heard() -> Iterator[tuple[Asker, dict[str, Driven], dict[str, set[str]]]]:
    """An asker, what is heard of each service, and what each serves."""
    driven = {"clob": Driven(CLOB), "gamma": Driven(GAMMA), "data": Driven(DATA)}
    settings = LabSettings(pairs=(pair("POLY-1"), pair("POLY-2")), finality_ms=50)
    with lab_thread(settings) as lab, httpx.Client(timeout=10, trust_env=False) as http:
        for name, each in driven.items():
            lab.call(lambda inside, name=name, each=each: listen(inside, "polymarket", name, each.heard))  # type: ignore[misc]
        routes = {
            name: lab.call(lambda inside, name=name: routes_of(inside, "polymarket", name))  # type: ignore[misc]
            for name in driven
        }
        yield Asker(lab, clob_client(lab), http, *tokens(lab, "POLY-1")), driven, routes


Heard = tuple[Asker, dict[str, Driven], dict[str, set[str]]]


def refused(call: Callable[[], object]) -> None:
    with pytest.raises(PolyApiException):
        call()


def public(asker: Asker) -> None:
    ask, yes, condition = asker.ask, asker.yes, asker.condition
    for path in ("/time", "/simplified-markets", "/sampling-markets", "/sampling-simplified-markets",
                 "/rewards/markets/current", "/rewards/markets/multi", f"/rewards/markets/{condition}",
                 f"/clob-markets/{condition}", f"/clob-markets/{NOBODY}", f"/markets-by-token/{yes}",
                 "/markets-by-token/1", f"/markets/live-activity/{condition}"):  # fmt: skip
        ask("GET", path)
    for path in (
        "/book",
        "/tick-size",
        "/neg-risk",
        "/fee-rate",
        "/midpoint",
        "/spread",
        "/last-trade-price",
    ):
        ask("GET", path, token_id=yes)
        ask("GET", path, token_id="1")
        ask("GET", path)
    for path in ("/tick-size", "/neg-risk", "/fee-rate"):
        ask("GET", f"{path}/{yes}")
    ask("GET", "/price", token_id=yes, side="BUY")
    ask("GET", "/price", token_id=yes, side="UP")
    many = f"{yes},{asker.no}"
    for path in ("/books", "/midpoints", "/last-trades-prices"):
        ask("GET", path, token_ids=many)
    ask("GET", "/prices", token_ids=many, sides="BUY,SELL")
    rows = [{"token_id": yes}, {"token_id": asker.no}]
    for path in ("/books", "/midpoints", "/spreads", "/last-trades-prices"):
        ask("POST", path, rows)
    ask("POST", "/prices", [row | {"side": "BUY"} for row in rows])
    ask("GET", "/prices-history", market=yes, interval="1d")
    ask("POST", "/batch-prices-history", {"markets": [yes]})
    ask("GET", "/builder/trades", builder_code=NOBODY)
    ask("GET", "/rebates/current", date="2026-10-07", maker_address=asker.client.get_address())


def keys(asker: Asker) -> None:
    client, ask = asker.client, asker.ask
    client.get_api_keys()
    client.get_closed_only_mode()
    stranger = clob_client(asker.lab, FOREIGN_KEY)
    stranger.set_api_creds(stranger.create_or_derive_api_key())
    stranger.derive_api_key()
    stranger.delete_api_key()
    refused(stranger.get_api_keys)
    for method in ("POST", "GET", "DELETE"):
        ask(method, "/auth/builder-api-key")
    ask("GET", "/notifications", signature_type=0)
    ask("DELETE", "/notifications", ids="1")
    for path in ("/rewards/user", "/rewards/user/total", "/rewards/user/markets"):
        ask("GET", path, date="2026-10-07", signature_type=0)
    ask("GET", "/rewards/user/percentages", signature_type=0)


def orders(asker: Asker) -> None:
    client, ask, yes = asker.client, asker.ask, asker.yes
    # Bought at 0.56; a kill, a duplicate, a resting order that fills in part, batches, and every way to cancel.
    market(client, yes, 56, 0.6)
    refused(lambda: market(client, yes, 50, 0.3))
    market(client, yes, 20, 0.5, side="SELL")
    kept = [
        limit(client, token, 0.2, 20 + n)["orderID"] for n, token in enumerate((yes, yes, asker.no, asker.no))
    ]
    ask("GET", f"/order/{kept[0]}")
    ask("GET", f"/order/{NOBODY}")
    ask("GET", "/order-scoring", order_id=kept[0])
    ask("GET", "/orders-scoring", order_ids=",".join(kept))
    ask("POST", "/orders-scoring", kept)
    ask("GET", "/data/orders", market=asker.condition)
    ask("DELETE", "/order", {"orderID": kept[0]})
    ask("DELETE", "/orders", kept[1:2])
    ask("DELETE", "/orders", [NOBODY])
    ask("DELETE", "/cancel-market-orders", {"market": asker.condition, "asset_id": asker.no})
    ask("DELETE", "/cancel-all")
    ask("POST", "/heartbeats")
    ask("POST", "/v1/heartbeats", {"heartbeat_id": ""})
    ask("GET", "/trades", maker_address=client.get_address())
    for method, path in (
        ("GET", "/balance-allowance"),
        ("PUT", "/balance-allowance"),
        ("GET", "/balance-allowance/update"),
    ):
        ask(method, path, asset_type="COLLATERAL", signature_type=0)
        ask(method, path, asset_type="CONDITIONAL", token_id=yes, signature_type=0)
    ask("POST", "/order", {"order": {}})
    ask("POST", "/orders", [])


def batch(asker: Asker) -> None:
    """Two orders in one request, the same ones again, and one with a forged signature."""
    from py_clob_client_v2.clob_types import OrderArgs, OrderType, PostOrdersV2Args

    args = [OrderArgs(token_id=asker.yes, price=0.2, size=10 + n, side="BUY") for n in range(2)]
    signed = [PostOrdersV2Args(asker.client.create_order(each), OrderType.GTC) for each in args]
    asker.client.post_orders(signed)
    asker.client.post_orders(signed)
    asker.client.cancel_all()


def test_every_answer_of_the_order_book_is_as_published(heard: Heard) -> None:
    asker, driven, routes = heard
    public(asker)
    keys(asker)
    orders(asker)
    batch(asker)
    driven["clob"].judge_operations(routes["clob"])
    driven["clob"].judge()


def test_every_answer_about_markets_is_as_published(heard: Heard) -> None:
    asker, driven, routes = heard

    def ask(path: str, **query: Any) -> Any:
        return asker.ask("GET", path, service="gamma", **query)

    for path in (
        "/status",
        "/tags",
        "/series",
        "/teams",
        "/sports",
        "/comments",
        "/events/keyset",
        "/markets/keyset",
    ):
        ask(path)
    ask("/markets/slug/no-such-market")
    ask("/events/slug/no-such-event")
    for kind, slug in (("markets", "poly-1"), ("events", "event-POLY-1")):
        row = ask(f"/{kind}", slug=slug)[0]
        ask(f"/{kind}/{row['id']}")
        ask(f"/{kind}/{row['id']}/tags")
        ask(f"/{kind}/slug/{slug}")
    ask("/public-search", q="poly")
    ask("/public-profile", address=asker.client.get_address())
    driven["gamma"].judge_operations(routes["gamma"])
    driven["gamma"].judge()


def test_every_answer_about_holdings_is_as_published(heard: Heard) -> None:
    asker, driven, routes = heard
    market(asker.client, asker.yes, 28, 0.6)
    user = asker.client.get_address()
    for path in ("/", "/positions", "/activity", "/traded", "/trades", "/value"):
        asker.ask("GET", path, service="data", user=user)
        asker.ask("GET", path, service="data")
    driven["data"].judge_operations(routes["data"])
    driven["data"].judge()
