"""Findings of the first review, about restarts: repairs answered once, and balances that lag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio

from crash_kit import Place
from engine_kit import LONG_LIVES, Bench, Gone, Setup
from pairlock import S
from pairlock.audit.journal import audit_journal
from pairlock.facts import OrderReport, Reported
from pairlock.journal.records import Kind
from pairlock.lifecycle import CLOSED
from pairlock.model import Fill, FillStatus, Order, Role
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.worldgen import opportunity_of
from venue_kit import Wrapped


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, Setup(sizes=LONG_LIVES))


def gone(place: Place, body: Any, **how: Any) -> None:
    """One life of the process, which ends as when its host is cancelled."""

    async def then_ends(bench: Bench) -> None:
        await body(bench)
        bench.scope.cancel()
        await trio.sleep_forever()

    with pytest.raises(Gone):
        place.run(then_ends, operator=False, **how)


# 6. Repairs.


def late(bench: Bench, order: Order, count: int, first: int = 1) -> OrderReport:
    """The venue says that ``count`` further fills of 5 contracts belong to an order that is FINAL."""
    new = [Fill(f"late-{first + n}", 5_000_000, 2_000_000, 0, FillStatus.FINAL) for n in range(count)]
    fills = (*order.fills, *new)
    now_ms = bench.world.clock.now_ms()
    total_e6 = sum(fill.qty_e6 for fill in fills)
    return OrderReport(now_ms, order.intent_id, now_ms, Reported.CERTAIN, total_e6, fills, "x")


def repairs(bench: Bench) -> list[tuple[str, int]]:
    """Each open repair, and how many contracts (1/1,000,000) it answers for."""
    found = []
    for handle in bench.engine.open_trades():
        if handle.value.repairs:
            adopted = [o for o in handle.value.orders if o.role is Role.ADOPTED_IN]
            found.append((handle.trade_id, sum(f.qty_e6 for o in adopted for f in o.fills)))
    return found


def test_6_a_late_fact_is_answered_once_also_after_a_restart(place: Place) -> None:
    """What had been answered was only remembered in memory: the stream's replay on reconnect opened a second repair,
    under an id that the journal had already, and the journal could not be opened any more."""
    closed: list[Order] = []
    first: list[OrderReport] = []

    async def begins(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state in CLOSED)
        closed.append(trade.value.orders[0])
        first.append(late(bench, closed[0], 1))
        bench.engine.route(first[0])
        bench.engine.route(first[0])
        await bench.engine.sleep_ms(1_000)
        assert [total for _, total in repairs(bench)] == [5_000_000]

    async def again(bench: Bench) -> None:
        before = repairs(bench)
        bench.engine.route(first[0])
        await bench.engine.sleep_ms(500)
        assert repairs(bench) == before, "the same report opened another repair"
        await bench.engine.lift("late_fact", "op")
        # Both fills: the first is answered, the second is news.
        bench.engine.route(late(bench, closed[0], 2))
        await bench.engine.sleep_ms(500)
        both = repairs(bench)
        assert [total for _, total in both] == [5_000_000, 5_000_000]
        assert len({ident for ident, _ in both}) == 2

    async def opens(bench: Bench) -> None:
        assert len(repairs(bench)) == 2
        bench.engine.route(late(bench, closed[0], 2))
        await bench.engine.sleep_ms(500)
        assert len(repairs(bench)) == 2

    gone(place, begins, script=(Fault(K.KILL, role="entry", times=2),))
    gone(place, again)
    gone(place, opens)
    found = audit_journal(place.journal)
    assert (found["trades"], found["repairs"], found["broken"]) == (1, 2, [])


def test_6_a_repair_takes_its_parents_opportunity_from_nobody(place: Place) -> None:
    """A repair stood in the index under its parent's opportunity: once it closed, the same opportunity submitted
    again got a handle that nothing ever updated."""

    async def body(bench: Bench) -> None:
        opportunity = opportunity_of(bench.pair("polymarket"), bench.world.clock.now_ms())
        trade = await bench.engine.submit(opportunity)
        await bench.until(lambda: trade.state is S.PAIRED and not bench.engine.recorder.ledger.locks)
        bench.engine.route(late(bench, trade.value.orders[0], 1))
        await bench.until(lambda: len(repairs(bench)) == 1)
        assert await bench.engine.submit(opportunity) is trade
        await bench.until(lambda: repairs(bench) == [], within_ms=60_000)
        assert trade.state is S.PAIRED, "the repair outlived its parent: this run shows nothing"
        assert await bench.engine.submit(opportunity) is trade, "a handle that nothing updates"
        await bench.until(lambda: trade.state is S.SETTLED, within_ms=2_000_000)
        after = await bench.engine.submit(opportunity)
        assert (after.trade_id, after.state) == (trade.trade_id, S.SETTLED)
        assert bench.engine.store.trade_by_opportunity(opportunity.opportunity_id).trade_id == trade.trade_id  # type: ignore[union-attr]

    gone(place, body, script=(Fault(K.NO_ROUTE, "kalshi", role="exit"),))


def test_6_a_repair_locks_no_market(place: Place) -> None:
    """A repair began with locks, over those of any trade that lived on these markets already; when it closed it took
    them with it, and after a restart they were anybody's."""

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state is S.PAIRED and not bench.engine.recorder.ledger.locks)
        bench.engine.route(late(bench, trade.value.orders[0], 1))
        await bench.until(lambda: len(repairs(bench)) == 1, within_ms=1_000)
        assert bench.engine.open_trades()[-1].state is S.HEDGING
        assert bench.engine.recorder.ledger.locks == {}

    async def reopens(bench: Bench) -> None:
        assert bench.engine.recorder.ledger.locks == {}

    gone(place, body)
    gone(place, reopens)


# 16. Balances at a restart.


async def adjusted(bench: Bench) -> int:
    await bench.engine.commit(bench.engine.journal.head[0])
    return sum(record.kind == Kind.ADJUST for record in bench.engine.store.records())


def off_by(bench: Bench) -> dict[str, int]:
    accounts = bench.engine.recorder.ledger.accounts
    return {name: a.cash_micros - bench.judge.cash(name) for name, a in accounts.items()}


def test_16_a_balance_that_lags_at_a_restart_is_no_trade_by_hand(place: Place) -> None:
    """The first balance after a restart still showed what was there before the last trade: it was journalled as a
    trade by hand, and from then on the ledger was wrong by that trade's result."""
    before: dict[str, int] = {}

    async def earns(bench: Bench) -> None:
        before.update({name: bench.judge.cash(name) for name in bench.engine.venues})
        await (await bench.submit(bench.pair("polymarket"))).closed()
        await bench.close_all()
        assert {name: bench.judge.cash(name) for name in before} != before

    class Lags(Wrapped):
        reads = 0

        async def balance_micros(self) -> int:
            self.reads += 1
            return before[self.name] if self.reads == 1 else await super().balance_micros()

    async def opens(bench: Bench) -> None:
        assert await adjusted(bench) == 0
        assert off_by(bench) == {"kalshi": 0, "polymarket": 0}
        assert bench.alerts == []

    place.run(earns, operator=False)
    place.run(opens, operator=False, wrap=Lags)


def test_16_a_balance_that_stays_different_is_journalled_with_an_alert(place: Place) -> None:
    """The mend must not blind the engine to a real trade by hand."""

    async def nothing(bench: Bench) -> None:
        assert await adjusted(bench) == 0

    class Withdrawn(Wrapped):
        async def balance_micros(self) -> int:
            return await super().balance_micros() - (5_000_000 if self.name == "kalshi" else 0)

    async def told(bench: Bench) -> None:
        assert await adjusted(bench) == 1
        assert off_by(bench) == {"kalshi": -5_000_000, "polymarket": 0}
        await bench.until(lambda: bool(bench.alerts), within_ms=1_000)
        assert "traded or moved by hand" in bench.alerts[0]["details"]["reason"]

    place.run(nothing, operator=False)
    place.run(told, operator=False, wrap=Withdrawn)
