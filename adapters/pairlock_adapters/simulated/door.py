"""The door between clients and a simulated venue: latency, and the faults of requests, answers, cancels and reads.

Whoever comes in, a client in this process (``venue``) or one over HTTP, comes through here, so that a fault is the
same fault for both. An order that left is on its way whatever becomes of its client: the timeline carries it.
"""

from __future__ import annotations

from random import Random

import trio
from attrs import define, evolve, field

from pairlock.ports import OrderIntent
from pairlock_adapters.simulated.answers import bent_answer
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.effects import Answered, Condition, Effect, Hook
from pairlock_adapters.simulated.exchange import Exchange
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import Occasion, merged, occasion_of
from pairlock_adapters.simulated.market_events import resolves_soon
from pairlock_adapters.simulated.profiles import Latency
from pairlock_adapters.simulated.quantiles import Quantiles
from pairlock_adapters.simulated.rules import Raw
from pairlock_adapters.simulated.state import Veil, VenueOrder

_READ_HOOKS = {"order": Hook.ORDER_READ, "book": Hook.BOOK_READ, "balance": Hook.BALANCE_READ,
               "sellable": Hook.POSITION_READ}  # fmt: skip


@define
class Waiting:
    """An order's answer, on its way back. ``raw`` is the answer as the client is to read it, ``plain`` the venue's
    own, ``how`` what a fault made of it, ``order`` the order that was taken (None: refused). An answer that a fault
    lost never comes."""

    came: trio.Event = field(factory=trio.Event)
    raw: Raw | None = None
    plain: Raw | None = None
    how: Answered = Answered.AS_IS
    order: VenueOrder | None = None


class Door:
    """Of one exchange. ``rng`` draws the latencies."""

    def __init__(self, exchange: Exchange, latency: Latency, clock: VirtualClock, rng: Random) -> None:
        self.exchange = exchange
        self.latency = latency
        self.clock = clock
        self._rng = rng
        self._faults = exchange.faults

    # Orders.

    def asked(self, intent: OrderIntent) -> Effect:
        """What faults make of a request that is about to leave its client."""
        return self._faults.consult(occasion_of(Hook.REQUEST, intent, self.clock.now_ms()))

    def round_ms(self) -> int:
        """How long an order takes there and back, drawn: orders of one request share it."""
        return self.latency.order.draw(self._rng)

    def leave(self, intent: OrderIntent, effect: Effect, round_ms: int | None = None) -> Waiting:
        """Put the request on its way, and its copy if a fault makes one."""
        waiting = Waiting()
        round_ms = self.round_ms() if round_ms is None else round_ms
        there_ms = round_ms // 2 + effect.arrive_later_ms
        back_ms = round_ms - round_ms // 2
        now_ms = self.clock.now_ms()
        if effect.condition is not None:
            self.exchange.enter(effect.condition, now_ms + effect.for_ms)
            if effect.post_only_ms > 0:
                self.exchange.enter(Condition.POST_ONLY, now_ms + effect.for_ms + effect.post_only_ms)

        def answered(at_ms: int, raw: Raw) -> None:
            self._answers(intent, at_ms, raw, back_ms, waiting)

        copied = effect.duplicate_after_ms >= 0
        first = None if copied and effect.answer_of_duplicate else answered
        self.exchange.intake.send(intent, now_ms + there_ms, first, lost=effect.lost, arrives=effect.arrives)
        if copied:
            second = answered if effect.answer_of_duplicate else None
            later_ms = now_ms + there_ms + effect.duplicate_after_ms
            self.exchange.intake.send(intent, later_ms, second, duplicate=True, twice=effect.accept_twice)
        return waiting

    def _answers(self, intent: OrderIntent, at_ms: int, raw: Raw, back_ms: int, waiting: Waiting) -> None:
        order = self.exchange.orders.get(intent.intent_id)
        effect = self._faults.consult(occasion_of(Hook.REPLY, intent, at_ms))
        if raw.status < 300:
            effect = merged(effect, self._faults.consult(occasion_of(Hook.ANSWER, intent, at_ms)))
            if order is not None and order.fills:
                effect = merged(effect, self._filled(intent, at_ms))
        veiled = order is not None and order.veil is not Veil.NONE
        if effect.answered is Answered.NEVER or veiled:
            return
        waiting.plain, waiting.how = raw, effect.answered
        waiting.order = order if raw.status < 300 else None
        raw = bent_answer(self.exchange.rules.kind, raw, effect.answered, at_ms)

        def arrives(_: int) -> None:
            waiting.raw = raw
            waiting.came.set()

        self.exchange.timeline.at(at_ms + back_ms + effect.answer_later_ms, arrives)

    def _filled(self, intent: OrderIntent, at_ms: int) -> Effect:
        """What a fault makes of an order that has a fill and whose answer is about to leave."""
        effect = self._faults.consult(occasion_of(Hook.FILLED, intent, at_ms))
        if effect.resolve_in_ms >= 0:
            counted = FaultKind.RESOLVED_WHILE_EXPOSED.value in effect.kinds
            resolves_soon(self.exchange, intent.market, effect.resolve_in_ms, at_ms, counted=counted)
        return effect

    async def cancel(self, intent: OrderIntent, venue_order_id: str) -> Raw | None:
        """The answer to a cancel, there and back; None if it was lost on its way: nothing ever comes."""
        round_ms = self.latency.read.draw(self._rng)
        await self.clock.sleep_ms(round_ms // 2)
        reply = self.exchange.held.cancel(intent, venue_order_id)
        if reply is not None:
            await self.clock.sleep_ms(round_ms - round_ms // 2)
        return reply

    # Reads.

    async def read(
        self,
        what: str,
        intent: OrderIntent | None = None,
        *,
        market: str = "",
        latency: Quantiles | None = None,
    ) -> tuple[Effect, int]:
        """One round trip of a read: what faults make of it, and when it was at the venue."""
        round_ms = (latency or self.latency.read).draw(self._rng)
        await self.clock.sleep_ms(round_ms // 2)
        now_ms = self.exchange.timeline.advance()
        if intent is not None:
            occasion = occasion_of(Hook.READ, intent, now_ms, what)
        else:
            occasion = Occasion(Hook.READ, self.exchange.name, now_ms, market, what=what)
        effect = self._faults.consult(occasion)
        own_hook = _READ_HOOKS.get(what)
        if own_hook is not None:
            effect = merged(effect, self._faults.consult(evolve(occasion, hook=own_hook)))
        await self.clock.sleep_ms(round_ms - round_ms // 2 + effect.answer_later_ms)
        return effect, now_ms

    def as_of_ms(self, effect: Effect) -> int:
        """The instant that a read which lags shows; never older than the fault model allows."""
        bounds, now_ms = self.exchange.bounds, self.exchange.timeline.advance()
        return now_ms - (effect.lag_ms if bounds is None else min(effect.lag_ms, bounds.read_lag_ms))

    def lagging(self, effect: Effect, now: int, then: int) -> int:
        """What was true a while ago, counted if it is not true now."""
        if effect.kinds and then != now:
            for kind in effect.kinds:
                self._faults.count(FaultKind(kind))
        return max(0, then if effect.lag_ms else now)
