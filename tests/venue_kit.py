"""A venue to misbehave with: everything goes to the simulated one, until a test overrides a call."""

from __future__ import annotations

import trio

from pairlock_adapters.passing import Passing
from pairlock_adapters.simulated.venue import SimulatedVenue


class Wrapped(Passing[SimulatedVenue]):
    """A simulated venue as it is. ``now_ms`` is the bench's virtual time."""

    def now_ms(self) -> int:
        return self.inner._clock.now_ms()


async def hang() -> None:
    """For half an hour, which is for ever to a trade; a test of an engine that waits for it fails, and ends."""
    await trio.sleep(1_800)
    raise AssertionError("nobody gave up waiting")


class Switched(Wrapped):
    """Misbehaves on Kalshi once ``on`` holds something."""

    def __init__(self, inner: SimulatedVenue, on: list[int]) -> None:
        super().__init__(inner)
        self.on = on

    @property
    def bad(self) -> bool:
        return bool(self.on) and self.name == "kalshi"
