"""The embedder's handle on a trade."""

from __future__ import annotations

import trio

from pairlock.lifecycle import CLOSED, S
from pairlock.model import Trade as TradeValue
from pairlock.runner.results import TradeResult, raise_unless_settled, result_of


class Trade:
    """A trade in progress or closed. ``value`` is its durable state; nothing here changes it."""

    def __init__(self, value: TradeValue) -> None:
        self._value = value
        self._closed = trio.Event()
        self._skew_ms = -1
        if value.state in CLOSED:
            self._closed.set()

    @property
    def trade_id(self) -> str:
        return self._value.trade_id

    @property
    def state(self) -> S:
        return self._value.state

    @property
    def value(self) -> TradeValue:
        return self._value

    @property
    def result(self) -> TradeResult:
        """The result as it now stands; final once closed."""
        return result_of(self._value, self._skew_ms)

    async def closed(self) -> TradeResult:
        """Wait until the trade is SETTLED, ROLLED_BACK or HEDGED."""
        await self._closed.wait()
        return self.result

    async def settled(self) -> TradeResult:
        """As ``closed``, but raises ExecutionAborted (ROLLED_BACK) or ExecutionFailed (HEDGED)."""
        return raise_unless_settled(await self.closed())

    def update(self, value: TradeValue, skew_ms: int) -> None:
        """For the runner: the trade's new durable value."""
        self._value = value
        self._skew_ms = skew_ms
        if value.state in CLOSED:
            self._closed.set()
