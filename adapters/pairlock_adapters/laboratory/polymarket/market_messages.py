"""Messages of the market's socket: what changed in a book since it was last told."""

from __future__ import annotations

from pairlock.book import Level
from pairlock.model import Outcome
from pairlock_adapters.laboratory.polymarket import book_bodies
from pairlock_adapters.laboratory.polymarket.book_bodies import Sides, price, size
from pairlock_adapters.laboratory.polymarket.decimals import trimmed
from pairlock_adapters.laboratory.polymarket.listing import OUTCOMES, Listing
from pairlock_adapters.laboratory.polymarket.market_bodies import LABELS

Message = dict[str, object]


def snapshot(listing: Listing, outcome: Outcome, wall_ms: int) -> Message:
    """A whole book."""
    return {"event_type": "book", **book_bodies.book(listing, outcome, wall_ms)}


def price_change(
    listing: Listing,
    before: dict[Outcome, Sides],
    after: dict[Outcome, Sides],
    hashed: dict[Outcome, Sides],
    wall_ms: int,
) -> Message | None:
    """The levels that are others than before, of both tokens; None where none is.

    ``hashed``: the books of which the hashes are told, which are those after the changes but for a fault.
    """
    changes: list[Message] = []
    for outcome in OUTCOMES:
        bids, asks = after[outcome]
        digest = book_bodies.book(listing, outcome, wall_ms, hashed[outcome])["hash"]
        ends = {
            "best_bid": price(bids[0][0]) if bids else "0",
            "best_ask": price(asks[0][0]) if asks else "1",
        }
        for side, number in (("BUY", 0), ("SELL", 1)):
            for e4, e2 in _changed(before[outcome][number], after[outcome][number]):
                changes.append(
                    {"asset_id": listing.token(outcome), "price": price(e4), "size": size(e2), "side": side,
                     "hash": digest, **ends}
                )  # fmt: skip
    if not changes:
        return None
    return {
        "event_type": "price_change",
        "market": listing.market,
        "price_changes": changes,
        "timestamp": str(wall_ms),
    }


def _changed(before: tuple[Level, ...], after: tuple[Level, ...]) -> list[Level]:
    """Each price whose size changed, with its size now; 0 where nothing is left."""
    was, now = dict(before), dict(after)
    return [(e4, now.get(e4, 0)) for e4 in sorted(was.keys() | now.keys()) if was.get(e4) != now.get(e4)]


def best_bid_ask(listing: Listing, outcome: Outcome, sides: Sides, wall_ms: int) -> Message | None:
    """The best prices; None while a side is empty."""
    bids, asks = sides
    if not bids or not asks:
        return None
    return {
        "event_type": "best_bid_ask",
        "market": listing.market,
        "asset_id": listing.token(outcome),
        "best_bid": price(bids[0][0]),
        "best_ask": price(asks[0][0]),
        "spread": price(asks[0][0] - bids[0][0]),
        "timestamp": str(wall_ms),
    }


def tick_size_change(listing: Listing, outcome: Outcome, old_e4: int, wall_ms: int) -> Message:
    return {
        "event_type": "tick_size_change",
        "market": listing.market,
        "asset_id": listing.token(outcome),
        "old_tick_size": price(old_e4),
        "new_tick_size": price(listing.tick_e4),
        "timestamp": str(wall_ms),
    }


def last_trade_price(listing: Listing, outcome: Outcome, qty_e6: int, wall_ms: int) -> Message | None:
    """The last trade; None without one."""
    told = book_bodies.last_trade(listing, outcome)
    if not told["side"]:
        return None
    return {
        "event_type": "last_trade_price",
        "market": listing.market,
        "asset_id": listing.token(outcome),
        **told,
        "size": trimmed(qty_e6, 6),
        "fee_rate_bps": "0",
        "timestamp": str(wall_ms),
    }


def new_market(listing: Listing, wall_ms: int) -> Message:
    return {
        "event_type": "new_market",
        "id": listing.number,
        "question": listing.question,
        "market": listing.market,
        "slug": listing.slug,
        "description": "",
        "assets_ids": list(listing.tokens),
        "outcomes": [LABELS[outcome] for outcome in OUTCOMES],
        "event_message": _event(listing),
        "timestamp": str(wall_ms),
        "tags": [],
        "condition_id": listing.market,
        "active": True,
        "clob_token_ids": list(listing.tokens),
        "order_price_min_tick_size": price(listing.tick_e4),
    }


def market_resolved(listing: Listing, wall_ms: int) -> Message:
    """Who won; nobody, where the market pays both outcomes something."""
    winner = next((outcome for outcome in OUTCOMES if listing.pays_e4(outcome) == 10_000), None)
    return {
        "event_type": "market_resolved",
        "id": listing.number,
        "market": listing.market,
        "assets_ids": list(listing.tokens),
        "winning_asset_id": "" if winner is None else listing.token(winner),
        "winning_outcome": "" if winner is None else LABELS[winner],
        "event_message": _event(listing),
        "timestamp": str(wall_ms),
        "tags": [],
    }


def _event(listing: Listing) -> Message:
    return {
        "id": listing.event_number,
        "ticker": listing.event,
        "slug": listing.event,
        "title": listing.name,
        "description": "",
    }
