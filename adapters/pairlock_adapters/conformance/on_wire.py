"""The checks over the wire: an adapter against the laboratory, each check with a laboratory of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from attrs import evolve

from pairlock.ports import Clock, OrderIntent, Venue
from pairlock_adapters.conformance.check import CHECKS, Check
from pairlock_adapters.conformance.rig import Rig
from pairlock_adapters.conformance.run import LONG_LIVES, Outcome, Result, require, run_check
from pairlock_adapters.demo.naming import WireNames
from pairlock_adapters.kalshi.build import client_order_id
from pairlock_adapters.kalshi.venue import open_kalshi
from pairlock_adapters.laboratory.clients import kalshi_config, polymarket_config
from pairlock_adapters.laboratory.lab import Laboratory, open_laboratory
from pairlock_adapters.laboratory.settings import LabSettings
from pairlock_adapters.polymarket.venue import open_polymarket
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.profiles import NONE
from pairlock_adapters.simulated.scaled import run_scaled
from pairlock_adapters.simulated.scripts import Script
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET

OpenAdapter = Callable[[Mapping[str, object], Clock], AbstractAsyncContextManager[Venue]]
"""Opens an adapter for the laboratory whose ``ready`` it is given (what ``pairlock sim --json`` prints)."""

TIME_SCALE = 20
# Long enough to be seen as pending, short enough to be waited for dozens of times.
_FINALITY_MS = 5_000


def open_own_kalshi(ready: Mapping[str, object], clock: Clock) -> AbstractAsyncContextManager[Venue]:
    """Pairlock's own adapter for Kalshi."""
    return open_kalshi(kalshi_config(ready), clock)


def open_own_polymarket(ready: Mapping[str, object], clock: Clock) -> AbstractAsyncContextManager[Venue]:
    """Pairlock's own adapter for Polymarket."""
    return open_polymarket(polymarket_config(ready), clock)


OWN: dict[str, OpenAdapter] = {KALSHI: open_own_kalshi, POLYMARKET: open_own_polymarket}


def _with_more_keys(lab: Laboratory) -> dict[str, object]:
    """``ready``, with a second key of each account under ``more_keys``."""
    ready = dict(lab.ready)
    for venue, face in lab.faces.items():
        own = ready[venue]
        assert isinstance(own, dict)
        ready[venue] = own | {"more_keys": [face.make_key()]}
    return ready


def _named(names: WireNames) -> Callable[[OrderIntent], None]:
    """Kalshi's orders are named for the truth, whatever form of the id an adapter sends; hashes name the others."""

    def named(intent: OrderIntent) -> None:
        for wire_id in (intent.intent_id, client_order_id(intent.intent_id)):
            names.placed(intent, wire_id)

    return named


def run_over_the_wire(
    venue: str, check: Check, open_adapter: OpenAdapter, *, time_scale: int = TIME_SCALE
) -> Result:
    """One check on an adapter: ``venue`` is which of the laboratory's it speaks to."""
    if not check.means_something(venue, on_wire=True):
        return Result(check.number, Outcome.ABSENT, check.absent)
    script = Script(tuple(evolve(fault, venue=venue) for fault in check.faults))
    settings = LabSettings(profile=NONE, script=script, finality_ms=_FINALITY_MS)

    async def main() -> Result:
        clock, names = VirtualClock(), WireNames()
        async with open_laboratory(settings, clock, names=names) as lab:
            lab.world.sizes = LONG_LIVES
            async with open_adapter(_with_more_keys(lab), clock) as adapter:
                rig = Rig(adapter, lab.world, venue, on_intent=_named(names))
                return await run_check(check, rig)

    return run_scaled(main, time_scale)


def held_to_over_the_wire(
    venue: str, open_adapter: OpenAdapter, *, time_scale: int = TIME_SCALE
) -> list[Result]:
    """Every check on an adapter for ``venue``, against the laboratory. Raises ``NotConforming``."""
    results = [
        run_over_the_wire(venue, check, open_adapter, time_scale=time_scale) for check in CHECKS.values()
    ]
    require(results)
    return results
