"""The event stream. Slow-consumer policy: trades never wait for a reader.

Each subscriber has a bounded queue. When it is full the oldest items are dropped, and the reader is told how many by
a ``Missed`` item in their place; the journal holds everything that was missed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator

import trio
from attrs import frozen

from pairlock.lifecycle import E, S


@frozen
class TradeEvent:
    """One durable step of a trade: the chain of events, where it led, and the journal's sequence number."""

    seq: int
    at_ms: int
    trade_id: str
    events: tuple[E, ...]
    state: S


@frozen
class Missed:
    """``count`` items were dropped here because this reader was too slow."""

    count: int


class Subscription:
    def __init__(self, capacity: int) -> None:
        self._items: deque[TradeEvent] = deque(maxlen=capacity)
        self._missed = 0
        self._closed = False
        self._wake = trio.Event()

    def put(self, item: TradeEvent) -> None:
        if len(self._items) == self._items.maxlen:
            self._missed += 1
        self._items.append(item)
        self._wake.set()

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """End the reader's loop once it has read what is there; nothing more is put."""
        self._closed = True
        self._wake.set()

    async def __aiter__(self) -> AsyncIterator[TradeEvent | Missed]:
        while True:
            if self._missed:
                count, self._missed = self._missed, 0
                yield Missed(count)
            elif self._items:
                yield self._items.popleft()
            elif self._closed:
                return
            else:
                self._wake = trio.Event()
                await self._wake.wait()


class EventHub:
    """Fans durable steps out to subscribers."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def subscribe(self, capacity: int = 1_000) -> Subscription:
        subscription = Subscription(max(1, capacity))
        self._subscriptions.append(subscription)
        return subscription

    def publish(self, item: TradeEvent) -> None:
        # A reader that closed its subscription is forgotten here, so that a long-lived engine keeps none of them.
        self._subscriptions = [each for each in self._subscriptions if not each.closed]
        for subscription in self._subscriptions:
            subscription.put(item)

    def close(self) -> None:
        for subscription in self._subscriptions:
            subscription.close()
