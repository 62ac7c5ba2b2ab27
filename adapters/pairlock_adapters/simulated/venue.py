"""A simulated venue as the engine sees it: ``pairlock.ports.Venue`` over an ``Exchange``, with latency and faults.

An order that left is on its way whatever becomes of its client: the timeline carries it, so a cancelled or timed-out
caller changes nothing of what happens at the venue. ``World.run`` (``Timeline.run``) must be running.
"""

from __future__ import annotations

from random import Random

import trio

from pairlock.book import Book
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown
from pairlock.model import Outcome, Payout
from pairlock.ports import Deliver, MarketRules, OrderIntent, VenueError, WriteGuard
from pairlock_adapters.simulated import translate, wire
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.exchange import Exchange
from pairlock_adapters.simulated.fault_kinds import Answered, Condition, Effect, Hook
from pairlock_adapters.simulated.faults import Occasion, occasion_of
from pairlock_adapters.simulated.matching import levels_e2
from pairlock_adapters.simulated.profiles import Latency
from pairlock_adapters.simulated.quantiles import Quantiles
from pairlock_adapters.simulated.rules import Raw, VenueKind
from pairlock_adapters.simulated.state import MarketState, VenueOrder, view

# A client waits at least this long for an answer, however near its deadline it sent.
_SHORTEST_WAIT_MS = 100
_CANCEL_WAIT_MS = 2_000
_NO_BOOK = (Condition.RESTARTING, Condition.DISABLED, Condition.PAUSED)
_NO_ORDER: dict[VenueKind, dict[str, object]] = {
    VenueKind.KALSHI: {},
    VenueKind.POLYMARKET: {"success": True, "errorMsg": "", "orderID": "", "status": ""},
}


class _Waiting:
    """An order's answer, on its way back."""

    def __init__(self) -> None:
        self.came = trio.Event()
        self.raw: Raw | None = None


class SimulatedVenue:
    """One account on one simulated venue."""

    def __init__(self, exchange: Exchange, latency: Latency, clock: VirtualClock, rng: Random) -> None:
        self.exchange = exchange
        self._latency = latency
        self._clock = clock
        self._rng = rng
        self._faults = exchange.faults

    @property
    def name(self) -> str:
        return self.exchange.name

    @property
    def _kind(self) -> VenueKind:
        return self.exchange.rules.kind

    # Orders.

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        effect = self._faults.consult(occasion_of(Hook.REQUEST, intent, self._clock.now_ms()))
        await trio.lowlevel.checkpoint()
        if effect.not_sent:
            return NotSent(self._clock.now_ms(), intent.intent_id, effect.not_sent)
        refused = guard()
        if refused:
            return NotSent(self._clock.now_ms(), intent.intent_id, refused)
        waiting = self._leave(intent, effect)
        # Nothing was awaited since the guard spoke.
        now_ms = self._clock.now_ms()
        wait_ms = max(intent.deadline_ms - now_ms, _SHORTEST_WAIT_MS)
        with self._clock.until_ms(now_ms + wait_ms):
            await waiting.came.wait()
        if waiting.raw is None:
            return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, "timeout")
        return translate.answer(self._kind, intent, waiting.raw, self._clock.now_ms())

    def _leave(self, intent: OrderIntent, effect: Effect) -> _Waiting:
        """Put the request on its way, and its copy if a fault makes one."""
        waiting = _Waiting()
        round_ms = self._latency.order.draw(self._rng)
        there_ms = round_ms // 2 + effect.arrive_later_ms
        back_ms = round_ms - round_ms // 2
        now_ms = self._clock.now_ms()

        def answered(at_ms: int, raw: Raw) -> None:
            self._answers(intent, at_ms, raw, back_ms, waiting)

        copied = effect.duplicate_after_ms >= 0
        first = None if copied and effect.answer_of_duplicate else answered
        self.exchange.intake.send(intent, now_ms + there_ms, first, lost=effect.lost)
        if copied:
            second = answered if effect.answer_of_duplicate else None
            later_ms = now_ms + there_ms + effect.duplicate_after_ms
            self.exchange.intake.send(intent, later_ms, second, duplicate=True)
        return waiting

    def _answers(self, intent: OrderIntent, at_ms: int, raw: Raw, back_ms: int, waiting: _Waiting) -> None:
        effect = Effect()
        if raw.status < 300:
            effect = self._faults.consult(occasion_of(Hook.ANSWER, intent, at_ms))
        if effect.answered is Answered.NEVER:
            return
        if effect.answered is Answered.SERVER_ERROR:
            raw = Raw(502, {"error": "Bad Gateway"}, at_ms)
        elif effect.answered is Answered.TIMED_OUT_504:
            raw = Raw(504, "upstream request timeout", at_ms)
        elif effect.answered is Answered.NO_ORDER:
            raw = Raw(raw.status, _NO_ORDER[self._kind], at_ms)

        def arrives(_: int) -> None:
            waiting.raw = raw
            waiting.came.set()

        self.exchange.timeline.at(at_ms + back_ms + effect.answer_later_ms, arrives)

    async def cancel(self, intent: OrderIntent, venue_ref: str) -> CancelAcked | OrderReport | OutcomeUnknown:
        ref = venue_ref or self.exchange.intake.known_order_id(intent.intent_id)
        if not ref:
            # Kalshi cancels by its own id: find it by ours first.
            found = await self.read_order(intent, "")
            if not isinstance(found, OrderReport):
                reason = (
                    found.reason if isinstance(found, OutcomeUnknown) else "no order of this id is seen yet"
                )
                return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, f"cancel: {reason}")
            ref = found.venue_ref
        raw: Raw | None = None
        with self._clock.until_ms(self._clock.now_ms() + _CANCEL_WAIT_MS):
            round_ms = self._latency.read.draw(self._rng)
            await self._clock.sleep_ms(round_ms // 2)
            effect = self._faults.consult(occasion_of(Hook.CANCEL, intent, self._clock.now_ms()))
            if effect.lost:
                await trio.sleep_forever()
            reply = self.exchange.intake.cancel(intent, ref)
            await self._clock.sleep_ms(round_ms - round_ms // 2 + effect.answer_later_ms)
            raw = reply
        if raw is None:
            return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, "cancel: timeout")
        return translate.cancel(self._kind, intent, ref, raw, self._clock.now_ms())

    async def read_order(
        self, intent: OrderIntent, venue_ref: str
    ) -> OrderReport | NotFound | OutcomeUnknown:
        asked_ms = self._clock.now_ms()
        try:
            effect = await self._read("order", intent, private=True)
        except VenueError as error:
            return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, error.what)
        lag_ms = self._lag_ms(effect)
        as_of_ms = self.exchange.timeline.advance() - lag_ms
        rules, seen = self.exchange.rules, self.exchange.seen(intent.intent_id, as_of_ms)
        order, fills = wire.order_read(rules, seen, as_of_ms), wire.fills_read(rules, seen, as_of_ms)
        return translate.order_read(self._kind, intent, order, fills, asked_ms, self._clock.now_ms())

    def _lag_ms(self, effect: Effect) -> int:
        bounds = self.exchange.bounds
        return effect.lag_ms if bounds is None else min(effect.lag_ms, bounds.read_lag_ms)

    # Reads.

    async def rules(self, market: str) -> MarketRules:
        await self._read("rules", market=market)
        state = self._state(market)
        rules = self.exchange.rules
        return MarketRules(
            market, state.spec.tick_e4, rules.min_size_e2, rules.min_buy_notional_micros, state.spec.fees,
            open=self.exchange.is_open(market), amount_step_micros=rules.notional_step_micros,
            sets_pay_at_once=rules.complete_sets_net,
        )  # fmt: skip

    async def book(self, market: str) -> Book:
        began_ms = self._clock.now_ms()
        await self._read("book", market=market, latency=self._latency.book)
        now_ms = self.exchange.timeline.advance()
        if any(self.exchange.is_in(condition, now_ms) for condition in _NO_BOOK):
            raise VenueError(self.name, "the exchange is not serving books now", shut=True)
        state = self._state(market)
        if not self.exchange.is_open(market):
            raise VenueError(self.name, f"the market {market} is closed", shut=True)
        if self.exchange.is_in(Condition.NO_LIQUIDITY, now_ms):
            return Book(market, (), (), began_ms)
        return Book(market, levels_e2(state.book.bids), levels_e2(state.book.asks), began_ms)

    async def balance_micros(self) -> int:
        await self._read("balance", private=True)
        return max(0, self.exchange.account.cash_micros)

    async def ping_ms(self) -> int:
        began_ms = self._clock.now_ms()
        await self._read("ping", latency=self._latency.ping)
        return self._clock.now_ms() - began_ms

    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        await self._read("sellable", market=market, private=True)
        return max(0, self.exchange.account.sellable_e6(market, outcome))

    async def taker_open(self, market: str) -> bool:
        await self._read("taker_open", market=market)
        return self.exchange.takes_orders(self.exchange.timeline.advance()) and self.exchange.is_open(market)

    async def resolution(self, market: str, outcome: Outcome) -> Payout | None:
        await self._read("resolution", market=market)
        paid = self.exchange.payout(market, outcome)
        return None if paid is None else Payout(*paid)

    def _state(self, market: str) -> MarketState:
        state = self.exchange.markets.get(market) or self.exchange.ledger.market(market)
        if state is None:
            raise VenueError(self.name, f"the market {market} does not exist")
        return state

    async def _read(
        self,
        what: str,
        intent: OrderIntent | None = None,
        *,
        market: str = "",
        private: bool = False,
        latency: Quantiles | None = None,
    ) -> Effect:
        """One round trip of a read; ``VenueError`` if a fault or a revoked key gives no answer."""
        round_ms = (latency or self._latency.read).draw(self._rng)
        await self._clock.sleep_ms(round_ms // 2)
        now_ms = self.exchange.timeline.advance()
        if intent is not None:
            occasion = occasion_of(Hook.READ, intent, now_ms, what)
        else:
            occasion = Occasion(Hook.READ, self.name, now_ms, market, what=what)
        effect = self._faults.consult(occasion)
        await self._clock.sleep_ms(round_ms - round_ms // 2 + effect.answer_later_ms)
        if effect.read_error:
            raise VenueError(self.name, effect.read_error, shut=effect.read_shut)
        if private and self.exchange.is_in(Condition.KEY_REVOKED, now_ms):
            raise VenueError(self.name, "401 the key is not accepted")
        return effect

    # The stream.

    async def stream(self, deliver: Deliver) -> None:
        send, receive = trio.open_memory_channel[tuple[int, VenueOrder]](1_000)

        def told(at_ms: int, order: VenueOrder) -> None:
            try:
                send.send_nowait((at_ms, order))
            except trio.WouldBlock:
                return  # a slow consumer loses news, as on any socket; reads repair it

        self.exchange.on_order.append(told)
        try:
            async for at_ms, order in receive:
                await self._push(at_ms, order, deliver)
        finally:
            self.exchange.on_order.remove(told)

    async def _push(self, at_ms: int, order: VenueOrder, deliver: Deliver) -> None:
        intent = order.intent(self.name)
        effect = self._faults.consult(occasion_of(Hook.STREAM, intent, at_ms))
        if effect.drop:
            return
        due_ms = at_ms + self._latency.stream.draw(self._rng) + effect.later_ms
        await self._clock.sleep_until_ms(max(due_ms, self._clock.now_ms()))
        rules, seen = self.exchange.rules, view(order, at_ms)
        raws = wire.order_read(rules, seen, at_ms), wire.fills_read(rules, seen, at_ms)
        for _ in range(2 if effect.repeat else 1):
            said = translate.order_read(self._kind, intent, *raws, at_ms, self._clock.now_ms())
            if isinstance(said, OrderReport):
                await deliver(said)
