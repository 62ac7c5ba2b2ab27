"""A venue's error is counted once, and a hand trade is durable before the engine is handed out."""

from __future__ import annotations

from engine_kit import LONG_LIVES, Bench, Setup, on_bench
from pairlock import S, VenueError
from pairlock.book import Book
from venue_kit import Wrapped


class _SecondBookFails(Wrapped):
    """The look under the reservations gets no book from Kalshi."""

    reads = 0

    async def book(self, market: str) -> Book:
        self.reads += 1
        if self.reads == 2 and self.name == "kalshi":
            raise VenueError("kalshi", "502")
        return await super().book(market)


def test_a_venue_error_is_counted_once() -> None:
    """Counted by the guard and again by the gatekeeper, it tripped the breaker at half of its limit."""

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state is S.ROLLED_BACK, within_ms=10_000)
        errors = bench.engine.monitor.health["kalshi"].errors
        assert errors.recent(bench.world.clock.now_ms()) == 1

    on_bench(Setup(wrap=_SecondBookFails, sizes=LONG_LIVES), body)
