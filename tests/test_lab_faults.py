"""Every kind of fault takes hold on the wire: a client of the Kalshi face meets each of them, at fifty times the speed.

What each looks like to the engine is judged elsewhere (the demo over the wire); here it is counted by the venues, and
for those that are realised otherwise than in process, seen by the client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import trio
from attrs import define, evolve, field
from trio_websocket import ConnectionClosed, ConnectionRejected

from lab_kit import KalshiClient, Socket, kalshi_client, kalshi_socket, laboratory
from pairlock_adapters.laboratory.lab import Laboratory
from pairlock_adapters.laboratory.realised import ONLY_WHERE_MATCHES_ARE_PENDING, OTHERWISE, as_in_process
from pairlock_adapters.laboratory.settings import LabSettings, default_pairs
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.fault_kinds import BEYOND, FaultKind
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.scaled import run_scaled
from test_lab_kalshi import ORDERS, order

K = FaultKind
RATE = 50
# What a client sees of its first order: an answer's status, or how the connection failed.
Seen = int | str


@define
class Run:
    """One client's day at the venue."""

    lab: Laboratory
    client: KalshiClient
    seen: list[Seen] = field(factory=list)
    frames: list[dict[str, Any]] = field(factory=list)
    first: Seen = ""

    async def tries(self, method: str, path: str, body: object = None, **query: Any) -> httpx.Response | None:
        """One request, whatever becomes of it."""
        answer: httpx.Response | None = None
        try:
            answer = await self.client.call(method, path, body, **query)
            seen: Seen = answer.status_code
        except httpx.HTTPError as error:
            seen = type(error).__name__
        self.seen.append(seen)
        if isinstance(body, dict) and body.get("client_order_id") == "mine-1":
            self.first = seen
        return answer

    async def orders(self) -> None:
        """Two fill-or-kills, a sale, one that rests and is cancelled, one that is looked for and cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.tries, "POST", ORDERS, order(self.lab))
            await trio.sleep(1)
            await self.tries("POST", ORDERS, order(self.lab, client_order_id="second"))
            await self.looks()
        sale = order(self.lab, client_order_id="sale", side="ask", price="0.0100", count="5.00")
        await self.tries("POST", ORDERS, sale | {"time_in_force": "immediate_or_cancel"})
        resting = order(self.lab, client_order_id="rests", price="0.0100", time_in_force="good_till_canceled")
        await self.tries("POST", ORDERS, resting)
        await self.looks()
        await self.cancels()

    async def looks(self) -> None:
        ticker = order(self.lab)["ticker"]
        for path in ("/portfolio/orders", "/portfolio/fills", "/portfolio/positions"):
            await self.tries("GET", path, ticker=ticker)
        await self.tries("GET", "/portfolio/balance")
        await self.tries("GET", f"/markets/{ticker}/orderbook")
        await self.tries("GET", "/exchange/status")

    async def cancels(self) -> None:
        """Whatever is live."""
        listed = await self.tries("GET", "/portfolio/orders", status="resting")
        for row in listed.json()["orders"] if listed is not None and listed.status_code == 200 else ():
            await self.tries("DELETE", f"{ORDERS}/{row['order_id']}")

    async def listens(self) -> None:
        """Keep a socket, and come again where it ends."""
        while True:
            try:
                async with kalshi_socket(self.client) as socket:
                    await self._hears(socket)
            except (ConnectionClosed, ConnectionRejected, OSError):
                self.frames.append({"type": "lost"})
                await trio.sleep(0.5)

    async def _hears(self, socket: Socket) -> None:
        ticker = order(self.lab)["ticker"]
        await socket.command("subscribe", channels=["user_orders", "fill"])
        await socket.command("subscribe", channels=["orderbook_delta"], market_tickers=[ticker])
        while True:
            self.frames.append(await socket.next(within_s=10**6))


def day(*faults: Fault, then: Callable[[Run], None] | None = None) -> dict[str, int]:
    """What fired while a client traded for half a minute of the venues' time."""

    async def main() -> dict[str, int]:
        beyond = any(each.kind in BEYOND for each in faults)
        settings = LabSettings(pairs=default_pairs(1))
        if beyond:
            settings = evolve(settings, bounds=None, profile=evolve(settings.profile, beyond=True))
        async with (
            laboratory(*faults, settings=settings, clock=VirtualClock()) as lab,
            kalshi_client(lab) as client,
            trio.open_nursery() as nursery,
        ):
            client.http.timeout = httpx.Timeout(8)
            run = Run(lab, client)
            nursery.start_soon(run.listens)
            await trio.sleep(0.5)
            await run.orders()
            await trio.sleep(20)
            await run.cancels()
            await trio.sleep(35 if beyond else 12)
            await run.looks()
            if then is not None:
                then(run)
            nursery.cancel_scope.cancel()
        return dict(lab.world.fired)

    return run_scaled(main, RATE)


# What the first order, or the first request of that kind, does not bring about by itself.
CHANGED: dict[FaultKind, dict[str, Any]] = {
    K.UNSELLABLE: {"change": {}, "role": "exit"},
    K.FILL_BEATS_CANCEL: {"change": {"hold_ms": 60_000}},
    K.FILL_AFTER_CANCEL: {"change": {"hold_ms": 60_000}},
    K.FILL_AFTER_FINALITY: {"change": {"hold_ms": 60_000}},
    K.STALE_ORDER: {"times": 0},
    K.STALE_BALANCE: {"times": 0},
    K.STALE_POSITION: {"times": 0},
    K.ORDERS_FILLS_DISAGREE: {"times": 0},
    K.ROWS_MISSING: {"times": 0},
    K.ROWS_REPEATED: {"times": 0},
    K.NOT_FOUND_IN_FLIGHT: {"times": 0},
    K.BOOK_DELTA_RACE: {"times": 0},
    K.BOOK_CROSSED: {"times": 0},
    K.PARTIAL_RESTS: {"change": {"rest_ms": 3_000}},
}


def test_every_kind_is_in_the_table_or_as_in_process() -> None:
    assert set(OTHERWISE) | set(as_in_process()) == set(FaultKind)
    assert not set(OTHERWISE) & set(as_in_process())
    assert all(len(reason) > 20 for reason in OTHERWISE.values())


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind not in ONLY_WHERE_MATCHES_ARE_PENDING])
def test_each_kind_takes_hold_on_the_wire(kind: FaultKind) -> None:
    assert day(fault(kind, "kalshi", **CHANGED.get(kind, {}))).get(kind.value, 0) >= 1


@pytest.mark.parametrize("kind", sorted(ONLY_WHERE_MATCHES_ARE_PENDING))
def test_where_matches_are_final_at_once_none_fails_later(kind: FaultKind) -> None:
    assert day(fault(kind, "kalshi", times=0)) == {}


def seen_first(*faults: Fault) -> Seen:
    """What the client saw of its first order."""
    found: list[Seen] = []
    day(*faults, then=lambda run: found.append(run.first))
    return found[0]


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        (K.CONNECT_REFUSED, ("RemoteProtocolError", "ReadError")),
        (K.TLS_FAILED, ("RemoteProtocolError", "ReadError")),
        (K.LOST_REQUEST, ("ReadTimeout",)),
        (K.LOST_ANSWER, ("ReadTimeout",)),
        (K.TRUNCATED_BODY, ("RemoteProtocolError", "ReadError")),
        (K.SERVER_ERROR, (502,)),
        (K.GATEWAY_TIMEOUT, (504,)),
        (K.NO_ORDER_IN_ANSWER, (201,)),
        (K.ERROR_IN_2XX, (201,)),
        (K.KILL_500, (500,)),
        (K.UNAUTHORIZED, (401,)),
        (K.REGION_REFUSED, (403,)),
        (K.RATE_LIMITED, (429,)),
        (K.ENDPOINT_GONE, (410,)),
        (K.KEY_REVOKED, (401,)),
    ],
)
def test_what_the_client_sees_of_it(kind: FaultKind, seen: tuple[Seen, ...]) -> None:
    assert seen_first(fault(kind, "kalshi")) in seen


def test_a_refused_connection_refuses_the_next_one_too() -> None:
    def then(run: Run) -> None:
        assert run.seen[1] == "ConnectError"

    day(fault(K.CONNECT_REFUSED, "kalshi", change={"not_sent_later_ms": 1_500}), then=then)


def test_a_restart_closes_sockets_and_refuses_them_while_it_lasts() -> None:
    def then(run: Run) -> None:
        assert [frame["type"] for frame in run.frames].count("lost") > 3

    day(fault(K.RESTART, "kalshi"), then=then)
