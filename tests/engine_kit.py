"""One engine over two simulated venues under virtual time: scripts of faults in, the venues' own truth out.

``play`` submits trades one after another, lets an operator walk his rounds, waits until everything is closed, and
``Played.check`` holds every claim against what the venues' books say. ``on_bench`` gives a test the parts themselves.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import trio
from attrs import define, evolve, field, frozen

from pairlock import CallChannel, E, Engine, Limits, S, Trade, TradingHalted, Venue, open_engine
from pairlock.audit.journal import audit_journal
from pairlock.journal.store import Store
from pairlock.model import Trade as TradeValue
from pairlock.ports import AlertChannel, Clock
from pairlock_adapters.demo.judge import Broken, Judge
from pairlock_adapters.demo.operator import operate
from pairlock_adapters.simulated.clock import run_virtual
from pairlock_adapters.simulated.faults import Fault, FaultPlan, ScriptedFaults
from pairlock_adapters.simulated.profiles import NONE, Profile
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.venue import SimulatedVenue
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import EventPair, WorldSizes, opportunity_of
from pairlock_adapters.sqlite.store import open_store
from played import Played

T = TypeVar("T")
CASH_MICROS = 1_000_000_000_000
NO_FLAWS = WorldSizes(flaw_ppm=0)
LONG_LIVES = WorldSizes(flaw_ppm=0, shortest_life_ms=900_000, longest_life_ms=900_000)
_CLOSING_S = 3_600  # virtual; longer than any market lives and any operator waits
_TRADE_GAP_MS = 700
# Where nothing but the speed of an fsync is at stake, journals lie in memory.
QUICK_DISK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

Wrap = Callable[[SimulatedVenue], Venue]


DEFAULTS = Limits()


class Gone(Exception):
    """The test cancelled ``Bench.scope``: the engine is gone, as when its host is cancelled."""


class Pairs:
    """A registry in which every pair is reviewed, but for those named in ``strange``."""

    def __init__(self) -> None:
        self.strange: set[str] = set()

    def reviewed(self, event_id: str, venue_a: str, market_a: str, venue_b: str, market_b: str) -> bool:
        return event_id not in self.strange


@frozen
class Setup:
    """How a bench is built. ``journal`` "" makes one that is thrown away; ``truth`` and ``journal`` may be reused."""

    script: tuple[Fault, ...] = ()
    seed: int = 1
    plan: str = "simultaneous"
    exit_on: str = "final"
    profile: Profile = NONE
    limits: Limits = DEFAULTS
    journal: str = ""
    truth: Truth | None = None
    wrap: Wrap | None = None
    store: Callable[[str], Store] = open_store
    cash_micros: int = CASH_MICROS
    sizes: WorldSizes = NO_FLAWS
    not_before_ms: int = 0
    accept_accounts: tuple[str, ...] = ()
    # Further channels, for what is said before there is a Bench; the engine's clock, if it is not the world's own.
    channels: tuple[AlertChannel, ...] = ()
    clock: Callable[[World], Clock | None] | None = None
    # Faults that go on over a restart, where ``script`` would begin again.
    faults: FaultPlan | None = None

    @property
    def all_limits(self) -> Limits:
        return evolve(self.limits, execution=evolve(self.limits.execution, exit_on=self.exit_on))


@define
class Bench:
    """What a test on an open engine works with."""

    setup: Setup
    world: World
    pairs: Pairs
    judge: Judge
    alerts: list[dict[str, Any]] = field(factory=list)
    broken: list[Broken] = field(factory=list)
    values: dict[str, TradeValue] = field(factory=dict)
    steps: list[tuple[str, tuple[E, ...], S]] = field(factory=list)
    closed_ms: dict[str, int] = field(factory=dict)
    scope: trio.CancelScope = field(factory=trio.CancelScope)
    opened: Engine | None = None

    @property
    def engine(self) -> Engine:
        assert self.opened is not None
        return self.opened

    def watch(self, engine: Engine) -> None:
        """Judge every step and every close of ``engine`` by the venues' truth."""
        self.opened = engine
        engine.on_step.append(self._stepped)
        engine.on_closed.append(self._closed)

    def _stepped(self, trade: TradeValue, events: tuple[E, ...]) -> None:
        self.values[trade.trade_id] = trade
        self.steps.append((trade.trade_id, events, trade.state))
        self.broken += self.judge.stepped(trade)

    def _closed(self, trade: TradeValue) -> None:
        self.values[trade.trade_id] = trade
        self.closed_ms[trade.trade_id] = self.world.clock.now_ms()
        self.broken += self.judge.closed(trade)

    def pair(self, yes_on: str = "") -> EventPair:
        """The next event; with ``yes_on`` the next one that sells YES cheaply there."""
        while True:
            pair = self.world.open_pair()
            if yes_on in ("", pair.yes_on):
                return pair

    async def submit(self, pair: EventPair | None = None) -> Trade:
        return await self.engine.submit(opportunity_of(pair or self.pair(), self.world.clock.now_ms()))

    async def submit_when_possible(self, yes_on: str = "") -> Trade:
        """Submit as the demo does: while trading is halted the opportunity is held back."""
        while self.engine.refusal():
            await self.engine.sleep_ms(1_000)
        pair = self.pair(yes_on)
        while True:
            try:
                return await self.submit(pair)
            except TradingHalted:
                await self.engine.sleep_ms(1_000)

    async def until(self, condition: Callable[[], bool], *, within_ms: int = 600_000) -> None:
        """Wait until ``condition()``; an assertion fails if it never comes true."""
        for _ in range(within_ms // 50):
            if condition():
                return
            await self.engine.sleep_ms(50)
        raise AssertionError(f"not within {within_ms} virtual ms: {condition}")

    async def close_all(self) -> None:
        """Wait for every trade and every payment that is owed, for at most an hour of virtual time."""
        with trio.move_on_after(_CLOSING_S):
            await self.engine.drain("test")
        with trio.move_on_after(_CLOSING_S):
            while self.engine.recorder.ledger.receivables:
                await self.engine.sleep_ms(5_000)


def on_bench(setup: Setup, body: Callable[[Bench], Awaitable[T]], *, operator: bool = False) -> T:
    """Run ``body(bench)`` with an engine open on a bench, under virtual time."""
    return run_virtual(lambda: _session(setup, body, operator), setup.seed)


async def _session(setup: Setup, body: Callable[[Bench], Awaitable[T]], operator: bool) -> T:
    truth = setup.truth or Truth(seed=setup.seed)
    world = World.of(
        truth,
        setup.profile,
        setup.seed,
        script=setup.faults or ScriptedFaults(setup.script),
        sizes=setup.sizes,
        cash_micros=setup.cash_micros,
    )
    pairs = Pairs()
    bench = Bench(setup, world, pairs, Judge(truth))
    wrap: Wrap = setup.wrap or (lambda venue: venue)
    store = setup.store(setup.journal or ":memory:")
    world.clock.base_ms = max(world.clock.base_ms, _last_at_ms(store), setup.not_before_ms)
    results: list[T] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.run)
        with bench.scope:
            async with open_engine(
                venues=[wrap(world.kalshi), wrap(world.polymarket)],
                journal=store,
                pairs=pairs,
                limits=setup.all_limits,
                plan=setup.plan,
                clock=setup.clock(world) if setup.clock else world.clock,
                alerts=[CallChannel(bench.alerts.append), *setup.channels],
                accept_accounts=setup.accept_accounts,
                nonce="",
            ) as engine:
                bench.watch(engine)
                if operator:
                    nursery.start_soon(operate, engine, world.reopen)
                results.append(await body(bench))
        nursery.cancel_scope.cancel()
    if not results:
        raise Gone
    return results[0]


def _last_at_ms(store: Store) -> int:
    return max((record.at_ms for record in store.records()), default=0)


def play(
    *script: Fault,
    trades: int = 1,
    yes_on: str = "",
    operator: bool = True,
    folder: Path | None = None,
    **how: Any,
) -> Played:
    """Submit ``trades`` one after another, bring everything to a close, and say what it came to."""

    async def body(bench: Bench) -> Played:
        for number in range(trades):
            if number:
                await bench.engine.sleep_ms(_TRADE_GAP_MS)
            await bench.submit_when_possible(yes_on)
        await bench.close_all()
        engine = bench.engine
        return Played(
            values=bench.values,
            broken=bench.broken,
            steps=bench.steps,
            closed_ms=bench.closed_ms,
            alerts=bench.alerts,
            halts=[halt.name for halt in engine.halts],
            fired=dict(bench.world.fired),
            truth=bench.world.truth,
            world=bench.world,
            judge=bench.judge,
            accounts=engine.recorder.ledger.accounts,
            left=[handle.trade_id for handle in engine.open_trades()],
            trace_hash="",
            audit={},
        )

    place: AbstractContextManager[str | Path] = (
        tempfile.TemporaryDirectory(prefix="pairlock-", dir=QUICK_DISK)
        if folder is None
        else nullcontext(folder)
    )
    with place as where:
        setup = Setup(script=script, journal=str(Path(where) / "journal.db"), **how)
        kept: list[Engine] = []

        async def remembering(bench: Bench) -> Played:
            kept.append(bench.engine)
            return await body(bench)

        played = on_bench(setup, remembering, operator=operator)
        played.trace_hash = kept[0].journal.head[1]
        played.audit = audit_journal(setup.journal)
    return played


def cash_change(played: Played) -> int:
    """What the whole run really earned or lost over both venues, in micro-dollars."""
    return sum(played.judge.cash(venue) - CASH_MICROS for venue in played.accounts)
