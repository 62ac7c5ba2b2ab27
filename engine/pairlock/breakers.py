"""Circuit breakers: counters and thresholds, as values. Each names why new trades must stop. Pure; times in ms."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from pairlock.limits import BreakerLimits


class ErrorRate:
    """Errors within a sliding window. A timeout and an unreadable answer are errors: never "filled 0"."""

    def __init__(self, window_ms: int) -> None:
        self._window_ms = window_ms
        self._times: deque[int] = deque(maxlen=10_000)
        self.total = 0

    def add(self, at_ms: int) -> None:
        self.total += 1
        self._times.append(at_ms)

    def recent(self, now_ms: int) -> int:
        while self._times and self._times[0] <= now_ms - self._window_ms:
            self._times.popleft()
        return len(self._times)


def latency_tripped(venue: str, ping_ms: int, limits: BreakerLimits) -> str:
    """The brief's latency monitor."""
    if ping_ms > limits.max_latency_ms:
        return f"{venue} answered a ping in {ping_ms} ms, the limit is {limits.max_latency_ms}"
    return ""


def daily_loss_tripped(day_result_micros: int, limits: BreakerLimits) -> str:
    if day_result_micros <= -limits.max_daily_loss_micros:
        return f"the day's result is {day_result_micros} micro-dollars, the limit is {-limits.max_daily_loss_micros}"
    return ""


def exits_tripped(consecutive: int, limits: BreakerLimits) -> str:
    if consecutive >= limits.max_consecutive_exits:
        return f"{consecutive} trades in a row were exited, the limit is {limits.max_consecutive_exits}"
    return ""


def p50(values: Sequence[int]) -> int:
    """The median, the upper one of two (against us)."""
    return sorted(values)[len(values) // 2]
