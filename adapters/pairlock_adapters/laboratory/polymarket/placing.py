"""An order as posted becomes one at the exchange, or is refused before it gets there, in the venue's words."""

from __future__ import annotations

from attrs import evolve, frozen

from pairlock.model import Outcome
from pairlock_adapters.laboratory.ordering import booked
from pairlock_adapters.laboratory.polymarket.amounts import terms
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.polymarket.hashing import (
    digest,
    exchange_domain,
    signer_of_order,
    struct_hash,
)
from pairlock_adapters.laboratory.polymarket.logins import ApiKey
from pairlock_adapters.laboratory.polymarket.order_request import (
    OrderRequest,
    checked_expiration,
    order_request,
)
from pairlock_adapters.laboratory.polymarket.refusal import (
    INVALID_SIGNATURE,
    OWNER_MISMATCH,
    SIGNER_MISMATCH,
    Refusal,
)
from pairlock_adapters.simulated.matching import Tif
from pairlock_adapters.simulated.rules import Refused
from pairlock_adapters.simulated.wire_order import WireOrder, engine_tif

_TIFS = {
    "GTC": Tif.GOOD_TILL_CANCELED,
    "GTD": Tif.GOOD_TILL_CANCELED,
    "FOK": Tif.FILL_OR_KILL,
    "FAK": Tif.IMMEDIATE_OR_CANCEL,
}
# Our own client signs as its timestamp the order's deadline, less this much; others sign the present.
_DEADLINE_AFTER_MS = 2_000


@frozen
class Placing:
    """One order that is good enough to reach the exchange."""

    order_id: str
    wire: WireOrder


def placing(desk: Desk, key: ApiKey, body: object) -> Placing:
    """Judge a posted body; ``Refusal`` where the exchange never sees it."""
    request = order_request(body)
    order, chain_id = request.order, desk.account.chain_id
    if request.owner != key.key:
        raise Refusal(400, OWNER_MISMATCH)
    wallet_signs = order.signature_type == 3
    if (order.signer != order.maker) if wallet_signs else (order.signer != key.address):
        raise Refusal(400, SIGNER_MISMATCH)
    known = desk.catalog.by_token(str(order.token_id))
    listing = desk.catalog.find(known[0]) if known is not None else None
    neg_risk = listing is not None and listing.neg_risk
    domain = exchange_domain(chain_id, token_id=order.token_id, neg_risk=neg_risk)
    if signer_of_order(order, request.signature, domain, chain_id) != key.address:
        raise Refusal(400, INVALID_SIGNATURE)
    order_id = "0x" + digest(domain, struct_hash(order)).hex()
    if known is None or listing is None:
        raise desk.refuse(Refused.NO_MARKET, order_id)
    checked_expiration(request, desk.wall_ms())
    if not desk.account.is_of(key, order.signature_type) or order.maker != desk.account.maker:
        raise desk.refuse(Refused.BALANCE, order_id)  # another wallet, which has nothing
    return Placing(order_id, _wire_order(desk, request, order_id, known, listing.tick_e4))


def _wire_order(
    desk: Desk, request: OrderRequest, order_id: str, known: tuple[str, Outcome], tick_e4: int
) -> WireOrder:
    market, outcome = known
    found, tif = terms(request, tick_e4, order_id), _TIFS[request.order_type]
    expires_ms = request.expiration_s * 1000 - desk.wall_of_ms if request.expiration_s else -1
    deadline_ms = request.order.timestamp_ms + _DEADLINE_AFTER_MS - desk.wall_of_ms
    order = WireOrder(
        order_id, desk.exchange.name, market, outcome, request.buys, found.size_e6 // 10_000, found.limit_e4,
        engine_tif(tif), deadline_ms, tif=tif, venue_order_id=order_id, expires_ms=expires_ms,
        post_only=request.post_only, wire_id=order_id,
    )  # fmt: skip
    meant = booked(desk.lab, order, order_id)
    if not request.spends or meant is not order:
        return meant  # a market buy of an engine that is known to count in shares is taken as it was meant
    return evolve(order, budget_micros=found.budget_micros)
