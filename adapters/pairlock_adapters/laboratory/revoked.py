"""Keys that a fault revoked: the one that signed the order which the fault struck, and no other.

In process a revoked key shuts the venue until an operator restores it. On the wire a client may have several keys, and
goes on with the next one.
"""

from __future__ import annotations

from pairlock.ports import OrderIntent
from pairlock_adapters.simulated.exchange import Exchange

# Orders whose answer was long ago cannot be struck any more.
_REMEMBERED = 10_000


class RevokedKeys:
    """Of one venue. ``key`` is whatever the face knows its keys by."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._signed: dict[str, str] = {}
        self._until_ms: dict[str, int] = {}
        exchange.revoke_key = self._revoke
        exchange.restore_keys = self.restore

    def signed(self, intent_id: str, key: str) -> None:
        """The order is about to be sent, signed with ``key``."""
        if len(self._signed) >= _REMEMBERED:
            self._signed.pop(next(iter(self._signed)))
        self._signed[intent_id] = key

    def __contains__(self, key: object) -> bool:
        until_ms = self._until_ms.get(str(key), -1) if self._until_ms else -1
        return until_ms > self._exchange.timeline.now_ms()

    def _revoke(self, intent: OrderIntent, until_ms: int) -> None:
        key = self._signed.get(intent.intent_id)
        if key is not None:
            self._until_ms[key] = until_ms

    def restore(self) -> bool:
        """An operator has the keys accepted again; whether there were any."""
        were = bool(self._until_ms)
        self._until_ms.clear()
        return were
