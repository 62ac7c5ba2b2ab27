"""What faults do to a market while a trade is on: halts, other ticks and fees, gaps, empty books, an early end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from pairlock.fees import with_rate
from pairlock.model import Outcome
from pairlock_adapters.simulated.effects import FOREVER_MS, Condition, Effect
from pairlock_adapters.simulated.execution import move
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.state import MarketState, MarketStatus, VenueOrder

if TYPE_CHECKING:
    from pairlock_adapters.simulated.exchange import Exchange


def strikes_first(
    exchange: Exchange, state: MarketState, buys_yes: bool, effect: Effect, at_ms: int
) -> set[FaultKind]:
    """What happens to the market as the order arrives, before it is judged; which kinds did."""
    done: set[FaultKind] = set()
    spec = state.spec
    if effect.halt_ms > 0:
        state.halted_until_ms = max(state.halted_until_ms, at_ms + effect.halt_ms)
        done.add(FaultKind.MARKET_HALT)
    if effect.tick_e4 > 0 and effect.tick_e4 != spec.tick_e4:
        state.spec = spec = evolve(spec, tick_e4=effect.tick_e4)
        # Prices between the old ticks, a little worse for whoever takes.
        by_e4 = effect.tick_shift_e4 - effect.tick_shift_e4 % effect.tick_e4
        move(exchange, state, by_e4 if buys_yes else -by_e4)
        done.add(FaultKind.TICK_CHANGES)
    if effect.rate_more_ppm:
        rate_ppm = max(0, spec.fees.rate_ppm + effect.rate_more_ppm)
        if rate_ppm != spec.fees.rate_ppm:
            state.spec = evolve(spec, fees=with_rate(spec.fees, rate_ppm))
            done.add(FaultKind.SCHEDULE_CHANGES)
    if effect.condition is Condition.NO_LIQUIDITY and effect.market_only:
        _dries_up(exchange, state, at_ms + effect.for_ms)
    if done:
        exchange.ledger.update_market(state)
        exchange.tell_market(at_ms, spec.market)
    return done


def _dries_up(exchange: Exchange, state: MarketState, until_ms: int) -> None:
    """Nobody offers anything in the event any more, on either venue. Counted when the condition is."""
    places = [(exchange, state)]
    sibling = exchange.sibling(state.spec.market)
    if sibling is not None:
        places.append(sibling)
    for where, market in places:
        market.dry_until_ms = max(market.dry_until_ms, until_ms)
        where.ledger.update_market(market)


def gaps(exchange: Exchange, state: MarketState, order: VenueOrder, by_e4: int, at_ms: int) -> None:
    """The event's price jumps against what the order bought or sold, here and on the other venue."""
    bought_yes = order.buys is (order.outcome is Outcome.YES)
    signed_e4 = -by_e4 if bought_yes else by_e4
    move(exchange, state, signed_e4)
    sibling = exchange.sibling(state.spec.market)
    if sibling is not None:
        move(*sibling, signed_e4)


def closes_early(exchange: Exchange, state: MarketState, at_ms: int) -> None:
    """No more orders are taken; the result comes when it always would have."""
    if state.status is not MarketStatus.OPEN:
        return
    with exchange.truth.commit(at_ms):
        state.halted_until_ms = FOREVER_MS
        exchange.ledger.update_market(state)
    exchange.tell_market(at_ms, state.spec.market)
    exchange.faults.count(FaultKind.EARLY_CLOSE)


def resolves_soon(exchange: Exchange, market: str, in_ms: int, at_ms: int, *, counted: bool) -> None:
    """The result comes now, on both venues: before the trade is equal, if it is quick enough (then it is counted)."""
    due_ms = at_ms + in_ms
    own = exchange.markets.get(market)
    places = [
        place for place in ((exchange, own), exchange.sibling(market)) if place and place[1] is not None
    ]
    brought_forward = []
    for where, state in places:
        assert state is not None
        if state.status is MarketStatus.OPEN and state.spec.resolve_at_ms > due_ms:
            state.spec = evolve(state.spec, resolve_at_ms=due_ms)
            with where.truth.commit(at_ms):
                where.ledger.update_market(state)
            brought_forward.append((where, state))

    def exposed(then_ms: int) -> None:
        held_e6 = 0
        for where, state in brought_forward:
            held_e6 += where.account.held_e6(state.spec.market, Outcome.YES)
            held_e6 -= where.account.held_e6(state.spec.market, Outcome.NO)
        if counted and held_e6:
            exchange.faults.count(FaultKind.RESOLVED_WHILE_EXPOSED)

    if brought_forward:
        exchange.timeline.at(due_ms, exposed)
        for where, state in brought_forward:
            where.settlement.take_up_end(state)
