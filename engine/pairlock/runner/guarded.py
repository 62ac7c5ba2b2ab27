"""A venue as the engine calls it: every call ends in time, and nothing that an adapter raises reaches a trade.

A read that hangs, or raises anything, is a ``VenueError`` under the venue's own name; an order whose call hangs or
raises is an ``OutcomeUnknown``, never a "no". The stream is started again after a pause. Each answer and each error is
counted once, here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import trio

from pairlock.book import Book
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown
from pairlock.model import Outcome, Payout
from pairlock.ports import Clock, Deliver, MarketRules, OrderIntent, Venue, VenueError, WriteGuard
from pairlock.runner.clock import seconds

if TYPE_CHECKING:
    from pairlock.runner.monitor import Monitor

T = TypeVar("T")
_STREAM_PAUSES_MS = (1_000, 2_000, 5_000, 15_000, 30_000)


class GuardedVenue:
    """Implements ``pairlock.ports.Venue`` around another. ``monitor`` is set once the engine has one."""

    def __init__(self, venue: Venue, read_timeout_ms: int, clock: Clock) -> None:
        self._venue = venue
        self._timeout_ms = read_timeout_ms
        self._clock = clock
        self.monitor: Monitor | None = None

    @property
    def name(self) -> str:
        return self._venue.name

    def _failed(self, what: str) -> None:
        if self.monitor is not None:
            self.monitor.error(self.name, what)

    def _answered(self) -> None:
        if self.monitor is not None:
            self.monitor.answered(self.name)

    async def _read(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        problem = VenueError(self.name, f"{what} did not answer within {self._timeout_ms} ms")
        with trio.move_on_after(seconds(self._timeout_ms)):
            try:
                found = await call()
            except VenueError as error:
                problem = VenueError(self.name, error.what, shut=error.shut)
            except Exception as error:
                problem = VenueError(self.name, f"{what} failed with {type(error).__name__}")
            else:
                self._answered()
                return found
        self._failed(problem.what)
        raise problem

    async def rules(self, market: str) -> MarketRules:
        return await self._read("market rules", lambda: self._venue.rules(market))

    async def book(self, market: str) -> Book:
        return await self._read("the book", lambda: self._venue.book(market))

    async def balance_micros(self) -> int:
        return await self._read("the balance", self._venue.balance_micros)

    async def ping_ms(self) -> int:
        return await self._read("a ping", self._venue.ping_ms)

    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        return await self._read("sellable shares", lambda: self._venue.sellable_e6(market, outcome))

    async def taker_open(self, market: str) -> bool:
        return await self._read("exchange status", lambda: self._venue.taker_open(market))

    async def resolution(self, market: str, outcome: Outcome) -> Payout | None:
        return await self._read("the resolution", lambda: self._venue.resolution(market, outcome))

    async def _ordered(
        self, intent: OrderIntent, what: str, limit_ms: int, call: Callable[[], Awaitable[T]]
    ) -> T | OutcomeUnknown:
        reason = f"{what} did not come back within {limit_ms} ms"
        with trio.move_on_after(seconds(limit_ms)):
            try:
                fact = await call()
            except Exception as error:
                reason = f"{what} failed with {type(error).__name__}"
            else:
                # A cancel that the venue refuses is an answer, not an error of the venue.
                if isinstance(fact, OutcomeUnknown) and what != "the cancel":
                    self._failed(fact.reason)
                else:
                    self._answered()
                return fact
        self._failed(reason)
        return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, reason)

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        limit_ms = max(0, intent.deadline_ms - self._clock.now_ms()) + self._timeout_ms
        return await self._ordered(intent, "the order", limit_ms, lambda: self._venue.place(intent, guard))

    async def cancel(self, intent: OrderIntent, venue_ref: str) -> CancelAcked | OrderReport | OutcomeUnknown:
        call = lambda: self._venue.cancel(intent, venue_ref)  # noqa: E731
        return await self._ordered(intent, "the cancel", self._timeout_ms, call)

    async def read_order(
        self, intent: OrderIntent, venue_ref: str
    ) -> OrderReport | NotFound | OutcomeUnknown:
        call = lambda: self._venue.read_order(intent, venue_ref)  # noqa: E731
        return await self._ordered(intent, "the order's read", self._timeout_ms, call)

    async def stream(self, deliver: Deliver) -> None:
        """Push reports until cancelled; a stream that ends or fails is started again."""
        failures = 0
        while True:
            began_ms = self._clock.now_ms()
            try:
                await self._venue.stream(deliver)
                what = "the stream ended"
            except Exception as error:
                what = f"the stream failed with {type(error).__name__}"
            self._failed(what)
            lasted = self._clock.now_ms() - began_ms > _STREAM_PAUSES_MS[-1]
            failures = 0 if lasted else failures + 1
            await trio.sleep(seconds(_STREAM_PAUSES_MS[min(failures, len(_STREAM_PAUSES_MS)) - 1]))
