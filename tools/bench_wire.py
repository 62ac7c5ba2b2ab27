"""What one order costs on the wire: our client against a bare httpx request, our signing against the official client.

    python tools/bench_wire.py [--orders 2000] [--json] [--write]

The server is a process of its own on 127.0.0.1 that reads a request and answers a fixed 201, with keep-alive; every
contestant talks to the same one, warm, in turns (one request each, round after round), so that whatever else the
machine does meets all of them alike. Figures are of this machine and moment; the ratios are what stays.
`--write` puts the table into docs/net.md.
"""

import argparse
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import trio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pairlock.facts import OrderReport
from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock.runner.clock import SystemClock
from pairlock_adapters.kalshi.config import KalshiConfig, KalshiKey, KalshiLimits
from pairlock_adapters.kalshi.sign import signer
from pairlock_adapters.kalshi.venue import open_kalshi
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.secrets import Secret

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "net.md"
BEGIN, END = "<!-- cost: begin -->\n", "<!-- cost: end -->\n"
PATH = "/trade-api/v2/portfolio/events/orders"
BODY = json.dumps({"ticker": "KXBTCD-26NOV2817-T91249.99", "client_order_id": "0001-000017_0_0", "side": "bid",
    "count": "25.00", "price": "0.5600", "time_in_force": "fill_or_kill",
    "self_trade_prevention_type": "taker_at_cross", "exchange_index": -1}).encode()  # fmt: skip
KEY_ID = "a" * 36
HEADERS = {
    "KALSHI-ACCESS-KEY": KEY_ID,
    "KALSHI-ACCESS-TIMESTAMP": "1790000000000",
    "KALSHI-ACCESS-SIGNATURE": "s" * 344,
}
ANSWER = json.dumps({"order_id": "b" * 36, "client_order_id": "0001-000017_0_0", "fill_count": "25.00", "ts_ms": 1,
    "remaining_count": "0.00", "average_fill_price": "0.5600", "average_fee_paid": "0.0172"}).encode()  # fmt: skip

Order = Callable[[], Awaitable[None]]
Times = dict[str, list[int]]


def serve(listener: socket.socket) -> None:
    """Answer every request of every connection alike, for ever."""
    whole = (
        b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(ANSWER)
        + ANSWER
    )

    async def handle(stream: trio.SocketStream) -> None:
        left = b""
        while True:
            more = await stream.receive_some(65_536)
            if not more:
                return
            left += more
            while (end := left.find(b"\r\n\r\n")) >= 0:
                head = left[:end].lower()
                length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                if len(left) < end + 4 + length:
                    break
                left = left[end + 4 + length :]
                await stream.send_all(whole)

    async def main() -> None:
        await trio.serve_listeners(handle, [trio.SocketListener(trio.socket.from_stdlib_socket(listener))])

    trio.run(main)


def nothing() -> None: ...


async def measured(
    contestants: dict[str, Order], rounds: int, at_once: int = 1, before: Callable[[], None] = nothing
) -> Times:
    """Nanoseconds of each turn: ``at_once`` orders started together, until the last answer. ``before``: untimed."""
    times: Times = {name: [] for name in contestants}
    for turn in range(-50, rounds):  # the first fifty warm everything up
        for name, order in contestants.items():
            before()
            began = time.perf_counter_ns()
            if at_once == 1:
                await order()
            else:
                async with trio.open_nursery() as nursery:
                    for _ in range(at_once):
                        nursery.start_soon(order)
            if turn >= 0:
                times[name].append(time.perf_counter_ns() - began)
    return times


async def wire(port: int, rounds: int) -> dict[str, Times]:
    url = f"http://127.0.0.1:{port}"
    clock = SystemClock()
    ours = VenueHttp(url, clock)
    bare = httpx.AsyncClient(base_url=url, headers=HEADERS, trust_env=False)
    lines = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    request = f"POST {PATH} HTTP/1.1\r\nhost: x\r\n{lines}content-length: {len(BODY)}\r\n\r\n".encode() + BODY
    streams = [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(2)]

    async def by_us() -> None:
        answer = await ours.request(
            "POST", PATH, body=BODY, headers=HEADERS, timeout_ms=5_000, guard=lambda: ""
        )
        assert answer.status == 201

    async def by_httpx() -> None:
        assert (await bare.post(PATH, content=BODY)).json()["remaining_count"] == "0.00"

    async def by_hand() -> None:
        stream = streams.pop()
        await stream.send_all(request)
        assert (await stream.receive_some(65_536)).endswith(ANSWER)
        streams.append(stream)

    contestants: dict[str, Order] = {"ours": by_us, "httpx": by_httpx, "by hand": by_hand}
    found = {
        "one order": await measured(contestants, rounds),
        "two orders at once": await measured(contestants, rounds // 2, at_once=2),
        "a Kalshi order, from intent to fact": await adapter(url, bare, clock, rounds // 2),
    }
    await ours.aclose()
    await bare.aclose()
    for stream in streams:
        await stream.aclose()
    return found


async def adapter(url: str, bare: httpx.AsyncClient, clock: SystemClock, rounds: int) -> Times:
    """The whole adapter, its headers signed beforehand, against the least that a program without it would do."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    found = signer(KEY_ID, pem)
    plenty = KalshiLimits(read_per_s=10**7, write_per_s=10**7)
    config = KalshiConfig(
        keys=(KalshiKey("one", KEY_ID, Secret(pem.decode())),),
        region="a bench",
        rest_url=f"{url}/trade-api/v2",
        ws_url=url.replace("http", "ws"),
        limits=plenty,
        sockets=False,
    )
    async with open_kalshi(config, clock) as venue:

        async def by_us() -> None:
            intent = OrderIntent("0001-000017.0.0", "kalshi", "KXBTCD-26NOV2817-T91249.99", Outcome.YES, True, 2_500,
                5_600, TimeInForce.FILL_OR_KILL, clock.now_ms() + 1_000)  # fmt: skip
            fact = await venue.place(intent, lambda: "")
            assert isinstance(fact, OrderReport), fact

        async def by_httpx() -> None:
            body = json.dumps(json.loads(BODY)).encode()
            headers = dict(found.headers(clock.wall_ms(), "POST", PATH))
            assert (await bare.post(PATH, content=body, headers=headers)).json()["fill_count"] == "25.00"

        return await measured({"ours": by_us, "httpx": by_httpx}, rounds, before=venue.client.presign)


def signing(rounds: int) -> dict[str, Times]:
    command = [sys.executable, str(ROOT / "tools" / "bench_signing.py"), str(rounds)]
    found: dict[str, Times] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found


def row(what: str, times: Times, floor: str = "") -> dict[str, object]:
    """p50 and p99 in microseconds of each, and the ratio of the first's median to the second's; with ``floor`` also of
    what lies above it."""
    ours, than = list(times)[:2]
    p50 = {name: statistics.median(each) / 1_000 for name, each in times.items()}
    p99 = {name: statistics.quantiles(each, n=100)[98] / 1_000 for name, each in times.items()}
    found: dict[str, object] = {"what": what, "p50_us": p50, "p99_us": p99, "ratio": p50[ours] / p50[than]}
    if floor:
        found["added_ratio"] = (p50[ours] - p50[floor]) / (p50[than] - p50[floor])
    return found


def _us(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def table(rows: list[dict[str, object]], orders: int) -> str:
    lines = ["| what | who | p50, µs | p99, µs |", "| --- | --- | ---: | ---: |"]
    tail = [""]
    for each in rows:
        p50, p99 = each["p50_us"], each["p99_us"]
        assert isinstance(p50, dict)
        assert isinstance(p99, dict)
        lines += [f"| {each['what']} | {name} | {_us(p50[name])} | {_us(p99[name])} |" for name in p50]
        first, other = list(p50)[:2]
        said = f"- {each['what']}: {first} takes {each['ratio']:.2g} of the time of {other}"
        if "added_ratio" in each:
            said += (
                f"; above the bare exchange of bytes it adds {each['added_ratio']:.2g} of what {other} adds"
            )
        tail.append(said + ".")
    at_work = f"{os.cpu_count()} cores with {os.getloadavg()[0]:.1f} processes at work; a busy machine shows in p99."
    tail += ["", f"{orders:,} rounds, all contestants in turns against one server, in one run, on {at_work}"]
    return "\n".join(lines + tail) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--orders", type=int, default=2_000, metavar="N", help="rounds; default 2000, at least 100"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--write", action="store_true", help="write the table into docs/net.md")
    asked = parser.parse_args()
    orders = max(100, asked.orders)
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
    server.start()
    try:
        found = trio.run(wire, listener.getsockname()[1], orders)
    finally:
        server.terminate()
        server.join()
        listener.close()
    rows = [row(what, times, "by hand" if "by hand" in times else "") for what, times in found.items()]
    rows += [row(what, times) for what, times in signing(orders).items()]
    if asked.json:
        print(json.dumps({"orders": orders, "rows": rows}))
        return 0
    text = table(rows, orders)
    print(text, end="")
    if asked.write:
        head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
