"""Claims about one order: what the engine believes of it against what the venue has. Quantities in e6."""

from __future__ import annotations

from pairlock.facts import NotFound, OrderReport
from pairlock.lifecycle import OS
from pairlock.model import FillStatus, Order
from pairlock.orders import absorb_order
from pairlock.units import size_to_fill_e6
from pairlock_specs.answers import answers
from pairlock_specs.claim import Wrong
from pairlock_specs.scope import Part, terms_of
from pairlock_specs.truth import ALIVE, VenueOrder, Wire

_MAY_FILL = (OS.SENT, OS.OPEN)
_TERMS = terms_of(Part())


def _believed(order: Order) -> int:
    """Matched and not failed, as the engine was told, claimed totals included."""
    seen = sum(fill.qty_e6 for fill in order.fills)
    kept = sum(fill.qty_e6 for fill in order.fills if fill.status is not FillStatus.FAILED)
    return kept + max(0, order.matched_e6 - seen)


def intent_recorded(belief: Order | None, venue: VenueOrder) -> Wrong:
    """Claim 7."""
    if belief is None:
        return f"{venue.name} was sent without a record"
    if belief.state is OS.IDLE:
        return f"{venue.name} was sent before its intent was durable"
    recorded = (belief.leg, belief.role, belief.size_e2, belief.limit_e4)
    if recorded != (venue.leg, venue.role, venue.size_e2, venue.limit_e4):
        return f"{venue.name} is not what was recorded: {recorded}"
    return None


def unknown_is_not_zero(belief: Order | None, venue: VenueOrder) -> Wrong:
    """Claim 10."""
    if belief is None:
        return None
    if venue.wire in ALIVE and belief.state not in _MAY_FILL:
        return f"{venue.name} is {venue.wire.name} and may yet fill, but is taken to be {belief.state}"
    most = _believed(belief)
    if belief.state in _MAY_FILL:
        most = max(most, size_to_fill_e6(belief.size_e2), venue.matched_e6)
    if venue.standing_e6 > most:
        return f"{venue.name} holds {venue.standing_e6} e6, but at most {most} e6 is taken to be possible"
    return None


def final_is_true(belief: Order | None, venue: VenueOrder) -> Wrong:
    """Claim 11."""
    if belief is None:
        return None
    for fill in belief.fills:
        number = int(fill.fill_id.rsplit("f", 1)[1])
        told = FillStatus.PENDING if number >= len(venue.fills) else venue.fills[number][1]
        if fill.status is not FillStatus.PENDING and fill.status is not told:
            return f"a fill of {venue.name} is believed {fill.status} and is {told}"
    if belief.state is not OS.FINAL:
        return None
    if venue.wire in ALIVE or any(status is FillStatus.PENDING for _, status in venue.fills):
        return f"{venue.name} is believed FINAL and is {venue.wire.name} with fills {venue.fills}"
    if _believed(belief) != venue.final_e6:
        return f"{venue.name} is believed FINAL at {_believed(belief)} e6 and holds {venue.final_e6} e6"
    return None


def true_reads_agree(belief: Order | None, venue: VenueOrder) -> Wrong:
    """Claim 11: an answer still under way when an order became FINAL changes nothing and contradicts nothing."""
    if belief is None or belief.state is not OS.FINAL or venue.wire in ALIVE:
        return None
    for words, fact in (*answers(venue, 0), *answers(venue, 1)):
        if isinstance(fact, NotFound | OrderReport):
            absorbed = absorb_order(belief, fact, _TERMS)
            if absorbed.late or absorbed.order != belief:
                return f"{words}: that {'contradicts' if absorbed.late else 'changes'} what was taken to be final"
    return None


def dead_is_dead(belief: Order | None, venue: VenueOrder) -> Wrong:
    """The lower end of claim 10: what is believed final is really there."""
    if belief is None or venue.wire is Wire.CLOSED:
        return None
    final = sum(fill.qty_e6 for fill in belief.fills if fill.status is FillStatus.FINAL)
    if final > venue.standing_e6:
        return f"{venue.name} is believed to hold {final} e6 finally and holds {venue.standing_e6} e6"
    return None
