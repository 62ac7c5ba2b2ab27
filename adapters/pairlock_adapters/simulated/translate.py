"""From a venue's words to facts, the one place for each simulated venue. What cannot be read for certain is unknown.

Certain that nothing was done: the documented refusals and kills, by their words, and the statuses with which a
gateway turns a request away before the matching engine (401, 403, 425, 429). Everything else that names no order,
any other 5xx, a missing field or a word never seen is ``OutcomeUnknown``. A duplicate's refusal is not a zero: the
order that came first is at the venue, so it is read by its id. Rows are told apart by their own ids: another client's
are not ours, a row that comes twice is one, and a quantity far beyond the order's is a number in another unit.
"""

from __future__ import annotations

import re

from pairlock.facts import CancelAcked, NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.model import Fill, FillStatus
from pairlock.ports import OrderIntent
from pairlock.units import DOLLAR_E4, cost_up_micros, proceeds_down_micros, size_to_fill_e6
from pairlock_adapters.simulated.rules import Raw, VenueKind

Answer = OrderReport | OutcomeUnknown

_GATEWAY = {401, 403, 425, 429}
_KALSHI_NO = {
    "fill_or_kill_insufficient_resting_volume", "insufficient_balance", "invalid_price", "invalid_count",
    "market_inactive", "market_not_found", "self_cross_attempt", "exchange_is_paused", "trading_is_paused",
    "deprecated_v1_order_endpoint", "post_only_cross",
}  # fmt: skip
_POLYMARKET_NO = (
    "order couldn't be fully filled", "FOK orders are filled or killed", "no orders found to match with FAK order",
    "not enough balance / allowance", "minimum tick size rule", "lower than the minimum", "invalid amount",
    "not accepting orders", "orderbook does not exist", "crosses own order", "post-only mode", "cancel-only",
    "Trading is currently disabled", "order timed out", "address is banned",
    "endpoint is gone", "invalid post-only order",
)  # fmt: skip
_KALSHI_STATUS = {"resting": Reported.LIVE, "executed": Reported.CERTAIN, "canceled": Reported.TERMINAL}
_TRADE_STATUS = {
    "MATCHED": FillStatus.PENDING,
    "MATCHED_NOT_BROADCASTED": FillStatus.PENDING,
    "MINED": FillStatus.PENDING,
    "RETRYING": FillStatus.PENDING,
    "CONFIRMED": FillStatus.FINAL,
    "FAILED": FillStatus.FAILED,
}
# More than this many times the order's size is no fill of it.
_MOST_TIMES = 4
_DECIMAL = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)


class Unreadable(Exception):
    """An answer that does not have the shape that it must have."""


def units(body: dict[str, object], key: str, places: int) -> int:
    """A decimal string field in units of 10**-places; exact or ``Unreadable``."""
    text = body.get(key)
    found = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise Unreadable(f"{key} is {text!r}")
    part = (found[2] or "").rstrip("0")
    if len(part) > places:
        raise Unreadable(f"{key} is {text!r}, finer than {places} decimals")
    return int(found[1] + part.ljust(places, "0"))


def _text(body: dict[str, object], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{key} is {value!r}")
    return value


def _rows(body: object, key: str) -> list[dict[str, object]]:
    rows = body.get(key) if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable(f"no list {key!r}")
    return rows


def answer(kind: VenueKind, intent: OrderIntent, raw: Raw, now_ms: int) -> Answer:
    """The answer to a new order."""
    refusal = _refusal(kind, raw)
    if refusal:
        return OrderReport(now_ms, intent.intent_id, raw.at_ms, Reported.CERTAIN, 0, (), reason=refusal)
    if raw.status not in (200, 201) or not isinstance(raw.body, dict):
        return OutcomeUnknown(now_ms, intent.intent_id, f"{raw.status} {raw.body}"[:200])
    try:
        read = _kalshi_answer if kind is VenueKind.KALSHI else _polymarket_answer
        reported, matched_e6, fills, ref = _plausible(intent, read(intent, raw.body))
    except Unreadable as error:
        return OutcomeUnknown(
            now_ms, intent.intent_id, f"{raw.status} with an unreadable order: {error}"[:200]
        )
    return OrderReport(now_ms, intent.intent_id, raw.at_ms, reported, matched_e6, fills, ref)


def _refusal(kind: VenueKind, raw: Raw) -> str:
    """The refusal's words if it is certain that nothing was done, else ""."""
    if raw.status < 400:
        return ""
    words = _words(raw.body)
    known = words in _KALSHI_NO if kind is VenueKind.KALSHI else any(each in words for each in _POLYMARKET_NO)
    return f"{raw.status} {words}" if known or raw.status in _GATEWAY else ""


def _words(body: object) -> str:
    """Kalshi's ``code``, flat or nested; Polymarket's ``error``."""
    if not isinstance(body, dict):
        return ""
    inner = body.get("error")
    if isinstance(inner, dict):
        return str(inner.get("code", ""))
    return inner if isinstance(inner, str) else str(body.get("code", ""))


_Read = tuple[Reported, int, tuple[Fill, ...], str]


def _plausible(intent: OrderIntent, found: _Read) -> _Read:
    """As it is; ``Unreadable`` where a quantity cannot be one of this order."""
    most_e6 = _MOST_TIMES * size_to_fill_e6(intent.size_e2)
    if found[1] > most_e6 or any(fill.qty_e6 > most_e6 for fill in found[2]):
        raise Unreadable(f"{found[1]} of 1/1,000,000 contract filled of {intent.size_e2} of 1/100 contract")
    return found


def _unique(rows: list[dict[str, object]], key: str) -> list[dict[str, object]]:
    """Each row once; ``Unreadable`` where two of one id differ."""
    by_id: dict[str, dict[str, object]] = {}
    for row in rows:
        if by_id.setdefault(_text(row, key), row) != row:
            raise Unreadable(f"two different rows of {key} {row[key]!r}")
    return list(by_id.values())


def _kalshi_answer(intent: OrderIntent, body: dict[str, object]) -> _Read:
    if body.get("client_order_id") != intent.intent_id:
        raise Unreadable(f"client_order_id is {body.get('client_order_id')!r}")
    ref = _text(body, "order_id")
    matched_e6 = units(body, "fill_count", 2) * 10_000
    left_e2 = units(body, "remaining_count", 2)
    fills = tuple(_kalshi_fill(row) for row in _rows(body, "fills")) if "fills" in body else ()
    return (Reported.LIVE if left_e2 else Reported.CERTAIN), matched_e6, fills, ref


def _polymarket_answer(intent: OrderIntent, body: dict[str, object]) -> _Read:
    if body.get("success") is not True:
        raise Unreadable(f"success is {body.get('success')!r}")
    ref = _text(body, "orderID")
    status = _text(body, "status")
    resting = status in ("live", "delayed")
    if status != "matched" and not resting:
        raise Unreadable(f"status is {status!r}")
    key = "takingAmount" if intent.buys else "makingAmount"
    matched_e6 = 0 if resting and body.get(key) == "" else units(body, key, 6)
    fills = tuple(_polymarket_fill(row) for row in _rows(body, "fills")) if "fills" in body else ()
    if resting:
        return Reported.LIVE, matched_e6, fills, ref
    whole = matched_e6 >= size_to_fill_e6(intent.size_e2)
    return (Reported.CERTAIN if whole else Reported.TERMINAL), matched_e6, fills, ref


def _kalshi_fill(row: dict[str, object]) -> Fill:
    side, action = _text(row, "side"), _text(row, "action")
    if side not in ("yes", "no") or action not in ("buy", "sell"):
        raise Unreadable(f"a fill of side {side!r}, action {action!r}")
    yes_e4 = units(row, "yes_price_dollars", 4)
    price_e4 = yes_e4 if side == "yes" else DOLLAR_E4 - yes_e4
    qty_e6 = units(row, "count_fp", 2) * 10_000
    cost_micros = (
        cost_up_micros(price_e4, qty_e6) if action == "buy" else proceeds_down_micros(price_e4, qty_e6)
    )
    return Fill(_text(row, "trade_id"), qty_e6, cost_micros, units(row, "fee_cost", 6), FillStatus.FINAL)


def _polymarket_fill(row: dict[str, object]) -> Fill:
    side = _text(row, "side")
    status = _TRADE_STATUS.get(_text(row, "status").removeprefix("TRADE_STATUS_"))
    if status is None or side not in ("BUY", "SELL"):
        raise Unreadable(f"a trade of side {side!r}, status {row.get('status')!r}")
    qty_e6, price_e4 = units(row, "size", 6), units(row, "price", 4)
    cost_micros = (
        cost_up_micros(price_e4, qty_e6) if side == "BUY" else proceeds_down_micros(price_e4, qty_e6)
    )
    return Fill(_text(row, "id"), qty_e6, cost_micros, units(row, "fee", 6), status)


def order_read(
    kind: VenueKind, intent: OrderIntent, order: Raw, fills: Raw, asked_at_ms: int, now_ms: int
) -> OrderReport | NotFound | OutcomeUnknown:
    """What two reads by id say of an order: the order itself, and its fills."""
    for raw in (order, fills):
        if raw.status != 200:
            return OutcomeUnknown(now_ms, intent.intent_id, f"{raw.status} {_words(raw.body)}")
    try:
        found = (
            _kalshi_read(intent, order, fills) if kind is VenueKind.KALSHI else _polymarket_read(order, fills)
        )
        found = None if found is None else _plausible(intent, found)
    except Unreadable as error:
        return OutcomeUnknown(now_ms, intent.intent_id, f"unreadable: {error}"[:200])
    if found is None:
        return NotFound(now_ms, intent.intent_id, asked_at_ms)
    reported, matched_e6, rows, ref = found
    return OrderReport(now_ms, intent.intent_id, asked_at_ms, reported, matched_e6, rows, ref)


def _kalshi_read(intent: OrderIntent, order: Raw, fills: Raw) -> _Read | None:
    ours = intent.intent_id
    listed = [row for row in _rows(order.body, "orders") if row.get("client_order_id") == ours]
    filled = [row for row in _rows(fills.body, "fills") if row.get("client_order_id", ours) == ours]
    orders = _unique(listed, "order_id")
    rows = tuple(_kalshi_fill(row) for row in _unique(filled, "trade_id"))
    seen_e6 = sum(fill.qty_e6 for fill in rows)
    if not orders:
        # Fills without their order: it was there, and nothing says that it is closed.
        return (Reported.LIVE, seen_e6, rows, "") if rows else None
    # A venue that booked one id twice: both are ours, and what is certain of one is not of the other.
    told = [_kalshi_row(row) for row in orders]
    matched_e6 = max(sum(matched for _, matched in told), seen_e6)
    status = min((status for status, _ in told), key=_FROM_LIVE.index)
    return status, matched_e6, rows, _text(orders[0], "order_id")


_FROM_LIVE = (Reported.LIVE, Reported.TERMINAL, Reported.CERTAIN)


def _kalshi_row(row: dict[str, object]) -> tuple[Reported, int]:
    """Whether an order of the list may still fill, and how much did."""
    status = _KALSHI_STATUS.get(_text(row, "status"))
    if status is None:
        raise Unreadable(f"order status {row.get('status')!r}")
    if status is Reported.CERTAIN and units(row, "remaining_count_fp", 2):
        status = Reported.TERMINAL
    return status, units(row, "fill_count_fp", 2) * 10_000


def _polymarket_read(order: Raw, fills: Raw) -> _Read | None:
    rows = _unique(_rows(fills.body, "data"), "id")
    trades = tuple(_polymarket_fill(row) for row in rows)
    total_e6 = sum(fill.qty_e6 for fill in trades)
    if order.body is None:
        # No longer active, or never there: rebuilt from its trades.
        return (Reported.TERMINAL, total_e6, trades, _text(rows[0], "taker_order_id")) if rows else None
    if not isinstance(order.body, dict):
        raise Unreadable("an order that is not an object")
    status = _text(order.body, "status").removeprefix("ORDER_STATUS_")
    reported = Reported.LIVE if status in ("LIVE", "DELAYED") else None
    if status in ("MATCHED", "CANCELED", "CANCELED_MARKET_RESOLVED", "INVALID"):
        reported = Reported.TERMINAL
    if reported is None:
        raise Unreadable(f"order status {status!r}")
    return reported, max(total_e6, units(order.body, "size_matched", 6)), trades, _text(order.body, "id")


def cancel(
    kind: VenueKind, intent: OrderIntent, venue_ref: str, raw: Raw, now_ms: int
) -> CancelAcked | OutcomeUnknown:
    """The answer to a cancel. That an order is gone or cannot be cancelled says nothing of its fills: read it."""
    acked = False
    if raw.status == 200 and isinstance(raw.body, dict):
        listed = raw.body.get("canceled")
        acked = (
            raw.body.get("order_id") == venue_ref
            if kind is VenueKind.KALSHI
            else isinstance(listed, list) and venue_ref in listed
        )
    if acked and venue_ref:
        return CancelAcked(now_ms, intent.intent_id)
    return OutcomeUnknown(now_ms, intent.intent_id, f"cancel: {raw.status} {raw.body}"[:200])
