"""What is sent to Kalshi: orders of the one book, ids that are one to one, signatures that its rules accept."""

import base64
import json
import re
from typing import Any

import pytest
from attrs import evolve
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from kalshi_kit import BUYS_NO, CLIENT_ID, INTENT, MARKET, ORDER_ID, SELLS_YES
from pairlock.errors import EngineBug, UserError
from pairlock.model import Outcome
from pairlock_adapters.kalshi import build
from pairlock_adapters.kalshi.build import OrderSettings, SelfTrade, client_order_id, intent_id_of
from pairlock_adapters.kalshi.sign import FRESH_MS, Presigned, Signer, signer

POST = ("POST", "/trade-api/v2/portfolio/events/orders")
PLAIN = OrderSettings()


def body(intent: Any = INTENT, settings: OrderSettings = PLAIN) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(build.order_body(intent, settings), parse_float=str)
    return found


def test_an_order_is_of_the_yes_leg_and_complete() -> None:
    assert body() == {
        "ticker": MARKET,
        "client_order_id": CLIENT_ID,
        "side": "bid",
        "count": "10.00",
        "price": "0.4500",
        "time_in_force": "fill_or_kill",
        "self_trade_prevention_type": "taker_at_cross",
        "exchange_index": -1,
    }


def test_buying_no_is_an_ask_at_the_rest_of_the_dollar() -> None:
    found = body(BUYS_NO)
    assert (found["side"], found["price"]) == ("ask", "0.4500")
    assert body(SELLS_YES)["side"] == "ask"
    assert body(SELLS_YES)["time_in_force"] == "immediate_or_cancel"
    sells_no = evolve(SELLS_YES, outcome=Outcome.NO, limit_e4=3_001, size_e2=1)
    assert (body(sells_no)["side"], body(sells_no)["price"], body(sells_no)["count"]) == (
        "bid",
        "0.6999",
        "0.01",
    )


def test_settings_are_named_where_they_are_set() -> None:
    found = body(INTENT, OrderSettings(SelfTrade.MAKER, exchange_index=2, subaccount=3))
    assert (found["self_trade_prevention_type"], found["exchange_index"], found["subaccount"]) == (
        "maker",
        2,
        3,
    )


@pytest.mark.parametrize("change", [{"limit_e4": 0}, {"limit_e4": 10_000}, {"size_e2": 0}, {"size_e2": -1}])
def test_an_order_outside_the_market_is_our_own_bug(change: dict[str, Any]) -> None:
    with pytest.raises(EngineBug):
        build.order_body(evolve(INTENT, **change), PLAIN)


def test_a_client_id_is_what_kalshi_takes() -> None:
    assert client_order_id("trade-a.0.1") == "trade-a_0_1"
    for strange in ("a b.0.1", "opp:1.0.1", "x" * 70 + ".0.1", "", ".", "a.b.0.1", "ä.0.1", "a_0_1"):
        assert re.fullmatch(r"sha-[0-9a-f]{56}", client_order_id(strange)), strange


@given(st.lists(st.text("ab_-.0159:", max_size=12), min_size=2, max_size=2, unique=True))
def test_two_intents_never_share_a_client_id_and_one_that_is_readable_tells_its_intent(
    pair: list[str],
) -> None:
    one, other = (client_order_id(each) for each in pair)
    assert one != other
    for intent_id, client_id in zip(pair, (one, other), strict=True):
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", client_id)
        assert intent_id_of(client_id) in (intent_id, "")


def test_cancels_name_the_market_that_routes_them() -> None:
    path, params = build.cancel_request(ORDER_ID, MARKET, PLAIN)
    assert path == f"/portfolio/events/orders/{ORDER_ID}"
    assert dict(params) == {"exchange_index": "-1", "market_ticker": MARKET}
    batch = json.loads(
        build.batch_cancel_body(((ORDER_ID, MARKET),), evolve(PLAIN, subaccount=0)), parse_float=str
    )
    row = {"order_id": ORDER_ID, "exchange_index": -1, "market_ticker": MARKET, "subaccount": 0}
    assert batch == {"orders": [row]}
    assert build.cancel_all_request(evolve(PLAIN, subaccount=4)) == (
        build.ORDERS_PATH,
        (("subaccount", "4"),),
    )
    assert build.cancel_all_request(PLAIN) == (build.ORDERS_PATH, ())


def test_a_page_is_asked_for_by_market_order_and_cursor() -> None:
    params = build.page_params(MARKET, "c", PLAIN, order_id=ORDER_ID)
    assert dict(params) == {"ticker": MARKET, "limit": "1000", "order_id": ORDER_ID, "cursor": "c"}
    assert dict(build.page_params(MARKET, "", PLAIN)) == {"ticker": MARKET, "limit": "1000"}


@pytest.mark.parametrize("bad", ["", "..", "a/b", "a?b", "a b", "ä", "a\n", "x" * 129])
def test_an_id_cannot_change_the_path(bad: str) -> None:
    for build_path in (build.order_path, build.market_path):
        with pytest.raises(ValueError, match="path"):
            build_path(bad)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def pem(private: Any, encryption: Any = None) -> bytes:
    found: bytes = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        encryption or serialization.NoEncryption(),
    )
    return found


def verify(key: rsa.RSAPrivateKey, headers: Any, method: str, path: str) -> None:
    """Raises InvalidSignature: PSS with SHA-256, a salt as long as the digest, over time, method and path."""
    found = dict(headers)
    message = f"{found['KALSHI-ACCESS-TIMESTAMP']}{method}{path}".encode()
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    signature = base64.b64decode(found["KALSHI-ACCESS-SIGNATURE"], validate=True)
    key.public_key().verify(signature, message, pss, hashes.SHA256())


def test_a_signature_covers_time_method_and_path_without_query(key: rsa.RSAPrivateKey) -> None:
    headers = signer("key-1", pem(key)).headers(
        1_700_000_000_123, "GET", "/trade-api/v2/portfolio/fills?limit=5"
    )
    verify(key, headers, "GET", "/trade-api/v2/portfolio/fills")
    assert dict(headers)["KALSHI-ACCESS-KEY"] == "key-1"
    assert dict(headers)["KALSHI-ACCESS-TIMESTAMP"] == "1700000000123"


def test_a_key_that_is_none_is_refused_without_a_word_of_it(key: rsa.RSAPrivateKey) -> None:
    locked = pem(key, serialization.BestAvailableEncryption(b"secret"))
    for bad in (b"", b"hunter2", pem(ec.generate_private_key(ec.SECP256R1())), locked):
        with pytest.raises(UserError) as caught:
            signer("key-1", bad)
        assert "key-1" in str(caught.value)
        assert "hunter2" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_a_signer_does_not_show_its_key(key: rsa.RSAPrivateKey) -> None:
    assert repr(Signer("key-1", key)) == "Signer('key-1')"


class _Counting:
    """A signer that counts, so that a set made in the hurry is told from one that lay ready."""

    def __init__(self, inner: Signer) -> None:
        self.inner = inner
        self.signed = 0

    def headers(self, wall_ms: int, method: str, path: str) -> Any:
        self.signed += 1
        return self.inner.headers(wall_ms, method, path)


def test_headers_lie_ready_once_and_not_for_long(key: rsa.RSAPrivateKey) -> None:
    now = [1_000_000]
    counting = _Counting(Signer("key-1", key))
    ready = Presigned(counting, lambda: now[0], (POST,))  # type: ignore[arg-type]
    ready.refresh()
    assert counting.signed == 1
    now[0] += FRESH_MS // 2 - 1
    ready.refresh()
    assert counting.signed == 1
    verify(key, ready.take(*POST), *POST)
    assert counting.signed == 1
    assert dict(ready.take(*POST))["KALSHI-ACCESS-TIMESTAMP"] == str(now[0])
    assert counting.signed == 2
    ready.refresh()
    now[0] += FRESH_MS
    assert dict(ready.take(*POST))["KALSHI-ACCESS-TIMESTAMP"] == str(now[0])
    assert counting.signed == 4
    ready.refresh()
    now[0] -= 1
    assert dict(ready.take(*POST))["KALSHI-ACCESS-TIMESTAMP"] == str(now[0])
    verify(key, ready.take("GET", "/trade-api/ws/v2"), "GET", "/trade-api/ws/v2")
