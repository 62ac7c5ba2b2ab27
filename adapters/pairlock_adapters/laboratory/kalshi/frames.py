"""Messages of Kalshi's socket, as the AsyncAPI file of 2026 and the facts have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.kalshi.market_rows import count, dollars, instant, shown
from pairlock_adapters.laboratory.kalshi.order_rows import micros, order_row, position_e6, traded, yes_e4
from pairlock_adapters.laboratory.kalshi.tape import Trade
from pairlock_adapters.simulated.state import MarketState, VenueFill, VenueOrder

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

Frame = dict[str, object]
Sides = tuple[dict[int, int], dict[int, int]]

ERRORS = {
    1: "Unable to process message", 2: "Params required", 3: "Channels required", 4: "Subscription IDs required",
    5: "Unknown command", 6: "Already subscribed", 7: "Unknown subscription ID", 8: "Unknown channel name",
    9: "Authentication required", 10: "Channel error", 11: "Invalid parameter",
    12: "Exactly one subscription ID is required", 13: "Unsupported action", 14: "Market Ticker required",
    15: "Action required", 16: "Market not found", 17: "Internal error", 25: "Subscription buffer overflow",
}  # fmt: skip


def error(command: int | None, code: int, ticker: str = "") -> Frame:
    message: Frame = {"code": code, "msg": ERRORS[code]}
    if ticker:
        message["market_ticker"] = ticker
    return (
        {"type": "error", "msg": message}
        if command is None
        else {"id": command, "type": "error", "msg": message}
    )


def sides_of(face: KalshiFace, state: MarketState, at_ms: int) -> Sides:
    """(bids, asks) by YES price, as the venue shows them."""
    bids, asks = shown(face.exchange, state, at_ms)
    return dict(bids), dict(asks)


def _own_price(price_e4: int, *, ask: bool, yes_price: bool) -> str:
    """A level's price on the wire: asks are NO bids, in NO prices unless the client asked for YES prices."""
    return dollars(DOLLAR_E4 - price_e4 if ask and not yes_price else price_e4)


def snapshot(face: KalshiFace, ticker: str, sides: Sides, *, sid: int, seq: int, yes_price: bool) -> Frame:
    """Levels ascending by price, as in the book's read; an empty side is left out."""
    message: Frame = {"market_ticker": ticker, "market_id": face.market_id(ticker)}
    for key, levels, ask in (("yes_dollars_fp", sides[0], False), ("no_dollars_fp", sides[1], True)):
        rows = [[_own_price(p, ask=ask, yes_price=yes_price), count(s)] for p, s in levels.items()]
        if rows:
            message[key] = sorted(rows)
    return {"type": "orderbook_snapshot", "sid": sid, "seq": seq, "msg": message}


def delta(
    face: KalshiFace,
    ticker: str,
    price_e4: int,
    change_e2: int,
    *,
    ask: bool,
    sid: int,
    seq: int,
    yes_price: bool,
) -> Frame:
    wall_ms = face.lab.wall_ms(face.exchange.timeline.now_ms())
    message: Frame = {
        "market_ticker": ticker, "market_id": face.market_id(ticker),
        "price_dollars": _own_price(price_e4, ask=ask, yes_price=yes_price), "delta_fp": count(change_e2),
        "side": "no" if ask else "yes", "ts": instant(wall_ms), "ts_ms": wall_ms,
    }  # fmt: skip
    return {"type": "orderbook_delta", "sid": sid, "seq": seq, "msg": message}


def ticker(face: KalshiFace, state: MarketState, sid: int, at_ms: int) -> Frame:
    bids, asks = shown(face.exchange, state, at_ms)
    bid, ask = bids[0] if bids else (0, 0), asks[0] if asks else (DOLLAR_E4, 0)
    figures, wall_ms = face.tape.of(state.spec.market), face.lab.wall_ms(at_ms)
    whole = figures.volume_e2 // 100
    message: Frame = {
        "market_ticker": state.spec.market, "market_id": face.market_id(state.spec.market),
        "price_dollars": dollars(figures.last_e4), "yes_bid_dollars": dollars(bid[0]),
        "yes_ask_dollars": dollars(ask[0]), "yes_bid_size_fp": count(bid[1]), "yes_ask_size_fp": count(ask[1]),
        "volume_fp": count(figures.volume_e2), "open_interest_fp": count(figures.volume_e2),
        "dollar_volume": whole, "dollar_open_interest": whole, "last_trade_size_fp": count(figures.last_e2),
        "ts": wall_ms // 1_000, "ts_ms": wall_ms, "time": instant(wall_ms),
    }  # fmt: skip
    return {"type": "ticker", "sid": sid, "msg": message}


def trade(face: KalshiFace, made: Trade, sid: int) -> Frame:
    wall_ms = face.lab.wall_ms(made.at_ms)
    message: Frame = {
        "trade_id": made.trade_id, "market_ticker": made.market, "yes_price_dollars": dollars(made.yes_e4),
        "no_price_dollars": dollars(DOLLAR_E4 - made.yes_e4), "count_fp": count(made.qty_e2),
        "taker_side": "yes" if made.taker_yes else "no", "ts": wall_ms // 1_000, "ts_ms": wall_ms,
    }  # fmt: skip
    return {"type": "trade", "sid": sid, "msg": message}


def fill(face: KalshiFace, order: VenueOrder, made: VenueFill, sid: int) -> Frame:
    wall_ms = face.lab.wall_ms(made.matched_ms)
    message: Frame = {
        "trade_id": made.fill_id, "order_id": order.venue_order_id, "market_ticker": order.market,
        "is_taker": not made.maker, "side": order.outcome.value,
        "yes_price_dollars": dollars(yes_e4(order.outcome, made.price_e4)),
        "count_fp": count(made.qty_e6 // 10_000), "fee_cost": micros(made.fee_micros),
        "action": "buy" if order.buys else "sell", "ts": wall_ms // 1_000, "ts_ms": wall_ms,
        "client_order_id": face.exchange.wire_id(order.intent_id),
        "post_position_fp": count(position_e6(face, order.market) // 10_000),
        "purchased_side": "yes" if order.buys is (order.outcome is Outcome.YES) else "no", "subaccount": 0,
    }  # fmt: skip
    return {"type": "fill", "sid": sid, "msg": message}


def user_order(face: KalshiFace, order: VenueOrder, sid: int, at_ms: int) -> Frame:
    """As the venue publishes it: its outcome, not which side of the book."""
    row = order_row(face, order, at_ms)
    wall_ms = face.lab.wall_ms(order.accepted_ms)
    kept = (
        "order_id", "user_id", "ticker", "status", "side", "yes_price_dollars", "fill_count_fp",
        "remaining_count_fp", "initial_count_fp", "taker_fill_cost_dollars", "maker_fill_cost_dollars",
        "taker_fees_dollars", "maker_fees_dollars", "client_order_id", "created_time", "last_update_time",
        "subaccount_number",
    )  # fmt: skip
    message: Frame = {key: row[key] for key in kept}
    message |= {"is_yes": order.outcome is Outcome.YES, "created_ts_ms": wall_ms}
    if row["self_trade_prevention_type"]:
        message["self_trade_prevention_type"] = row["self_trade_prevention_type"]
    message["last_updated_ts_ms"] = face.lab.wall_ms(at_ms)
    sent = face.exchange.sent.get(order.intent_id)
    if sent is not None and sent.expires_ms >= 0:
        message["expiration_time"] = row["expiration_time"]
        message["expiration_ts_ms"] = face.lab.wall_ms(sent.expires_ms)
    return {"type": "user_order", "sid": sid, "msg": message}


def position(face: KalshiFace, market: str, sid: int) -> Frame:
    done, held_e6 = traded(face, market), position_e6(face, market)
    cost = abs(held_e6) * done.cost_micros // done.qty_e6 if done.qty_e6 else 0
    message: Frame = {
        "user_id": face.user_id, "market_ticker": market, "position_fp": count(held_e6 // 10_000),
        "position_cost_dollars": micros(cost), "realized_pnl_dollars": micros(done.realized_micros),
        "fees_paid_dollars": micros(done.fees_micros), "position_fee_cost_dollars": micros(done.fees_micros),
        "volume_fp": count(done.qty_e6 // 10_000), "subaccount": 0,
    }  # fmt: skip
    return {"type": "market_position", "sid": sid, "msg": message}
