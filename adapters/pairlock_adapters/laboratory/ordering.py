"""Orders from the wire to the exchange: booked as their sender meant them, through the door, with its faults.

What in-process faults say of a connection that never came about (refused, too slow, TLS) is brought about as far as a
server can: the order's own connection ends without a word and the order is never taken, and for a moment the door
meets new connections in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from attrs import evolve
from starlette.requests import Request

from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.doorway import Shut
from pairlock_adapters.laboratory.names import Meaning
from pairlock_adapters.laboratory.replies import cut
from pairlock_adapters.simulated.door import Waiting
from pairlock_adapters.simulated.effects import Effect
from pairlock_adapters.simulated.fault_kinds import KINDS, FaultKind
from pairlock_adapters.simulated.wire_order import WireOrder

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory

# Longer than any client waits for an answer that never comes; then the connection ends.
_NEVER_S = 120
# How long the door is shut where the fault names no time of its own.
_SHUT_MS = 300
_SHUT_LIKE = {
    KINDS[FaultKind.CONNECT_REFUSED][1].not_sent: Shut.REFUSED,
    KINDS[FaultKind.CONNECT_TIMEOUT][1].not_sent: Shut.SILENT,
    KINDS[FaultKind.TLS_FAILED][1].not_sent: Shut.RESET,
}


def booked(lab: Laboratory, order: WireOrder, wire_id: str) -> WireOrder:
    """The order under the id and in the orientation that its sender meant, if that is the same order."""
    meaning = lab.names.meaning(order.venue, wire_id)
    if meaning is None or not _same_side(order, meaning):
        return order
    flips = meaning.outcome is not order.outcome
    limit_e4 = DOLLAR_E4 - order.limit_e4 if flips else order.limit_e4
    return evolve(
        order, intent_id=meaning.intent_id, outcome=meaning.outcome, buys=meaning.buys, limit_e4=limit_e4
    )


def _same_side(order: WireOrder, meaning: Meaning) -> bool:
    """Buying YES is selling NO: whether both take the same side of the one book."""
    return (meaning.outcome is Outcome.YES) is meaning.buys is ((order.outcome is Outcome.YES) is order.buys)


async def place(lab: Laboratory, order: WireOrder, request: Request) -> Waiting | None:
    """What became of the order once its answer is here; None: no answer comes, and the connection has ended."""
    return await answered(send(lab, order, request), request)


def send(lab: Laboratory, order: WireOrder, request: Request, round_ms: int | None = None) -> Waiting | None:
    """Put the order on its way (orders of one request with the same ``round_ms`` arrive in their order); None: the
    connection has ended."""
    door = lab.door(order.venue)
    effect = door.asked(order)
    if effect.not_sent:
        _connection_fails(lab, order, effect, request)
        return None
    return door.leave(order, effect, round_ms)


async def answered(waiting: Waiting | None, request: Request) -> Waiting | None:
    """Wait for the answer; where none comes for longer than any client waits, the connection ends (None)."""
    if waiting is None:
        return None
    with trio.move_on_after(_NEVER_S):
        await waiting.came.wait()
    if waiting.raw is None:
        cut(request.scope)
        return None
    return waiting


def _connection_fails(lab: Laboratory, order: WireOrder, effect: Effect, request: Request) -> None:
    exchange = lab.door(order.venue).exchange
    exchange.intake.send(order, exchange.timeline.advance(), None, lost=True)
    request.scope["doorway"].shut(_SHUT_LIKE[effect.not_sent], effect.not_sent_later_ms or _SHUT_MS)
    cut(request.scope)
