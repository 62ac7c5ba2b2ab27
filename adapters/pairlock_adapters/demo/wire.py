"""The demo over the wire: both adapters against the laboratory, in one process, one trio loop and one scaled time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import evolve

from pairlock_adapters.demo.naming import Named, WireNames
from pairlock_adapters.demo.stage import Stage
from pairlock_adapters.kalshi.build import client_order_id
from pairlock_adapters.kalshi.venue import open_kalshi
from pairlock_adapters.laboratory.clients import kalshi_config, polymarket_config
from pairlock_adapters.laboratory.lab import open_laboratory
from pairlock_adapters.laboratory.names import condition_id, event_name
from pairlock_adapters.laboratory.settings import LabSettings
from pairlock_adapters.polymarket.venue import open_polymarket
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import Script
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.worldgen import POLYMARKET

# Trades that may be at work at once, those that wait for a payout or a person not counted: what one core can serve
# and trade with at a time. More would wait for the machine, and each takes that for the venue's slowness.
MOST_AT_WORK = 6

_POLYMARKET_PREFIX = "0x"


@asynccontextmanager
async def on_the_wire(settings: LabSettings, clock: VirtualClock, truth: Truth) -> AsyncIterator[Stage]:
    """A laboratory on ``truth``, and both adapters connected to it. Inside a run of a scaled clock."""
    names = WireNames()
    async with (
        open_laboratory(settings, clock, names=names, truth=truth) as lab,
        open_kalshi(kalshi_config(lab.ready), clock) as kalshi,
        open_polymarket(polymarket_config(lab.ready), clock) as polymarket,
    ):
        venues = (
            Named(kalshi, names, lambda intent: client_order_id(intent.intent_id)),
            Named(polymarket, names, polymarket.order_id_of),
        )
        yield Stage(
            lab.world,
            venues,
            # A trade of Polymarket does not say what was charged.
            hides_fees=frozenset({POLYMARKET}),
            on_wire=True,
            plainly=plainly,
            most_at_work=MOST_AT_WORK,
        )


def plainly(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Recorded faults with Polymarket's markets named as in this process."""
    return tuple(
        evolve(fault, market=_POLYMARKET_PREFIX + event_name(fault.market)) if _is_condition(fault) else fault
        for fault in faults
    )


def wirely(script: Script) -> Script:
    """The other way round: a script of this process with condition ids in it."""

    def named(fault: Fault) -> Fault:
        if not fault.market.startswith(_POLYMARKET_PREFIX) or _is_condition(fault):
            return fault
        return evolve(fault, market=condition_id(fault.market.removeprefix(_POLYMARKET_PREFIX)))

    return evolve(script, faults=tuple(map(named, script.faults)))


def _is_condition(fault: Fault) -> bool:
    return fault.market.startswith(_POLYMARKET_PREFIX) and len(fault.market) == len(condition_id("x"))
