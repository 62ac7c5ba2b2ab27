"""The order book's public calls: health, markets, books, prices."""

from __future__ import annotations

from collections.abc import Callable

from pairlock.model import Outcome
from pairlock_adapters.laboratory.polymarket import book_bodies, market_bodies
from pairlock_adapters.laboratory.polymarket.ask import OK, Ask
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.polymarket.listing import Listing
from pairlock_adapters.laboratory.polymarket.paging import clob_page
from pairlock_adapters.laboratory.polymarket.refusal import Refusal
from pairlock_adapters.laboratory.wire_json import number

NO_BOOK = "No orderbook exists for the requested token id"
_SIDES = ("BUY", "SELL")
_MOST_TOKENS = 500


def ok(desk: Desk, ask: Ask) -> object:
    return OK


def version(desk: Desk, ask: Ask) -> object:
    """Of the orders that the exchange takes."""
    return {"version": 2}


def time(desk: Desk, ask: Ask) -> object:
    return desk.wall_ms() // 1000


def found(desk: Desk, token: str) -> tuple[Listing, Outcome]:
    """The market of a token; ``Refusal`` 404 where it has no book any more, or never had."""
    known = desk.catalog.by_token(token)
    listing = desk.catalog.find(known[0]) if known is not None else None
    if known is None or listing is None or listing.closed:
        raise Refusal(404, NO_BOOK)
    return listing, known[1]


def _asked(desk: Desk, ask: Ask) -> tuple[Listing, Outcome]:
    token = ask.path.get("token_id") or ask.one("token_id")
    if not token.isdecimal():
        raise Refusal(400, "Invalid token id")
    return found(desk, token)


def tokens_of(ask: Ask) -> list[tuple[str, str]]:
    """(token, side) of a call for several, from its body or its query."""
    if not ask.body:
        tokens, sides = ask.many("token_ids"), ask.many("sides")
        return [(token, sides[number] if number < len(sides) else "") for number, token in enumerate(tokens)]
    rows = ask.json()
    good = isinstance(rows, list) and all(
        isinstance(row, dict) and isinstance(row.get("token_id"), str) for row in rows
    )
    if not good or not isinstance(rows, list):
        raise Refusal(400, "Invalid payload")
    if len(rows) > _MOST_TOKENS:
        raise Refusal(400, "Payload exceeds the limit")
    return [(row["token_id"], str(row.get("side", ""))) for row in rows]


def book(desk: Desk, ask: Ask) -> object:
    listing, outcome = _asked(desk, ask)
    return desk.book(listing, outcome)


def books(desk: Desk, ask: Ask) -> object:
    """Tokens without a book are left out."""
    told = []
    for token, _ in tokens_of(ask):
        try:
            listing, outcome = found(desk, token)
        except Refusal:
            continue
        told.append(desk.book(listing, outcome))
    return told


def tick_size(desk: Desk, ask: Ask) -> object:
    return {"minimum_tick_size": number(_asked(desk, ask)[0].tick_e4, 4)}


def neg_risk(desk: Desk, ask: Ask) -> object:
    return {"neg_risk": _asked(desk, ask)[0].neg_risk}


def fee_rate(desk: Desk, ask: Ask) -> object:
    """Of the old exchange's orders; the new one's fees are in ``/clob-markets``."""
    _asked(desk, ask)
    return {"base_fee": 0}


def price(desk: Desk, ask: Ask) -> object:
    listing, outcome = _asked(desk, ask)
    if ask.one("side").upper() not in _SIDES:
        raise Refusal(400, "Invalid side")
    return {"price": _best(listing, outcome, ask.one("side").upper())}


def _best(listing: Listing, outcome: Outcome, side: str) -> str:
    """Zero where nothing rests."""
    return book_bodies.price(book_bodies.best(listing, outcome, side) or 0)


def prices(desk: Desk, ask: Ask) -> object:
    """Strings, as the official clients read them (the venue's own file of May 2026 says numbers)."""
    told: dict[str, dict[str, str]] = {}
    for token, side in tokens_of(ask):
        if side.upper() not in ("", *_SIDES):
            raise Refusal(400, "Invalid side")
        listing, outcome = found(desk, token)
        for each in _SIDES if not side else (side.upper(),):
            told.setdefault(token, {})[each] = _best(listing, outcome, each)
    return told


def midpoint(desk: Desk, ask: Ask) -> object:
    middle = book_bodies.midpoint(*_asked(desk, ask))
    if middle is None:
        raise Refusal(404, NO_BOOK)
    return {"mid": middle}


def spread(desk: Desk, ask: Ask) -> object:
    told = book_bodies.spread(*_asked(desk, ask))
    if told is None:
        raise Refusal(404, NO_BOOK)
    return {"spread": told}


def _several(told_by: Callable[[Listing, Outcome], str | None]) -> Callable[[Desk, Ask], object]:
    """One text for each token that has one."""

    def told(desk: Desk, ask: Ask) -> object:
        values = {token: told_by(*found(desk, token)) for token, _ in tokens_of(ask)}
        return {token: value for token, value in values.items() if value is not None}

    return told


midpoints = _several(book_bodies.midpoint)
spreads = _several(book_bodies.spread)


def last_trade_price(desk: Desk, ask: Ask) -> object:
    return book_bodies.last_trade(*_asked(desk, ask))


def last_trades_prices(desk: Desk, ask: Ask) -> object:
    rows: list[dict[str, object]] = []
    for token, _ in tokens_of(ask):
        listing, outcome = found(desk, token)
        rows.append({"token_id": token, **book_bodies.last_trade(listing, outcome)})
    return rows


def _pages(row: Callable[[Listing], dict[str, object]], *, open_only: bool) -> Callable[[Desk, Ask], object]:
    def told(desk: Desk, ask: Ask) -> object:
        listings = [each for each in desk.catalog.all() if not (open_only and each.closed)]
        return clob_page([row(each) for each in listings], ask.one("next_cursor"), 1_000)

    return told


markets = _pages(market_bodies.full, open_only=False)
sampling_markets = _pages(market_bodies.full, open_only=True)
simplified_markets = _pages(market_bodies.simplified, open_only=False)
sampling_simplified_markets = _pages(market_bodies.simplified, open_only=True)


def of_condition(desk: Desk, ask: Ask) -> Listing:
    listing = desk.catalog.find(ask.path["condition_id"])
    if listing is None:
        raise Refusal(404, "market not found")
    return listing


def market(desk: Desk, ask: Ask) -> object:
    return market_bodies.full(of_condition(desk, ask))


def clob_market(desk: Desk, ask: Ask) -> object:
    return market_bodies.short(of_condition(desk, ask))


def market_by_token(desk: Desk, ask: Ask) -> object:
    known = desk.catalog.by_token(ask.path["token_id"])
    listing = desk.catalog.find(known[0]) if known is not None else None
    if listing is None:
        raise Refusal(404, "market not found")
    yes, no = listing.tokens
    return {"condition_id": listing.market, "primary_token_id": yes, "secondary_token_id": no}


def live_activity(desk: Desk, ask: Ask) -> object:
    listing = of_condition(desk, ask)
    return {
        "condition_id": listing.market,
        "id": int(listing.number),
        "question": listing.question,
        "market_slug": listing.slug,
        "event_slug": listing.event,
        "series_slug": "",
        "icon": "",
        "image": "",
        "tags": [],
    }


def prices_history(desk: Desk, ask: Ask) -> object:
    """Only the present: the laboratory keeps no history of prices."""
    listing, outcome = found(desk, ask.one("market"))
    return {"history": [{"t": desk.wall_ms() // 1000, "p": number(listing.worth_e4(outcome), 4)}]}


def batch_prices_history(desk: Desk, ask: Ask) -> object:
    body = ask.json()
    tokens = body.get("markets") if isinstance(body, dict) else None
    if not isinstance(tokens, list) or len(tokens) > 20:
        raise Refusal(400, "Invalid payload")
    now_s = desk.wall_ms() // 1000
    told = {}
    for token in tokens:
        listing, outcome = found(desk, str(token))
        told[str(token)] = [{"t": now_s, "p": number(listing.worth_e4(outcome), 4)}]
    return {"history": told}
