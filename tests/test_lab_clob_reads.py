"""py-clob-client-v2 in the laboratory, unmodified: markets, books, keys, strangers and forgeries."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import (
    ApiCreds,
    BookParams,
    OrderArgs,
    OrderArgsV1,
    OrderPayload,
    OrderScoringParams,
    OrdersScoringParams,
    PartialCreateOrderOptions,
    PricesHistoryParams,
)
from py_clob_client_v2.exceptions import PolyApiException
from py_clob_client_v2.order_utils.model.order_data_v2 import order_to_json_v2

from lab_polymarket_kit import (
    FOREIGN_KEY,
    clob_client,
    dollars,
    limit,
    pair,
    refused,
    tokens,
)
from lab_thread import LabThread, lab_thread
from pairlock_adapters.laboratory.settings import LabSettings


@pytest.fixture(scope="module")
def lab() -> Iterator[LabThread]:
    with lab_thread(LabSettings(pairs=(pair("CLOB-1"),))) as running:
        yield running


@pytest.fixture
def client(lab: LabThread) -> Iterator[ClobClient]:
    made = clob_client(lab)
    yield made
    made.cancel_all()


def test_it_is_there_and_tells_time_and_version(client: ClobClient) -> None:
    assert client.get_ok() == "OK"
    assert client.get_version() == 2
    assert abs(int(client.get_server_time()) - time.time()) < 3


def test_markets_are_listed_in_every_form(lab: LabThread, client: ClobClient) -> None:
    condition, yes, no = tokens(lab, "CLOB-1")
    for listed in (
        client.get_markets(), client.get_sampling_markets(), client.get_simplified_markets(),
        client.get_sampling_simplified_markets(),
    ):  # fmt: skip
        row = next(row for row in listed["data"] if row["condition_id"] == condition)
        assert [token["token_id"] for token in row["tokens"]] == [yes, no]
        assert (row["active"], row["closed"], row["accepting_orders"]) == (True, False, True)
        assert listed["next_cursor"] == "LTE="
    assert client.get_market(condition)["minimum_tick_size"] == 0.01
    short = client.get_clob_market_info(condition)
    assert (short["mos"], short["mts"], short["nr"]) == (5, 0.01, False)
    assert short["fd"] == {"r": 0.04, "e": 1, "to": True}
    assert client.get_market_trades_events(condition)["condition_id"] == condition
    assert refused(lambda: client.get_market("0x" + "0" * 64)) == (404, "market not found")


def test_books_mirror_each_other_and_carry_the_official_hash(lab: LabThread, client: ClobClient) -> None:
    condition, yes, no = tokens(lab, "CLOB-1")
    books = [client.get_order_book(yes), client.get_order_book(no)]
    assert books[0]["bids"][-1] == {"price": "0.55", "size": "1000"}
    assert books[0]["asks"][-1] == {"price": "0.56", "size": "1000"}
    assert books[1]["bids"][-1] == {"price": "0.44", "size": "1000"}
    assert books[1]["asks"][-1] == {"price": "0.45", "size": "1000"}
    for book in (*books, *client.get_order_books([BookParams(yes), BookParams(no)])):
        assert client.get_order_book_hash(dict(book)) == book["hash"]
        assert book["market"] == condition
    assert refused(lambda: client.get_order_book("123"))[0] == 404


def test_prices_are_those_of_the_book(lab: LabThread, client: ClobClient) -> None:
    _, yes, no = tokens(lab, "CLOB-1")
    assert client.get_midpoint(yes) == {"mid": "0.555"}
    assert client.get_midpoints([BookParams(yes), BookParams(no)]) == {yes: "0.555", no: "0.445"}
    assert client.get_spread(no) == {"spread": "0.01"}
    assert client.get_spreads([BookParams(yes)]) == {yes: "0.01"}
    assert client.get_price(yes, "BUY") == {"price": "0.55"}
    assert client.get_price(yes, "SELL") == {"price": "0.56"}
    assert client.get_prices([BookParams(no, "SELL")]) == {no: {"SELL": "0.45"}}
    assert client.get_last_trade_price(yes) == {"price": "0.5", "side": ""}
    assert client.get_last_trades_prices([BookParams(yes)])[0]["token_id"] == yes
    assert client.get_tick_size(yes) == "0.01"
    assert client.get_neg_risk(yes) is False
    assert client.get_fee_rate_bps(yes) == 0
    assert client.get_fee_exponent(yes) == 1
    history = client.get_prices_history(PricesHistoryParams(market=yes, interval="1d"))
    assert history["history"][-1]["p"] == 0.555
    assert client.calculate_market_price(yes, "BUY", 600, "FOK") == 0.57


def test_keys_are_made_derived_listed_and_deleted(lab: LabThread) -> None:
    own = lab.ready["polymarket"]
    client = clob_client(lab)
    client.set_api_creds(None)
    derived = client.create_or_derive_api_key()
    assert derived == ApiCreds(own["api_key"], own["secret"], own["passphrase"])
    second = client.create_api_key(nonce=7)
    assert second == client.derive_api_key(nonce=7) != derived
    assert refused(lambda: client.create_api_key(nonce=7)) == (400, "Could not create api key")
    assert refused(lambda: client.derive_api_key(nonce=8)) == (400, "Could not derive api key!")
    client.set_api_creds(second)
    assert client.get_api_keys() == {"apiKeys": [derived.api_key, second.api_key]}
    assert client.get_closed_only_mode() == {"closed_only": False}
    assert client.delete_api_key() == "OK"
    assert refused(client.get_api_keys) == (401, "Unauthorized/Invalid api key")


def test_server_time_signs_as_well(lab: LabThread) -> None:
    assert clob_client(lab, use_server_time=True).get_api_keys()["apiKeys"]


def test_a_foreign_key_has_no_money_and_sees_nothing(lab: LabThread, client: ClobClient) -> None:
    _, yes, _ = tokens(lab, "CLOB-1")
    ours = limit(client, yes, 0.40, 10)
    stranger = clob_client(lab, FOREIGN_KEY)
    stranger.set_api_creds(stranger.create_or_derive_api_key())
    assert dollars(stranger) == 0
    assert stranger.get_open_orders() == []
    assert stranger.get_trades() == []
    status, error = refused(lambda: limit(stranger, yes, 0.40, 10))
    assert (status, "not enough balance / allowance" in error) == (400, True)
    assert stranger.cancel_order(OrderPayload(ours["orderID"])) == {
        "canceled": [],
        "not_canceled": {ours["orderID"]: "order not found"},
    }
    assert refused(lambda: stranger.get_order(ours["orderID"]))[0] == 404
    assert client.get_order(ours["orderID"])["status"] == "ORDER_STATUS_LIVE"


def test_orders_signed_by_another_key_or_changed_afterwards_are_refused(
    lab: LabThread, client: ClobClient
) -> None:
    _, yes, _ = tokens(lab, "CLOB-1")
    forged = clob_client(lab, FOREIGN_KEY).create_order(OrderArgs(yes, 0.40, 10, "BUY"))
    assert refused(lambda: client.post_order(forged)) == (
        400, "the order signer address has to be the address of the API KEY",
    )  # fmt: skip
    forged.signer = forged.maker = client.get_address()
    assert refused(lambda: client.post_order(forged)) == (400, "invalid signature")
    changed = client.create_order(OrderArgs(yes, 0.40, 10, "BUY"))
    changed.takerAmount = "20000000"
    assert refused(lambda: client.post_order(changed)) == (400, "invalid signature")
    wrong = clob_client(lab, creds=ApiCreds(client.creds.api_key, "AAAA", client.creds.api_passphrase))
    assert refused(wrong.get_open_orders) == (401, "Unauthorized/Invalid api key")
    good = client.create_order(OrderArgs(yes, 0.40, 10, "BUY"))
    client.creds = ApiCreds("another", client.creds.api_secret, client.creds.api_passphrase)
    assert refused(lambda: client.post_order(good)) == (401, "Unauthorized/Invalid api key")
    client.creds = clob_client(lab).creds
    body = json.dumps(order_to_json_v2(good, "another", "GTC"))
    headers = client._l2_headers("POST", "/order", serialized_body=body)
    assert refused(lambda: client._post(f"{client.host}/order", headers=headers, data=body)) == (
        400, "the order owner has to be the owner of the API KEY",
    )  # fmt: skip


def test_an_order_of_the_old_exchange_is_another_version(lab: LabThread, client: ClobClient) -> None:
    _, yes, _ = tokens(lab, "CLOB-1")
    old = client.builder.build_order(
        OrderArgsV1(yes, 0.40, 10, "BUY"), PartialCreateOrderOptions("0.01", False), version=1
    )
    assert refused(lambda: client.post_order(old)) == (400, "order_version_mismatch")


def test_heartbeats_must_name_the_last(client: ClobClient) -> None:
    first = client.post_heartbeat()["heartbeat_id"]
    second = client.post_heartbeat(first)["heartbeat_id"]
    with pytest.raises(PolyApiException) as error:
        client.post_heartbeat(first)
    assert error.value.error_msg["error"] == "Invalid Heartbeat ID"
    assert error.value.error_msg["heartbeat_id"] == second
    assert client.post_heartbeat(second)["heartbeat_id"]


def test_what_the_laboratory_has_none_of_is_empty(client: ClobClient) -> None:
    assert client.get_current_rewards() == []
    assert client.get_notifications() == []
    assert client.drop_notifications() == "OK"
    assert client.is_order_scoring(OrderScoringParams("0x1")) == {"scoring": False}
    assert client.are_orders_scoring(OrdersScoringParams(["0x1"])) == {"0x1": False}
    assert client.get_earnings_for_user_for_day("2026-09-21") == []
    made = client.create_builder_api_key()
    assert client.get_builder_api_keys() == [{"key": made["key"]}]
    assert client.revoke_builder_api_key() == "OK"
