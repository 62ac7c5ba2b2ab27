"""Bodies that tell of the account's orders and trades, over REST and on the user's socket."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from attrs import frozen

from pairlock_adapters.laboratory.polymarket.book_bodies import price, size
from pairlock_adapters.laboratory.polymarket.decimals import trimmed
from pairlock_adapters.laboratory.polymarket.listing import Listing
from pairlock_adapters.laboratory.polymarket.market_bodies import LABELS
from pairlock_adapters.simulated.state import OrderView, Status, VenueFill, VenueOrder

ORDER_TYPES = {
    "good_till_canceled": "GTC",
    "fill_or_kill": "FOK",
    "immediate_or_cancel": "FAK",
}
# A transaction has a hash once it was broadcast.
_ON_CHAIN = ("MINED", "CONFIRMED", "RETRYING")


@frozen
class Owner:
    """Whose orders they are: the API key that asks, and the address that holds the money. ``named``: what the wire
    calls an order."""

    key: str
    maker: str
    named: Callable[[VenueOrder], str]


def trade_id(fill: VenueFill) -> str:
    """The venue's id of a trade: the fill's own, so that the truth and the wire call it alike."""
    return fill.fill_id


def mined_ms(fill: VenueFill) -> int:
    """When a match is on its way to the chain: half way to its end (as ``simulated.state`` has it)."""
    return fill.matched_ms + -(-(fill.final_at_ms - fill.matched_ms) // 2)


def settled_hash(fill: VenueFill) -> str:
    """The hash of the transaction that settles it."""
    return "0x" + sha256(f"tx:{fill.fill_id}".encode()).hexdigest()


def transaction_hash(fill: VenueFill, word: str) -> str:
    return settled_hash(fill) if word in _ON_CHAIN else ""


def order_type(order: VenueOrder, expires_s: int) -> str:
    return "GTD" if expires_s else ORDER_TYPES[order.tif]


def order_status(seen: OrderView) -> str:
    """In the venue's words, without the prefix that REST puts before them."""
    if seen.status is Status.HELD:
        return "LIVE" if seen.order.live else "DELAYED"
    return "MATCHED" if seen.status is Status.EXECUTED else "CANCELED"


def _order(seen: OrderView, listing: Listing, owner: Owner, expires_s: int) -> dict[str, object]:
    order = seen.order
    return {
        "id": owner.named(order),
        "owner": owner.key,
        "maker_address": owner.maker,
        "market": order.market,
        "asset_id": listing.token(order.outcome),
        "side": "BUY" if order.buys else "SELL",
        "original_size": size(order.size_e2),
        "size_matched": trimmed(sum(fill.qty_e6 for fill, _ in seen.fills), 6),
        "price": price(order.limit_e4),
        "outcome": LABELS[order.outcome],
        "expiration": str(expires_s),
        "order_type": order_type(order, expires_s),
        "associate_trades": [trade_id(fill) for fill, _ in seen.fills],
    }


def open_order(
    seen: OrderView, listing: Listing, owner: Owner, expires_s: int, wall_of_ms: int
) -> dict[str, object]:
    """A row of ``/data/orders``. ``wall_of_ms``: what to add to the venue's time to have the wall clock's."""
    return {
        **_order(seen, listing, owner, expires_s),
        "status": f"ORDER_STATUS_{order_status(seen)}",
        "created_at": (seen.order.accepted_ms + wall_of_ms) // 1000,
    }


def order_event(
    seen: OrderView, listing: Listing, owner: Owner, expires_s: int, wall_of_ms: int, at_ms: int, kind: str
) -> dict[str, object]:
    """An ``order`` message of the user's socket; ``kind``: PLACEMENT, UPDATE or CANCELLATION."""
    return {
        "event_type": "order",
        **_order(seen, listing, owner, expires_s),
        "order_owner": owner.key,
        "status": order_status(seen),
        "type": kind,
        "created_at": str((seen.order.accepted_ms + wall_of_ms) // 1000),
        "timestamp": str(at_ms + wall_of_ms),
    }


@frozen
class TradeFacts:
    """What a trade's row tells beside its fill."""

    listing: Listing
    owner: Owner
    word: str
    updated_ms: int  # wall clock
    matched_ms: int  # wall clock
    fee_rate_bps: int
    as_maker: bool


def _trade(order: VenueOrder, fill: VenueFill, facts: TradeFacts) -> dict[str, object]:
    """Our own side of it; the other side is a stranger."""
    listing, mine = facts.listing, facts.owner.named(order)
    token, outcome = listing.token(order.outcome), LABELS[order.outcome]
    stranger = sha256(f"other:{fill.fill_id}".encode()).hexdigest()
    other = {
        "order_id": "0x" + stranger,
        "owner": f"{stranger[:8]}-{stranger[8:12]}-4{stranger[13:16]}-a{stranger[17:20]}-{stranger[20:32]}",
        "maker_address": "0x" + stranger[:40],
        "side": "SELL" if order.buys else "BUY",
    }
    own = {
        "order_id": mine,
        "owner": facts.owner.key,
        "maker_address": facts.owner.maker,
        "side": "BUY" if order.buys else "SELL",
    }
    taker, maker = (other, own) if facts.as_maker else (own, other)
    return {
        "id": trade_id(fill),
        "taker_order_id": taker["order_id"],
        "market": order.market,
        "asset_id": token,
        "side": taker["side"],
        "size": trimmed(fill.qty_e6, 6),
        "fee_rate_bps": str(facts.fee_rate_bps),
        "price": price(fill.price_e4),
        "outcome": outcome,
        "bucket_index": 0,
        "owner": taker["owner"],
        "maker_address": taker["maker_address"],
        "transaction_hash": transaction_hash(fill, facts.word),
        "maker_orders": [
            {
                **maker,
                "matched_amount": trimmed(fill.qty_e6, 6),
                "price": price(fill.price_e4),
                "fee_rate_bps": "0",
                "asset_id": token,
                "outcome": outcome,
            }
        ],
        "trader_side": "MAKER" if facts.as_maker else "TAKER",
    }


def trade_row(order: VenueOrder, fill: VenueFill, facts: TradeFacts) -> dict[str, object]:
    """A row of ``/data/trades``: its status carries the prefix that the socket leaves away."""
    return {
        **_trade(order, fill, facts),
        "status": f"TRADE_STATUS_{facts.word}",
        "match_time": str(facts.matched_ms // 1000),
        "match_time_nano": str(facts.matched_ms * 1_000_000),
        "last_update": str(facts.updated_ms // 1000),
        "err_msg": "transaction failed" if facts.word == "FAILED" else None,
    }


def trade_event(order: VenueOrder, fill: VenueFill, facts: TradeFacts) -> dict[str, object]:
    """A ``trade`` message of the user's socket."""
    return {
        "event_type": "trade",
        "type": "TRADE",
        **_trade(order, fill, facts),
        "status": facts.word,
        "matchtime": str(facts.matched_ms // 1000),
        "last_update": str(facts.updated_ms // 1000),
        "trade_owner": facts.owner.key,
        "timestamp": str(facts.updated_ms),
    }
