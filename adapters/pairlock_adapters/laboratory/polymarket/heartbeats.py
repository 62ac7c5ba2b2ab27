"""Order heartbeats: a key that once used them must go on, or all its orders are canceled."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from pairlock_adapters.laboratory.polymarket.logins import ApiKey
from pairlock_adapters.laboratory.polymarket.refusal import Refusal

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.polymarket.desk import Desk

# So long without one, and every order of the key is canceled.
HEARTBEAT_MS = 10_000


class Heartbeats:
    """Of every key that uses them: each beat must name the one before, and none for too long cancels all."""

    def __init__(self, desk: Desk) -> None:
        self._face = desk
        self._last: dict[str, tuple[str, int]] = {}

    def beat(self, key: ApiKey, named: str) -> str:
        """A beat came; the id of it. ``Refusal`` if it names another than the last."""
        last = self._last.get(key.key)
        now_ms = self._face.exchange.timeline.advance()
        if last is not None and named != last[0] and now_ms - last[1] < HEARTBEAT_MS:
            text = "Invalid Heartbeat ID"
            raise Refusal(400, text, error_msg=text, heartbeat_id=last[0])
        ident = str(uuid.uuid4())
        self._last[key.key] = ident, now_ms
        self._face.exchange.timeline.at(now_ms + HEARTBEAT_MS, lambda at_ms: self._missed(key, ident))
        return ident

    def _missed(self, key: ApiKey, ident: str) -> None:
        last = self._last.get(key.key)
        if last is None or last[0] != ident:
            return
        del self._last[key.key]
        desk = self._face
        for order in desk.open_orders(key):
            desk.exchange.held.cancel(order.intent(desk.exchange.name), order.venue_order_id)
