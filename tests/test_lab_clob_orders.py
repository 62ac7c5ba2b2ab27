"""py-clob-client-v2 trades in the laboratory, unmodified: it places, fills, kills, repeats, cancels."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import (
    MarketOrderArgs,
    OpenOrderParams,
    OrderArgs,
    OrderMarketCancelParams,
    OrderPayload,
    PartialCreateOrderOptions,
    PostOrdersV2Args,
    TradeParams,
)
from py_clob_client_v2.order_utils import ExchangeOrderBuilderV2

from lab_polymarket_kit import (
    clob_client,
    dollars,
    limit,
    market,
    pair,
    refused,
    shares,
    shift,
    somebody_takes,
    tokens,
    until,
)
from lab_thread import LabThread, lab_thread
from pairlock.model import Outcome
from pairlock_adapters.laboratory.settings import LabSettings, PolymarketSettings

FOK_KILLED = "order couldn't be fully filled. FOK orders are fully filled or killed."
FAK_KILLED = (
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
)


@pytest.fixture(scope="module")
def lab() -> Iterator[LabThread]:
    pairs = tuple(pair(f"CLOB-{number}", neg_risk=number == 6) for number in range(1, 7))
    with lab_thread(LabSettings(pairs=pairs, finality_ms=600)) as running:
        yield running


@pytest.fixture
def client(lab: LabThread) -> Iterator[ClobClient]:
    made = clob_client(lab)
    yield made
    made.cancel_all()


def test_gtc_rests_is_read_and_canceled(lab: LabThread, client: ClobClient) -> None:
    condition, yes, _ = tokens(lab, "CLOB-1")
    placed = limit(client, yes, 0.50, 20)
    ident = placed["orderID"]
    assert (placed["success"], placed["status"], placed["takingAmount"]) == (True, "live", "")
    order = client.get_order(ident)
    assert (order["original_size"], order["size_matched"], order["price"]) == ("20", "0", "0.5")
    assert (order["side"], order["outcome"], order["order_type"]) == ("BUY", "Yes", "GTC")
    assert (order["market"], order["asset_id"], order["owner"]) == (condition, yes, client.creds.api_key)
    assert [row["id"] for row in client.get_open_orders(OpenOrderParams(market=condition))] == [ident]
    assert client.get_open_orders(OpenOrderParams(id="0x00")) == []
    assert {"price": "0.5", "size": "20"} in client.get_order_book(yes)["bids"]
    assert client.cancel_order(OrderPayload(ident)) == {"canceled": [ident], "not_canceled": {}}
    assert client.get_open_orders() == []
    assert refused(lambda: client.get_order(ident)) == (404, "Order not found")
    assert client.cancel_order(OrderPayload(ident))["not_canceled"].keys() == {ident}


def test_the_order_id_is_the_hash_that_the_client_computes(lab: LabThread, client: ClobClient) -> None:
    for name, contract in (
        ("CLOB-1", "0xE111180000d2663C0091e4f400237545B87B996B"),
        ("CLOB-6", "0xe2222d279d744050d28e00520010520000310F59"),
    ):
        _, yes, _ = tokens(lab, name)
        order = client.create_order(OrderArgs(yes, 0.40, 10, "BUY"))
        builder = ExchangeOrderBuilderV2(contract, 137, client.signer)
        expected = builder.build_order_hash(builder.build_order_typed_data(order))
        assert client.post_order(order)["orderID"] == expected


def test_cancels_of_one_several_all_and_a_market(lab: LabThread, client: ClobClient) -> None:
    first, yes, no = tokens(lab, "CLOB-1")
    _, other, _ = tokens(lab, "CLOB-2")
    ids = [limit(client, token, 0.30, 10)["orderID"] for token in (yes, no, yes, other, other)]
    done = client.cancel_orders([*ids[2:3], "0xfeed"])
    assert done == {"canceled": ids[2:3], "not_canceled": {"0xfeed": "order not found"}}
    assert client.cancel_market_orders(OrderMarketCancelParams(asset_id=no))["canceled"] == [ids[1]]
    assert client.cancel_market_orders(OrderMarketCancelParams(market=first))["canceled"] == [ids[0]]
    assert sorted(client.cancel_all()["canceled"]) == sorted(ids[3:])
    assert client.get_open_orders() == []


def test_identical_signed_bytes_are_booked_once(lab: LabThread, client: ClobClient) -> None:
    _, yes, _ = tokens(lab, "CLOB-1")
    order = client.create_order(OrderArgs(yes, 0.40, 10, "BUY"))
    placed = client.post_order(order)
    duplicated = (400, f"order {placed['orderID']} is invalid. Duplicated.")
    assert refused(lambda: client.post_order(order)) == duplicated
    client.cancel_all()
    assert refused(lambda: client.post_order(order)) == duplicated
    assert client.get_open_orders() == []


def test_gtd_expires(lab: LabThread, client: ClobClient) -> None:
    _, yes, _ = tokens(lab, "CLOB-1")
    soon, later = int(time.time()) + 30, int(time.time()) + 90
    assert refused(lambda: limit(client, yes, 0.40, 10, expiration=soon, order_type="GTD")) == (
        400, "invalid expiration",
    )  # fmt: skip
    ident = limit(client, yes, 0.40, 10, expiration=later, order_type="GTD")["orderID"]
    order = client.get_order(ident)
    assert (order["order_type"], order["expiration"]) == ("GTD", str(later))


def test_a_market_buy_spends_dollars_and_better_prices_bring_more_shares(
    lab: LabThread, client: ClobClient
) -> None:
    _, yes, _ = tokens(lab, "CLOB-3")
    before = dollars(client)
    done = market(client, yes, 560, 0.70)
    assert (done["status"], done["makingAmount"], done["takingAmount"]) == ("matched", "560", "1000")
    spent = before - dollars(client)
    # 1,000 shares at 0.56, and the taker's fee on top: 1,000 x 0.04 x 0.56 x 0.44.
    assert spent == 560_000_000 + 9_856_000
    trades = client.get_trades(TradeParams(id=done["tradeIDs"][0]))
    assert [(row["size"], row["price"], row["trader_side"]) for row in trades] == [("1000", "0.56", "TAKER")]
    assert trades[0]["taker_order_id"] == done["orderID"]
    assert (trades[0]["fee_rate_bps"], trades[0]["asset_id"], trades[0]["side"]) == ("400", yes, "BUY")
    assert sum(float(maker["matched_amount"]) for maker in trades[0]["maker_orders"]) == 1_000


def test_a_fill_becomes_final_and_only_then_can_be_sold(lab: LabThread, client: ClobClient) -> None:
    condition, _, no = tokens(lab, "CLOB-2")
    done = market(client, no, 45, 0.45)
    assert done["takingAmount"] == "100"
    words = [row["status"] for row in client.get_trades(TradeParams(id=done["tradeIDs"][0]))]
    assert words == ["TRADE_STATUS_MATCHED"]
    assert shares(client, no) == 0
    status, error = refused(lambda: market(client, no, 100, 0.44, "SELL", "FAK"))
    assert (status, "not enough balance / allowance" in error) == (400, True)
    until(lambda: shares(client, no) == 100_000_000)
    row = client.get_trades(TradeParams(market=condition, asset_id=no))[0]
    assert (row["status"], row["transaction_hash"][:2]) == ("TRADE_STATUS_CONFIRMED", "0x")
    before = dollars(client)
    sold = market(client, no, 100, 0.44, "SELL", "FAK")
    assert (sold["status"], sold["makingAmount"], sold["takingAmount"]) == ("matched", "100", "44")
    assert shares(client, no) == 0
    # What a sale brings comes when it is final: 44 dollars less the fee.
    until(lambda: dollars(client) == before + 44_000_000 - 985_600)


def test_kills_are_told_in_the_venues_words(lab: LabThread, client: ClobClient) -> None:
    _, yes, _ = tokens(lab, "CLOB-1")
    assert refused(lambda: market(client, yes, 10, 0.30)) == (400, FOK_KILLED)
    assert refused(lambda: market(client, yes, 10, 0.30, kind="FAK")) == (400, FAK_KILLED)
    assert refused(lambda: market(client, yes, 9_000, 0.62)) == (400, FOK_KILLED)
    assert client.get_trades(TradeParams(asset_id=yes)) == []


def test_a_fak_takes_what_is_there(lab: LabThread, client: ClobClient) -> None:
    _, yes, _ = tokens(lab, "CLOB-4")
    done = market(client, yes, 1_000, 0.56, kind="FAK")
    assert (done["status"], done["makingAmount"], done["takingAmount"]) == ("matched", "560", "1000")
    assert client.get_open_orders() == []


def test_an_order_rests_until_somebody_comes(lab: LabThread, client: ClobClient) -> None:
    condition, yes, _ = tokens(lab, "CLOB-5")
    ident = limit(client, yes, 0.58, 1_500)["orderID"]
    # It took 1,000 at 0.56 and 500 at 0.57: better than its limit, and the dollars left over stay ours.
    assert len(client.get_trades(TradeParams(asset_id=yes))) == 2
    until(lambda: shares(client, yes) == 1_500_000_000)
    offer = limit(client, yes, 0.60, 100, "SELL")["orderID"]
    somebody_takes(lab, condition, Outcome.YES, 3_600_000_000, 6_000)
    rows = [row for row in client.get_trades(TradeParams(asset_id=yes)) if row["trader_side"] == "MAKER"]
    assert [(row["size"], row["price"], row["side"]) for row in rows] == [("100", "0.6", "BUY")]
    assert rows[0]["maker_orders"][0]["order_id"] == offer
    assert rows[0]["maker_orders"][0]["maker_address"] == client.get_address().lower()
    assert ident != rows[0]["taker_order_id"]
    shift(lab, condition, -500)
    assert client.get_order_book(yes)["bids"][-1]["price"] == "0.5"


def test_bad_orders_are_refused_in_the_venues_words(lab: LabThread, client: ClobClient) -> None:
    _, yes, _ = tokens(lab, "CLOB-1")
    status, error = refused(lambda: limit(client, yes, 0.40, 4))
    assert (status, "lower than the minimum" in error) == (400, True)
    off_grid = PartialCreateOrderOptions("0.001", False)
    signed = client.builder.build_order(OrderArgs(yes, 0.405, 10, "BUY"), off_grid)
    status, error = refused(lambda: client.post_order(signed))
    assert (status, "breaks minimum tick size rule" in error) == (400, True)
    status, error = refused(lambda: limit(client, yes, 0.50, 100_000))
    assert (status, "not enough balance / allowance" in error) == (400, True)
    assert refused(lambda: limit(client, yes, 0.57, 10, post_only=True)) == (
        400, "invalid post-only order: order crosses book",
    )  # fmt: skip
    limit(client, yes, 0.50, 10, post_only=True)
    # A buy that takes needs a dollar, whatever its time in force; one that rests does not.
    assert limit(client, yes, 0.05, 5)["status"] == "live"
    status, error = refused(lambda: market(client, yes, 0.5, 0.60))
    assert (status, "min size: $1" in error) == (400, True)


def test_a_batch_answers_each_order_on_its_own(lab: LabThread, client: ClobClient) -> None:
    _, yes, no = tokens(lab, "CLOB-2")
    orders = [
        PostOrdersV2Args(client.create_order(OrderArgs(no, 0.40, 20, "BUY")), "GTC"),
        PostOrdersV2Args(client.create_order(OrderArgs(no, 0.40, 1, "BUY")), "GTC"),
        PostOrdersV2Args(client.create_market_order(MarketOrderArgs(yes, 10, "BUY", 0.3)), "FOK"),
    ]
    answers = client.post_orders(orders, defer_exec=True)
    assert [row["success"] for row in answers] == [True, True, True]
    assert [bool(row["orderID"]) for row in answers] == [True, False, False]
    assert answers[2]["errorMsg"] == FOK_KILLED
    assert [row["id"] for row in client.get_open_orders()] == [answers[0]["orderID"]]
    many = [PostOrdersV2Args(client.create_order(OrderArgs(no, 0.40, 5, "BUY")), "GTC") for _ in range(16)]
    assert refused(lambda: client.post_orders(many, defer_exec=True)) == (
        400, "Too many orders in payload: 16, max allowed: 15",
    )  # fmt: skip


@pytest.mark.parametrize("signature_type", [1, 2, 3])
def test_wallets_of_every_kind_trade(signature_type: int) -> None:
    settings = LabSettings(
        pairs=(pair("WALLET"),), polymarket=PolymarketSettings(signature_type=signature_type, chain_id=80002)
    )
    with lab_thread(settings) as lab:
        client = clob_client(lab)
        _, yes, _ = tokens(lab, "WALLET")
        assert dollars(client) == 10_000_000_000
        assert market(client, yes, 56, 0.56)["takingAmount"] == "100"
        assert limit(client, yes, 0.40, 10)["status"] == "live"
        assert client.get_open_orders()[0]["maker_address"] == lab.ready["polymarket"]["funder"].lower()
        # The same key with a wallet of its own is another account, which has nothing.
        plain = clob_client(lab, signature_type=0, funder=None)
        assert dollars(plain) == 0
        assert refused(lambda: limit(plain, yes, 0.40, 10))[0] == 400


def test_a_buy_that_takes_needs_a_dollar() -> None:
    with lab_thread(LabSettings(pairs=(pair("CHEAP", 500, 600),))) as lab:
        client = clob_client(lab)
        _, yes, _ = tokens(lab, "CHEAP")
        status, error = refused(lambda: limit(client, yes, 0.06, 5))
        assert (status, "min size: $1" in error) == (400, True)
        assert limit(client, yes, 0.04, 5)["status"] == "live"
        assert limit(client, yes, 0.06, 20)["status"] == "matched"


def test_an_order_with_an_end_is_gone_then(
    lab: LabThread, client: ClobClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pairlock_adapters.laboratory.polymarket.order_request.GTD_AHEAD_S", 0)
    _, yes, _ = tokens(lab, "CLOB-1")
    ident = limit(client, yes, 0.40, 10, expiration=int(time.time()) + 2, order_type="GTD")["orderID"]
    assert client.get_order(ident)["size_matched"] == "0"
    until(lambda: client.get_open_orders() == [])
    assert client.cancel_order(OrderPayload(ident))["not_canceled"].keys() == {ident}


def test_without_its_heartbeat_every_order_is_canceled(
    lab: LabThread, client: ClobClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pairlock_adapters.laboratory.polymarket.heartbeats.HEARTBEAT_MS", 500)
    _, yes, _ = tokens(lab, "CLOB-1")
    limit(client, yes, 0.40, 10)
    beat = client.post_heartbeat()["heartbeat_id"]
    for _ in range(4):
        time.sleep(0.2)
        beat = client.post_heartbeat(beat)["heartbeat_id"]
    assert len(client.get_open_orders()) == 1
    until(lambda: client.get_open_orders() == [])
    assert client.post_heartbeat()["heartbeat_id"]
