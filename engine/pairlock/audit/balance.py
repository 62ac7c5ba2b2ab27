"""What one trade cost and brought, leg by leg, from its orders alone. Micro-dollars; nothing here decides anything.

    result = sold - bought - fees - claimed - awaited + payout + sets

``claimed`` is what a venue says it filled beyond the fills seen (at the limit price), ``awaited`` the part of the sales
that is not final; both are 0 once the trade is closed.
"""

from __future__ import annotations

from typing import Any

from pairlock.audit.words import LEGS
from pairlock.lifecycle import CLOSED, S
from pairlock.model import Trade
from pairlock.positions import EXITS, net_e6, paid_micros, received_micros
from pairlock.runner.results import leg_fill, promised_of
from pairlock.verdict import (
    booked_micros,
    fees_charged_micros,
    payout_micros,
    proceeds_micros,
    promised_micros,
    sets_micros,
    spent_micros,
)


def leg_money(trade: Trade, leg: int) -> dict[str, Any]:
    """One leg; see the top of this file. Reserved: cash held for the whole trade on that venue, and for exits of it."""
    opportunity, fill, kept = trade.opportunity, leg_fill(trade, leg), trade.reservation
    bought = fill.bought_micros if fill else 0
    orders = [order for order in trade.orders if order.leg == leg]
    fees_of_buys = sum(fees_charged_micros(order) for order in orders if order.buys)
    payout = trade.payouts[leg]
    spent, proceeds = spent_micros(trade, leg), proceeds_micros(trade, leg)
    return {
        "leg": LEGS[leg],
        "venue": (opportunity.platform_a, opportunity.platform_b)[leg],
        "market": (opportunity.market_a, opportunity.market_b)[leg],
        "outcome": fill.outcome if fill else ("yes", "no")[leg],
        "bought_micros": bought,
        "sold_micros": fill.sold_micros if fill else 0,
        "fees_micros": fill.fee_micros if fill else 0,
        "claimed_micros": spent - bought - fees_of_buys,
        "awaited_micros": sum(paid_micros(o) - received_micros(o) for o in orders if not o.buys),
        "net_e6": net_e6(trade, leg),
        "payout_per_contract_e4": payout.per_contract_e4 if payout else None,
        "payout_kind": payout.kind if payout else None,
        "payout_micros": payout_micros(trade, leg),
        "sets_micros": sets_micros(trade, leg),
        "reserved_micros": kept.cash_micros[leg] if kept else 0,
        "reserved_for_exits_micros": kept.exit_cash_micros[leg] if kept else 0,
        "result_micros": proceeds + payout_micros(trade, leg) + sets_micros(trade, leg) - spent,
    }


def exit_cost_micros(trade: Trade) -> int | None:
    """What exits cost: a pair completed late against its promise, anything else against nothing. None while open."""
    if trade.state not in CLOSED:
        return None
    if trade.repairs:
        return -booked_micros(trade)
    if not any(order.role in EXITS for order in trade.orders):
        return 0
    return (promised_micros(trade) if trade.state is S.SETTLED else 0) - booked_micros(trade)


def money(trade: Trade) -> dict[str, Any]:
    """Both legs and the whole; ``realized_micros`` is what is booked, and so far all that is known of an open trade."""
    return {
        "legs": [leg_money(trade, 0), leg_money(trade, 1)],
        "promised_micros": promised_of(trade),
        "realized_micros": booked_micros(trade),
        "exit_cost_micros": exit_cost_micros(trade),
        "exit_loss_allowed_micros": trade.reservation.exit_loss_micros if trade.reservation else 0,
    }
