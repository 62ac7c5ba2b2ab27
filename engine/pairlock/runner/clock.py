"""The production clock: monotonic, and never before the journal's last record."""

from __future__ import annotations

import time


def seconds(duration_ms: int) -> float:
    """A duration as trio takes it."""
    return duration_ms / 1000


class SystemClock:
    """``now_ms`` starts at the wall clock (or just after ``last_at_ms``, if that is later) and then only goes forward:
    a jump of the wall clock changes nothing until the next start."""

    def __init__(self, last_at_ms: int = 0) -> None:
        start_ms = max(time.time_ns() // 1_000_000, last_at_ms + 1)
        self._base_ms = start_ms - time.monotonic_ns() // 1_000_000

    def now_ms(self) -> int:
        return self._base_ms + time.monotonic_ns() // 1_000_000

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000
