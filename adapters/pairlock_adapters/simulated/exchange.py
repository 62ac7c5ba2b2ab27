"""One simulated venue: it takes orders, matches them, settles them and pays, and all of that is the truth.

Everything here is synchronous and happens at an instant of virtual time. Whatever was accepted is committed to the
truth store before it is answered, and ``Exchange`` on a store with something in it takes up where that left off:
markets, books, positions, cash, orders held, matches pending, requests on their way, conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from pairlock.limits import FaultBounds
from pairlock.model import Outcome
from pairlock_adapters.simulated import market_events
from pairlock_adapters.simulated.account import Account
from pairlock_adapters.simulated.effects import FOREVER_MS, Condition, Hook
from pairlock_adapters.simulated.faults import FaultPlan, Occasion
from pairlock_adapters.simulated.held import HeldOrders
from pairlock_adapters.simulated.intake import SHUT, Intake
from pairlock_adapters.simulated.ledger import Ledger
from pairlock_adapters.simulated.quantiles import Quantiles
from pairlock_adapters.simulated.resting import RestingOrders
from pairlock_adapters.simulated.rules import VenueRules
from pairlock_adapters.simulated.settlement import Settlement
from pairlock_adapters.simulated.state import (
    TWIN,
    MarketSpec,
    MarketState,
    MarketStatus,
    OnDue,
    OrderView,
    Status,
    Veil,
    VenueOrder,
    view,
)
from pairlock_adapters.simulated.timeline import Timeline
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.wire_order import WireOrder

Sibling = Callable[[str], "tuple[Exchange, MarketState] | None"]

_FOREIGN_RESTS_MS = 5_000


class Exchange:
    """``bounds`` None: beyond the fault model. ``sibling(market)`` finds the same event on the other venue.
    ``on_order(at_ms, order)`` is told of every change of an order,
    ``on_shift(at_ms, market, by_e4)`` of a market that moved, ``on_book(market)`` of every change of a book and
    ``on_market(at_ms, market)`` of a market that is new, or has another tick, fee or status. Those two may be told
    inside a commit: they only take note. Made inside ``trio.run`` (its clock is trio's).
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
        self.default_bounds = bounds or FaultBounds()
        self.sibling: Sibling = lambda market: None
        self.ledger = Ledger(truth, name)
        self.truth = truth
        self.account = Account(
            self.ledger,
            timeline.now_ms,
            nets=rules.complete_sets_net,
            pending_sellable=rules.pending_sellable,
            remembers_ms=self.default_bounds.read_lag_ms,
        )
        self.markets: dict[str, MarketState] = {}
        self.orders: dict[str, VenueOrder] = {}  # of the markets in memory, by intent id
        self.sent: dict[str, WireOrder] = {}  # those that came over the wire, as they came
        self.on_order: list[Callable[[int, VenueOrder], None]] = []
        self.on_shift: list[Callable[[int, str, int], None]] = []
        self.fill_id: Callable[[VenueOrder, int], str] = lambda order, n: f"{order.venue_order_id}/{n}"
        self.on_book: list[Callable[[str], None]] = []
        self.on_market: list[Callable[[int, str], None]] = []
        self.settlement = Settlement(self)
        self.intake = Intake(self)
        self.held = HeldOrders(self)
        self.resting = RestingOrders(self)
        self._foreign = 0
        self._conditions: dict[Condition, int] = {}
        self._take_up()

    def _take_up(self) -> None:
        """Go on from what the truth store holds (nothing, if it is new)."""
        self._conditions = {Condition(name): until_ms for name, until_ms in self.ledger.conditions()}
        for state in self.ledger.unpaid_markets():
            self.markets[state.spec.market] = state
            self.orders.update(state.orders)
            self.resting.take_up(state)
            self.settlement.take_up(state)
            for order in state.orders.values():
                sent = self.ledger.terms.as_sent(order.intent(self.name))
                if isinstance(sent, WireOrder):
                    self.sent[order.intent_id] = sent
                if order.due_ms >= 0:
                    self.held.schedule(order)
        for row, due_ms, duplicate, intent in list(self.ledger.on_their_way()):
            self.intake.travels(row, due_ms, intent, None, duplicate=duplicate)

    def deposit(self, amount_micros: int) -> None:
        """Money from outside."""
        with self.truth.commit(self.timeline.advance()):
            self.account.pay_in(amount_micros)

    def list_market(self, spec: MarketSpec) -> MarketState:
        """Open a market; a fault may give it another end than the spec says."""
        at_ms = self.timeline.advance()
        effect = self.faults.consult(Occasion(Hook.MARKET, self.name, at_ms, spec.market))
        spec = self.settlement.spec_under(effect, spec)
        state = MarketState(spec, spec.book)
        with self.truth.commit(at_ms):
            self.ledger.put_market(spec, at_ms)
        self.markets[spec.market] = state
        self.settlement.take_up(state)
        if effect.close_in_ms >= 0:
            close_ms = at_ms + effect.close_in_ms
            self.timeline.at(close_ms, lambda then_ms: market_events.closes_early(self, state, then_ms))
        self.tell_market(at_ms, spec.market)
        return state

    def wrote_book(self, state: MarketState) -> None:
        """The book of ``state`` is another one now. Inside a commit."""
        self.ledger.update_book(state)
        for told in self.on_book:
            told(state.spec.market)

    def tell_market(self, at_ms: int, market: str) -> None:
        """Tell the listeners of a market that is new or not what it was."""
        for told in self.on_market:
            told(at_ms, market)

    def wire_id(self, intent_id: str) -> str:
        """The id that the order's client gave it."""
        sent = self.sent.get(intent_id) or self.ledger.terms.of(intent_id)
        return intent_id if sent is None else sent.wire_id or intent_id

    def expiry_ms(self, intent_id: str) -> int:
        """When the order of an intent expires; -1: never."""
        sent = self.sent.get(intent_id)
        return -1 if sent is None else sent.expires_ms

    def tell(self, at_ms: int, changed: Sequence[VenueOrder]) -> None:
        """Tell the listeners of orders that changed; of a veiled one only when its veil is lifted."""
        for order in changed:
            if order.veil is not Veil.NONE and at_ms < order.veil_until_ms:
                self._tell_later(order)
                continue
            for told in self.on_order:
                told(at_ms, order)

    def _tell_later(self, order: VenueOrder) -> None:
        self.timeline.at(order.veil_until_ms, lambda at_ms: self.tell(at_ms, [order]))

    # Reads.

    def order(self, intent_id: str) -> VenueOrder | None:
        """The order of an intent, also of a market that was retired."""
        return self.orders.get(intent_id) or self.ledger.order(intent_id)

    def order_named(self, venue_order_id: str) -> VenueOrder | None:
        """The order of the venue's own id, also of a market that was retired."""
        intent_id = self.ledger.intent_of(venue_order_id)
        if intent_id is None:
            return None
        for order in (self.orders.get(intent_id), self.orders.get(intent_id + TWIN)):
            if order is not None and order.venue_order_id == venue_order_id:
                return order
        return self.ledger.order_named(venue_order_id)

    def seen(self, intent_id: str, as_of_ms: int) -> OrderView | None:
        """The order as it was at ``as_of_ms``."""
        order = self.order(intent_id)
        return None if order is None else view(order, as_of_ms)

    def twin(self, intent_id: str, as_of_ms: int) -> OrderView | None:
        """The second order that was booked under the same id (beyond the fault model), likewise."""
        order = self.orders.get(intent_id + TWIN)
        return None if order is None else view(order, as_of_ms)

    def foreign_order(self, market: str, at_ms: int) -> VenueOrder | None:
        """Another client of the account rests an order far from the market, for a few seconds."""
        state = self.markets.get(market)
        if state is None or not self.is_open(market):
            return None
        self._foreign += 1
        ident = f"other-{self.truth.run}-{self._foreign}"
        order = VenueOrder(
            ident, self.intake.order_id(ident), market, Outcome.YES, True, 1_000, state.spec.tick_e4,
            "good_till_canceled", at_ms, Status.HELD, due_ms=at_ms + _FOREIGN_RESTS_MS, on_due=OnDue.CANCEL, live=True,
        )  # fmt: skip
        with self.truth.commit(at_ms):
            self.ledger.put_order(order)
        self.orders[state.take(order)] = order
        self.held.schedule(order)
        self.tell(at_ms, [order])
        return order

    def is_open(self, market: str) -> bool:
        """Whether the market takes orders."""
        state = self.markets.get(market)
        if state is None or state.status is not MarketStatus.OPEN:
            return False
        return state.halted_until_ms <= self.timeline.now_ms()

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
        return not any(self.is_in(condition, at_ms) for condition in SHUT if condition not in private)

    def enter(self, condition: Condition, until_ms: int) -> None:
        """From now on and until then the venue is in ``condition`` (an ``until_ms`` in the past ends it)."""
        self._conditions[condition] = until_ms
        with self.truth.commit(self.timeline.now_ms()):
            self.ledger.put_condition(condition.value, until_ms)

    def reopen(self) -> tuple[Condition, ...]:
        """An operator restores what does not end by itself (a shut venue, a revoked key); what did."""
        now_ms = self.timeline.advance()
        ended = tuple(c for c in SHUT if self._conditions.get(c, -1) > now_ms + FOREVER_MS // 2)
        for condition in ended:
            self.enter(condition, now_ms)
        return ended
