"""The demo's pair registry: what the world generator calls reviewed."""

from __future__ import annotations

from pairlock_adapters.simulated.worldgen import EventPair, is_reviewed


class Reviewed:
    """Pairs of open trades; one that closed is forgotten."""

    def __init__(self) -> None:
        self._pairs: set[str] = set()

    def add(self, pair: EventPair) -> None:
        if is_reviewed(pair):
            self._pairs.add(pair.event_id)

    def forget(self, event_id: str) -> None:
        self._pairs.discard(event_id)

    def reviewed(self, event_id: str, venue_a: str, market_a: str, venue_b: str, market_b: str) -> bool:
        return event_id in self._pairs
