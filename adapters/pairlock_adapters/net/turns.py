"""Whose turn it is on a venue's connections: so many at a time, the last ones kept for what is in more of a hurry.

Who is in more of a hurry goes first, whoever waited longer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from pairlock_adapters.net.hurry import Hurry

# How many turns are kept from each step of hurry: books and holdings that an exit must know have one that no entry
# takes, and living orders two more.
_KEPT_FROM = {Hurry.NONE: 3, Hurry.EXITS: 2, Hurry.ORDERS: 0}


class Turns:
    """``most`` at a time, at least one of them for anybody."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = dict.fromkeys(Hurry, 0)
        self._waiting = {hurry: trio.lowlevel.ParkingLot() for hurry in Hurry}

    @asynccontextmanager
    async def turn(self, hurry: Hurry) -> AsyncIterator[None]:
        """Wait for a turn and have it for the block. Cancelled while it waits, it had none."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if self.take_now(hurry):
            await trio.lowlevel.cancel_shielded_checkpoint()
        else:
            # Whoever ends a turn gives it to the one that it wakes, so that nobody comes in between.
            await self._waiting[hurry].park()
        try:
            yield
        finally:
            self.give(hurry)

    def take_now(self, hurry: Hurry) -> bool:
        """Take a turn if there is one for which nobody waits; ``give`` it back."""
        waits = any(lot for step, lot in self._waiting.items() if step >= hurry)
        if waits or not self._has_room(hurry):
            return False
        self._taken[hurry] += 1
        return True

    def give(self, hurry: Hurry) -> None:
        self._taken[hurry] -= 1
        for step in sorted(Hurry, reverse=True):
            while self._waiting[step] and self._has_room(step):
                self._taken[step] += 1
                self._waiting[step].unpark()

    def _has_room(self, hurry: Hurry) -> bool:
        """Whether one more of this step fits: into all, and into what it and each lesser step may have together."""
        if sum(self._taken.values()) >= self._most:
            return False
        for step in Hurry:
            if step >= hurry:
                upto = sum(count for each, count in self._taken.items() if each <= step)
                if upto >= max(1, self._most - _KEPT_FROM[step]):
                    return False
        return True
