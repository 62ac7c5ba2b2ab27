"""An order meets the book: what faults change on the way, the match, its fills and the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from pairlock.model import Outcome
from pairlock.units import PPM, cost_up_micros, proceeds_down_micros
from pairlock_adapters.simulated.effects import Condition, Effect
from pairlock_adapters.simulated.matching import (
    Incoming,
    Maker,
    MatchBook,
    Result,
    Tif,
    match,
    shifted,
    with_maker,
)
from pairlock_adapters.simulated.resting import self_trade_of
from pairlock_adapters.simulated.rules import charges_micros
from pairlock_adapters.simulated.spending import spend
from pairlock_adapters.simulated.state import MarketState, OnDue, Status, VenueFill, VenueOrder
from pairlock_adapters.simulated.wire_order import WireOrder

if TYPE_CHECKING:
    from pairlock_adapters.simulated.exchange import Exchange

# A kill moves the market by its slip; a limit farther away than this is not chased, the depth is gone for an instant.
_FARTHEST_MOVE_E4 = 300
# An order that may rest waits so long before it looks again whether anybody is there.
_LOOKS_AGAIN_MS = 1_000


def execute(
    exchange: Exchange,
    state: MarketState,
    order: VenueOrder,
    at_ms: int,
    effect: Effect,
    *,
    new: bool = False,
) -> None:
    """Match what is left of ``order`` now and write down everything that follows, inside a commit.

    Sets the order's status, unless it was canceled before; HELD where a remainder rests (``effect.rest_ms``).
    """
    was_canceled = order.status is Status.CANCELED
    exchange.resting.leave(state, order)
    rests = order.tif == Tif.GOOD_TILL_CANCELED.value and effect.fill_ppm == PPM
    takes = rests or bool(order.fills) or order.tif != Tif.FILL_OR_KILL.value
    incoming = Incoming(
        order.venue_order_id,
        order.outcome,
        order.buys,
        max(0, order.left_e6),
        order.limit_e4,
        Tif.IMMEDIATE_OR_CANCEL if takes else Tif.FILL_OR_KILL,
    )
    found = None
    dry = exchange.is_in(Condition.NO_LIQUIDITY, at_ms) or state.dry_until_ms > at_ms
    if not dry and incoming.qty_e6 > 0 and not _vanishes(exchange, state, incoming, at_ms, effect):
        found = _matched(exchange, state, incoming, effect, exchange.sent.get(order.intent_id), at_ms)
    if found is not None and found.matches:
        _write_fills(exchange, state, order, found, at_ms, effect)
        state.book = found.book
        exchange.wrote_book(state)
    if not was_canceled and effect.rest_ms > 0 and order.fills and order.left_e6 > 0:
        order.live, order.due_ms, order.on_due = True, at_ms + effect.rest_ms, OnDue.MATCH
    elif not was_canceled and rests and dry:
        order.live, order.due_ms, order.on_due = True, at_ms + _LOOKS_AGAIN_MS, OnDue.MATCH
    elif not was_canceled and not (rests and _rests(exchange, state, order, found, at_ms)):
        order.closed_ms = at_ms
        if order.left_e6 <= 0 or _spent(exchange, order, found):
            order.status = Status.EXECUTED
        else:
            killed = incoming.tif is Tif.FILL_OR_KILL and not order.fills
            order.status = Status.KILLED if killed else Status.CANCELED
    if new:
        exchange.ledger.put_order(order)
    else:
        exchange.ledger.update_order(order)


def _rests(
    exchange: Exchange, state: MarketState, order: VenueOrder, found: Result | None, at_ms: int
) -> bool:
    """Whether what is left of ``order`` rests in the book now: not if it stopped before one of its own account."""
    stopped = found is not None and found.left_e6 > 0 and found.rested
    return order.left_e6 > 0 and not stopped and exchange.resting.rest(state, order, at_ms)


def _spent(exchange: Exchange, order: VenueOrder, found: Result | None) -> bool:
    """Whether a budget is spent: the order is done, and its size is what it got."""
    sent = exchange.sent.get(order.intent_id)
    if sent is None or sent.budget_micros < 0 or found is None or found.left_e6:
        return False
    order.size_e2 = -(-order.matched_e6 // 10_000)
    return True


def _vanishes(exchange: Exchange, state: MarketState, incoming: Incoming, at_ms: int, effect: Effect) -> bool:
    """Whether a fault leaves nothing for the order to meet; a market that moved away stays there."""
    if not effect.vanish:
        return False
    side = state.book.asks if incoming.buys_yes else state.book.bids
    if not side or effect.slip_e4 <= 0:
        return True
    tick_e4, best_e4 = state.spec.tick_e4, side[0].price_e4
    limit_e4 = incoming.yes_limit_e4
    needed_e4 = (limit_e4 - best_e4 if incoming.buys_yes else best_e4 - limit_e4) + tick_e4
    if needed_e4 > max(effect.slip_e4, _FARTHEST_MOVE_E4):
        return True
    by_e4 = max(effect.slip_e4 // tick_e4 * tick_e4, needed_e4, tick_e4)
    move(exchange, state, by_e4 if incoming.buys_yes else -by_e4)
    for told in exchange.on_shift:
        told(at_ms, state.spec.market, by_e4 if incoming.buys_yes else -by_e4)
    return True


def move(exchange: Exchange, state: MarketState, by_e4: int) -> None:
    """The market moved by ``by_e4`` in YES terms. Inside a commit."""
    tick_e4 = state.spec.tick_e4
    exchange.resting.moved(state, lambda book: shifted(book, by_e4, tick_e4), exchange.timeline.now_ms())


def _matched(
    exchange: Exchange,
    state: MarketState,
    incoming: Incoming,
    effect: Effect,
    sent: WireOrder | None,
    at_ms: int,
) -> Result:
    book = state.book
    if effect.improve_e4 > 0:
        book = _improved(book, incoming, effect.improve_e4, state.spec.tick_e4)
    wanted = incoming
    if effect.fill_ppm < PPM:
        part_e6 = incoming.qty_e6 * effect.fill_ppm // PPM // effect.fill_step_e6 * effect.fill_step_e6
        wanted = evolve(incoming, qty_e6=part_e6, tif=Tif.IMMEDIATE_OR_CANCEL)
    if sent is not None and sent.budget_micros >= 0:
        return spend(book, wanted, sent.budget_micros)
    own = exchange.resting.crossed_by(state, incoming)
    if own:
        return exchange.resting.met_itself(state, book, wanted, own, self_trade_of(sent), at_ms)
    found = match(book, wanted)
    if effect.extra_ppm > 0 and found.matches:
        found = _overfilled(exchange, found, incoming, effect.extra_ppm)
    return found


def _improved(book: MatchBook, incoming: Incoming, by_e4: int, tick_e4: int) -> MatchBook:
    """Somebody came first with a better price for the whole order, without crossing the other side."""
    side, other = (book.asks, book.bids) if incoming.buys_yes else (book.bids, book.asks)
    if not side:
        return book
    if incoming.buys_yes:
        floor_e4 = other[0].price_e4 + tick_e4 if other else tick_e4
        price_e4 = max(side[0].price_e4 - by_e4, floor_e4)
    else:
        ceiling_e4 = other[0].price_e4 - tick_e4 if other else 10_000 - tick_e4
        price_e4 = min(side[0].price_e4 + by_e4, ceiling_e4)
    return with_maker(book, Maker("improver", not incoming.buys_yes, price_e4, incoming.qty_e6))


def _overfilled(exchange: Exchange, found: Result, incoming: Incoming, extra_ppm: int) -> Result:
    """More shares than ordered, from a maker that came at the last price (sales only of what is held)."""
    last = found.matches[-1]
    step_e6 = 10_000 if exchange.rules.fills_final else 1
    extra_e6 = incoming.qty_e6 * extra_ppm // PPM // step_e6 * step_e6
    # A venue lets nobody overdraw: what the planned order leaves in cash bounds the rest, with room for its fee.
    free_micros = exchange.account.cash_micros - incoming.qty_e6 * incoming.limit_e4 // 9_000
    extra_e6 = min(extra_e6, max(0, free_micros) * 9_000 // incoming.limit_e4 // step_e6 * step_e6)
    if not incoming.buys or extra_e6 == 0:
        return found
    yes_e4 = last.price_e4 if incoming.outcome is Outcome.YES else 10_000 - last.price_e4
    book = with_maker(found.book, Maker("extra", not incoming.buys_yes, yes_e4, extra_e6))
    more = match(book, evolve(incoming, qty_e6=extra_e6, tif=Tif.IMMEDIATE_OR_CANCEL))
    return Result(more.book, found.matches + more.matches, more.left_e6)


def _parts(exchange: Exchange, found: Result, parts: int) -> list[tuple[int, int]]:
    """What was met, as ``(price_e4, qty_e6)``: one for each price, or that many of each."""
    by_price: dict[int, int] = {}
    for each in found.matches:
        by_price[each.price_e4] = by_price.get(each.price_e4, 0) + each.qty_e6
    step_e6 = 10_000 if exchange.rules.fills_final else 1
    split = []
    for price_e4, qty_e6 in by_price.items():
        share_e6 = qty_e6 // parts // step_e6 * step_e6
        split += [(price_e4, share_e6)] * (parts - 1) if share_e6 else []
        split.append((price_e4, qty_e6 - share_e6 * (parts - 1)))
    return split


def _write_fills(
    exchange: Exchange, state: MarketState, order: VenueOrder, found: Result, at_ms: int, effect: Effect
) -> None:
    """One fill for each price met, charged, drawn its end, and booked on the account."""
    parts = _parts(exchange, found, effect.parts)
    before = [(fill.price_e4, fill.qty_e6) for fill in order.fills]
    fees = charges_micros(exchange.rules, state.spec.fees, parts, before)
    for number, ((price_e4, qty_e6), fee_micros) in enumerate(zip(parts, fees, strict=True)):
        cost = cost_up_micros(price_e4, qty_e6) if order.buys else proceeds_down_micros(price_e4, qty_e6)
        step = exchange.rules.fee_step_micros
        more_micros = fee_micros * effect.fee_more_ppm // PPM // step * step
        fill = VenueFill(
            exchange.fill_id(order, len(order.fills)),
            qty_e6,
            price_e4,
            cost,
            fee_micros + more_micros,
            "final",
            at_ms,
            at_ms,
        )
        order.fills.append(fill)
        must_fail = effect.fail_first and number == 0 and len(parts) > 1
        exchange.settlement.matched(order, fill, at_ms, must_fail=must_fail)
        exchange.ledger.put_fill(order, fill)
