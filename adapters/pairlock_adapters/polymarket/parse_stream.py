"""The user socket's news as reports that are true of what a message alone can know.

A trade says that at least so much matched; an order's event says its total and its status. Neither says when it was
true, and a message may come late or twice: such a report never counts as a later read (``asked_at_ms`` is before all).
"""

from __future__ import annotations

from collections.abc import Callable

from pairlock.facts import OrderReport, Reported
from pairlock_adapters.polymarket.parse_trades import Asked, Row, fills_of, makers_of, order_row
from pairlock_adapters.polymarket.quantities import Unreadable

NEVER_ASKED_MS = -1

FindOrder = Callable[[object], Asked | None]
"""The order of a venue's order id; None for what is not ours."""

# What an order's event says where it has no status of its own.
_TYPES = {"PLACEMENT": "LIVE", "UPDATE": "LIVE", "CANCELLATION": "CANCELED"}


def user_news(body: Row, find: FindOrder, now_ms: int) -> tuple[OrderReport, ...]:
    """The reports that an ``order`` or ``trade`` message makes: none where it is of no order of ours.

    Raises Unreadable where it is ours and cannot be read: then nothing is told, and reads find it.
    """
    kind = _kind(body)
    if kind == "order":
        asked = find(body.get("id"))
        return () if asked is None else (_order(asked, body, now_ms),)
    if kind == "trade":
        named = [body.get("taker_order_id"), *(maker.get("order_id") for maker in makers_of(body))]
        found = {asked.order_id: asked for asked in map(find, named) if asked is not None}
        return tuple(_trade(asked, body, now_ms) for asked in found.values())
    return ()


def _kind(body: Row) -> object:
    """``event_type``; a captured message has none and is known by its ``type``."""
    kind, told = body.get("event_type"), body.get("type")
    if kind is not None or not isinstance(told, str):
        return kind
    return "order" if told in _TYPES else told.lower()


def _order(asked: Asked, body: Row, now_ms: int) -> OrderReport:
    kind = body.get("type")
    meant = _TYPES.get(kind) if isinstance(kind, str) else None
    if meant is None:
        raise Unreadable(f"an order event of type {kind!r:.40}")
    row = body if body.get("status") else {**body, "status": meant}
    reported, matched_e6 = order_row(asked, row)
    if kind == "CANCELLATION" and reported is Reported.LIVE:
        raise Unreadable(f"a cancellation of status {body.get('status')!r:.40}")
    return OrderReport(
        now_ms, asked.intent.intent_id, NEVER_ASKED_MS, reported, matched_e6, (), asked.order_id
    )


def _trade(asked: Asked, body: Row, now_ms: int) -> OrderReport:
    fills = fills_of(asked, [body])
    matched_e6 = sum(fill.qty_e6 for fill in fills)
    return OrderReport(
        now_ms, asked.intent.intent_id, NEVER_ASKED_MS, Reported.LIVE, matched_e6, fills, asked.order_id
    )
