"""Claims about money for the kill scope: the ledger and the worst loss, against the venues' own truth.

One trade alone on two accounts. Amounts in micro-dollars, quantities in 1/1,000,000 contract.
"""

from __future__ import annotations

from attrs import evolve

from pairlock.exposure import worst_loss_micros
from pairlock.fees import fee_micros
from pairlock.ledger import Account, Ledger, post
from pairlock.lifecycle import CLOSED, OS
from pairlock.model import FillStatus, Role, Trade
from pairlock.units import DOLLAR_E4, cost_up_micros, size_to_fill_e6
from pairlock_specs.claim import Claim, Compare, Wrong
from pairlock_specs.labels import nets
from pairlock_specs.offers import RESOLUTIONS
from pairlock_specs.scope import LEGS, OPPORTUNITY
from pairlock_specs.truth import ALIVE, Truth, VenueOrder, final_nets_e6

DEPOSIT_MICROS = 1_000_000_000
VENUES = (OPPORTUNITY.platform_a, OPPORTUNITY.platform_b)
MARKETS = ((OPPORTUNITY.platform_a, OPPORTUNITY.market_a), (OPPORTUNITY.platform_b, OPPORTUNITY.market_b))
EMPTY = Ledger({venue: Account(DEPOSIT_MICROS) for venue in VENUES}, {}, (), 0, 10**15)


def book_of(trade: Trade) -> Ledger:
    """The ledger with this trade's value alone posted on it."""
    return post(EMPTY, Trade(trade.trade_id, trade.opportunity), trade)


def _order_flow(order: VenueOrder) -> int:
    """What the venue's fills of the order brought in (below zero: cost), charges included."""
    flow = 0
    for number, (_, status) in enumerate(order.fills):
        fill = order.fill(number)
        if order.role is Role.SELL:
            flow += fill.cost_micros - fill.fee_micros if status is FillStatus.FINAL else 0
        elif status is not FillStatus.FAILED:
            flow -= fill.cost_micros + fill.fee_micros
    return flow


def _may_still_cost(order: VenueOrder) -> int:
    if order.wire not in ALIVE or order.role is Role.SELL:
        return 0
    left_e6 = min(order.left_e6, size_to_fill_e6(order.size_e2))
    fee = fee_micros(LEGS[order.leg].fees, order.limit_e4, left_e6)
    return cost_up_micros(order.limit_e4, left_e6) + fee


def _true_loss(truth: Truth) -> int:
    """What the venues, as they stand, could still take: nothing is known of a trade in which one over-filled."""
    if any(order.matched_e6 > size_to_fill_e6(order.size_e2) for order in truth.orders):
        return 0
    return sum(_may_still_cost(order) - _order_flow(order) for order in truth.orders)


def _loss_agrees(true_micros: int, believed: int) -> Wrong:
    if believed < true_micros:
        return f"the worst loss is taken to be {believed} micros, the venues could take {true_micros}"
    return None


def _sets_e6(truth: Truth, leg: int) -> int:
    return sum(o.final_e6 for o in truth.orders if o.leg == leg and o.role is Role.COMPLEMENT)


def cash_true(trade: Trade, truth: Truth) -> Wrong:
    """Claim 14 of a closed trade, for venues that pay complete sets at resolution and for those that pay at once."""
    if trade.terms is None:
        return None
    for at_once in (False, True):
        first, second = (evolve(leg, sets_pay_at_once=at_once) for leg in trade.terms.legs)
        book = book_of(evolve(trade, terms=evolve(trade.terms, legs=(first, second))))
        for leg, venue in enumerate(VENUES):
            sets = _sets_e6(truth, leg)  # a millionth of a contract pays a millionth of a dollar
            owed = 0 if at_once or trade.payouts[leg] is not None else sets
            due = DEPOSIT_MICROS + sum(_order_flow(o) for o in truth.orders if o.leg == leg) + sets - owed
            if trade.payouts[leg] is not None:
                payout_e4 = RESOLUTIONS[truth.resolution][leg].per_contract_e4
                due += final_nets_e6(truth)[leg] * payout_e4 // DOLLAR_E4
            account = book.accounts[venue]
            if (account.cash_micros, account.receivable_micros) != (due, owed):
                has = f"{account.cash_micros} and {account.receivable_micros} owed"
                return f"{venue} has {due} micros and owes {owed}, the ledger has {has}"
            listed = sum(item.amount_micros for item in book.receivables if item.venue == venue)
            if listed != owed:
                return f"{venue} owes {owed} micros, the list of what is owed holds {listed}"
    return None


def _waits_for_payout(trade: Trade) -> bool:
    """Every order is FINAL and nets are equal and above zero: only the payout is awaited."""
    if not trade.orders or any(order.state not in (OS.FINAL, OS.IDLE) for order in trade.orders):
        return False
    a, b = nets(trade)
    return a == b and a > 0


def held_exactly(trade: Trade) -> Wrong:
    """Claims 13, 14 and 17: what was reserved stays held or spent, and locked, until only the payout is awaited."""
    kept = trade.reservation is not None and trade.state not in CLOSED and not _waits_for_payout(trade)
    for repairs in ("", "another"):
        book = book_of(evolve(trade, repairs=repairs))
        locks = dict.fromkeys(MARKETS, trade.trade_id) if kept and not repairs else {}
        if book.locks != locks:
            return f"the locks of {trade.state} are {book.locks}, they should be {locks}"
        for leg, venue in enumerate(VENUES):
            account = book.accounts[venue]
            if not kept or trade.reservation is None:
                if account.held_micros:
                    return f"{account.held_micros} micros are held on {venue} for a trade that needs none"
                continue
            short = trade.reservation.cash_micros[leg] - account.held_micros - account.spent_micros
            if short > 0 or (short < 0 and account.held_micros):
                return f"{venue} holds {account.held_micros} micros with {account.spent_micros} spent of the reserve"
        if trade.state in CLOSED and book.risk_micros:
            return f"{book.risk_micros} micros are still at risk although the trade is closed"
    return None


MONEY_CLAIMS: tuple[Claim, ...] = (
    Claim(
        "13-worst-loss-true",
        "The worst loss is never taken to be less than what the venues, as they truly stand, could still take.",
        compare=Compare(_true_loss, worst_loss_micros, _loss_agrees),
    ),
    Claim(
        "14-cash-true",
        "When a trade closes the ledger shows the cash, and what is owed, that the venues' own books come to.",
        state=cash_true,
        states=frozenset(CLOSED),
    ),
    Claim(
        "17-held-and-locked",
        "Reserves and market locks last exactly until only the payout is awaited or the trade closes; a repair"
        " locks nothing.",
        trade=held_exactly,
    ),
)
