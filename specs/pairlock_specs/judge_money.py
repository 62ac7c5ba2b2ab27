"""Claims about money: the engine's own ledger against one that is written apart from it. Micro-dollars.

The engine's ledger is asked through ``post`` and ``lock_refusal`` alone. What an account should show is computed here
from the venues' own fills: paid when matched, got back when a match failed, sales when they are final, one dollar for a
complete set, the payout once the market was paid.
"""

from __future__ import annotations

from functools import cache

from attrs import evolve, frozen

from pairlock.ledger import Account, Ledger, lock_refusal, post
from pairlock.lifecycle import CLOSED, OS, S
from pairlock.model import FillStatus, Role, Trade
from pairlock.opportunity import ArbitrageOpportunity
from pairlock_specs.claim import Compare, Stepped, Wrong
from pairlock_specs.judge_fees import most_charged_micros
from pairlock_specs.offers import RESOLUTIONS
from pairlock_specs.scope import OPPORTUNITY
from pairlock_specs.truth import ALIVE, Truth, VenueOrder

_RICH = 1_000_000_000
_VENUES = (OPPORTUNITY.platform_a, OPPORTUNITY.platform_b)
_DOLLAR_E4 = 10_000
_ADDS = (Role.ENTRY, Role.COMPLETE)
Pair = tuple[int, int]


@frozen
class Books:
    """What one trade has made of an empty ledger: by leg, in the order of the opportunity's venues."""

    free: Pair
    held: Pair
    spent: Pair
    receivable: Pair


Leg = tuple[int, int, int, int]  # paid, got, final net in e6, complete sets in e6
Traded = tuple[tuple[Leg, Leg], str]  # with how the markets resolved
Believed = tuple[
    Books, bool, tuple[bool, bool]
]  # with whether the trade is closed, and which payouts were read

_OPENING = Ledger({venue: Account(_RICH) for venue in _VENUES}, {}, risk_cap_micros=_RICH)


@cache
def _genesis(opportunity: ArbitrageOpportunity, trade_id: str) -> Trade:
    return Trade(trade_id, opportunity)


# Several claims ask for the same trade's ledger, one after the other. By the object, which is kept alive with it.
_LEDGERS: dict[int, tuple[Trade, Ledger]] = {}
_MOST_LEDGERS = 10_000


def ledger_of(trade: Trade) -> Ledger:
    """The engine's ledger with this trade alone, posted in one go."""
    known = _LEDGERS.get(id(trade))
    if known is not None:
        return known[1]
    if len(_LEDGERS) >= _MOST_LEDGERS:
        _LEDGERS.clear()
    ledger = post(_OPENING, _genesis(trade.opportunity, trade.trade_id), trade)
    _LEDGERS[id(trade)] = (trade, ledger)
    return ledger


def books_of(ledger: Ledger) -> Books:
    a, b = (ledger.accounts[venue] for venue in _VENUES)
    return Books(
        (a.free_micros - _RICH, b.free_micros - _RICH),
        (a.held_micros, b.held_micros),
        (a.spent_micros, b.spent_micros),
        (a.receivable_micros, b.receivable_micros),
    )


# --- what the accounts should show, by the venues' own fills -------------------------------------------------------


def _paid(order: VenueOrder) -> int:
    """Paid for what a purchase matched and did not lose again, with the fees charged."""
    fills = [order.fill(n) for n, (_, status) in enumerate(order.fills) if status is not FillStatus.FAILED]
    return sum(fill.cost_micros + fill.fee_micros for fill in fills)


def _got(order: VenueOrder) -> int:
    """Got for what a sale sold finally, less the fees charged."""
    fills = [order.fill(n) for n, (_, status) in enumerate(order.fills) if status is FillStatus.FINAL]
    return sum(fill.cost_micros - fill.fee_micros for fill in fills)


def _of_leg(truth: Truth, leg: int) -> Leg:
    """(paid, got, final net in e6, complete sets in e6) of one leg."""
    paid = got = net = sets = 0
    for order in truth.orders:
        if order.leg != leg:
            continue
        if order.role is Role.SELL:
            got += _got(order)
        else:
            paid += _paid(order)
        net += order.final_e6 if order.role in _ADDS else -order.final_e6
        sets += order.final_e6 if order.role is Role.COMPLEMENT else 0
    return paid, got, net, sets


def _traded(truth: Truth) -> Traded:
    return (_of_leg(truth, 0), _of_leg(truth, 1)), truth.resolution


def _finally_believed(trade: Trade) -> Believed | None:
    """The engine's accounts once every belief about orders is final: books, closed, payouts read."""
    if not trade.orders or any(order.state not in (OS.FINAL, OS.IDLE) for order in trade.orders):
        return None
    read = (trade.payouts[0] is not None, trade.payouts[1] is not None)
    return books_of(ledger_of(trade)), trade.state in CLOSED, read


def _cash_agrees(traded: Traded, believed: Believed | None) -> Wrong:
    if believed is None:
        return None
    books, closed, read = believed
    of_legs, resolution = traded
    for leg in (0, 1):
        paid, got, net_e6, sets_e6 = of_legs[leg]
        due, receivable = got - paid, 0
        if closed and read[leg]:
            due += net_e6 * RESOLUTIONS[resolution][leg].per_contract_e4 // _DOLLAR_E4 + sets_e6
        elif closed:
            receivable = sets_e6
        shown = books.free[leg] + books.held[leg]
        if (shown, books.receivable[leg]) != (due, receivable):
            return (
                f"on leg {leg} the ledger shows cash {shown:+} and {books.receivable[leg]} receivable micros;"
                f" by the venue's fills they are {due:+} and {receivable}"
            )
    return None


# Claim 14: whenever nothing is left to learn of the orders, the ledger shows what the venues have.
CASH_AGREES = Compare(truth=_traded, trade=_finally_believed, wrong=_cash_agrees)


# --- claim 13 ------------------------------------------------------------------------------------------------------


def _most_cost(order: VenueOrder) -> int:
    """What a purchase that may still fill could yet cost, at its limit and in the worst split."""
    if order.role is Role.SELL or order.wire not in ALIVE:
        return 0
    return -(-order.limit_e4 * order.left_e6 // _DOLLAR_E4) + most_charged_micros(
        order.leg, order.limit_e4, order.left_e6
    )


def worst_loss_micros(truth: Truth) -> int:
    """If everything stopped at this instant, whatever is under way filled, and nothing ever paid.

    What was sold and is not there (a match under a sale failed) must be bought back, at a dollar each at the worst.
    """
    loss = 0
    for leg in (0, 1):
        paid, got, net_e6, _ = _of_leg(truth, leg)
        loss += paid - got + max(0, -net_e6)
    return loss + sum(_most_cost(order) for order in truth.orders)


def _reserved(trade: Trade) -> tuple[int, bool]:
    """Held and spent for an open trade, over both accounts; and whether an over-fill was declared."""
    if trade.state in CLOSED:
        return _RICH, False
    return ledger_of(trade).risk_micros, trade.excess


def _loss_covered(loss: int, reserved: tuple[int, bool]) -> Wrong:
    micros, declared = reserved
    if loss <= micros or declared:
        return None
    return f"by the venues up to {loss} micros could be lost now, and the ledger holds {micros} for it"


LOSS_COVERED = Compare(truth=worst_loss_micros, trade=_reserved, wrong=_loss_covered)


# --- claim 14, step by step ----------------------------------------------------------------------------------------


def posted(seen: Stepped) -> Wrong:
    """A step's posting leads from what the trade had to what it has, and moves nothing else."""
    before, after = ledger_of(seen.before), ledger_of(seen.step.trade)
    stepwise = post(before, seen.before, seen.step.trade)
    if (stepwise.accounts, stepwise.locks) != (after.accounts, after.locks):
        return f"posted step by step the accounts are {books_of(stepwise)}, in one go {books_of(after)}"
    if sum(r.amount_micros for r in stepwise.receivables) != sum(books_of(after).receivable):
        return "what is receivable is not listed in full"
    return None


def accounts_sound(trade: Trade) -> Wrong:
    """Nothing is negative but for a declared over-fill, and a closed trade holds nothing."""
    books = books_of(ledger_of(trade))
    if min(*books.held, *books.spent, *books.receivable) < 0:
        return f"an account is negative: {books}"
    if trade.state in CLOSED:
        return (
            f"closed {trade.state} with {books.held} held"
            if books.held != (0, 0) or books.spent != (0, 0)
            else None
        )
    if trade.reservation is None:
        return f"nothing is reserved, and the accounts moved: {books}" if books != _EMPTY else None
    for leg, cash in enumerate(trade.reservation.cash_micros):
        if books.spent[leg] > cash and not trade.excess:
            return f"{books.spent[leg]} micros are spent on leg {leg} and {cash} were reserved"
    return None


_EMPTY = Books((0, 0), (0, 0), (0, 0), (0, 0))


# --- claim 17 ------------------------------------------------------------------------------------------------------


def _shut_out(trade: Trade) -> bool:
    """Whether another trade on the same markets is refused its locks now, whatever its cash."""
    if trade.terms is None or trade.reservation is None:
        return False
    other = evolve(_genesis(trade.opportunity, "other"), terms=trade.terms, state=S.GATED)
    return "locked" in lock_refusal(ledger_of(trade), other, trade.terms, trade.reservation)


def _under_way(truth: Truth) -> str:
    found = [
        order.name
        for order in truth.orders
        if order.wire in ALIVE or any(status is FillStatus.PENDING for _, status in order.fills)
    ]
    return " and ".join(found)


def _locked(under_way: str, shut_out: bool) -> Wrong:
    return (
        f"{under_way} is not final, and another trade would get the same market"
        if under_way and not shut_out
        else None
    )


MARKET_LOCKED = Compare(truth=_under_way, trade=_shut_out, wrong=_locked)


def unlocked_when_done(trade: Trade) -> Wrong:
    """A closed trade locks nothing, and one that has its reservation locks both markets until both legs are final."""
    locks = ledger_of(trade).locks
    if trade.state in CLOSED:
        return f"closed {trade.state} and still locks {sorted(locks)}" if locks else None
    live = any(order.state is not OS.FINAL for order in trade.orders) or trade.state is S.HEDGING
    if trade.reservation is not None and live and len(locks) != 2:
        return f"{trade.state} with orders that are not final, and locks {sorted(locks)}"
    return None


def granted_when_free(seen: Stepped) -> Wrong:
    """What LOCKED rests on: the ledger itself would grant this reservation, once, and not a second time."""
    trade = seen.step.trade
    if (
        trade.state is not S.LOCKED
        or seen.before.state is S.LOCKED
        or trade.terms is None
        or trade.reservation is None
    ):
        return None
    refusal = lock_refusal(ledger_of(seen.before), seen.before, trade.terms, trade.reservation)
    if refusal:
        return f"LOCKED although the ledger refuses: {refusal}"
    return None if _shut_out(trade) else "LOCKED, and a second trade would get the same markets"
