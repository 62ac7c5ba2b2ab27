"""What an embedder gets back of a trade: the brief's ``TradeResult`` in integer units."""

from __future__ import annotations

from attrs import frozen

from pairlock.errors import ExecutionAborted, ExecutionFailed
from pairlock.lifecycle import S
from pairlock.model import FillStatus, Trade, Verdict
from pairlock.positions import net_e6
from pairlock.verdict import booked_micros, promised_micros


@frozen
class LegFill:
    """What one leg came to: net in 1/1,000,000 contract; money over every order of the leg, in micro-dollars."""

    venue: str
    market: str
    outcome: str
    net_e6: int
    bought_micros: int
    sold_micros: int
    fee_micros: int


@frozen
class TradeResult:
    """``send_skew_ms``: time between the two entries' first bytes, -1 unless this process sent both."""

    trade_id: str
    state: S
    verdict: Verdict
    platform_a_fill: LegFill | None
    platform_b_fill: LegFill | None
    execution_time_ms: int
    send_skew_ms: int
    guaranteed_profit_micros: int
    realized_micros: int
    refusal: str


def leg_fill(trade: Trade, leg: int) -> LegFill | None:
    if trade.terms is None:
        return None
    terms = trade.terms.legs[leg]
    bought = sold = fees = 0
    for order in trade.orders:
        if order.leg != leg:
            continue
        for fill in order.fills:
            if fill.status is FillStatus.FAILED:
                continue
            fees += fill.fee_micros
            if order.buys:
                bought += fill.cost_micros
            else:
                sold += fill.cost_micros
    return LegFill(terms.venue, terms.market, str(terms.outcome), net_e6(trade, leg), bought, sold, fees)


def result_of(trade: Trade, send_skew_ms: int = -1) -> TradeResult:
    """The result of a trade as it now stands (final once closed)."""
    ran = trade.executed_ms - trade.executing_ms if trade.executing_ms >= 0 and trade.executed_ms >= 0 else 0
    return TradeResult(
        trade_id=trade.trade_id,
        state=trade.state,
        verdict=trade.verdict,
        platform_a_fill=leg_fill(trade, 0),
        platform_b_fill=leg_fill(trade, 1),
        execution_time_ms=ran,
        send_skew_ms=send_skew_ms,
        guaranteed_profit_micros=promised_of(trade),
        realized_micros=booked_micros(trade),
        refusal=trade.refusal,
    )


def promised_of(trade: Trade) -> int:
    """What the gates promised: for what paired once settled, for the planned size before."""
    if trade.state is S.SETTLED:
        return promised_micros(trade)
    return trade.terms.promised_micros if trade.terms else 0


def raise_unless_settled(result: TradeResult) -> TradeResult:
    """For embedders who want exceptions: ExecutionAborted if nothing filled, ExecutionFailed if it was exited."""
    if result.state is S.ROLLED_BACK:
        raise ExecutionAborted(
            f"trade {result.trade_id} rolled back: {result.refusal or 'nothing filled'}", result
        )
    if result.state is S.HEDGED:
        raise ExecutionFailed(
            f"trade {result.trade_id} was exited ({result.verdict}), result {result.realized_micros} micros",
            result,
        )
    return result
