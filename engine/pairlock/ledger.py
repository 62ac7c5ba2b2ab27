"""The ledger: what each account has free, held, spent and receivable. Pure values; micro-dollars.

Every posting is a function of a trade's value, and a step posts the difference between the trade before and after it,
in the same transaction as its record. Nothing is ever created or lost between the buckets:

    free + held + spent + receivable  ==  deposits + net_in + receivable

``net_in`` is what came back from the market less what closed trades consumed. *spent* counts as risk until the payout.
``free`` may go below zero only as a declared deficit (an over-fill or a repair beyond its reserve): trading halts.
"""

from __future__ import annotations

from attrs import evolve, frozen

from pairlock.lifecycle import CLOSED, S
from pairlock.model import Reservation, Terms, Trade
from pairlock.positions import all_final
from pairlock.verdict import payout_micros, proceeds_micros, sets_micros, spent_micros


@frozen
class Posting:
    """What one trade has on one leg's account."""

    held_micros: int = 0
    spent_micros: int = 0
    receivable_micros: int = 0
    net_in_micros: int = 0


@frozen
class Account:
    """One venue's account as the engine believes it."""

    deposits_micros: int
    held_micros: int = 0
    spent_micros: int = 0
    receivable_micros: int = 0
    net_in_micros: int = 0

    @property
    def free_micros(self) -> int:
        return self.deposits_micros + self.net_in_micros - self.held_micros - self.spent_micros

    @property
    def cash_micros(self) -> int:
        """What the venue should show: free and held."""
        return self.free_micros + self.held_micros


@frozen
class Receivable:
    """Complete sets of a closed trade that the venue has not paid yet."""

    trade_id: str
    leg: int
    venue: str
    market: str
    amount_micros: int


@frozen
class Ledger:
    """``accounts`` by venue; ``locks`` maps (venue, market) to the one trade that may be live there."""

    accounts: dict[str, Account]
    locks: dict[tuple[str, str], str]
    receivables: tuple[Receivable, ...] = ()
    repair_reserve_micros: int = 0
    risk_cap_micros: int = 0

    @property
    def risk_micros(self) -> int:
        """Held and spent over all trades: claim 13's figure."""
        return sum(a.held_micros + a.spent_micros for a in self.accounts.values())

    def deficits(self) -> dict[str, int]:
        """Accounts whose free cash is below zero, with how much is missing."""
        return {venue: -a.free_micros for venue, a in self.accounts.items() if a.free_micros < 0}


def holds_cash(trade: Trade) -> bool:
    """What was reserved and not spent stays held until both legs are FINAL."""
    if trade.reservation is None or trade.state in CLOSED:
        return False
    return not (trade.state is S.PAIRED and all_final(trade))


def holds_lock(trade: Trade) -> bool:
    """A (account, market) stays locked as long; a repair locks nothing: another trade may live there already."""
    return holds_cash(trade) and not trade.repairs


def posting(trade: Trade, leg: int) -> Posting:
    """What ``trade`` has on the account of ``leg``."""
    spent, proceeds, sets = spent_micros(trade, leg), proceeds_micros(trade, leg), sets_micros(trade, leg)
    if trade.state not in CLOSED:
        cash = trade.reservation.cash_micros[leg] if trade.reservation and holds_cash(trade) else 0
        return Posting(max(0, cash - spent), spent, 0, proceeds)
    terms = trade.terms
    paid = terms is None or terms.legs[leg].sets_pay_at_once or trade.payouts[leg] is not None
    net_in = proceeds + payout_micros(trade, leg) - spent + (sets if paid else 0)
    return Posting(0, 0, 0 if paid else sets, net_in)


def _posted(account: Account, old: Posting, new: Posting) -> Account:
    return evolve(
        account,
        held_micros=account.held_micros + new.held_micros - old.held_micros,
        spent_micros=account.spent_micros + new.spent_micros - old.spent_micros,
        receivable_micros=account.receivable_micros + new.receivable_micros - old.receivable_micros,
        net_in_micros=account.net_in_micros + new.net_in_micros - old.net_in_micros,
    )


def _venues(trade: Trade) -> tuple[str, str]:
    return trade.opportunity.platform_a, trade.opportunity.platform_b


def _markets(trade: Trade) -> tuple[tuple[str, str], tuple[str, str]]:
    o = trade.opportunity
    return (o.platform_a, o.market_a), (o.platform_b, o.market_b)


def post(ledger: Ledger, before: Trade, after: Trade) -> Ledger:
    """The ledger once the step from ``before`` to ``after`` is durable."""
    accounts = dict(ledger.accounts)
    receivables = ledger.receivables
    for leg, venue in enumerate(_venues(after)):
        old, new = posting(before, leg), posting(after, leg)
        if old != new:
            accounts[venue] = _posted(accounts[venue], old, new)
        if new.receivable_micros > old.receivable_micros:
            market = _markets(after)[leg][1]
            receivables = (
                *receivables,
                Receivable(after.trade_id, leg, venue, market, new.receivable_micros),
            )
    locks = ledger.locks
    had, has = holds_lock(before), holds_lock(after)
    if had != has:
        locks = dict(locks)
        for key in _markets(after):
            if has:
                locks[key] = after.trade_id
            elif locks.get(key) == after.trade_id:
                del locks[key]
    return evolve(ledger, accounts=accounts, locks=locks, receivables=receivables)


def pay_receivable(ledger: Ledger, item: Receivable) -> Ledger:
    """The venue paid the complete sets of a closed trade."""
    accounts = dict(ledger.accounts)
    account = accounts[item.venue]
    accounts[item.venue] = evolve(
        account,
        receivable_micros=account.receivable_micros - item.amount_micros,
        net_in_micros=account.net_in_micros + item.amount_micros,
    )
    return evolve(ledger, accounts=accounts, receivables=tuple(r for r in ledger.receivables if r != item))


def adjust(ledger: Ledger, venue: str, amount_micros: int) -> Ledger:
    """A deposit, a withdrawal, or an operator's trade by hand, as a journalled adjustment."""
    accounts = dict(ledger.accounts)
    account = accounts[venue]
    accounts[venue] = evolve(account, deposits_micros=account.deposits_micros + amount_micros)
    return evolve(ledger, accounts=accounts)


def lock_refusal(ledger: Ledger, trade: Trade, terms: Terms, wanted: Reservation) -> str:
    """Why both reservations cannot be granted now, or "" when they can."""
    for venue, market in _markets(trade):
        holder = ledger.locks.get((venue, market))
        if holder is not None and holder != trade.trade_id:
            return f"{venue} {market} is locked by trade {holder} until both of its legs are final"
    needed: dict[str, int] = {}
    for leg, venue in enumerate(_venues(trade)):
        needed[venue] = needed.get(venue, 0) + wanted.cash_micros[leg]
    for venue, micros in needed.items():
        free = ledger.accounts[venue].free_micros - ledger.repair_reserve_micros
        if micros > free:
            return (
                f"{venue} has {free} micro-dollars free, {micros} are needed for {terms.size_e2} e2 contracts"
            )
    total = ledger.risk_micros + sum(wanted.cash_micros)
    if total > ledger.risk_cap_micros:
        return f"risk over all trades would be {total} micro-dollars, the cap is {ledger.risk_cap_micros}"
    return ""
