"""A crash at every journal append, then recovery: everything comes to a close, and every claim holds by the truth."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve

from crash_kit import Crash, Place, clear
from engine_kit import LONG_LIVES, QUICK_DISK, Bench, Setup
from evidence import record
from pairlock import S
from pairlock.journal.errors import JournalInUse
from pairlock.lifecycle import CLOSED, OS
from pairlock.model import Trade
from pairlock.runner.recovery import OtherTable
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, ScriptedFaults, fault
from pairlock_adapters.simulated.truth import Truth
from power_kit import Reachable, outcome_of

SCRIPTS: dict[str, tuple[Fault, ...]] = {
    "a clean pair": (),
    "one leg killed": (Fault(K.KILL, "kalshi", role="entry"),),
    "the other leg killed, exits in parts": (
        Fault(K.SHUT, "polymarket", role="entry"),
        fault(K.PARTIAL, role="exit", times=2, change={"fill_ppm": 400_000}),
    ),
    "answers lost": (Fault(K.LOST_ANSWER, role="entry", times=2), Fault(K.STREAM_LOST, times=0)),
    "a ghost fill": (Fault(K.GHOST_FILL, "polymarket"),),
    "a fill after the cancel": (
        Fault(K.FILL_AFTER_CANCEL, "kalshi", role="entry"),
        Fault(K.KILL, "polymarket", role="entry"),
    ),
}


@pytest.fixture
def quick() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pairlock-", dir=QUICK_DISK) as folder:
        yield Path(folder)


async def one_trade(bench: Bench) -> None:
    await bench.submit()
    await bench.close_all()


@cache
def reachable_of(script: str, plan: str) -> Reachable:
    return Reachable(Setup(script=SCRIPTS[script], plan=plan))


@pytest.mark.parametrize("durable", [False, True], ids=["before it is durable", "after"])
@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_crash_at_every_append_recovers(script: str, plan: str, durable: bool, quick: Path) -> None:
    """The outcome is that of some run without a crash, too (claim 18): see ``power_kit.twins`` for what that means."""
    setup = Setup(script=SCRIPTS[script], plan=plan)
    reachable = reachable_of(script, plan)
    nth = 1
    while True:
        place = Place(quick, evolve(setup, faults=ScriptedFaults(setup.script)))
        if not place.crash(one_trade, nth, durable=durable):
            break
        for trade in place.recover():
            assert trade.state in CLOSED
            came_to = outcome_of(place, trade)
            assert reachable.has(came_to), (nth, came_to, reachable.found)
        clear(quick)
        nth += 1
    assert nth > 8
    record("crash points at journal appends", **{"durable" if durable else "not durable": nth - 1})


def outcome(trade: Trade) -> tuple[object, ...]:
    fills = tuple(
        (o.intent_id, o.role, tuple((f.qty_e6, f.cost_micros) for f in o.fills)) for o in trade.orders
    )
    return trade.trade_id, trade.state, trade.verdict, fills


@pytest.mark.parametrize("script", ["one leg killed", "answers lost", "a clean pair"])
def test_recovery_twice_equals_once(script: str, quick: Path) -> None:
    once, twice = quick / "once", quick / "twice"
    for nth in range(3, 14, 2):
        for folder in (once, twice):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        place = Place(once, Setup(script=SCRIPTS[script], sizes=LONG_LIVES))
        if not place.crash(one_trade, nth, durable=True):
            break
        for name in once.iterdir():
            shutil.copy(name, twice)
        again = evolve(place, folder=twice)

        async def dies_at_once(bench: Bench) -> None:
            raise Crash

        with pytest.raises(ExceptionGroup):
            again.run(dies_at_once)
        before = again.values()
        with pytest.raises(ExceptionGroup):
            again.run(dies_at_once)
        assert [outcome(t) for t in again.values()] == [outcome(t) for t in before]
        assert [outcome(t) for t in again.recover()] == [outcome(t) for t in place.recover()]


@pytest.mark.parametrize("script", ["one leg killed", "answers lost", "a ghost fill"])
def test_a_crash_in_the_recovery_recovers(script: str, quick: Path) -> None:
    place = Place(quick, Setup(script=SCRIPTS[script]))
    for nth in (5, 8, 11):
        for second in (1, 2, 4, 6):
            place.crash(one_trade, nth, durable=True)

            async def closes(bench: Bench) -> None:
                await bench.close_all()

            place.crash(closes, second, durable=second % 4 == 0)
            place.recover()
            clear(quick)


@pytest.mark.parametrize("nth", [4, 7, 10])
def test_new_trades_after_a_crash_never_use_an_id_again(nth: int, quick: Path) -> None:
    place = Place(quick, Setup(script=SCRIPTS["answers lost"]))
    assert place.crash(one_trade, nth, durable=True)
    values = place.recover(new_trades=2)
    ids = [value.trade_id for value in values]
    assert len(ids) == len(set(ids)) == 3


@pytest.mark.parametrize("plan", ["simultaneous", "riskier_first"])
def test_an_unsent_entry_is_never_sent_after_a_restart(plan: str, quick: Path) -> None:
    # The intents are durable, and the process ends before their commit returns: no byte may leave, then or later.
    place = Place(quick, Setup(plan=plan))
    for nth in range(1, 20):
        assert place.crash(one_trade, nth, durable=True)
        values = place.values()
        if values and values[0].state is S.EXECUTING:
            break
        clear(quick)
    assert values[0].orders[0].state is OS.SENT
    assert sent(quick) == []
    (trade,) = place.recover(not_before_ms=30_000)
    assert sent(quick) == []
    assert trade.state is S.ROLLED_BACK
    # The bounds of F start anew at the restart: nothing was called absent on the old ones.
    assert trade.terms is not None
    restarted_ms = trade.executed_ms  # the restart itself ends EXECUTING
    assert trade.orders[0].dead_at_ms == restarted_ms + trade.terms.request_death_ms >= 40_000


def sent(folder: Path) -> list[str]:
    truth = Truth(str(folder / "venues"))
    try:
        return [str(intent) for (intent,) in truth.rows("SELECT intent_id FROM requests")]
    finally:
        truth.close()


def test_open_trades_under_another_table_are_refused(quick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(quick, Setup())
    assert place.crash(one_trade, 8, durable=True)
    with monkeypatch.context() as patch:
        patch.setattr("pairlock.runner.digests.table_digest", lambda: "0" * 64)
        with pytest.RaisesGroup(
            pytest.RaisesExc(OtherTable, match="finish them with the version that wrote it")
        ):
            place.recover()
    # Nothing was changed by the refusal.
    place.recover()


def test_a_closed_journal_opens_under_another_table(quick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(quick, Setup())
    place.run(one_trade)
    monkeypatch.setattr("pairlock.runner.digests.table_digest", lambda: "0" * 64)
    place.run(lambda bench: bench.close_all())


def test_a_second_engine_on_the_journal_is_refused(quick: Path) -> None:
    place = Place(quick, Setup())

    async def opens_another(bench: Bench) -> None:
        trade = await bench.submit()
        with pytest.RaisesGroup(
            pytest.RaisesExc(JournalInUse, match="another engine"), flatten_subgroups=True
        ):
            await second_engine(place.journal)
        assert (await trade.closed()).state is S.SETTLED

    place.run(opens_another)


async def second_engine(journal: str) -> None:
    from engine_kit import _session

    async def nothing(bench: Bench) -> None:
        raise AssertionError("a second engine opened")

    await _session(Setup(journal=journal), nothing, operator=False)
