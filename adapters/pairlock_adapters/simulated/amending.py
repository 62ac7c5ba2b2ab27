"""Changes of an order that rests: another price, another size, less of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.simulated import execution
from pairlock_adapters.simulated.effects import NOTHING
from pairlock_adapters.simulated.state import Status, VenueOrder

if TYPE_CHECKING:
    from pairlock_adapters.simulated.exchange import Exchange


def amend(exchange: Exchange, order: VenueOrder, yes_price_e4: int, size_e2: int) -> str:
    """Give ``order`` another price (in YES terms) and total size; it meets the book anew. "" or why not."""
    at_ms = exchange.timeline.advance()
    state = exchange.markets[order.market]
    tick_e4 = state.spec.tick_e4
    if yes_price_e4 % tick_e4 or not tick_e4 <= yes_price_e4 <= DOLLAR_E4 - tick_e4:
        return "invalid_price"
    if size_e2 * 10_000 <= order.matched_e6:
        return "invalid_count"
    limit_e4 = yes_price_e4 if order.outcome is Outcome.YES else DOLLAR_E4 - yes_price_e4
    more_micros = (size_e2 - order.size_e2) * limit_e4 + order.size_e2 * (limit_e4 - order.limit_e4)
    free_micros = exchange.account.cash_micros - exchange.resting.reserved_micros()
    if order.buys and more_micros > free_micros:
        return "insufficient_balance"
    with exchange.truth.commit(at_ms):
        exchange.resting.leave(state, order)
        order.limit_e4, order.size_e2 = limit_e4, size_e2
        execution.execute(exchange, state, order, at_ms, NOTHING)
        exchange.ledger.update_size(order)
    if order.due_ms >= 0:
        exchange.held.schedule(order)
    exchange.tell(at_ms, [order])
    return ""


def decrease(exchange: Exchange, order: VenueOrder, left_e2: int) -> None:
    """Leave no more than ``left_e2`` (1/100 contract) of ``order`` in the book, at its place in the queue."""
    at_ms = exchange.timeline.advance()
    state = exchange.markets[order.market]
    with exchange.truth.commit(at_ms):
        if left_e2 == 0:
            exchange.resting.closed(state, order, at_ms)
        else:
            order.size_e2 = order.matched_e6 // 10_000 + left_e2
            exchange.resting.reduce(state, order)
            exchange.ledger.update_size(order)
    assert order.status in (Status.HELD, Status.CANCELED)
    exchange.tell(at_ms, [order])
