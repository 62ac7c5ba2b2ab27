"""The production clock: monotonic, and never before the journal's last record."""

from __future__ import annotations

import time

# Goes on while the machine is suspended, where the system has such a clock: a book or a deadline from before a
# suspension must be old after it.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds(duration_ms: int) -> float:
    """A duration as trio takes it."""
    return duration_ms / 1000


def _steady_ms() -> int:
    return time.clock_gettime_ns(_STEADY) // 1_000_000


class SystemClock:
    """``now_ms`` starts at the wall clock (or just after ``last_at_ms``, if that is later) and then only goes forward:
    a jump of the wall clock changes nothing until the next start."""

    def __init__(self, last_at_ms: int = 0) -> None:
        start_ms = max(time.time_ns() // 1_000_000, last_at_ms + 1)
        self._base_ms = start_ms - _steady_ms()

    def now_ms(self) -> int:
        return self._base_ms + _steady_ms()

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000
