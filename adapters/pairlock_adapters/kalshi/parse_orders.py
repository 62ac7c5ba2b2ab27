"""Kalshi's words on orders and fills as facts. What cannot be read for certain is unknown, never nothing.

An order is told apart by our client id and a fill by its own id; a row that comes twice is one, and a quantity far
beyond the order's is a number in another unit. A 201 names totals only: the fills are read by the order's id.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from pairlock.facts import CancelAcked, NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.model import Fill, FillStatus, Outcome
from pairlock.ports import OrderIntent
from pairlock.units import CONTRACT_E6, DOLLAR_MICROS, E6_PER_E2, ceil_div, size_to_fill_e6
from pairlock_adapters.kalshi.build import client_order_id
from pairlock_adapters.kalshi.fields import Body, Unreadable, known, rows, text, time_ms, unique, units
from pairlock_adapters.kalshi.side import require_side
from pairlock_adapters.kalshi.words import ORDER_STATUS, certainly_nothing, code_of

# More than this many times the order's size is no fill of it.
_MOST_TIMES = 4
# A fill that no listed order explains is not ours if it is this much older than the order's deadline.
ORPHAN_MS = 3_600_000
_FROM_LIVE = (Reported.LIVE, Reported.TERMINAL, Reported.CERTAIN)


@frozen
class OrderRow:
    """An order as a list, a single read or the user's channel tells it."""

    order_id: str
    status: Reported
    filled_e6: int


def _plausible(intent: OrderIntent, filled_e6: int) -> int:
    if filled_e6 > _MOST_TIMES * size_to_fill_e6(intent.size_e2):
        raise Unreadable(f"{filled_e6} of 1/1,000,000 contract filled of {intent.size_e2} of 1/100 contract")
    return filled_e6


def order_answer(
    intent: OrderIntent, status: int, body: object, answered_ms: int, now_ms: int
) -> OrderReport | OutcomeUnknown:
    """The answer to a new order. ``answered_ms``: on the engine's clock, when it may at the latest have been made."""
    refused = certainly_nothing(status, body)
    if refused:
        return OrderReport(now_ms, intent.intent_id, answered_ms, Reported.CERTAIN, 0, (), reason=refused)
    if status not in (200, 201):
        said = code_of(body) or "no word that is known"
        return OutcomeUnknown(now_ms, intent.intent_id, f"{status} {said}"[:200])
    try:
        found = _accepted(intent, known(body, "the answer"))
    except Unreadable as error:
        reason = f"{status} with an unreadable order: {error}"[:200]
        return OutcomeUnknown(now_ms, intent.intent_id, reason)
    return OrderReport(
        now_ms, intent.intent_id, answered_ms, found.status, found.filled_e6, (), found.order_id
    )


def _accepted(intent: OrderIntent, body: Body) -> OrderRow:
    if code_of(body):
        raise Unreadable(f"it names the error {code_of(body)!r:.80}")
    if "order" in body:
        raise Unreadable("it has an order inside it: the old V1 shape, whose units differ")
    if body.get("client_order_id") != client_order_id(intent.intent_id):
        raise Unreadable(f"client_order_id is {body.get('client_order_id')!r:.80}")
    filled_e6 = _plausible(intent, units(body, "fill_count", 2) * E6_PER_E2)
    left_e2 = units(body, "remaining_count", 2)
    if left_e2 > intent.size_e2:
        raise Unreadable(f"{left_e2} of 1/100 contract remain of {intent.size_e2}")
    return OrderRow(text(body, "order_id"), Reported.LIVE if left_e2 else Reported.CERTAIN, filled_e6)


def order_row(intent: OrderIntent, row: Body) -> OrderRow:
    """An order of ours in a list or in the user's channel."""
    require_side(row, intent, must_say=False)
    said = ORDER_STATUS.get(text(row, "status"))
    if said is None:
        raise Unreadable(f"order status {row.get('status')!r:.60}")
    status = said[0]
    filled_e6 = _plausible(intent, units(row, "fill_count_fp", 2) * E6_PER_E2)
    if status is Reported.CERTAIN and (units(row, "remaining_count_fp", 2) or not filled_e6):
        status = Reported.TERMINAL
    return OrderRow(text(row, "order_id"), status, filled_e6)


def fill_key(row: Body) -> str:
    """Both names are of one id; the socket and the REST rows share ``trade_id``, which may go one day."""
    return "trade_id" if row.get("trade_id") is not None else "fill_id"


def fill_row(intent: OrderIntent, row: Body) -> Fill:
    """A fill of ours, in the order's own outcome; what it cost is rounded against us to the micro-dollar."""
    require_side(row, intent, must_say=True)
    yes_e6 = units(row, "yes_price_dollars", 6)
    if not 0 <= yes_e6 <= DOLLAR_MICROS:
        raise Unreadable(f"yes_price_dollars is {row.get('yes_price_dollars')!r:.60}")
    price_e6 = yes_e6 if intent.outcome is Outcome.YES else DOLLAR_MICROS - yes_e6
    qty_e6 = _plausible(intent, units(row, "count_fp", 2) * E6_PER_E2)
    if qty_e6 == 0:
        raise Unreadable("a fill of nothing")
    exact = price_e6 * qty_e6
    cost_micros = ceil_div(exact, CONTRACT_E6) if intent.buys else exact // CONTRACT_E6
    fee_micros = units(row, "fee_cost", 6)
    return Fill(text(row, fill_key(row)), qty_e6, cost_micros, fee_micros, FillStatus.FINAL)


@frozen
class Reading:
    """Everything that the pages of one read held: orders and fills of the market, whosever they are."""

    orders: tuple[Body, ...]
    fills: tuple[Body, ...]


def order_read(
    intent: OrderIntent, reading: Reading, asked_ms: int, now_ms: int, wall_deadline_ms: int
) -> OrderReport | NotFound | OutcomeUnknown:
    """What a whole read says of an order. ``wall_deadline_ms``: the order's deadline in ms since 1970."""
    try:
        found = _found(intent, reading, wall_deadline_ms)
    except Unreadable as error:
        return OutcomeUnknown(now_ms, intent.intent_id, f"unreadable: {error}"[:200])
    if found is None:
        return NotFound(now_ms, intent.intent_id, asked_ms)
    row, fills = found
    matched_e6 = max(row.filled_e6, sum(fill.qty_e6 for fill in fills))
    return OrderReport(now_ms, intent.intent_id, asked_ms, row.status, matched_e6, fills, row.order_id)


def _found(
    intent: OrderIntent, reading: Reading, wall_deadline_ms: int
) -> tuple[OrderRow, tuple[Fill, ...]] | None:
    ours = client_order_id(intent.intent_id)
    listed = unique(tuple(row for row in reading.orders if row.get("client_order_id") == ours), "order_id")
    told = [order_row(intent, row) for row in listed]
    ids = {row.order_id for row in told}
    mine = [row for row in reading.fills if row.get("client_order_id") == ours or _order_id(row) in ids]
    fills = fills_of(intent, mine)
    if told:
        # A venue that booked one id twice: both are ours, and what is certain of one is not of the other.
        status = min((row.status for row in told), key=_FROM_LIVE.index)
        return OrderRow(told[0].order_id, status, sum(row.filled_e6 for row in told)), fills
    if fills:
        # Fills without their order: it was there, and nothing says that it is closed.
        return OrderRow("", Reported.LIVE, 0), fills
    for order_id in unlisted(reading, wall_deadline_ms):
        raise Unreadable(f"a fill of the order {order_id!r:.60}, which no page lists")
    if any(_may_be(intent, row, wall_deadline_ms) for row in reading.orders):
        raise Unreadable("an order that names no client id, of this order's side and size")
    return None


def _may_be(intent: OrderIntent, row: Body, wall_deadline_ms: int) -> bool:
    """Whether a row that names no client id may be this order's: nothing that it says is another's."""
    client_id = row.get("client_order_id")
    if isinstance(client_id, str) and client_id:
        return False
    try:
        require_side(row, intent, must_say=False)
    except Unreadable:
        return False
    of_its_size = row.get("initial_count_fp") is None or units(row, "initial_count_fp", 2) == intent.size_e2
    return of_its_size and _is_young(row, wall_deadline_ms)


def unlisted(reading: Reading, wall_deadline_ms: int) -> tuple[str, ...]:
    """Orders that fills name and no page lists, and that may be ours: not so old that they were there before it.

    "" stands for a fill that names none. Raises Unreadable on a time that cannot be read.
    """
    listed = {_order_id(row) for row in reading.orders} - {""}
    young = [
        row for row in reading.fills if _order_id(row) not in listed and _is_young(row, wall_deadline_ms)
    ]
    return tuple(sorted({_order_id(row) for row in young}))


def _order_id(row: Body) -> str:
    """The order that a row names; "" where it names none."""
    ident = row.get("order_id")
    return ident if isinstance(ident, str) else ""


def fills_of(intent: OrderIntent, found: Iterable[Body]) -> tuple[Fill, ...]:
    """The fills of one order, each once; ``Unreadable`` where their sum cannot be of it."""
    mine = tuple(found)
    by_key = unique(mine, fill_key(mine[0])) if mine else ()
    fills = tuple(fill_row(intent, row) for row in by_key)
    _plausible(intent, sum(fill.qty_e6 for fill in fills))
    return fills


def _is_young(row: Body, wall_deadline_ms: int) -> bool:
    """Whether the fill may have come after the order was sent."""
    if row.get("created_time") is None:
        return True
    return time_ms(row, "created_time") > wall_deadline_ms - ORPHAN_MS


def cancel_answer(
    intent: OrderIntent, order_id: str, status: int, body: object, now_ms: int
) -> CancelAcked | OutcomeUnknown:
    """The answer to a cancel. That an order is gone or cannot be cancelled says nothing of its fills: read it."""
    if acknowledged(order_id, status, body):
        return CancelAcked(now_ms, intent.intent_id)
    reason = f"cancel: {status} {code_of(body) or 'without our order acknowledged'}"
    return OutcomeUnknown(now_ms, intent.intent_id, reason[:200])


def acknowledged(order_id: str, status: int, body: object) -> bool:
    """Whether the answer to a cancel, of one order or of a batch, names this order, what it took and no error."""
    try:
        if status != 200 or not order_id or not isinstance(body, dict):
            return False
        if not isinstance(body.get("orders"), list):
            return body.get("order_id") == order_id and _zeroed(body)
        named = [row for row in rows(body, "orders") if row.get("order_id") == order_id]
        return bool(named) and all(_zeroed(row) for row in named)
    except Unreadable:
        return False


def _zeroed(row: Body) -> bool:
    """What a cancel took is named, and no error with it."""
    if row.get("error") is not None or code_of(row):
        return False
    units(row, "reduced_by", 2)
    return True
