"""Claim 15: the engine's fee bounds against the venues' charge, by formulas of their own. Micro-dollars.

The charge of a fill of q e6 contracts at p e4: rate x q x p x (1 - p); leg 0 rounds each fill up to $0.00001, leg 1 the
order's total up to $0.0001.
"""

from __future__ import annotations

from collections.abc import Sequence

from pairlock.fees import fee_at_limit_micros
from pairlock.lifecycle import OS
from pairlock.model import FillStatus, Order
from pairlock.units import size_to_fill_e6
from pairlock.verdict import fees_charged_micros, fees_computed_micros
from pairlock_specs.claim import Wrong
from pairlock_specs.scope import LEGS
from pairlock_specs.truth import VenueOrder

# By leg: the rate in millionths, the step of rounding in micro-dollars, whether each fill is rounded by itself.
_SCHEDULES = ((50_000, 10, True), (70_000, 100, False))
_SCALE = 1_000_000 * 10_000 * 10_000
_SPLITS = 20  # into how many fills one order is assumed to split at the worst


def charged_micros(leg: int, price_e4: int, fills_e6: Sequence[int]) -> int:
    """What the leg's venue charges for these fills of one order at one price."""
    rate, step, each = _SCHEDULES[leg]
    counted = fills_e6 if each else [sum(fills_e6)]
    exact = [rate * quantity * price_e4 * (10_000 - price_e4) for quantity in counted]
    return sum(-(-amount // (_SCALE * step)) * step for amount in exact)


def most_charged_micros(leg: int, price_e4: int, quantity_e6: int) -> int:
    """The charge in the worst split."""
    rate, step, each = _SCHEDULES[leg]
    exact = -(-rate * quantity_e6 * price_e4 * (10_000 - price_e4) // _SCALE)
    return exact + step * (_SPLITS if each else 1) if quantity_e6 else 0


def fee_bounded(belief: Order | None, venue: VenueOrder) -> Wrong:
    """Never less is computed than the venue charges, before the order is sent and once it is final."""
    if belief is None:
        return None
    standing = [n for n, (_, status) in enumerate(venue.fills) if status is not FillStatus.FAILED]
    asked = size_to_fill_e6(venue.size_e2)
    quantities = [venue.fills[n][0] for n in standing]
    charged = charged_micros(venue.leg, venue.limit_e4, quantities)
    told = sum(venue.fill(n).fee_micros for n in standing)
    bound = fee_at_limit_micros(LEGS[venue.leg].fees, venue.limit_e4, venue.size_e2)
    if sum(quantities) <= asked and max(charged, told) > bound:
        return f"{venue.name} was charged {max(charged, told)} micros; at the intent {bound} were computed as the most"
    if belief.state is not OS.FINAL:
        return None
    computed, booked = fees_computed_micros(belief, LEGS[belief.leg]), fees_charged_micros(belief)
    if max(charged, told) > computed:
        return (
            f"{venue.name} was charged {max(charged, told)} micros and {computed} are computed for its fills"
        )
    return f"{venue.name} was charged {told} micros and {booked} are booked" if booked != told else None
