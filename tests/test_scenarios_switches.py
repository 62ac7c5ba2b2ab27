"""Defects of public bots, by number and name (14): kill, stop and drain, each what it says, also after a restart."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import trio

from engine_kit import Bench, Setup, on_bench
from pairlock import S, TradingHalted
from pairlock.journal.records import Kind
from pairlock.lifecycle import CLOSED, OS
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import fault
from pairlock_adapters.simulated.truth import Truth
from stepwise import at_step
from truth_kit import owed, requests

VENUES = ("kalshi", "polymarket")
PREPARING = (S.DETECTED, S.GATED, S.LOCKED)


def other(venue: str) -> str:
    return VENUES[1 - VENUES.index(venue)]


# 14. Kill switch only in memory; kill, stop and drain mixed up.


def test_scenario_14_a_kill_outlives_the_process(tmp_path: Path) -> None:
    def setup() -> Setup:
        return Setup(journal=str(tmp_path / "journal.db"), truth=Truth(str(tmp_path / "venues")))

    async def kills(bench: Bench) -> None:
        await bench.engine.kill("test")

    async def refuses(bench: Bench) -> None:
        with pytest.raises(TradingHalted, match="killed"):
            await bench.submit()
        await bench.engine.resume("test")
        assert (await (await bench.submit()).closed()).state is S.SETTLED

    async def goes_on(bench: Bench) -> None:
        assert bench.engine.refusal() == ""  # what was resumed stays resumed

    on_bench(setup(), kills)
    on_bench(setup(), refuses)
    on_bench(setup(), goes_on)


@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
@pytest.mark.parametrize("seed", range(1, 9))
def test_scenario_14_after_a_kill_no_new_step_begins_and_exits_go_on(plan: str, seed: int) -> None:
    # Kills at a moment that differs by seed: before, inside and after the entry.
    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        await bench.engine.sleep_ms(seed * 12)
        before = trade.state
        await bench.engine.kill("test")
        sent = len(requests(bench.world.truth))
        allowed = (
            sent + sum(1 for o in trade.value.orders if o.state is OS.SENT) if before not in PREPARING else 0
        )
        await bench.close_all()
        assert len(requests(bench.world.truth)) <= allowed
        if before in PREPARING:
            assert trade.state is S.ROLLED_BACK
        assert trade.state in CLOSED
        assert owed(bench.world.truth) == 0
        assert bench.broken == []

    script = (fault(K.KILL, "kalshi", role="entry", change={"slip_e4": 0}),)
    on_bench(Setup(script=script, plan=plan, seed=seed), body)


@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
def test_scenario_14_no_step_is_recorded_after_the_kill_was(plan: str) -> None:
    # At every step that any task of the engine takes, until the trade is paired: also between a fact's arrival in the
    # mailbox and its absorption.
    async def body(bench: Bench, nth: int) -> bool:
        def kills() -> None:
            trio.lowlevel.spawn_system_task(bench.engine.kill, "test")

        with at_step(nth, kills) as fired:
            trade = await bench.submit()
            await bench.until(lambda: trade.state not in (*PREPARING, S.EXECUTING))
        await bench.engine.sleep_ms(100)
        order = [(str(record.kind), record.body) for record in bench.engine.store.records()]
        after = order[[kind for kind, _ in order].index(Kind.KILL) :] if fired.is_set() else []
        assert not [b for _, b in after if "ENTRY_DURABLE" in b or "FIRST_FILLED" in b], nth
        return fired.is_set()

    nth = 1
    while on_bench(Setup(plan=plan), partial(body, nth=nth)):
        nth += 1
    assert nth > 50


def test_scenario_14_stop_lets_a_pair_wait_and_drain_does_not() -> None:
    async def body(bench: Bench) -> None:
        paired = await bench.submit()
        await bench.until(lambda: paired.state is S.PAIRED)
        preparing = await bench.submit()
        await bench.engine.stop("test")
        assert preparing.state is S.ROLLED_BACK
        assert paired.state is S.PAIRED
        with pytest.raises(TradingHalted, match="stopping"):
            await bench.submit()
        await bench.engine.resume("test")
        late = await bench.submit()
        await bench.engine.drain("test")
        assert (paired.state, late.state) == (S.SETTLED, S.SETTLED)
        with pytest.raises(TradingHalted, match="draining"):
            await bench.submit()
        assert bench.broken == []

    on_bench(Setup(), body)
