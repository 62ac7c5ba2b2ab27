"""Defects of public bots, by number and name (1-7): orders, answers, cancels. Each asserts on the venues' own books."""

from __future__ import annotations

from functools import partial

import pytest

from engine_kit import Bench, Setup, on_bench, play
from pairlock import Limits, S, Trade, TradingHalted
from pairlock.limits import BreakerLimits
from pairlock.model import Role
from pairlock.units import size_to_fill_e6
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from truth_kit import entries, exits, filled_e6, positions_over_time, requests, rows

VENUES = ("kalshi", "polymarket")


def other(venue: str) -> str:
    return VENUES[1 - VENUES.index(venue)]


def killed_market_stays(venue: str) -> Fault:
    """The entry finds nothing, and the market comes back at once: only the answer is a kill."""
    return fault(K.KILL, venue, role="entry", change={"slip_e4": 0})


def silent_stream(venue: str) -> Fault:
    """Nothing is pushed: what an answer does not say, only a read by our own id can."""
    return Fault(K.STREAM_LOST, venue, times=0)


def left_executing(trade: Trade) -> bool:
    return trade.state not in (S.DETECTED, S.GATED, S.LOCKED, S.EXECUTING)


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
            await bench.until(partial(left_executing, trade))
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
