"""The laboratory: both simulated venues served on loopback, in the trio loop of whoever opens it.

>>> async with open_laboratory(LabSettings(pairs=default_pairs(1)), RealClock()) as lab:
...     print(json.dumps(lab.ready))
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256

import trio
from attrs import evolve

from pairlock.fees import kalshi_quadratic, polymarket_curve
from pairlock_adapters.laboratory.control.app import control_app
from pairlock_adapters.laboratory.doorway import Doorway
from pairlock_adapters.laboratory.face import Face
from pairlock_adapters.laboratory.faces import make_faces
from pairlock_adapters.laboratory.identities import KeyFolder, key_folder, polymarket_identity
from pairlock_adapters.laboratory.injected import InjectedFaults
from pairlock_adapters.laboratory.names import Names, condition_id, event_name, kalshi_ticker, sibling_of
from pairlock_adapters.laboratory.revoked import RevokedKeys
from pairlock_adapters.laboratory.serving import Served, serve
from pairlock_adapters.laboratory.settings import LabSettings, PairSettings
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.door import Door
from pairlock_adapters.simulated.matching import book_of
from pairlock_adapters.simulated.profiles import Profile
from pairlock_adapters.simulated.quantiles import always
from pairlock_adapters.simulated.rules import kalshi_rules, polymarket_rules
from pairlock_adapters.simulated.state import MarketSpec
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import MarketNames, World
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET, EventPair

CONTROL = "control"


class Laboratory:
    """``ready`` is what ``pairlock sim --json`` prints. ``faces`` by venue."""

    def __init__(
        self,
        settings: LabSettings,
        clock: VirtualClock,
        world: World,
        injected: InjectedFaults,
        names: Names,
        keys: KeyFolder,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.world = world
        self.names = names
        self.keys = keys
        self.injected = injected
        self.polymarket_identity = polymarket_identity(settings.seed, settings.polymarket)
        self.titles: dict[str, str] = {}
        self.neg_risk: set[str] = set()
        self.ready: dict[str, object] = {}
        self.pairs: list[dict[str, object]] = []
        self.served: list[Served] = []
        self._wall_base_ms = clock.wall_ms() - clock.now_ms()
        self.revoked = {name: RevokedKeys(exchange) for name, exchange in world.exchanges.items()}
        self.faces: dict[str, Face] = make_faces(self)

    def door(self, venue: str) -> Door:
        return self.world.venues[venue].door

    def wall_ms(self, at_ms: int) -> int:
        """A time of the venues as milliseconds since 1970: wall time at the start, and steady from then on."""
        return self._wall_base_ms + at_ms

    def at_ms(self, wall_ms: int) -> int:
        """The other way round."""
        return wall_ms - self._wall_base_ms

    def ident(self, *what: object) -> str:
        """An id in the form of a UUID, the same for the same seed."""
        digest = sha256(":".join(map(str, (self.settings.seed, *what))).encode()).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"

    # Markets.

    def list_pair(self, pair: PairSettings) -> dict[str, object]:
        """List an event on both venues; its row of ``ready``."""
        now_ms = self.world.timeline.advance()
        resolve_at_ms = now_ms + pair.resolve_in_ms
        own = self.settings
        for venue, market, book, fees in (
            (KALSHI, kalshi_ticker(pair.name), pair.kalshi, kalshi_quadratic(own.kalshi.multiplier_ppm)),
            (POLYMARKET, condition_id(pair.name), pair.polymarket, polymarket_curve(own.polymarket.rate_ppm)),
        ):
            spec = MarketSpec(
                market, f"event-{pair.name}", fees, book_of(book.bids, book.asks), resolve_at_ms, pair.result,
                pair.yes_payout_e4, pair.tick_e4,
            )  # fmt: skip
            self.world.exchanges[venue].list_market(spec)
        self.titles[pair.name] = pair.title
        if pair.neg_risk:
            self.neg_risk.add(condition_id(pair.name))
        return self.pair_row(pair.name)

    def open_pair(self, number: int | None = None) -> EventPair:
        """List the next generated event, or the one of that number, as ``World.open_pair``."""
        return self.world.open_pair(number)

    def title(self, market: str) -> str:
        """What an event is called."""
        name = event_name(market)
        return self.titles.get(name) or f"Will {name} happen?"

    def pair_row(self, name: str) -> dict[str, object]:
        row: dict[str, object] = {"event_id": f"event-{name}"}
        for venue, market in ((KALSHI, kalshi_ticker(name)), (POLYMARKET, condition_id(name))):
            if venue in self.faces:
                row |= self.faces[venue].pair(market)
        return row

    def make_ready(self, urls: Mapping[str, str]) -> None:
        for venue, face in self.faces.items():
            self.ready[venue] = face.ready({name: urls[name] for name in face.apps})
        self.ready[CONTROL] = urls[CONTROL]
        listed = list(self.world.exchanges[KALSHI].markets)
        self.pairs += [self.pair_row(event_name(market)) for market in listed]
        self.ready["pairs"] = self.pairs


def _profile(settings: LabSettings) -> Profile:
    if settings.finality_ms < 0:
        return settings.profile
    return evolve(settings.profile, finality=always(settings.finality_ms))


def _world(settings: LabSettings, clock: VirtualClock, truth: Truth, injected: InjectedFaults) -> World:
    profile = _profile(settings)
    rules = (
        kalshi_rules(),
        # Its published interface knows a winner or 50-50; a price beside a closed market is no payout to a client.
        evolve(polymarket_rules(fee_rounding=profile.fee_rounding), void_pays_half=True),
    )
    world = World.of(
        truth,
        profile,
        settings.seed,
        script=injected,
        bounds=settings.bounds,
        cash_micros=0,
        rules=(evolve(rules[0], names_fills=False), evolve(rules[1], names_fills=False)),
        recorded=settings.recorded,
        clock=clock,
        names=MarketNames(condition_id, sibling_of),
    )
    for name, cash_micros in (
        (KALSHI, settings.kalshi.cash_micros),
        (POLYMARKET, settings.polymarket.cash_micros),
    ):
        exchange = world.exchanges[name]
        if not truth.existed:
            exchange.deposit(cash_micros)
    return world


@asynccontextmanager
async def open_laboratory(
    settings: LabSettings, clock: VirtualClock, *, names: Names | None = None, truth: Truth | None = None
) -> AsyncIterator[Laboratory]:
    """Serve both venues and the control API until the block ends. Raises OSError where a named port is taken.

    ``truth``: a store that the caller opened and will close; else one at ``settings.truth``.
    """
    own = truth or Truth(settings.truth, seed=settings.seed)
    try:
        clock.base_ms = max(clock.base_ms, own.now_ms)
        injected = InjectedFaults(settings.script)
        world = _world(settings, clock, own, injected)
        with key_folder() as keys:
            lab = Laboratory(settings, clock, world, injected, names or Names(), keys)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(world.run)
                if not own.existed:
                    for pair in settings.pairs:
                        lab.list_pair(pair)
                apps = {name: app for face in lab.faces.values() for name, app in face.apps.items()}
                apps[CONTROL] = control_app(lab)
                urls = {}
                for name, app in apps.items():
                    served = Served(app, Doorway(clock, settings.ports.get(name, 0)))
                    await nursery.start(serve, served)
                    lab.served.append(served)
                    urls[name] = served.doorway.url
                for face in lab.faces.values():
                    nursery.start_soon(face.run)
                lab.make_ready(urls)
                yield lab
                nursery.cancel_scope.cancel()
        failed = [error for served in lab.served for error in served.failed]
        if failed:
            raise ExceptionGroup("the laboratory failed", failed)
    finally:
        if truth is None:
            own.close()
