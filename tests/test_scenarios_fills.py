"""Defects of public bots, by number and name (5-7): races, partial fills, exits. Judged by the venues' own books."""

from __future__ import annotations

import pytest
from attrs import evolve

from engine_kit import CASH_MICROS, LONG_LIVES, Bench, Setup, cash_change, on_bench, play
from pairlock import ExecutionFailed, Limits, S, TradingHalted, UserError
from pairlock.limits import ExecutionLimits
from pairlock.model import Role, StuckCause
from pairlock.units import size_to_fill_e6
from pairlock.verdict import booked_micros
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from truth_kit import entries, exits, filled_e6, owed

VENUES = ("kalshi", "polymarket")


def other(venue: str) -> str:
    return VENUES[1 - VENUES.index(venue)]


def killed_market_stays(venue: str) -> Fault:
    """The entry finds nothing, and the market comes back at once: only the answer is a kill."""
    return fault(K.KILL, venue, role="entry", change={"slip_e4": 0})


def silent_stream(venue: str) -> Fault:
    """Nothing is pushed: what an answer does not say, only a read by our own id can."""
    return Fault(K.STREAM_LOST, venue, times=0)


# 5. Cancel/fill race: the fill came after the cancel was believed.


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("kind", [K.FILL_BEATS_CANCEL, K.FILL_AFTER_CANCEL])
@pytest.mark.parametrize("after_ms", [0, 800, 2_000])
def test_scenario_05_a_fill_after_the_cancel_is_hedged(venue: str, kind: K, after_ms: int) -> None:
    held = fault(kind, venue, role="entry", change={"after_cancel_ms": after_ms})
    played = play(held, killed_market_stays(other(venue))).check()
    trade = played.trade
    (raced,) = [o for o in entries(trade) if trade.terms and trade.terms.legs[o.leg].venue == venue]
    assert filled_e6(played.truth, raced) > 0  # the race was really lost by the cancel
    assert sum(f.qty_e6 for f in raced.fills) == filled_e6(played.truth, raced)
    assert trade.state in (S.HEDGED, S.SETTLED)
    assert exits(trade)


@pytest.mark.parametrize("after_ms", [0, 800, 2_000])
def test_scenario_05_both_fill_around_their_cancels(after_ms: int) -> None:
    script = [
        fault(K.FILL_AFTER_CANCEL, venue, role="entry", change={"after_cancel_ms": after_ms})
        for venue in VENUES
    ]
    played = play(*script).check()
    assert played.trade.state is S.SETTLED


# 6. Partial fill -> FAILED while still holding inventory; the loss is hidden.


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("step_e6", [10_000, 1_000_000])
def test_scenario_06_a_partial_fill_is_not_a_failure(venue: str, step_e6: int) -> None:
    part = fault(K.PARTIAL, venue, role="entry", change={"fill_ppm": 370_001, "fill_step_e6": step_e6})
    played = play(part, killed_market_stays(other(venue))).check()
    trade = played.trade
    assert (
        0
        < filled_e6(played.truth, next(o for o in entries(trade) if o.fills))
        < size_to_fill_e6(trade.orders[0].size_e2)
    )
    assert trade.state in (S.HEDGED, S.SETTLED)
    assert owed(played.truth) == 0


@pytest.mark.parametrize("venue", VENUES)
def test_scenario_06_the_loss_of_an_exit_is_told_to_the_cent(venue: str) -> None:
    script = (
        fault(K.PARTIAL, venue, role="entry", change={"fill_ppm": 400_000}),
        Fault(K.SHUT, other(venue), role="entry"),
    )

    async def body(bench: Bench) -> tuple[int, int]:
        trade = await bench.submit()
        with pytest.raises(ExecutionFailed) as failed:
            await trade.settled()
        await bench.close_all()
        really = sum(bench.judge.cash(name) - CASH_MICROS for name in VENUES)
        assert failed.value.result == trade.result
        return trade.result.realized_micros, really

    told, really = on_bench(Setup(script=script), body, operator=True)
    assert told == really < 0


def test_scenario_06_two_different_partial_fills_end_equal_or_flat() -> None:
    script = (
        fault(K.PARTIAL, "kalshi", role="entry", change={"fill_ppm": 700_000}),
        fault(K.PARTIAL, "polymarket", role="entry", change={"fill_ppm": 300_000}),
    )
    played = play(*script).check()
    first, second = (filled_e6(played.truth, o) for o in entries(played.trade))
    assert first != second
    assert played.trade.state in (S.SETTLED, S.HEDGED)
    assert cash_change(played) == booked_micros(played.trade)


# 7. Only the last retry counts: after N retries "failed", nothing unwound, the filled leg forgotten.


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("exit_on", ["final", "matched"])
def test_scenario_07_every_exit_attempt_counts(venue: str, exit_on: str) -> None:
    script = (
        Fault(K.SHUT, other(venue), role="entry"),
        fault(K.PARTIAL, venue, role="exit", change={"fill_ppm": 300_000}, times=3),
        fault(K.KILL, venue, role="exit", change={"slip_e4": 0}, nth=5),
    )
    played = play(*script, exit_on=exit_on, operator=False, sizes=LONG_LIVES).check()
    trade = played.trade
    attempts = exits(trade)
    assert len(attempts) >= 4
    assert sum(1 for o in attempts if filled_e6(played.truth, o)) >= 3
    assert trade.state is S.HEDGED
    (entry,) = [o for o in entries(trade) if filled_e6(played.truth, o)]
    assert sum(filled_e6(played.truth, o) for o in attempts) == filled_e6(played.truth, entry)


@pytest.mark.parametrize("venue", VENUES)
def test_scenario_07_a_leg_that_no_attempt_could_exit_is_stuck_and_never_forgotten(venue: str) -> None:
    limits = Limits(execution=ExecutionLimits(max_exit_attempts=3, max_empty_exits=0))
    script = (
        killed_market_stays(other(venue)),
        fault(K.KILL, role="exit", change={"slip_e4": 0}, times=3),
    )

    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        await bench.until(lambda: trade.state is S.STUCK)
        assert trade.value.stuck_cause is StuckCause.BUDGET
        assert len([o for o in trade.value.orders if o.role is not Role.ENTRY]) == 3
        assert owed(bench.world.truth) > 0
        assert [halt.name for halt in bench.engine.halts] == [f"stuck:{trade.trade_id}"]
        with pytest.raises(TradingHalted, match="STUCK"):
            await bench.submit()
        with pytest.raises(UserError, match="STUCK"):
            await bench.engine.lift(f"stuck:{trade.trade_id}", "test")
        await bench.engine.sleep_ms(1_000)
        kinds = [alert["type"] for alert in bench.alerts]
        assert kinds.count("EXIT_FAILED") == 3
        assert "STUCK" in kinds
        assert trade.state is S.STUCK  # nothing happens until somebody grants a new budget
        size = trade.value.orders[0].size_e2
        await bench.engine.grant(
            trade.trade_id,
            operator="test",
            attempts=2,
            cash_micros=(size * 10_000, size * 10_000),
            slip_e4=4_000,
        )
        result = await trade.closed()
        assert result.state in (S.HEDGED, S.SETTLED)
        await bench.engine.lift(f"stuck:{trade.trade_id}", "test")
        await bench.close_all()
        assert owed(bench.world.truth) == 0
        assert bench.broken == []

    on_bench(Setup(script=script, limits=evolve(limits)), body)
