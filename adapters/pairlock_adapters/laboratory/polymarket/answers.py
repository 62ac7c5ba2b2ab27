"""From the simulated venue's raw answers to replies on the wire, in the venue's own full words."""

from __future__ import annotations

from attrs import evolve

from pairlock_adapters.laboratory.polymarket.decimals import trimmed
from pairlock_adapters.laboratory.polymarket.order_bodies import trade_id
from pairlock_adapters.laboratory.replies import Reply
from pairlock_adapters.simulated.answers import bent_answer
from pairlock_adapters.simulated.door import Waiting
from pairlock_adapters.simulated.effects import Answered
from pairlock_adapters.simulated.rules import Raw, VenueKind
from pairlock_adapters.simulated.state import Status, VenueOrder

_RETRY_S = "1"  # what a restarting venue says


def reply(raw: Raw) -> Reply:
    """An answer with the headers that go with it."""
    made = Reply(raw.status, raw.body)
    if raw.status == 425:
        return made.with_header("Retry-After", _RETRY_S)
    if isinstance(raw.body, dict) and "retry_after_seconds" in raw.body:
        return made.with_header("Retry-After", str(raw.body["retry_after_seconds"]))
    return made


def order_reply(waiting: Waiting) -> Reply:
    """The answer to a new order, bent as its fault says; a body cut short is cut on the wire."""
    plain, order = waiting.plain, waiting.order
    assert plain is not None
    if order is not None:
        plain = evolve(plain, status=200, body=accepted(order))
    if waiting.how is Answered.TRUNCATED:
        return evolve(reply(plain), truncated=True)
    return reply(bent_answer(VenueKind.POLYMARKET, plain, waiting.how, plain.at_ms))


def accepted(order: VenueOrder) -> dict[str, object]:
    """The body for an order that the venue took, and did not kill."""
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


def in_batch(one: Reply) -> object:
    """One answer among several: a refusal is told as a success without an order."""
    if one.status < 300:
        return one.body
    text = one.body.get("error", "") if isinstance(one.body, dict) else str(one.body)
    return {
        "errorMsg": text,
        "orderID": "",
        "takingAmount": "",
        "makingAmount": "",
        "status": "",
        "success": True,
    }
