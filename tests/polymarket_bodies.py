"""Bodies as Polymarket's documents and captures show them, for our test market and order."""

from __future__ import annotations

from typing import Any

from pairlock_adapters.polymarket.build import fields_of
from pairlock_adapters.polymarket.parse_trades import Asked
from pairlock_adapters.polymarket.sign.order import order_hash
from polymarket_kit import CONDITION, INTENT, MARKET, NO_TOKEN, YES_TOKEN, wallet

ORDER_ID = order_hash(*fields_of(INTENT, MARKET, wallet()))
OTHER_ID = "0x" + "0b" * 32
ASKED = Asked(INTENT, ORDER_ID, str(YES_TOKEN), MARKET.fees)

# The answer to an order of 10 shares at 0.40 that matched.
MATCHED: dict[str, Any] = {
    "success": True, "errorMsg": "", "orderID": ORDER_ID, "status": "matched", "makingAmount": "4",
    "takingAmount": "10", "tradeIDs": ["t-1"], "transactionsHashes": [],
}  # fmt: skip

MAKER: dict[str, Any] = {
    "order_id": OTHER_ID, "owner": "someone", "maker_address": "0x01", "matched_amount": "10", "price": "0.4",
    "fee_rate_bps": "0", "asset_id": str(YES_TOKEN), "outcome": "Yes", "side": "SELL",
}  # fmt: skip

TRADE: dict[str, Any] = {
    "id": "t-1", "taker_order_id": ORDER_ID, "market": CONDITION, "asset_id": str(YES_TOKEN), "side": "BUY",
    "size": "10", "fee_rate_bps": "0", "price": "0.4", "status": "TRADE_STATUS_MATCHED",
    "match_time": "1790000000", "last_update": "1790000000", "outcome": "Yes", "bucket_index": 0,
    "owner": "us", "maker_address": "0x02", "transaction_hash": "", "maker_orders": [MAKER],
    "trader_side": "TAKER",
}  # fmt: skip

ORDER: dict[str, Any] = {
    "id": ORDER_ID, "status": "ORDER_STATUS_LIVE", "owner": "us", "maker_address": "0x02", "market": CONDITION,
    "asset_id": str(YES_TOKEN), "side": "BUY", "original_size": "10", "size_matched": "0", "price": "0.4",
    "outcome": "Yes", "expiration": "0", "order_type": "FOK", "associate_trades": [], "created_at": 1790000000,
}  # fmt: skip

DETAILS: dict[str, Any] = {
    "t": [{"t": str(YES_TOKEN), "o": "Yes"}, {"t": str(NO_TOKEN), "o": "No"}], "mos": 5, "mts": "0.01",
    "nr": False, "fd": {"r": "0.04", "e": 1, "to": True}, "itode": False,
}  # fmt: skip

FULL: dict[str, Any] = {
    "condition_id": CONDITION, "active": True, "closed": False, "archived": False, "accepting_orders": True,
    "enable_order_book": True, "seconds_delay": 0, "neg_risk": False, "is_50_50_outcome": False,
    "tokens": [
        {"token_id": str(YES_TOKEN), "outcome": "Yes", "price": "0.4", "winner": False},
        {"token_id": str(NO_TOKEN), "outcome": "No", "price": "0.6", "winner": False},
    ],
}  # fmt: skip

GAMMA: dict[str, Any] = {
    "conditionId": CONDITION, "closed": True, "umaResolutionStatus": "resolved", "feesEnabled": True,
    "clobTokenIds": f'["{YES_TOKEN}", "{NO_TOKEN}"]', "outcomePrices": '["1", "0"]',
    "feeSchedule": {"exponent": 1, "rate": "0.03", "takerOnly": True, "rebateRate": "0.25"},
}  # fmt: skip


def resolved(*winners: bool, fifty: bool = False) -> dict[str, Any]:
    tokens = [{**row, "winner": won} for row, won in zip(FULL["tokens"], winners, strict=True)]
    return {**FULL, "closed": True, "accepting_orders": False, "tokens": tokens, "is_50_50_outcome": fifty}
