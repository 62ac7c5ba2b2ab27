"""Every limit, deadline and bound of the engine, by name, with its default and where the default comes from.

All are configurable (``config.py``). Money in micro-dollars, prices in 1/10,000 dollar, times in ms, rates in ppm.
"""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge


def _at_least(default: int, least: int = 0) -> int:
    return field(default=default, validator=ge(least))


@frozen
class GateLimits:
    """The brief's five gates and the two that the design adds."""

    min_net_profit_micros: int = _at_least(1_000)  # brief: net_profit > 0.001 per contract
    min_execution_window_ms: int = _at_least(2_000)  # brief: > 2000 ms; belongs to the market class
    max_ping_ms: int = _at_least(100)  # brief: sub-100ms, p50 over ping_window_ms on a warm connection
    ping_window_ms: int = _at_least(10_000, 1)
    max_book_age_ms: int = _at_least(1_500, 1)  # books older than this are stale
    max_opportunity_age_ms: int = _at_least(1_500, 1)
    exit_stress_ppm: int = _at_least(500_000)  # share of shown depth that an exit may count on
    max_exit_loss_per_contract_e4: int = _at_least(
        2_500
    )  # worst one-legged exit on present books, per contract


@frozen
class SizeLimits:
    """The brief's position sizer."""

    max_capital_share_ppm: int = _at_least(100_000)  # brief: never more than 10 % of capital on one trade
    full_size_margin_micros: int = _at_least(50_000)  # brief: half size up to 5 % net margin
    max_total_risk_micros: int = _at_least(1_000_000_000_000)  # over all trades: claim 13's cap
    max_size_e2: int = _at_least(100_000_000)
    repair_reserve_micros: int = _at_least(100_000_000)  # per account: kept free of new trades, for repairs


@frozen
class ExecutionLimits:
    """Phase two and the exit."""

    entry_timeout_ms: int = _at_least(1_000, 1)  # brief: timeout_ms 1000 per entry
    execution_deadline_ms: int = _at_least(
        4_500, 1
    )  # brief: < 5 s maximum execution time, kept with a margin
    exit_timeout_ms: int = _at_least(2_000, 1)
    max_exit_attempts: int = _at_least(6, 1)
    max_empty_exits: int = _at_least(20)  # exits refused, killed or never sent that do not count as attempts
    max_routeless_reads: int = _at_least(20, 1)
    exit_book_interval_ms: int = _at_least(500, 1)
    stuck_book_interval_ms: int = _at_least(5_000, 1)
    exit_slip_e4: int = _at_least(1_500)  # how far from its leg's limit an exit may trade
    exit_on: str = field(default="final")
    fill_rate_samples: int = _at_least(
        20, 1
    )  # plan `auto`: simultaneous only where both rates are measured ...
    simultaneous_fill_ppm: int = _at_least(950_000)  # ... and at least this


@frozen
class FaultBounds:
    """The bounds of fault model F: what the engine may rely on, and no more."""

    request_death_ms: int = _at_least(
        10_000
    )  # a request arrives within this of its last possible send, or never
    read_lag_ms: int = _at_least(2_000)  # reads are exhaustive this much later
    fill_lag_ms: int = _at_least(2_000)  # a fill appears within this of a cancel's ack or a terminal status
    finality_ms: int = _at_least(120_000)  # a match becomes CONFIRMED or FAILED within this
    overdue_alarm_ms: int = _at_least(90_000)  # shorter than finality_ms: the alarm comes first


@frozen
class PollLimits:
    """How often standing commands read."""

    read_timeout_ms: int = _at_least(3_000, 1)  # any single read of a venue; one that hangs is an error
    order_read_ms: int = _at_least(500, 1)
    order_read_max_ms: int = _at_least(5_000, 1)
    resolution_read_ms: int = _at_least(
        15_000, 1
    )  # doubled after each read that finds the market unresolved ...
    resolution_read_max_ms: int = _at_least(120_000, 1)  # ... up to this
    health_read_ms: int = _at_least(1_000, 1)


@frozen
class BreakerLimits:
    """What stops new trades and aborts those not yet EXECUTING."""

    max_latency_ms: int = _at_least(500)  # brief: max_acceptable_latency_ms
    max_error_ppm: int = _at_least(
        250_000, 1
    )  # share of a venue's answers in error_window_ms that are errors ...
    min_errors: int = _at_least(5, 1)  # ... of which there are at least this many
    error_window_ms: int = _at_least(60_000, 1)
    max_liquidity_losses: int = _at_least(5, 1)  # books that emptied under a reservation, in error_window_ms
    max_daily_loss_micros: int = _at_least(500_000_000)
    max_data_age_ms: int = _at_least(5_000, 1)
    max_consecutive_exits: int = _at_least(8, 1)
    day_ms: int = _at_least(86_400_000, 1)


@frozen
class Limits:
    gates: GateLimits = GateLimits()
    size: SizeLimits = SizeLimits()
    execution: ExecutionLimits = ExecutionLimits()
    bounds: FaultBounds = FaultBounds()
    polls: PollLimits = PollLimits()
    breakers: BreakerLimits = BreakerLimits()
