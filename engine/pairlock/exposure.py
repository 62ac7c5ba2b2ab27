"""Three different numbers that are never mixed, and what LOCKED reserves. Micro-dollars.

* worst loss    if everything stopped now: everything paid and everything that an order may still cost;
* exit loss     what leaving now would cost on assumed depth (``gates.cheapest_exit_loss_micros``; declared bound here);
* cash          what the dearest permitted exit would need on each account.
"""

from __future__ import annotations

from pairlock.fees import FeeSchedule, fee_at_limit_micros, rounding_micros, spend_at_limit_micros
from pairlock.model import LegTerms, Reservation, Terms, Trade
from pairlock.positions import still_possible_e6, unseen_e6
from pairlock.units import DOLLAR_E4, ceil_div, cost_up_micros, size_to_fill_e6
from pairlock.verdict import proceeds_micros, spent_micros


def dearest_fee_micros(schedule: FeeSchedule, size_e2: int, orders: int) -> int:
    """The most that ``size_e2`` contracts can be charged at any price, spread over at most ``orders`` orders."""
    one = max(
        fee_at_limit_micros(schedule, price_e4, size_e2) for price_e4 in (DOLLAR_E4 // 2, DOLLAR_E4 - 1)
    )
    if one == 0:
        return 0
    splits = schedule.max_fills if schedule.per_fill else 1
    return one + (orders - 1) * (splits * schedule.round_micros + schedule.order_extra_micros)


def entry_cash_micros(leg: LegTerms, size_e2: int) -> int:
    """What the entry may cost: at its limit, with the dearest fees."""
    at_any_price = leg.limit_e4 * size_e2 + dearest_fee_micros(leg.fees, size_e2, 1)
    at_any_price += rounding_micros(leg.fees)
    return max(at_any_price, spend_at_limit_micros(leg.fees, leg.limit_e4, size_e2))


def exit_cash_micros(leg: LegTerms, size_e2: int, attempts: int) -> int:
    """The dearest purchase that an exit may make on this leg: its own token, or the complement."""
    dearest_e4 = max(leg.dearest_buy_e4, DOLLAR_E4 - leg.cheapest_sale_e4)
    fees = dearest_fee_micros(leg.fees, size_e2, attempts) + attempts * rounding_micros(leg.fees)
    return dearest_e4 * size_e2 + fees


def exit_loss_bound_micros(legs: tuple[LegTerms, LegTerms], size_e2: int, attempts: int) -> int:
    """The declared bound: no chain of permitted exits from any position of the trade can lose more."""
    worst = 0
    for rich in (0, 1):
        own, other = legs[rich], legs[1 - rich]
        sell_e4 = own.limit_e4 - own.cheapest_sale_e4
        complete_e4 = own.limit_e4 + other.dearest_buy_e4 - DOLLAR_E4
        fees = sum(
            dearest_fee_micros(leg.fees, size_e2, attempts + 1) + (attempts + 1) * rounding_micros(leg.fees)
            for leg in legs
        )
        worst = max(worst, max(0, sell_e4, complete_e4) * size_e2 + fees)
    return worst


def reservation_for(terms: Terms) -> Reservation:
    """What LOCKED reserves: per leg's account, the entry, its fees and the dearest exit from any reachable position."""
    attempts = terms.max_exit_attempts
    exits = tuple(exit_cash_micros(leg, terms.size_e2, attempts) for leg in terms.legs)
    entries = tuple(entry_cash_micros(leg, terms.size_e2) for leg in terms.legs)
    return Reservation(
        cash_micros=(entries[0] + exits[0], entries[1] + exits[1]),
        exit_cash_micros=(exits[0], exits[1]),
        exit_loss_micros=exit_loss_bound_micros(terms.legs, terms.size_e2, attempts),
    )


def possible_micros(trade: Trade, leg: int) -> int:
    """What orders that may still fill on the leg could yet cost, at their limits with the dearest fees.

    A fill that the venue claimed and did not show yet is paid for at its limit (``positions``); its fee is in here.
    """
    if trade.terms is None:
        return 0
    fees = trade.terms.legs[leg].fees
    total = 0
    for order in trade.orders:
        left_e6 = still_possible_e6(order)
        charged_e6 = left_e6 + unseen_e6(order)
        if order.leg == leg and order.buys and charged_e6 > 0:
            charged_e2 = ceil_div(charged_e6, size_to_fill_e6(1))
            total += cost_up_micros(order.limit_e4, left_e6) + dearest_fee_micros(fees, charged_e2, 1)
            total += rounding_micros(fees)
    return total


def worst_loss_micros(trade: Trade) -> int:
    """If everything stopped now and nothing ever paid: paid, plus what may yet be paid, less what sales brought."""
    total = sum(
        spent_micros(trade, leg) + possible_micros(trade, leg) - proceeds_micros(trade, leg) for leg in (0, 1)
    )
    return max(0, total)


def risk_reserved_micros(trade: Trade) -> int:
    """The cash that the ledger set aside for the trade on both accounts."""
    return sum(trade.reservation.cash_micros) if trade.reservation else 0
