"""The embedding API: submit, closed, halts, drain, stop, kill, resume, grant, results and exceptions."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from attrs import evolve

from engine_kit import LONG_LIVES, Bench, Setup, on_bench
from pairlock import (
    ExecutionAborted,
    ExecutionFailed,
    Limits,
    S,
    TradingHalted,
    UserError,
    open_engine,
)
from pairlock.journal.records import Kind
from pairlock.limits import ExecutionLimits
from pairlock.units import size_to_fill_e6
from pairlock.verdict import booked_micros
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.worldgen import opportunity_of
from truth_kit import requests, rows

PREPARING = (S.DETECTED, S.GATED, S.LOCKED)
NO_WAY_OUT = (
    fault(K.KILL, "kalshi", role="entry", change={"slip_e4": 0}),
    fault(K.KILL, role="exit", change={"slip_e4": 0}, times=3),
)
THREE_ATTEMPTS = Limits(execution=ExecutionLimits(max_exit_attempts=3))


def kinds(bench: Bench) -> list[str]:
    return [str(record.kind) for record in bench.engine.store.records()]


# Submit.


def test_the_same_opportunity_twice_is_one_trade() -> None:
    async def body(bench: Bench) -> None:
        opportunity = opportunity_of(bench.pair(), bench.world.clock.now_ms())
        handles = []

        async def submits() -> None:
            handles.append(await bench.engine.submit(opportunity))

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(submits)
        assert {id(handle) for handle in handles} == {id(handles[0])}
        await handles[0].closed()
        # Closed, and forgotten by the engine's tasks: it is still that trade, with that result.
        await bench.until(lambda: bench.engine.open_trades() == [])
        again = await bench.engine.submit(opportunity)
        assert (again.trade_id, again.state) == (handles[0].trade_id, S.SETTLED)
        assert await again.closed() == evolve(handles[0].result, send_skew_ms=-1)
        assert kinds(bench).count(Kind.DETECTED) == 1
        assert len(requests(bench.world.truth)) == 2

    on_bench(Setup(), body)


def test_submit_is_durable_when_it_returns_to_every_caller() -> None:
    async def body(bench: Bench) -> None:
        opportunity = opportunity_of(bench.pair(), bench.world.clock.now_ms())

        async def submits() -> None:
            handle = await bench.engine.submit(opportunity)
            assert bench.engine.store.trade_row(handle.trade_id) is not None

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(submits)

    for seed in range(1, 8):
        on_bench(Setup(seed=seed), body)


def test_an_opportunity_without_an_id_or_on_an_unknown_platform_is_refused_in_a_sentence() -> None:
    async def body(bench: Bench) -> None:
        opportunity = opportunity_of(bench.pair(), bench.world.clock.now_ms())
        with pytest.raises(UserError, match="no opportunity_id"):
            await bench.engine.submit(evolve(opportunity, opportunity_id=""))
        with pytest.raises(UserError, match="open are: kalshi, polymarket"):
            await bench.engine.submit(evolve(opportunity, platform_a="betfair"))
        assert Kind.DETECTED not in kinds(bench)

    on_bench(Setup(), body)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"net_profit_micros": 1}, "net_profit_micros"),
        ({"combined_cost_e4": 1}, "combined_cost_e4"),
        ({"detected_at_ms": 0}, "stale"),
        ({"detected_at_ms": 10**9}, "future"),
        ({"market_a": "KXNOSUCH"}, "platform"),
        ({"execution_window_ms": 10}, "latency"),
        ({"price_a_e4": 0}, "price_a_e4"),
    ],
)
def test_a_wrong_opportunity_ends_rolled_back_with_its_reason(change: dict[str, Any], said: str) -> None:
    async def body(bench: Bench) -> None:
        await bench.engine.sleep_ms(5_000)
        opportunity = opportunity_of(bench.pair(), bench.world.clock.now_ms())
        trade = await bench.engine.submit(evolve(opportunity, **change))
        result = await trade.closed()
        assert result.state is S.ROLLED_BACK
        assert said in result.refusal
        assert (result.platform_a_fill, result.realized_micros) == (None, 0)
        assert requests(bench.world.truth) == []
        with pytest.raises(ExecutionAborted, match=said):
            await trade.settled()

    on_bench(Setup(), body)


# Results.


def test_the_result_of_a_settled_trade_says_what_the_venues_books_say() -> None:
    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        result = await trade.settled()
        terms = trade.value.terms
        assert terms is not None
        assert (result.state, result.verdict, result.refusal) == (S.SETTLED, "kept", "")
        assert result.guaranteed_profit_micros == result.realized_micros == terms.promised_micros > 0
        assert 0 < result.execution_time_ms <= 1_000
        assert result.send_skew_ms == 0
        for fill, leg in ((result.platform_a_fill, terms.legs[0]), (result.platform_b_fill, terms.legs[1])):
            assert fill is not None
            sql = "SELECT sum(qty_e6), sum(cost_micros), sum(fee_micros) FROM fills WHERE venue=? AND buys=1"
            assert rows(bench.world.truth, sql, leg.venue) == [
                (fill.net_e6, fill.bought_micros, fill.fee_micros)
            ]
            assert fill.net_e6 == size_to_fill_e6(terms.size_e2)
            assert (fill.venue, fill.market, fill.outcome) == (leg.venue, leg.market, str(leg.outcome))

    on_bench(Setup(), body)


def test_the_skew_of_riskier_first_is_the_time_between_both_first_bytes() -> None:
    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        result = await trade.closed()
        (first,), (second,) = rows(bench.world.truth, "SELECT sent_ms FROM requests ORDER BY sent_ms")
        assert result.send_skew_ms == second - first > 0

    on_bench(Setup(plan="riskier_first"), body)


def test_an_exited_trade_raises_execution_failed_with_its_result() -> None:
    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        with pytest.raises(ExecutionFailed, match="exited") as failed:
            await trade.settled()
        assert failed.value.result == trade.result
        assert trade.result.realized_micros == booked_micros(trade.value) < 0

    on_bench(Setup(script=(Fault(K.SHUT, "kalshi", role="entry"),)), body, operator=True)


# Halts, stop, drain.


def test_a_breaker_aborts_what_has_sent_nothing_and_lets_the_rest_go_on() -> None:
    async def body(bench: Bench) -> None:
        paired = await bench.submit()
        await bench.until(lambda: paired.state is S.PAIRED)
        preparing = await bench.submit()
        bench.engine.halt("test", "because")
        with pytest.raises(TradingHalted, match=r"test \(because\)"):
            await bench.submit()
        assert (await preparing.closed()).refusal == "trading was halted: test"
        assert (await paired.closed()).state is S.SETTLED
        await bench.engine.lift("test", "somebody")
        assert (await (await bench.submit()).closed()).state is S.SETTLED
        assert kinds(bench).count(Kind.HALT) == kinds(bench).count(Kind.LIFT) == 1
        with pytest.raises(UserError, match="no halt named test"):
            await bench.engine.lift("test", "somebody")

    on_bench(Setup(), body)


@pytest.mark.parametrize("delay_ms", range(0, 90, 10))
def test_a_halt_at_any_moment_lets_no_entry_begin_after_it(delay_ms: int) -> None:
    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        await bench.engine.sleep_ms(delay_ms)
        state = trade.state
        bench.engine.halt("test", "because")
        await bench.engine.sleep_ms(3_000)
        assert (trade.state is S.ROLLED_BACK) == (state in PREPARING)
        assert bool(requests(bench.world.truth)) == (state not in PREPARING)

    on_bench(Setup(), body)


def test_leaving_the_block_is_a_stop_and_the_next_start_goes_on(tmp_path: Any) -> None:
    from pairlock_adapters.simulated.truth import Truth

    def setup() -> Setup:
        return Setup(journal=f"{tmp_path}/journal.db", truth=Truth(f"{tmp_path}/venues"), sizes=LONG_LIVES)

    async def leaves(bench: Bench) -> str:
        trade = await bench.submit()
        await bench.until(lambda: trade.state is S.PAIRED)
        return trade.trade_id

    async def finishes(bench: Bench) -> None:
        (trade,) = bench.engine.recovered
        assert (trade.trade_id, trade.state) == (trade_id, S.PAIRED)
        assert bench.engine.refusal() == ""  # a stop ends with its engine
        assert (await trade.closed()).state is S.SETTLED
        assert bench.broken == []

    trade_id = on_bench(setup(), leaves)
    on_bench(setup(), finishes)


def test_an_unknown_plan_is_refused_before_the_journal_is_made(tmp_path: Any) -> None:
    async def main() -> None:
        async with open_engine(venues=[], journal=f"{tmp_path}/j.db", pairs=None, plan="both"):  # type: ignore[arg-type]
            raise AssertionError("it opened")

    with pytest.raises(UserError, match="use auto, simultaneous or riskier_first"):
        trio.run(main)
    assert list(tmp_path.iterdir()) == []
