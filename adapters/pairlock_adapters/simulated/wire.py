"""Answers in the venues' own words: Kalshi's trade API v2 and Polymarket's CLOB, as far as an order's life needs them.

Numbers are decimal strings, as on the wire. ``fills`` in an answer to an order is ours (``VenueRules.names_fills``):
the rows that the venue's fill channel would bring with it.
"""

from __future__ import annotations

from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.simulated.rules import Raw, VenueKind, VenueRules
from pairlock_adapters.simulated.state import OrderView, Status, VenueFill, VenueOrder


def decimal(amount: int, places: int) -> str:
    """An integer of 10**-places units as a decimal string, exactly."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**places)
    return f"{sign}{whole}.{part:0{places}d}"


def _yes_price_e4(order: VenueOrder, fill: VenueFill) -> int:
    return fill.price_e4 if order.outcome is Outcome.YES else DOLLAR_E4 - fill.price_e4


def _kalshi_fill(order: VenueOrder, fill: VenueFill) -> dict[str, object]:
    yes_e4 = _yes_price_e4(order, fill)
    return {
        "trade_id": fill.fill_id,
        "order_id": order.venue_order_id,
        "client_order_id": order.intent_id,
        "ticker": order.market,
        "side": order.outcome.value,
        "action": "buy" if order.buys else "sell",
        "count_fp": decimal(fill.qty_e6 // 10_000, 2),
        "yes_price_dollars": decimal(yes_e4, 4),
        "no_price_dollars": decimal(DOLLAR_E4 - yes_e4, 4),
        "fee_cost": decimal(fill.fee_micros // 100, 4),
        "is_taker": not fill.maker,
        "ts_ms": fill.matched_ms,
    }


def _polymarket_trade(order: VenueOrder, fill: VenueFill, word: str, *, prefix: str) -> dict[str, object]:
    return {
        "id": fill.fill_id,
        "taker_order_id": order.venue_order_id,
        "market": order.market,
        "outcome": order.outcome.value.capitalize(),
        "side": "BUY" if order.buys else "SELL",
        "size": decimal(fill.qty_e6, 6),
        "price": decimal(fill.price_e4, 4),
        "fee": decimal(fill.fee_micros, 6),
        "status": prefix + word,
        "match_time": str(fill.matched_ms),
        "trader_side": "MAKER" if fill.maker else "TAKER",
    }


def accepted(rules: VenueRules, order: VenueOrder, at_ms: int) -> Raw:
    """The answer to an order that the venue took, and did not kill."""
    matched_e6, held = order.matched_e6, order.status is Status.HELD
    body: dict[str, object]
    if rules.kind is VenueKind.KALSHI:
        yes_micros = sum(f.qty_e6 * _yes_price_e4(order, f) for f in order.fills)
        fees_micros = sum(f.fee_micros for f in order.fills)
        body = {
            "order_id": order.venue_order_id,
            "client_order_id": order.intent_id,
            "fill_count": decimal(matched_e6 // 10_000, 2),
            "remaining_count": decimal(order.left_e6 // 10_000, 2) if held else "0.00",
            "ts_ms": at_ms,
        }
        if matched_e6:
            body["average_fill_price"] = decimal(yes_micros // matched_e6, 4)
            body["average_fee_paid"] = decimal(fees_micros * 10_000 // matched_e6, 4)
        if rules.names_fills:
            body["fills"] = [_kalshi_fill(order, fill) for fill in order.fills]
        return Raw(201, body, at_ms)
    shares, dollars = decimal(matched_e6, 6), decimal(sum(f.cost_micros for f in order.fills), 6)
    body = {
        "success": True,
        "errorMsg": "",
        "orderID": order.venue_order_id,
        "status": ("live" if order.live else "delayed") if held else "matched",
        "makingAmount": "" if not matched_e6 and held else dollars if order.buys else shares,
        "takingAmount": "" if not matched_e6 and held else shares if order.buys else dollars,
        "tradeIDs": [fill.fill_id for fill in order.fills],
    }
    if rules.names_fills:
        body["fills"] = [_polymarket_trade(order, fill, "MATCHED", prefix="") for fill in order.fills]
    return Raw(200, body, at_ms)


def order_read(rules: VenueRules, seen: OrderView | None, at_ms: int) -> Raw:
    """The order itself: Kalshi lists it by client id for ever, Polymarket knows active orders only."""
    if rules.kind is VenueKind.KALSHI:
        if seen is None or (seen.status is Status.KILLED and not rules.kills_readable):
            return Raw(200, {"orders": [], "cursor": ""}, at_ms)
        order = seen.order
        filled_e2 = sum(fill.qty_e6 for fill, _ in seen.fills) // 10_000
        status = {Status.HELD: "resting", Status.EXECUTED: "executed"}.get(seen.status, "canceled")
        row = {
            "order_id": order.venue_order_id,
            "client_order_id": order.intent_id,
            "ticker": order.market,
            "side": order.outcome.value,
            "action": "buy" if order.buys else "sell",
            "status": status,
            "initial_count_fp": decimal(order.size_e2, 2),
            "fill_count_fp": decimal(filled_e2, 2),
            "remaining_count_fp": decimal(max(0, order.size_e2 - filled_e2), 2)
            if status == "resting"
            else "0.00",
        }
        return Raw(200, {"orders": [row], "cursor": ""}, at_ms)
    if seen is None or seen.status is not Status.HELD:
        return Raw(200, None, at_ms)
    order = seen.order
    matched_e6 = sum(fill.qty_e6 for fill, _ in seen.fills)
    return Raw(
        200,
        {
            "id": order.venue_order_id,
            "status": "LIVE" if order.live else "DELAYED",
            "market": order.market,
            "original_size": decimal(order.size_e2, 2),
            "size_matched": decimal(matched_e6, 6),
            "price": decimal(order.limit_e4, 4),
            "side": "BUY" if order.buys else "SELL",
            "outcome": order.outcome.value.capitalize(),
        },
        at_ms,
    )


def fills_read(rules: VenueRules, seen: OrderView | None, at_ms: int) -> Raw:
    """The fills (Kalshi) or trades (Polymarket) of one order."""
    if rules.kind is VenueKind.KALSHI:
        rows = [] if seen is None else [_kalshi_fill(seen.order, fill) for fill, _ in seen.fills]
        return Raw(200, {"fills": rows, "cursor": ""}, at_ms)
    trades = (
        []
        if seen is None
        else [_polymarket_trade(seen.order, fill, word, prefix="TRADE_STATUS_") for fill, word in seen.fills]
    )
    return Raw(200, {"data": trades, "next_cursor": "LTE="}, at_ms)


def canceled(rules: VenueRules, order: VenueOrder, at_ms: int) -> Raw:
    """The acknowledgement of a cancel."""
    if rules.kind is VenueKind.KALSHI:
        body = {
            "order_id": order.venue_order_id,
            "client_order_id": order.intent_id,
            "reduced_by": decimal(max(0, order.left_e6) // 10_000, 2),
        }
        return Raw(200, body, at_ms)
    return Raw(200, {"canceled": [order.venue_order_id], "not_canceled": {}}, at_ms)


def not_canceled(rules: VenueRules, venue_order_id: str, reason: str, at_ms: int) -> Raw:
    """The refusal of a cancel: the order is gone, matched, or was never there."""
    if rules.kind is VenueKind.KALSHI:
        return Raw(404, {"error": {"code": "order_not_found", "message": reason, "details": ""}}, at_ms)
    return Raw(200, {"canceled": [], "not_canceled": {venue_order_id: reason}}, at_ms)


def others_canceled(rules: VenueRules, order: VenueOrder, at_ms: int) -> Raw:
    """The answer to a batch of cancels in which other orders were canceled and this one was not."""
    other = "0x" + "ab" * 32
    if rules.kind is VenueKind.KALSHI:
        failed = {"code": "internal_error", "message": "try again", "details": ""}
        rows = [
            {"order_id": other, "reduced_by": "1.00"},
            {"order_id": order.venue_order_id, "error": failed},
        ]
        return Raw(200, {"orders": rows}, at_ms)
    return Raw(200, {"canceled": [other], "not_canceled": {order.venue_order_id: "try again"}}, at_ms)
