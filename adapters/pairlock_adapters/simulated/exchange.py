"""One simulated venue: it takes orders, matches them, settles them and pays, and all of that is the truth.

Everything here is synchronous and happens at an instant of virtual time. Whatever was accepted is committed to the
truth store before it is answered, and ``Exchange`` on a store with something in it takes up where that left off:
markets, books, positions, cash, orders held, matches pending, requests on their way, conditions.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from random import Random

from pairlock.limits import FaultBounds
from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.simulated import execution, wire
from pairlock_adapters.simulated.account import Account
from pairlock_adapters.simulated.fault_kinds import Condition, Effect, FaultKind, Hook
from pairlock_adapters.simulated.faults import FaultPlan, Occasion, occasion_of
from pairlock_adapters.simulated.ledger import Ledger
from pairlock_adapters.simulated.quantiles import Quantiles
from pairlock_adapters.simulated.rules import Raw, Refused, VenueRules, check, dearest_micros, words
from pairlock_adapters.simulated.settlement import Settlement
from pairlock_adapters.simulated.state import (
    MarketSpec,
    MarketState,
    MarketStatus,
    OnCancel,
    OrderView,
    Status,
    VenueOrder,
    view,
)
from pairlock_adapters.simulated.timeline import Timeline
from pairlock_adapters.simulated.truth import Truth

Answered = Callable[[int, Raw], None]

# Which conditions refuse new orders, with which words.
_SHUT: dict[Condition, Refused] = {
    Condition.KEY_REVOKED: Refused.UNAUTHORIZED,
    Condition.RATE_LIMITED: Refused.RATE_LIMITED,
    Condition.RESTARTING: Refused.RESTARTING,
    Condition.DISABLED: Refused.DISABLED,
    Condition.PAUSED: Refused.PAUSED,
    Condition.CANCEL_ONLY: Refused.CANCEL_ONLY,
    Condition.POST_ONLY: Refused.POST_ONLY,
}
# A pause allows cancels; only these refuse them.
_NO_CANCEL = (Condition.KEY_REVOKED, Condition.RATE_LIMITED, Condition.RESTARTING, Condition.DISABLED)


class Exchange:
    """``bounds`` None: beyond the fault model. ``on_order(at_ms, order)`` is told of every change of an order;
    ``on_exposure(at_ms, event_id, market, by_e6)`` of YES contracts won (NO: lost) in matches that did not fail;
    ``on_shift(at_ms, market, by_e4)`` of a market that moved; ``on_resolved(at_ms, event_id)`` of a result.
    """

    def __init__(
        self,
        name: str,
        rules: VenueRules,
        timeline: Timeline,
        rng: Random,
        truth: Truth,
        *,
        faults: FaultPlan,
        finality: Quantiles,
        bounds: FaultBounds | None,
    ) -> None:
        self.name = name
        self.rules = rules
        self.timeline = timeline
        self.rng = rng
        self.faults = faults
        self.bounds = bounds
        self.finality = finality
        self.ledger = Ledger(truth, name)
        self.truth = truth
        self.account = Account(self.ledger, nets=rules.complete_sets_net, pending_sellable=rules.pending_sellable)
        self.markets: dict[str, MarketState] = {}
        self.on_order: list[Callable[[int, VenueOrder], None]] = []
        self.on_exposure: list[Callable[[int, str, str, int], None]] = []
        self.on_shift: list[Callable[[int, str, int], None]] = []
        self.on_resolved: list[Callable[[int, str], None]] = []
        self.settlement = Settlement(self)
        self._conditions: dict[Condition, int] = {}
        self._take_up()

    def _take_up(self) -> None:
        """Go on from what the truth store holds (nothing, if it is new)."""
        self._conditions = {Condition(name): until_ms for name, until_ms in self.ledger.conditions()}
        for state in self.ledger.unpaid_markets():
            self.markets[state.spec.market] = state
            self.settlement.take_up(state)
            for order in state.orders.values():
                if order.due_ms >= 0:
                    self._schedule(order)
        for row, due_ms, duplicate, intent in list(self.ledger.on_their_way()):
            self._travels(row, due_ms, intent, None, duplicate=duplicate)

    def deposit(self, amount_micros: int) -> None:
        """Money from outside."""
        with self.truth.commit(self.timeline.advance()):
            self.account.pay_in(amount_micros)

    def list_market(self, spec: MarketSpec) -> MarketState:
        """Open a market; a fault may give it another end than the spec says."""
        at_ms = self.timeline.advance()
        spec = self.settlement.spec_under(self.faults.consult(Occasion(Hook.MARKET, self.name, at_ms, spec.market)), spec)
        state = MarketState(spec, spec.book)
        with self.truth.commit(at_ms):
            self.ledger.put_market(spec, at_ms)
        self.markets[spec.market] = state
        self.settlement.take_up(state)
        return state

    # Requests on their way.

    def send(
        self, intent: OrderIntent, arrive_ms: int, answered: Answered | None, *, duplicate: bool = False, lost: bool = False
    ) -> None:
        """An order left its client and will be here at ``arrive_ms``, whatever becomes of the client."""
        now_ms = self.timeline.advance()
        if self.bounds is not None:
            arrive_ms = min(arrive_ms, now_ms + self.bounds.request_death_ms)
        with self.truth.commit(now_ms):
            row = self.ledger.put_request(intent, now_ms, -1 if lost else arrive_ms, duplicate=duplicate)
        if not lost:
            self._travels(row, arrive_ms, intent, answered, duplicate=duplicate)

    def _travels(self, row: int, due_ms: int, intent: OrderIntent, answered: Answered | None, *, duplicate: bool) -> None:
        def arrives(at_ms: int) -> None:
            changed: list[VenueOrder] = []
            with self.truth.commit(at_ms):
                raw = self._judge(at_ms, intent, duplicate=duplicate, changed=changed)
                self.ledger.arrived(row, at_ms, raw)
            self._tell(at_ms, changed)
            if answered is not None:
                answered(at_ms, raw)

        self.timeline.at(due_ms, arrives)

    def _judge(self, at_ms: int, intent: OrderIntent, *, duplicate: bool, changed: list[VenueOrder]) -> Raw:
        """Refuse or take the order."""
        effect = Effect() if duplicate else self.faults.consult(occasion_of(Hook.ARRIVAL, intent, at_ms))
        if effect.condition is not None:
            self.enter(effect.condition, at_ms + effect.for_ms)
        refused = self._refused(at_ms, intent, effect)
        order_id = self._order_id(intent.intent_id)
        fak = intent.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL
        if refused is not None:
            return self._said(refused, at_ms, order_id, fak=fak)
        state = self.markets[intent.market]
        order = VenueOrder(
            intent.intent_id, order_id, intent.market, intent.outcome, intent.buys, intent.size_e2, intent.limit_e4,
            intent.time_in_force.value, at_ms, Status.HELD, on_cancel=effect.on_cancel,
            after_cancel_ms=effect.after_cancel_ms, fault_duplicate=duplicate,
        )  # fmt: skip
        state.orders[intent.intent_id] = order
        changed.append(order)
        if effect.hold_ms > 0:
            order.due_ms = at_ms + effect.hold_ms
            self.ledger.put_order(order)
            self._schedule(order)
            return wire.accepted(self.rules, order, at_ms)
        self.ledger.put_order(order)
        execution.execute(self, state, order, at_ms, effect)
        killed = order.status is Status.KILLED or (fak and not order.fills and not self.rules.fills_final)
        if killed:
            return self._said(Refused.KILLED_500 if effect.kill_as_500 else Refused.KILLED, at_ms, order_id, fak=fak)
        return wire.accepted(self.rules, order, at_ms)

    def _refused(self, at_ms: int, intent: OrderIntent, effect: Effect) -> Refused | None:
        for condition, refused in _SHUT.items():
            if self.is_in(condition, at_ms):
                return refused
        if effect.refuse is not None:
            return effect.refuse
        if self.order(intent.intent_id) is not None:
            return Refused.DUPLICATE
        state = self.markets.get(intent.market)
        if state is None:
            return Refused.CLOSED if self.ledger.knows_market(intent.market) else Refused.NO_MARKET
        if state.status is not MarketStatus.OPEN:
            return Refused.CLOSED
        return check(self.rules, state.spec.tick_e4, intent) or self._unaffordable(state, intent)

    def _unaffordable(self, state: MarketState, intent: OrderIntent) -> Refused | None:
        """Cash at the limit and the dearest fee for a buy, free shares for a sale."""
        account, fees = self.account, state.spec.fees
        own_e2 = account.sellable_e6(intent.market, intent.outcome) // 10_000
        if self.rules.complete_sets_net:
            # What closes a position needs no cash of its own: the freed dollar pays for it.
            other_e2 = account.held_e6(intent.market, intent.outcome.other) // 10_000
            closing_e2 = min(intent.size_e2, other_e2 if intent.buys else own_e2)
            price_e4 = intent.limit_e4 if intent.buys else 10_000 - intent.limit_e4
            fee_micros = dearest_micros(self.rules, fees, intent.size_e2, price_e4) - intent.size_e2 * price_e4
            needed_micros = (intent.size_e2 - closing_e2) * price_e4 + fee_micros
            return Refused.BALANCE if needed_micros > account.cash_micros else None
        if intent.buys:
            needed_micros = dearest_micros(self.rules, fees, intent.size_e2, intent.limit_e4)
            return Refused.BALANCE if needed_micros > account.cash_micros else None
        if intent.size_e2 <= own_e2:
            return None
        if intent.size_e2 <= account.held_e6(intent.market, intent.outcome) // 10_000:
            self.faults.count(FaultKind.UNSELLABLE)
        return Refused.BALANCE

    def _said(self, refused: Refused, at_ms: int, order_id: str, *, fak: bool) -> Raw:
        raw = words(self.rules.kind, refused, order_id=order_id, fak=fak)
        return Raw(raw.status, raw.body, at_ms)

    def _order_id(self, intent_id: str) -> str:
        """Polymarket's is the signed order's hash: known before it is sent. Kalshi's is the venue's own."""
        digest = sha256(f"{self.name}:{intent_id}".encode()).hexdigest()
        if self.rules.fills_final:
            return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
        return "0x" + digest

    def known_order_id(self, intent_id: str) -> str:
        """The order id that a client can compute itself ("" on Kalshi, where only an answer or a read names it)."""
        return "" if self.rules.fills_final else self._order_id(intent_id)

    # Orders held, and cancels.

    def _schedule(self, order: VenueOrder) -> None:
        self.timeline.at(order.due_ms, lambda at_ms: self._due(order, at_ms))

    def _due(self, order: VenueOrder, at_ms: int) -> None:
        """A held order enters the book, or the late fill of a canceled one comes."""
        state = self.markets.get(order.market)
        if order.due_ms < 0 or order.due_ms > at_ms or state is None or state.status is not MarketStatus.OPEN:
            return
        order.due_ms = -1
        with self.truth.commit(at_ms):
            execution.execute(self, state, order, at_ms, Effect())
        self._tell(at_ms, [order])

    def cancel(self, intent: OrderIntent, venue_order_id: str) -> Raw:
        """A cancel request is here."""
        at_ms = self.timeline.advance()
        for condition in _NO_CANCEL:
            if self.is_in(condition, at_ms):
                return self._said(_SHUT[condition], at_ms, venue_order_id, fak=False)
        order = self.order(intent.intent_id)
        if order is None or order.venue_order_id != venue_order_id:
            return wire.not_canceled(self.rules, venue_order_id, "order not found", at_ms)
        state = self.markets.get(order.market)
        if order.status is Status.HELD and state is not None and state.status is MarketStatus.OPEN:
            if order.on_cancel is OnCancel.FILLS_FIRST:
                order.due_ms = at_ms
                self._due(order, at_ms)
            elif order.on_cancel is OnCancel.FILLS_AFTER_ACK or self.rules.held_cancellable:
                self._close_canceled(order, at_ms)
                return wire.canceled(self.rules, order, at_ms)
            else:
                return wire.not_canceled(self.rules, venue_order_id, "a delayed order cannot be canceled", at_ms)
        reason = "matched orders can't be canceled" if order.fills else "order is already canceled"
        return wire.not_canceled(self.rules, venue_order_id, reason, at_ms)

    def _close_canceled(self, order: VenueOrder, at_ms: int) -> None:
        order.status, order.closed_ms, order.due_ms = Status.CANCELED, at_ms, -1
        if order.on_cancel is OnCancel.FILLS_AFTER_ACK:
            after_ms = order.after_cancel_ms
            order.due_ms = at_ms + (after_ms if self.bounds is None else min(after_ms, self.bounds.fill_lag_ms))
        with self.truth.commit(at_ms):
            self.ledger.update_order(order)
        if order.due_ms >= 0:
            self._schedule(order)
        self._tell(at_ms, [order])

    def _tell(self, at_ms: int, changed: list[VenueOrder]) -> None:
        for order in changed:
            for told in self.on_order:
                told(at_ms, order)

    # Reads.

    def order(self, intent_id: str) -> VenueOrder | None:
        """The order of an intent, also of a market that was retired."""
        for state in self.markets.values():
            order = state.orders.get(intent_id)
            if order is not None:
                return order
        return self.ledger.order(intent_id)

    def seen(self, intent_id: str, as_of_ms: int) -> OrderView | None:
        """The order as it was at ``as_of_ms``."""
        order = self.order(intent_id)
        return None if order is None else view(order, as_of_ms)

    def is_open(self, market: str) -> bool:
        """Whether the market takes orders."""
        state = self.markets.get(market)
        return state is not None and state.status is MarketStatus.OPEN

    def payout(self, market: str, outcome: Outcome) -> tuple[int, str] | None:
        """What one contract paid and by which rule, once it is paid."""
        state = self.markets.get(market) or self.ledger.market(market)
        if state is None or state.status is not MarketStatus.PAID:
            return None
        return state.per_contract_e4(outcome), state.payout_kind

    # The venue as a whole.

    def is_in(self, condition: Condition, at_ms: int) -> bool:
        return self._conditions.get(condition, -1) > at_ms

    def takes_orders(self, at_ms: int) -> bool:
        """Public knowledge: neither restarting, post-only, cancel-only, disabled nor paused."""
        private = (Condition.KEY_REVOKED, Condition.RATE_LIMITED)
        return not any(self.is_in(condition, at_ms) for condition in _SHUT if condition not in private)

    def enter(self, condition: Condition, until_ms: int) -> None:
        """From now on and until then the venue is in ``condition`` (an ``until_ms`` in the past ends it)."""
        self._conditions[condition] = until_ms
        with self.truth.commit(self.timeline.now_ms()):
            self.ledger.put_condition(condition.value, until_ms)

    def reopen(self) -> tuple[Condition, ...]:
        """An operator restored the route: every condition but NO_LIQUIDITY ends; return those that did."""
        now_ms = self.timeline.advance()
        ended = tuple(c for c in _SHUT if self.is_in(c, now_ms))
        for condition in ended:
            self.enter(condition, now_ms)
        return ended
