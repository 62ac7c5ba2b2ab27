"""Findings of the first review, about exits and what they come to: routes, budgets, dust, verdicts, lifted halts."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from engine_kit import LONG_LIVES, Bench, Setup, on_bench, play
from pairlock import Limits, S
from pairlock.book import Book, Level, trimmed, walk
from pairlock.exits import plan_exit
from pairlock.facts import ExitBooksRead
from pairlock.lifecycle import OS
from pairlock.limits import BreakerLimits, ExecutionLimits
from pairlock.model import ExitPlan, NoExit, Order, Role, StuckCause, Trade, Verdict
from pairlock.ports import MarketRules
from pairlock.positions import EXITS, exit_attempts, nets_e6
from pairlock.verdict import promised_micros
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from trade_kit import filled, hedging, terms_of, whole
from venue_kit import Wrapped

KILLED = Fault(K.KILL, "kalshi", role="entry")
SHUT_OUT = Fault(K.NO_ROUTE, "kalshi", role="entry")
DEEP = 1_000_000


def naked(*exits: Order, max_empty_exits: int = 20) -> Trade:
    """100 YES on Polymarket against nothing, after these exits."""
    trade = hedging(evolve(terms_of(), max_empty_exits=max_empty_exits), (whole(100), 0))
    return evolve(trade, orders=(*trade.orders, *exits))


def empty(number: int, role: Role) -> Order:
    leg = 1 if role is Role.COMPLETE else 0
    return evolve(filled(f"t.{leg}.{number}", leg, role, 0, 5_000), size_e2=10_000)


def both_open() -> ExitBooksRead:
    """COMPLETE is worth most, then SELL, then COMPLEMENT."""
    poly = Book("polymarket-market", ((3_800, DEEP),), ((4_300, DEEP),), 0)
    kalshi = Book("kalshi-market", ((4_500, DEEP),), ((4_600, DEEP),), 0)
    return ExitBooksRead(0, (poly, kalshi), (10**15, 10**15))


def chosen(trade: Trade) -> Role:
    plan = plan_exit(trade, both_open())
    assert isinstance(plan, ExitPlan), plan
    return plan.role


# 3. Routes, budget, pauses.


def test_3_a_route_whose_last_tries_ended_empty_comes_after_the_others() -> None:
    """The dearest route was tried again and again, though its venue refused every order, until the budget was gone."""
    assert chosen(naked()) is Role.COMPLETE
    tried: list[Order] = []
    order: list[Role] = []
    for number in range(2, 8):
        order.append(chosen(naked(*tried)))
        tried.append(empty(number, order[-1]))
    assert order == [Role.COMPLETE, Role.SELL, Role.COMPLEMENT] * 2


def test_3_an_exit_that_fills_gives_every_route_its_chance_again() -> None:
    """What failed before the last fill is history: the best route is the best again."""
    some = filled("t.0.3", 0, Role.SELL, whole(10), 3_800)
    assert chosen(naked(empty(2, Role.COMPLETE), some)) is Role.COMPLETE


def test_3_empty_exits_do_not_spend_the_budget_until_there_are_too_many() -> None:
    """Six refusals within two seconds of a network's blip left the trade STUCK and naked for good."""
    limit = terms_of().max_exit_attempts
    tries = [empty(2 + n, Role.SELL) for n in range(limit)]
    assert exit_attempts(naked(*tries)) == 0
    assert isinstance(plan_exit(naked(*tries), both_open()), ExitPlan)
    assert exit_attempts(naked(*tries, max_empty_exits=2)) == limit - 2
    spent = plan_exit(naked(*tries, max_empty_exits=0), both_open())
    assert isinstance(spent, NoExit)
    assert spent.cause is StuckCause.BUDGET
    still_out = evolve(empty(90, Role.SELL), state=OS.SENT)
    assert exit_attempts(naked(still_out)) == 1, "an exit under way is not an empty one"


@pytest.mark.parametrize("kind", [K.CONNECT_REFUSED, K.RATE_LIMITED])
def test_3_a_short_failure_of_the_exits_is_waited_out_with_growing_pauses(kind: K) -> None:
    """The first six exits are refused, then all is well: it must come to a pair, not to STUCK."""
    played = play(
        KILLED, Fault(kind, role="exit", times=6), yes_on="polymarket", sizes=LONG_LIVES, operator=False
    ).check()
    exits = [o for o in played.trade.orders if o.role in EXITS]
    assert played.halts == []
    assert len(exits) >= 7
    assert all(not o.fills for o in exits[:6])
    pauses = [b.deadline_ms - a.deadline_ms for a, b in pairwise(exits[:7])]
    assert pauses[0] < pauses[1] < pauses[2] < pauses[3]
    assert all(pause > 4 * pauses[0] for pause in pauses[3:]), pauses
    assert max(pauses) < 10_000, "nor may a naked leg wait for ever"


@pytest.mark.parametrize("kind", [K.NO_BALANCE, K.RATE_LIMITED, K.CONNECT_REFUSED, K.UNAUTHORIZED])
def test_3_one_venue_that_refuses_every_exit_does_not_keep_the_other_from_selling(kind: K) -> None:
    """Kalshi refused every exit for ever; Polymarket had bids for all of it, and was never asked."""
    played = play(
        KILLED,
        Fault(kind, "kalshi", role="exit", times=0),
        yes_on="polymarket",
        sizes=LONG_LIVES,
        operator=False,
    ).check()
    assert played.trade.state is S.HEDGED
    assert nets_e6(played.trade) == (0, 0)


# 8. What a pair that an exit completed really came to.


def test_8_a_smaller_pair_is_promised_less_and_completed_late_is_its_verdict() -> None:
    """A trade of which 30 % paired was called "kept", with the promise of its full size beside a loss."""
    played = play(
        KILLED,
        fault(K.PARTIAL, "kalshi", role="exit", change={"fill_ppm": 300_000}),
        Fault(K.NO_ROUTE, "kalshi", role="exit", nth=2),
        yes_on="polymarket",
        operator=False,
    ).check()
    trade = played.trade
    assert trade.terms is not None
    paired_e6 = min(nets_e6(trade))
    assert trade.state is S.SETTLED
    assert 0 < paired_e6 < trade.terms.size_e2 * 10_000
    assert trade.verdict is Verdict.COMPLETED_LATE
    share = trade.terms.promised_micros * paired_e6 // (trade.terms.size_e2 * 10_000)
    assert share - 10_000 <= promised_micros(trade) <= share < trade.terms.promised_micros
    assert [a["type"] for a in played.alerts if a["type"] == "VERDICT"] == [], "late, but as agreed: no alarm"


def test_8_the_promise_by_hand() -> None:
    """50 of 100 paired at 0.40 and 0.55, fees 5 % of p(1-p) and 7 %, each rounded against us."""
    half = hedging(evolve(terms_of(), promised_micros=77), (whole(50), whole(50)))
    # 50 - 20 - 27.5 = 2.50; 0.05 x 0.24 x 50 = 0.60; 0.07 x 0.2475 x 50 = 0.86625, up to 0.8663
    assert promised_micros(half) == 2_500_000 - 600_000 - 866_300
    assert promised_micros(hedging(evolve(terms_of(), promised_micros=77), (whole(100), whole(100)))) == 77
    assert promised_micros(hedging(evolve(terms_of(), promised_micros=77), (whole(100), 0))) == 0


# 11, 12. What an operator could not lift.


def test_11_the_breaker_of_consecutive_exits_stays_lifted_until_another_exit() -> None:
    """The count was kept when the halt was lifted, so that the next trade which a gate refused tripped it again."""

    async def body(bench: Bench) -> None:
        await (await bench.submit_when_possible("polymarket")).closed()
        assert [halt.name for halt in bench.engine.halts] == ["consecutive_exits"]
        await bench.engine.lift("consecutive_exits", "op")
        assert bench.engine.recorder.control.consecutive_exits == 0
        pair = bench.pair()
        bench.pairs.strange.add(pair.event_id)
        refused = await bench.submit(pair)
        await refused.closed()
        assert refused.state is S.ROLLED_BACK
        assert bench.engine.halts == ()
        assert bench.engine.refusal() == ""

    limits = Limits(breakers=BreakerLimits(max_consecutive_exits=1))
    on_bench(Setup(script=(KILLED, SHUT_OUT), limits=limits), body)


def test_12_dust_that_the_last_attempt_left_neither_halts_nor_holds_a_halt() -> None:
    """Less than 0.01 contract left with no attempt left was called BUDGET: trading stopped for a fraction of a cent."""

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state is S.STUCK)
        assert trade.value.stuck_cause is StuckCause.DUST
        assert 0 < nets_e6(trade.value)[0] < 10_000
        assert exit_attempts(trade.value) == 1
        assert bench.engine.halts == ()
        assert bench.engine.refusal() == ""

    limits = Limits(execution=ExecutionLimits(max_exit_attempts=1))
    leaves = fault(K.PARTIAL, "polymarket", role="exit", change={"fill_ppm": 999_995, "fill_step_e6": 1})
    on_bench(Setup(script=(KILLED, SHUT_OUT, leaves), sizes=LONG_LIVES, limits=limits), body)


# 13. A venue that charges more than it said.


class FeesTripled(Wrapped):
    """Reads a third of the real rate: the venue charges three times what the schedule at GATED said."""

    async def rules(self, market: str) -> MarketRules:
        rules = await super().rules(market)
        return evolve(rules, fees=evolve(rules.fees, rate_ppm=rules.fees.rate_ppm // 3))


@pytest.mark.parametrize(("script", "state"), [((KILLED, SHUT_OUT), S.HEDGED), ((), S.SETTLED)])
def test_13_fees_beyond_the_schedule_alarm_on_every_close(script: tuple[Fault, ...], state: S) -> None:
    """Only a pair's verdict looked at the fees: an exited trade that was overcharged closed without a word."""
    said: list[dict[str, Any]] = []

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await trade.closed()
        assert trade.state is state
        await bench.until(lambda: any(a["type"] == "VERDICT" for a in bench.alerts), within_ms=10_000)
        said.extend(a for a in bench.alerts if a["type"] == "VERDICT")

    on_bench(Setup(script=script, wrap=FeesTripled), body)
    assert len(said) == 1
    assert "fee_shortfall" in said[0]["details"]["reason"]


# 17. Exit books in the journal.

sides = st.lists(st.integers(1, 5_000), max_size=12)


@settings(max_examples=300, deadline=None)
@given(sides, sides, st.integers(1, 12_000), st.integers(0, 100), st.integers(100, 9_900))
def test_17_a_trimmed_book_gives_every_order_up_to_its_size_the_same_walk(
    bids: list[int], asks: list[int], most_e2: int, less_e2: int, limit_e4: int
) -> None:
    """Whatever is cut off is beyond what the order could take; what was journalled still explains the exit."""
    low: tuple[Level, ...] = tuple((4_900 - 100 * n, size) for n, size in enumerate(bids))
    high: tuple[Level, ...] = tuple((5_000 + 100 * n, size) for n, size in enumerate(asks))
    book = Book("m", low, high, 7)
    cut = trimmed(book, most_e2)
    size_e2 = max(1, most_e2 - less_e2)
    assert (cut.market, cut.read_at_ms) == ("m", 7)
    assert cut.bids == low[: len(cut.bids)]
    assert cut.asks == high[: len(cut.asks)]
    assert trimmed(cut, most_e2) == cut
    for outcome in ("yes", "no"):
        for side, buying in (("asks_of", True), ("bids_of", False)):
            whole_walk = walk(getattr(book, side)(outcome), size_e2, limit_e4, buying=buying)
            assert walk(getattr(cut, side)(outcome), size_e2, limit_e4, buying=buying) == whole_walk
    for levels in (cut.bids, cut.asks):
        assert sum(size for _, size in levels[:-1]) < most_e2, "a level that no order could reach was kept"


def test_17_the_journal_keeps_only_the_levels_that_an_exit_could_reach() -> None:
    """Whole books at every read (150 levels, 20 reads) outgrew the room that was set aside for a trade's records."""

    class Deep(Wrapped):
        async def book(self, market: str) -> Book:
            book = await super().book(market)
            bids = [(p, s) for p, s in ((book.bids[-1][0] - n, 50) for n in range(1, 150)) if p > 0]
            return evolve(book, bids=(*book.bids, *bids))

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await trade.closed()
        facts = [json.loads(r.body).get("fact", {}) for r in bench.engine.store.trade_records(trade.trade_id)]
        books = [b for f in facts if f.get("fact") == "ExitBooksRead" for b in f["books"] if b]
        assert books
        size_e2 = trade.value.orders[0].size_e2
        for book in books:
            for levels in (book["bids"], book["asks"]):
                assert sum(size for _, size in levels[:-1]) < size_e2

    on_bench(Setup(script=(KILLED, SHUT_OUT), wrap=Deep), body)
