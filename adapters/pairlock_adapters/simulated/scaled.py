"""Time that goes ``rate`` times faster than the machine's, for worlds with real sockets in them.

A trio clock that is told of every round of trio's loop: when it begins to wait for sockets and deadlines, and when it
stops. Between the two it waits, otherwise it works. Waiting counts in full, and never beyond the deadline waited for.
Work counts for almost nothing: at a rate of 50 a signature of 2 ms would be a tenth of a second of the venues' time,
which the machine took and not the venue. A machine that stalls while trio waits costs at most ``LONGEST_WAIT_MS``, for
no longer does trio wait at once. So the venues' delays are what the scenario says they are, however slow the machine
is; only the run as a whole takes longer on it.

What does not wait by trio (worker threads, other processes) is rushed by this clock: it sees too little time, never too
much.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio

T = TypeVar("T")

NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000

# The longest wait between two looks, in scaled ms.
LONGEST_WAIT_MS = 100
# How much of its own time a round of work may cost, in scaled ms. Not nothing: what never waits must come to its end.
LONGEST_WORK_MS = 1


class ScaledClock(trio.abc.Clock, trio.abc.Instrument):
    """``real_ns``: the machine's monotonic time in nanoseconds. ``rate`` is an integer of at least 1."""

    def __init__(self, rate: int, real_ns: Callable[[], int] = time.perf_counter_ns) -> None:
        if rate < 1:
            raise ValueError(f"a clock of rate {rate} stands still or goes back; use 1 or more")
        self.rate = rate
        self._real_ns = real_ns
        self._now_ns = 0
        self._looked_ns = real_ns()
        self._left_ns = LONGEST_WORK_MS * NS_PER_MS

    def start_clock(self) -> None:
        """Time begins at 0. From here on trio tells of its rounds."""
        trio.lowlevel.add_instrument(self)
        self._look()

    def _look(self) -> None:
        """Count what passed since the last look, up to what is left of this wait, or of this round of work."""
        looked_ns = self._real_ns()
        passed_ns = max(0, looked_ns - self._looked_ns) * self.rate
        self._looked_ns = looked_ns
        step_ns = min(passed_ns, self._left_ns)
        self._left_ns -= step_ns
        self._now_ns += step_ns

    def current_time(self) -> float:
        """Seconds of scaled time since the start."""
        self._look()
        return self._now_ns / _NS_PER_S

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """How long trio may wait for sockets, in real seconds: whole milliseconds, or nothing.

        An operating system rounds a wait up to a whole millisecond, which would be 50 of the scaled ones; trio looks
        again and again instead while less is left.
        """
        self._look()
        left_ns = LONGEST_WAIT_MS * NS_PER_MS
        if deadline < math.inf:
            # One more, so that rounding never leaves time an instant before the deadline for good.
            left_ns = min(left_ns, max(0, int(deadline * _NS_PER_S) - self._now_ns) + 1)
        self._left_ns = left_ns
        return left_ns // self.rate // NS_PER_MS / 1_000

    def after_io_wait(self, timeout: float) -> None:
        """The wait is over, also one that only looked at the sockets: a round of work begins."""
        self._look()
        self._left_ns = LONGEST_WORK_MS * NS_PER_MS


def run_scaled(async_fn: Callable[..., Awaitable[T]], rate: int, *args: Any) -> T:
    """Run ``async_fn(*args)`` with time ``rate`` times as fast as the machine's."""
    return trio.run(async_fn, *args, clock=ScaledClock(rate))
