"""A run's faults, recorded as a script: the script on a new journal is the same run, to the trace hash."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from attrs import evolve

from pairlock_adapters.demo.journals import MEMORY
from pairlock_adapters.demo.run import Settings, run_demo
from pairlock_adapters.simulated.clock import run_virtual
from pairlock_adapters.simulated.effects import Hook
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import BothFaults, Draw, DrawnFaults, Fault, Occasion, ScriptedFaults
from pairlock_adapters.simulated.profiles import HOSTILE, PROFILES
from pairlock_adapters.simulated.recording import RecordedFaults
from pairlock_adapters.simulated.scripts import dump_script, load_script, parse_script
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World

MINE = """
[world]
profile = "hostile"
events = [2, 5]

[[fault]]
kind = "kill"
times = 0

[[fault]]
kind = "stale_order"
nth = 2
"""


@pytest.mark.parametrize("faults", [*PROFILES, "mine.toml"])
def test_the_recording_of_a_run_is_the_same_run_again(faults: str, tmp_path: Path) -> None:
    if faults.endswith(".toml"):
        (tmp_path / faults).write_text(MINE, encoding="utf-8")
        faults = str(tmp_path / faults)
    settings = Settings(40, 3, faults, MEMORY)
    first = run_demo(settings, lambda done, total: None)
    recorded = tmp_path / "recorded.toml"
    recorded.write_text(dump_script(first.recording), encoding="utf-8")
    assert load_script(str(recorded)) == first.recording
    assert len(first.recording) > 0 or faults == "none"

    again = run_demo(evolve(settings, faults=str(recorded), journal=MEMORY), lambda done, total: None)
    assert again.recording == first.recording
    assert again.plain == first.plain  # the trace hash among them


def test_every_drawn_effect_can_be_written_as_a_script() -> None:
    for profile in PROFILES.values():
        for draw in (*profile.draws, *(each for turns in profile.turns for each in turns.draws)):
            drawn = Fault(draw.kind, effect=draw.drawn(Random(1)))
            (back,) = parse_script(dump_script([drawn]), "script")
            assert back.effect in (drawn.effect, None)


def test_a_recorded_fault_names_its_occasion_and_not_its_time() -> None:
    plan = RecordedFaults(
        ScriptedFaults([Fault(K.KILL, nth=3), Fault(K.OVERFILL, nth=3), Fault(K.READ_FAILED)])
    )
    buy = Occasion(Hook.ARRIVAL, "kalshi", 5, "KX-1", "t.0.1", "yes", "entry")
    for occasion in (buy, evolve(buy, venue="polymarket"), evolve(buy, intent_id="t.0.2"), buy):
        plan.consult(occasion)
    plan.consult(Occasion(Hook.READ, "kalshi", 9, what="ping"))
    assert plan.recording() == (
        Fault(K.KILL, "kalshi", "entry", "yes", "KX-1", nth=2),
        Fault(K.OVERFILL, "kalshi", "entry", "yes", "KX-1", nth=2),
        Fault(K.READ_FAILED, "kalshi", what="ping"),
    )


def test_plans_within_plans_share_one_count() -> None:
    """Once the count of a plan two levels down was lost."""
    first, second, third = (DrawnFaults([Draw(K.KILL_500, 1_000_000)], Random(1)) for _ in range(3))
    plan = RecordedFaults(BothFaults(first, BothFaults(second, third)))
    plan.count(K.KILL)
    for each in (first, second, third):
        each.count(K.KILL)
    assert plan.fired == {"kill": 4}
    plan.consult(Occasion(Hook.ARRIVAL, "kalshi", 1, "KX-1"))
    assert [each.kind for each in plan.recording()] == [K.KILL_500] * 3


def test_a_script_upon_a_profile_with_turns_counts_both() -> None:
    async def main() -> dict[str, int]:
        world = World.of(Truth(), HOSTILE, 1, script=ScriptedFaults([Fault(K.VOID, times=0)]))
        for _ in range(400):
            world.open_pair()
        return world.fired

    fired = run_virtual(main, 1)
    assert fired["void"] >= 800
    assert {"other_result", "fifty_fifty"} & set(fired)
