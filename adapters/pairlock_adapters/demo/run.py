"""One demo run: venues up, journal recovered, opportunities fed, everything brought to a close, truth compared.

In this process in virtual time, deterministic by seed: a run on a new journal gives the same trace hash in any process.
Over the wire in scaled time: the real adapters against the laboratory, and no two runs alike.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import trio
from attrs import evolve

from pairlock import UserError
from pairlock.journal.store import Store
from pairlock.ports import VenueError
from pairlock_adapters.demo.journals import last_at_ms, refuse_strangers, truth_path
from pairlock_adapters.demo.judge import BEYOND_F, EVERY_CLAIM, Judge
from pairlock_adapters.demo.money import MoneyJudge
from pairlock_adapters.demo.session import Run, session
from pairlock_adapters.demo.settings import GaveUp, Progress, Report, Settings
from pairlock_adapters.demo.stage import Stage, in_process
from pairlock_adapters.simulated.clock import VirtualClock, run_virtual
from pairlock_adapters.simulated.fault_kinds import BEYOND
from pairlock_adapters.simulated.faults import ScriptedFaults
from pairlock_adapters.simulated.profiles import PROFILES, Profile, profile_named
from pairlock_adapters.simulated.scaled import run_scaled
from pairlock_adapters.simulated.scripts import Script, load_script
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import DEFAULT_CASH_MICROS, World
from pairlock_adapters.sqlite.store import open_store

_MOST_OPENINGS = 5
_OPEN_AGAIN_MS = 1_000

__all__ = ["GaveUp", "Progress", "Report", "Settings", "faults_named", "run_demo", "world_of"]


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
    """Run the demo, in this process or over the wire.

    Raises UserError for a profile or journal that cannot be used, GaveUp.
    """
    if settings.script is None:
        profile, script = faults_named(settings.faults)
    else:
        profile, script = world_of(settings.script), settings.script

    async def main() -> Report:
        store = open_store(settings.journal)
        truth = Truth(truth_path(settings.journal), seed=settings.seed)
        try:
            refuse_strangers(store, truth, settings.journal)
            clock = VirtualClock(max(truth.now_ms, last_at_ms(store)))
            async with _stage(settings, profile, script, clock, truth) as stage:
                binding, hides_fees = BEYOND_F if profile.beyond else EVERY_CLAIM, stage.hides_fees
                judge = Judge(truth, binding=binding, hides_fees=hides_fees, kinds_shown=not stage.on_wire)
                run = Run(settings, stage, judge, MoneyJudge(truth, hides_fees), progress, script=script)
                return await _within(run, store)
        finally:
            truth.close()

    return run_scaled(main, settings.time_scale) if settings.time_scale else run_virtual(main, settings.seed)


@asynccontextmanager
async def _stage(
    settings: Settings, profile: Profile, script: Script, clock: VirtualClock, truth: Truth
) -> AsyncIterator[Stage]:
    if settings.time_scale:
        # Servers and clients are loaded only where there is a wire.
        from pairlock_adapters.demo.wire import on_the_wire, wirely
        from pairlock_adapters.laboratory.settings import KalshiSettings, LabSettings, PolymarketSettings

        own = LabSettings(
            seed=settings.seed,
            profile=profile,
            script=wirely(script),
            finality_ms=-1,
            kalshi=KalshiSettings(cash_micros=DEFAULT_CASH_MICROS),
            polymarket=PolymarketSettings(cash_micros=DEFAULT_CASH_MICROS),
            recorded=True,
        )
        async with on_the_wire(own, clock, truth) as stage:
            yield stage
        return
    plan = ScriptedFaults(script) if script else None
    world = World.of(truth, profile, settings.seed, script=plan, recorded=True, clock=clock)
    async with in_process(world) as stage:
        yield stage


async def _opened(run: Run, store: Store) -> Report:
    """The session, begun anew while a venue's first answer does not come: nothing was traded before it."""
    for _ in range(_MOST_OPENINGS):
        try:
            return await session(run, store)
        except* UserError as group:
            if not all(isinstance(error.__cause__, VenueError) for error in _leaves(group)):
                raise
        await run.world.clock.sleep_ms(_OPEN_AGAIN_MS)
        store = open_store(run.settings.journal)
    return await session(run, store)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


async def _within(run: Run, store: Store) -> Report:
    """The session, for as long as it is given, or until a claim broke that ends it."""
    settings = run.settings
    run.scope.deadline = trio.current_time() + settings.give_up_s
    with run.scope:
        return await _opened(run, store)
    if settings.stop is not None and any(map(settings.stop, run.broken)):
        return run.report({}, run.world.clock.now_ms())
    raise GaveUp(f"not over within {settings.give_up_s} virtual seconds")
