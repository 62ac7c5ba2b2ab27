"""What is due at the venues, in one order of time for both: arrivals, finality, resolutions, windows that end.

Every operation of a venue first lets what is due happen (``advance``), so that nothing depends on which task woke
first. ``run`` is the one background task: it sleeps until the next due instant.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

import trio

from pairlock_adapters.simulated.clock import VirtualClock

Happening = Callable[[int], None]


class Timeline:
    """``now_ms`` is the due time of what is happening, else the clock's."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self._due: list[tuple[int, int, Happening]] = []
        self._number = 0
        self._happening_ms: int | None = None
        self._sleep: trio.CancelScope | None = None

    def __len__(self) -> int:
        return len(self._due)

    def now_ms(self) -> int:
        return self.clock.now_ms() if self._happening_ms is None else self._happening_ms

    def at(self, due_ms: int, happening: Happening) -> None:
        """Let ``happening(due_ms)`` happen then, or at once if that is past."""
        due_ms = max(due_ms, self.now_ms())
        self._number += 1
        heapq.heappush(self._due, (due_ms, self._number, happening))
        if self._due[0][1] == self._number:
            self._set_alarm()

    def advance(self) -> int:
        """Let everything due happen, in order; return the present."""
        if self._happening_ms is not None:
            return self._happening_ms
        now_ms = self.clock.now_ms()
        while self._due and self._due[0][0] <= now_ms:
            due_ms, _, happening = heapq.heappop(self._due)
            self._happening_ms = due_ms
            try:
                happening(due_ms)
            finally:
                self._happening_ms = None
        return now_ms

    async def run(self) -> None:
        """Keep the venues' time going until cancelled."""
        while True:
            self.advance()
            with trio.CancelScope() as self._sleep:
                self._set_alarm()
                await trio.sleep_forever()

    def _set_alarm(self) -> None:
        """The sleeping task wakes when the first thing is due."""
        if self._sleep is not None and self._due:
            self._sleep.deadline = self.clock.deadline(self._due[0][0])
