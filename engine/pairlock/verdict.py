"""What a closed trade came to: its verdict, and the booked result. Micro-dollars; rounded against us."""

from __future__ import annotations

from pairlock.fees import fee_micros, fee_of_fills_micros
from pairlock.lifecycle import S
from pairlock.model import FillStatus, LegTerms, Order, Payout, Role, Trade, Verdict
from pairlock.positions import EXITS, complements_e6, filled_e6, net_e6, nets_e6, paid_micros, received_micros
from pairlock.units import DOLLAR_E4, ceil_div, cost_up_micros, size_to_fill_e6


def fees_charged_micros(order: Order) -> int:
    return sum(f.fee_micros for f in order.fills if f.status is not FillStatus.FAILED)


def fees_computed_micros(order: Order, leg: LegTerms) -> int:
    """The dearest that the schedule read at GATED allows for these fills.

    A fill's price may lie between two units: the dearer of both neighbours is taken.
    """
    low: list[tuple[int, int]] = []
    high: list[tuple[int, int]] = []
    for fill in order.fills:
        if fill.status is FillStatus.FAILED or fill.qty_e6 == 0:
            continue
        scaled = fill.cost_micros * DOLLAR_E4
        low.append((scaled // fill.qty_e6, fill.qty_e6))
        high.append((min(DOLLAR_E4, ceil_div(scaled, fill.qty_e6)), fill.qty_e6))
    return max(fee_of_fills_micros(leg.fees, low), fee_of_fills_micros(leg.fees, high))


def fee_shortfall(trade: Trade) -> bool:
    """A venue charged more than the schedule read at GATED allows."""
    if trade.terms is None:
        return False
    return any(
        fees_charged_micros(o) > fees_computed_micros(o, trade.terms.legs[o.leg])
        for o in trade.orders
        if o.role not in (Role.ADOPTED_IN, Role.ADOPTED_OUT)
    )


def _payout_verdict(payouts: tuple[Payout, Payout]) -> Verdict:
    kinds = {payout.kind for payout in payouts}
    total_e4 = sum(payout.per_contract_e4 for payout in payouts)
    if "void" in kinds:
        return Verdict.VOID
    if "fifty_fifty" in kinds:
        return Verdict.FIFTY_FIFTY
    return Verdict.KEPT if total_e4 == DOLLAR_E4 else Verdict.PAYOUT_BREACH


def _exited(trade: Trade) -> bool:
    return any(order.role in EXITS and filled_e6(order) > 0 for order in trade.orders)


def verdict_of(trade: Trade) -> Verdict:
    """The verdict of a trade that has just closed."""
    if trade.state is S.ROLLED_BACK:
        return Verdict.NOTHING
    first, second = trade.payouts
    if trade.state is S.SETTLED and first is not None and second is not None:
        paid = _payout_verdict((first, second))
        if paid is not Verdict.KEPT:
            return paid
        if fee_shortfall(trade):
            return Verdict.FEE_SHORTFALL
        # Without an exit only roundings can be missing: the promise is for one fill, and fees are rounded fill by fill.
        late = _exited(trade) and booked_micros(trade) < promised_micros(trade)
        return Verdict.COMPLETED_LATE if late else Verdict.KEPT
    return Verdict.CARRIED if nets_e6(trade) != (0, 0) else Verdict.FLAT


def spent_micros(trade: Trade, leg: int) -> int:
    """Paid for everything bought on the leg that did not fail, fees included."""
    return sum(paid_micros(o) for o in trade.orders if o.leg == leg and o.buys)


def proceeds_micros(trade: Trade, leg: int) -> int:
    """Got for everything sold on the leg and final, fees taken off."""
    return sum(received_micros(o) for o in trade.orders if o.leg == leg and not o.buys)


def payout_micros(trade: Trade, leg: int) -> int:
    """What the venue pays for what is left on the leg once resolved; complete sets at $1 apart."""
    payout = trade.payouts[leg]
    if payout is None:
        return 0
    return net_e6(trade, leg) * payout.per_contract_e4 // DOLLAR_E4


def sets_micros(trade: Trade, leg: int) -> int:
    """Complete sets on the leg: $1 each, whatever the outcome."""
    return complements_e6(trade, leg)


def promised_micros(trade: Trade) -> int:
    """Net profit at the limits for what paired: the terms' own figure at full size, else of the smaller pair."""
    terms = trade.terms
    if terms is None:
        return 0
    paired_e6 = min(nets_e6(trade))
    if paired_e6 >= size_to_fill_e6(terms.size_e2):
        return terms.promised_micros
    if paired_e6 <= 0:
        return 0
    spend = sum(
        cost_up_micros(leg.limit_e4, paired_e6) + fee_micros(leg.fees, leg.limit_e4, paired_e6)
        for leg in terms.legs
    )
    return paired_e6 - spend


def booked_micros(trade: Trade) -> int:
    """The booked result of a closed trade: everything got less everything paid, complete sets at $1."""
    return sum(
        proceeds_micros(trade, leg)
        + payout_micros(trade, leg)
        + sets_micros(trade, leg)
        - spent_micros(trade, leg)
        for leg in (0, 1)
    )
