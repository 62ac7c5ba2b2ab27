"""Circuit breakers: counters and thresholds, as values. Each names why new trades must stop. Pure; times in ms."""

from __future__ import annotations

from collections import deque

from pairlock.limits import BreakerLimits
from pairlock.units import PPM


class Window:
    """Counts what happened within the last ``window_ms``."""

    def __init__(self, window_ms: int) -> None:
        self._window_ms = window_ms
        self._times: deque[int] = deque(maxlen=100_000)

    def add(self, at_ms: int) -> None:
        self._times.append(at_ms)

    def recent(self, now_ms: int) -> int:
        while self._times and self._times[0] <= now_ms - self._window_ms:
            self._times.popleft()
        return len(self._times)


class ErrorRate:
    """Share of a venue's answers that were errors. A timeout and an unreadable answer are errors: never "filled 0"."""

    def __init__(self, limits: BreakerLimits) -> None:
        self._limits = limits
        self._errors = Window(limits.error_window_ms)
        self._answers = Window(limits.error_window_ms)

    def answered(self, at_ms: int) -> None:
        self._answers.add(at_ms)

    def failed(self, at_ms: int) -> None:
        self._errors.add(at_ms)

    def recent(self, now_ms: int) -> int:
        """Errors in the window."""
        return self._errors.recent(now_ms)

    def rate_ppm(self, now_ms: int) -> int:
        """Share of errors in the window; 0 while there are fewer than ``min_errors``."""
        errors = self._errors.recent(now_ms)
        if errors < self._limits.min_errors:
            return 0
        return errors * PPM // (errors + self._answers.recent(now_ms))

    def health_ppm(self, now_ms: int) -> int:
        """1,000,000 without errors, 0 at the breaker's rate: sizes scale with it."""
        most = self._limits.max_error_ppm
        return PPM - min(most, self.rate_ppm(now_ms)) * PPM // most

    def tripped(self, now_ms: int) -> str:
        rate, most = self.rate_ppm(now_ms), self._limits.max_error_ppm
        if rate < most:
            return ""
        return (
            f"{rate} ppm of its answers in {self._limits.error_window_ms} ms were errors, the limit is {most}"
        )


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
