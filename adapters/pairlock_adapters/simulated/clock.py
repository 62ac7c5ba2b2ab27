"""Virtual time: a clock on trio's, and a way to run the same program again with the same outcome.

``run_virtual`` uses trio's MockClock, which jumps whenever every task sleeps, and trio's deterministic scheduling
(private names: trio is pinned for that). Determinism stops where a program reads the wall clock, an unseeded
random, worker threads, or the order of a set of strings.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio
import trio.testing

T = TypeVar("T")

EPOCH_WALL_MS = 1_790_000_000_000  # an instant in September 2026, so that virtual days look like days

# Jumps add up in binary floats; a thousandth of a millisecond is far above that error and far below our unit.
_TOLERANCE_MS = 1e-3


class VirtualClock:
    """Implements ``pairlock.ports.Clock`` on trio's current time. ``base_ms``: where a resumed run goes on."""

    def __init__(self, base_ms: int = 0) -> None:
        self.base_ms = base_ms
        self._origin: float | None = None

    def now_ms(self) -> int:
        now = trio.current_time()
        if self._origin is None:
            self._origin = now
        return self.base_ms + int((now - self._origin) * 1000 + _TOLERANCE_MS)

    def wall_ms(self) -> int:
        return EPOCH_WALL_MS + self.now_ms()

    def deadline(self, at_ms: int) -> float:
        """``at_ms`` as a deadline of trio."""
        self.now_ms()
        assert self._origin is not None
        return self._origin + (at_ms - self.base_ms) / 1000

    async def sleep_until_ms(self, at_ms: int) -> None:
        await trio.sleep_until(self.deadline(at_ms))

    async def sleep_ms(self, ms: int) -> None:
        await self.sleep_until_ms(self.now_ms() + ms)

    def until_ms(self, at_ms: int) -> trio.CancelScope:
        """A scope that is cancelled at ``at_ms``."""
        return trio.move_on_at(self.deadline(at_ms))


class RealClock(VirtualClock):
    """Virtual time that is real: trio's own clock runs, and the wall clock is the machine's."""

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000


def run_virtual(async_fn: Callable[..., Awaitable[T]], seed: int, *args: Any) -> T:
    """Run ``async_fn(*args)`` under virtual time; the same seed gives the same run, in any process."""
    scheduler = trio._core._run
    was_allowed, was_state = scheduler._ALLOW_DETERMINISTIC_SCHEDULING, scheduler._r.getstate()
    scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
    scheduler._r.seed(seed)
    try:
        return trio.run(async_fn, *args, clock=trio.testing.MockClock(autojump_threshold=0))
    finally:
        scheduler._ALLOW_DETERMINISTIC_SCHEDULING = was_allowed  # type: ignore[misc]
        scheduler._r.setstate(was_state)
