"""An order as posted becomes one at the exchange, or is refused before it gets there, in the venue's words."""

from __future__ import annotations

from attrs import frozen

from pairlock.model import Outcome
from pairlock_adapters.laboratory.polymarket.amounts import terms
from pairlock_adapters.laboratory.polymarket.face import Face
from pairlock_adapters.laboratory.polymarket.hashing import (
    digest,
    exchange_domain,
    signer_of_order,
    struct_hash,
)
from pairlock_adapters.laboratory.polymarket.json_text import trimmed
from pairlock_adapters.laboratory.polymarket.logins import ApiKey
from pairlock_adapters.laboratory.polymarket.order_bodies import trade_id
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
from pairlock_adapters.simulated.answers import bent_answer
from pairlock_adapters.simulated.door import Waiting
from pairlock_adapters.simulated.matching import Tif
from pairlock_adapters.simulated.rules import Raw, Refused, VenueKind
from pairlock_adapters.simulated.state import Status, VenueOrder
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


def placing(face: Face, key: ApiKey, body: object) -> Placing:
    """Judge a posted body; ``Refusal`` where the exchange never sees it."""
    request = order_request(body)
    order, chain_id = request.order, face.account.chain_id
    if request.owner != key.key:
        raise Refusal(400, OWNER_MISMATCH)
    wallet_signs = order.signature_type == 3
    if (order.signer != order.maker) if wallet_signs else (order.signer != key.address):
        raise Refusal(400, SIGNER_MISMATCH)
    domain = exchange_domain(chain_id, token_id=order.token_id, neg_risk=False)
    if signer_of_order(order, request.signature, domain, chain_id) != key.address:
        raise Refusal(400, INVALID_SIGNATURE)
    order_id = "0x" + digest(domain, struct_hash(order)).hex()
    known = face.catalog.by_token(str(order.token_id))
    state = face.catalog.state(known[0]) if known is not None else None
    if known is None or state is None:
        raise face.refuse(Refused.NO_MARKET, order_id)
    checked_expiration(request, face.wall_ms())
    if not face.account.is_of(key, order.signature_type) or order.maker != face.account.maker:
        raise face.refuse(Refused.BALANCE, order_id)  # another wallet, which has nothing
    return Placing(order_id, _wire_order(face, request, order_id, known, state.spec.tick_e4))


def _wire_order(
    face: Face, request: OrderRequest, order_id: str, known: tuple[str, Outcome], tick_e4: int
) -> WireOrder:
    market, outcome = known
    found, tif = terms(request, tick_e4, order_id), _TIFS[request.order_type]
    meaning = face.names.meaning(face.exchange.name, order_id)
    if meaning is not None and (meaning.outcome, meaning.buys) != (outcome, request.buys):
        meaning = None
    expires_ms = request.expiration_s * 1000 - face.wall_of_ms if request.expiration_s else -1
    deadline_ms = request.order.timestamp_ms + _DEADLINE_AFTER_MS - face.wall_of_ms
    # A market buy spends dollars; that of an engine which is known to count in shares is taken as it was meant.
    spends = request.spends and meaning is None
    size_e2 = found.budget_micros // tick_e4 if spends else found.size_e6 // 10_000
    return WireOrder(
        order_id if meaning is None else meaning.intent_id, face.exchange.name, market, outcome, request.buys,
        size_e2, found.limit_e4, engine_tif(tif), deadline_ms, tif=tif, venue_order_id=order_id,
        expires_ms=expires_ms, post_only=request.post_only, budget_micros=found.budget_micros if spends else -1,
    )  # fmt: skip


def answer(face: Face, waiting: Waiting, placed: Placing) -> Raw:
    """The answer as the client reads it: the venue's own words, bent as the fault says."""
    plain, order = waiting.plain, waiting.order
    assert plain is not None
    if order is not None:
        plain = Raw(200, accepted(order), plain.at_ms)
    return bent_answer(VenueKind.POLYMARKET, plain, waiting.how, plain.at_ms)


def accepted(order: VenueOrder) -> dict[str, object]:
    """The answer to an order that the venue took, and did not kill."""
    held = order.status is Status.HELD
    shares = trimmed(order.matched_e6, 6)
    dollars = trimmed(sum(fill.cost_micros for fill in order.fills), 6)
    nothing = not order.fills and held
    return {
        "errorMsg": "",
        "orderID": order.venue_order_id,
        "takingAmount": "" if nothing else shares if order.buys else dollars,
        "makingAmount": "" if nothing else dollars if order.buys else shares,
        "status": ("live" if order.live else "delayed") if held else "matched",
        "success": True,
        "tradeIDs": [trade_id(fill) for fill in order.fills],
    }


def in_batch(raw: Raw) -> dict[str, object]:
    """One answer among several: a refusal is told as a success without an order."""
    if raw.status < 300 and isinstance(raw.body, dict):
        return raw.body
    text = raw.body.get("error", "") if isinstance(raw.body, dict) else str(raw.body)
    return {
        "errorMsg": text,
        "orderID": "",
        "takingAmount": "",
        "makingAmount": "",
        "status": "",
        "success": True,
    }
