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

from pairlock import Engine, Limits, S, TradingHalted, open_engine
from pairlock.journal.store import Store
from pairlock.lifecycle import E
from pairlock.model import Trade
from pairlock.ports import Clock
from pairlock_adapters.demo.beliefs import Beliefs, beliefs_of, beliefs_of_accounts
from pairlock_adapters.demo.breaches import Breaches
from pairlock_adapters.demo.journals import last_at_ms, refuse_strangers, truth_path
from pairlock_adapters.demo.judge import BEYOND_F, EVERY_CLAIM, Broken, Judge, require_judged
from pairlock_adapters.demo.operator import operate
from pairlock_adapters.demo.registry import Reviewed
from pairlock_adapters.demo.tally import Tally
from pairlock_adapters.simulated.clock import run_virtual
from pairlock_adapters.simulated.fault_kinds import BEYOND
from pairlock_adapters.simulated.faults import ScriptedFaults
from pairlock_adapters.simulated.profiles import PROFILES, Profile, profile_named
from pairlock_adapters.simulated.scripts import Script, load_script
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import opportunity_of
from pairlock_adapters.sqlite.store import open_store

_SHORTEST_GAP_MS, _LONGEST_GAP_MS = 300, 1_500
_HOLD_BACK_MS = 1_000
# Longer than any market lives, any match takes and any operator waits.
_CLOSING_S = 3_600

Progress = Callable[[int, int], None]


# Of how many trades both sides are kept.
_MOST_BELIEFS = 20
# Beyond the fault model: how long after the last close a venue may still contradict what was final.
_LATE_S = 120


@frozen
class Settings:
    """``faults``: a profile's name, or the path of a script; ``script`` one that is used instead. ``give_up_s``: after
    so many virtual seconds the run is given up. ``stop``: a broken claim that ends it at once (the report then has no
    figures)."""

    trades: int
    seed: int
    faults: str
    journal: str
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    script: Script | None = None
    give_up_s: int = 10**9
    stop: Callable[[Broken], bool] | None = None


class GaveUp(Exception):
    """The run took longer than it was given."""


@frozen
class Report:
    """``plain`` has the keys of ``--json``; ``broken`` one entry per broken claim; ``virtual_ms`` how long it took.

    ``recording``: what struck, as a script; ``new``: nothing was there before, so that this script on a new journal is
    the same run. By trade that broke a claim ("" is the whole run): ``beliefs``, both sides then, and ``numbers``, that
    of its event.
    """

    plain: dict[str, Any]
    broken: list[Broken]
    virtual_ms: int
    recording: Script = Script()  # noqa: RUF009 - frozen
    new: bool = True
    beliefs: dict[str, Beliefs] = field(factory=dict)
    numbers: dict[str, int] = field(factory=dict)


@define
class _Run:
    """What a run keeps while it goes on."""

    settings: Settings
    world: World
    judge: Judge
    progress: Progress
    tally: Tally = field(factory=Tally)
    registry: Reviewed = field(factory=Reviewed)
    broken: list[Broken] = field(factory=list)
    done: int = 0
    breaches: Breaches = field(factory=Breaches)
    script: Script = field(factory=Script)
    events: dict[str, int] = field(factory=dict)
    beliefs: dict[str, Beliefs] = field(factory=dict)
    numbers: dict[str, int] = field(factory=dict)
    engine: Engine | None = None
    scope: trio.CancelScope = field(factory=trio.CancelScope)

    def report(self, plain: dict[str, Any], virtual_ms: int) -> Report:
        recording = Script(self.world.recording(), self.world.profile.name, self.script.events)
        new = self.world.truth.run == 1
        return Report(plain, self.broken, virtual_ms, recording, new, self.beliefs, self.numbers)

    def broke(self, broken: list[Broken], trade: Trade | None = None) -> None:
        """Keep what broke, and both sides' beliefs of this moment."""
        self.broken += broken
        if self.settings.stop is not None and any(map(self.settings.stop, broken)):
            self.scope.cancel()
        ident = trade.trade_id if trade else ""
        if not broken or ident in self.beliefs or len(self.beliefs) >= _MOST_BELIEFS or self.engine is None:
            return
        truth, ledger, now_ms = self.world.truth, self.engine.recorder.ledger, self.world.clock.now_ms()
        if trade is None:
            self.beliefs[ident] = beliefs_of_accounts(truth, ledger, now_ms)
            return
        self.beliefs[ident] = beliefs_of(trade, truth, ledger, now_ms)
        if trade.opportunity.event_id in self.events:
            self.numbers[ident] = self.events[trade.opportunity.event_id]

    def stepped(self, trade: Trade, events: tuple[E, ...]) -> None:
        self.tally.stepped(trade, events)
        self.broke(self.judge.stepped(trade), trade)

    def closed(self, trade: Trade) -> None:
        self.tally.closed(trade)
        self.broke(self.judge.closed(trade), trade)
        self.breaches.closed(trade)
        self.registry.forget(trade.opportunity.event_id)
        self.done += 0 if trade.repairs else 1
        self.progress(self.done, self.settings.trades)


async def _feed(run: _Run, engine: Engine, rng: Random) -> None:
    """Submit opportunities as they appear; while trading is halted they are held back."""
    for index in range(run.settings.trades):
        await engine.sleep_ms(rng.randrange(_SHORTEST_GAP_MS, _LONGEST_GAP_MS))
        while engine.refusal():
            await engine.sleep_ms(_HOLD_BACK_MS)
        number = run.script.event(index)
        pair = run.world.open_pair(number)
        run.events[pair.event_id] = number
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
            run.engine = engine
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
                run.broke(run.breaches.unanswered(world.truth))
            require_judged(engine)
            left = [handle for handle in engine.open_trades() if not handle.value.repairs]
            run.broke(_money_claims(run, engine))
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
    return run.report(plain, clock.now_ms() - began_ms)


def faults_named(faults: str) -> tuple[Profile, Script]:
    """A profile by its name, or the script in a file and its world. Raises UserError for neither."""
    if faults in PROFILES:
        return PROFILES[faults], Script(profile=faults)
    if not faults.endswith(".toml"):
        profile_named(faults)
    script = load_script(faults)
    return world_of(script), script


def world_of(script: Script) -> Profile:
    """The profile that a script strikes, without faults of its own; beyond the fault model if the script is."""
    profile = PROFILES[script.profile]
    beyond = profile.beyond or any(fault.kind in BEYOND for fault in script)
    return evolve(profile, draws=(), turns=(), beyond=beyond)


def run_demo(settings: Settings, progress: Progress) -> Report:
    """Run the demo in virtual time. Raises UserError for a profile or journal that cannot be used, GaveUp."""
    if settings.script is None:
        profile, script = faults_named(settings.faults)
    else:
        profile, script = world_of(settings.script), settings.script

    async def main() -> Report:
        store = open_store(settings.journal)
        truth = Truth(truth_path(settings.journal), seed=settings.seed)
        try:
            refuse_strangers(store, truth, settings.journal)
            plan = ScriptedFaults(script) if script else None
            world = World.of(truth, profile, settings.seed, script=plan, recorded=True)
            world.clock.base_ms = max(world.clock.base_ms, last_at_ms(store))
            judge = Judge(truth, binding=BEYOND_F if profile.beyond else EVERY_CLAIM)
            run = _Run(settings, world, judge, progress, script=script)
            run.scope.deadline = trio.current_time() + settings.give_up_s
            with run.scope:
                return await _session(run, store, world.clock)
            if settings.stop is not None and any(map(settings.stop, run.broken)):
                return run.report({}, world.clock.now_ms())
            raise GaveUp(f"not over within {settings.give_up_s} virtual seconds")
        finally:
            truth.close()

    return run_virtual(main, settings.seed)
