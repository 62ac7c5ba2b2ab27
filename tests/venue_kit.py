"""A venue to misbehave with: everything goes to the simulated one, until a test overrides a call."""

from __future__ import annotations

import trio

from pairlock.book import Book
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown
from pairlock.model import Outcome, Payout
from pairlock.ports import Deliver, MarketRules, OrderIntent, WriteGuard
from pairlock_adapters.simulated.venue import SimulatedVenue


class Wrapped:
    """Implements ``pairlock.ports.Venue`` by its inner venue. ``now_ms`` is the bench's virtual time."""

    def __init__(self, inner: SimulatedVenue) -> None:
        self.inner = inner

    def now_ms(self) -> int:
        return self.inner._clock.now_ms()

    @property
    def name(self) -> str:
        return self.inner.name

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


async def hang() -> None:
    """For half an hour, which is for ever to a trade; a test of an engine that waits for it fails, and ends."""
    await trio.sleep(1_800)
    raise AssertionError("nobody gave up waiting")


class Switched(Wrapped):
    """Misbehaves on Kalshi once ``on`` holds something."""

    def __init__(self, inner: SimulatedVenue, on: list[int]) -> None:
        super().__init__(inner)
        self.on = on

    @property
    def bad(self) -> bool:
        return bool(self.on) and self.name == "kalshi"
