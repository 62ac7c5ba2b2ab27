"""A venue that passes every call on: what wraps another one says only what it does differently."""

from __future__ import annotations

from typing import Generic, TypeVar

from pairlock.book import Book
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown
from pairlock.model import Outcome, Payout
from pairlock.ports import Deliver, MarketRules, OrderIntent, Venue, WriteGuard, identity_of

V = TypeVar("V", bound=Venue)


class Passing(Generic[V]):
    """Implements ``pairlock.ports.Venue``, and ``Identified``, by ``inner``."""

    def __init__(self, inner: V) -> None:
        self.inner = inner

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def identity(self) -> tuple[str, ...]:
        return identity_of(self.inner)

    async def rules(self, market: str) -> MarketRules:
        return await self.inner.rules(market)

    async def book(self, market: str) -> Book:
        return await self.inner.book(market)

    async def balance_micros(self) -> int:
        return await self.inner.balance_micros()

    async def ping_ms(self) -> int:
        return await self.inner.ping_ms()

    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        return await self.inner.sellable_e6(market, outcome)

    async def taker_open(self, market: str) -> bool:
        return await self.inner.taker_open(market)

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        return await self.inner.place(intent, guard)

    async def cancel(self, intent: OrderIntent, venue_ref: str) -> CancelAcked | OrderReport | OutcomeUnknown:
        return await self.inner.cancel(intent, venue_ref)

    async def read_order(
        self, intent: OrderIntent, venue_ref: str
    ) -> OrderReport | NotFound | OutcomeUnknown:
        return await self.inner.read_order(intent, venue_ref)

    async def resolution(self, market: str, outcome: Outcome) -> Payout | None:
        return await self.inner.resolution(market, outcome)

    async def stream(self, deliver: Deliver) -> None:
        await self.inner.stream(deliver)
