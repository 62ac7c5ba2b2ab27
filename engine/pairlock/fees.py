"""Fee schedules as values, and what the engine asks of them.

Sources: Kalshi's fee schedule of July 2026 (``ceil(M * 0.07 * C * P * (1 - P))`` to $0.0001 on the order total),
Polymarket's ``shares * r * (p * (1 - p)) ** e`` (documented both as rounded to nearest and as floor at five
decimals: here always up), and the flat schedule of the project's brief. Rates come from the venue at GATED.

``fee_micros``            one order filled at one price, in one fill
``fee_of_fills_micros``   fills that are known: never less than the venue's charge
``fee_at_limit_micros``   an order not yet filled, in the worst split of fills at its limit
``spend_at_limit_micros`` the same order's cost and fee together, in the worst split at its limit or better
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import evolve, frozen

from pairlock.units import DOLLAR_E4, PPM, ceil_div, cost_up_micros, size_to_fill_e6

_P_SQUARED = DOLLAR_E4 * DOLLAR_E4


class FeeKind(StrEnum):
    CURVE = "curve"  # rate * size * (p * (1 - p)) ** exponent
    FLAT = "flat"  # rate * price * size, and settlement_ppm of the payout


@frozen
class FeeSchedule:
    """``rate_ppm`` is the taker rate in millionths; ``round_micros`` the step to which a charge is rounded up.

    ``per_fill``: the venue rounds each fill (Polymarket), else the order's total (Kalshi).
    ``order_extra_micros``: what a venue may add per order (Kalshi rounds the balance of non-direct members to a cent).
    ``max_fills``: how many fills one order is assumed to split into at the worst.
    """

    name: str
    kind: FeeKind
    rate_ppm: int
    exponent: int = 1
    round_micros: int = 1
    per_fill: bool = False
    settlement_ppm: int = 0
    order_extra_micros: int = 0
    max_fills: int = 20


def kalshi_quadratic(multiplier_ppm: int = PPM, *, direct_member: bool = True) -> FeeSchedule:
    """Kalshi's taker fee with the series' multiplier (1 = 1,000,000)."""
    rate_ppm = ceil_div(70_000 * multiplier_ppm, PPM)
    extra_micros = 0 if direct_member else 9_999
    return FeeSchedule("kalshi_quadratic", FeeKind.CURVE, rate_ppm, 1, 100, order_extra_micros=extra_micros)


def polymarket_curve(rate_ppm: int, exponent: int = 1) -> FeeSchedule:
    """Polymarket's taker fee with the market's rate and exponent."""
    return FeeSchedule("polymarket_curve", FeeKind.CURVE, rate_ppm, exponent, 10, per_fill=True)


def brief_polymarket(market_class: str = "general") -> FeeSchedule:
    """The brief's flat schedule: 1 %, or 3 % on 15-minute crypto markets."""
    return FeeSchedule("brief", FeeKind.FLAT, 30_000 if "crypto_15m" in market_class else 10_000)


def brief_kalshi() -> FeeSchedule:
    """The brief's flat schedule: 0.1 % per trade and 0.1 % on winnings (taken of the whole payout: against us)."""
    return FeeSchedule("brief", FeeKind.FLAT, 1_000, settlement_ppm=1_000)


def _fraction(schedule: FeeSchedule, price_e4: int, fill_e6: int) -> tuple[int, int]:
    """The exact charge in micro-dollars as (numerator, denominator)."""
    if schedule.kind is FeeKind.CURVE:
        curve = (price_e4 * (DOLLAR_E4 - price_e4)) ** schedule.exponent
        return fill_e6 * schedule.rate_ppm * curve, PPM * _P_SQUARED**schedule.exponent
    settle_e4 = schedule.settlement_ppm * DOLLAR_E4
    return fill_e6 * (schedule.rate_ppm * price_e4 + settle_e4), PPM * DOLLAR_E4


def _rounded_up(schedule: FeeSchedule, numerator: int, denominator: int) -> int:
    return ceil_div(numerator, denominator * schedule.round_micros) * schedule.round_micros


def fee_micros(schedule: FeeSchedule, price_e4: int, fill_e6: int) -> int:
    """The charge for ``fill_e6`` contracts at one price in one fill, rounded up."""
    if fill_e6 == 0:
        return 0
    numerator, denominator = _fraction(schedule, price_e4, fill_e6)
    return _rounded_up(schedule, numerator, denominator) + schedule.order_extra_micros


def fee_of_fills_micros(schedule: FeeSchedule, fills: Iterable[tuple[int, int]]) -> int:
    """The charge for known fills ``(price_e4, fill_e6)`` of one order, never less than the venue's own."""
    # An order that filled bears the venue's extra even where its rate is nought.
    parts = [_fraction(schedule, price_e4, fill_e6) for price_e4, fill_e6 in fills if fill_e6 > 0]
    if not parts:
        return 0
    if schedule.per_fill:
        return sum(_rounded_up(schedule, n, d) for n, d in parts) + schedule.order_extra_micros
    denominator = parts[0][1]
    return _rounded_up(schedule, sum(n for n, _ in parts), denominator) + schedule.order_extra_micros


def fee_at_limit_micros(schedule: FeeSchedule, limit_e4: int, size_e2: int) -> int:
    """The dearest charge of an order at its limit price, however its fills split."""
    fill_e6 = size_to_fill_e6(size_e2)
    one = fee_micros(schedule, limit_e4, fill_e6)
    if not schedule.per_fill or _fraction(schedule, limit_e4, fill_e6)[0] == 0:
        return one
    return one + (schedule.max_fills - 1) * schedule.round_micros


def spend_at_limit_micros(schedule: FeeSchedule, limit_e4: int, size_e2: int) -> int:
    """The most that an order costs, fee included, however its fills split and improve on its limit.

    Price plus exact fee grows with the price (rate below 100 %), so the limit bounds every better fill but for the
    roundings: above 50 cents a fill at a better price bears a higher fee, which may round up one step further than
    the price fell; and fills of six decimals may each round their cost up. Fills of a venue that rounds the order's
    total are taken as whole 1/100 contracts, whose cost is exact.
    """
    if size_e2 == 0:
        return 0
    fill_e6 = size_to_fill_e6(size_e2)
    spend_micros = cost_up_micros(limit_e4, fill_e6) + fee_at_limit_micros(schedule, limit_e4, size_e2)
    if schedule.per_fill:
        spend_micros += schedule.max_fills
    falling = schedule.kind is FeeKind.CURVE and limit_e4 > DOLLAR_E4 // 2
    if falling and _fraction(schedule, limit_e4, fill_e6)[0] > 0:
        spend_micros += schedule.round_micros
    return spend_micros


def rounding_micros(schedule: FeeSchedule) -> int:
    """What ``spend_at_limit_micros`` adds at most to price and ``fee_at_limit_micros`` of one order: fills of six
    decimals each round their cost up, and the higher fee of a better price may round up one step further than the
    price fell."""
    split_micros = schedule.max_fills if schedule.per_fill else 0
    return split_micros + (schedule.round_micros if schedule.rate_ppm else 0)


def with_rate(schedule: FeeSchedule, rate_ppm: int) -> FeeSchedule:
    """The same schedule at another rate."""
    return evolve(schedule, rate_ppm=rate_ppm)


def calculate_minimum_profit_threshold(market_type: str) -> int:
    """The brief's threshold in ppm of a dollar: both flat fees and a 1 % buffer (22,000 or 42,000)."""
    kalshi = brief_kalshi()
    return brief_polymarket(market_type).rate_ppm + kalshi.rate_ppm + kalshi.settlement_ppm + 10_000
