"""The terms of orders that came over the wire, in the truth store: what a restart must know of them again."""

from __future__ import annotations

from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.wire_order import WireOrder, terms_text, with_terms


class Terms:
    """Of one venue."""

    def __init__(self, truth: Truth, venue: str) -> None:
        self._truth = truth
        self._venue = venue

    def put(self, order: WireOrder) -> None:
        """Once for each order, however often it is sent. Inside ``truth.commit``."""
        self._truth.write(
            "INSERT OR IGNORE INTO terms VALUES(?,?,?,?)",
            (self._venue, order.intent_id, order.venue_order_id, terms_text(order)),
        )

    def of(self, intent_id: str) -> WireOrder | None:
        """What came over the wire under this id; its market, side and size are told by the order itself."""
        plain = OrderIntent(
            intent_id, self._venue, "", Outcome.YES, True, 0, 0, TimeInForce.IMMEDIATE_OR_CANCEL, 0
        )
        found = self.as_sent(plain)
        return found if isinstance(found, WireOrder) else None

    def as_sent(self, intent: OrderIntent) -> OrderIntent:
        """The intent with the terms that came with it over the wire, if it came so."""
        sql = "SELECT venue_order_id,terms FROM terms WHERE venue=? AND intent_id=?"
        for venue_order_id, text in self._truth.rows(sql, (self._venue, intent.intent_id)):
            return with_terms(intent, venue_order_id, text)
        return intent
