"""What signed amounts mean, against the official client's own roundings; and bodies that are no orders."""

import copy
from random import Random
from typing import Any

import pytest
from py_clob_client_v2.order_builder.builder import ROUNDING_CONFIG, OrderBuilder
from py_clob_client_v2.order_builder.helpers import round_down
from py_clob_client_v2.signer import Signer

from pairlock_adapters.laboratory.polymarket.amounts import terms
from pairlock_adapters.laboratory.polymarket.order_request import (
    OrderRequest,
    checked_expiration,
    order_request,
)
from pairlock_adapters.laboratory.polymarket.refusal import Refusal

TICKS_E4 = {"0.1": 1_000, "0.01": 100, "0.005": 50, "0.0025": 25, "0.001": 10, "0.0001": 1}
NOW_MS = 1_790_000_000_000


def body(
    maker: int = 5_600_000, taker: int = 10_000_000, side: str = "BUY", kind: str = "GTC"
) -> dict[str, Any]:
    address = "0x" + "11" * 20
    inner = {
        "salt": 12, "maker": address, "signer": address, "tokenId": str(2**255), "makerAmount": str(maker),
        "takerAmount": str(taker), "side": side, "expiration": "0", "signatureType": 0, "timestamp": str(NOW_MS),
        "metadata": "0x" + "00" * 32, "builder": "0x" + "00" * 32, "signature": "0x" + "00" * 65,
    }  # fmt: skip
    return {"order": inner, "owner": "key", "orderType": kind, "deferExec": False, "postOnly": False}


def asked(maker: int, taker: int, side: str = "BUY", kind: str = "GTC") -> OrderRequest:
    return order_request(body(maker, taker, side, kind))


@pytest.mark.parametrize("tick", TICKS_E4)
def test_official_amounts_are_read_as_they_were_meant(tick: str) -> None:
    """A thousand limit orders and market orders of each side, at prices all over the grid."""
    builder, rng = OrderBuilder(Signer("0x" + "11" * 32, 137)), Random(tick)
    tick_e4, config = TICKS_E4[tick], ROUNDING_CONFIG[tick]
    for _ in range(1_000):
        meant_e4 = rng.randrange(1, 10_000 // tick_e4) * tick_e4
        amount, side = rng.randrange(500, 1_000_000) / 100, rng.choice(("BUY", "SELL"))
        _, maker, taker = builder.get_order_amounts(side, amount, meant_e4 / 10_000, config)
        found = terms(asked(maker, taker, side), tick_e4, "0x")
        assert (found.limit_e4, found.size_e6) == (meant_e4, taker if side == "BUY" else maker)
        assert found.budget_micros == -1
        # For market orders the client cuts a price off, and binary floats sometimes lose it a step.
        _, maker, taker = builder.get_market_order_amounts(side, amount, meant_e4 / 10_000, config)
        cut_e4 = round(round_down(meant_e4 / 10_000, config.price) * 10_000)
        request = asked(maker, taker, side, "FOK")
        if cut_e4 % tick_e4 or not cut_e4:
            with pytest.raises(Refusal, match="minimum tick size"):
                terms(request, tick_e4, "0x")
            continue
        found = terms(request, tick_e4, "0x")
        assert (found.limit_e4, found.budget_micros) == (cut_e4, maker if side == "BUY" else -1)


@pytest.mark.parametrize(
    ("maker", "taker", "side", "kind", "words"),
    [
        (5_650_000, 10_000_000, "BUY", "GTC", r"Price \(0.565\) breaks minimum tick size rule"),
        (10_000_000, 10_000_000, "BUY", "GTC", r"Price \(1\) breaks minimum tick size rule"),
        (10_000_000, 10_000, "SELL", "GTC", "breaks minimum tick size rule"),
        (5_605_600, 10_010_000, "BUY", "FOK", "market buy orders maker amount supports a max accuracy of 2"),
        (10_001_000, 5_600_560, "SELL", "FAK", "sell orders maker amount supports a max accuracy of 2"),
    ],
)
def test_amounts_off_the_grid_are_refused(maker: int, taker: int, side: str, kind: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        terms(asked(maker, taker, side, kind), 100, "0x")


@pytest.mark.parametrize("name", ["salt", "maker", "signer", "tokenId", "makerAmount", "takerAmount", "side",
                                  "signatureType", "timestamp", "signature"])  # fmt: skip
@pytest.mark.parametrize("value", [None, "", -1, "x", True, [], {}])
def test_a_body_without_a_proper_field_is_no_order(name: str, value: object) -> None:
    broken = copy.deepcopy(body())
    broken["order"][name] = value
    with pytest.raises(Refusal, match="Invalid order payload"):
        order_request(broken)


@pytest.mark.parametrize("broken", [None, [], "x", {}, {"order": None}, {"order": []}])
def test_a_body_of_another_shape_is_no_order(broken: object) -> None:
    with pytest.raises(Refusal, match="Invalid order payload"):
        order_request(broken)


def test_an_order_of_the_old_exchange_is_another_version() -> None:
    old = body()
    del old["order"]["timestamp"]
    old["order"] |= {"nonce": "0", "feeRateBps": "0", "taker": "0x" + "00" * 20}
    with pytest.raises(Refusal, match="order_version_mismatch"):
        order_request(old)


@pytest.mark.parametrize(
    ("kind", "after_s", "good"), [("GTD", 61, True), ("GTD", 59, False), ("GTC", 61, False)]
)
def test_only_a_gtd_order_ends_and_not_too_soon(kind: str, after_s: int, good: bool) -> None:
    wanted = body(kind=kind)
    wanted["order"]["expiration"] = str(NOW_MS // 1000 + after_s)
    if good:
        checked_expiration(order_request(wanted), NOW_MS)
    else:
        with pytest.raises(Refusal, match="invalid expiration"):
            checked_expiration(order_request(wanted), NOW_MS)


@pytest.mark.parametrize("kind", ["FOK", "FAK"])
def test_taker_orders_are_never_post_only(kind: str) -> None:
    with pytest.raises(Refusal, match="post-only"):
        order_request(body(kind=kind) | {"postOnly": True})
