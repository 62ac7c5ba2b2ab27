"""Reads of orders and fills, as the faults of reads bend them.

A fault of a read concerns one order, the *subject*: the one that the request names, or the last one that was sent to
the market that it names. Its rows are told as ``simulated.reading`` tells them; all others as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pairlock.ports import OrderIntent
from pairlock_adapters.laboratory.kalshi.order_rows import fill_row, order_row
from pairlock_adapters.simulated import reading
from pairlock_adapters.simulated.effects import NOTHING, Effect
from pairlock_adapters.simulated.state import VenueOrder

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

Row = dict[str, Any]


def subject_of(face: KalshiFace, *, ticker: str = "", order_id: str = "") -> OrderIntent | None:
    """The order that a fault of this read would concern."""
    exchange = face.exchange
    if order_id:
        order = exchange.order_named(order_id)
        return None if order is None else order.intent(face.venue)
    sent = face.last_sent.get(ticker)
    if sent is not None:
        return exchange.sent.get(sent)
    state = exchange.markets.get(ticker)
    last = next(reversed(state.orders.values()), None) if state is not None else None
    return None if last is None else last.intent(face.venue)


def orders_told(face: KalshiFace, order: OrderIntent, effect: Effect, at_ms: int) -> list[Row]:
    """The rows of the list of orders that tell of ``order``: none, one, or two where it was booked twice."""
    told = reading.read(face.exchange, order, effect, at_ms)
    return [_whole_order(face, row, at_ms) for row in _rows(told.order.body, "orders")]


def fills_told(face: KalshiFace, order: OrderIntent, effect: Effect, at_ms: int) -> list[Row]:
    """Likewise its fills."""
    told = reading.read(face.exchange, order, effect, at_ms)
    return [_whole_fill(face, row) for row in _rows(told.fills.body, "fills")]


def plain_rows(face: KalshiFace, order: VenueOrder, at_ms: int, *, fills: bool) -> list[Row]:
    """The rows of an order that no fault concerns."""
    intent = order.intent(face.venue)
    return fills_told(face, intent, NOTHING, at_ms) if fills else orders_told(face, intent, NOTHING, at_ms)


def _rows(body: object, key: str) -> list[Row]:
    return list(body[key]) if isinstance(body, dict) else []


def _whole_order(face: KalshiFace, row: Row, at_ms: int) -> Row:
    """All that a row has on the wire, with what the read told on top of it."""
    order = face.exchange.order_named(str(row["order_id"]))
    assert order is not None
    told = {key: value for key, value in row.items() if key != "client_order_id"}
    return order_row(face, order, at_ms) | told


def _whole_fill(face: KalshiFace, row: Row) -> Row:
    order = face.exchange.order_named(str(row["order_id"]))
    assert order is not None
    fill = next(each for each in order.fills if each.fill_id == row["trade_id"])
    told = {key: value for key, value in row.items() if key not in ("client_order_id", "ts_ms")}
    return fill_row(face, order, fill) | told
