"""From an intent to the signed order's fields and the request's body. Pure: a restart builds the same bytes again.

Orders are denominated in shares: 1/100 share times 1/10,000 dollar is one micro-dollar, so both amounts are exact
integers in the venue's unit (1/1,000,000) and nothing is ever rounded. A market order of the official client names
dollars instead, so that its shares depend on the prices it meets; a limit order that fills or is killed never buys
fewer shares than it names. Better prices may still bring more: what filled is read, never assumed.

Salt and time must not be drawn at the send, or the order's id (the hash) would be lost with the process. The salt is
taken from the intent's id, at most 53 bits as the official client draws it (a JSON number stays exact). The time is
the intent's deadline less two seconds: durable with the intent, and about the wall clock's time, as the engine's
clock starts from it. The API key is not part of what is signed, so another key of the same wallet sends the same
order. Wallet, signature type, metadata and builder come from the configuration and must not change while an order is
open; the engine refuses a start with others (``wallets.identity_of``).
"""

from __future__ import annotations

import json
from hashlib import sha256

from attrs import evolve, frozen

from pairlock.ports import OrderIntent, TimeInForce
from pairlock.units import DOLLAR_E4
from pairlock_adapters.polymarket.contracts import Domain, domain_of
from pairlock_adapters.polymarket.markets import AMOUNT_STEP_MICROS, MIN_BUY_MICROS, Market
from pairlock_adapters.polymarket.sign.order import ZERO_WORD, OrderFields, SignatureType, order_hash

_SALT_BITS = 53
_BEFORE_DEADLINE_MS = 2_000
_MICRO_SHARES_PER_E2 = 10_000

ORDER_TYPES = {TimeInForce.FILL_OR_KILL: "FOK", TimeInForce.IMMEDIATE_OR_CANCEL: "FAK"}


@frozen
class Wallet:
    """Who trades. ``funder`` holds the money and is the order's maker; ``signer`` is the key's own address.

    A deposit wallet (POLY_1271) is its order's signer too: the contract checks the key's signature.
    """

    chain_id: int
    signature_type: SignatureType
    signer: str
    funder: str
    metadata: bytes = ZERO_WORD
    builder: bytes = ZERO_WORD


def salt_of(intent_id: str) -> int:
    """The order's salt, the same for ever."""
    return int.from_bytes(sha256(intent_id.encode()).digest(), "big") >> (256 - _SALT_BITS)


def broken_rule(intent: OrderIntent, market: Market) -> str:
    """The venue's rule that the order breaks, in words; "" if it breaks none."""
    tick_e4, price_e4 = market.tick_e4, intent.limit_e4
    if price_e4 % tick_e4 or not tick_e4 <= price_e4 <= DOLLAR_E4 - tick_e4:
        return f"limit {price_e4}/10000 is not a multiple of the tick {tick_e4}/10000 between it and its complement"
    if intent.size_e2 < max(market.min_size_e2, 1):
        return f"size {intent.size_e2}/100 is below the minimum {market.min_size_e2}/100"
    notional_micros = intent.size_e2 * price_e4
    if intent.buys and notional_micros < MIN_BUY_MICROS:
        return f"a marketable buy of {notional_micros} micro-dollars is below one dollar"
    if notional_micros % AMOUNT_STEP_MICROS:
        return f"size x price is {notional_micros} micro-dollars, not whole cents"
    return ""


def fields_of(intent: OrderIntent, market: Market, wallet: Wallet) -> tuple[OrderFields, Domain]:
    """What is signed for the intent, and for which contract."""
    token_id = market.token(intent.outcome)
    shares = intent.size_e2 * _MICRO_SHARES_PER_E2
    dollars = intent.size_e2 * intent.limit_e4
    deposit = wallet.signature_type is SignatureType.POLY_1271
    fields = OrderFields(
        salt=salt_of(intent.intent_id),
        maker=wallet.funder,
        signer=wallet.funder if deposit else wallet.signer,
        token_id=token_id,
        maker_amount=dollars if intent.buys else shares,
        taker_amount=shares if intent.buys else dollars,
        sells=not intent.buys,
        signature_type=wallet.signature_type,
        timestamp_ms=max(0, intent.deadline_ms - _BEFORE_DEADLINE_MS),
        metadata=wallet.metadata,
        builder=wallet.builder,
    )
    return fields, domain_of(wallet.chain_id, token_id, neg_risk=market.neg_risk)


def other_id(intent: OrderIntent, market: Market, wallet: Wallet) -> str:
    """The order's id as it would be signed for the market's other contract."""
    return order_hash(*fields_of(intent, evolve(market, neg_risk=not market.neg_risk), wallet))


def body_of(fields: OrderFields, signature: str, *, owner: str, time_in_force: TimeInForce) -> bytes:
    """The request's body, byte for byte as it is signed (L2) and sent. ``owner``: the API key that sends it."""
    return json.dumps(
        {
            "order": {
                "salt": fields.salt,
                "maker": fields.maker,
                "signer": fields.signer,
                "tokenId": str(fields.token_id),
                "makerAmount": str(fields.maker_amount),
                "takerAmount": str(fields.taker_amount),
                "side": "SELL" if fields.sells else "BUY",
                "expiration": "0",
                "signatureType": int(fields.signature_type),
                "timestamp": str(fields.timestamp_ms),
                "metadata": "0x" + fields.metadata.hex(),
                "builder": "0x" + fields.builder.hex(),
                "signature": signature,
            },
            "owner": owner,
            "orderType": ORDER_TYPES[time_in_force],
            "deferExec": False,
            "postOnly": False,
        },
        separators=(",", ":"),
    ).encode()
