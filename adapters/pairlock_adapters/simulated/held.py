"""Orders that a simulated venue holds: delayed, resting, waiting for their cancel; and the cancels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairlock.ports import OrderIntent
from pairlock_adapters.simulated import execution, wire
from pairlock_adapters.simulated.effects import NOTHING, CancelSaid, Condition, Hook
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import occasion_of
from pairlock_adapters.simulated.intake import SHUT
from pairlock_adapters.simulated.rules import Raw, Refused
from pairlock_adapters.simulated.state import MarketState, MarketStatus, OnCancel, OnDue, Status, VenueOrder

if TYPE_CHECKING:
    from pairlock_adapters.simulated.exchange import Exchange

# Cancel-only, post-only and a pause allow cancels.
_NO_CANCEL = (Condition.KEY_REVOKED, Condition.RATE_LIMITED, Condition.RESTARTING, Condition.DISABLED)


class HeldOrders:
    """Of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def schedule(self, order: VenueOrder) -> None:
        exchange = self._exchange
        exchange.timeline.at(order.due_ms, lambda at_ms: self._due(order, at_ms))

    def _due(self, order: VenueOrder, at_ms: int) -> None:
        """What a held order waited for, or the late fill of a canceled one, comes."""
        exchange = self._exchange
        state = exchange.markets.get(order.market)
        if order.due_ms < 0 or order.due_ms > at_ms or state is None or state.status is not MarketStatus.OPEN:
            return
        order.due_ms = -1
        with exchange.truth.commit(at_ms):
            if state.halted_until_ms > at_ms:
                self._waits_for_the_halt(state, order)
            elif order.on_due is OnDue.LIVE and order.status is Status.HELD:
                order.live, order.on_due, order.due_ms = True, OnDue.MATCH, at_ms + order.then_ms
                exchange.ledger.update_order(order)
            elif order.on_due in (OnDue.KILL, OnDue.CANCEL) and order.status is Status.HELD:
                killed = order.on_due is OnDue.KILL and not order.fills
                exchange.resting.leave(state, order)
                order.status, order.closed_ms = Status.KILLED if killed else Status.CANCELED, at_ms
                exchange.ledger.update_order(order)
            else:
                self._meets_the_book(state, order, at_ms)
        if order.due_ms >= 0:
            self.schedule(order)
        exchange.tell(at_ms, [order])

    def _waits_for_the_halt(self, state: MarketState, order: VenueOrder) -> None:
        """Nothing matches in a halted market; a fill that was to follow a cancel does not come at all."""
        if order.status is Status.HELD and state.halted_until_ms < state.spec.resolve_at_ms:
            order.due_ms = state.halted_until_ms
        self._exchange.ledger.update_order(order)

    def _meets_the_book(self, state: MarketState, order: VenueOrder, at_ms: int) -> None:
        exchange, fills = self._exchange, len(order.fills)
        was_canceled = order.status is Status.CANCELED
        execution.execute(exchange, state, order, at_ms, NOTHING)
        if len(order.fills) == fills:
            return
        if was_canceled:
            late = exchange.bounds is None and order.after_cancel_ms > exchange.default_bounds.fill_lag_ms
            kind = FaultKind.FILL_AFTER_FINALITY if late else FaultKind.FILL_AFTER_CANCEL
            exchange.faults.count(kind)
        elif order.then_ms < 0:
            exchange.faults.count(FaultKind.FILL_AFTER_EXPIRY)

    # Cancels.

    def cancel(self, intent: OrderIntent, venue_order_id: str) -> Raw | None:
        """A cancel request is here; None if a fault lost it on the way."""
        exchange = self._exchange
        at_ms = exchange.timeline.advance()
        effect = exchange.faults.consult(occasion_of(Hook.CANCEL, intent, at_ms))
        how = effect.cancel
        if effect.lost:
            self._count(effect.kinds)
            return None
        for condition in _NO_CANCEL:
            if exchange.is_in(condition, at_ms):
                return exchange.intake.said(SHUT[condition], at_ms, venue_order_id)
        order = exchange.order(intent.intent_id)
        if how is CancelSaid.RATE_LIMITED:
            self._count(effect.kinds)
            return exchange.intake.said(Refused.RATE_LIMITED, at_ms, venue_order_id)
        if order is None or order.venue_order_id != venue_order_id:
            return wire.not_canceled(exchange.rules, venue_order_id, "order not found", at_ms)
        if order.status is Status.HELD and how in (CancelSaid.REFUSED, CancelSaid.PARTIAL, CancelSaid.ECHOED):
            self._count(effect.kinds)
            if how is CancelSaid.ECHOED:
                return wire.canceled(exchange.rules, order, at_ms)
            if how is CancelSaid.PARTIAL:
                return wire.others_canceled(exchange.rules, order, at_ms)
            reason = "the order cannot be canceled now"
            return wire.not_canceled(exchange.rules, venue_order_id, reason, at_ms)
        answer = self._canceled(order, at_ms)
        if how is CancelSaid.UNKNOWN:
            self._count(effect.kinds)
            return Raw(504, "upstream request timeout", at_ms)
        return answer

    def _count(self, kinds: tuple[str, ...]) -> None:
        for kind in kinds:
            self._exchange.faults.count(FaultKind(kind))

    def _canceled(self, order: VenueOrder, at_ms: int) -> Raw:
        """Cancel it, if it can be."""
        exchange, ident = self._exchange, order.venue_order_id
        state = exchange.markets.get(order.market)
        if order.status is Status.HELD and state is not None and state.status is MarketStatus.OPEN:
            cancellable = exchange.rules.held_cancellable or order.live
            if order.on_cancel is OnCancel.FILLS_FIRST:
                fills = len(order.fills)
                order.due_ms, order.on_due = at_ms, OnDue.MATCH
                self._due(order, at_ms)
                if len(order.fills) > fills:
                    exchange.faults.count(FaultKind.FILL_BEATS_CANCEL)
                if order.status is Status.HELD:  # it found too little, and rests
                    self._close(order, at_ms)
                    return wire.canceled(exchange.rules, order, at_ms)
            elif order.on_cancel is OnCancel.FILLS_AFTER_ACK or cancellable:
                self._close(order, at_ms)
                return wire.canceled(exchange.rules, order, at_ms)
            else:
                return wire.not_canceled(exchange.rules, ident, "a delayed order cannot be canceled", at_ms)
        reason = "matched orders can't be canceled" if order.fills else "order is already canceled"
        return wire.not_canceled(exchange.rules, ident, reason, at_ms)

    def _close(self, order: VenueOrder, at_ms: int) -> None:
        exchange = self._exchange
        order.status, order.closed_ms, order.due_ms = Status.CANCELED, at_ms, -1
        if order.on_cancel is OnCancel.FILLS_AFTER_ACK:
            after_ms = order.after_cancel_ms
            if exchange.bounds is not None:
                after_ms = min(after_ms, exchange.bounds.fill_lag_ms)
            order.due_ms = at_ms + after_ms
        with exchange.truth.commit(at_ms):
            state = exchange.markets.get(order.market)
            if state is not None:
                exchange.resting.leave(state, order)
            exchange.ledger.update_order(order)
        if order.due_ms >= 0:
            self.schedule(order)
        exchange.tell(at_ms, [order])
