"""Orders as they reach a simulated venue: on their way, judged, taken or refused. Held ones are in ``held``."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from attrs import evolve

from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.simulated import execution, market_events, wire
from pairlock_adapters.simulated.admission import crosses, unaffordable
from pairlock_adapters.simulated.effects import NOTHING, Arrives, Condition, Effect, Hook
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import occasion_of
from pairlock_adapters.simulated.rules import Raw, Refused, check, words
from pairlock_adapters.simulated.state import TWIN, MarketState, MarketStatus, Status, Veil, VenueOrder
from pairlock_adapters.simulated.took_hold import kinds_that_took_hold
from pairlock_adapters.simulated.wire_order import WireOrder, tif_of

if TYPE_CHECKING:
    from pairlock_adapters.simulated.exchange import Exchange

Answered = Callable[[int, Raw], None]

# Which conditions refuse new orders, with which words.
SHUT: dict[Condition, Refused] = {
    Condition.KEY_REVOKED: Refused.UNAUTHORIZED,
    Condition.RATE_LIMITED: Refused.RATE_LIMITED,
    Condition.RESTARTING: Refused.RESTARTING,
    Condition.DISABLED: Refused.DISABLED,
    Condition.PAUSED: Refused.PAUSED,
    Condition.CANCEL_ONLY: Refused.CANCEL_ONLY,
    Condition.POST_ONLY: Refused.POST_ONLY,
}
# How soon a request arrives that waited for its own cancel, or for another request.
_SOON_MS = 150


class Intake:
    """Of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._waiting: dict[str, tuple[Arrives, Callable[[int], None]]] = {}

    def send(
        self,
        intent: OrderIntent,
        arrive_ms: int,
        answered: Answered | None,
        *,
        duplicate: bool = False,
        lost: bool = False,
        arrives: Arrives = Arrives.AFTER_DELAY,
        twice: bool = False,
    ) -> None:
        """An order left its client and will be here at ``arrive_ms``, whatever becomes of the client.

        ``arrives``: sooner, if what it waits for happens. ``twice``: booked although its id is known (beyond F).
        """
        exchange = self._exchange
        now_ms = exchange.timeline.advance()
        if isinstance(intent, WireOrder):
            exchange.sent.setdefault(intent.intent_id, intent)
        if exchange.bounds is not None:
            arrive_ms = min(arrive_ms, now_ms + exchange.bounds.request_death_ms)
        with exchange.truth.commit(now_ms):
            row = exchange.ledger.put_request(intent, now_ms, -1 if lost else arrive_ms, duplicate=duplicate)
            if isinstance(intent, WireOrder):
                exchange.ledger.terms.put(intent)
        if not lost:
            self.travels(row, arrive_ms, intent, answered, duplicate=duplicate, arrives=arrives, twice=twice)

    def travels(
        self,
        row: int,
        due_ms: int,
        intent: OrderIntent,
        answered: Answered | None,
        *,
        duplicate: bool,
        arrives: Arrives = Arrives.AFTER_DELAY,
        twice: bool = False,
    ) -> None:
        """A request that is on its way (also over a restart) arrives, is judged, written down and answered."""
        exchange, arrived = self._exchange, [False]
        dead_ms = exchange.timeline.now_ms() + exchange.default_bounds.request_death_ms

        def comes(at_ms: int) -> None:
            if arrived[0]:
                return
            arrived[0] = True
            self._waiting.pop(intent.intent_id, None)
            self._overtaken()
            changed: list[VenueOrder] = []
            with exchange.truth.commit(at_ms):
                raw = self._judge(at_ms, intent, duplicate=duplicate, twice=twice, changed=changed)
                exchange.ledger.arrived(row, at_ms, raw)
            filled = any(order.fills for order in changed)
            if filled and (twice or at_ms > dead_ms):
                exchange.faults.count(FaultKind.ACCEPTED_TWICE if twice else FaultKind.ARRIVES_AFTER_DEATH)
            exchange.tell(at_ms, changed)
            if answered is not None:
                answered(at_ms, raw)

        if arrives is not Arrives.AFTER_DELAY:
            self._waiting[intent.intent_id] = arrives, comes
        exchange.timeline.at(due_ms, comes)

    def _released(self, intent_id: str, kind: FaultKind) -> None:
        exchange = self._exchange
        comes = self._waiting.pop(intent_id)[1]
        exchange.faults.count(kind)
        exchange.timeline.at(exchange.timeline.now_ms() + _SOON_MS, comes)

    def _overtaken(self) -> None:
        """A request arrived: those that waited for another to overtake them come now."""
        for intent_id in [i for i, (arrives, _) in self._waiting.items() if arrives is Arrives.AFTER_NEXT]:
            self._released(intent_id, FaultKind.REORDERED)

    def on_their_way(self) -> tuple[str, ...]:
        """The orders whose requests wait for something before they arrive, by intent id."""
        return tuple(self._waiting)

    def cancel_asked(self, intent_id: str) -> None:
        """The client tries to cancel: a request that waited for that comes now."""
        if self._waiting.get(intent_id, (None,))[0] is Arrives.AFTER_CANCEL:
            self._released(intent_id, FaultKind.LATE_PAST_CANCEL)

    def _judge(
        self, at_ms: int, intent: OrderIntent, *, duplicate: bool, twice: bool, changed: list[VenueOrder]
    ) -> Raw:
        """Refuse or take the order; count the faults that took hold of it."""
        exchange = self._exchange
        effect = NOTHING if duplicate else exchange.faults.consult(occasion_of(Hook.ARRIVAL, intent, at_ms))
        if effect.condition is Condition.KEY_REVOKED and exchange.revoke_key is not None:
            exchange.revoke_key(intent, at_ms + effect.for_ms)
        elif effect.condition is not None and not effect.market_only:
            exchange.enter(effect.condition, at_ms + effect.for_ms)
            if effect.post_only_ms > 0:
                exchange.enter(Condition.POST_ONLY, at_ms + effect.for_ms + effect.post_only_ms)
        state, struck = exchange.markets.get(intent.market), set[FaultKind]()
        if state is not None and effect is not NOTHING:
            buys_yes = intent.buys is (intent.outcome is Outcome.YES)
            struck = market_events.strikes_first(exchange, state, buys_yes, effect, at_ms)
        refused = self._refused(at_ms, intent, effect, duplicate=duplicate, twice=twice)
        fak = intent.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL
        order = None
        if refused is None:
            assert state is not None
            order = self._taken(at_ms, intent, effect, state, twice=twice, duplicate=duplicate)
            changed.append(order)
            if effect.gap_e4 > 0 and order.fills:
                market_events.gaps(exchange, state, order, effect.gap_e4, at_ms)
                struck.add(FaultKind.PRICE_GAP)
        for kind in kinds_that_took_hold(effect, refused, order, struck):
            exchange.faults.count(kind)
        if order is None:
            assert refused is not None
            return self.said(refused, at_ms, self.order_id(intent.intent_id), fak=fak)
        if order.status is Status.KILLED or (
            fak and order.status is not Status.HELD and not order.fills and not exchange.rules.fills_final
        ):
            status = effect.kill_status
            killed = Refused.KILLED_500 if status == 500 else Refused.KILLED
            return self.said(killed, at_ms, order.venue_order_id, fak=fak, as_status=status)
        return wire.accepted(exchange.rules, order, at_ms)

    def _taken(
        self,
        at_ms: int,
        intent: OrderIntent,
        effect: Effect,
        state: MarketState,
        *,
        twice: bool,
        duplicate: bool,
    ) -> VenueOrder:
        """The order is the venue's: held, or executed at once."""
        exchange = self._exchange
        order = VenueOrder(
            intent.intent_id, self.order_id(intent.intent_id + (TWIN if twice else "")), intent.market,
            intent.outcome, intent.buys, self._size_e2(intent), intent.limit_e4, tif_of(intent), at_ms,
            Status.HELD, on_cancel=effect.on_cancel, after_cancel_ms=effect.after_cancel_ms,
            fault_duplicate=duplicate, on_due=effect.on_due, then_ms=effect.rest_ms, veil=effect.veil,
            veil_until_ms=at_ms + effect.veil_ms if effect.veil is not Veil.NONE else -1,
        )  # fmt: skip
        exchange.orders[state.take(order)] = order
        held_ms = effect.hold_ms
        if effect.hold_past_expiry_ms > 0:
            held_ms = max(1, intent.deadline_ms - at_ms + effect.hold_past_expiry_ms)
            order.then_ms = -effect.hold_past_expiry_ms  # how it is known that its fill came after its expiry
        if held_ms > 0:
            order.due_ms = at_ms + held_ms
            exchange.ledger.put_order(order)
        else:
            execution.execute(exchange, state, order, at_ms, effect, new=True)
        if order.due_ms >= 0:
            exchange.held.schedule(order)
        return order

    def _refused(
        self, at_ms: int, intent: OrderIntent, effect: Effect, *, duplicate: bool, twice: bool
    ) -> Refused | None:
        exchange = self._exchange
        sent = intent if isinstance(intent, WireOrder) else None
        if effect.condition is Condition.KEY_REVOKED:
            return Refused.UNAUTHORIZED
        for condition, refused in SHUT.items():
            if condition is Condition.POST_ONLY and sent is not None and sent.post_only:
                continue
            if exchange.is_in(condition, at_ms):
                return refused
        if effect.refuse is not None:
            return effect.refuse
        if exchange.order(intent.intent_id) is not None and not twice:
            return Refused.DUPLICATE
        if duplicate and not twice and exchange.ledger.has_arrived(intent.intent_id):
            return Refused.DUPLICATE  # a copy of a request that was refused is refused by its id too
        state = exchange.markets.get(intent.market)
        if state is None:
            return Refused.CLOSED if exchange.ledger.knows_market(intent.market) else Refused.NO_MARKET
        if state.status is not MarketStatus.OPEN or state.halted_until_ms > at_ms:
            return Refused.CLOSED
        broken = check(exchange.rules, state.spec.tick_e4, intent)
        return broken or crosses(exchange, state, intent) or unaffordable(exchange, state, intent)

    def _size_e2(self, intent: OrderIntent) -> int:
        """An order that may only reduce is no larger than what it reduces."""
        if not isinstance(intent, WireOrder) or not intent.reduce_only:
            return intent.size_e2
        outcome = intent.outcome.other if intent.buys else intent.outcome
        return min(intent.size_e2, self._exchange.account.held_e6(intent.market, outcome) // 10_000)

    def said(
        self, refused: Refused, at_ms: int, order_id: str, *, fak: bool = False, as_status: int = 0
    ) -> Raw:
        """The refusal in the venue's words."""
        raw = words(self._exchange.rules.kind, refused, order_id=order_id, fak=fak, as_status=as_status)
        return evolve(raw, at_ms=at_ms)

    def order_id(self, intent_id: str) -> str:
        """Polymarket's is the signed order's hash: known before it is sent. Kalshi's is the venue's own."""
        exchange = self._exchange
        sent = exchange.sent.get(intent_id)
        if sent is not None and sent.venue_order_id:
            return sent.venue_order_id
        digest = sha256(f"{exchange.name}:{intent_id}".encode()).hexdigest()
        if exchange.rules.fills_final:
            return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
        return "0x" + digest

    def known_order_id(self, intent_id: str) -> str:
        """The order id that a client can compute itself ("" on Kalshi, where only an answer or a read names it)."""
        exchange = self._exchange
        return "" if exchange.rules.fills_final else self.order_id(intent_id)
