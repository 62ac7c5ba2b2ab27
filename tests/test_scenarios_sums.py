"""Defects of public bots, by number and name (13): sums that overflow, a daily loss that is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from engine_kit import Bench, Setup, on_bench
from pairlock import Limits, S, TradingHalted
from pairlock.limits import BreakerLimits, SizeLimits
from pairlock.verdict import booked_micros
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import fault
from pairlock_adapters.simulated.matching import book_of, levels_e2
from pairlock_adapters.simulated.state import MarketSpec
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.worldgen import EventPair

VENUES = ("kalshi", "polymarket")


def other(venue: str) -> str:
    return VENUES[1 - VENUES.index(venue)]


# 13. Overflow of a 16-bit profit; a daily-loss counter that a restart resets, or that is never reset.


LOSING = (
    fault(K.KILL, "polymarket", role="entry", times=0, change={"slip_e4": 1_000}),
)  # completing costs far more
LOSS_LIMITS = Limits(breakers=BreakerLimits(max_daily_loss_micros=1_000, day_ms=600_000))


async def _lose(bench: Bench) -> int:
    """Make one trade that loses; the day's result afterwards."""
    trade = await bench.submit()
    result = await trade.closed()
    assert result.realized_micros < 0
    await bench.until(lambda: bench.engine.refusal() != "")
    return bench.engine.recorder.control.day_result_micros


def test_scenario_13_the_daily_loss_survives_a_restart(tmp_path: Path) -> None:
    def setup() -> Setup:
        truth = Truth(str(tmp_path / "venues"))
        return Setup(script=LOSING, limits=LOSS_LIMITS, journal=str(tmp_path / "journal.db"), truth=truth)

    async def first(bench: Bench) -> int:
        lost = await _lose(bench)
        assert lost <= -1_000
        await bench.engine.lift("daily_loss", "test")
        return lost

    lost = on_bench(setup(), first)

    async def second(bench: Bench) -> None:
        assert bench.engine.recorder.control.day_result_micros == lost
        assert await _lose(bench) < lost
        with pytest.raises(TradingHalted, match="daily_loss"):
            await bench.submit()

    on_bench(setup(), second)


def test_scenario_13_the_daily_loss_is_counted_anew_the_next_day() -> None:
    day_ms = LOSS_LIMITS.breakers.day_ms

    async def body(bench: Bench) -> None:
        lost = await _lose(bench)
        day = bench.engine.recorder.control.day
        await bench.engine.sleep_ms(day_ms - bench.world.clock.now_ms() % day_ms)
        await bench.engine.lift("daily_loss", "test")
        last = await _lose(bench)
        assert bench.engine.recorder.control.day > day
        closed = [booked_micros(value) for value in bench.values.values()]
        assert (lost, last) == tuple(closed)

    on_bench(Setup(script=LOSING, limits=LOSS_LIMITS), body)


def deep(pair: EventPair, times: int) -> EventPair:
    """The same pair with ``times`` the depth at every price."""

    def deeper(spec: MarketSpec) -> MarketSpec:
        bids, asks = (
            [(p, s * times) for p, s in levels_e2(side)] for side in (spec.book.bids, spec.book.asks)
        )
        return evolve(spec, book=book_of(bids, asks, makers_per_level=2))

    more = evolve(pair, kalshi=deeper(pair.kalshi), polymarket=deeper(pair.polymarket))
    return evolve(more, yes_size_e2=pair.yes_size_e2 * times, no_size_e2=pair.no_size_e2 * times)


def test_scenario_13_no_sum_is_too_large_for_its_integer() -> None:
    # Millions of contracts: far beyond 32 bits of micro-dollars, and every sum still agrees to the last one.
    cash_micros = 9_000_000_000_000_000
    rich = Limits(
        size=SizeLimits(
            max_capital_share_ppm=1_000_000, max_total_risk_micros=4 * cash_micros, max_size_e2=10**13
        )
    )

    async def body(bench: Bench) -> None:
        pair = deep(bench.pair(), 100_000)
        for name, exchange in bench.world.exchanges.items():
            exchange.markets[pair.spec(name).market].book = pair.spec(name).book
        trade = await bench.submit(pair)
        result = await trade.closed()
        await bench.close_all()
        assert result.state is S.SETTLED
        assert trade.value.orders[0].size_e2 > 2**31
        really = sum(bench.judge.cash(name) - cash_micros for name in VENUES)
        assert really == result.realized_micros == result.guaranteed_profit_micros > 2**32
        assert bench.broken == []

    on_bench(Setup(limits=rich, cash_micros=cash_micros), body)
