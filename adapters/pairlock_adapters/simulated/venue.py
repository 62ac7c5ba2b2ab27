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
from pairlock_adapters.simulated import books, reading, translate
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.door import Door
from pairlock_adapters.simulated.effects import Condition, Effect
from pairlock_adapters.simulated.exchange import Exchange
from pairlock_adapters.simulated.profiles import Latency
from pairlock_adapters.simulated.quantiles import Quantiles
from pairlock_adapters.simulated.rules import Raw, VenueKind
from pairlock_adapters.simulated.state import MarketState
from pairlock_adapters.simulated.streaming import OrderStream

# A client waits at least this long for an answer, however near its deadline it sent.
_SHORTEST_WAIT_MS = 100
_CANCEL_WAIT_MS = 2_000


class SimulatedVenue:
    """One account on one simulated venue."""

    def __init__(self, exchange: Exchange, latency: Latency, clock: VirtualClock, rng: Random) -> None:
        self.exchange = exchange
        self.door = Door(exchange, latency, clock, rng)
        self._latency = latency
        self._clock = clock
        self._rng = rng

    @property
    def name(self) -> str:
        return self.exchange.name

    @property
    def _kind(self) -> VenueKind:
        return self.exchange.rules.kind

    # Orders.

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        effect = self.door.asked(intent)
        await trio.lowlevel.checkpoint()
        if effect.not_sent:
            later_ms = min(effect.not_sent_later_ms, max(0, intent.deadline_ms - self._clock.now_ms()))
            await self._clock.sleep_ms(later_ms)
            return NotSent(self._clock.now_ms(), intent.intent_id, effect.not_sent)
        refused = guard()
        if refused:
            return NotSent(self._clock.now_ms(), intent.intent_id, refused)
        waiting = self.door.leave(intent, effect)
        # Nothing was awaited since the guard spoke.
        now_ms = self._clock.now_ms()
        wait_ms = max(intent.deadline_ms - now_ms, _SHORTEST_WAIT_MS)
        with self._clock.until_ms(now_ms + wait_ms):
            await waiting.came.wait()
        if waiting.raw is None:
            return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, "timeout")
        return translate.answer(self._kind, intent, waiting.raw, self._clock.now_ms())

    async def cancel(self, intent: OrderIntent, venue_ref: str) -> CancelAcked | OrderReport | OutcomeUnknown:
        self.exchange.intake.cancel_asked(intent.intent_id)
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
            raw = await self.door.cancel(intent, ref)
            if raw is None:
                await trio.sleep_forever()
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
        told = reading.read(self.exchange, intent, effect, self.exchange.timeline.advance())
        now_ms = self._clock.now_ms()
        return translate.order_read(self._kind, intent, told.order, told.fills, asked_ms, now_ms)

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
        effect = await self._read("book", market=market, latency=self._latency.book)
        self.exchange.timeline.advance()
        return books.book(self.exchange, self._state(market), effect, began_ms)

    async def balance_micros(self) -> int:
        effect = await self._read("balance", private=True)
        account = self.exchange.account
        return self.door.lagging(
            effect, account.cash_micros, account.cash_as_of_micros(self.door.as_of_ms(effect))
        )

    async def ping_ms(self) -> int:
        began_ms = self._clock.now_ms()
        await self._read("ping", latency=self._latency.ping)
        return self._clock.now_ms() - began_ms

    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        effect = await self._read("sellable", market=market, private=True)
        account, as_of_ms = self.exchange.account, self.door.as_of_ms(effect)
        now_e6 = account.sellable_e6(market, outcome)
        return self.door.lagging(effect, now_e6, account.sellable_as_of_e6(market, outcome, as_of_ms))

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
        effect, now_ms = await self.door.read(what, intent, market=market, latency=latency)
        if effect.read_error:
            raise VenueError(self.name, effect.read_error, shut=effect.read_shut)
        if private and self.exchange.is_in(Condition.KEY_REVOKED, now_ms):
            raise VenueError(self.name, "401 the key is not accepted")
        return effect

    async def stream(self, deliver: Deliver) -> None:
        await OrderStream(self.exchange, self._clock, self._rng, self._latency.stream).run(deliver)
