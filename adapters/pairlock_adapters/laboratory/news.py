"""News of the account's orders on their way to one client, with what faults of the user's stream make of them.

The same faults as ``simulated.streaming``, on a real connection: what is dropped is never sent, what is repeated comes
twice, late and reordered messages hold back those behind them, and lost pings end the connection: the client must
come again, is refused for a while, and has missed what happened meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pairlock_adapters.laboratory.outbox import Outbox
from pairlock_adapters.simulated.door import Door
from pairlock_adapters.simulated.effects import Hook, StreamSaid
from pairlock_adapters.simulated.faults import occasion_of
from pairlock_adapters.simulated.state import VenueOrder

_REPLAYED = 5
_WAITS_FOR_NEXT_MS = 5_000
_LANE = "news"


class News:
    """Of one connection. ``hang_up(for_ms)`` ends it and refuses its client for so long."""

    def __init__(self, door: Door, outbox: Outbox, hang_up: Callable[[int], None]) -> None:
        self._door = door
        self._outbox = outbox
        self._hang_up = hang_up
        self._silent_until_ms = -1
        self._last: deque[tuple[str, ...]] = deque(maxlen=_REPLAYED)
        self._held: tuple[str, ...] = ()

    def told(self, at_ms: int, order: VenueOrder, texts: tuple[str, ...]) -> None:
        """``texts`` tell of one change of ``order``."""
        exchange = self._door.exchange
        effect = exchange.faults.consult(occasion_of(Hook.STREAM, order.intent(exchange.name), at_ms))
        if effect.drop or at_ms < self._silent_until_ms or not texts:
            return
        if effect.stream is StreamSaid.PINGS_LOST:
            self._hang_up(effect.for_ms)
            return
        if effect.stream is StreamSaid.SILENT:
            self._silent_until_ms = at_ms + effect.for_ms
            return
        due_ms = at_ms + self._door.stream_ms() + effect.later_ms
        if effect.stream is StreamSaid.REPLAYED:
            for old in tuple(self._last):
                self._put(old, due_ms)
        if effect.stream is StreamSaid.REORDERED and not self._held:
            self._held = texts
            exchange.timeline.at(at_ms + _WAITS_FOR_NEXT_MS, self._let_go)
            return
        for _ in range(2 if effect.repeat else 1):
            self._put(texts, due_ms)
        self._last.append(texts)
        self._let_go(due_ms)

    def _let_go(self, due_ms: int) -> None:
        held, self._held = self._held, ()
        self._put(held, due_ms)

    def _put(self, texts: tuple[str, ...], due_ms: int) -> None:
        for text in texts:
            self._outbox.put(text, due_ms, _LANE)
