"""Polymarket's signatures are those of the official clients, byte for byte, whatever the order."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from decimal import Decimal
from statistics import median
from typing import Any, Literal, cast

import pytest
from attrs import evolve
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st
from polymarket._internal.actions.orders.limit import _compute_limit_order_amounts
from polymarket._internal.actions.orders.typed_data import build_order_signature, build_order_typed_data
from polymarket._internal.actions.orders.types import UnsignedOrder
from polymarket._internal.hmac import build_hmac_signature as newer_hmac
from polymarket._internal.l1_auth import sign_api_key_auth
from polymarket._internal.protocol import is_v2_position_id
from polymarket.environments import PRODUCTION
from polymarket.models.types import ClobAssetId
from polymarket.types import EvmAddress, HexString
from py_clob_client_v2.clob_types import ApiCreds, OrderType, RequestArgs
from py_clob_client_v2.config import get_contract_config
from py_clob_client_v2.headers.headers import create_level_1_headers, create_level_2_headers
from py_clob_client_v2.order_builder.builder import ROUNDING_CONFIG, OrderBuilder
from py_clob_client_v2.order_utils.model.order_data_v2 import order_to_json_v2
from py_clob_client_v2.signer import Signer
from py_clob_client_v2.signing.hmac import build_hmac_signature

from pairlock.errors import UserError
from pairlock.model import Outcome
from pairlock.ports import OrderIntent
from pairlock_adapters.polymarket.build import ORDER_TYPES, body_of, broken_rule, fields_of, salt_of
from pairlock_adapters.polymarket.contracts import CHAINS, Domain, contracts_of, domain_of, is_new_position
from pairlock_adapters.polymarket.markets import Market
from pairlock_adapters.polymarket.sign.l1 import l1_headers
from pairlock_adapters.polymarket.sign.l2 import decoded_secret, l2_headers, l2_signature
from pairlock_adapters.polymarket.sign.order import OrderFields, SignatureType, order_hash, signed_order
from polymarket_kit import (
    ADDRESS,
    INTENT,
    KEY,
    KEY_HEX,
    MARKET,
    TICKS_E4,
    new_ids,
    official_signed,
    old_ids,
    orders,
    wallet,
)

kinds = st.sampled_from(SignatureType)
chains = st.sampled_from(sorted(CHAINS))


def newer_signed(fields: OrderFields, domain: Domain) -> str:
    """The signature of the newer official client (`polymarket-client`)."""
    order = UnsignedOrder(
        chain_id=domain.chain_id,
        builder=HexString("0x" + fields.builder.hex()),
        exchange_address=EvmAddress(domain.exchange),
        expiration=0,
        maker=EvmAddress(fields.maker),
        maker_amount=fields.maker_amount,
        metadata=HexString("0x" + fields.metadata.hex()),
        order_type="GTC",
        salt=fields.salt,
        side="SELL" if fields.sells else "BUY",
        signature_type=int(fields.signature_type),
        signer=EvmAddress(fields.signer),
        taker_amount=fields.taker_amount,
        timestamp=fields.timestamp_ms,
        token_id=cast(ClobAssetId, str(fields.token_id)),
        protocol_version="3" if domain.version == "3" else "2",
    )
    typed = build_order_typed_data(order)
    raw = Account.from_key(KEY_HEX).sign_typed_data(full_message=typed).signature.hex()
    return str(build_order_signature(order, HexString("0x" + raw)))


@given(orders(), kinds, chains, st.binary(min_size=32, max_size=32))
@settings(max_examples=200, deadline=None)
def test_hash_and_signature_are_both_official_clients(
    drawn: tuple[OrderIntent, Market], kind: SignatureType, chain_id: int, builder: bytes
) -> None:
    intent, market = drawn
    fields, domain = fields_of(intent, market, evolve(wallet(kind, chain_id), builder=builder))
    official_hash, official = official_signed(fields, domain)
    assert signed_order(fields, domain, KEY) == (official_hash, official.signature)
    assert order_hash(fields, domain) == official_hash
    assert official.signature == newer_signed(fields, domain)


@given(orders(), kinds, st.uuids())
@settings(max_examples=100, deadline=None)
def test_the_body_is_the_official_clients(
    drawn: tuple[OrderIntent, Market], kind: SignatureType, owner: object
) -> None:
    intent, market = drawn
    fields, domain = fields_of(intent, market, wallet(kind))
    _, official = official_signed(fields, domain)
    payload = order_to_json_v2(official, str(owner), getattr(OrderType, ORDER_TYPES[intent.time_in_force]))
    body = body_of(fields, official.signature, owner=str(owner), time_in_force=intent.time_in_force)
    assert body == json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    assert b"'" not in body  # the official client would sign another byte for it


@given(orders())
@settings(max_examples=300, deadline=None)
def test_amounts_are_the_official_clients(drawn: tuple[OrderIntent, Market]) -> None:
    intent, market = drawn
    assert broken_rule(intent, market) == ""
    fields, _ = fields_of(intent, market, wallet())
    side: Literal["BUY", "SELL"] = "BUY" if intent.buys else "SELL"
    assert (fields.maker_amount, fields.taker_amount) == _compute_limit_order_amounts(
        price=Decimal(intent.limit_e4).scaleb(-4), size=Decimal(intent.size_e2).scaleb(-2), side=side,
        tick_size=Decimal(market.tick_e4).scaleb(-4),
    )  # fmt: skip
    _, maker, taker = OrderBuilder(Signer(KEY_HEX, 137)).get_order_amounts(
        side, intent.size_e2 / 100, intent.limit_e4 / 10_000,
        ROUNDING_CONFIG[str(Decimal(market.tick_e4).scaleb(-4).normalize())],
    )  # fmt: skip
    # The older client computes in binary floats: 151.70 shares become 151.69. It may fall a step short of ours.
    assert 0 <= fields.maker_amount - maker <= 10_000
    assert 0 <= fields.taker_amount - taker <= 10_000
    shares = fields.taker_amount if intent.buys else fields.maker_amount
    dollars = fields.maker_amount if intent.buys else fields.taker_amount
    assert shares == intent.size_e2 * 10_000
    assert dollars * 1_000_000 == shares * intent.limit_e4 * 100
    assert dollars % 10_000 == 0


@given(st.one_of(old_ids, new_ids), st.booleans(), chains)
def test_the_contract_is_the_official_clients(token_id: int, neg_risk: bool, chain_id: int) -> None:
    official = get_contract_config(chain_id)
    newer = is_v2_position_id(str(token_id))
    assert is_new_position(token_id) == newer
    expected = official.neg_risk_exchange_v2 if neg_risk else official.exchange_v2
    domain = domain_of(chain_id, token_id, neg_risk=neg_risk)
    assert domain == Domain(chain_id, "3" if newer else "2", official.exchange_v3 if newer else expected)


def test_addresses_are_both_official_clients() -> None:
    for chain_id, ours in CHAINS.items():
        official = get_contract_config(chain_id)
        assert (ours.collateral, ours.conditional_tokens) == (
            official.collateral,
            official.conditional_tokens,
        )
    production = PRODUCTION._config
    assert contracts_of(137).exchanges() == (
        production.standard_exchange,
        production.neg_risk_exchange,
        production.exchange_v3,
    )
    with pytest.raises(UserError, match="chain_id 1 of the venue polymarket"):
        contracts_of(1)


@given(st.integers(1, 2**40), st.integers(0, 2**64), chains)
@settings(max_examples=50, deadline=None)
def test_l1_headers_are_both_official_clients(timestamp_s: int, nonce: int, chain_id: int) -> None:
    account = Account.from_key(KEY_HEX)
    ours = dict(l1_headers(account, chain_id=chain_id, timestamp_s=timestamp_s, nonce=nonce))
    assert ours == create_level_1_headers(Signer(KEY_HEX, chain_id), nonce, timestamp_s)
    newer = sign_api_key_auth(account, chain_id=chain_id, timestamp=timestamp_s, nonce=nonce)
    assert ours["POLY_SIGNATURE"] == newer.signature


secrets = st.binary(min_size=1, max_size=64).map(lambda raw: urlsafe_b64encode(raw).decode())


@given(secrets, st.integers(0, 2**40), st.sampled_from(["GET", "POST", "DELETE"]), orders())
@settings(max_examples=100, deadline=None)
def test_l2_signatures_are_both_official_clients(
    secret: str, timestamp_s: int, method: str, drawn: tuple[OrderIntent, Market]
) -> None:
    intent, market = drawn
    fields, domain = fields_of(intent, market, wallet())
    _, signature = signed_order(fields, domain, KEY)
    body = body_of(fields, signature, owner="owner", time_in_force=intent.time_in_force)
    key = decoded_secret(secret)
    for sent in (b"", body):
        text = sent.decode()
        ours = l2_signature(key, timestamp_s, method, "/order", sent)
        assert ours == build_hmac_signature(secret, str(timestamp_s), method, "/order", text)
        assert ours == newer_hmac(
            secret=secret, timestamp=timestamp_s, method=method, path="/order", body=text or None
        )
    made = l2_headers(
        address=ADDRESS, api_key="key", passphrase="word", key=key, timestamp_s=timestamp_s, method="POST",
        path="/order", body=body,
    )  # fmt: skip
    official = create_level_2_headers(
        Signer(KEY_HEX, 137), ApiCreds("key", secret, "word"),
        RequestArgs("POST", "/order", serialized_body=body.decode()), timestamp_s,
    )  # fmt: skip
    assert dict(made) == official


def test_a_secret_that_is_not_base64_is_told_without_showing_it() -> None:
    with pytest.raises(UserError, match="not urlsafe base64") as told:
        decoded_secret("a" * 5)
    assert "aaaaa" not in str(told.value)


@given(st.text(), st.text())
def test_the_salt_names_the_intent_and_stays_exact_in_json(one: str, other: str) -> None:
    assert 0 <= salt_of(one) < 2**53
    assert (salt_of(one) == salt_of(other)) == (one == other)


@given(orders())
@settings(max_examples=50, deadline=None)
def test_a_restart_knows_the_order_by_the_same_id(drawn: tuple[OrderIntent, Market]) -> None:
    intent, market = drawn
    before = order_hash(*fields_of(intent, market, wallet()))
    # Neither tick nor minimum, fees nor whether it is open are part of an order.
    later = evolve(market, tick_e4=TICKS_E4[-1], min_size_e2=1, takes_orders=False, taker_delay_ms=3_000)
    assert order_hash(*fields_of(intent, later, wallet())) == before
    assert (
        order_hash(*fields_of(evolve(intent, intent_id=intent.intent_id + "'"), market, wallet())) != before
    )


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"limit_e4": 4_050}, "tick"),
        ({"limit_e4": 10_000}, "tick"),
        ({"limit_e4": 0}, "tick"),
        ({"size_e2": 499}, "minimum"),
        ({"size_e2": 500, "limit_e4": 100}, "below one dollar"),
        ({"size_e2": 1_001}, "whole cents"),
    ],
)
def test_an_order_that_breaks_a_rule_is_told_before_it_is_sent(change: dict[str, Any], word: str) -> None:
    assert broken_rule(INTENT, MARKET) == ""
    assert word in broken_rule(evolve(INTENT, **change), MARKET)


def test_a_sale_may_be_below_a_dollar() -> None:
    assert broken_rule(evolve(INTENT, buys=False, size_e2=500, limit_e4=100), MARKET) == ""
    assert fields_of(evolve(INTENT, outcome=Outcome.NO), MARKET, wallet())[0].token_id == MARKET.no_token


def test_building_and_signing_is_faster_than_the_official_client(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    key = decoded_secret("c2VjcmV0")

    def ours(number: int) -> None:
        intent = evolve(INTENT, intent_id=f"t-{number}")
        fields, domain = fields_of(intent, MARKET, wallet())
        _, signature = signed_order(fields, domain, KEY)
        body = body_of(fields, signature, owner="owner", time_in_force=intent.time_in_force)
        l2_headers(address=ADDRESS, api_key="k", passphrase="p", key=key, timestamp_s=number, method="POST",
                   path="/order", body=body)  # fmt: skip

    def official(number: int) -> None:
        fields, domain = fields_of(evolve(INTENT, intent_id=f"t-{number}"), MARKET, wallet())
        official_signed(fields, domain)

    def p50_us(make: Callable[[int], None], times: int) -> int:
        took = []
        for number in range(times):
            began = time.perf_counter_ns()
            make(number)
            took.append(time.perf_counter_ns() - began)
        return int(median(took)) // 1_000

    ours_us, official_us = p50_us(ours, 400), p50_us(official, 100)
    record_property("signing_p50_us", ours_us)
    record_property("official_signing_p50_us", official_us)
    with capsys.disabled():
        print(
            f"\nPolymarket order built, signed and headed: p50 {ours_us} us, official client {official_us} us"
        )
    assert ours_us < official_us
    assert ours_us < 1_000
