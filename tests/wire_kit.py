"""The real adapters against the laboratory, with the engine between them: one process, one trio loop, scaled time.

As ``engine_kit``, over the wire: the same bench, the same judge, but each account has two API keys, and a test can take
one away at the venue.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import trio
from attrs import evolve, frozen
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine_kit import Bench, Pairs, Setup
from pairlock import CallChannel, open_engine
from pairlock.journal.store import Store
from pairlock_adapters.demo.judge import EVERY_CLAIM, Judge
from pairlock_adapters.demo.naming import Named, WireNames
from pairlock_adapters.demo.operator import operate
from pairlock_adapters.kalshi.build import client_order_id
from pairlock_adapters.kalshi.config import KalshiConfig, KalshiKey
from pairlock_adapters.kalshi.venue import KalshiVenue, open_kalshi
from pairlock_adapters.laboratory.clients import kalshi_config, polymarket_config
from pairlock_adapters.laboratory.identities import MAIN
from pairlock_adapters.laboratory.kalshi.face import KalshiFace
from pairlock_adapters.laboratory.lab import Laboratory, open_laboratory
from pairlock_adapters.laboratory.polymarket.face import PolymarketFace
from pairlock_adapters.laboratory.settings import KalshiSettings, LabSettings, PolymarketSettings
from pairlock_adapters.net.secrets import Secret, secret_of
from pairlock_adapters.polymarket.config import PolymarketConfig, PolymarketKey
from pairlock_adapters.polymarket.venue import PolymarketVenue, open_polymarket
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.scaled import run_scaled
from pairlock_adapters.simulated.scripts import Script
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET
from pairlock_adapters.sqlite.store import open_store

T = TypeVar("T")
RATE = 50
CASH_MICROS = 1_000_000_000_000
HIDES_FEES = frozenset({POLYMARKET})


@frozen
class Posted:
    """A request for a new order as it came to a venue's server, whatever became of it."""

    venue: str
    order: str  # client order id, or salt: what names the order
    key: str


@frozen
class OnWire:
    """What a test works with: the bench, the laboratory behind it, and the two adapters.

    ``posted`` is noted by the servers before they look at who asks: an order that was posted twice is in it twice,
    also where the first request was turned away.
    """

    bench: Bench
    lab: Laboratory
    kalshi: KalshiVenue
    polymarket: PolymarketVenue
    posted: list[Posted]
    on_posted: list[Callable[[Posted], None]]
    revoked: dict[tuple[str, int], Any]

    def posted_twice(self) -> list[str]:
        orders = [each.order for each in self.posted]
        return sorted({order for order in orders if orders.count(order) > 1})

    def keys(self, venue: str) -> tuple[str, ...]:
        """The names of the keys that the adapter would use now, the preferred one first."""
        adapter = self.kalshi if venue == KALSHI else self.polymarket
        return tuple(key.name for key in adapter.client.keys.usable())

    def key_ids(self, venue: str) -> tuple[str, ...]:
        """What the venue calls our keys, in our order."""
        if venue == KALSHI:
            return tuple(key.key_id for key in self.kalshi.config.keys)
        return tuple(key.api_key for key in self.polymarket.config.keys)

    def revoke(self, venue: str, number: int) -> None:
        """The venue no longer knows this key of ours; nothing tells us but its answers."""
        face = self.lab.faces[venue]
        if isinstance(face, KalshiFace):
            key_id = self.key_ids(venue)[number]
            self.revoked[venue, number] = face.logins.known[key_id]
            face.logins.revoke(key_id)
            return
        assert isinstance(face, PolymarketFace)
        self.revoked[venue, number] = found = face.desk.logins.derive(self._address, number)
        face.desk.logins.delete(found)

    def restore(self, venue: str, number: int) -> None:
        """The same key is good again."""
        face = self.lab.faces[venue]
        if isinstance(face, KalshiFace):
            face.logins.add(self.revoked[venue, number])
            return
        assert isinstance(face, PolymarketFace)
        face.desk.logins.create(self._address, number)

    @property
    def _address(self) -> str:
        return self.lab.polymarket_identity.address


_ORDERS = {"/trade-api/v2/portfolio/events/orders": KALSHI, "/order": POLYMARKET}


def noting(app: ASGIApp, note: Callable[[Posted], None]) -> ASGIApp:
    """The same app; what is posted as an order is read and noted first."""

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        venue = _ORDERS.get(scope.get("path", ""), "") if scope.get("method") == "POST" else ""
        if not venue:
            await app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        plain = json.loads(body, parse_float=str)
        order = plain["client_order_id"] if venue == KALSHI else str(plain["order"]["salt"])
        note(Posted(venue, order, headers.get("kalshi-access-key") or headers["poly_api_key"]))
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return whole.pop() if whole else await receive()

        await app(scope, again, send)

    return noted


def with_two_keys(lab: Laboratory) -> tuple[KalshiConfig, PolymarketConfig]:
    """The laboratory's accounts, each with a second key."""
    first, second = kalshi_config(lab.ready), polymarket_config(lab.ready)
    kalshi, polymarket = lab.faces[KALSHI], lab.faces[POLYMARKET]
    assert isinstance(kalshi, KalshiFace)
    assert isinstance(polymarket, PolymarketFace)
    own = cast(dict[str, Any], kalshi.make_login(MAIN))
    spare = KalshiKey("spare", own["key_id"], secret_of(f"file:{own['private_key_pem']}"))
    made = polymarket.desk.logins.create(lab.polymarket_identity.address, 1)
    other = PolymarketKey("spare", made.key, Secret(made.secret), Secret(made.passphrase))
    return evolve(first, keys=(*first.keys, spare)), evolve(second, keys=(*second.keys, other))


def on_wire(
    setup: Setup, body: Callable[[OnWire], Awaitable[T]], *, operator: bool = False, rate: int = RATE
) -> T:
    """Run ``body`` with an engine open on both adapters. Every claim is judged by the laboratory's truth as it goes."""
    return run_scaled(lambda: _session(setup, body, operator), rate)


async def _session(setup: Setup, body: Callable[[OnWire], Awaitable[T]], operator: bool) -> T:
    store: Store = open_store(":memory:")
    truth = Truth(seed=setup.seed)
    names = WireNames()
    settings = LabSettings(
        seed=setup.seed,
        script=Script(setup.script),
        profile=setup.profile,
        finality_ms=-1,
        kalshi=KalshiSettings(cash_micros=CASH_MICROS),
        polymarket=PolymarketSettings(cash_micros=CASH_MICROS),
        recorded=True,
    )
    async with open_laboratory(settings, VirtualClock(), names=names, truth=truth) as lab:
        configs = with_two_keys(lab)
        posted: list[Posted] = []
        on_posted: list[Callable[[Posted], None]] = [posted.append]

        def note(found: Posted) -> None:
            for tell in on_posted:
                tell(found)

        for served in lab.served:
            served.app = noting(served.app, note)
        async with (
            open_kalshi(configs[0], lab.clock) as kalshi,
            open_polymarket(configs[1], lab.clock) as polymarket,
            trio.open_nursery() as nursery,
        ):
            judge = Judge(truth, binding=EVERY_CLAIM, hides_fees=HIDES_FEES)
            bench = Bench(setup, lab.world, Pairs(), judge)
            async with open_engine(
                venues=[
                    Named(kalshi, names, lambda intent: client_order_id(intent.intent_id)),
                    Named(polymarket, names, polymarket.order_id_of),
                ],
                journal=store,
                pairs=bench.pairs,
                limits=setup.all_limits,
                plan=setup.plan,
                clock=lab.clock,
                alerts=[CallChannel(bench.alerts.append)],
                nonce="",
            ) as engine:
                bench.watch(engine)
                if operator:
                    nursery.start_soon(operate, engine, lab.world.reopen)
                found = await body(OnWire(bench, lab, kalshi, polymarket, posted, on_posted, {}))
            nursery.cancel_scope.cancel()
    return found
