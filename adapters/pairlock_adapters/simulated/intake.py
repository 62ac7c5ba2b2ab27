"""Orders and cancels as they reach a simulated venue: on their way, judged, taken or refused, held, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.simulated import execution, wire
from pairlock_adapters.simulated.fault_kinds import NOTHING, Condition, Effect, FaultKind, Hook
from pairlock_adapters.simulated.faults import occasion_of
from pairlock_adapters.simulated.rules import Raw, Refused, check, dearest_micros, words
from pairlock_adapters.simulated.state import MarketState, MarketStatus, OnCancel, Status, VenueOrder

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
# Cancel-only, post-only and a pause allow cancels.
_NO_CANCEL = (Condition.KEY_REVOKED, Condition.RATE_LIMITED, Condition.RESTARTING, Condition.DISABLED)


class Intake:
    """Of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def send(
        self,
        intent: OrderIntent,
        arrive_ms: int,
        answered: Answered | None,
        *,
        duplicate: bool = False,
        lost: bool = False,
    ) -> None:
        """An order left its client and will be here at ``arrive_ms``, whatever becomes of the client."""
        exchange = self._exchange
        now_ms = exchange.timeline.advance()
        if exchange.bounds is not None:
            arrive_ms = min(arrive_ms, now_ms + exchange.bounds.request_death_ms)
        with exchange.truth.commit(now_ms):
            row = exchange.ledger.put_request(intent, now_ms, -1 if lost else arrive_ms, duplicate=duplicate)
        if not lost:
            self.travels(row, arrive_ms, intent, answered, duplicate=duplicate)

    def travels(
        self, row: int, due_ms: int, intent: OrderIntent, answered: Answered | None, *, duplicate: bool
    ) -> None:
        """A request that is on its way (also over a restart) arrives, is judged, written down and answered."""
        exchange = self._exchange

        def arrives(at_ms: int) -> None:
            changed: list[VenueOrder] = []
            with exchange.truth.commit(at_ms):
                raw = self._judge(at_ms, intent, duplicate=duplicate, changed=changed)
                exchange.ledger.arrived(row, at_ms, raw)
            exchange.tell(at_ms, changed)
            if answered is not None:
                answered(at_ms, raw)

        exchange.timeline.at(due_ms, arrives)

    def _judge(self, at_ms: int, intent: OrderIntent, *, duplicate: bool, changed: list[VenueOrder]) -> Raw:
        """Refuse or take the order."""
        exchange = self._exchange
        effect = NOTHING if duplicate else exchange.faults.consult(occasion_of(Hook.ARRIVAL, intent, at_ms))
        if effect.condition is not None:
            exchange.enter(effect.condition, at_ms + effect.for_ms)
        refused = self._refused(at_ms, intent, effect, duplicate=duplicate)
        order_id = self.order_id(intent.intent_id)
        fak = intent.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL
        if refused is not None:
            return self._said(refused, at_ms, order_id, fak=fak)
        state = exchange.markets[intent.market]
        order = VenueOrder(
            intent.intent_id, order_id, intent.market, intent.outcome, intent.buys, intent.size_e2, intent.limit_e4,
            intent.time_in_force.value, at_ms, Status.HELD, on_cancel=effect.on_cancel,
            after_cancel_ms=effect.after_cancel_ms, fault_duplicate=duplicate,
        )  # fmt: skip
        state.orders[intent.intent_id] = exchange.orders[intent.intent_id] = order
        changed.append(order)
        if effect.hold_ms > 0:
            order.due_ms = at_ms + effect.hold_ms
            exchange.ledger.put_order(order)
            self.schedule(order)
            return wire.accepted(exchange.rules, order, at_ms)
        execution.execute(exchange, state, order, at_ms, effect, new=True)
        killed = order.status is Status.KILLED or (fak and not order.fills and not exchange.rules.fills_final)
        if killed:
            return self._said(
                Refused.KILLED_500 if effect.kill_as_500 else Refused.KILLED, at_ms, order_id, fak=fak
            )
        return wire.accepted(exchange.rules, order, at_ms)

    def _refused(self, at_ms: int, intent: OrderIntent, effect: Effect, *, duplicate: bool) -> Refused | None:
        exchange = self._exchange
        for condition, refused in SHUT.items():
            if exchange.is_in(condition, at_ms):
                return refused
        if effect.refuse is not None:
            return effect.refuse
        if exchange.order(intent.intent_id) is not None:
            return Refused.DUPLICATE
        if duplicate and exchange.bounds is not None and exchange.ledger.has_arrived(intent.intent_id):
            return Refused.DUPLICATE  # a copy of a request that was refused is refused by its id too
        state = exchange.markets.get(intent.market)
        if state is None:
            return Refused.CLOSED if exchange.ledger.knows_market(intent.market) else Refused.NO_MARKET
        if state.status is not MarketStatus.OPEN:
            return Refused.CLOSED
        return check(exchange.rules, state.spec.tick_e4, intent) or self._unaffordable(state, intent)

    def _unaffordable(self, state: MarketState, intent: OrderIntent) -> Refused | None:
        """Cash at the limit and the dearest fee for a buy, free shares for a sale."""
        exchange = self._exchange
        account, fees = exchange.account, state.spec.fees
        own_e2 = account.sellable_e6(intent.market, intent.outcome) // 10_000
        if exchange.rules.complete_sets_net:
            # What closes a position needs no cash of its own: the freed dollar pays for it.
            other_e2 = account.held_e6(intent.market, intent.outcome.other) // 10_000
            closing_e2 = min(intent.size_e2, other_e2 if intent.buys else own_e2)
            price_e4 = intent.limit_e4 if intent.buys else 10_000 - intent.limit_e4
            fee_micros = (
                dearest_micros(exchange.rules, fees, intent.size_e2, price_e4) - intent.size_e2 * price_e4
            )
            needed_micros = (intent.size_e2 - closing_e2) * price_e4 + fee_micros
            return Refused.BALANCE if needed_micros > account.cash_micros else None
        if intent.buys:
            needed_micros = dearest_micros(exchange.rules, fees, intent.size_e2, intent.limit_e4)
            return Refused.BALANCE if needed_micros > account.cash_micros else None
        if intent.size_e2 <= own_e2:
            return None
        if intent.size_e2 <= account.held_e6(intent.market, intent.outcome) // 10_000:
            exchange.faults.count(FaultKind.UNSELLABLE)
        return Refused.BALANCE

    def _said(self, refused: Refused, at_ms: int, order_id: str, *, fak: bool) -> Raw:
        exchange = self._exchange
        raw = words(exchange.rules.kind, refused, order_id=order_id, fak=fak)
        return Raw(raw.status, raw.body, at_ms)

    def order_id(self, intent_id: str) -> str:
        """Polymarket's is the signed order's hash: known before it is sent. Kalshi's is the venue's own."""
        exchange = self._exchange
        digest = sha256(f"{exchange.name}:{intent_id}".encode()).hexdigest()
        if exchange.rules.fills_final:
            return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
        return "0x" + digest

    def known_order_id(self, intent_id: str) -> str:
        """The order id that a client can compute itself ("" on Kalshi, where only an answer or a read names it)."""
        exchange = self._exchange
        return "" if exchange.rules.fills_final else self.order_id(intent_id)

    # Orders held, and cancels.

    def schedule(self, order: VenueOrder) -> None:
        exchange = self._exchange
        exchange.timeline.at(order.due_ms, lambda at_ms: self._due(order, at_ms))

    def _due(self, order: VenueOrder, at_ms: int) -> None:
        """A held order enters the book, or the late fill of a canceled one comes."""
        exchange = self._exchange
        state = exchange.markets.get(order.market)
        if order.due_ms < 0 or order.due_ms > at_ms or state is None or state.status is not MarketStatus.OPEN:
            return
        order.due_ms = -1
        with exchange.truth.commit(at_ms):
            execution.execute(exchange, state, order, at_ms, NOTHING)
        exchange.tell(at_ms, [order])

    def cancel(self, intent: OrderIntent, venue_order_id: str) -> Raw:
        """A cancel request is here."""
        exchange = self._exchange
        at_ms = exchange.timeline.advance()
        for condition in _NO_CANCEL:
            if exchange.is_in(condition, at_ms):
                return self._said(SHUT[condition], at_ms, venue_order_id, fak=False)
        order = exchange.order(intent.intent_id)
        if order is None or order.venue_order_id != venue_order_id:
            return wire.not_canceled(exchange.rules, venue_order_id, "order not found", at_ms)
        state = exchange.markets.get(order.market)
        if order.status is Status.HELD and state is not None and state.status is MarketStatus.OPEN:
            if order.on_cancel is OnCancel.FILLS_FIRST:
                order.due_ms = at_ms
                self._due(order, at_ms)
            elif order.on_cancel is OnCancel.FILLS_AFTER_ACK or exchange.rules.held_cancellable:
                self._close_canceled(order, at_ms)
                return wire.canceled(exchange.rules, order, at_ms)
            else:
                return wire.not_canceled(
                    exchange.rules, venue_order_id, "a delayed order cannot be canceled", at_ms
                )
        reason = "matched orders can't be canceled" if order.fills else "order is already canceled"
        return wire.not_canceled(exchange.rules, venue_order_id, reason, at_ms)

    def _close_canceled(self, order: VenueOrder, at_ms: int) -> None:
        exchange = self._exchange
        order.status, order.closed_ms, order.due_ms = Status.CANCELED, at_ms, -1
        if order.on_cancel is OnCancel.FILLS_AFTER_ACK:
            after_ms = order.after_cancel_ms
            if exchange.bounds is not None:
                after_ms = min(after_ms, exchange.bounds.fill_lag_ms)
            order.due_ms = at_ms + after_ms
        with exchange.truth.commit(at_ms):
            exchange.ledger.update_order(order)
        if order.due_ms >= 0:
            self.schedule(order)
        exchange.tell(at_ms, [order])
