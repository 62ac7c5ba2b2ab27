"""What an answer to a new order or to a cancel says, as facts. What cannot be read for certain is unknown."""

from __future__ import annotations

from attrs import frozen

from pairlock.facts import CancelAcked, OrderReport, OutcomeUnknown, Reported
from pairlock.ports import OrderIntent
from pairlock.units import DOLLAR_E4, size_to_fill_e6
from pairlock_adapters.polymarket.quantities import (
    Unreadable,
    decimal_in,
    is_pointed,
    shares_e6,
    text,
)
from pairlock_adapters.polymarket.words import ANSWER_STATUS, order_word, text_of
from pairlock_adapters.words_page import Certainty

_CENT_MICROS = 10_000


@frozen
class Heard:
    """One HTTP answer: status, parsed body (or text), and when the request left and the answer came (ms)."""

    status: int
    body: object
    sent_ms: int
    at_ms: int


def _shown(heard: Heard) -> str:
    return f"{heard.status} {text_of(heard.body) or str(heard.body)}"[:200]


def order_answer(intent: OrderIntent, order_id: str, heard: Heard) -> OrderReport | OutcomeUnknown:
    """The answer to the order ``order_id`` (its hash, which we computed)."""
    ident, body = intent.intent_id, heard.body
    if heard.status not in (200, 201) or not isinstance(body, dict) or not body.get("orderID"):
        word = order_word(heard.status, body)
        if word is not None and word.certainty is Certainty.NO:
            reason = _shown(heard)
            return OrderReport(
                heard.at_ms, ident, heard.sent_ms, Reported.CERTAIN, 0, (), order_id, reason=reason
            )
        return OutcomeUnknown(heard.at_ms, ident, _shown(heard))
    try:
        reported, matched_e6 = _taken(intent, order_id, body)
    except Unreadable as error:
        return OutcomeUnknown(heard.at_ms, ident, f"{heard.status} with an unreadable order: {error}"[:200])
    return OrderReport(heard.at_ms, ident, heard.sent_ms, reported, matched_e6, (), order_id)


def _taken(intent: OrderIntent, order_id: str, body: dict[str, object]) -> tuple[Reported, int]:
    named = text(body, "orderID")
    if named.lower() != order_id.lower():
        raise Unreadable(f"it names the order {named!r:.80}")
    if body.get("success") is not True:
        raise Unreadable(f"success is {body.get('success')!r:.80}")
    if body.get("errorMsg") not in ("", None):
        raise Unreadable(f"errorMsg is {body.get('errorMsg')!r:.80}")
    status = text(body, "status")
    known = ANSWER_STATUS.get(status)
    if known is None:
        raise Unreadable(f"status is {status!r:.80}")
    if known[0] is Reported.LIVE:
        # Documents show the whole order's amounts here, others what matched so far: its reads tell.
        return Reported.LIVE, 0
    matched_e6 = _within_limit(intent, body)
    whole = matched_e6 >= size_to_fill_e6(intent.size_e2)
    return (Reported.CERTAIN if whole else Reported.TERMINAL), matched_e6


def _within_limit(intent: OrderIntent, body: dict[str, object]) -> int:
    """The shares that matched; ``Unreadable`` where the dollars beside them break the order's limit."""
    names = ("takingAmount", "makingAmount") if intent.buys else ("makingAmount", "takingAmount")
    told = [text(body, name) for name in names]
    (matched_e6,), places = shares_e6(told[:1], intent, pointed=is_pointed(told[1]))
    micros = decimal_in(told[1], places, names[1])
    # Both in 1/10,000 micro-dollar; a cent for the venue's own rounding.
    beyond = micros * DOLLAR_E4 - matched_e6 * intent.limit_e4
    if (beyond if intent.buys else -beyond) > _CENT_MICROS * DOLLAR_E4:
        raise Unreadable(
            f"{told[1]} dollars for {told[0]} shares is beyond the limit {intent.limit_e4}/10000"
        )
    return matched_e6


def cancel_answer(intent: OrderIntent, order_id: str, heard: Heard) -> CancelAcked | OutcomeUnknown:
    """The answer to a cancel. That an order is gone or cannot be cancelled says nothing of its fills: read it."""
    body = heard.body
    listed = body.get("canceled") if isinstance(body, dict) and heard.status == 200 else None
    if isinstance(listed, list) and any(
        isinstance(each, str) and each.lower() == order_id.lower() for each in listed
    ):
        return CancelAcked(heard.at_ms, intent.intent_id)
    return OutcomeUnknown(heard.at_ms, intent.intent_id, f"cancel: {heard.status} {body}"[:200])


def says_no_such_order(heard: Heard) -> bool:
    """Whether the read of one order says that no active order has its id: a 404 in the venue's words, or null."""
    if heard.status == 404:
        return "order not found" in text_of(heard.body).lower()
    return heard.status == 200 and heard.body is None
