"""The book as a client keeps it from a market's stream, and what goes wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from pairlock.book import Book, Level
from pairlock.ports import VenueError
from pairlock.units import DOLLAR_E4
from pairlock_adapters.simulated.effects import BookSaid, Condition, Effect
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.matching import Maker, MatchBook, levels_e2
from pairlock_adapters.simulated.state import MarketState

if TYPE_CHECKING:
    from pairlock_adapters.simulated.exchange import Exchange

_NO_BOOK = (Condition.RESTARTING, Condition.DISABLED, Condition.PAUSED)


def book(exchange: Exchange, state: MarketState, effect: Effect, began_ms: int) -> Book:
    """The book of ``state`` now; ``VenueError`` where none is served, or the client has none."""
    now_ms, market, how = exchange.timeline.now_ms(), state.spec.market, effect.book
    if any(exchange.is_in(condition, now_ms) for condition in _NO_BOOK):
        raise VenueError(exchange.name, "the exchange is not serving books now", shut=True)
    if not exchange.is_open(market):
        raise VenueError(exchange.name, f"the market {market} is closed", shut=True)
    if how is BookSaid.RESET:
        _count(exchange, effect)
        raise VenueError(exchange.name, f"the sequence of {market} began anew: no book before its snapshot")
    if exchange.is_in(Condition.NO_LIQUIDITY, now_ms) or state.dry_until_ms > now_ms:
        return Book(market, (), (), began_ms)
    bids, asks = levels_e2(state.book.bids), levels_e2(state.book.asks)
    if how is BookSaid.RACE and (bids or asks):
        _count(exchange, effect)
        bids, asks = _doubled(bids), _doubled(asks)
    elif how is BookSaid.CROSSED and bids and asks and asks[0][0] + state.spec.tick_e4 < DOLLAR_E4:
        _count(exchange, effect)
        bids = ((asks[0][0] + state.spec.tick_e4, bids[0][1]), *bids)
    elif how is BookSaid.VANISHES and (bids or asks):
        _count(exchange, effect)
        _vanishes(exchange, state, now_ms)
    return Book(market, bids, asks, began_ms)


def _count(exchange: Exchange, effect: Effect) -> None:
    for kind in effect.kinds:
        exchange.faults.count(FaultKind(kind))


def _doubled(levels: tuple[Level, ...]) -> tuple[Level, ...]:
    """The best level as it looks when its last change was applied twice."""
    return tuple((price, size * 2 if number == 0 else size) for number, (price, size) in enumerate(levels))


def _vanishes(exchange: Exchange, state: MarketState, now_ms: int) -> None:
    """Who rests at the best prices cancels: what was shown is gone for good."""

    def without_best(side: tuple[Maker, ...]) -> tuple[Maker, ...]:
        return tuple(maker for maker in side if maker.price_e4 != side[0].price_e4)

    def others(book: MatchBook) -> MatchBook:
        return evolve(book, bids=without_best(book.bids), asks=without_best(book.asks))

    with exchange.truth.commit(now_ms):
        exchange.resting.moved(state, others, now_ms)
