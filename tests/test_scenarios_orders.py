"""Defects of public bots, by number and name (1-7): orders, answers, cancels. Each asserts on the venues' own books."""

from __future__ import annotations

import pytest
from attrs import evolve
from engine_kit import (
    CASH_MICROS,
    LONG_LIVES,
    Bench,
    Setup,
    cash_change,
    entries,
    exits,
    filled_e6,
    on_bench,
    owed,
    play,
    positions_over_time,
    requests,
    rows,
)

from pairlock import ExecutionFailed, Limits, S, TradingHalted, UserError
from pairlock.limits import BreakerLimits, ExecutionLimits
from pairlock.model import Role, StuckCause
from pairlock.units import size_to_fill_e6
from pairlock.verdict import booked_micros
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault

VENUES = ("kalshi", "polymarket")


def other(venue: str) -> str:
    return VENUES[1 - VENUES.index(venue)]


def killed_market_stays(venue: str) -> Fault:
    """The entry finds nothing, and the market comes back at once: only the answer is a kill."""
    return fault(K.KILL, venue, role="entry", change={"slip_e4": 0})


def silent_stream(venue: str) -> Fault:
    """Nothing is pushed: what an answer does not say, only a read by our own id can."""
    return Fault(K.STREAM_LOST, venue, times=0)


# 1. Crossed legs: the emergency close sold the leg that was not held.


@pytest.mark.parametrize("exit_on", ["final", "matched"])
@pytest.mark.parametrize("yes_on", VENUES)
@pytest.mark.parametrize("missing", VENUES)
def test_scenario_01_crossed_legs_the_exit_is_of_the_leg_that_is_held(
    yes_on: str, missing: str, exit_on: str
) -> None:
    # The missing leg's venue restarts on its entry, so the held leg cannot be completed: it must be sold, or offset by
    # its complement where new shares cannot be sold yet (Polymarket, at once).
    held = other(missing)
    played = play(Fault(K.SHUT, missing, role="entry"), yes_on=yes_on, exit_on=exit_on).check()
    trade = played.trade
    assert trade.state is S.HEDGED
    assert rows(played.truth, "SELECT DISTINCT venue FROM fills") == [(held,)]
    assert {venue for venue, _ in requests(played.truth, "exit")} == {held}
    token = "yes" if held == yes_on else "no"
    complement = "no" if token == "yes" else "yes"
    sold = {outcome for (outcome,) in rows(played.truth, "SELECT outcome FROM fills WHERE buys=0")}
    bought = {outcome for (outcome,) in rows(played.truth, "SELECT outcome FROM fills WHERE buys=1")}
    offset = [order for order in exits(trade) if order.role is Role.COMPLEMENT]
    assert sold <= {token}
    assert bought == ({token, complement} if offset else {token})
    assert offset or not (held == "polymarket" and exit_on == "matched")
    for path in positions_over_time(played.truth).values():
        assert min(path) >= 0


@pytest.mark.parametrize("yes_on", VENUES)
def test_scenario_01_crossed_legs_each_venue_gets_the_outcome_of_its_own_leg(yes_on: str) -> None:
    played = play(yes_on=yes_on).check()
    bought = dict(rows(played.truth, "SELECT venue, outcome FROM orders WHERE buys=1"))
    assert bought == {yes_on: "yes", other(yes_on): "no"}
    sides = [(leg.venue, str(leg.outcome)) for leg in played.trade.terms.legs] if played.trade.terms else []
    assert dict(sides) == bought


# 2. Error counted as nothing: the breaker could never trip and the other leg stayed naked.


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("kind", [K.SERVER_ERROR, K.GATEWAY_TIMEOUT, K.NO_ORDER_IN_ANSWER])
def test_scenario_02_an_error_is_not_nothing_filled(venue: str, kind: K) -> None:
    # The venue took and filled the order, then answered with an error; the other leg is killed: one leg is naked.
    script = Fault(kind, venue, role="entry"), silent_stream(venue), killed_market_stays(other(venue))
    played = play(*script).check()
    trade = played.trade
    (entry,) = [o for o in entries(trade) if trade.terms and trade.terms.legs[o.leg].venue == venue]
    assert filled_e6(played.truth, entry) == size_to_fill_e6(entry.size_e2)
    assert trade.state is not S.ROLLED_BACK
    assert exits(trade)  # what the error hid was found and answered for


@pytest.mark.parametrize("venue", VENUES)
def test_scenario_02_errors_trip_the_breaker(venue: str) -> None:
    limits = Limits(breakers=BreakerLimits(min_errors=2, max_error_ppm=1_000, error_window_ms=3_600_000))

    async def body(bench: Bench) -> None:
        for _ in range(2):
            trade = await bench.submit()
            await bench.until(
                lambda trade=trade: trade.state not in (S.DETECTED, S.GATED, S.LOCKED, S.EXECUTING)
            )
        assert [halt.name for halt in bench.engine.halts] == [f"errors:{venue}"]
        with pytest.raises(TradingHalted, match="errors"):
            await bench.submit()
        await bench.close_all()
        assert bench.broken == []

    on_bench(Setup(script=(Fault(K.SERVER_ERROR, venue, role="entry", times=0),), limits=limits), body)


# 3. Timeout counted as a clean exit: the order had matched, and only the lost answer held its id.


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("kind", [K.LOST_ANSWER, K.SLOW_ANSWER])
def test_scenario_03_timeout_is_not_a_clean_exit(venue: str, kind: K) -> None:
    script = Fault(kind, venue, role="entry"), silent_stream(venue), killed_market_stays(other(venue))
    played = play(*script).check()
    trade = played.trade
    assert trade.state in (S.HEDGED, S.SETTLED)
    (timed_out,) = [o for o in entries(trade) if filled_e6(played.truth, o)]
    believed = sum(f.qty_e6 for f in timed_out.fills)
    assert believed == filled_e6(played.truth, timed_out) == size_to_fill_e6(timed_out.size_e2)


@pytest.mark.parametrize("venue", VENUES)
def test_scenario_03_a_timeout_whose_order_matched_still_makes_the_pair(venue: str) -> None:
    # Both filled; the answer of one is lost and so is its stream: only a read by our own id can tell.
    played = play(Fault(K.LOST_ANSWER, venue, role="entry"), silent_stream(venue)).check()
    assert played.trade.state is S.SETTLED
    assert exits(played.trade) == []


@pytest.mark.parametrize("venue", VENUES)
def test_scenario_03_a_request_that_never_arrived_is_proved_absent_not_assumed(venue: str) -> None:
    played = play(Fault(K.LOST_REQUEST, venue, role="entry"), killed_market_stays(other(venue))).check()
    trade = played.trade
    assert trade.state is S.ROLLED_BACK
    assert rows(played.truth, "SELECT * FROM fills") == []
    terms = trade.terms
    assert terms is not None
    least_ms = terms.entry_timeout_ms + terms.request_death_ms + terms.read_lag_ms
    assert played.closed_ms[trade.trade_id] - trade.executing_ms >= least_ms


# 4. Retry under a new client id: three "failures" were three fills.


@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "kind", [K.SERVER_ERROR, K.GATEWAY_TIMEOUT, K.LOST_ANSWER, K.NO_ORDER_IN_ANSWER, K.LOST_REQUEST]
)
def test_scenario_04_no_retry_under_a_new_client_id(kind: K, venue: str, plan: str) -> None:
    played = play(Fault(kind, venue, role="entry", times=0), silent_stream(venue), plan=plan).check()
    sent = requests(played.truth, "entry")
    assert len(sent) == len(set(sent)) == len({venue for venue, _ in sent})
    # Never more on an account than the plan asked for.
    terms = played.trade.terms
    assert terms is not None
    for path in positions_over_time(played.truth).values():
        assert max(path) <= size_to_fill_e6(terms.size_e2)


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
    limits = Limits(execution=ExecutionLimits(max_exit_attempts=3))
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
