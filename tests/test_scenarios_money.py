"""Defects of public bots, by number and name (8-13): sizes, settlement, fees, sums. Judged by the venues' own books."""

from __future__ import annotations

import pytest
from attrs import evolve

from engine_kit import LONG_LIVES, Bench, Setup, cash_change, on_bench, play
from pairlock import S
from pairlock.fees import kalshi_quadratic, polymarket_curve
from pairlock.model import Trade, Verdict
from pairlock.units import size_to_fill_e6
from pairlock.verdict import booked_micros, fees_computed_micros
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from played import Played
from truth_kit import entries, exits, filled_e6, positions_over_time, rows

VENUES = ("kalshi", "polymarket")


def other(venue: str) -> str:
    return VENUES[1 - VENUES.index(venue)]


def most_held_e6(played: Played, venue: str) -> int:
    return max(max(path) for (at, _, _), path in positions_over_time(played.truth).items() if at == venue)


# 8. Equal-dollar legs instead of equal contracts.


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
def test_scenario_08_legs_are_equal_in_contracts_not_in_dollars(seed: int, plan: str) -> None:
    played = play(seed=seed, plan=plan).check()
    assert played.trade.state is S.SETTLED
    sizes = rows(played.truth, "SELECT venue, size_e2, matched_e6 FROM orders ORDER BY venue")
    assert [venue for venue, _, _ in sizes] == list(VENUES)
    assert len({(size, matched) for _, size, matched in sizes}) == 1
    (paid,) = rows(played.truth, "SELECT min(cost_micros) <> max(cost_micros) FROM fills")
    assert paid == (1,) or played.trade.opportunity.price_a_e4 == played.trade.opportunity.price_b_e4


# 9. Ghost fill: MATCHED later FAILED on chain; buying "the missing side" again doubled the position.


@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
@pytest.mark.parametrize("exit_on", ["final", "matched"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_scenario_09_a_ghost_fill_never_doubles_the_position(plan: str, exit_on: str, seed: int) -> None:
    played = play(
        Fault(K.GHOST_FILL, "polymarket", times=2), plan=plan, exit_on=exit_on, seed=seed, sizes=LONG_LIVES
    )
    trade = played.check().trade
    assert rows(played.truth, "SELECT count(*) FROM fills WHERE status='failed'")[0][0] >= 1
    assert trade.state in (S.HEDGED, S.SETTLED)
    assert exits(trade)
    for venue in VENUES:
        assert most_held_e6(played, venue) <= size_to_fill_e6(trade.orders[0].size_e2)


def test_scenario_09_a_ghost_fill_of_the_exit_is_exited_again() -> None:
    # The exit's own match fails on chain: what it sold is back, and a second exit takes care of it.
    script = (
        Fault(K.SHUT, "kalshi", role="entry"),
        fault(K.GHOST_FILL, "polymarket", role="exit"),
    )
    played = play(*script, sizes=LONG_LIVES, operator=False).check()
    assert played.fired["ghost_fill"] == 1
    assert len(exits(played.trade)) >= 2
    assert played.trade.state is S.HEDGED


def test_scenario_09_a_pair_is_not_settled_before_the_chain_says_so() -> None:
    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        await bench.until(lambda: trade.state is S.PAIRED)
        pending = "SELECT count(*) FROM fills WHERE venue='polymarket' AND status='pending'"
        assert rows(bench.world.truth, pending) == [(1,)]
        await bench.until(lambda: trade.state is S.HEDGING)
        assert rows(bench.world.truth, pending) == [(0,)]
        await bench.close_all()
        assert bench.broken == []

    on_bench(Setup(script=(Fault(K.GHOST_FILL, "polymarket"),)), body)


# 10. Unsellable shares: the exit was refused because the bought shares were not CONFIRMED yet.


def test_scenario_10_unsellable_shares_are_not_believed_sold() -> None:
    # A seller that the venue refuses twice: each refusal counts as nothing sold, and the exit goes on.
    script = (Fault(K.SHUT, "kalshi", role="entry"), Fault(K.UNSELLABLE, "polymarket", role="exit", times=2))
    played = play(*script, operator=False, sizes=LONG_LIVES).check()
    trade = played.trade
    assert played.fired["unsellable"] == 2
    assert [filled_e6(played.truth, o) > 0 for o in exits(trade)][:2] == [False, False]
    assert trade.state is S.HEDGED


@pytest.mark.parametrize("exit_on", ["final", "matched"])
def test_scenario_10_shares_that_are_not_final_are_never_offered_for_sale(exit_on: str) -> None:
    # No fault makes the venue refuse: it would refuse by itself to sell what is not confirmed, and counts it.
    script = (Fault(K.SHUT, "kalshi", role="entry"), Fault(K.SLOW_FINALITY, "polymarket"))
    played = play(*script, exit_on=exit_on, operator=False, sizes=LONG_LIVES).check()
    assert played.trade.state is S.HEDGED
    assert "unsellable" not in played.fired
    too_early = """SELECT count(*) FROM fills s JOIN fills b ON b.venue=s.venue AND b.market=s.market
        AND b.outcome=s.outcome AND b.buys=1 WHERE s.buys=0 AND s.venue='polymarket' AND s.matched_ms<b.final_at_ms"""
    assert rows(played.truth, too_early) == [(0,)]


# 11. Exit legs that fail differently: one exit killed with 409, the other filled.


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("kind", [K.KILL, K.KILL_500, K.RATE_LIMITED, K.LOST_ANSWER, K.SERVER_ERROR])
def test_scenario_11_exits_that_fail_differently_are_each_counted_once(venue: str, kind: K) -> None:
    # One exit fails in its own way, the next fills in part: what was exited is what the books say, no more, no less.
    script = (
        fault(K.PARTIAL, venue, role="entry", change={"fill_ppm": 600_000}),
        fault(K.PARTIAL, other(venue), role="entry", change={"fill_ppm": 200_000}),
        fault(K.PARTIAL, role="exit", times=2, change={"fill_ppm": 500_000}),
        Fault(kind, role="exit"),
    )
    played = play(*script, exit_on="matched").check()
    trade = played.trade
    assert played.fired.get(str(kind)) == 1
    assert len(exits(trade)) >= 2
    for order in exits(trade):
        assert sum(f.qty_e6 for f in order.fills) == filled_e6(played.truth, order)
    for path in positions_over_time(played.truth).values():
        assert min(path) >= 0
    assert cash_change(played) == booked_micros(trade)


def test_scenario_11_no_second_exit_while_the_first_one_is_unknown() -> None:
    script = (Fault(K.KILL, "kalshi", role="entry"), Fault(K.LOST_REQUEST, role="exit"))
    played = play(*script, operator=False, exit_on="matched", sizes=LONG_LIVES).check()
    sent = rows(
        played.truth,
        "SELECT sent_ms, deadline_ms FROM requests WHERE tif='immediate_or_cancel' ORDER BY sent_ms",
    )
    terms = played.trade.terms
    assert terms is not None
    assert len(sent) >= 2
    (_, deadline_ms), (second_ms, _) = sent[:2]
    assert second_ms >= deadline_ms + terms.request_death_ms + terms.read_lag_ms


# 12. Fees: a flat guess, 0 on one venue, rounding in our favour, a schedule that changed.


@pytest.mark.parametrize("seed", range(1, 7))
def test_scenario_12_fees_are_the_venues_own_to_the_micro_dollar(seed: int) -> None:
    played = play(trades=2, seed=seed).check()
    for trade in played.trades:
        assert trade.terms is not None
        assert trade.verdict is Verdict.KEPT
        for order in entries(trade):
            sql = "SELECT sum(fee_micros), sum(cost_micros) FROM fills WHERE intent_id=?"
            ((charged, _),) = rows(played.truth, sql, order.intent_id)
            assert 0 <= charged <= fees_computed_micros(order, trade.terms.legs[order.leg])
    promised = sum(t.terms.promised_micros for t in played.trades if t.terms)
    assert cash_change(played) == promised > 0


@pytest.mark.parametrize("venue", VENUES)
def test_scenario_12_a_schedule_that_changed_after_the_gates_is_a_named_verdict(venue: str) -> None:
    dearer = {"kalshi": kalshi_quadratic(2_000_000), "polymarket": polymarket_curve(200_000)}

    async def body(bench: Bench) -> None:
        pair = bench.pair()

        def changes(value: Trade, _: object) -> None:
            if value.state is S.LOCKED:
                market = bench.world.exchanges[venue].markets[pair.spec(venue).market]
                market.spec = evolve(market.spec, fees=dearer[venue])

        bench.engine.on_step.append(changes)
        trade = await bench.submit(pair)
        result = await trade.closed()
        assert result.state is S.SETTLED
        assert result.verdict is Verdict.FEE_SHORTFALL
        await bench.close_all()
        assert [a["details"]["reason"] for a in bench.alerts if a["type"] == "VERDICT"] == ["fee_shortfall"]
        assert result.realized_micros < result.guaranteed_profit_micros
        really = sum(bench.judge.cash(name) - bench.setup.cash_micros for name in VENUES)
        assert really == result.realized_micros
        assert bench.broken == []

    on_bench(Setup(), body)
