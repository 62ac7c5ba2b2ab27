"""Bugs that only the widest scope of the explorer met, each with its shortest trace."""

from __future__ import annotations

from attrs import evolve

from pairlock.fees import fee_micros
from pairlock.lifecycle import S
from pairlock.model import Fill, FillStatus, Order, Payout, Role, Trade, Verdict
from pairlock.units import cost_up_micros
from pairlock.verdict import booked_micros, promised_micros, verdict_of
from trade_kit import filled, hedging, terms_of, whole


def _in_two_fills(order: Order, trade: Trade) -> Order:
    """The same order, filled in two halves, each with its own fee."""
    assert trade.terms is not None
    half_e6 = order.fills[0].qty_e6 // 2
    cost = cost_up_micros(order.limit_e4, half_e6)
    fee = fee_micros(trade.terms.legs[order.leg].fees, order.limit_e4, half_e6)
    fills = tuple(Fill(f"{order.intent_id}/{n}", half_e6, cost, fee, FillStatus.FINAL) for n in (1, 2))
    return evolve(order, fills=fills)


def _paid(trade: Trade) -> Trade:
    return evolve(trade, state=S.SETTLED, payouts=(Payout(10_000), Payout(0)))


def test_a_pair_whose_fees_are_rounded_fill_by_fill_is_kept() -> None:
    """Three wanted, two bought in two fills and paid as agreed, without an exit: the fees' roundings brought it a few
    micro-dollars below the promise for one fill, and it was called completed_late (claim 1)."""
    trade = hedging(terms_of(300, (4_500, 5_000)), (whole(2), whole(2)))
    split = _paid(evolve(trade, orders=tuple(_in_two_fills(order, trade) for order in trade.orders)))
    assert booked_micros(split) < promised_micros(split), "else this test shows nothing"
    assert verdict_of(split) is Verdict.KEPT


def test_a_pair_that_an_exit_completed_at_a_worse_price_is_still_completed_late() -> None:
    """The mend must not call a pair kept that cost more because its second leg was bought late."""
    trade = hedging(terms_of(300, (4_500, 5_000)), (whole(2), whole(2)))
    dear = filled("t.1.2", 1, Role.COMPLETE, whole(1), 6_000)
    late = _paid(
        evolve(trade, orders=(trade.orders[0], filled("t.1.1", 1, Role.ENTRY, whole(1), 5_000), dear))
    )
    assert verdict_of(late) is Verdict.COMPLETED_LATE
