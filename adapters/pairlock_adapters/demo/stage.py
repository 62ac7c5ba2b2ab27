"""What a demo run stands on: the venues as the engine sees them, and the world behind them that is their truth."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio
from attrs import frozen

from pairlock.ports import Venue
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.world import World


def _as_they_struck(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    return faults


@frozen
class Stage:
    """``world``: the truth, its clock, and what lists events. ``venues``: what the engine trades on.

    ``hides_fees``: venues whose fills do not show what was charged; the adapter computes it, never below the truth.
    ``on_wire``: the same run cannot be had again by its seed. ``plainly``: recorded faults with markets named as in
    this process, so that they can be played there.
    """

    world: World
    venues: tuple[Venue, ...]
    hides_fees: frozenset[str] = frozenset()
    on_wire: bool = False
    plainly: Callable[[tuple[Fault, ...]], tuple[Fault, ...]] = _as_they_struck


OpenStage = Callable[[], AbstractAsyncContextManager[Stage]]


@asynccontextmanager
async def in_process(world: World) -> AsyncIterator[Stage]:
    """The simulated venues themselves, in the caller's virtual time."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.run)
        yield Stage(world, (world.kalshi, world.polymarket))
        nursery.cancel_scope.cancel()
