"""What is on its way to one client over its socket: each message goes out when it is due, in order of time."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable

import trio

from pairlock_adapters.simulated.clock import VirtualClock

# Of one connection: a client that reads nothing is let go of.
_MOST = 20_000


class Outbox:
    """Of one connection. ``overflowed``: the client read too slowly, and something was left out."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._due: list[tuple[int, int, str]] = []
        self._number = 0
        self._wake = trio.Event()
        self._lanes: dict[str, int] = {}
        self.overflowed = False

    def put(self, text: str, due_ms: int, lane: str = "") -> int:
        """Send ``text`` at ``due_ms``, or at once; messages of one lane keep their order. When it will be sent."""
        due_ms = max(due_ms, self._lanes.get(lane, 0))
        self._lanes[lane] = due_ms
        if len(self._due) >= _MOST:
            self.overflowed = True
            return due_ms
        self._number += 1
        heapq.heappush(self._due, (due_ms, self._number, text))
        self._wake.set()
        return due_ms

    async def run(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send what is due, until cancelled."""
        while True:
            if not self._due:
                await self._wake.wait()
                self._wake = trio.Event()
                continue
            due_ms = self._due[0][0]
            if due_ms > self._clock.now_ms():
                self._wake = trio.Event()
                with self._clock.until_ms(due_ms):
                    await self._wake.wait()
                continue
            await send(heapq.heappop(self._due)[2])
