"""Adapters that are wrong about books, the account, resolutions or the stream, in one way each."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from broken_adapters import BROKEN, breaks, zero
from pairlock.book import Book
from pairlock.fees import kalshi_quadratic
from pairlock.model import Outcome, Payout
from pairlock.ports import Deliver, MarketRules, VenueError
from pairlock_adapters.simulated.venue import SimulatedVenue
from venue_kit import Wrapped

__all__ = ["BROKEN"]


@breaks("PL-K60")
class OnItsHead(Wrapped):
    async def book(self, market: str) -> Book:
        book = await self.inner.book(market)
        return evolve(book, bids=book.bids_of("no"), asks=book.asks_of("no"))


@breaks("PL-K61")
class FirstBookForEver(Wrapped):
    def __init__(self, inner: SimulatedVenue) -> None:
        super().__init__(inner)
        self.kept: dict[str, Book] = {}

    async def book(self, market: str) -> Book:
        if market not in self.kept:
            self.kept[market] = await self.inner.book(market)
        return evolve(self.kept[market], read_at_ms=self.now_ms())


@breaks("PL-K62")
class BookAtAnyPrice(Wrapped):
    async def book(self, market: str) -> Book:
        try:
            return await self.inner.book(market)
        except VenueError:
            return Book(market, ((100, 100_000),), ((200, 100_000),), self.now_ms())


@breaks("PL-K63")
class AlwaysFresh(Wrapped):
    async def book(self, market: str) -> Book:
        return evolve(await self.inner.book(market), read_at_ms=self.now_ms() + 1_000)


@breaks("PL-K64", "PL-K65")
class AlwaysOpen(Wrapped):
    async def taker_open(self, market: str) -> bool:
        return True


@breaks("PL-K66")
class EmptyBook(Wrapped):
    async def book(self, market: str) -> Book:
        try:
            return await self.inner.book(market)
        except VenueError:
            return Book(market, (), (), self.now_ms())


@breaks("PL-K67")
class OneScheduleForAll(Wrapped):
    async def rules(self, market: str) -> MarketRules:
        return evolve(await self.inner.rules(market), fees=evolve(kalshi_quadratic(), rate_ppm=20_000))


@breaks("PL-K70")
class Cents(Wrapped):
    async def balance_micros(self) -> int:
        return await self.inner.balance_micros() // 10_000


@breaks("PL-K71", "PL-K72")
class NoBalanceIsZero(Wrapped):
    async def balance_micros(self) -> int:
        try:
            return await self.inner.balance_micros()
        except VenueError:
            return 0


@breaks("PL-K73")
class SellsEitherOutcome(Wrapped):
    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        return await self.inner.sellable_e6(market, outcome) or await self.inner.sellable_e6(
            market, outcome.other
        )


@breaks("PL-K74")
class SellsPending(Wrapped):
    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        return self.inner.exchange.account.held_e6(market, outcome)


@breaks("PL-K75")
class PingsItself(Wrapped):
    async def ping_ms(self) -> int:
        return 1


@breaks("PL-K80")
class ResolvesAtTheLastPrice(Wrapped):
    async def resolution(self, market: str, outcome: Outcome) -> Payout | None:
        return await self.inner.resolution(market, outcome) or Payout(5_000, "normal")


@breaks("PL-K81")
class EverythingIsNormal(Wrapped):
    async def resolution(self, market: str, outcome: Outcome) -> Payout | None:
        paid = await self.inner.resolution(market, outcome)
        return paid and evolve(paid, kind="normal")


@breaks("PL-K90")
class DeafStream(Wrapped):
    async def stream(self, deliver: Deliver) -> None:
        return None


@breaks("PL-K91")
class StreamOfZeros(Wrapped):
    async def stream(self, deliver: Deliver) -> None:
        async def zeros(fact: Any) -> None:
            await deliver(zero(fact))

        await self.inner.stream(zeros)


@breaks("PL-K92")
class StreamOfEverything(Wrapped):
    async def stream(self, deliver: Deliver) -> None:
        async def others(fact: Any) -> None:
            await deliver(evolve(fact, intent_id="other-1-1"))

        await self.inner.stream(others)
