"""Orders of the account that rest in the book: met by whoever comes, moved aside by control, canceled, expired.

The engine never rests an order on purpose; other clients of the laboratory do. A maker pays no fee (Kalshi's default
multiplier for makers is 0, Polymarket charges takers only).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import evolve

from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4, cost_up_micros, proceeds_down_micros
from pairlock_adapters.simulated.matching import (
    Incoming,
    Maker,
    MatchBook,
    Result,
    Tif,
    match,
    with_maker,
    without_maker,
)
from pairlock_adapters.simulated.rules import dearest_micros
from pairlock_adapters.simulated.state import MarketState, OnDue, Status, VenueFill, VenueOrder
from pairlock_adapters.simulated.wire_order import SelfTrade, WireOrder

if TYPE_CHECKING:
    from pairlock_adapters.simulated.exchange import Exchange


class RestingOrders:
    """Of one exchange, by the id of their maker in the book: the venue's order id."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._orders: dict[str, VenueOrder] = {}

    def __contains__(self, maker_id: object) -> bool:
        return maker_id in self._orders

    def take_up(self, state: MarketState) -> None:
        """Know again, after a restart, which makers of the stored book are ours."""
        makers = {maker.maker_id for maker in (*state.book.bids, *state.book.asks)}
        for order in state.orders.values():
            if order.status is Status.HELD and order.venue_order_id in makers:
                self._orders[order.venue_order_id] = order

    def of(self, market: str) -> list[VenueOrder]:
        return [order for order in self._orders.values() if order.market == market]

    def rest(self, state: MarketState, order: VenueOrder, at_ms: int) -> bool:
        """Put what is left of ``order`` into the book, where it does not cross; False if it has expired."""
        expires_ms = self._exchange.expiry_ms(order.intent_id)
        if 0 <= expires_ms <= at_ms:
            return False
        maker = Maker(order.venue_order_id, _buys_yes(order), _yes_limit_e4(order), order.left_e6)
        state.book = with_maker(state.book, maker)
        self._orders[order.venue_order_id] = order
        order.live, order.on_due, order.due_ms = True, OnDue.CANCEL, expires_ms
        self._exchange.wrote_book(state)
        return True

    def leave(self, state: MarketState, order: VenueOrder) -> None:
        """Take ``order`` out of the book, if it is there."""
        if self._orders.pop(order.venue_order_id, None) is not None:
            state.book = without_maker(state.book, order.venue_order_id)
            order.due_ms = -1  # its expiry counts for an order in the book
            self._exchange.wrote_book(state)

    def reduce(self, state: MarketState, order: VenueOrder) -> None:
        """Less of ``order`` is left; it keeps its place in the queue."""

        def smaller(side: tuple[Maker, ...]) -> tuple[Maker, ...]:
            return tuple(
                evolve(maker, qty_e6=order.left_e6) if maker.maker_id == order.venue_order_id else maker
                for maker in side
            )

        state.book = MatchBook(smaller(state.book.bids), smaller(state.book.asks))
        self._exchange.wrote_book(state)

    def crossed_by(self, state: MarketState, incoming: Incoming) -> list[VenueOrder]:
        """The account's own orders that ``incoming`` could meet, best first."""
        side = state.book.asks if incoming.buys_yes else state.book.bids
        limit_e4 = incoming.yes_limit_e4
        return [
            self._orders[maker.maker_id]
            for maker in side
            if maker.maker_id in self._orders
            and (maker.price_e4 <= limit_e4 if incoming.buys_yes else maker.price_e4 >= limit_e4)
        ]

    def met_itself(
        self,
        state: MarketState,
        book: MatchBook,
        incoming: Incoming,
        own: list[VenueOrder],
        how: SelfTrade,
        at_ms: int,
    ) -> Result:
        """What ``incoming`` gets where ``own`` of its account stand in its way; ``rested``: it stopped before them.

        A fill-or-kill that meets its own account is filled as far as it comes: that is how Kalshi has it.
        """
        if how is SelfTrade.MAKER:
            for order in own:
                book = without_maker(book, order.venue_order_id)
                self.closed(state, order, at_ms)
            self._exchange.tell(at_ms, own)
            return match(book, incoming)
        side = book.asks if incoming.buys_yes else book.bids
        at = next(number for number, maker in enumerate(side) if maker.maker_id == own[0].venue_order_id)
        before = evolve(book, asks=side[:at]) if incoming.buys_yes else evolve(book, bids=side[:at])
        found = match(before, evolve(incoming, tif=Tif.IMMEDIATE_OR_CANCEL))
        if incoming.buys_yes:
            after = evolve(found.book, asks=found.book.asks + side[at:])
        else:
            after = evolve(found.book, bids=found.book.bids + side[at:])
        return evolve(found, book=after, rested=found.left_e6 > 0)

    def reserved_micros(self) -> int:
        """What buys that rest would cost in cash."""
        total = 0
        for order in self._orders.values():
            if order.buys:
                size_e2 = -(-order.left_e6 // 10_000)
                state = self._exchange.markets[order.market]
                total += dearest_micros(self._exchange.rules, state.spec.fees, size_e2, order.limit_e4)
        return total

    def reserved_e2(self, market: str, outcome: Outcome) -> int:
        """What sales that rest have promised of an outcome, in 1/100 contract."""
        return sum(
            -(-order.left_e6 // 10_000)
            for order in self.of(market)
            if not order.buys and order.outcome is outcome
        )

    # Others come.

    def moved(self, state: MarketState, others: Callable[[MatchBook], MatchBook], at_ms: int) -> None:
        """The others' orders change as ``others`` says; ours stay, and are met where the others now cross them.

        Inside a commit.
        """
        own = self.of(state.spec.market)
        if not own:
            state.book = others(state.book)
            self._exchange.wrote_book(state)
            return
        book = state.book
        for order in own:
            book = without_maker(book, order.venue_order_id)
        state.book = others(book)
        for order in own:
            self._met(state, order, at_ms)
        self._exchange.wrote_book(state)
        self._exchange.tell(at_ms, own)

    def _met(self, state: MarketState, order: VenueOrder, at_ms: int) -> None:
        """Whoever crosses ``order`` now takes it at its own price; the rest goes back into the book."""
        incoming = Incoming(
            order.venue_order_id, order.outcome, order.buys, order.left_e6, order.limit_e4, Tif.IMMEDIATE_OR_CANCEL
        )  # fmt: skip
        found = match(state.book, incoming)
        state.book = found.book
        if found.filled_e6:
            self.filled(state, order, found.filled_e6, at_ms)
        if order.status is Status.HELD:
            maker = Maker(order.venue_order_id, _buys_yes(order), _yes_limit_e4(order), order.left_e6)
            state.book = with_maker(state.book, maker)

    def taken(self, state: MarketState, taker: Incoming, at_ms: int) -> Result:
        """Somebody else takes from the book; what was ours of it is filled. Inside a commit."""
        found = match(state.book, taker)
        state.book = found.book
        changed = []
        for each in found.matches:
            order = self._orders.get(each.maker_id)
            if order is not None:
                self.filled(state, order, each.qty_e6, at_ms)
                changed.append(order)
        self._exchange.wrote_book(state)
        self._exchange.tell(at_ms, changed)
        return found

    def filled(self, state: MarketState, order: VenueOrder, qty_e6: int, at_ms: int) -> None:
        """``order`` made a trade at its own price. One that the account can no longer pay is canceled instead."""
        exchange, price_e4 = self._exchange, order.limit_e4
        cost = cost_up_micros(price_e4, qty_e6) if order.buys else proceeds_down_micros(price_e4, qty_e6)
        if order.buys and cost > exchange.account.cash_micros and not exchange.rules.complete_sets_net:
            self.closed(state, order, at_ms)
            return
        ident = exchange.fill_id(order, len(order.fills))
        fill = VenueFill(ident, qty_e6, price_e4, cost, 0, "final", at_ms, at_ms, maker=True)
        order.fills.append(fill)
        exchange.settlement.matched(order, fill, at_ms)
        exchange.ledger.put_fill(order, fill)
        if order.left_e6 <= 0:
            order.status, order.closed_ms, order.due_ms = Status.EXECUTED, at_ms, -1
            self._orders.pop(order.venue_order_id, None)
        exchange.ledger.update_order(order)

    def closed(self, state: MarketState, order: VenueOrder, at_ms: int) -> None:
        """The venue cancels ``order``. Inside a commit."""
        self.leave(state, order)
        order.status, order.closed_ms, order.due_ms = Status.CANCELED, at_ms, -1
        self._exchange.ledger.update_order(order)

    def forget(self, order: VenueOrder) -> None:
        """The market is over: its book does not matter any more."""
        self._orders.pop(order.venue_order_id, None)


def self_trade_of(order: WireOrder | None) -> SelfTrade:
    return SelfTrade.REFUSE if order is None else order.self_trade


def _buys_yes(order: VenueOrder) -> bool:
    return order.buys is (order.outcome is Outcome.YES)


def _yes_limit_e4(order: VenueOrder) -> int:
    return order.limit_e4 if order.outcome is Outcome.YES else DOLLAR_E4 - order.limit_e4
