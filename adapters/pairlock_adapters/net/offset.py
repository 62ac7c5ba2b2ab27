"""The venue's time as it can be known from its answers: signatures carry it, and a venue refuses one that is off.

Each answer bounds the difference: the server read its clock after we sent and before we heard. The bounds of recent
answers are intersected; where they contradict each other a clock was set, and the newest answer counts alone. It is
measured against the monotonic clock, so a jump of our own wall clock does not change what is signed.
"""

from __future__ import annotations

from attrs import frozen

from pairlock.ports import Clock

_KEEP = 16
_KEEP_MS = 600_000


@frozen
class _Bounds:
    at_ms: int
    low_ms: int
    high_ms: int


class ClockOffset:
    """Server time less ``now_ms``, from the answers that named it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: list[_Bounds] = []

    def heard(self, server_ms: int, sent_ms: int, at_ms: int, *, exact_to_ms: int = 1) -> None:
        """An answer to a request sent and heard at these times (``now_ms``) named ``server_ms``.

        It is cut to ``exact_to_ms`` (a ``Date`` header: 1,000). An answer that ended before it began says nothing.
        """
        if at_ms < sent_ms:
            return
        newest = _Bounds(at_ms, server_ms - at_ms, server_ms + exact_to_ms - 1 - sent_ms)
        self._seen = [*self._seen[-_KEEP + 1 :], newest]

    def bounds_ms(self) -> tuple[int, int] | None:
        """Least and greatest difference that agrees with the recent answers; None before the first."""
        if not self._seen:
            return None
        newest = self._seen[-1]
        low, high = newest.low_ms, newest.high_ms
        for older in reversed(self._seen[:-1]):
            tighter = max(low, older.low_ms), min(high, older.high_ms)
            if tighter[0] > tighter[1] or newest.at_ms - older.at_ms > _KEEP_MS:
                break
            low, high = tighter
        return low, high

    def server_ms(self) -> int:
        """The venue's time now, in milliseconds since 1970. Before the first answer: our own wall clock."""
        bounds = self.bounds_ms()
        if bounds is None:
            return self._clock.wall_ms()
        return self._clock.now_ms() + (bounds[0] + bounds[1]) // 2

    def skew_ms(self) -> int | None:
        """How far our wall clock is behind the venue's (negative: ahead), to the middle of the bounds."""
        return None if not self._seen else self.server_ms() - self._clock.wall_ms()
