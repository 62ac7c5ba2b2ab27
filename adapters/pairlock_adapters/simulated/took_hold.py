"""Which of the faults that met an arriving order really took hold of it: only those are counted."""

from __future__ import annotations

from pairlock.units import size_to_fill_e6
from pairlock_adapters.simulated.effects import Effect
from pairlock_adapters.simulated.fault_kinds import KINDS, FaultKind
from pairlock_adapters.simulated.rules import Refused
from pairlock_adapters.simulated.state import OnCancel, Status, VenueOrder

_K = FaultKind
# Counted when their moment comes: a cancel, an expiry.
_LATER = (_K.FILL_BEATS_CANCEL, _K.FILL_AFTER_CANCEL, _K.FILL_AFTER_EXPIRY, _K.FILL_AFTER_FINALITY)
_OF_THE_MARKET = (_K.MARKET_HALT, _K.TICK_CHANGES, _K.SCHEDULE_CHANGES, _K.PRICE_GAP)


def kinds_that_took_hold(
    effect: Effect, refused: Refused | None, order: VenueOrder | None, struck: set[FaultKind]
) -> list[FaultKind]:
    """``struck``: what happened to the market; ``order`` None where it was refused."""
    kinds = [FaultKind(name) for name in effect.kinds]
    return [kind for kind in kinds if kind in struck or _took_hold(kind, effect, refused, order)]


def _took_hold(kind: FaultKind, effect: Effect, refused: Refused | None, order: VenueOrder | None) -> bool:
    own = KINDS[kind][1]
    if kind in _LATER or kind in _OF_THE_MARKET:
        return False
    if own.condition is not None:
        return True
    if own.refuse is not None or order is None:
        return own.refuse is not None and refused is effect.refuse
    if own.vanish:
        return not order.fills
    if own.hold_ms > 0:
        return order.status is Status.HELD and order.on_cancel is OnCancel.PLAIN
    if kind is _K.PARTIAL:
        return 0 < order.matched_e6 < size_to_fill_e6(order.size_e2)
    if kind is _K.PARTIAL_RESTS:
        return order.status is Status.HELD and bool(order.fills)
    if kind is _K.OVERFILL:
        return order.left_e6 < 0
    if kind is _K.PART_FAILS:
        return len(order.fills) > 1 and order.fills[0].fails > 0
    return bool(order.fills)
