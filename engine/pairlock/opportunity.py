"""The brief's ``ArbitrageOpportunity`` in integer units: what a detector hands to the engine."""

from __future__ import annotations

from attrs import frozen


@frozen
class ArbitrageOpportunity:
    """Buy YES on ``platform_a`` and NO on ``platform_b``.

    Prices, cost, payout and profits are per contract in 1/10,000 dollar, except fees and net profit, which need
    finer units and are in micro-dollars per contract; liquidity is in 1/100 contract, the window in ms.
    ``detected_at_ms`` is on the engine's clock. ``market_a``/``market_b`` are the venues' own market ids.
    """

    event_id: str
    platform_a: str
    platform_b: str
    market_a: str
    market_b: str
    price_a_e4: int
    price_b_e4: int
    combined_cost_e4: int
    guaranteed_payout_e4: int
    gross_profit_e4: int
    fees_total_micros: int
    net_profit_micros: int
    min_liquidity_a_e2: int
    min_liquidity_b_e2: int
    execution_window_ms: int
    detected_at_ms: int
    market_class: str = "general"
    opportunity_id: str = ""
