"""Messages of Kalshi's in made-up values, as its documentation shapes them, for the tests of the adapter."""

from typing import Any

from attrs import evolve

from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce


class Number(str):
    """A number of JSON that has a point, as the HTTP layer hands it on: text, but not a text of the venue's."""

    __slots__ = ()


MARKET = "KXRAIN-30JAN02-T5"
EVENT = "KXRAIN-30JAN02"
SERIES = "KXRAIN"
ORDER_ID = "7d3a9c1e-0000-4000-8000-00000000a001"
INTENT = OrderIntent(
    "trade-a.0.0", "kalshi", MARKET, Outcome.YES, True, 1_000, 4_500, TimeInForce.FILL_OR_KILL, 5_000
)
CLIENT_ID = "trade-a_0_0"
BUYS_NO = evolve(INTENT, outcome=Outcome.NO, limit_e4=5_500)
SELLS_YES = evolve(INTENT, buys=False, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)


def accepted(**changes: Any) -> dict[str, Any]:
    """The body of a 201: all filled."""
    return {
        "order_id": ORDER_ID,
        "client_order_id": CLIENT_ID,
        "fill_count": "10.00",
        "remaining_count": "0.00",
        "average_fill_price": "0.4500",
        "average_fee_paid": "0.0174",
        "ts_ms": 1_893_585_600_000,
    } | changes


def order(**changes: Any) -> dict[str, Any]:
    """A row of GET /portfolio/orders: all filled."""
    return {
        "order_id": ORDER_ID,
        "user_id": "u",
        "client_order_id": CLIENT_ID,
        "ticker": MARKET,
        "side": "yes",
        "action": "buy",
        "outcome_side": "yes",
        "book_side": "bid",
        "type": "limit",
        "status": "executed",
        "yes_price_dollars": "0.4500",
        "no_price_dollars": "0.5500",
        "fill_count_fp": "10.00",
        "remaining_count_fp": "0.00",
        "initial_count_fp": "10.00",
        "taker_fees_dollars": "0.1733",
        "maker_fees_dollars": "0.0000",
        "taker_fill_cost_dollars": "4.5000",
        "maker_fill_cost_dollars": "0.0000",
    } | changes


def fill(number: int = 1, /, **changes: Any) -> dict[str, Any]:
    """A row of GET /portfolio/fills: ten contracts at 45 cents."""
    return {
        "fill_id": f"f-{number}",
        "trade_id": f"f-{number}",
        "order_id": ORDER_ID,
        "ticker": MARKET,
        "market_ticker": MARKET,
        "side": "yes",
        "action": "buy",
        "outcome_side": "yes",
        "book_side": "bid",
        "count_fp": "10.00",
        "yes_price_dollars": "0.4500",
        "no_price_dollars": "0.5500",
        "is_taker": True,
        "created_time": "2030-01-02T12:00:00.25Z",
        "fee_cost": "0.1733",
    } | changes


def market(**changes: Any) -> dict[str, Any]:
    """A row of GET /markets/{ticker}."""
    return {
        "ticker": MARKET,
        "event_ticker": EVENT,
        "market_type": "binary",
        "status": "active",
        "result": "",
        "notional_value_dollars": "1.0000",
        "price_level_structure": "linear_cent",
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
        "settlement_timer_seconds": 60,
        "exchange_index": 0,
    } | changes


def without(body: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in keys}
