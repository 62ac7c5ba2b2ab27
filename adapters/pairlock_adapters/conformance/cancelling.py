"""Cancels: an acknowledgement is no zero, and no acknowledgement is none."""

from __future__ import annotations

from pairlock.facts import CancelAcked, OrderReport, OutcomeUnknown, Reported
from pairlock_adapters.conformance.check import check, expect
from pairlock_adapters.conformance.rig import Rig
from pairlock_adapters.simulated.effects import Answered
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.state import OnCancel, Status

_RESTS = fault(K.PARTIAL_RESTS, change={"rest_ms": 60_000, "fill_ppm": 400_000}, times=0)


def _no_zero(rig: Rig, market: str, said: object) -> None:
    if isinstance(said, OrderReport) and said.reported is not Reported.LIVE:
        expect(said.matched_e6 >= rig.filled_e6(market), f"it had filled, and the cancel is told as {said}")


@check(
    "PL-K20",
    "A cancel that the venue acknowledges is told as acknowledged, and no more: what filled before is read.",
    "The acknowledgement says nothing of the fills.",
    faults=[_RESTS],
)
async def acknowledged(rig: Rig) -> None:
    state = rig.market()
    intent = rig.intent(state)
    await rig.place(intent)
    said = await rig.cancel(intent)
    expect(isinstance(said, CancelAcked | OrderReport), f"it was cancelled, and told as {said}")
    _no_zero(rig, state.spec.market, said)
    told = await rig.read_final(intent)
    filled_e6 = rig.filled_e6(state.spec.market)
    expect(told.matched_e6 == filled_e6 > 0, f"{filled_e6} e6 filled before the cancel, the read says {told}")


@check(
    "PL-K21",
    "A fill that comes after the acknowledged cancel is seen by reads.",
    "It happens; an engine that believed the cancel holds a leg that it does not know.",
    faults=[
        fault(
            K.FILL_AFTER_CANCEL,
            change={"hold_ms": 60_000, "on_cancel": OnCancel.FILLS_AFTER_ACK, "after_cancel_ms": 800},
        )
    ],
)
async def fill_after_the_acknowledgement(rig: Rig) -> None:
    state = rig.market()
    intent = rig.intent(state)
    await rig.place(intent)
    said = await rig.cancel(intent)
    expect(not isinstance(said, OrderReport) or said.reported is not Reported.CERTAIN, f"it says {said}")
    told = await rig.read_final(intent)
    expect(told.matched_e6 == rig.filled_e6(state.spec.market) > 0, f"it filled, the read says {told}")


_NOT_DONE = (K.CANCEL_REFUSED, K.CANCEL_UNKNOWN, K.CANCEL_PARTIAL, K.RATE_LIMITED_CANCEL, K.LOST_CANCEL)


@check(
    "PL-K22",
    "A cancel refused, unanswered, rate-limited, or of a batch in which ours was not cancelled is not acknowledged.",
    "The order may still fill.",
    faults=[_RESTS, *(Fault(kind, nth=number) for number, kind in enumerate(_NOT_DONE, 1))],
)
async def not_acknowledged(rig: Rig) -> None:
    for kind in _NOT_DONE:
        state = rig.market()
        intent = rig.intent(state)
        await rig.place(intent)
        expect(rig.orders(intent.market) == 1, "no order was taken: the check means nothing")
        said = await rig.cancel(intent)
        # An adapter may ask again, under another key: then it may well be done.
        fine = isinstance(said, OutcomeUnknown) or _is_so(rig, intent.market, said)
        expect(fine, f"{kind.value} is told as {said}")


def _is_so(rig: Rig, market: str, said: CancelAcked | OrderReport) -> bool:
    """Whether an acknowledgement, or a report in its place, is the truth."""
    held = any(order.status is Status.HELD for order in rig.exchange.markets[market].orders.values())
    if isinstance(said, CancelAcked):
        return not held
    return (said.reported is Reported.LIVE) is held and said.matched_e6 == rig.filled_e6(market)


@check(
    "PL-K23",
    "An order whose answer was lost can be cancelled: it is found by our own id.",
    "The venue's id was in the answer that never came.",
    faults=[_RESTS, fault(K.LOST_ANSWER, change={"answered": Answered.NEVER})],
)
async def without_the_venues_id(rig: Rig) -> None:
    state = rig.market()
    intent = rig.intent(state)
    await rig.place(intent)

    async def gone() -> bool:
        await rig.cancel(intent)
        return all(order.status is not Status.HELD for order in state.orders.values())

    await rig.when("the order is cancelled", gone)
    expect(rig.orders(state.spec.market) == 1, "it was not there at all")


@check(
    "PL-K24",
    "A cancel of an order that is over is not an acknowledgement of anything unfilled: its fills stay.",
    "Matched orders cannot be cancelled; the venue's words for that say nothing of how much.",
)
async def over_already(rig: Rig) -> None:
    state = rig.market()
    intent = rig.intent(state)
    await rig.place(intent)
    said = await rig.cancel(intent)
    _no_zero(rig, state.spec.market, said)
    told = await rig.read_final(intent)
    expect(told.matched_e6 == rig.filled_e6(state.spec.market) > 0, f"the read says {told}")
