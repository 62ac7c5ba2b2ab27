"""The laboratory is told what the engine meant by each order, so that the truth can be compared with the journal.

On the wire an order of Kalshi is a bid or an ask of YES, and one of Polymarket is known by its hash alone. The
laboratory asks for the meaning and uses it only where it is economically the order that came; so this changes what an
order is called in the truth, and never what it does.
"""

from __future__ import annotations

from collections.abc import Callable

from pairlock.book import Book
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown
from pairlock.model import Outcome, Payout
from pairlock.ports import Deliver, MarketRules, OrderIntent, Venue, WriteGuard
from pairlock_adapters.laboratory.names import Meaning, Names

WireId = Callable[[OrderIntent], str]
"""Under which id an order goes over the wire."""


class WireNames(Names):
    """What was placed in this process, by venue and wire id."""

    def __init__(self) -> None:
        self._meant: dict[tuple[str, str], Meaning] = {}

    def placed(self, intent: OrderIntent, wire_id: str) -> None:
        meaning = Meaning(intent.intent_id, intent.outcome, intent.buys)
        self._meant[intent.venue, wire_id] = meaning

    def meaning(self, venue: str, wire_id: str) -> Meaning | None:
        return self._meant.get((venue, wire_id))


class Named:
    """A venue whose orders are named before they leave. Implements ``pairlock.ports.Venue`` by ``inner``."""

    def __init__(self, inner: Venue, names: WireNames, wire_id: WireId) -> None:
        self.inner = inner
        self._names = names
        self._wire_id = wire_id

    @property
    def name(self) -> str:
        return self.inner.name

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        def named_and_guarded() -> str:
            # Before the guard, which is the last word; the adapter knows the id by now.
            self._names.placed(intent, self._wire_id(intent))
            return guard()

        return await self.inner.place(intent, named_and_guarded)

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
