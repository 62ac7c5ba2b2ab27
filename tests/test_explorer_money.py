"""The explorer's claims about money can fail: ledgers and fees that real bots got wrong, one at a time."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import evolve

from pairlock import fees, ledger, verdict
from pairlock.ledger import Ledger, Posting
from pairlock.lifecycle import S
from pairlock.model import FillStatus, Role, Trade
from pairlock.positions import all_final
from pairlock_specs import judge_money
from pairlock_specs.explore import Explorer
from pairlock_specs.judge_fees import charged_micros, most_charged_micros
from pairlock_specs.reduced import ReducedExplorer
from pairlock_specs.scope import KILL, LEGS, Scope
from pairlock_specs.truth import Truth, VenueOrder, Wire

BOTH = Scope("both", KILL.parts[:1])
FIRST = Scope("first", KILL.parts[3:])


@pytest.fixture(autouse=True, params=[Explorer, ReducedExplorer])
def search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test is run with the full search, and with the reduced one."""
    monkeypatch.setattr(sys.modules[__name__], "Explorer", request.param)


@pytest.fixture(autouse=True)
def fresh_ledgers() -> Iterator[None]:
    judge_money._LEDGERS.clear()
    yield
    judge_money._LEDGERS.clear()


def broken(scope: Scope = BOTH) -> dict[str, str]:
    return {name: each.words for name, each in Explorer(scope).run().judge.violations.items()}


def put(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, new: Callable[..., Any]) -> None:
    old = getattr(module, name)
    for mod, held in sorted(sys.modules.items()):
        if mod.split(".")[0] in ("pairlock", "pairlock_specs") and getattr(held, name, None) is old:
            monkeypatch.setattr(held, name, new)


def test_nothing_breaks_as_it_is() -> None:
    assert broken() == {}


def test_a_reservation_that_is_released_when_the_entry_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ledger.holds_cash
    put(monkeypatch, ledger, "holds_cash", lambda trade: real(trade) and not trade.orders)
    found = broken()
    assert "could be lost now" in found["13-loss-covered"]
    assert "would get the same market" in found["17-market-locked"]
    assert "17-unlocked-when-done" in found


def test_a_lock_that_goes_when_the_legs_pair_before_they_are_final(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ledger.holds_cash
    put(monkeypatch, ledger, "holds_lock", lambda trade: real(trade) and trade.state is not S.PAIRED)
    assert "17-market-locked" in broken()


def test_a_lock_that_stays_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, ledger, "holds_lock", lambda trade: trade.reservation is not None)
    assert "still locks" in broken()["17-unlocked-when-done"]


def test_locks_that_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, ledger, "lock_refusal", lambda *seen: "")
    found = broken()
    assert {"17-locked-by-ledger", "17-market-locked"} <= set(found)


def test_a_match_that_failed_stays_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsafe(trade: Trade, leg: int) -> int:
        fills = [f for o in trade.orders if o.leg == leg and o.buys for f in o.fills]
        return sum(f.cost_micros + f.fee_micros for f in fills)

    put(monkeypatch, verdict, "spent_micros", unsafe)
    assert "14-cash-is-true" in broken()


def test_fees_that_are_not_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsafe(trade: Trade, leg: int) -> int:
        fills = [f for o in trade.orders if o.leg == leg and o.buys for f in o.fills]
        return sum(f.cost_micros for f in fills if f.status is not FillStatus.FAILED)

    put(monkeypatch, verdict, "spent_micros", unsafe)
    assert "by the venue's fills" in broken()["14-cash-is-true"]


def test_a_payout_that_is_booked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    real = verdict.payout_micros
    put(monkeypatch, verdict, "payout_micros", lambda trade, leg: 2 * real(trade, leg))
    assert "14-cash-is-true" in broken(FIRST)


def test_a_posting_that_forgets_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ledger.post

    def unsafe(book: Ledger, before: Trade, after: Trade) -> Ledger:
        forgot = evolve(before, orders=()) if all_final(after) and len(before.orders) > 2 else before
        return real(book, forgot, after)

    put(monkeypatch, ledger, "post", unsafe)
    assert "posted step by step" in broken()["14-posting"]


def test_a_closed_trade_that_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ledger.posting

    def unsafe(trade: Trade, leg: int) -> Posting:
        found = real(trade, leg)
        return evolve(found, held_micros=1) if trade.state is S.HEDGED else found

    put(monkeypatch, ledger, "posting", unsafe)
    assert "closed HEDGED" in broken()["14-accounts"]


def test_a_reservation_for_one_leg_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from pairlock import exposure

    real = exposure.reservation_for

    def unsafe(terms: Any) -> Any:
        kept = real(terms)
        return evolve(kept, cash_micros=(kept.cash_micros[0], 0))

    put(monkeypatch, exposure, "reservation_for", unsafe)
    found = broken()
    assert "were reserved" in found["14-accounts"]


def test_a_fee_bound_that_is_too_low(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, fees, "fee_at_limit_micros", lambda schedule, price_e4, size_e2: 0)
    assert "computed as the most" in broken()["15-fees-bounded"]


def test_computed_fees_that_are_too_low(monkeypatch: pytest.MonkeyPatch) -> None:
    real = verdict.fees_computed_micros
    put(monkeypatch, verdict, "fees_computed_micros", lambda order, leg: real(order, leg) - 1)
    assert "are computed for its fills" in broken()["15-fees-bounded"]


@pytest.mark.parametrize("leg", [0, 1])
def test_the_judges_own_fees_are_the_schedules(leg: int) -> None:
    """Written apart from the engine's; on one fill at a whole price both say the same."""
    for price_e4 in (1, 300, 4_500, 5_000, 9_999):
        for quantity in (1, 10_000, 999_999, 1_000_000, 7_000_000):
            mine = charged_micros(leg, price_e4, [quantity])
            assert mine == fees.fee_micros(LEGS[leg].fees, price_e4, quantity)
            assert most_charged_micros(leg, price_e4, quantity) >= charged_micros(
                leg, price_e4, [quantity - 1, 1]
            )


def test_a_short_position_counts_as_a_loss() -> None:
    """What was sold and then failed underneath must be bought back, at a dollar each at the worst."""
    bought = VenueOrder("t.0.0", 0, Role.ENTRY, 100, 4_500, Wire.CLOSED, ((1_000_000, FillStatus.FAILED),))
    sold = VenueOrder("t.0.2", 0, Role.SELL, 100, 4_000, Wire.CLOSED, ((1_000_000, FillStatus.FINAL),))
    assert (
        judge_money.worst_loss_micros(Truth((bought, sold)))
        == 1_000_000 - sold.fill(0).cost_micros + sold.fill(0).fee_micros
    )
