"""One demo run: venues up, journal recovered, opportunities fed, everything brought to a close, truth compared.

All of it in virtual time, deterministic by seed: a run on a new journal gives the same trace hash in any process.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

import trio
from attrs import define, evolve, field, frozen

from pairlock import Engine, Limits, S, TradingHalted, UserError, open_engine
from pairlock.journal.store import Store
from pairlock.lifecycle import E
from pairlock.model import Trade
from pairlock.ports import Clock
from pairlock_adapters.demo.breaches import Breaches
from pairlock_adapters.demo.judge import BEYOND_F, EVERY_CLAIM, Broken, Judge, require_judged
from pairlock_adapters.demo.operator import operate
from pairlock_adapters.demo.tally import Tally
from pairlock_adapters.simulated.clock import run_virtual
from pairlock_adapters.simulated.fault_kinds import BEYOND
from pairlock_adapters.simulated.faults import Fault, ScriptedFaults
from pairlock_adapters.simulated.profiles import NONE, PROFILES, Profile, profile_named
from pairlock_adapters.simulated.scripts import load_script
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import EventPair, is_reviewed, opportunity_of
from pairlock_adapters.sqlite.store import open_store

_SHORTEST_GAP_MS, _LONGEST_GAP_MS = 300, 1_500
_HOLD_BACK_MS = 1_000
# Longer than any market lives, any match takes and any operator waits.
_CLOSING_S = 3_600
_RETIRE_EVERY = 200

Progress = Callable[[int, int], None]


# Beyond the fault model: how long after the last close a venue may still contradict what was final.
_LATE_S = 120


@frozen
class Settings:
    """``faults``: a profile's name, or the path of a script that runs on top of the profile ``none``."""

    trades: int
    seed: int
    faults: str
    journal: str
    limits: Limits = Limits()  # noqa: RUF009 - frozen


@frozen
class Report:
    """``plain`` has the keys of ``--json``; ``broken`` one entry per broken claim; ``virtual_ms`` how long it took."""

    plain: dict[str, Any]
    broken: list[Broken]
    virtual_ms: int


class _Reviewed:
    """The demo's pair registry: what the world generator calls reviewed."""

    def __init__(self) -> None:
        self._pairs: set[str] = set()

    def add(self, pair: EventPair) -> None:
        if is_reviewed(pair):
            self._pairs.add(pair.event_id)

    def forget(self, event_id: str) -> None:
        self._pairs.discard(event_id)

    def reviewed(self, event_id: str, venue_a: str, market_a: str, venue_b: str, market_b: str) -> bool:
        return event_id in self._pairs


@define
class _Run:
    """What a run keeps while it goes on."""

    settings: Settings
    world: World
    judge: Judge
    progress: Progress
    tally: Tally = field(factory=Tally)
    registry: _Reviewed = field(factory=_Reviewed)
    broken: list[Broken] = field(factory=list)
    done: int = 0
    breaches: Breaches = field(factory=Breaches)

    def stepped(self, trade: Trade, events: tuple[E, ...]) -> None:
        self.tally.stepped(trade, events)
        self.broken += self.judge.stepped(trade)

    def closed(self, trade: Trade) -> None:
        self.tally.closed(trade)
        self.broken += self.judge.closed(trade)
        self.breaches.closed(trade)
        self.registry.forget(trade.opportunity.event_id)
        self.done += 0 if trade.repairs else 1
        self.progress(self.done, self.settings.trades)


async def _feed(run: _Run, engine: Engine, rng: Random) -> None:
    """Submit opportunities as they appear; while trading is halted they are held back."""
    for _ in range(run.settings.trades):
        await engine.sleep_ms(rng.randrange(_SHORTEST_GAP_MS, _LONGEST_GAP_MS))
        while engine.refusal():
            await engine.sleep_ms(_HOLD_BACK_MS)
        pair = run.world.open_pair()
        run.registry.add(pair)
        submitted = False
        while not submitted:
            try:
                await engine.submit(opportunity_of(pair, run.world.clock.now_ms()))
                submitted = True
            except TradingHalted:
                await engine.sleep_ms(_HOLD_BACK_MS)


async def _close_all(engine: Engine) -> None:
    """Wait until every trade is closed, for at most an hour of virtual time."""
    with trio.move_on_after(_CLOSING_S):
        await engine.drain("demo")


def _money_claims(run: _Run, engine: Engine) -> list[Broken]:
    """Claim 14 against the venues' own cash, once nothing is open."""
    ledger = engine.recorder.ledger
    if engine.open_trades() or ledger.receivables:
        return []
    broken = []
    for name, account in ledger.accounts.items():
        cash = run.judge.cash(name)
        if account.cash_micros != cash or account.held_micros or account.spent_micros:
            broken.append(
                Broken(14, "", f"{name} really holds {cash} micro-dollars, the ledger says {account}")
            )
    return broken


async def _receivables_paid(engine: Engine) -> None:
    with trio.move_on_after(_CLOSING_S):
        while engine.recorder.ledger.receivables:
            await engine.sleep_ms(5_000)


async def _session(run: _Run, store: Store, clock: Clock) -> Report:
    settings, world = run.settings, run.world
    # Not chance: the same seed on a new journal gives the same ids; a run on the same venues never the same again.
    nonce = sha256(f"{settings.seed}:{world.truth.run}".encode()).hexdigest()[:8]
    began_ms = clock.now_ms()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.run)
        venues = [world.kalshi, world.polymarket]
        async with open_engine(
            venues=venues,
            journal=store,
            pairs=run.registry,
            limits=settings.limits,
            clock=clock,
            alerts=(),
            nonce=nonce,
        ) as engine:
            engine.on_step.append(run.stepped)
            engine.on_closed.append(run.closed)
            recovered = list(engine.recovered)
            nursery.start_soon(operate, engine, world.reopen)
            await _feed(run, engine, Random(f"feed:{settings.seed}:{world.truth.run}"))
            await _close_all(engine)
            await _receivables_paid(engine)
            if world.bounds is None:
                await trio.sleep(_LATE_S)
                await _close_all(engine)
                await _receivables_paid(engine)
                run.broken += run.breaches.unanswered(world.truth)
            require_judged(engine)
            left = [handle for handle in engine.open_trades() if not handle.value.repairs]
            run.broken += _money_claims(run, engine)
        nursery.cancel_scope.cancel()
    stuck = sum(1 for handle in left if handle.state is S.STUCK)
    plain = run.tally.as_plain(stuck=stuck, open_=len(left) - stuck)
    closed_recovered = sum(1 for handle in recovered if handle.state in (S.SETTLED, S.ROLLED_BACK, S.HEDGED))
    plain |= {
        "recovered": closed_recovered,
        "claims_broken": len(run.broken),
        "duplicate_orders": run.judge.duplicate_orders(),
        "naked_contract_ms": world.naked_contract_ms(),
        "seed": settings.seed,
        "trace_hash": engine.journal.head[1],
        "journal": settings.journal,
        "faults": dict(sorted(world.fired.items())),
    }
    return Report(plain, run.broken, clock.now_ms() - began_ms)


def faults_named(faults: str) -> tuple[Profile, tuple[Fault, ...]]:
    """A profile by its name, or the script in a file upon ``none``. Raises UserError for neither."""
    if faults in PROFILES:
        return PROFILES[faults], ()
    if not faults.endswith(".toml"):
        profile_named(faults)
    script = load_script(faults)
    return evolve(NONE, beyond=any(fault.kind in BEYOND for fault in script)), script


def run_demo(settings: Settings, progress: Progress) -> Report:
    """Run the demo in virtual time. Raises UserError for a profile or journal that cannot be used."""
    profile, script = faults_named(settings.faults)
    beyond = profile.beyond
    truth_path = f"{settings.journal}.venues"

    async def main() -> Report:
        store = open_store(settings.journal)
        truth = Truth(truth_path, seed=settings.seed)
        try:
            _refuse_strangers(store, truth, settings.journal)
            world = World.of(truth, profile, settings.seed, script=ScriptedFaults(script) if script else None)
            world.clock.base_ms = max(world.clock.base_ms, _last_at_ms(store))
            judge = Judge(truth, binding=BEYOND_F if beyond else EVERY_CLAIM)
            run = _Run(settings, world, judge, progress)
            return await _session(run, store, world.clock)
        finally:
            truth.close()

    return run_virtual(main, settings.seed)


def _refuse_strangers(store: Store, truth: Truth, path: str) -> None:
    """A journal and its venues' truth belong together: with the one of another run every belief would be false."""
    begun = store.head()[0] > 0
    traded = next(truth.rows("SELECT count(*) FROM orders"))[0] > 0
    if begun and not truth.existed:
        raise UserError(
            f"journal {path} has records, but {path}.venues is missing; bring it back, or name a new journal"
        )
    if traded and not begun:
        raise UserError(
            f"journal {path} is new, but {path}.venues has orders of another; move it away, or bring its back"
        )


def _last_at_ms(store: Store) -> int:
    return max((record.at_ms for record in store.records()), default=0)
