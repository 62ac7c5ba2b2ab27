"""The user's stream: news, lost, repeated or late, and what is true all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from pairlock.facts import Fact, OrderReport, Reported
from pairlock_adapters.conformance.check import check, expect
from pairlock_adapters.conformance.rig import Rig
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault

_OPENS_MS = 2_000


@asynccontextmanager
async def _listening(rig: Rig) -> AsyncIterator[None]:
    async def deliver(fact: Fact) -> None:
        rig.facts.append(fact)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(rig.venue.stream, deliver)
        await rig.sleep_ms(_OPENS_MS)
        yield
        nursery.cancel_scope.cancel()


def _no_untruth(rig: Rig, market: str) -> None:
    """What the stream says may be old, never more than the truth."""
    filled_e6 = rig.filled_e6(market)
    for fact in rig.facts:
        if isinstance(fact, OrderReport):
            expect(fact.matched_e6 <= filled_e6, f"{filled_e6} e6 filled, the stream says {fact}")
            none = fact.reported is Reported.CERTAIN and fact.matched_e6 == 0 and filled_e6
            expect(not none, f"it filled, the stream says {fact}")


@check(
    "PL-K90",
    "A fill of ours is told by the stream, soon, under our own id.",
    "It is faster than reads.",
)
async def told(rig: Rig) -> None:
    async with _listening(rig):
        intent = rig.intent(rig.market())
        await rig.place(intent)

        async def heard() -> bool:
            return any(
                isinstance(fact, OrderReport) and fact.intent_id == intent.intent_id and fact.matched_e6
                for fact in rig.facts
            )

        await rig.when("the stream tells of the fill", heard)
    _no_untruth(rig, intent.market)


@check(
    "PL-K91",
    "What the stream loses, reads repair; what it repeats, reorders or says late changes nothing.",
    "No venue numbers the messages of this stream.",
    faults=[
        Fault(K.STREAM_LOST, nth=1),
        Fault(K.STREAM_REPEATED, nth=2, times=3),
        Fault(K.STREAM_REORDERED, nth=5),
    ],
)
async def repaired(rig: Rig) -> None:
    async with _listening(rig):
        for _ in range(4):
            rig.facts.clear()
            intent = rig.intent(rig.market())
            await rig.place(intent)
            read = await rig.read_final(intent)
            expect(read.matched_e6 == rig.filled_e6(intent.market), f"the read says {read}")
            rig.facts[:] = [f for f in rig.facts if getattr(f, "intent_id", "") == intent.intent_id]
            _no_untruth(rig, intent.market)


@check(
    "PL-K92",
    "The stream tells nothing of another client's orders.",
    "The engine knows its own ids only.",
    faults=[Fault(K.FOREIGN_ORDER, times=0)],
)
async def not_ours(rig: Rig) -> None:
    async with _listening(rig):
        intent = rig.intent(rig.market())
        await rig.place(intent)
        await rig.read_final(intent)
        await rig.sleep_ms(6_000)
    strange = {getattr(fact, "intent_id", "") for fact in rig.facts} - {intent.intent_id}
    expect(not strange, f"the stream tells of {strange}")
