"""Faults of reads, of the user's stream and of books, as a client of the Polymarket face meets them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import AssetType, BalanceAllowanceParams, OpenOrderParams, TradeParams
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from lab_polymarket_kit import clob_client, fired, limit, market, pair, refused, shift, tokens, until
from lab_thread import LabThread, lab_thread
from pairlock_adapters.laboratory.settings import LabSettings
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import Fault, fault

K = FaultKind


@pytest.fixture
def lab() -> Iterator[LabThread]:
    with lab_thread(LabSettings(pairs=(pair("STREAM-1"),), finality_ms=300)) as running:
        yield running


@pytest.fixture
def client(lab: LabThread) -> ClobClient:
    return clob_client(lab)


def test_a_read_that_fails(lab: LabThread, client: ClobClient) -> None:
    lab.inject(Fault(K.READ_FAILED, "polymarket"))
    assert refused(client.get_open_orders) == (502, "Bad Gateway")
    assert client.get_open_orders() == []


def test_reads_that_lag_hide_what_is_young(lab: LabThread, client: ClobClient) -> None:
    condition, yes, _ = tokens(lab, "STREAM-1")
    cash = client.get_balance_allowance
    params = BalanceAllowanceParams(asset_type=AssetType.COLLATERAL)
    before = cash(params)["balance"]
    assert market(client, yes, 56, 0.56)["status"] == "matched"
    lab.inject(
        Fault(K.STALE_BALANCE, "polymarket"), Fault(K.ORDERS_FILLS_DISAGREE, "polymarket", market=condition)
    )
    assert cash(params)["balance"] == before
    assert cash(params)["balance"] != before
    assert client.get_trades(TradeParams(market=condition)) == []
    assert len(client.get_trades(TradeParams(market=condition))) == 1
    ident = limit(client, yes, 0.40, 10)["orderID"]
    lab.inject(Fault(K.NOT_FOUND_IN_FLIGHT, "polymarket"))
    assert refused(lambda: client.get_order(ident)) == (404, "Order not found")
    assert client.get_order(ident)["id"] == ident
    for kind in (K.STALE_BALANCE, K.ORDERS_FILLS_DISAGREE, K.NOT_FOUND_IN_FLIGHT):
        assert fired(lab, kind) == 1


def test_rows_that_are_missing_twice_or_odd(lab: LabThread, client: ClobClient) -> None:
    condition, yes, _ = tokens(lab, "STREAM-1")
    market(client, yes, 56, 0.56)
    params = TradeParams(market=condition)
    seen: dict[FaultKind, Any] = {}
    for kind in (K.ROWS_MISSING, K.ROWS_REPEATED, K.UNKNOWN_WORD, K.NUMBER_DRIFT, K.FIXED_POINT_DRIFT):
        lab.inject(Fault(kind, "polymarket"))
        seen[kind] = client.get_trades(params)
        assert fired(lab, kind) == 1
    assert len(seen[K.ROWS_MISSING]) == 0
    assert len(seen[K.ROWS_REPEATED]) == 2
    assert seen[K.UNKNOWN_WORD][0]["status"] == "UNDER_REVIEW"
    assert [seen[kind][0]["size"] for kind in (K.NUMBER_DRIFT, K.FIXED_POINT_DRIFT)] == [100, "100000000"]


def test_an_order_of_another_client_of_the_account(lab: LabThread, client: ClobClient) -> None:
    condition, _, _ = tokens(lab, "STREAM-1")
    lab.inject(Fault(K.FOREIGN_ORDER, "polymarket"))
    rows = client.get_open_orders(OpenOrderParams(market=condition))
    assert [(row["price"], row["side"]) for row in rows] == [("0.01", "BUY")]
    assert fired(lab, K.FOREIGN_ORDER) == 1


# The user's stream.


@contextmanager
def user(lab: LabThread) -> Iterator[Connection]:
    own = lab.ready["polymarket"]
    auth = {"apiKey": own["api_key"], "secret": own["secret"], "passphrase": own["passphrase"]}
    with connect(own["ws_user"]) as socket:
        socket.send(json.dumps({"type": "user", "auth": auth, "markets": []}))
        socket.send("PING")
        assert socket.recv(timeout=5) == "PONG"
        yield socket


def messages(socket: Connection, within_s: float = 1) -> list[dict[str, Any]]:
    """What comes within a while, but for PONG."""
    found, deadline = [], time.monotonic() + within_s
    while (left := deadline - time.monotonic()) > 0:
        try:
            text = socket.recv(timeout=left)
        except TimeoutError:
            break
        found += [] if text == "PONG" else [json.loads(text)]
    return found


def trades(socket: Connection, count: int) -> list[dict[str, Any]]:
    """What comes until that many trades were told (none: for a second), and a moment more."""
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + (8 if count else 1)
    while len(words(found)) < count and time.monotonic() < deadline:
        found += messages(socket, 0.2)
    return found + messages(socket, 0.3)


def words(found: list[dict[str, Any]]) -> list[str]:
    return [each["status"] for each in found if each["event_type"] == "trade"]


def test_a_stranger_is_hung_up_on(lab: LabThread) -> None:
    with connect(lab.ready["polymarket"]["ws_user"]) as socket:
        auth = {"apiKey": "x", "secret": "y", "passphrase": "z"}
        socket.send(json.dumps({"type": "user", "auth": auth}))
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (K.STREAM_LOST, ["MINED", "CONFIRMED"]),
        (K.STREAM_REPEATED, ["MATCHED", "MATCHED", "MINED", "CONFIRMED"]),
        (K.STREAM_REORDERED, ["MINED", "MATCHED", "CONFIRMED"]),
        (K.STREAM_SILENT, []),
        (K.STREAM_PINGS_LOST, []),
    ],
)
def test_a_fault_of_the_users_stream(
    lab: LabThread, client: ClobClient, kind: FaultKind, told: list[str]
) -> None:
    _, yes, _ = tokens(lab, "STREAM-1")
    with user(lab) as socket:
        lab.inject(Fault(kind, "polymarket"))
        market(client, yes, 56, 0.56)
        assert words(trades(socket, len(told))) == told
        socket.send("PING")
        silent = kind is K.STREAM_PINGS_LOST
        try:
            assert socket.recv(timeout=0.5) == "PONG"
            assert not silent
        except TimeoutError:
            assert silent
    assert fired(lab, kind) == 1


def test_a_late_message_and_a_replay(lab: LabThread, client: ClobClient) -> None:
    _, yes, _ = tokens(lab, "STREAM-1")
    with user(lab) as socket:
        limit(client, yes, 0.40, 10)
        lab.inject(fault(K.STREAM_LATE, "polymarket", change={"later_ms": 600}))
        assert [each["type"] for each in messages(socket, 0.5)] == ["PLACEMENT"]
        limit(client, yes, 0.41, 10)
        assert messages(socket, 0.3) == []
        assert [each["price"] for each in messages(socket, 1)] == ["0.41"]
        lab.inject(Fault(K.STREAM_REPLAYED, "polymarket"))
        limit(client, yes, 0.42, 10)
        assert [each["price"] for each in messages(socket)] == ["0.4", "0.41", "0.42"]


# Books.


class Book:
    """One token's book as a careful client keeps it."""

    def __init__(self, client: ClobClient) -> None:
        self._client = client
        self.told: dict[str, Any] = {}

    def hears(self, message: dict[str, Any], token: str) -> bool:
        """Take a message in; whether the book has the hash that it names."""
        if message["event_type"] == "book" and message["asset_id"] == token:
            self.told = {key: value for key, value in message.items() if key != "event_type"}
        elif message["event_type"] == "last_trade_price" and message["asset_id"] == token:
            self.told["last_trade_price"] = message["price"]
            return True
        elif message["event_type"] == "price_change":
            self.told["timestamp"] = message["timestamp"]
            for change in message["price_changes"]:
                if change["asset_id"] == token:
                    self._change(change)
                    self.told["hash"] = change["hash"]
        else:
            return True
        return bool(self._client.get_order_book_hash(dict(self.told)) == self.told["hash"])

    def _change(self, change: dict[str, Any]) -> None:
        side = "bids" if change["side"] == "BUY" else "asks"
        levels = {level["price"]: level["size"] for level in self.told[side]}
        levels[change["price"]] = change["size"]
        ordered = sorted(levels, key=float, reverse=side == "asks")
        self.told[side] = [{"price": each, "size": levels[each]} for each in ordered if levels[each] != "0"]


@contextmanager
def followed(lab: LabThread, token: str) -> Iterator[Connection]:
    with connect(lab.ready["polymarket"]["ws_market"]) as socket:
        socket.send(json.dumps({"type": "market", "assets_ids": [token], "custom_feature_enabled": False}))
        yield socket


def test_a_followed_book_has_the_official_hash_after_every_change(lab: LabThread, client: ClobClient) -> None:
    condition, yes, no = tokens(lab, "STREAM-1")
    for token in (yes, no):
        book = Book(client)
        with followed(lab, token) as socket:
            limit(client, yes, 0.50, 10)
            market(client, yes, 56, 0.60)
            shift(lab, condition, 100)
            client.cancel_all()
            heard = messages(socket)
            assert len(heard) >= 5
            assert all(book.hears(each, token) for each in heard)
            served = client.get_order_book(token)
            assert (book.told["bids"], book.told["asks"]) == (served["bids"], served["asks"])


def test_a_tick_that_changes_is_told_with_a_whole_book(lab: LabThread, client: ClobClient) -> None:
    _, yes, _ = tokens(lab, "STREAM-1")
    with followed(lab, yes) as socket:
        lab.inject(Fault(K.TICK_CHANGES, "polymarket"))
        refused(lambda: market(client, yes, 56, 0.56))
        heard = messages(socket)
    at = next(n for n, each in enumerate(heard) if each["event_type"] == "tick_size_change")
    assert (heard[at]["old_tick_size"], heard[at]["new_tick_size"]) == ("0.01", "0.001")
    assert any(each["event_type"] == "book" and each["tick_size"] == "0.001" for each in heard[at:])
    assert fired(lab, K.TICK_CHANGES) == 1


@pytest.mark.parametrize(
    "kind", [K.BOOK_DELTA_RACE, K.BOOK_CROSSED, K.BOOK_SIZE_VANISHES, K.BOOK_SEQUENCE_RESET]
)
def test_a_fault_of_a_book(lab: LabThread, client: ClobClient, kind: FaultKind) -> None:
    _, yes, _ = tokens(lab, "STREAM-1")
    book = Book(client)
    with followed(lab, yes) as socket:
        assert all(book.hears(each, yes) for each in messages(socket, 0.5))
        lab.inject(Fault(kind, "polymarket"))
        limit(client, yes, 0.50, 10)
        if kind is K.BOOK_SEQUENCE_RESET:
            with pytest.raises(ConnectionClosed):
                messages(socket, 5)
        else:
            good = [book.hears(each, yes) for each in messages(socket)]
            assert all(good) is (kind is not K.BOOK_DELTA_RACE)
    until(lambda: fired(lab, kind) == 1)
    if kind is K.BOOK_SIZE_VANISHES:
        assert client.get_order_book(yes)["bids"][-1]["price"] == "0.54"


def test_a_socket_that_follows_too_much_gets_no_snapshots_and_may_unsubscribe(
    lab: LabThread, client: ClobClient
) -> None:
    _, yes, _ = tokens(lab, "STREAM-1")
    with connect(lab.ready["polymarket"]["ws_market"]) as socket:
        crowd = [str(number) for number in range(500)]
        socket.send(json.dumps({"type": "market", "assets_ids": [*crowd, yes]}))
        assert messages(socket, 0.5) == []
        limit(client, yes, 0.50, 10)
        assert [each["event_type"] for each in messages(socket, 1)] == ["price_change"]
        socket.send(json.dumps({"operation": "unsubscribe", "assets_ids": [yes]}))
        socket.send("PING")
        assert socket.recv(timeout=5) == "PONG"
        limit(client, yes, 0.49, 10)
        assert messages(socket, 0.5) == []
