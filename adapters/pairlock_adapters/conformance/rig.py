"""What a check works with: one venue as its adapter shows it, and the hand and eye behind it.

Sizes in 1/100 contract, prices in 1/10,000 dollar, quantities in 1/1,000,000 contract, money in micro-dollars, times
in ms of the world's clock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from attrs import define, field, frozen

from pairlock.book import Book
from pairlock.facts import CancelAcked, Fact, NotFound, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.model import FillStatus, Outcome
from pairlock.ports import OrderIntent, TimeInForce, Venue
from pairlock_adapters.conformance.check import NotConforming, expect
from pairlock_adapters.simulated.exchange import Exchange
from pairlock_adapters.simulated.matching import levels_e2
from pairlock_adapters.simulated.state import MarketState
from pairlock_adapters.simulated.world import World

T = TypeVar("T")
Placed = OrderReport | OutcomeUnknown | NotSent
Read = OrderReport | NotFound | OutcomeUnknown

ENTRY_MS = 1_000
SIZE_E2 = 1_000

_ORDERS = (
    "SELECT count(*) FROM orders WHERE venue=? AND market=? AND fault_duplicate=0"
    " AND intent_id NOT LIKE 'other-%'"
)
_REQUESTS = "SELECT count(*) FROM requests WHERE venue=? AND market=? AND fault_duplicate=0"
_FILLS = "SELECT fill_id,qty_e6,cost_micros,fee_micros,status FROM fills WHERE venue=? AND market=? ORDER BY fill_id"


def go() -> str:
    """A guard that lets the write happen."""
    return ""


@frozen
class TrueFill:
    """A fill as the venue's own books have it."""

    fill_id: str
    qty_e6: int
    cost_micros: int
    fee_micros: int
    status: str


@define
class Rig:
    """``facts``: what the stream delivered so far, while a check listens."""

    venue: Venue
    world: World
    name: str
    facts: list[Fact] = field(factory=list)
    _made: int = 0

    @property
    def exchange(self) -> Exchange:
        return self.world.exchanges[self.name]

    def now_ms(self) -> int:
        return self.world.clock.now_ms()

    async def sleep_ms(self, ms: int) -> None:
        await self.world.clock.sleep_ms(ms)

    # The hand.

    def market(self) -> MarketState:
        """A fresh event; its market on this venue."""
        pair = self.world.open_pair()
        return self.exchange.markets[pair.spec(self.name).market]

    def best_e4(self, state: MarketState, outcome: Outcome, *, buys: bool) -> int:
        """The best price at which ``outcome`` can be bought or sold now, in its own terms."""
        yes = buys is (outcome is Outcome.YES)
        side = state.book.asks if yes else state.book.bids
        return side[0].price_e4 if outcome is Outcome.YES else 10_000 - side[0].price_e4

    def intent(
        self,
        state: MarketState,
        outcome: Outcome = Outcome.YES,
        *,
        buys: bool = True,
        size_e2: int = SIZE_E2,
        limit_e4: int = 0,
        fok: bool = True,
        within_ms: int = ENTRY_MS,
    ) -> OrderIntent:
        """An order for the best price, or for ``limit_e4``, due now; its id is like one of the engine's."""
        self._made += 1
        return OrderIntent(
            f"0001c0f0rm00-{self._made:06d}.0.0",
            self.name,
            state.spec.market,
            outcome,
            buys,
            size_e2,
            limit_e4 or self.best_e4(state, outcome, buys=buys),
            TimeInForce.FILL_OR_KILL if fok else TimeInForce.IMMEDIATE_OR_CANCEL,
            self.now_ms() + within_ms,
        )

    # The eye.

    def orders(self, market: str) -> int:
        """How many orders of ours the venue took in the market."""
        return int(next(self.world.truth.rows(_ORDERS, (self.name, market)))[0])

    def requests(self, market: str) -> int:
        """How many order requests of ours left for the market."""
        return int(next(self.world.truth.rows(_REQUESTS, (self.name, market)))[0])

    def fills(self, market: str) -> list[TrueFill]:
        return [TrueFill(*row) for row in self.world.truth.rows(_FILLS, (self.name, market))]

    def filled_e6(self, market: str) -> int:
        return sum(fill.qty_e6 for fill in self.fills(market))

    def levels(self, state: MarketState) -> Book:
        """The true book."""
        bids, asks = levels_e2(state.book.bids), levels_e2(state.book.asks)
        return Book(state.spec.market, bids, asks, self.now_ms())

    # Through the adapter.

    async def place(self, intent: OrderIntent) -> Placed:
        return await self.venue.place(intent, go)

    async def cancel(self, intent: OrderIntent, ref: str = "") -> CancelAcked | OrderReport | OutcomeUnknown:
        return await self.venue.cancel(intent, ref)

    async def bought(
        self, state: MarketState, outcome: Outcome = Outcome.YES, size_e2: int = SIZE_E2
    ) -> None:
        """Buy, and wait until all of it is final."""
        intent = self.intent(state, outcome, size_e2=size_e2)
        report(await self.place(intent))
        await self.read_final(intent)

    async def read_until(
        self, intent: OrderIntent, done: Callable[[Read], bool], within_ms: int, ref: str = ""
    ) -> Read:
        """Read the order again and again, as the engine does, until ``done``; the last read if it never is."""
        until_ms = self.now_ms() + within_ms
        while True:
            read = await self.venue.read_order(intent, ref)
            if done(read) or self.now_ms() >= until_ms:
                return read
            await self.sleep_ms(250)

    async def read_final(self, intent: OrderIntent, ref: str = "") -> OrderReport:
        """Read until the order can fill no more and every fill is final, within the fault model's bounds."""
        bounds = self.exchange.default_bounds

        def done(read: Read) -> bool:
            return (
                isinstance(read, OrderReport)
                and read.reported is not Reported.LIVE
                and sum(fill.qty_e6 for fill in read.fills) >= read.matched_e6 > 0
                and all(fill.status is not FillStatus.PENDING for fill in read.fills)
            )

        read = await self.read_until(intent, done, bounds.finality_ms + bounds.read_lag_ms, ref)
        expect(
            done(read), f"within {bounds.finality_ms} ms its reads never showed it final; the last was {read}"
        )
        return report(read)

    async def when(self, told: str, holds: Callable[[], Awaitable[bool]], within_ms: int = 5_000) -> None:
        """Wait until it holds; ``NotConforming`` if it does not in time."""
        until_ms = self.now_ms() + within_ms
        while not await holds():
            if self.now_ms() >= until_ms:
                raise NotConforming(f"not within {within_ms} ms: {told}")
            await self.sleep_ms(100)


def report(fact: object) -> OrderReport:
    """``fact`` as a report, which it must be."""
    if not isinstance(fact, OrderReport):
        raise NotConforming(f"a report was due, it says {fact}")
    return fact


def unknown(fact: object, of: str) -> OutcomeUnknown:
    """``fact`` as an unknown outcome, which it must be after ``of``."""
    if not isinstance(fact, OutcomeUnknown):
        raise NotConforming(f"{of}: the outcome is unknown, it says {fact}")
    return fact


def certain_no(fact: object, of: str) -> OrderReport:
    """``fact`` as a report that nothing was filled and nothing can be."""
    told = report(fact)
    if told.reported is not Reported.CERTAIN or told.matched_e6 or told.fills:
        raise NotConforming(f"{of}: certainly nothing was done, it says {told}")
    return told
