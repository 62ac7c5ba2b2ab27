"""Both simulated venues and the events that they list: what a demo, a test or a laboratory sets up.

>>> async def main() -> None:
...     truth = Truth(seed=7)
...     world = World.of(truth, profile_named("typical"), seed=7)
...     async with trio.open_nursery() as nursery:
...         nursery.start_soon(world.run)
...         pair = world.open_pair()
...         ...  # world.kalshi and world.polymarket are `pairlock.ports.Venue`
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from attrs import evolve, frozen

from pairlock.limits import FaultBounds
from pairlock.units import PPM
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.effects import Condition
from pairlock_adapters.simulated.exchange import Exchange, Sibling
from pairlock_adapters.simulated.execution import move
from pairlock_adapters.simulated.faults import BothFaults, Fault, FaultPlan
from pairlock_adapters.simulated.naked import naked_contract_ms
from pairlock_adapters.simulated.profiles import Profile
from pairlock_adapters.simulated.recording import RecordedFaults
from pairlock_adapters.simulated.rules import VenueRules, kalshi_rules, polymarket_rules
from pairlock_adapters.simulated.state import MarketState
from pairlock_adapters.simulated.timeline import Timeline
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.venue import SimulatedVenue
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET, EventPair, WorldSizes, make_pair

DEFAULT_CASH_MICROS = 1_000_000_000_000  # a million dollars on each venue


def sibling_of(market: str) -> str:
    """The same event's market on the other venue (names of ``worldgen``)."""
    return ("0x" if market.startswith("KX") else "KX") + market[2:]


@frozen
class MarketNames:
    """How markets are named: the Polymarket name of an event, and a market's sibling on the other venue."""

    polymarket: Callable[[str], str] = "0x".__add__
    sibling: Callable[[str], str] = sibling_of


class World:
    """Two venues with one truth, one timeline and one count of faults. Made inside ``trio.run``."""

    def __init__(
        self,
        truth: Truth,
        profile: Profile,
        seed: int,
        clock: VirtualClock,
        faults: FaultPlan,
        bounds: FaultBounds | None,
        sizes: WorldSizes,
        rules: tuple[VenueRules, VenueRules],
        names: MarketNames = MarketNames(),
    ) -> None:
        self.truth = truth
        self.profile = profile
        self.seed = seed
        self.clock = clock
        self.faults = faults
        self.bounds = bounds
        self.sizes = sizes
        self.names = names
        self.timeline = Timeline(clock)
        self._next_index = 0
        self.exchanges: dict[str, Exchange] = {}
        self.venues: dict[str, SimulatedVenue] = {}
        for name, own_rules in zip((KALSHI, POLYMARKET), rules, strict=True):
            # A run taken up again draws anew: the run number is part of every seed.
            rng = Random(f"{name}:{seed}:{truth.run}")
            exchange = Exchange(
                name,
                own_rules,
                self.timeline,
                rng,
                truth,
                faults=faults,
                finality=profile.finality,
                bounds=bounds,
            )
            self.exchanges[name] = exchange
            self.venues[name] = SimulatedVenue(exchange, profile.latency(own_rules.kind), clock, rng)
            exchange.sibling = self._sibling(name)
            if profile.market_moves:
                exchange.on_shift.append(self._follow(name))

    @classmethod
    def of(
        cls,
        truth: Truth,
        profile: Profile,
        seed: int,
        *,
        script: FaultPlan | None = None,
        bounds: FaultBounds | None = FaultBounds(),  # noqa: B008 - frozen
        sizes: WorldSizes | None = None,
        cash_micros: int = DEFAULT_CASH_MICROS,
        rules: tuple[VenueRules, VenueRules] | None = None,
        recorded: bool = False,
        clock: VirtualClock | None = None,
        names: MarketNames = MarketNames(),
    ) -> World:
        """A new world in ``truth``, or the one that is in it already, taken up where it stopped.

        ``script`` comes on top of the profile's own faults. ``bounds`` None: beyond the fault model. ``recorded``:
        keep what strikes, for ``recording``. ``clock``: another than virtual time from where ``truth`` stopped.
        """
        bounds = None if profile.beyond else bounds
        faults = profile.faults(Random(f"faults:{seed}:{truth.run}"))
        if script is not None:
            faults = BothFaults(script, faults)
        if recorded:
            faults = RecordedFaults(faults)
        rules = rules or (kalshi_rules(), polymarket_rules(fee_rounding=profile.fee_rounding))
        clock = clock or VirtualClock(truth.now_ms)
        world = cls(truth, profile, seed, clock, faults, bounds, sizes or WorldSizes(), rules, names)
        for exchange in world.exchanges.values():
            if exchange.ledger.cash() is None:
                exchange.deposit(cash_micros)
        return world

    @property
    def kalshi(self) -> SimulatedVenue:
        return self.venues[KALSHI]

    @property
    def polymarket(self) -> SimulatedVenue:
        return self.venues[POLYMARKET]

    @property
    def fired(self) -> dict[str, int]:
        """How often each kind of fault fired."""
        return self.faults.fired

    def recording(self) -> tuple[Fault, ...]:
        """Every fault that struck, in its order (of a world that is ``recorded``): the script of this run."""
        return self.faults.recording() if isinstance(self.faults, RecordedFaults) else ()

    async def run(self) -> None:
        """Keep the venues' time going until cancelled: what is on its way arrives, whoever waits for it."""
        await self.timeline.run()

    def open_pair(self, number: int | None = None) -> EventPair:
        """List the next event on both venues, or the one of that ``number`` (from 0) and go on behind it."""
        index = self._next_index if number is None else number
        pair = make_pair(self.seed, self.truth.run, index, self.timeline.advance(), self.sizes)
        named = self.names.polymarket(pair.kalshi.market.removeprefix("KX"))
        pair = evolve(pair, polymarket=evolve(pair.polymarket, market=named))
        self._next_index = index + 1
        with self.truth.commit(self.timeline.now_ms()):
            for name, exchange in self.exchanges.items():
                exchange.list_market(pair.spec(name))
        return pair

    def reopen(self) -> dict[str, tuple[Condition, ...]]:
        """An operator restores every shut route; what was restored, by venue."""
        return {name: exchange.reopen() for name, exchange in self.exchanges.items()}

    def naked_contract_ms(self) -> int:
        """Contract-milliseconds with one leg alone, by the venues' truth."""
        return naked_contract_ms(self.truth, self.timeline.advance())

    def _sibling(self, name: str) -> Sibling:
        other = KALSHI if name == POLYMARKET else POLYMARKET

        def finds(market: str) -> tuple[Exchange, MarketState] | None:
            exchange = self.exchanges.get(other)
            state = exchange.markets.get(self.names.sibling(market)) if exchange is not None else None
            return None if exchange is None or state is None else (exchange, state)

        return finds

    def _follow(self, moved: str) -> Callable[[int, str, int], None]:
        other = KALSHI if moved == POLYMARKET else POLYMARKET
        rng = Random(f"follow:{moved}:{self.seed}:{self.truth.run}")

        def follows(at_ms: int, market: str, by_e4: int) -> None:
            """The same event is worth as much on the other venue: its market moves as well, or has moved before."""
            if rng.randrange(PPM) >= self.profile.follow_ppm:
                return
            sibling = self.exchanges[other].markets.get(self.names.sibling(market))
            if sibling is not None:
                with self.truth.commit(at_ms):
                    move(self.exchanges[other], sibling, by_e4)

        return follows
