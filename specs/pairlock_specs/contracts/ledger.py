"""Contracts of ``pairlock.ledger``: nothing is made or lost between the buckets, and only what is free is granted."""

from __future__ import annotations

from pairlock.ledger import (
    Account,
    Receivable,
    adjust,
    lock_refusal,
    pay_receivable,
    post,
    posting,
)
from pairlock.lifecycle import CLOSED, S
from pairlock.model import Payout, Reservation, Role
from pairlock_specs.contracts.values import STATES, fill, ledger, leg_terms, order, terms, trade

LEGS = (leg_terms(0, 4_000), leg_terms(1, 5_000))
TERMS = terms(LEGS, 100)


def an_account_adds_up(deposits: int, held: int, spent: int, receivable: int, net_in: int) -> None:
    """Free, held, spent and receivable are together what was deposited, came in, and is still owed."""
    assert held >= 0
    account = Account(deposits, held, spent, receivable, net_in)
    buckets = account.free_micros + account.held_micros + account.spent_micros + account.receivable_micros
    assert buckets == deposits + net_in + receivable
    assert account.cash_micros == account.free_micros + held


def an_open_trade_ties_up_at_least_its_reservation(state: int, cash: int, paid: int, fee: int) -> None:
    """While a trade is open and not final on both legs, held and spent are together never below what it reserved."""
    assert 0 <= state < 10
    assert cash >= 0
    assert paid >= 0
    assert fee >= 0
    bought = order(0, 100, 4_000, fills=(fill(1_000_000, paid, fee),))
    now = posting(trade(STATES[state], (bought,), TERMS, (cash, 0)), 0)
    assert now.held_micros >= 0
    if STATES[state] not in CLOSED and STATES[state] is not S.PAIRED:
        assert now.held_micros + now.spent_micros == max(cash, paid + fee)


def a_closed_trade_holds_nothing(state: int, cash: int, paid: int, fee: int) -> None:
    """A closed trade has neither held nor spent: all of it went into the result."""
    assert 0 <= state < 10
    assert STATES[state] in CLOSED
    bought = order(0, 100, 4_000, fills=(fill(1_000_000, paid, fee),))
    now = posting(trade(STATES[state], (bought,), TERMS, (cash, 0)), 0)
    assert (now.held_micros, now.spent_micros) == (0, 0)


def a_close_books_what_came_in_less_what_went_out(
    bought_e6: int, paid: int, fee: int, sold_e6: int, got: int, sale_fee: int, per_contract_e4: int
) -> None:
    """At the close an account takes in exactly its proceeds and payout less all it paid, payouts rounded down."""
    assert bought_e6 >= sold_e6 >= 0
    assert 0 <= per_contract_e4 <= 10_000
    orders = (
        order(0, 100, 4_000, fills=(fill(bought_e6, paid, fee),)),
        order(0, 100, 4_000, fills=(fill(sold_e6, got, sale_fee),), role=Role.SELL),
    )
    payouts = (Payout(per_contract_e4), Payout(10_000 - per_contract_e4))
    booked = posting(trade(S.HEDGED, orders, TERMS, (0, 0), payouts), 0)
    paid_out = (bought_e6 - sold_e6) * per_contract_e4
    exact = (booked.net_in_micros - (got - sale_fee) + (paid + fee)) * 10_000
    assert paid_out - 10_000 < exact <= paid_out


def complete_sets_are_owed_until_they_are_paid(sets_e6: int, paid: int, at_once: bool) -> None:
    """Complete sets are booked once: as receivable while the venue has not paid them, as income when it has."""
    assert sets_e6 >= 0
    assert paid >= 0
    agreed = terms((leg_terms(0, 4_000, sets_pay_at_once=at_once), LEGS[1]), 100)
    bought = order(0, 100, 4_000, fills=(fill(sets_e6, paid),), role=Role.COMPLEMENT)
    booked = posting(trade(S.HEDGED, (bought,), agreed, (0, 0)), 0)
    assert booked.receivable_micros == (0 if at_once else sets_e6)
    assert booked.net_in_micros + booked.receivable_micros == sets_e6 - paid


def a_step_posts_only_its_own_difference(
    held: int, spent: int, cash: int, first_paid: int, paid: int, closes: bool
) -> None:
    """Posting a step moves each bucket by exactly what the trade changed, and leaves the other account alone."""
    assert cash >= 0
    assert 0 <= first_paid <= paid
    state = S.HEDGED if closes else S.HEDGING
    one, other = Account(0, held, spent, 5, 6), Account(7, 1, 2, 3, 4)
    part = order(0, 100, 4_000, fills=(fill(500_000, first_paid),))
    whole = order(0, 100, 4_000, fills=(fill(1_000_000, paid),))
    before, after = trade(S.EXECUTING, (part,), TERMS, (cash, 0)), trade(state, (whole,), TERMS, (cash, 0))
    posted = post(ledger(one, other), before, after).accounts
    old, new = posting(before, 0), posting(after, 0)
    assert posted["polymarket"] == other
    assert posted["kalshi"] == Account(
        0,
        held + new.held_micros - old.held_micros,
        spent + new.spent_micros - old.spent_micros,
        5 + new.receivable_micros - old.receivable_micros,
        6 + new.net_in_micros - old.net_in_micros,
    )


def two_steps_post_what_one_would(cash: int, first_paid: int, then_paid: int, closes: bool) -> None:
    """It does not matter in how many steps a trade got somewhere: the accounts end the same."""
    assert cash >= 0
    assert 0 <= first_paid <= then_paid
    state = S.HEDGED if closes else S.STUCK
    start = ledger(Account(1_000_000), Account(1_000_000))
    begun = trade(S.EXECUTING, (order(0, 100, 4_000),), TERMS, (cash, 0))
    midway = trade(S.HEDGING, (order(0, 100, 4_000, fills=(fill(500_000, first_paid),)),), TERMS, (cash, 0))
    ended = trade(state, (order(0, 100, 4_000, fills=(fill(900_000, then_paid),)),), TERMS, (cash, 0))
    by_two = post(post(start, begun, midway), midway, ended)
    assert by_two.accounts == post(start, begun, ended).accounts


def no_lock_takes_more_than_is_free(deposits: int, held: int, one: int, other: int, reserve: int) -> None:
    """A reservation is granted only if each account has it free, the repair reserve apart."""
    assert held >= 0
    assert one >= 0
    assert other >= 0
    now = ledger(Account(deposits, held), Account(deposits), reserve_micros=reserve, cap_micros=10**30)
    refused = lock_refusal(now, trade(S.GATED), TERMS, Reservation((one, other), (0, 0), 0))
    if not refused:
        assert one <= deposits - held - reserve
        assert other <= deposits - reserve


def no_lock_exceeds_the_risk_cap(held: int, spent: int, one: int, other: int, cap: int) -> None:
    """A reservation is granted only if held and spent over all trades stay within the cap with it."""
    assert held >= 0
    assert spent >= 0
    assert one >= 0
    assert other >= 0
    now = ledger(Account(10**30, held), Account(10**30, 0, spent), cap_micros=cap)
    refused = lock_refusal(now, trade(S.GATED), TERMS, Reservation((one, other), (0, 0), 0))
    if not refused:
        assert held + spent + one + other <= cap


def a_paid_receivable_only_changes_its_bucket(
    deposits: int, spent: int, owed: int, amount: int, net_in: int
) -> None:
    """A payment of complete sets moves its amount from receivable to income, and nothing else."""
    assert 0 <= amount <= owed
    item = Receivable("t", 0, "kalshi", "a", amount)
    before = ledger(Account(deposits, 0, spent, owed, net_in), Account(0))
    after = pay_receivable(before, item)
    assert after.accounts["kalshi"] == Account(deposits, 0, spent, owed - amount, net_in + amount)
    assert after.risk_micros == before.risk_micros


def an_adjustment_only_changes_the_deposits(deposits: int, held: int, spent: int, amount: int) -> None:
    """A deposit, a withdrawal or a trade by hand changes free cash by its amount, and nothing else."""
    assert held >= 0
    before = ledger(Account(deposits, held, spent), Account(0))
    after = adjust(before, "kalshi", amount).accounts["kalshi"]
    assert after == Account(deposits + amount, held, spent)
    assert after.free_micros == before.accounts["kalshi"].free_micros + amount
