"""What faults make of the answer to an order that a venue took."""

from __future__ import annotations

import json

from attrs import evolve

from pairlock_adapters.simulated.effects import Answered
from pairlock_adapters.simulated.rules import Raw, VenueKind

_NO_ORDER: dict[VenueKind, dict[str, object]] = {
    VenueKind.KALSHI: {},
    VenueKind.POLYMARKET: {"success": True, "errorMsg": "", "orderID": "", "status": ""},
}
_ERROR: dict[VenueKind, dict[str, object]] = {
    VenueKind.KALSHI: {"error": {"code": "internal_error", "message": "internal error", "details": ""}},
    VenueKind.POLYMARKET: {"success": False, "errorMsg": "internal error", "orderID": "", "status": ""},
}


def bent_answer(kind: VenueKind, raw: Raw, how: Answered, at_ms: int) -> Raw:
    """The answer as it reaches the client."""
    if how is Answered.SERVER_ERROR:
        return Raw(502, {"error": "Bad Gateway"}, at_ms)
    if how is Answered.TIMED_OUT_504:
        return Raw(504, "upstream request timeout", at_ms)
    if how is Answered.NO_ORDER:
        return evolve(raw, body=_NO_ORDER[kind])
    if how is Answered.ERROR_IN_2XX:
        return evolve(raw, body=_ERROR[kind])
    if how is Answered.TRUNCATED:
        text = json.dumps(raw.body)
        return evolve(raw, body=text[: len(text) // 2])
    return raw
