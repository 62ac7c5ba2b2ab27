"""The laboratory's own hashes and signature checks, against the venue's official client as an oracle."""

from collections.abc import Mapping

import pytest
from eth_utils.address import to_checksum_address
from py_clob_client_v2.clob_types import ApiCreds, RequestArgs
from py_clob_client_v2.headers.headers import create_level_1_headers, create_level_2_headers
from py_clob_client_v2.order_utils import ExchangeOrderBuilderV2, SignatureTypeV2
from py_clob_client_v2.order_utils.model.order_data_v2 import OrderDataV2, SignedOrderV2, order_to_json_v2
from py_clob_client_v2.order_utils.model.side import Side
from py_clob_client_v2.signer import Signer

from pairlock_adapters.laboratory.polymarket.hashing import (
    EXCHANGE_V3,
    NEG_RISK_EXCHANGE,
    STANDARD_EXCHANGE,
    digest,
    exchange_domain,
    is_new_position,
    signer_of_order,
    struct_hash,
)
from pairlock_adapters.laboratory.polymarket.logins import ApiKey, Logins
from pairlock_adapters.laboratory.polymarket.order_request import order_request
from pairlock_adapters.laboratory.polymarket.refusal import Refusal

KEY = "0x" + "11" * 32
FUNDER = to_checksum_address("0x" + "ab" * 20)
OLD_TOKEN, NEW_TOKEN = 2**255 + 12_345, 7 << 104
NOW_MS = 1_790_000_000_000


def signed(
    chain_id: int, token: int, signature_type: int, *, neg_risk: bool
) -> tuple[ExchangeOrderBuilderV2, SignedOrderV2]:
    signer = Signer(KEY, chain_id)
    new = is_new_position(token)
    contract = EXCHANGE_V3[chain_id] if new else NEG_RISK_EXCHANGE if neg_risk else STANDARD_EXCHANGE
    builder = ExchangeOrderBuilderV2(
        to_checksum_address(contract), chain_id, signer, domain_version="3" if new else "2"
    )
    funder = FUNDER if signature_type else signer.address()
    data = OrderDataV2(
        maker=funder, tokenId=str(token), makerAmount="5600000", takerAmount="10000000", side=Side.BUY,
        signer=funder if signature_type == 3 else signer.address(), signatureType=SignatureTypeV2(signature_type),
        timestamp=str(NOW_MS), metadata="0x" + "5a" * 32, builder="0x" + "00" * 32,
    )  # fmt: skip
    return builder, builder.build_signed_order(data)


@pytest.mark.parametrize("signature_type", [0, 1, 2, 3])
@pytest.mark.parametrize(("token", "neg_risk"), [(OLD_TOKEN, False), (OLD_TOKEN, True), (NEW_TOKEN, False)])
@pytest.mark.parametrize("chain_id", [137, 80002])
def test_order_hash_and_signer_are_the_official_clients(
    chain_id: int, token: int, neg_risk: bool, signature_type: int
) -> None:
    builder, order = signed(chain_id, token, signature_type, neg_risk=neg_risk)
    request = order_request(order_to_json_v2(order, "owner", "GTC"))
    domain = exchange_domain(chain_id, token_id=token, neg_risk=neg_risk)
    official = builder.build_order_hash(builder.build_order_typed_data(order))
    assert "0x" + digest(domain, struct_hash(request.order)).hex() == official
    address = Signer(KEY, chain_id).address().lower()
    assert signer_of_order(request.order, request.signature, domain, chain_id) == address


@pytest.mark.parametrize("signature_type", [0, 3])
def test_a_changed_order_was_signed_by_somebody_else(signature_type: int) -> None:
    _, order = signed(137, OLD_TOKEN, signature_type, neg_risk=False)
    body = order_to_json_v2(order, "owner", "GTC")
    body["order"]["makerAmount"] = "5600001"
    request = order_request(body)
    domain = exchange_domain(137, token_id=OLD_TOKEN, neg_risk=False)
    address = Signer(KEY, 137).address().lower()
    assert signer_of_order(request.order, request.signature, domain, 137) != address
    assert signer_of_order(request.order, request.signature[:-1], domain, 137) == ""
    assert signer_of_order(request.order, bytes(65), domain, 137) == ""


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_a_login_makes_a_key_once_and_derives_the_same_again() -> None:
    logins, signer = Logins("seed", 137), Signer(KEY, 137)
    headers = lower(create_level_1_headers(signer, nonce=3, timestamp=NOW_MS // 1000))
    asked = logins.login(headers, NOW_MS)
    assert asked == (signer.address().lower(), 3)
    with pytest.raises(Refusal, match="derive"):
        logins.derive(*asked)
    made = logins.create(*asked)
    assert logins.derive(*asked) == made
    assert Logins("seed", 137).made(*asked) == made
    assert Logins("another", 137).made(*asked) != made
    with pytest.raises(Refusal, match="create"):
        logins.create(*asked)
    assert made.secret not in repr(made)


@pytest.mark.parametrize(
    "change",
    [
        {"poly_nonce": "4"},
        {"poly_address": FUNDER},
        {"poly_timestamp": str(NOW_MS // 1000 - 61)},
        {"poly_signature": "0x00"},
        {"poly_signature": ""},
    ],
)
def test_a_login_that_is_not_as_signed_is_refused(change: dict[str, str]) -> None:
    headers = lower(create_level_1_headers(Signer(KEY, 137), nonce=3, timestamp=NOW_MS // 1000))
    with pytest.raises(Refusal) as refused:
        Logins("seed", 137).login(headers | change, NOW_MS)
    assert refused.value.status == 401


def request_headers(key: ApiKey, body: str | None = None) -> dict[str, str]:
    creds = ApiCreds(key.key, key.secret, key.passphrase)
    args = RequestArgs("POST", "/order", body, body)
    return lower(create_level_2_headers(Signer(KEY, 137), creds, args, timestamp=NOW_MS // 1000))


def test_a_request_is_known_by_its_hmac() -> None:
    logins = Logins("seed", 137)
    key = logins.create(Signer(KEY, 137).address(), 0)
    headers = request_headers(key, '{"a":1}')
    assert logins.asks(headers, "POST", "/order", b'{"a":1}', NOW_MS) == key
    for method, path, body, now_ms in [
        ("GET", "/order", b'{"a":1}', NOW_MS),
        ("POST", "/orders", b'{"a":1}', NOW_MS),
        ("POST", "/order", b'{"a":2}', NOW_MS),
        ("POST", "/order", b'{"a":1}', NOW_MS + 61_000),
    ]:
        with pytest.raises(Refusal, match="Unauthorized"):
            logins.asks(headers, method, path, body, now_ms)
    for name in headers:
        with pytest.raises(Refusal, match="Unauthorized"):
            logins.asks(headers | {name: "wrong"}, "POST", "/order", b'{"a":1}', NOW_MS)
    logins.delete(key)
    with pytest.raises(Refusal, match="Unauthorized"):
        logins.asks(headers, "POST", "/order", b'{"a":1}', NOW_MS)
