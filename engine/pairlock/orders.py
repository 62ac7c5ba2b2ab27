"""How one order absorbs one fact: the second table applied, and fills merged so that none is lost or counted twice.

Fills are merged by id. A status only moves from PENDING to FINAL or FAILED; a venue that takes a final word back
is beyond fault model F, and what it then says is *late*: nothing is edited, a repair answers for it.
"""

from __future__ import annotations

from attrs import evolve, frozen

from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, Reported
from pairlock.lifecycle import OE, OS
from pairlock.machine import Refused, advance_order
from pairlock.model import Fill, FillStatus, Order, Terms
from pairlock.positions import MAY_FILL, unseen_e6

OrderFact = NotSent | OrderReport | NotFound | CancelAcked


@frozen
class Absorbed:
    """The order after the fact; ``late``: the fact contradicts what was final, and was not absorbed.

    ``event`` is the event of the order's table that the fact amounted to, whether its cell moved or refused it.
    """

    order: Order
    late: bool = False
    event: OE | None = None


def _merged(known: tuple[Fill, ...], told: tuple[Fill, ...]) -> tuple[tuple[Fill, ...], bool]:
    """Both sets of fills as one, and whether a final word was contradicted."""
    by_id = {fill.fill_id: fill for fill in known}
    contradicted = False
    for fill in told:
        before = by_id.get(fill.fill_id)
        if before is None:
            by_id[fill.fill_id] = fill
        elif before.status is FillStatus.PENDING:
            if fill.status is not FillStatus.PENDING or fill.qty_e6 > before.qty_e6:
                by_id[fill.fill_id] = fill
        elif fill.status not in (FillStatus.PENDING, before.status) or fill.qty_e6 > before.qty_e6:
            contradicted = True
    return tuple(by_id[key] for key in sorted(by_id)), contradicted


def _fills_final(order: Order) -> bool:
    """Every quantity that the venue claimed was seen as a fill, and each of them is final or failed."""
    return unseen_e6(order) == 0 and all(f.status is not FillStatus.PENDING for f in order.fills)


def _report_event(order: Order, closed: bool) -> OE | None:
    if order.state is OS.MATCHED:
        return OE.FILLS_FINAL if _fills_final(order) else None
    if closed:
        return OE.CLOSED_FINAL if _fills_final(order) else OE.CLOSED_PENDING
    return OE.LIVE if order.state is OS.SENT else OE.PARTIAL


def _moved(order: Order, event: OE | None) -> Order:
    """The order after the event; a cell that refuses leaves it where it is (unknown is not zero)."""
    if event is None:
        return order
    try:
        return evolve(order, state=advance_order(order.state, event))
    except Refused:
        return order


def _heard_ms(fact: OrderReport | NotFound) -> int:
    """When the word came: what it tells may have become true at any time until then, not only when it was asked."""
    return max(fact.asked_at_ms, fact.at_ms)


def _told_by_report(order: Order, fact: OrderReport, terms: Terms) -> Absorbed:
    fills, contradicted = _merged(order.fills, fact.fills)
    told = evolve(order, fills=fills, matched_e6=max(order.matched_e6, fact.matched_e6))
    if contradicted or (order.state is OS.FINAL and (fills != order.fills or unseen_e6(told) > 0)):
        return Absorbed(order, late=True)
    if order.state is OS.FINAL:
        return Absorbed(order)
    closed = fact.reported is Reported.CERTAIN
    if fact.reported is Reported.TERMINAL:
        if told.terminal_at_ms < 0:
            told = evolve(told, terminal_at_ms=_heard_ms(fact))
        # A fill may appear for fill_lag_ms after a terminal word, and reads are exhaustive read_lag_ms later.
        closed = fact.asked_at_ms >= told.terminal_at_ms + terms.fill_lag_ms + terms.read_lag_ms
    if fact.reported is Reported.LIVE and fact.asked_at_ms > told.live_at_ms and told.state in MAY_FILL:
        # A later word that it lives takes back that it seemed over; an older one is only late.
        over_ms = -1 if fact.asked_at_ms > told.terminal_at_ms else told.terminal_at_ms
        told = evolve(told, live_at_ms=fact.asked_at_ms, terminal_at_ms=over_ms)
    if fact.venue_ref and not told.venue_ref:
        told = evolve(told, venue_ref=fact.venue_ref)
    event = _report_event(told, closed)
    return Absorbed(_moved(told, event), event=event)


def _gone(order: Order, fact: NotFound, terms: Terms) -> Absorbed:
    """An order that the venue named once and no longer knows, in orders or in fills (held, then killed; an echo).

    Not found is not zero: only once its request is dead, it was not seen live for ``read_lag_ms``, and nothing of it
    matched, does the first such read count as a terminal word; a fill may still appear for the bounds after that.
    """
    if order.matched_e6 > 0 or order.fills:
        return Absorbed(_moved(order, OE.NOT_FOUND), event=OE.NOT_FOUND)
    if fact.asked_at_ms < max(order.dead_at_ms, order.live_at_ms) + terms.read_lag_ms:
        return Absorbed(_moved(order, OE.NOT_FOUND), event=OE.NOT_FOUND)
    if order.terminal_at_ms < 0:
        return Absorbed(
            _moved(evolve(order, terminal_at_ms=_heard_ms(fact)), OE.NOT_FOUND), event=OE.NOT_FOUND
        )
    over = fact.asked_at_ms >= order.terminal_at_ms + terms.fill_lag_ms + terms.read_lag_ms
    event = OE.CLOSED_FINAL if over else OE.NOT_FOUND
    return Absorbed(_moved(order, event), event=event)


def absorb_order(order: Order, fact: OrderFact, terms: Terms) -> Absorbed:
    """The order after ``fact`` (about this order). Raises nothing: what a cell refuses changes nothing."""
    if isinstance(fact, OrderReport):
        return _told_by_report(order, fact, terms)
    if isinstance(fact, NotSent):
        return Absorbed(_moved(order, OE.NOT_SENT), event=OE.NOT_SENT)
    if isinstance(fact, NotFound) and order.state is OS.OPEN:
        return _gone(order, fact, terms)
    if isinstance(fact, NotFound):
        proven = fact.asked_at_ms >= order.dead_at_ms + terms.read_lag_ms and order.matched_e6 == 0
        event = OE.ABSENT_PROVEN if proven else OE.NOT_FOUND
        return Absorbed(_moved(order, event), event=event)
    acked = evolve(order, cancel_acked=True) if order.state in (OS.SENT, OS.OPEN) else order
    return Absorbed(_moved(acked, OE.CANCEL_ACKED), event=OE.CANCEL_ACKED)
