"""The signing part of tools/bench_wire.py: an order from its intent to the bytes that are sent, by us and by the
venue's own Python client; and Kalshi's headers, signed beforehand and when needed.

    python tools/bench_signing.py [ROUNDS]

Prints one JSON object: what, by whom, nanoseconds of each round. All take turns.
"""

import json
import sys
import time
from collections.abc import Callable

from coincurve import PrivateKey
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from eth_account import Account
from py_clob_client_v2.clob_types import ApiCreds, CreateOrderOptions, OrderArgsV2, OrderType, RequestArgs
from py_clob_client_v2.headers.headers import create_level_2_headers
from py_clob_client_v2.order_builder.builder import OrderBuilder
from py_clob_client_v2.order_utils.model.order_data_v2 import order_to_json_v2
from py_clob_client_v2.signer import Signer

from pairlock.fees import polymarket_curve
from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.kalshi.sign import Presigned, signer
from pairlock_adapters.polymarket.build import Wallet, body_of, fields_of
from pairlock_adapters.polymarket.markets import Market
from pairlock_adapters.polymarket.sign.l2 import decoded_secret, l2_headers
from pairlock_adapters.polymarket.sign.order import SignatureType, signed_order

# A well-known test key; it holds nothing.
KEY_HEX = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
TOKENS = (71321045679252212594626385532706912750332728571942532289631379312455583992563,
    52114319501245915516055106046884209969926127482827954674443846427813813222426)  # fmt: skip
CREDENTIALS = (
    "9180014b-33c8-9240-a14b-bdca11c0a465",
    "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYw==",
    "passphrase",
)

Times = dict[str, list[int]]
Act = Callable[[int], Callable[[], object]]
"""From the number of a turn to what is timed; what may be done beforehand is done in the first call."""


def measured(contestants: dict[str, Act], rounds: int) -> Times:
    times: Times = {name: [] for name in contestants}
    for turn in range(-20, rounds):  # the first twenty warm everything up
        for name, act in contestants.items():
            hurry = act(turn)
            began = time.perf_counter_ns()
            hurry()
            if turn >= 0:
                times[name].append(time.perf_counter_ns() - began)
    return times


def polymarket_by_us() -> Act:
    address = Account.from_key(KEY_HEX).address
    market = Market("0x" + "5a" * 32, *TOKENS, False, 100, 500, "5", polymarket_curve(40_000), 0, True)
    wallet = Wallet(137, SignatureType.EOA, address, address)
    key = PrivateKey(bytes.fromhex(KEY_HEX[2:]))
    api_key, secret, passphrase = CREDENTIALS
    hmac_key = decoded_secret(secret)

    def act(turn: int) -> object:
        intent = OrderIntent(f"0001-{turn:06}.0.0", "polymarket", market.condition_id, Outcome.YES, True, 1_000,
            4_000, TimeInForce.FILL_OR_KILL, 1_790_000_002_000 + turn)  # fmt: skip
        fields, domain = fields_of(intent, market, wallet)
        _, signature = signed_order(fields, domain, key)
        body = body_of(fields, signature, owner=api_key, time_in_force=intent.time_in_force)
        return l2_headers(address=address, api_key=api_key, passphrase=passphrase, key=hmac_key,
            timestamp_s=1_790_000_000, method="POST", path="/order", body=body)  # fmt: skip

    return lambda turn: lambda: act(turn)


def polymarket_by_the_venue() -> Act:
    """As its ``create_order`` and ``post_order`` do it once tick size and contract are known, without the network."""
    official = Signer(KEY_HEX, 137)
    builder = OrderBuilder(official)
    credentials = ApiCreds(*CREDENTIALS)
    options = CreateOrderOptions(tick_size="0.01", neg_risk=False)

    def act(turn: int) -> object:
        order = builder.build_order(
            OrderArgsV2(token_id=str(TOKENS[0]), price=0.4, size=10, side="BUY"), options, version=2
        )
        payload = order_to_json_v2(order, CREDENTIALS[0], OrderType.FOK)
        text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
        request = RequestArgs(method="POST", request_path="/order", body=payload, serialized_body=text)
        return create_level_2_headers(official, credentials, request), text.encode()

    return lambda turn: lambda: act(turn)


def kalshi() -> dict[str, Act]:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    found = signer("a" * 36, pem)
    path = "/trade-api/v2/portfolio/events/orders"
    ready = Presigned(found, lambda: 1_790_000_000_000, (("POST", path),))

    def beforehand(turn: int) -> Callable[[], object]:
        ready.refresh()
        return lambda: ready.take("POST", path)

    return {
        "ours, signed beforehand": beforehand,
        "signed when needed": lambda turn: lambda: found.headers(1_790_000_000_000 + turn, "POST", path),
    }


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    polymarket: dict[str, Act] = {"ours": polymarket_by_us(), "py-clob-client-v2": polymarket_by_the_venue()}
    found = {
        "a Polymarket order, from intent to request": measured(polymarket, rounds),
        "Kalshi's headers for an order": measured(kalshi(), rounds),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
