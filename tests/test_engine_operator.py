"""What operators and disks do to a running engine: grants, a journal that fails, an opening that is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine_kit import LONG_LIVES, Bench, Setup, on_bench
from pairlock import (
    E,
    Limits,
    S,
    UserError,
    open_engine,
)
from pairlock.journal.errors import JournalFailed
from pairlock.limits import ExecutionLimits
from pairlock.model import StuckCause
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.truth import Truth
from truth_kit import requests

NO_WAY_OUT = (
    fault(K.KILL, "kalshi", role="entry", change={"slip_e4": 0}),
    fault(K.KILL, role="exit", change={"slip_e4": 0}, times=3),
)
THREE_ATTEMPTS = Limits(execution=ExecutionLimits(max_exit_attempts=3, max_empty_exits=0))


# Grants.


def test_a_grant_is_durable_and_only_for_what_is_stuck() -> None:
    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        with pytest.raises(UserError, match="not STUCK"):
            await bench.engine.grant(trade.trade_id, operator="t", cash_micros=(0, 0), slip_e4=0)
        await bench.until(lambda: trade.state is S.STUCK)
        assert trade.value.stuck_cause is StuckCause.BUDGET
        reserved = trade.value.reservation
        size_e2 = trade.value.orders[0].size_e2
        await bench.engine.grant(
            trade.trade_id,
            operator="t",
            attempts=1,
            cash_micros=(size_e2 * 10_000, size_e2 * 10_000),
            slip_e4=4_000,
        )
        await bench.until(lambda: trade.state is not S.STUCK)
        granted = [
            r
            for r in bench.engine.store.trade_records(trade.trade_id)
            if '"Granted"' in r.body or '"operator"' in r.body
        ]
        assert len(granted) == 1
        assert reserved is not None
        assert trade.value.reservation is not None
        assert trade.value.reservation.cash_micros[0] == reserved.cash_micros[0] + size_e2 * 10_000
        assert (await trade.closed()).state in (S.HEDGED, S.SETTLED)
        await bench.close_all()
        assert bench.broken == []
        with pytest.raises(UserError, match="not STUCK"):
            await bench.engine.grant("0009-000009", operator="t", cash_micros=(0, 0), slip_e4=0)

    on_bench(Setup(script=NO_WAY_OUT, limits=THREE_ATTEMPTS), body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0, "cash_micros": (0, 0), "slip_e4": 0},
        {"attempts": -1, "cash_micros": (1, 1), "slip_e4": 100},
        {"attempts": 1, "cash_micros": (-1, 0), "slip_e4": 100},
        {"attempts": 1, "cash_micros": (10**13, 0), "slip_e4": 100},
        {"attempts": 1, "cash_micros": (0, 0), "slip_e4": -100},
    ],
)
def test_a_grant_that_makes_no_sense_is_refused_and_changes_nothing(wrong: dict[str, Any]) -> None:
    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        await bench.until(lambda: trade.state is S.STUCK)
        value, ledger = trade.value, bench.engine.recorder.ledger
        with pytest.raises(UserError, match="grant"):
            await bench.engine.grant(trade.trade_id, operator="t", **wrong)
        await bench.engine.sleep_ms(1_000)
        assert trade.value == value
        assert bench.engine.recorder.ledger == ledger
        assert [halt.name for halt in bench.engine.halts] == [f"stuck:{trade.trade_id}"]

    on_bench(Setup(script=NO_WAY_OUT, limits=THREE_ATTEMPTS, sizes=LONG_LIVES), body)


# The journal fails under way.


def test_a_journal_that_fails_ends_the_engine_sends_nothing_more_and_says_so_out_of_band() -> None:
    from pairlock_adapters.sqlite.store import open_store

    class Failing:
        def __init__(self, path: str) -> None:
            self._inner = open_store(path)
            self.fails = False

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

        def append(self, *args: Any) -> None:
            if self.fails:
                raise JournalFailed(":memory:", "No space left on device")
            self._inner.append(*args)

    made: list[Failing] = []
    benches: list[Bench] = []

    def store(path: str) -> Any:
        made.append(Failing(path))
        return made[0]

    async def body(bench: Bench) -> None:
        benches.append(bench)

        def fails(_: object, events: tuple[E, ...]) -> None:
            made[0].fails = made[0].fails or E.LOCKS_DURABLE in events

        bench.engine.on_step.append(fails)
        await (await bench.submit()).closed()

    setup = Setup(store=store)
    with pytest.RaisesGroup(JournalFailed, flatten_subgroups=True):
        on_bench(setup, body)
    assert requests(benches[0].world.truth) == []
    reasons = [alert["details"]["reason"] for alert in benches[0].alerts]
    assert [reason for reason in reasons if "No space left" in reason]


# Opening.


def test_an_account_whose_cash_cannot_be_read_is_not_opened() -> None:
    async def body(bench: Bench) -> None:
        raise AssertionError("it opened")

    unreadable = Setup(script=(Fault(K.READ_FAILED, "polymarket", what="balance", times=0),))
    refused = pytest.RaisesExc(
        UserError, match=r"polymarket.*cash is unknown.*open the engine when it answers"
    )
    with pytest.RaisesGroup(refused, flatten_subgroups=True):
        on_bench(unreadable, body)


def test_an_open_trade_is_not_left_alone_on_a_venue_that_was_not_given(tmp_path: Path) -> None:
    def setup() -> Setup:
        return Setup(
            journal=str(tmp_path / "journal.db"), truth=Truth(str(tmp_path / "venues")), sizes=LONG_LIVES
        )

    async def leaves(bench: Bench) -> None:
        trade = await bench.submit()
        await bench.until(lambda: trade.state is S.PAIRED)

    on_bench(setup(), leaves)

    async def opens_with_one(bench: Bench) -> None:
        second = open_engine(
            venues=[bench.world.kalshi], journal=setup().journal, pairs=bench.pairs, clock=bench.world.clock
        )
        with pytest.raises(
            UserError, match=r"open trade .* on polymarket, which is not among the venues given"
        ):
            await second.__aenter__()

    # The bench's own engine has another journal: only its venues and its time are wanted.
    on_bench(Setup(truth=Truth(str(tmp_path / "venues"))), opens_with_one)
