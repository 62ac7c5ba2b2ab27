"""The recorded books inside the simulated venues: each cycle of a recording becomes what both venues show."""

from __future__ import annotations

from pairlock.book import Level
from pairlock.fees import FeeSchedule, kalshi_quadratic, polymarket_curve
from pairlock.ports import MarketRules
from pairlock_adapters.replay.reader import Cycle, Quote
from pairlock_adapters.simulated.matching import MatchBook, book_of
from pairlock_adapters.simulated.state import MarketSpec, Result
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET

# Recorded prices come in tenths of a cent.
TICK_E4 = 10


def _levels(price_e4: int | None, size_e2: int | None) -> list[Level]:
    return [(price_e4, size_e2)] if price_e4 is not None and size_e2 else []


def _book(quote: Quote) -> MatchBook:
    return book_of(_levels(quote.bid_e4, quote.bid_e2), _levels(quote.ask_e4, quote.ask_e2))


class RecordedMarkets:
    """Lists each pair on both venues when it is first seen, and shows every later cycle's books."""

    def __init__(self, world: World, polymarket_rate_ppm: int, resolve_at_ms: int) -> None:
        self._world = world
        self._fees: dict[str, FeeSchedule] = {
            KALSHI: kalshi_quadratic(),
            POLYMARKET: polymarket_curve(polymarket_rate_ppm),
        }
        self._resolve_at_ms = resolve_at_ms
        self.pairs: set[str] = set()

    def show(self, cycle: Cycle) -> None:
        """Both books as the cycle has them; a side that is empty offers nothing."""
        at_ms = self._world.timeline.advance()
        with self._world.truth.commit(at_ms):
            for venue, market, quote in zip(
                (KALSHI, POLYMARKET), cycle.markets, (cycle.kalshi, cycle.polymarket), strict=True
            ):
                exchange = self._world.exchanges[venue]
                if cycle.pair not in self.pairs:
                    # How the event ended was not recorded. A pair pays $1 either way; only a leg that was carried
                    # to the end depends on it, and NO is what most outrights come to.
                    fees, end_ms = self._fees[venue], self._resolve_at_ms
                    spec = MarketSpec(
                        market, cycle.pair, fees, _book(quote), end_ms, Result.NO, tick_e4=TICK_E4
                    )
                    exchange.list_market(spec)
                elif market in exchange.markets:
                    state = exchange.markets[market]
                    state.book = _book(quote)
                    exchange.ledger.update_book(state)
        self.pairs.add(cycle.pair)

    def rules(self, venue: str, market: str) -> MarketRules:
        """What a detector needs to know of the market."""
        return MarketRules(market, TICK_E4, 1, 0, self._fees[venue])
