"""What an order on the wire may ask for beyond an engine's intent: to rest, to expire, to spend a budget.

The engine places none of these; other clients of the laboratory do. ``venue_order_id`` is given where the venue does
not choose it (Polymarket: the signed order's hash).
"""

from __future__ import annotations

import json
from enum import StrEnum

from attrs import evolve, frozen

from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.simulated.matching import Tif


class SelfTrade(StrEnum):
    """What becomes of an order that would meet one of the same account."""

    REFUSE = ""  # it is refused
    TAKER = "taker_at_cross"  # it takes what comes before, the rest is canceled
    MAKER = "maker"  # the resting order is canceled, and it goes on


@frozen
class WireOrder(OrderIntent):
    """``wire_id``: the id that the client gave it (Kalshi). ``expires_ms`` on the venues' time (-1: never).

    ``budget_micros`` not -1: a buy spends this much, and ``size_e2`` is only the most that it could get.
    ``reduce_only``: never more than what is held the other way.
    """

    tif: Tif = Tif.GOOD_TILL_CANCELED
    wire_id: str = ""
    venue_order_id: str = ""
    expires_ms: int = -1
    post_only: bool = False
    budget_micros: int = -1
    self_trade: SelfTrade = SelfTrade.REFUSE
    reduce_only: bool = False


def tif_of(intent: OrderIntent) -> str:
    return intent.tif.value if isinstance(intent, WireOrder) else intent.time_in_force.value


def engine_tif(tif: Tif) -> TimeInForce:
    """The engine's word; an order that rests is no entry, so faults take it for an exit."""
    return TimeInForce.FILL_OR_KILL if tif is Tif.FILL_OR_KILL else TimeInForce.IMMEDIATE_OR_CANCEL


def terms_text(order: WireOrder) -> str:
    """The terms as JSON, for the truth store."""
    terms = {
        "tif": order.tif.value, "expires_ms": order.expires_ms, "post_only": order.post_only,
        "budget_micros": order.budget_micros, "self_trade": order.self_trade.value,
        "reduce_only": order.reduce_only, "deadline_ms": order.deadline_ms, "wire_id": order.wire_id,
    }  # fmt: skip
    return json.dumps(terms, separators=(",", ":"))


def with_terms(intent: OrderIntent, venue_order_id: str, text: str) -> WireOrder:
    """The order of the wire that ``terms_text`` wrote down."""
    terms = json.loads(text, parse_float=str)
    tif = Tif(terms.pop("tif"))
    order = WireOrder(
        intent.intent_id, intent.venue, intent.market, intent.outcome, intent.buys, intent.size_e2,
        intent.limit_e4, engine_tif(tif), int(terms.pop("deadline_ms")), tif=tif, venue_order_id=venue_order_id,
    )  # fmt: skip
    return evolve(order, **(terms | {"self_trade": SelfTrade(terms["self_trade"])}))
