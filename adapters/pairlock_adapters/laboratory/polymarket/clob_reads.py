"""The order book's private reads: orders, trades, balances, notifications, scoring."""

from __future__ import annotations

from typing import Any

from pairlock_adapters.laboratory.polymarket.ask import OK, Ask
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.polymarket.hashing import NEG_RISK_EXCHANGE, STANDARD_EXCHANGE
from pairlock_adapters.laboratory.polymarket.listing import Listing
from pairlock_adapters.laboratory.polymarket.order_bodies import open_order, trade_row
from pairlock_adapters.laboratory.polymarket.paging import clob_page
from pairlock_adapters.laboratory.polymarket.reading import Reading
from pairlock_adapters.laboratory.polymarket.refusal import Refusal

_ALLOWANCE = str(2**256 - 1)
_ASSETS = ("COLLATERAL", "CONDITIONAL", "CONDITIONAL-V2")


def _is_ours(desk: Desk, ask: Ask) -> bool:
    """Whether the key is one of the account's; a stranger's reads are empty."""
    return ask.asker.address == desk.account.signer


def order(desk: Desk, ask: Ask) -> object:
    """One order, while it is active: what is over is in the trades, or nowhere."""
    known = desk.exchange.order_named(ask.path["order_id"]) if _is_ours(desk, ask) else None
    reading = Reading(desk, ask.effect, () if known is None else (known.market,))
    seen = reading.order(known) if known is not None else None
    listing = desk.catalog.find(seen.order.market) if seen is not None else None
    if seen is None or listing is None:
        raise Refusal(404, "Order not found")
    row = open_order(seen, listing, desk.owner(ask.asker), desk.expires_s(seen.order), desk.wall_of_ms)
    return reading.drifted(row)


def orders(desk: Desk, ask: Ask) -> object:
    """The orders that rest or wait."""
    if not _is_ours(desk, ask):
        return clob_page([], ask.one("next_cursor"))
    markets = _markets(desk, ask)
    reading = Reading(desk, ask.effect, markets)
    rows: list[dict[str, Any]] = []
    for each in desk.orders(markets, live=True):
        seen = reading.order(each)
        listing = None if seen is None else desk.catalog.find(each.market)
        if seen is None or listing is None:
            continue
        row = open_order(seen, listing, desk.owner(ask.asker), desk.expires_s(each), desk.wall_of_ms)
        if _matches(ask, row):
            rows.append(reading.drifted(row))
    return clob_page(rows, ask.one("next_cursor"))


def trades(desk: Desk, ask: Ask) -> object:
    """Every match of the account, newest first."""
    if not _is_ours(desk, ask) or ask.one("maker_address").lower() not in ("", desk.account.maker):
        return clob_page([], ask.one("next_cursor"))
    after_s, before_s = (_seconds(ask, name) for name in ("after", "before"))
    markets = _markets(desk, ask)
    reading, owner, rows = Reading(desk, ask.effect, markets), desk.owner(ask.asker), list[dict[str, Any]]()
    listings: dict[str, Listing | None] = {}
    for each in desk.orders(markets):
        if each.market not in listings:
            listings[each.market] = desk.catalog.find(each.market)
        listing = listings[each.market]
        for fill, word in reading.fills(each) if listing is not None else ():
            matched_s = desk.wall_s(fill.matched_ms)
            if (after_s is None or matched_s > after_s) and (before_s is None or matched_s < before_s):
                assert listing is not None
                rows.append(trade_row(each, fill, desk.trade_facts(each, fill, word, owner, listing)))
    rows = [row for row in rows if _matches(ask, row)]
    rows.sort(key=lambda row: int(row["match_time_nano"]), reverse=True)
    return clob_page([reading.drifted(row) for row in reading.rows(rows)], ask.one("next_cursor"))


def _markets(desk: Desk, ask: Ask) -> set[str]:
    """The markets that the query can concern; none: all."""
    market, token = ask.one("market"), ask.one("asset_id")
    known = desk.catalog.by_token(token) if token else None
    return {market} if market else {known[0]} if known is not None else set()


def _matches(ask: Ask, row: dict[str, Any]) -> bool:
    return all(ask.one(name) in ("", row[name]) for name in ("id", "market", "asset_id"))


def _seconds(ask: Ask, name: str) -> int | None:
    text = ask.one(name)
    if text and (not text.isdecimal() or len(text) > 12):
        raise Refusal(400, "Invalid trade params payload")
    return int(text) if text else None


def balance_allowance(desk: Desk, ask: Ask) -> object:
    """Dollars or shares in 1/1,000,000; allowances without end, for there is no chain here to give them on."""
    asset, token, kind = ask.one("asset_type"), ask.one("token_id"), ask.one("signature_type", "-1")
    if asset not in _ASSETS:
        raise Refusal(400, "Invalid asset type")
    if kind not in ("-1", "0", "1", "2", "3"):
        raise Refusal(400, "Invalid signature_type")
    wallet = desk.account.signature_type if kind == "-1" else int(kind)
    amount = 0
    if desk.account.is_of(ask.asker, wallet):
        if asset == "COLLATERAL":
            amount = desk.cash_micros(ask.effect)
        else:
            known = desk.catalog.by_token(token)
            if known is None:
                raise Refusal(400, "Invalid token id")
            amount = desk.sellable_e6(*known, ask.effect)
    spenders = (STANDARD_EXCHANGE, NEG_RISK_EXCHANGE)
    return {"balance": str(amount), "allowances": dict.fromkeys(spenders, _ALLOWANCE)}


def update_balance_allowance(desk: Desk, ask: Ask) -> object:
    """The venue reads the chain anew; ours is always current."""
    return balance_allowance(desk, ask)


def notifications(desk: Desk, ask: Ask) -> object:
    """None: what they tell is on the user's socket."""
    return []


def drop_notifications(desk: Desk, ask: Ask) -> object:
    return OK


def order_scoring(desk: Desk, ask: Ask) -> object:
    """No order earns a reward here."""
    return {"scoring": False}


def orders_scoring(desk: Desk, ask: Ask) -> object:
    ids = ask.json() if ask.body else ask.many("order_ids")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise Refusal(400, "Invalid payload")
    return dict.fromkeys(ids, False)


def no_rows(desk: Desk, ask: Ask) -> object:
    """A page of what the laboratory has none of: rewards, earnings, an integrator's trades."""
    return clob_page([], ask.one("next_cursor"))


def no_list(desk: Desk, ask: Ask) -> object:
    return []


def percentages(desk: Desk, ask: Ask) -> object:
    return {}


def builder_fees(desk: Desk, ask: Ask) -> object:
    """No integrator takes a fee here."""
    return {"builder_maker_fee_rate_bps": 0, "builder_taker_fee_rate_bps": 0}
