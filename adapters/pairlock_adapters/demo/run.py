"""One demo run: venues up, journal recovered, opportunities fed, everything brought to a close, truth compared.

In this process in virtual time, deterministic by seed: a run on a new journal gives the same trace hash in any process.
Over the wire in scaled time: the real adapters against the laboratory, and no two runs alike.
"""

from __future__ import annotations

import trio
from attrs import evolve

from pairlock.journal.store import Store
from pairlock_adapters.demo.journals import last_at_ms, refuse_strangers, truth_path
from pairlock_adapters.demo.judge import BEYOND_F, EVERY_CLAIM, Judge
from pairlock_adapters.demo.money import MoneyJudge
from pairlock_adapters.demo.session import Run, session
from pairlock_adapters.demo.settings import GaveUp, Progress, Report, Settings
from pairlock_adapters.demo.stage import in_process
from pairlock_adapters.simulated.clock import run_virtual
from pairlock_adapters.simulated.fault_kinds import BEYOND
from pairlock_adapters.simulated.faults import ScriptedFaults
from pairlock_adapters.simulated.profiles import PROFILES, Profile, profile_named
from pairlock_adapters.simulated.scripts import Script, load_script
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World
from pairlock_adapters.sqlite.store import open_store

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
            async with in_process(world) as stage:
                judge = Judge(
                    truth,
                    binding=BEYOND_F if profile.beyond else EVERY_CLAIM,
                    hides_fees=stage.hides_fees,
                )
                run = Run(
                    settings, stage, judge, MoneyJudge(truth, stage.hides_fees), progress, script=script
                )
                return await _within(run, store)
        finally:
            truth.close()

    return run_virtual(main, settings.seed)


async def _within(run: Run, store: Store) -> Report:
    """The session, for as long as it is given, or until a claim broke that ends it."""
    settings = run.settings
    run.scope.deadline = trio.current_time() + settings.give_up_s
    with run.scope:
        return await session(run, store)
    if settings.stop is not None and any(map(settings.stop, run.broken)):
        return run.report({}, run.world.clock.now_ms())
    raise GaveUp(f"not over within {settings.give_up_s} virtual seconds")
