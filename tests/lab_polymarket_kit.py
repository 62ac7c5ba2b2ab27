"""Official Polymarket clients, pointed at a laboratory."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import httpx
import pytest
from attrs import frozen
from polymarket import SecureClient
from polymarket._internal.environment import PRODUCTION_CONFIG, create_environment
from polymarket.environments import Environment
from polymarket.models.clob import ApiKeyCreds
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import (
    ApiCreds,
    AssetType,
    BalanceAllowanceParams,
    MarketOrderArgs,
    OrderArgs,
)
from py_clob_client_v2.exceptions import PolyApiException
from py_clob_client_v2.order_utils.model.order_data_v2 import order_to_json_v2

from lab_thread import LabThread
from pairlock.model import Outcome
from pairlock_adapters.laboratory.lab import Laboratory
from pairlock_adapters.laboratory.settings import BookSettings, PairSettings
from pairlock_adapters.simulated.execution import move
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.matching import Incoming, Tif
from pairlock_adapters.simulated.worldgen import POLYMARKET

# A stranger's key, which no laboratory makes.
FOREIGN_KEY = "0x" + "5e" * 32


def pair(name: str, bid_e4: int = 5_500, ask_e4: int = 5_600, **more: Any) -> PairSettings:
    """An event with five levels of 1,000 contracts on each side, a tick apart."""
    bids = tuple((bid_e4 - n * 100, 100_000) for n in range(5))
    asks = tuple((ask_e4 + n * 100, 100_000) for n in range(5))
    return PairSettings(name, BookSettings(bids, asks), BookSettings(bids, asks), **more)


class Ready(Protocol):
    """Whatever tells where a laboratory is."""

    @property
    def ready(self) -> dict[str, Any]: ...


def tokens(lab: Ready, name: str) -> tuple[str, str, str]:
    """(condition id, YES token, NO token) of the event."""
    row = next(row for row in lab.ready["pairs"] if row["event_id"] == f"event-{name}")
    return row["polymarket_condition_id"], row["yes_token"], row["no_token"]


def clob_client(lab: Ready, key: str = "", **more: Any) -> ClobClient:
    """The official client of the order book, as the laboratory's account or with another key."""
    own = lab.ready["polymarket"]
    creds = None if key else ApiCreds(own["api_key"], own["secret"], own["passphrase"])
    funder = own["funder"] if own["signature_type"] and not key else None
    options = {"creds": creds, "signature_type": None if key else own["signature_type"], "funder": funder}
    return ClobClient(own["clob"], own["chain_id"], key=key or own["private_key"], **(options | more))


def environment(lab: LabThread) -> Environment:
    """Of ``polymarket-client``: its own production environment with the addresses that can point at loopback."""
    own = lab.ready["polymarket"]
    config = dataclasses.replace(
        PRODUCTION_CONFIG,
        chain_id=own["chain_id"],
        clob_url=own["clob"],
        relayer_url=own["clob"],  # which says only whether the wallet is there
        gamma_url=own["gamma"],
        data_url=own["data"],
        clob_market_ws_url=own["ws_market"],
        clob_user_ws_url=own["ws_user"],
    )
    return create_environment(name="laboratory", config=config)


def secure_options(lab: LabThread) -> dict[str, Any]:
    """What ``SecureClient.create`` and ``AsyncSecureClient.create`` take."""
    own = lab.ready["polymarket"]
    return {
        "private_key": own["private_key"],
        "wallet": own["funder"],
        "environment": environment(lab),
        "credentials": ApiKeyCreds(key=own["api_key"], secret=own["secret"], passphrase=own["passphrase"]),
    }


@contextmanager
def secure_client(lab: LabThread) -> Iterator[SecureClient]:
    client = SecureClient.create(**secure_options(lab))
    try:
        yield client
    finally:
        client.close()


def shift(lab: LabThread, market: str, by_e4: int) -> None:
    """The market moves: everybody else's orders are that much higher (YES)."""

    def moves(inside: Laboratory) -> None:
        exchange = inside.world.exchanges[POLYMARKET]
        with exchange.truth.commit(exchange.timeline.advance()):
            move(exchange, exchange.markets[market], by_e4)

    lab.call(moves)


def somebody_takes(lab: LabThread, market: str, outcome: Outcome, qty_e6: int, limit_e4: int) -> None:
    """A stranger buys ``outcome`` at ``limit_e4`` or better, whoever offers it."""

    def takes(inside: Laboratory) -> None:
        exchange = inside.world.exchanges[POLYMARKET]
        taker = Incoming("a stranger", outcome, True, qty_e6, limit_e4, Tif.IMMEDIATE_OR_CANCEL)
        at_ms = exchange.timeline.advance()
        with exchange.truth.commit(at_ms):
            exchange.resting.taken(exchange.markets[market], taker, at_ms)

    lab.call(takes)


# The order book's client.


def refused(call: Callable[[], object]) -> tuple[int, str]:
    """(status, error) of a call that the venue refuses."""
    with pytest.raises(PolyApiException) as error:
        call()
    told = error.value.error_msg
    return error.value.status_code, told["error"] if isinstance(told, dict) else told


def dollars(client: ClobClient) -> int:
    """In micro-dollars."""
    params = BalanceAllowanceParams(asset_type=AssetType.COLLATERAL)
    return int(client.get_balance_allowance(params)["balance"])


def shares(client: ClobClient, token: str) -> int:
    """In 1/1,000,000."""
    params = BalanceAllowanceParams(asset_type=AssetType.CONDITIONAL, token_id=token)
    return int(client.get_balance_allowance(params)["balance"])


def until(condition: Callable[[], bool], within_s: float = 5) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def limit(client: ClobClient, token: str, price: float, size: float, side: str = "BUY", **more: Any) -> Any:
    expiration = more.pop("expiration", 0)
    args = OrderArgs(token_id=token, price=price, size=size, side=side, expiration=expiration)
    return client.create_and_post_order(args, **more)


def market(
    client: ClobClient, token: str, amount: float, price: float, side: str = "BUY", kind: str = "FOK"
) -> Any:
    args = MarketOrderArgs(token_id=token, amount=amount, side=side, price=price)
    return client.create_and_post_market_order(args, order_type=kind, defer_exec=True)


def said(*values: object) -> str:
    return " ".join(str(value) for value in values)


CONNECTION = "connection ended"
TIMEOUT = "no answer in time"
_TIMEOUT_S = 2.0


@frozen
class Met:
    """What a client met: a status and body, or how the connection failed (status 0)."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def error(self) -> str:
        return str(self.body.get("error")) if isinstance(self.body, dict) else str(self.body)


def send(client: ClobClient, method: str, path: str, body: object = None, query: str = "") -> Met:
    """One signed request over a new connection."""
    text = "" if body is None else json.dumps(body, separators=(",", ":"))
    headers = client._l2_headers(method, path, serialized_body=text)
    try:
        got = httpx.request(
            method, f"{client.host}{path}{query}", content=text, headers=headers, timeout=_TIMEOUT_S
        )
    except httpx.TimeoutException:
        return Met(0, TIMEOUT, {})
    except httpx.TransportError:
        return Met(0, CONNECTION, {})
    said = got.json() if got.headers["content-type"] == "application/json" else got.text
    return Met(got.status_code, said, dict(got.headers))


def signed(client: ClobClient, order: Any, kind: str) -> dict[str, Any]:
    return dict(order_to_json_v2(order, client.creds.api_key, kind))


def fired(lab: LabThread, kind: FaultKind) -> int:
    return lab.call(lambda inside: inside.world.fired.get(kind.value, 0))
