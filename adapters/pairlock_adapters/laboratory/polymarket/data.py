"""Data: positions, trades, activity and worth of an address. Both versions that clients use: lists, and ``/v2``."""

from __future__ import annotations

from pairlock.model import Outcome
from pairlock_adapters.laboratory.polymarket.ask import Ask
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.polymarket.holdings import Held, Row, fills, holdings, is_ours
from pairlock_adapters.laboratory.polymarket.listing import OUTCOMES, Listing
from pairlock_adapters.laboratory.polymarket.market_bodies import LABELS
from pairlock_adapters.laboratory.polymarket.order_bodies import settled_hash
from pairlock_adapters.laboratory.polymarket.paging import data_page, limit_of
from pairlock_adapters.laboratory.polymarket.refusal import Refusal
from pairlock_adapters.laboratory.wire_json import number

_MOST_ROWS = 1_000


def health(desk: Desk, ask: Ask) -> object:
    return {"data": "OK"}


def _percent(part: int, whole: int) -> object:
    return number(part * 10_000 // whole if whole else 0, 2)


def _named(listing: Listing, outcome: Outcome) -> dict[str, object]:
    return {
        "title": listing.question,
        "slug": listing.slug,
        "icon": "",
        "eventSlug": listing.event,
        "outcome": LABELS[outcome],
        "outcomeIndex": OUTCOMES.index(outcome),
    }


def _position(desk: Desk, row: Held) -> dict[str, object]:
    listing, outcome = row.listing, row.outcome
    return {
        "proxyWallet": desk.account.maker,
        "asset": listing.token(outcome),
        "conditionId": listing.market,
        "size": number(row.held_e6, 6),
        "avgPrice": number(row.average_micros, 6),
        "initialValue": number(row.entry_micros, 6),
        "currentValue": number(row.value_micros, 6),
        "cashPnl": number(row.gain_micros, 6),
        "percentPnl": _percent(row.gain_micros, row.entry_micros),
        "totalBought": number(row.bought_e6, 6),
        "realizedPnl": number(row.realized_micros, 6),
        "percentRealizedPnl": _percent(row.realized_micros, row.cost_micros),
        "curPrice": number(listing.worth_e4(outcome), 4),
        "redeemable": listing.yes_pays_e4 >= 0,
        "mergeable": row.both,
        **_named(listing, outcome),
        "oppositeOutcome": LABELS[outcome.other],
        "oppositeAsset": listing.token(outcome.other),
        "endDate": desk.day(listing.end_ms),
        "negativeRisk": listing.neg_risk,
    }


def _position_v2(desk: Desk, row: Held) -> dict[str, object]:
    listing, outcome, paid = row.listing, row.outcome, row.listing.yes_pays_e4 >= 0
    return {
        "proxy_wallet": desk.account.maker,
        "token_id": listing.token(outcome),
        "condition_id": listing.market,
        "current_size": number(row.held_e6, 6),
        "avg_price": number(row.average_micros, 6),
        "entry_cost_usdc": number(row.entry_micros, 6),
        "entry_fees_usdc": number(row.fees_micros, 6),
        "total_cost_usdc": number(row.cost_micros, 6),
        "current_price": number(listing.worth_e4(outcome), 4),
        "current_value": number(row.value_micros, 6),
        "total_size": number(row.bought_e6, 6),
        "realized_pnl": number(row.realized_micros, 6),
        "unrealized_pnl": number(row.gain_micros, 6),
        "total_pnl": number(row.gain_micros + row.realized_micros, 6),
        "percent_pnl": _percent(row.gain_micros, row.entry_micros),
        "percent_realized_pnl": _percent(row.realized_micros, row.cost_micros),
        "status": "REDEEMABLE" if paid else "OPEN",
        "redeemable": paid,
        "mergeable": row.both,
        "negative_risk": listing.neg_risk,
        "archived": False,
        "verified": False,
        **_snake(_named(listing, outcome)),
        "opposite_outcome": LABELS[outcome.other],
        "opposite_token_id": listing.token(outcome.other),
        "event_id": listing.event_number,
        "end_date": desk.day(listing.end_ms),
        "last_event_at": desk.wall_s(row.last_ms),
        "first_entry_at": desk.wall_s(row.first_ms),
    }


def _snake(body: dict[str, object]) -> dict[str, object]:
    """The second version's names: proxyWallet is proxy_wallet, asset is token_id."""
    names = {"asset": "token_id"}
    return {
        names.get(key, "".join(f"_{c.lower()}" if c.isupper() else c for c in key)): value
        for key, value in body.items()
    }


def _trade(desk: Desk, row: Row) -> dict[str, object]:
    order, fill, listing = row
    return {
        "proxyWallet": desk.account.maker,
        "side": "BUY" if order.buys else "SELL",
        "asset": listing.token(order.outcome),
        "conditionId": order.market,
        "size": number(fill.qty_e6, 6),
        "price": number(fill.price_e4, 4),
        "timestamp": desk.wall_s(fill.matched_ms),
        **_named(listing, order.outcome),
        "name": "",
        "pseudonym": "",
        "bio": "",
        "profileImage": "",
        "profileImageOptimized": "",
        "transactionHash": settled_hash(fill),
    }


def _activity(desk: Desk, row: Row) -> dict[str, object]:
    return {**_trade(desk, row), "type": "TRADE", "usdcSize": number(row[1].cost_micros, 6)}


def _trades(desk: Desk, ask: Ask) -> list[dict[str, object]]:
    """Of everybody, if no user is named: but only the account trades here."""
    if ask.one("user") and not is_ours(desk, ask):
        return []
    return [_trade(desk, row) for row in fills(desk, ask)]


def _activities(desk: Desk, ask: Ask) -> list[dict[str, object]]:
    kinds = ask.many("type")
    if not is_ours(desk, ask) or (kinds and "TRADE" not in kinds):
        return []
    return [_activity(desk, row) for row in fills(desk, ask)]


def _positions(desk: Desk, ask: Ask) -> list[Held]:
    return holdings(desk, ask) if is_ours(desk, ask) else []


def _slice(rows: list[dict[str, object]], ask: Ask) -> list[dict[str, object]]:
    offset = ask.one("offset", "0")
    if not offset.isdecimal() or len(offset) > 9:
        raise Refusal(400, "invalid offset")
    return rows[int(offset) : int(offset) + limit_of(ask.one("limit", "100"), 100, 10_000)]


def _page(rows: list[dict[str, object]], ask: Ask) -> object:
    return data_page(rows, ask.one("cursor"), limit_of(ask.one("limit", "100"), 100, _MOST_ROWS))


def positions(desk: Desk, ask: Ask) -> object:
    return _slice([_position(desk, row) for row in _positions(desk, ask)], ask)


def positions_v2(desk: Desk, ask: Ask) -> object:
    wanted = ask.one("status")
    rows = [_position_v2(desk, row) for row in _positions(desk, ask)]
    return _page([row for row in rows if wanted in ("", "ALL", row["status"])], ask)


def trades(desk: Desk, ask: Ask) -> object:
    return _slice(_trades(desk, ask), ask)


def trades_v2(desk: Desk, ask: Ask) -> object:
    return _page([_snake(row) for row in _trades(desk, ask)], ask)


def activity(desk: Desk, ask: Ask) -> object:
    return _slice(_activities(desk, ask), ask)


def activity_v2(desk: Desk, ask: Ask) -> object:
    return _page([{**_snake(row), "is_combo": False} for row in _activities(desk, ask)], ask)


def _value(desk: Desk, ask: Ask) -> object:
    return number(sum(row.value_micros for row in _positions(desk, ask)), 6)


def value(desk: Desk, ask: Ask) -> object:
    return [{"user": ask.one("user"), "value": _value(desk, ask)}]


def value_v2(desk: Desk, ask: Ask) -> object:
    return {"data": {"proxy_wallet": ask.one("user"), "value": _value(desk, ask)}}


def traded(desk: Desk, ask: Ask) -> object:
    """In how many markets the address has traded."""
    rows = fills(desk, ask) if is_ours(desk, ask) else []
    return {"user": ask.one("user"), "traded": len({order.market for order, _, _ in rows})}
