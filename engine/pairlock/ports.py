"""What the engine asks of the world: a clock, venues, a pair registry, alert channels. Stores: ``journal.store``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from pairlock.book import Book
from pairlock.facts import CancelAcked, Fact, NotFound, NotSent, OrderReport, OutcomeUnknown
from pairlock.fees import FeeSchedule
from pairlock.model import Outcome, Payout


class TimeInForce(StrEnum):
    FILL_OR_KILL = "fill_or_kill"  # entries
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"  # exits


@frozen
class OrderIntent:
    """One order as it is to be written to a venue. ``intent_id`` is the client order id (or names the signed order).

    Size in 1/100 contract, limit in 1/10,000 dollar of the named outcome's own price, deadline on the engine's clock.
    """

    intent_id: str
    venue: str
    market: str
    outcome: Outcome
    buys: bool
    size_e2: int
    limit_e4: int
    time_in_force: TimeInForce
    deadline_ms: int


@frozen
class MarketRules:
    """What a venue says of a market: tick in 1/10,000 dollar, minimums, taker fee, hold before matching.

    ``amount_step_micros``: size x price of an order must be a multiple (Polymarket's taker orders: one cent).
    ``sets_pay_at_once``: YES against NO is netted into a dollar at once (Kalshi), else at resolution.
    """

    market: str
    tick_e4: int
    min_size_e2: int
    min_notional_micros: int
    fees: FeeSchedule
    taker_delay_ms: int = 0
    open: bool = True
    amount_step_micros: int = 1
    sets_pay_at_once: bool = False


class VenueError(Exception):
    """A read that gave no answer. ``shut``: the venue said that it will not serve this now (restart, halt, closed)."""

    def __init__(self, venue: str, what: str, *, shut: bool = False) -> None:
        super().__init__(f"{venue}: {what}")
        self.venue = venue
        self.what = what
        self.shut = shut


WriteGuard = Callable[[], str]
"""Called with no await between it and the first byte; a reason ("" = go) refuses the write: deadline, epoch."""

Deliver = Callable[[Fact], Awaitable[None]]


class Venue(Protocol):
    """One account on one venue. Reads raise ``VenueError``; orders never raise but return a fact."""

    @property
    def name(self) -> str: ...

    async def rules(self, market: str) -> MarketRules: ...

    async def book(self, market: str) -> Book: ...

    async def balance_micros(self) -> int: ...

    async def ping_ms(self) -> int:
        """One unauthenticated read on a warm connection, timed."""
        ...

    async def sellable_e6(self, market: str, outcome: Outcome) -> int: ...

    async def taker_open(self, market: str) -> bool:
        """Whether a taker order may be sent now (not restarting, post-only, halted or closed)."""
        ...

    async def place(
        self, intent: OrderIntent, guard: WriteGuard
    ) -> OrderReport | OutcomeUnknown | NotSent: ...

    async def cancel(
        self, intent: OrderIntent, venue_ref: str
    ) -> CancelAcked | OrderReport | OutcomeUnknown: ...

    async def read_order(
        self, intent: OrderIntent, venue_ref: str
    ) -> OrderReport | NotFound | OutcomeUnknown: ...

    async def resolution(self, market: str, outcome: Outcome) -> Payout | None:
        """What one contract of ``outcome`` paid, once the venue has resolved and paid; None before."""
        ...

    async def stream(self, deliver: Deliver) -> None:
        """Push order reports until cancelled. May lose, repeat or reorder; reads repair what it loses."""
        ...


class Identified(Protocol):
    """What a venue object may have beside ``Venue``: whose account it is, so that no other is taken for it."""

    @property
    def identity(self) -> tuple[str, ...]:
        """Words without secrets that no other account has, and of which the same account keeps one; () if unknown."""
        ...


def identity_of(venue: object) -> tuple[str, ...]:
    """What a venue object says of its account (``Identified``); () for one that says nothing."""
    # Not isinstance: from Python 3.12 on that overlooks what an object gives by __getattr__.
    found: tuple[str, ...] = getattr(venue, "identity", ())
    return found


class Clock(Protocol):
    def now_ms(self) -> int:
        """Monotonic; for deadlines."""
        ...

    def wall_ms(self) -> int:
        """Milliseconds since 1970; for alerts and reports only."""
        ...


@frozen
class ReviewedPair:
    """Two markets that a person found to be the same contract, and under which rules they pay."""

    event_id: str
    venue_a: str
    market_a: str
    venue_b: str
    market_b: str
    reviewed_by: str
    note: str = ""


class PairRegistry(Protocol):
    def reviewed(self, event_id: str, venue_a: str, market_a: str, venue_b: str, market_b: str) -> bool:
        """True only for a pair that a person reviewed and that is not suspended. Fails closed."""
        ...


class AlertChannel(Protocol):
    async def deliver(self, payload: dict[str, object]) -> None:
        """Send one alert; may raise, the engine retries and never waits for it."""
        ...
