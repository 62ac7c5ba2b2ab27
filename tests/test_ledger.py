"""The ledger: nothing is created or lost between free, held, spent and receivable; locks; refusals."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from pairlock.exposure import reservation_for, risk_reserved_micros, worst_loss_micros
from pairlock.ledger import (
    Account,
    Ledger,
    adjust,
    holds_lock,
    lock_refusal,
    pay_receivable,
    post,
    posting,
)
from pairlock.lifecycle import OS, S
from pairlock.model import Fill, FillStatus, Payout, Role, Trade
from pairlock.units import cost_up_micros
from pairlock.verdict import booked_micros
from trade_kit import filled, hedging, terms_of, whole

DEPOSIT = 10_000_000_000


def ledger(**more: int) -> Ledger:
    accounts = {"polymarket": Account(DEPOSIT), "kalshi": Account(DEPOSIT)}
    return Ledger(accounts, {}, (), more.get("reserve", 0), more.get("cap", 10**15))


def begun(trade: Trade) -> Trade:
    return evolve(trade, state=S.GATED, reservation=None, orders=())


def conserved(book: Ledger) -> bool:
    """free + held + spent + receivable = deposits + what came back + what is owed."""
    return all(
        a.free_micros + a.held_micros + a.spent_micros + a.receivable_micros
        == a.deposits_micros + a.net_in_micros + a.receivable_micros
        for a in book.accounts.values()
    )


def test_a_lock_holds_both_reservations_and_both_markets() -> None:
    trade = evolve(hedging(terms_of(), (0, 0)), state=S.LOCKED, orders=())
    after = post(ledger(), begun(trade), trade)
    assert trade.reservation is not None
    assert after.accounts["polymarket"].held_micros == trade.reservation.cash_micros[0]
    assert after.accounts["kalshi"].held_micros == trade.reservation.cash_micros[1]
    assert after.locks == {("polymarket", "polymarket-market"): "t", ("kalshi", "kalshi-market"): "t"}
    assert conserved(after)


def test_a_fill_moves_held_to_spent_and_a_failed_match_moves_it_back() -> None:
    trade = hedging(terms_of(), (whole(100), 0))
    start = post(ledger(), begun(trade), evolve(trade, orders=()))
    after = post(start, evolve(trade, orders=()), trade)
    assert after.accounts["polymarket"].spent_micros == 40_000_000
    assert after.accounts["polymarket"].free_micros == start.accounts["polymarket"].free_micros
    failed = evolve(trade.orders[0], fills=(evolve(trade.orders[0].fills[0], status=FillStatus.FAILED),))
    back = post(after, trade, evolve(trade, orders=(failed, trade.orders[1])))
    assert back.accounts == start.accounts


def test_a_claimed_fill_that_no_read_shows_is_paid_at_the_limit() -> None:
    """Unknown is not zero."""
    trade = hedging(terms_of(), (0, 0))
    claimed = evolve(trade.orders[0], state=OS.MATCHED, matched_e6=whole(10))
    trade = evolve(trade, orders=(claimed, trade.orders[1]))
    assert posting(trade, 0).spent_micros == cost_up_micros(4_000, whole(10))


def test_exit_cash_and_locks_are_released_when_a_pair_is_final() -> None:
    trade = hedging(terms_of(), (whole(100), whole(100)))
    pair = evolve(trade, state=S.PAIRED)
    assert not holds_lock(pair)
    assert posting(pair, 0).held_micros == 0
    pending = evolve(trade.orders[0], state=OS.MATCHED)
    assert holds_lock(evolve(pair, orders=(pending, trade.orders[1])))


def test_a_settled_pair_leaves_exactly_its_result() -> None:
    trade = hedging(terms_of(), (whole(100), whole(100)))
    closed = evolve(trade, state=S.SETTLED, payouts=(Payout(10_000), Payout(0)))
    after = post(ledger(), begun(trade), closed)
    gained = sum(a.free_micros for a in after.accounts.values()) - 2 * DEPOSIT
    assert gained == booked_micros(closed) == 100_000_000 - 40_000_000 - 55_000_000
    assert after.risk_micros == 0


def test_complete_sets_are_receivable_until_the_venue_pays() -> None:
    trade = hedging(terms_of(), (whole(100), 0))
    complement = filled("t.0.2", 0, Role.COMPLEMENT, whole(100), 6_100)
    flat = evolve(trade, orders=(*trade.orders, complement), state=S.HEDGED)
    after = post(ledger(), begun(trade), flat)
    assert after.accounts["polymarket"].receivable_micros == 100_000_000
    assert booked_micros(flat) == 100_000_000 - 40_000_000 - 61_000_000
    (owed,) = after.receivables
    paid = pay_receivable(after, owed)
    assert paid.receivables == ()
    assert paid.accounts["polymarket"].free_micros == DEPOSIT + booked_micros(flat)


def test_refusals_name_the_account_the_lock_and_the_cap() -> None:
    terms = terms_of()
    trade = evolve(begun(hedging(terms, (0, 0))), trade_id="other")
    wanted = reservation_for(terms)
    assert lock_refusal(ledger(), trade, terms, wanted) == ""
    poor = adjust(ledger(), "kalshi", 1 - DEPOSIT)
    assert "kalshi has 1 micro-dollars free" in lock_refusal(poor, trade, terms, wanted)
    locked = evolve(ledger(), locks={("kalshi", "kalshi-market"): "t"})
    assert "is locked by trade t" in lock_refusal(locked, trade, terms, wanted)
    assert "the cap is 5" in lock_refusal(ledger(cap=5), trade, terms, wanted)
    assert "polymarket has" in lock_refusal(ledger(reserve=DEPOSIT), trade, terms, wanted)


def test_one_account_for_both_legs_must_hold_both() -> None:
    """Both legs on one venue: the needs add up."""
    terms = terms_of()
    trade = begun(hedging(terms, (0, 0)))
    trade = evolve(trade, opportunity=evolve(trade.opportunity, platform_b="polymarket"))
    wanted = reservation_for(terms)
    just = sum(wanted.cash_micros)
    short = Ledger({"polymarket": Account(just - 1)}, {}, (), 0, 10**15)
    assert "polymarket has" in lock_refusal(short, trade, terms, wanted)
    assert lock_refusal(Ledger({"polymarket": Account(just)}, {}, (), 0, 10**15), trade, terms, wanted) == ""


quantity = st.integers(0, whole(100))
statuses = st.sampled_from(list(FillStatus))


@st.composite
def entry_fills(draw: st.DrawFn) -> tuple[Fill, ...]:
    """Up to three fills that together do not exceed the order."""
    left, made = whole(100), []
    for number in range(draw(st.integers(0, 3))):
        qty = draw(st.integers(1, max(1, left // 2)))
        left -= qty
        made.append(
            Fill(
                f"f{number}",
                qty,
                cost_up_micros(draw(st.integers(100, 4_000)), qty),
                draw(st.integers(0, 100)),
                draw(statuses),
            )
        )
    return tuple(made)


@settings(max_examples=200, deadline=None)
@given(entry_fills(), entry_fills(), st.sampled_from([S.EXECUTING, S.PAIRED, S.HEDGING, S.STUCK]))
def test_money_is_conserved_and_risk_is_reserved_at_every_step(
    first: tuple[Fill, ...], second: tuple[Fill, ...], state: S
) -> None:
    trade = hedging(terms_of(prices_e4=(4_000, 4_000)), (0, 0))
    start = post(ledger(), begun(trade), evolve(trade, orders=()))
    orders = tuple(
        evolve(order, fills=fills, state=OS.MATCHED)
        for order, fills in zip(trade.orders, (first, second), strict=True)
    )
    moved = evolve(trade, orders=orders, state=state)
    after = post(start, evolve(trade, orders=()), moved)
    assert conserved(after)
    assert min(a.free_micros for a in after.accounts.values()) >= 0
    assert min(a.held_micros for a in after.accounts.values()) >= 0
    assert worst_loss_micros(moved) <= risk_reserved_micros(moved)
    again = post(ledger(), begun(trade), moved)
    assert again.accounts == after.accounts, "the same from scratch as step by step"
