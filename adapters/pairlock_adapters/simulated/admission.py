"""Whether an order may meet the book, and whether its account can pay for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairlock.ports import OrderIntent
from pairlock.units import PPM
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.matching import Incoming, Tif, match
from pairlock_adapters.simulated.rules import Refused, dearest_micros
from pairlock_adapters.simulated.state import MarketState
from pairlock_adapters.simulated.wire_order import SelfTrade, WireOrder

if TYPE_CHECKING:
    from pairlock_adapters.simulated.exchange import Exchange


def crosses(exchange: Exchange, state: MarketState, intent: OrderIntent) -> Refused | None:
    """What an order may not meet: anybody, if it is post-only, or buys for less than the venue's least sum; on
    Polymarket one of its own account."""
    if not isinstance(intent, WireOrder):
        return None
    incoming = Incoming(
        "", intent.outcome, intent.buys, intent.size_e2 * 10_000, intent.limit_e4, Tif.IMMEDIATE_OR_CANCEL
    )
    meets = bool(match(state.book, incoming).matches)
    if intent.post_only and meets:
        return Refused.CROSSES
    dollars_micros = intent.size_e2 * intent.limit_e4 if intent.budget_micros < 0 else intent.budget_micros
    if intent.buys and meets and dollars_micros < exchange.rules.min_buy_notional_micros:
        return Refused.NOTIONAL
    own = exchange.resting.crossed_by(state, incoming)
    return Refused.SELF_TRADE if own and intent.self_trade is SelfTrade.REFUSE else None


def unaffordable(exchange: Exchange, state: MarketState, intent: OrderIntent) -> Refused | None:
    """Cash at the limit and the dearest fee for a buy, free shares for a sale."""
    account, fees, resting = exchange.account, state.spec.fees, exchange.resting
    free_micros = account.cash_micros - resting.reserved_micros()
    reserved_e2 = resting.reserved_e2(intent.market, intent.outcome)
    own_e2 = account.sellable_e6(intent.market, intent.outcome) // 10_000 - reserved_e2
    if isinstance(intent, WireOrder) and intent.budget_micros >= 0:
        # The fee comes on top: never more than its rate of the whole budget.
        fee_micros = -(-intent.budget_micros * fees.rate_ppm // PPM) + exchange.rules.fee_step_micros
        return Refused.BALANCE if intent.budget_micros + fee_micros > free_micros else None
    if exchange.rules.complete_sets_net:
        # What closes a position needs no cash of its own: the freed dollar pays for it.
        other_e2 = account.held_e6(intent.market, intent.outcome.other) // 10_000
        closing_e2 = min(intent.size_e2, other_e2 if intent.buys else own_e2)
        price_e4 = intent.limit_e4 if intent.buys else 10_000 - intent.limit_e4
        fee_micros = (
            dearest_micros(exchange.rules, fees, intent.size_e2, price_e4) - intent.size_e2 * price_e4
        )
        needed_micros = (intent.size_e2 - closing_e2) * price_e4 + fee_micros
        return Refused.BALANCE if needed_micros > free_micros else None
    if intent.buys:
        needed_micros = dearest_micros(exchange.rules, fees, intent.size_e2, intent.limit_e4)
        return Refused.BALANCE if needed_micros > free_micros else None
    if intent.size_e2 <= own_e2:
        return None
    if intent.size_e2 <= account.held_e6(intent.market, intent.outcome) // 10_000:
        exchange.faults.count(FaultKind.UNSELLABLE)
    return Refused.BALANCE
