"""The user's stream of a simulated venue: pushes order reports, and loses, repeats, reorders and delays them."""

from __future__ import annotations

from collections import deque
from random import Random

import trio
from attrs import frozen

from pairlock.facts import OrderReport
from pairlock.ports import Deliver, TimeInForce
from pairlock_adapters.simulated import translate, wire
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.effects import Hook, StreamSaid
from pairlock_adapters.simulated.exchange import Exchange
from pairlock_adapters.simulated.faults import occasion_of
from pairlock_adapters.simulated.quantiles import Quantiles
from pairlock_adapters.simulated.state import VenueOrder, view

_REPLAYED = 5
_OURS = frozenset(TimeInForce)
_WAITS_FOR_NEXT_MS = 5_000


@frozen
class Message:
    """One change of an order as the stream tells it. ``due_ms``: when it reaches the client."""

    at_ms: int
    order: VenueOrder
    due_ms: int


class OrderStream:
    """One connection of one client, for as long as ``run`` runs; it reconnects by itself."""

    def __init__(self, exchange: Exchange, clock: VirtualClock, rng: Random, lateness: Quantiles) -> None:
        self._exchange = exchange
        self._clock = clock
        self._rng = rng
        self._lateness = lateness
        self._silent_until_ms = -1
        self._replays_after_ms = -1
        self._last: deque[Message] = deque(maxlen=_REPLAYED)
        self._held: Message | None = None

    async def run(self, deliver: Deliver) -> None:
        send, receive = trio.open_memory_channel[tuple[int, VenueOrder]](1_000)

        def told(at_ms: int, order: VenueOrder) -> None:
            if order.tif not in _OURS:
                return  # another client's on the same account, which rests; ours knows its own ids only
            try:
                send.send_nowait((at_ms, order))
            except trio.WouldBlock:
                return  # a slow consumer loses news, as on any socket; reads repair it

        self._exchange.on_order.append(told)
        try:
            while True:
                with self._clock.until_ms(self._patience_ms()) as waited:
                    news = await receive.receive()
                if waited.cancelled_caught:
                    await self._let_go(deliver)
                else:
                    await self._pushed(*news, deliver)
        finally:
            self._exchange.on_order.remove(told)

    def _patience_ms(self) -> int:
        """When a message that is held back for the next one goes out alone."""
        now_ms = self._clock.now_ms()
        return now_ms + (_WAITS_FOR_NEXT_MS if self._held is not None else 10**9)

    async def _let_go(self, deliver: Deliver) -> None:
        held, self._held = self._held, None
        if held is not None:
            await self._deliver(held, deliver)

    async def _pushed(self, at_ms: int, order: VenueOrder, deliver: Deliver) -> None:
        effect = self._exchange.faults.consult(
            occasion_of(Hook.STREAM, order.intent(self._exchange.name), at_ms)
        )
        if effect.drop or at_ms < self._silent_until_ms:
            return
        due_ms = at_ms + self._lateness.draw(self._rng) + effect.later_ms
        message = Message(at_ms, order, due_ms)
        if effect.stream in (StreamSaid.SILENT, StreamSaid.PINGS_LOST):
            self._silent_until_ms = at_ms + effect.for_ms
            if effect.stream is StreamSaid.PINGS_LOST:
                self._replays_after_ms = self._silent_until_ms
            return
        renewed = 0 <= self._replays_after_ms <= at_ms
        if effect.stream is StreamSaid.REPLAYED or renewed:
            self._replays_after_ms = -1
            for old in tuple(self._last):
                await self._deliver(old, deliver)
        if effect.stream is StreamSaid.REORDERED and self._held is None:
            self._held = message
            return
        for _ in range(2 if effect.repeat else 1):
            await self._deliver(message, deliver)
        self._last.append(message)
        await self._let_go(deliver)

    async def _deliver(self, message: Message, deliver: Deliver) -> None:
        """As the order was when it changed, however late it is told."""
        await self._clock.sleep_until_ms(max(message.due_ms, self._clock.now_ms()))
        rules, at_ms = self._exchange.rules, message.at_ms
        intent, seen = message.order.intent(self._exchange.name), view(message.order, at_ms)
        raws = wire.order_read(rules, seen, at_ms), wire.fills_read(rules, seen, at_ms)
        said = translate.order_read(rules.kind, intent, *raws, at_ms, self._clock.now_ms())
        if isinstance(said, OrderReport):
            await deliver(said)
