"""The process ends at every send boundary of every script, enumerated; it recovers, once or twice to the same.

And claim 18: a crash anywhere, then recovery, equals some run without the crash. An uncrashed twin with the same times
cannot exist, for the restart itself takes time and F's bounds start anew. So equal means: the same closed state and
verdict, the same final fills with the same money in the same order, and the same cash on both accounts by the venues'
truth, as some run of the same script without a crash in which the venue and the network do what the crash did: an
order is never written, its answer never comes, or nothing is told until EXECUTING is over (``power_kit.twins``).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from attrs import evolve

from crash_kit import Place, clear
from engine_kit import QUICK_DISK, Bench, Setup
from evidence import record
from pairlock.lifecycle import CLOSED
from pairlock_adapters.simulated.faults import ScriptedFaults
from pairlock_adapters.simulated.worldgen import WorldSizes
from power_kit import At, Outcome, Power, PowerOff, Reachable, one_trade, outcome_of, run_until
from test_recovery import SCRIPTS, outcome

# Long enough for two restarts, each of which waits for F's bounds anew, before the market resolves.
LIVES = WorldSizes(flaw_ppm=0, shortest_life_ms=120_000, longest_life_ms=120_000)


@pytest.fixture
def quick() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pairlock-", dir=QUICK_DISK) as folder:
        yield Path(folder)


async def dies_at_once(bench: Bench) -> None:
    raise PowerOff


def recovered_twice(place: Place, copy: Path) -> Outcome:
    """Recovery, and on a copy a recovery that dies at once and then another: both come to the same."""
    shutil.copytree(place.folder, copy)
    again = Place(copy, evolve(place.setup, faults=deepcopy(place.setup.faults)))
    with pytest.raises(BaseExceptionGroup):
        again.run(dies_at_once)
    (value,) = place.recover()
    (second,) = again.recover()
    assert value.state in CLOSED
    assert outcome(second) == outcome(value)
    # A start on what is closed changes nothing.
    assert place.recover() == [value]
    shutil.rmtree(copy)
    return outcome_of(place, value)


@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_crash_at_every_send_boundary_equals_a_run_without_it(script: str, plan: str, quick: Path) -> None:
    setup = Setup(script=SCRIPTS[script], plan=plan, sizes=LIVES)
    reachable, healthy, folder = Reachable(setup), Power(), quick / "here"
    folder.mkdir()
    assert not run_until(Place(folder, setup), one_trade, healthy)
    for at in At:
        for nth in range(1, healthy.seen[at] + 1):
            clear(folder)
            place = Place(folder, evolve(setup, faults=ScriptedFaults(setup.script)))
            assert run_until(place, one_trade, Power(at, nth)), (at, nth)
            came_to = recovered_twice(place, quick / "copy")
            assert reachable.has(came_to), (at, nth, came_to, reachable.found)
    for at in (At.BEFORE, At.WRITTEN, At.ANSWERED):
        assert healthy.seen[at] >= 1
    record("crash points at sends", **{str(at): count for at, count in sorted(healthy.seen.items())})
    record("outcomes without a crash", runs=reachable.runs, different=len(reachable.found))


def test_a_cancel_is_struck_at_all_its_boundaries(quick: Path) -> None:
    power = Power()
    assert not run_until(Place(quick, Setup(script=SCRIPTS["a fill after the cancel"])), one_trade, power)
    assert min(power.seen[at] for at in At) > 0


def test_an_outcome_that_no_run_comes_to_is_told_apart(quick: Path) -> None:
    """The comparison can fail: of one cent more on an account no run without a crash knows."""
    reachable = Reachable(Setup(sizes=LIVES), most_runs=12)
    place = Place(quick, reachable.setup)
    place.run(one_trade)
    (value,) = place.values()
    state, verdict, orders, (kalshi, polymarket) = outcome_of(place, value)
    assert reachable.has((state, verdict, orders, (kalshi, polymarket)))
    wrong = (state, verdict, orders, (kalshi + 10_000, polymarket))
    assert wrong not in reachable.found
    assert not reachable.has(wrong)
