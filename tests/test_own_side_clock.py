"""The wall clock jumps: within a run, in every state, and over a restart, back and forward."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve

from crash_kit import Place, clear
from engine_kit import QUICK_DISK, Bench, Setup, on_bench
from evidence import record
from pairlock import Limits, S, UserError
from pairlock.lifecycle import CLOSED
from pairlock.limits import BreakerLimits
from pairlock.model import Trade
from pairlock.runner import clock as clock_module
from pairlock.runner.clock import SystemClock
from pairlock_adapters.simulated.clock import EPOCH_WALL_MS
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.world import World
from pairlock_adapters.sqlite.store import open_store
from test_own_side_disk import SCRIPTS, one_trade

HOUR_MS = 3_600_000
TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS


@pytest.fixture
def quick() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pairlock-", dir=QUICK_DISK) as folder:
        yield Path(folder)


class JumpingWall:
    """The world's clock, whose wall time is ``off_ms`` wrong."""

    def __init__(self, world: World) -> None:
        self._inner = world.clock
        self.off_ms = 0

    def now_ms(self) -> int:
        return self._inner.now_ms()

    def wall_ms(self) -> int:
        return EPOCH_WALL_MS + self.now_ms() + self.off_ms


def told(setup: Setup, jumps_ms: tuple[int, ...]) -> tuple[str, str | None, set[str]]:
    """The journal's head, the saved ledger, and the states in which the wall clock jumped."""
    made: list[JumpingWall] = []
    states: set[str] = set()

    def clock(world: World) -> JumpingWall:
        made.append(JumpingWall(world))
        return made[0]

    async def body(bench: Bench) -> tuple[str, str | None, set[str]]:
        def jumps(trade: Trade, events: object) -> None:
            states.add(str(trade.state))
            made[0].off_ms += jumps_ms[len(states) % len(jumps_ms)]

        bench.engine.on_step.append(jumps)
        await one_trade(bench)
        return bench.engine.journal.head[1], bench.engine.store.ledger(), states

    return on_bench(evolve(setup, clock=clock), body, operator=True)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_wall_clock_that_jumps_in_any_state_changes_nothing(script: str) -> None:
    head, ledger, _ = told(SCRIPTS[script], (0,))
    for jumps_ms in (
        (5 * HOUR_MS,),
        (-5 * HOUR_MS,),
        (30 * HOUR_MS, -30 * HOUR_MS),
        (TEN_YEARS_MS, -HOUR_MS),
    ):
        jumped, saved, states = told(SCRIPTS[script], jumps_ms)
        assert (jumped, saved) == (head, ledger)
        record("wall clock jumps", runs=1, states=len(states))
    assert len(states) >= 4


def test_a_day_that_the_wall_clock_jumps_over_does_not_forgive_the_loss() -> None:
    """The daily loss was counted by the wall clock: over midnight and back, and the day began anew."""
    killed = Setup(script=(Fault(K.SHUT, "polymarket", role="entry", times=0),))
    made: list[JumpingWall] = []

    def clock(world: World) -> JumpingWall:
        made.append(JumpingWall(world))
        return made[-1]

    async def one(bench: Bench) -> int:
        await (await bench.submit()).closed()
        return -bench.engine.recorder.control.day_result_micros

    loss = on_bench(evolve(killed, clock=clock), one)
    assert loss > 0

    async def two(bench: Bench) -> list[str]:
        for off_ms in (0, 30 * HOUR_MS):
            made[-1].off_ms = off_ms
            bench.world.reopen()
            await (await bench.submit()).closed()
        return [halt.name for halt in bench.engine.halts]

    limits = Limits(breakers=BreakerLimits(max_daily_loss_micros=loss + 1))
    assert "daily_loss" in on_bench(evolve(killed, clock=clock, limits=limits), two)


# --- the production clock ------------------------------------------------------------------------------------------


def fake_time(now_ms: int) -> Any:
    """A machine's clocks, in milliseconds: ``wall``, ``steady`` (goes on in a suspension) and ``busy`` (does not)."""
    fake = SimpleNamespace(wall=now_ms, steady=77, busy=77, CLOCK_BOOTTIME=7, CLOCK_MONOTONIC=1)
    fake.time_ns = lambda: fake.wall * 1_000_000
    fake.clock_gettime_ns = lambda which: (
        (fake.steady if which == clock_module._STEADY else fake.busy) * 1_000_000
    )
    return fake


@pytest.mark.parametrize("jump_ms", [5 * HOUR_MS, -5 * HOUR_MS, -TEN_YEARS_MS])
def test_deadlines_run_on_a_steady_clock(jump_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_time(1_000_000)
    monkeypatch.setattr(clock_module, "time", fake)
    clock = SystemClock(999_000)
    assert clock.now_ms() == 1_000_000
    fake.wall += jump_ms
    fake.steady += 40
    assert clock.now_ms() == 1_000_040
    assert clock.wall_ms() == 1_000_000 + jump_ms
    assert SystemClock(1_000_040).now_ms() == max(1_000_041, fake.wall)


def test_a_machine_that_slept_finds_its_deadlines_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """CLOCK_MONOTONIC stands still in a suspension: an entry decided before it was written hours later."""
    fake = fake_time(1_000_000)
    monkeypatch.setattr(clock_module, "time", fake)
    clock = SystemClock()
    fake.steady += 8 * HOUR_MS  # suspended: `busy` stays
    assert clock.now_ms() == 1_000_000 + 8 * HOUR_MS


def test_a_clock_given_that_went_back_is_refused(quick: Path) -> None:
    place = Place(quick, Setup(not_before_ms=HOUR_MS))
    place.run(one_trade)

    class Behind(JumpingWall):
        def now_ms(self) -> int:
            return super().now_ms() - HOUR_MS

    behind = evolve(place, setup=evolve(place.setup, clock=Behind))
    refused = pytest.RaisesExc(
        UserError, match=r"shows \d+ ms, .* records up to \d+ ms; give one that goes on"
    )
    with pytest.RaisesGroup(refused, flatten_subgroups=True):
        behind.run(one_trade)
    place.recover(new_trades=1)


# --- over a restart ------------------------------------------------------------------------------------------------


def on_machine(place: Place, monkeypatch: pytest.MonkeyPatch, off_ms: int) -> Place:
    """``place`` with the production clock, on a machine whose wall clock is ``off_ms`` wrong."""

    def clock(world: World) -> None:
        fake = SimpleNamespace(CLOCK_BOOTTIME=7, CLOCK_MONOTONIC=1)
        fake.time_ns = lambda: (world.clock.now_ms() + off_ms) * 1_000_000
        fake.clock_gettime_ns = lambda which: world.clock.now_ms() * 1_000_000
        monkeypatch.setattr(clock_module, "time", fake)

    return evolve(place, setup=evolve(place.setup, clock=clock))


def times(place: Place) -> list[int]:
    store = open_store(place.journal, readonly=True)
    try:
        return [record.at_ms for record in store.records()]
    finally:
        store.close()


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_restart_on_a_clock_that_went_back_five_hours(
    script: str, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(quick, evolve(SCRIPTS[script], not_before_ms=10 * 24 * HOUR_MS))
    struck = 0
    for nth in range(2, 20, 2):
        clear(quick)
        if not on_machine(place, monkeypatch, 0).crash(one_trade, nth, durable=True):
            break
        before, open_before = times(place), place.values()
        values = on_machine(place, monkeypatch, -5 * HOUR_MS).recover(new_trades=1)
        after = times(place)
        assert min(after[len(before) :]) > max(before), "a time was used again"
        assert len({value.trade_id for value in values}) == len(values) == len(open_before) + 1
        for value in open_before:
            if value.terms is not None and value.state not in CLOSED:
                restarted = next(v for v in values if v.trade_id == value.trade_id)
                asked = [o for o in value.orders if str(o.state) in ("SENT", "OPEN", "MATCHED")]
                again = {o.intent_id: o.dead_at_ms for o in restarted.orders}
                assert all(again[o.intent_id] >= max(before) + value.terms.request_death_ms for o in asked)
        struck += 1
    assert struck >= 6
    record("restarts on a clock that jumped", back=struck)


@pytest.mark.parametrize("nth", [3, 6, 8])
def test_a_restart_ten_years_forward_and_then_back_again(
    nth: int, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(quick, SCRIPTS["one leg alone, exits in parts"])
    assert on_machine(place, monkeypatch, 0).crash(one_trade, nth, durable=True)
    on_machine(place, monkeypatch, 0).recover(new_trades=1, not_before_ms=TEN_YEARS_MS)
    forward = times(place)
    values = on_machine(place, monkeypatch, -TEN_YEARS_MS).recover(new_trades=1)
    assert min(times(place)[len(forward) :]) > max(forward) >= TEN_YEARS_MS
    assert len(values) == 3
    assert values[2].state in (S.SETTLED, S.HEDGED, S.ROLLED_BACK)
    record("restarts on a clock that jumped", forward_and_back=1)
