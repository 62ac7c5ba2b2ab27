"""Kalshi's private socket channels as reports that are true of what a message alone can know.

A fill says that at least so much matched; an order's update says its total and its status. Neither says when it was
true, and a message may come late or twice: such a report never counts as a later read (``asked_at_ms`` is before all).
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from pairlock.facts import OrderReport, Reported
from pairlock.ports import OrderIntent
from pairlock_adapters.kalshi.fields import Body, inner, text
from pairlock_adapters.kalshi.parse_orders import fill_row, order_row

NEVER_ASKED_MS = -1

FindIntent = Callable[[str, str], OrderIntent | None]
"""The intent of a client id, or else of a venue's order id; None for what is not ours."""


def order_news(body: Body, find: FindIntent, now_ms: int) -> OrderReport | None:
    """The report that a ``fill`` or ``user_order`` message makes; None where it is not of an order of ours.

    Raises Unreadable where it is ours and cannot be read: then nothing is told, and reads find it.
    """
    message = inner(body, "msg")
    order_id = text(message, "order_id")
    client_id = message.get("client_order_id")
    intent = find(client_id if isinstance(client_id, str) else "", order_id)
    if intent is None:
        return None
    if body.get("type") == "fill":
        return _fill(intent, message, order_id, now_ms)
    row = order_row(intent, message)
    return OrderReport(now_ms, intent.intent_id, NEVER_ASKED_MS, row.status, row.filled_e6, (), row.order_id)


def _fill(intent: OrderIntent, message: Body, order_id: str, now_ms: int) -> OrderReport:
    """One fill. A message without its fee tells the quantity alone: what it cost is read."""
    if message.get("fee_cost") is None:
        qty_e6 = fill_row(intent, {**message, "fee_cost": "0"}).qty_e6
        return OrderReport(now_ms, intent.intent_id, NEVER_ASKED_MS, Reported.LIVE, qty_e6, (), order_id)
    fill = fill_row(intent, message)
    return OrderReport(
        now_ms, intent.intent_id, NEVER_ASKED_MS, Reported.LIVE, fill.qty_e6, (fill,), order_id
    )


@frozen
class SocketError:
    """An error that the socket told: its number, its words, the command of ours and the market that it is about."""

    code: int
    words: str
    command: int
    market: str


def socket_error(body: Body) -> SocketError:
    """The answer of type ``error``. Never raises: what it does not tell is -1 or ""."""
    message = body.get("msg")
    told = message if isinstance(message, dict) else {}
    code, command = told.get("code"), body.get("id")
    return SocketError(
        code if isinstance(code, int) else -1,
        str(told.get("msg", ""))[:120],
        command if isinstance(command, int) else -1,
        str(told.get("market_ticker") or ""),
    )


@frozen
class MarketNews:
    """A market's or an event's change; what it changed is read."""

    market: str
    event: str
    what: str


def market_news(body: Body) -> MarketNews | None:
    """A message of ``market_lifecycle_v2``; None where it names nothing."""
    message = body.get("msg")
    if not isinstance(message, dict):
        return None
    market, event = message.get("market_ticker"), message.get("event_ticker")
    what = message.get("event_type")
    if not isinstance(market, str) and not isinstance(event, str):
        return None
    return MarketNews(
        market if isinstance(market, str) else "",
        event if isinstance(event, str) else "",
        what if isinstance(what, str) else str(body.get("type") or ""),
    )


def lateness_ms(body: Body, venue_ms: int) -> int:
    """How long ago the venue made a book's change, by the venue's time as we know it; 0 where it does not say."""
    message = body.get("msg")
    made_ms = message.get("ts_ms") if isinstance(message, dict) else None
    if not isinstance(made_ms, int) or isinstance(made_ms, bool):
        return 0
    return max(0, venue_ms - made_ms)


def subscription(body: Body) -> tuple[str, int] | None:
    """Channel and number of a confirmed subscription."""
    message = body.get("msg")
    if body.get("type") != "subscribed" or not isinstance(message, dict):
        return None
    channel, sid = message.get("channel"), message.get("sid")
    return (channel, sid) if isinstance(channel, str) and isinstance(sid, int) else None
