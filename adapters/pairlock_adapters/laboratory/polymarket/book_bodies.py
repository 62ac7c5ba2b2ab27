"""Bodies that tell of books and prices: whole books with their hashes, best prices, midpoints, spreads, last trades."""

from __future__ import annotations

import json
from hashlib import sha1

from pairlock.book import Level
from pairlock.model import Outcome
from pairlock_adapters.laboratory.polymarket.json_text import Bare, trimmed
from pairlock_adapters.laboratory.polymarket.listing import Listing, levels

Sides = tuple[tuple[Level, ...], tuple[Level, ...]]


def price(e4: int) -> str:
    return trimmed(e4, 4)


def size(e2: int) -> str:
    return trimmed(e2, 2)


def book(listing: Listing, outcome: Outcome, wall_ms: int, sides: Sides | None = None) -> dict[str, object]:
    """A book as ``GET /book`` tells it: the best prices last on both sides. ``sides``: other levels than the real."""
    bids, asks = levels(listing.book, outcome) if sides is None else sides
    last_e4 = listing.last_e4(outcome)
    told: dict[str, object] = {
        "market": listing.market,
        "asset_id": listing.token(outcome),
        "timestamp": str(wall_ms),
        "hash": "",
        "bids": [{"price": price(e4), "size": size(e2)} for e4, e2 in reversed(bids)],
        "asks": [{"price": price(e4), "size": size(e2)} for e4, e2 in reversed(asks)],
        "min_order_size": size(listing.min_size_e2),
        "tick_size": price(listing.tick_e4),
        "neg_risk": False,
        "last_trade_price": "" if last_e4 is None else price(last_e4),
    }
    return told | {"hash": hashed(told)}


def hashed(told: dict[str, object]) -> str:
    """The hash of a book, as the official clients compute it: of the compact JSON with an empty hash, SHA-1."""
    text = json.dumps(told | {"hash": ""}, separators=(",", ":"), ensure_ascii=False)
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def best(listing: Listing, outcome: Outcome, side: str) -> int | None:
    """The best bid (side "BUY") or ask ("SELL"), as ``GET /price`` means it."""
    bids, asks = levels(listing.book, outcome)
    found = bids if side == "BUY" else asks
    return found[0][0] if found else None


def best_price(listing: Listing, outcome: Outcome, side: str) -> Bare:
    """Zero where nothing rests."""
    return Bare(best(listing, outcome, side) or 0, 4)


def midpoint(listing: Listing, outcome: Outcome) -> str | None:
    """Half way between the best prices; None without both."""
    bid_e4, ask_e4 = best(listing, outcome, "BUY"), best(listing, outcome, "SELL")
    return None if bid_e4 is None or ask_e4 is None else trimmed((bid_e4 + ask_e4) * 5, 5)


def spread(listing: Listing, outcome: Outcome) -> str | None:
    bid_e4, ask_e4 = best(listing, outcome, "BUY"), best(listing, outcome, "SELL")
    return None if bid_e4 is None or ask_e4 is None else price(ask_e4 - bid_e4)


def last_trade(listing: Listing, outcome: Outcome) -> dict[str, object]:
    """Without any trade the venue says 0.5, and no side."""
    last_e4 = listing.last_e4(outcome)
    if listing.last is None or last_e4 is None:
        return {"price": "0.5", "side": ""}
    bought = listing.last[1] is (outcome is Outcome.YES)
    return {"price": price(last_e4), "side": "BUY" if bought else "SELL"}
