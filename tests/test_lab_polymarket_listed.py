"""Faults of markets as they are listed, those beyond the fault model, and a restart, on the Polymarket face."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from py_clob_client_v2.clob_types import (
    AssetType,
    BalanceAllowanceParams,
    OrderArgs,
    TradeParams,
)

from lab_polymarket_kit import (
    TIMEOUT,
    clob_client,
    fired,
    limit,
    market,
    pair,
    refused,
    send,
    signed,
    tokens,
    until,
)
from lab_thread import LabThread, lab_thread
from pairlock_adapters.laboratory.names import condition_id
from pairlock_adapters.laboratory.settings import LabSettings
from pairlock_adapters.simulated.fault_kinds import BEYOND, FaultKind
from pairlock_adapters.simulated.faults import Fault, fault
from test_lab_polymarket_faults import CANCELS, ORDERS

K = FaultKind


@pytest.fixture
def lab() -> Iterator[LabThread]:
    with lab_thread(LabSettings(pairs=(pair("LIST-1"),), finality_ms=300)) as running:
        yield running


@pytest.mark.parametrize(
    ("kind", "change", "prices"),
    [
        (K.OTHER_RESULT, {}, [0, 1]),
        (K.VOID, {"yes_payout_e4": 2_600}, [0.5, 0.5]),
        (K.FIFTY_FIFTY, {}, [0.5, 0.5]),
        (K.EARLY_RESOLUTION, {"resolve_in_ms": 200}, [1, 0]),
    ],
)
def test_a_market_that_ends_otherwise(
    lab: LabThread, kind: FaultKind, change: dict[str, int], prices: list[float]
) -> None:
    client = clob_client(lab)
    lab.inject(fault(kind, "polymarket", change=change))
    lab.call(lambda inside: inside.list_pair(pair("ENDS", resolve_in_ms=300)))
    condition = condition_id("ENDS")
    assert client.get_market(condition)["closed"] is False
    until(lambda: bool(client.get_market(condition)["closed"]))
    told = client.get_market(condition)
    assert [token["winner"] for token in told["tokens"]] == [False, False]
    # Nobody is paid before the venue's own delay is over.
    halved = prices == [0.5, 0.5]
    until(lambda: [t["price"] for t in client.get_market(condition)["tokens"]] == prices, 12)
    until(lambda: client.get_market(condition)["is_50_50_outcome"] is halved)
    told = client.get_market(condition)
    assert [token["winner"] for token in told["tokens"]] == [price == 1 for price in prices]
    assert fired(lab, kind) == 1


def test_a_market_that_closes_early(lab: LabThread) -> None:
    client = clob_client(lab)
    lab.inject(fault(K.EARLY_CLOSE, "polymarket", change={"close_in_ms": 100}))
    lab.call(lambda inside: inside.list_pair(pair("SHORT")))
    condition = condition_id("SHORT")
    until(lambda: client.get_market(condition)["accepting_orders"] is False)
    yes = client.get_market(condition)["tokens"][0]["token_id"]
    assert client.get_market(condition)["closed"] is False
    status, error = refused(lambda: limit(client, yes, 0.40, 10))
    assert (status, "not accepting orders" in error) == (400, True)


def test_positions_and_orders_that_lag(lab: LabThread) -> None:
    client = clob_client(lab)
    condition, yes, _ = tokens(lab, "LIST-1")
    market(client, yes, 56, 0.56)
    params = BalanceAllowanceParams(asset_type=AssetType.CONDITIONAL, token_id=yes)
    until(lambda: client.get_balance_allowance(params)["balance"] == "100000000")
    lab.inject(Fault(K.STALE_POSITION, "polymarket"))
    assert client.get_balance_allowance(params)["balance"] == "0"
    assert client.get_balance_allowance(params)["balance"] == "100000000"
    assert fired(lab, K.STALE_POSITION) == 1
    lab.inject(Fault(K.STALE_ORDER, "polymarket"))
    assert client.get_trades(TradeParams(market=condition)) == []
    assert fired(lab, K.STALE_ORDER) == 1


BOUNDLESS = LabSettings(pairs=(pair("BEYOND"),), finality_ms=200, bounds=None)


def test_beyond_the_fault_model_an_order_is_booked_twice_under_one_hash() -> None:
    with lab_thread(BOUNDLESS) as lab:
        client = clob_client(lab)
        condition, yes, _ = tokens(lab, "BEYOND")
        lab.inject(fault(K.ACCEPTED_TWICE, "polymarket", change={"duplicate_after_ms": 200}))
        done = market(client, yes, 56, 0.56)
        until(lambda: len(client.get_trades(TradeParams(market=condition))) == 2)
        rows = client.get_trades(TradeParams(market=condition))
        assert {row["taker_order_id"] for row in rows} == {done["orderID"]}
        assert len({row["id"] for row in rows}) == 2
        assert fired(lab, K.ACCEPTED_TWICE) == 1


@pytest.mark.parametrize("kind", [K.NEVER_READABLE, K.LYING_STATUS])
def test_beyond_the_fault_model_reads_hide_and_lie(kind: FaultKind) -> None:
    with lab_thread(BOUNDLESS) as lab:
        client = clob_client(lab)
        condition, yes, _ = tokens(lab, "BEYOND")
        client.get_clob_market_info(condition)
        lab.inject(fault(kind, "polymarket", change={"veil_ms": 1_500}))
        order = client.create_order(OrderArgs(yes, 0.56, 100, "BUY"))
        assert send(client, "POST", "/order", signed(client, order, "FOK")).body == TIMEOUT
        until(lambda: len(client.get_trades(TradeParams(market=condition))) == 1)
        assert fired(lab, kind) == 1


def test_a_restart_knows_its_orders_again(tmp_path: Path) -> None:
    settings = LabSettings(pairs=(pair("AGAIN"),), finality_ms=300, truth=str(tmp_path / "truth.db"))
    with lab_thread(settings) as lab:
        client = clob_client(lab)
        _, yes, _ = tokens(lab, "AGAIN")
        client.get_clob_market_info(tokens(lab, "AGAIN")[0])
        rests = limit(client, yes, 0.40, 20)["orderID"]
        ends = limit(client, yes, 0.41, 20, expiration=int(time.time()) + 90, order_type="GTD")["orderID"]
        lab.inject(fault(K.LATE_ARRIVAL, "polymarket", change={"arrive_later_ms": 3_000}))
        late = client.create_order(OrderArgs(yes, 0.42, 20, "BUY"))
        assert send(client, "POST", "/order", signed(client, late, "GTC")).body == TIMEOUT
    with lab_thread(settings) as lab:
        client = clob_client(lab)
        ids = {row["id"] for row in client.get_open_orders()}
        assert ids >= {rests, ends}
        until(lambda: len(client.get_open_orders()) == 3, 8)
        (came,) = {row["id"] for row in client.get_open_orders()} - {rests, ends}
        status, error = refused(lambda: client.post_order(late))
        assert (status, error) == (400, f"order {came} is invalid. Duplicated.")
        assert client.get_order(ends)["expiration"] != "0"
        assert client.cancel_all()["not_canceled"] == {}


def test_every_kind_within_the_fault_model_is_met_on_this_face() -> None:
    """Here, in the tests of orders and cancels, or in those of reads and streams."""
    text = Path(__file__).with_name("test_lab_polymarket_streams.py").read_text(encoding="utf-8")
    text += Path(__file__).read_text(encoding="utf-8")
    missing = {kind for kind in FaultKind if kind not in ORDERS and kind not in CANCELS}
    missing = {kind for kind in missing if f"K.{kind.name}" not in text}
    assert missing <= BEYOND
