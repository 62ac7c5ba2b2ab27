"""Orders, fills, positions and settlements of the account in Kalshi's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.kalshi.market_rows import count, dollars, instant
from pairlock_adapters.simulated.state import Status, VenueFill, VenueOrder
from pairlock_adapters.simulated.wire import decimal
from pairlock_adapters.simulated.wire_order import SelfTrade

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

_STATUS = {Status.HELD: "resting", Status.EXECUTED: "executed"}
_FOREIGN = "other-"


def micros(amount: int) -> str:
    """Micro-dollars as dollars, to as many places as they have (at least four)."""
    return decimal(amount // 100, 4) if amount % 100 == 0 else decimal(amount, 6)


def is_bid(outcome: Outcome, *, buys: bool) -> bool:
    return buys is (outcome is Outcome.YES)


def yes_e4(outcome: Outcome, price_e4: int) -> int:
    return price_e4 if outcome is Outcome.YES else DOLLAR_E4 - price_e4


@frozen
class Sums:
    """What an order's fills come to, in micro-dollars, by whether it took or made."""

    taker_cost: int
    maker_cost: int
    taker_fees: int
    maker_fees: int


def sums(fills: list[VenueFill]) -> Sums:
    taken, made = [f for f in fills if not f.maker], [f for f in fills if f.maker]
    return Sums(
        sum(f.cost_micros for f in taken),
        sum(f.cost_micros for f in made),
        sum(f.fee_micros for f in taken),
        sum(f.fee_micros for f in made),
    )


def order_row(face: KalshiFace, order: VenueOrder, as_of_ms: int) -> dict[str, object]:
    """The order as it was at ``as_of_ms``."""
    lab, outcome = face.lab, order.outcome
    fills = [fill for fill in order.fills if fill.matched_ms <= as_of_ms]
    closed = 0 <= order.closed_ms <= as_of_ms
    filled_e2 = sum(fill.qty_e6 for fill in fills) // 10_000
    done = sums(fills)
    sent = face.exchange.sent.get(order.intent_id)
    price_e4 = yes_e4(outcome, order.limit_e4)
    changed_ms = max([order.accepted_ms, order.closed_ms if closed else 0, *(f.matched_ms for f in fills)])
    return {
        "order_id": order.venue_order_id, "user_id": face.user_id,
        "client_order_id": face.exchange.wire_id(order.intent_id), "ticker": order.market,
        "side": outcome.value, "action": "buy" if order.buys else "sell", "type": "limit",
        "outcome_side": "yes" if is_bid(outcome, buys=order.buys) else "no",
        "book_side": "bid" if is_bid(outcome, buys=order.buys) else "ask",
        "status": _STATUS.get(order.status, "canceled") if closed else "resting",
        "yes_price_dollars": dollars(price_e4), "no_price_dollars": dollars(DOLLAR_E4 - price_e4),
        "fill_count_fp": count(filled_e2), "initial_count_fp": count(order.size_e2),
        "remaining_count_fp": count(0 if closed else max(0, order.size_e2 - filled_e2)),
        "taker_fees_dollars": micros(done.taker_fees), "maker_fees_dollars": micros(done.maker_fees),
        "taker_fill_cost_dollars": micros(done.taker_cost), "maker_fill_cost_dollars": micros(done.maker_cost),
        "expiration_time": None if sent is None or sent.expires_ms < 0 else instant(lab.wall_ms(sent.expires_ms)),
        "created_time": instant(lab.wall_ms(order.accepted_ms)),
        "last_update_time": instant(lab.wall_ms(changed_ms)),
        "self_trade_prevention_type": (sent.self_trade if sent is not None else SelfTrade.TAKER).value or None,
        "order_group_id": None, "cancel_order_on_pause": False, "subaccount_number": 0,
    }  # fmt: skip


def fill_row(face: KalshiFace, order: VenueOrder, fill: VenueFill) -> dict[str, object]:
    at_ms = face.lab.wall_ms(fill.matched_ms)
    price_e4 = yes_e4(order.outcome, fill.price_e4)
    bid = is_bid(order.outcome, buys=order.buys)
    return {
        "fill_id": fill.fill_id, "trade_id": fill.fill_id, "order_id": order.venue_order_id,
        "client_order_id": face.exchange.wire_id(order.intent_id), "ticker": order.market,
        "market_ticker": order.market, "side": order.outcome.value, "action": "buy" if order.buys else "sell",
        "outcome_side": "yes" if bid else "no", "book_side": "bid" if bid else "ask",
        "count_fp": count(fill.qty_e6 // 10_000), "yes_price_dollars": dollars(price_e4),
        "no_price_dollars": dollars(DOLLAR_E4 - price_e4), "is_taker": not fill.maker,
        "fee_cost": micros(fill.fee_micros), "created_time": instant(at_ms), "subaccount_number": 0,
        "ts": at_ms // 1_000,
    }  # fmt: skip


@frozen
class Traded:
    """What an account did in a market so far: costs in micro-dollars, quantities in 1/1,000,000 contract."""

    cost_micros: int
    fees_micros: int
    qty_e6: int
    realized_micros: int
    last_ms: int


def traded(face: KalshiFace, market: str) -> Traded:
    """Everything of the truth store; what sales brought is realized only once the position is gone."""
    cost = fees = qty = cash = last = 0
    for buys, qty_e6, cost_micros, fee_micros, matched_ms in face.exchange.truth.rows(
        "SELECT buys,qty_e6,cost_micros,fee_micros,matched_ms FROM fills WHERE venue=? AND market=?",
        (face.venue, market),
    ):
        cost, fees, qty, last = cost + cost_micros, fees + fee_micros, qty + qty_e6, max(last, matched_ms)
        cash += -cost_micros if buys else cost_micros
    for (paid_micros,) in face.exchange.truth.rows(
        "SELECT paid_micros FROM payouts WHERE venue=? AND market=?", (face.venue, market)
    ):
        cash += paid_micros
    flat = not any(face.exchange.account.held_e6(market, outcome) for outcome in Outcome)
    return Traded(cost, fees, qty, cash if flat else 0, last)


def position_e6(face: KalshiFace, market: str) -> int:
    """Contracts held, in YES: negative is NO."""
    account = face.exchange.account
    return account.held_e6(market, Outcome.YES) - account.held_e6(market, Outcome.NO)


def position_row(face: KalshiFace, market: str, held_e6: int) -> dict[str, object]:
    done = traded(face, market)
    exposure = abs(held_e6) * done.cost_micros // done.qty_e6 if done.qty_e6 else 0
    return {
        "ticker": market, "total_traded_dollars": micros(done.cost_micros), "position_fp": count(held_e6 // 10_000),
        "market_exposure_dollars": micros(exposure), "realized_pnl_dollars": micros(done.realized_micros),
        "resting_orders_count": len(face.exchange.resting.of(market)), "fees_paid_dollars": micros(done.fees_micros),
        "last_updated_ts": instant(face.lab.wall_ms(done.last_ms)),
    }  # fmt: skip


def event_position_row(row: dict[str, object]) -> dict[str, object]:
    """The event of a market has only that market."""
    return {
        "event_ticker": row["ticker"], "total_cost_dollars": row["total_traded_dollars"],
        "total_cost_shares_fp": str(row["position_fp"]).removeprefix("-"),
        "event_exposure_dollars": row["market_exposure_dollars"],
        "realized_pnl_dollars": row["realized_pnl_dollars"], "fees_paid_dollars": row["fees_paid_dollars"],
    }  # fmt: skip
