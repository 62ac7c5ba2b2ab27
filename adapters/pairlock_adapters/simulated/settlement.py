"""What follows a match: finality or failure, the market's result, payouts, and forgetting what is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.simulated.effects import Effect, Hook
from pairlock_adapters.simulated.faults import occasion_of
from pairlock_adapters.simulated.state import (
    MarketSpec,
    MarketState,
    MarketStatus,
    Result,
    Status,
    VenueFill,
    VenueOrder,
)

if TYPE_CHECKING:
    from pairlock_adapters.simulated.exchange import Exchange


class Settlement:
    """Of one exchange. Everything runs on its timeline, and again after a restart (``take_up``)."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def take_up(self, state: MarketState) -> None:
        """Schedule what is still to come in a market."""
        timeline, market = self._exchange.timeline, state.spec.market
        if state.status is MarketStatus.OPEN:
            self.take_up_end(state)
        elif state.status is MarketStatus.RESOLVED:
            due_ms = state.spec.resolve_at_ms + self._exchange.rules.payout_delay_ms
            timeline.at(due_ms, lambda at_ms: self._pays(market, at_ms))
        for order in state.orders.values():
            for fill in order.fills:
                if fill.status == "pending":
                    self._schedule(order, fill)

    def take_up_end(self, state: MarketState) -> None:
        """Schedule the result, anew where it was brought forward."""
        market = state.spec.market
        self._exchange.timeline.at(state.spec.resolve_at_ms, lambda at_ms: self._resolves(market, at_ms))

    def spec_under(self, effect: Effect, spec: MarketSpec) -> MarketSpec:
        """The market's end as a fault wants it."""
        if effect.flip_result and spec.result in (Result.YES, Result.NO):
            spec = evolve(spec, result=Result.NO if spec.result is Result.YES else Result.YES)
        if effect.result is not None:
            half = self._exchange.rules.void_pays_half
            spec = evolve(
                spec, result=effect.result, yes_payout_e4=DOLLAR_E4 // 2 if half else effect.yes_payout_e4
            )
        if effect.resolve_in_ms >= 0:
            now_ms = self._exchange.timeline.now_ms()
            spec = evolve(spec, resolve_at_ms=min(spec.resolve_at_ms, now_ms + effect.resolve_in_ms))
        return spec

    def matched(self, order: VenueOrder, fill: VenueFill, at_ms: int, *, must_fail: bool = False) -> None:
        """Book a new match; where it is not final at once, draw when it will be, and whether it fails."""
        exchange, account = self._exchange, self._exchange.account
        pending = not exchange.rules.fills_final
        if order.buys:
            paid = fill.cost_micros + fill.fee_micros
            account.bought(order.market, order.outcome, fill.qty_e6, paid, at_ms, locked=pending)
        elif pending:
            account.given_up(order.market, order.outcome, fill.qty_e6)
        else:
            got = fill.cost_micros - fill.fee_micros
            account.sold(order.market, order.outcome, fill.qty_e6, got, at_ms)
        if not pending:
            return
        effect = exchange.faults.consult(occasion_of(Hook.SETTLEMENT, order.intent(exchange.name), at_ms))
        wait_ms = exchange.finality.draw(exchange.rng) + effect.final_later_ms
        if exchange.bounds is not None:
            wait_ms = min(wait_ms, exchange.bounds.finality_ms)
        fails = 2 if effect.never_broadcast else int(effect.fails or must_fail)
        fill.status, fill.fails, fill.final_at_ms = "pending", fails, at_ms + max(1, wait_ms)
        self._schedule(order, fill)

    def _schedule(self, order: VenueOrder, fill: VenueFill) -> None:
        self._exchange.timeline.at(fill.final_at_ms, lambda at_ms: self._ends(order, fill, at_ms))

    def _ends(self, order: VenueOrder, fill: VenueFill, at_ms: int) -> None:
        """A pending match becomes final, or fails and is undone."""
        exchange, account = self._exchange, self._exchange.account
        with exchange.truth.commit(at_ms):
            fill.status = "failed" if fill.fails else "final"
            exchange.ledger.update_fill(fill)
            if fill.fails:
                paid = fill.cost_micros + fill.fee_micros
                account.undone(order.market, order.outcome, fill.qty_e6, bought=order.buys, paid_micros=paid)
            elif order.buys:
                account.unlocked(order.market, order.outcome, fill.qty_e6)
            else:
                account.paid_for(fill.cost_micros - fill.fee_micros)
        exchange.tell(at_ms, [order])

    def resolve_now(self, market: str, result: Result, yes_payout_e4: int) -> None:
        """The market resolves at once, as ``result``; ``yes_payout_e4`` only counts for a void one."""
        exchange = self._exchange
        at_ms = exchange.timeline.advance()
        state = exchange.markets[market]
        state.spec = evolve(state.spec, result=result, yes_payout_e4=yes_payout_e4, resolve_at_ms=at_ms)
        self._resolves(market, at_ms)

    def _resolves(self, market: str, at_ms: int) -> None:
        """The result is known: no more trading; orders still held are canceled by the venue."""
        exchange = self._exchange
        state = exchange.markets.get(market)
        if state is None or state.status is not MarketStatus.OPEN:
            return  # it came sooner than was planned when this was scheduled
        changed = []
        with exchange.truth.commit(at_ms):
            state.status = MarketStatus.RESOLVED
            exchange.ledger.update_market(state)
            for order in state.orders.values():
                if order.status is Status.HELD or order.due_ms >= 0:
                    if order.status is Status.HELD:
                        order.status, order.closed_ms = Status.CANCELED, at_ms
                        exchange.resting.forget(order)
                    order.due_ms = -1
                    exchange.ledger.update_order(order)
                    changed.append(order)
        exchange.timeline.at(
            at_ms + exchange.rules.payout_delay_ms, lambda then_ms: self._pays(market, then_ms)
        )
        exchange.tell(at_ms, changed)
        exchange.tell_market(at_ms, market)

    def _pays(self, market: str, at_ms: int) -> None:
        """Contracts become cash, once no match of the market is pending."""
        exchange = self._exchange
        state = exchange.markets[market]
        pending = [f.final_at_ms for o in state.orders.values() for f in o.fills if f.status == "pending"]
        if pending:
            exchange.timeline.at(max(pending) + 1, lambda then_ms: self._pays(market, then_ms))
            return
        with exchange.truth.commit(at_ms):
            for outcome in Outcome:
                exchange.account.pay_out(
                    market, outcome, state.per_contract_e4(outcome), state.payout_kind, at_ms
                )
            state.status = MarketStatus.PAID
            exchange.ledger.update_market(state, at_ms)
        exchange.tell_market(at_ms, market)
        exchange.timeline.at(at_ms + exchange.rules.retire_after_ms, lambda then_ms: self._retires(market))

    def _retires(self, market: str) -> None:
        self.retire(market)

    def retire(self, market: str) -> bool:
        """Forget a paid market and its orders (reads go to the truth store); False if it is not paid yet."""
        state = self._exchange.markets.get(market)
        if state is None or state.status is not MarketStatus.PAID:
            return False
        del self._exchange.markets[market]
        for key in state.orders:
            del self._exchange.orders[key]
            self._exchange.sent.pop(key, None)
        self._exchange.account.drop(market)
        return True
