"""A venue's rate limit, kept on our side: a token bucket with a part that only cancels and exits may use.

The venue refuses (Kalshi) or delays (Polymarket) what goes over its limit, and either hurts most in an exit. So
entries and ordinary reads stop at ``reserve`` tokens, and whoever is urgent goes before whoever is not.
Tokens are counted in thousandths, so that a rate per second adds a whole number each millisecond.
"""

from __future__ import annotations

import trio
from attrs import define, field

from pairlock.errors import UserError
from pairlock.ports import Clock
from pairlock.runner.clock import seconds
from pairlock.units import ceil_div

_MILLI = 1_000


@define(eq=False)
class _Waiter:
    cost_milli: int
    urgent: bool
    moved: trio.Event = field(factory=trio.Event)


class Budget:
    """``per_s`` tokens a second, at most ``burst`` saved up, of which ``reserve`` are for the urgent alone."""

    def __init__(self, clock: Clock, *, per_s: int, burst: int, reserve: int = 0) -> None:
        if per_s < 1 or burst < 1 or not 0 <= reserve < burst:
            raise UserError(
                f"a budget of {per_s} per second, burst {burst}, reserve {reserve} cannot be kept;"
                " give at least 1 per second and a reserve below the burst"
            )
        self._clock = clock
        self._per_s = per_s
        self._burst_milli = burst * _MILLI
        self._reserve_milli = reserve * _MILLI
        self._level_milli = self._burst_milli
        self._at_ms = clock.now_ms()
        self._shut_until_ms = self._at_ms
        self._queue: list[_Waiter] = []

    def free(self) -> int:
        """Whole tokens there are now, the reserve included."""
        self._refill()
        return max(0, self._level_milli) // _MILLI

    async def take(self, cost: int, *, urgent: bool = False, by_ms: int | None = None) -> bool:
        """Wait for ``cost`` tokens and take them; True. False, and nothing taken, if they cannot be had by ``by_ms``.

        Cancelled while it waits, it takes nothing. A cost above what a caller can ever have is refused at once.
        """
        waiter = _Waiter(cost * _MILLI, urgent)
        if waiter.cost_milli > self._burst_milli - (0 if urgent else self._reserve_milli):
            return False
        self._enter(waiter)
        try:
            while True:
                wait_ms = self._wait_ms(waiter)
                if wait_ms == 0:
                    self._level_milli -= waiter.cost_milli
                    return True
                if by_ms is not None and self._clock.now_ms() + wait_ms > by_ms:
                    return False
                with trio.move_on_after(seconds(wait_ms)):
                    await waiter.moved.wait()
                waiter.moved = trio.Event()
        finally:
            self._leave(waiter)

    def overdrawn(self, until_ms: int | None = None) -> None:
        """The venue says that we went over (429): nothing is left, and only the urgent may ask before ``until_ms``."""
        self._refill()
        self._level_milli = min(0, self._level_milli)
        if until_ms is not None:
            self._shut_until_ms = max(self._shut_until_ms, until_ms)

    def _refill(self) -> None:
        now_ms = self._clock.now_ms()
        grown = self._level_milli + max(0, now_ms - self._at_ms) * self._per_s
        self._level_milli = min(self._burst_milli, grown)
        self._at_ms = max(self._at_ms, now_ms)

    def _enter(self, waiter: _Waiter) -> None:
        """Behind everybody of its kind; the urgent before the others."""
        place = len(self._queue)
        while waiter.urgent and place and not self._queue[place - 1].urgent:
            place -= 1
        self._queue.insert(place, waiter)

    def _leave(self, waiter: _Waiter) -> None:
        place = self._queue.index(waiter)
        del self._queue[place]
        for behind in self._queue[place:]:
            behind.moved.set()

    def _wait_ms(self, waiter: _Waiter) -> int:
        """0 if it may take now, else the least time until it could, were nobody more urgent to come."""
        self._refill()
        ahead = self._queue[: self._queue.index(waiter)]
        need = sum(each.cost_milli for each in ahead) + waiter.cost_milli
        floor = 0 if waiter.urgent else self._reserve_milli
        wait_ms = max(0, ceil_div(need + floor - self._level_milli, self._per_s))
        if not waiter.urgent:
            wait_ms = max(wait_ms, self._shut_until_ms - self._clock.now_ms())
        return max(1, wait_ms) if ahead else max(0, wait_ms)
