"""The signing part of tools/bench_wire.py: an order from its intent to the bytes that are sent, by us and by the
venue's own Python client; and Kalshi's headers, signed beforehand and when needed.

    python tools/bench_signing.py [ROUNDS]

Prints one JSON object: what, by whom, nanoseconds of each round. All take turns, but for Kalshi's client, which runs on
node right after ours, and only where `tests/test_node_clients.py` has installed it.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

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

ROOT = Path(__file__).resolve().parent.parent
ORDERS = "/trade-api/v2/portfolio/events/orders"
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


def new_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def kalshi(pem: bytes) -> dict[str, Act]:
    found = signer("a" * 36, pem)
    ready = Presigned(found, lambda: 1_790_000_000_000, (("POST", ORDERS),))

    def beforehand(turn: int) -> Callable[[], object]:
        ready.refresh()
        return lambda: ready.take("POST", ORDERS)

    return {
        "ours, signed beforehand": beforehand,
        "ours, signed when needed": lambda turn: (
            lambda: found.headers(1_790_000_000_000 + turn, "POST", ORDERS)
        ),
    }


def kalshi_by_the_venue(pem: bytes, rounds: int) -> Times:
    """Its official client, where it and node are installed."""
    found = sorted((ROOT / "build" / "node").glob("*/node_modules"))
    node = shutil.which("node")
    if not found or node is None:
        return {}
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(pem)
        file.flush()
        command = [
            node,
            str(ROOT / "tools" / "bench_signing.js"),
            str(found[0]),
            file.name,
            ORDERS,
            str(rounds),
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return {"kalshi-typescript": json.loads(done.stdout)}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    pem = new_pem()
    polymarket: dict[str, Act] = {"ours": polymarket_by_us(), "py-clob-client-v2": polymarket_by_the_venue()}
    found = {
        "a Polymarket order, from intent to request": measured(polymarket, rounds),
        "Kalshi's headers for an order": measured(kalshi(pem), rounds) | kalshi_by_the_venue(pem, rounds),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
