"""Whose turn it is on a venue's connections: so many at a time, two of them for the urgent, who also go first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

_FOR_THE_URGENT = 2


class Turns:
    """``most`` at a time; of these all but two, and at least one, are for anybody."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._free_for_anybody = max(1, most - _FOR_THE_URGENT)
        self._urgent = trio.lowlevel.ParkingLot()
        self._anybody = trio.lowlevel.ParkingLot()

    @asynccontextmanager
    async def turn(self, *, urgent: bool) -> AsyncIterator[None]:
        """Wait for a turn and have it for the block. Cancelled while it waits, it had none."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if self.take_now(urgent=urgent):
            await trio.lowlevel.cancel_shielded_checkpoint()
        else:
            # Whoever ends a turn gives it to the one that it wakes, so that nobody comes in between.
            await (self._urgent if urgent else self._anybody).park()
        try:
            yield
        finally:
            self.give(urgent=urgent)

    def take_now(self, *, urgent: bool) -> bool:
        """Take a turn if there is one for which nobody waits; ``give`` it back."""
        if not self._free or self._urgent or (not urgent and (self._anybody or not self._free_for_anybody)):
            return False
        self._took(urgent)
        return True

    def give(self, *, urgent: bool) -> None:
        self._free += 1
        self._free_for_anybody += 0 if urgent else 1
        while self._free and self._urgent:
            self._took(urgent=True)
            self._urgent.unpark()
        while self._free and self._free_for_anybody and self._anybody:
            self._took(urgent=False)
            self._anybody.unpark()

    def _took(self, urgent: bool) -> None:
        self._free -= 1
        self._free_for_anybody -= 0 if urgent else 1
