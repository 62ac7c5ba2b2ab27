"""Defects of the engine that the proof for any size found: each breaks claim 13 or 14 by a named amount."""

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from pairlock.exits import cash_left_micros, plan_exit
from pairlock.exposure import exit_cash_micros
from pairlock.fees import spend_at_limit_micros
from pairlock.ledger import Account, Ledger
from pairlock.lifecycle import OS, S
from pairlock.model import ExitOn, ExitPlan, Fill, FillStatus, Order, Reservation, Role
from pairlock.positions import paid_micros
from pairlock.runner.grants import Grant
from test_exits import book, kalshi_book, poly_book, read
from trade_kit import POLY, hedging, terms_of, whole


def test_a_claimed_total_leaves_no_more_cash_than_its_fills_will() -> None:
    """With exits on matched fills, a total without its fills was counted without the fee that the fills then bear."""
    trade = hedging(evolve(terms_of(), exit_on=ExitOn.MATCHED), (whole(100), 0))
    bought = Order("t.0.2", 0, Role.COMPLEMENT, 1_000, 6_000, 0, 0, OS.MATCHED, whole(10))
    fee = spend_at_limit_micros(POLY, 6_000, 1_000) - 6_000 * 1_000
    seen = evolve(bought, fills=(Fill("f", whole(10), 6_000_000, fee, FillStatus.PENDING),))
    claimed = evolve(trade, orders=(*trade.orders, bought))
    told = evolve(trade, orders=(*trade.orders, seen))
    assert fee > 0
    assert cash_left_micros(claimed, 0) <= cash_left_micros(told, 0)


@settings(max_examples=100)
@given(
    price_e4=st.integers(410, 550).map(lambda price: price * 10),
    size_e2=st.integers(6, 100).map(lambda size: size * 100),
    less_micros=st.integers(0, 30),
)
def test_an_exit_costs_no_more_than_is_left_however_it_is_split(
    price_e4: int, size_e2: int, less_micros: int
) -> None:
    """Price and fee at the limit were within the cash; the roundings of up to 20 fills were not asked for."""
    cash_micros = spend_at_limit_micros(POLY, price_e4, size_e2) - less_micros
    trade = hedging(terms_of(prices_e4=(4_000, 5_500)), (0, whole(100)))
    trade = evolve(trade, reservation=Reservation((cash_micros, 10**9), (0, 0), 0))
    found = plan_exit(trade, read(poly_book(ask=price_e4), None))
    if isinstance(found, ExitPlan) and found.role is Role.COMPLETE:
        assert spend_at_limit_micros(POLY, found.limit_e4, found.size_e2) <= cash_left_micros(trade, 0)


def test_the_cash_for_an_exit_is_enough_for_all_of_it() -> None:
    """The reserve covers the roundings as well, or a whole exit at the dearest price would leave a remainder."""
    for slip_e4 in (0, 1_000, 1_500, 4_500):
        leg = evolve(terms_of().legs[0], dearest_buy_e4=4_000 + slip_e4, cheapest_sale_e4=6_000 - slip_e4)
        dearest_e4 = max(leg.dearest_buy_e4, 10_000 - leg.cheapest_sale_e4)
        for size_e2 in (100, 10_000, 12_345):
            assert exit_cash_micros(leg, size_e2, 1) >= spend_at_limit_micros(POLY, dearest_e4, size_e2)


def test_an_operators_grant_stays_within_the_cap_over_all_trades() -> None:
    """A grant was judged by the account's free cash alone, so risk over all trades could pass the cap."""
    trade = evolve(hedging(terms_of(), (whole(100), 0)), state=S.STUCK)
    accounts = {venue: Account(10**9, held_micros=4 * 10**8) for venue in ("polymarket", "kalshi")}
    ledger = Ledger(accounts, {}, (), 0, 9 * 10**8)
    assert Grant("t", "o", 1, (10**8, 0), 0).refusal(trade, ledger) == ""
    refused = Grant("t", "o", 1, (10**8, 1), 0).refusal(trade, ledger)
    assert "the cap over all trades leaves 100000000" in refused
    assert Grant("t", "o", 1, (0, 0), 0).refusal(trade, evolve(ledger, risk_cap_micros=0)) == ""


def test_nothing_is_reckoned_twice_once_it_is_seen() -> None:
    """The mend must not reckon with the fee of a fill that was shown with its fee."""
    trade = hedging(terms_of(), (whole(100), whole(40)))
    for leg in (0, 1):
        paid = sum(paid_micros(order) for order in trade.orders if order.leg == leg)
        assert trade.reservation is not None
        assert cash_left_micros(trade, leg) == trade.reservation.cash_micros[leg] - paid
    assert plan_exit(trade, read(book("polymarket-market", [], []), kalshi_book())) is not None
