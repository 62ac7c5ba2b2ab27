"""A full disk, a write that fails and an fsync that fails, under the whole engine, at every commit of every state.

A run on a healthy disk lists the operations; each is then refused in a run of its own. After it: nothing was sent that
the disk does not hold, the failure went out of band, the engine ended; and a start on a healthy disk, from what is
really there, brings everything to a close with every claim holding by the venues' truth.

By default three operations of each commit are struck (its first write by a full disk, its last by a bad one, its
fsync); with PAIRLOCK_EVERY_DISK_OP=1 every operation is.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from crash_kit import Place, clear
from engine_kit import QUICK_DISK, Bench, Setup
from evidence import number_of, record
from journal_disk import Op, Sync
from own_side_kit import (
    BAD_SYNC,
    BAD_WRITE,
    FULL,
    Point,
    Watch,
    all_closed,
    durable_alerts,
    lose_power,
    run_on_disk,
    sent_without_an_intent,
    struck_at,
    suits,
)
from pairlock import Limits
from pairlock.journal.errors import JournalFailed
from pairlock.journal.journal import Journal
from pairlock.lifecycle import CLOSED, S
from pairlock.limits import ExecutionLimits
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.sqlite.store import SqliteStore

OPEN_STATES = {str(state) for state in S if state not in CLOSED}
SCRIPTS: dict[str, Setup] = {
    "a clean pair": Setup(),
    "one leg alone, exits in parts": Setup(
        script=(
            Fault(K.SHUT, "polymarket", role="entry"),
            fault(K.PARTIAL, role="exit", times=2, change={"fill_ppm": 400_000}),
        )
    ),
    "stuck, then granted": Setup(
        script=(
            fault(K.KILL, "kalshi", role="entry", change={"slip_e4": 0}),
            fault(K.KILL, role="exit", change={"slip_e4": 0}, times=3),
        ),
        limits=Limits(execution=ExecutionLimits(max_exit_attempts=3, max_empty_exits=0)),
    ),
}


@pytest.fixture
def quick() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pairlock-", dir=QUICK_DISK) as folder:
        yield Path(folder)


async def one_trade(bench: Bench) -> None:
    await bench.submit()
    await bench.close_all()


def points_of(log: list[Op], every: int) -> list[Point]:
    if every:
        return [
            Point(kind, at)
            for at, op in enumerate(log)
            for kind in (FULL, BAD_WRITE, BAD_SYNC)
            if suits(kind, op)
        ]
    points: list[Point] = []
    first = 0
    for at, op in enumerate(log):
        if isinstance(op, Sync):
            if first < at:
                points += [Point(FULL, first), Point(BAD_WRITE, at - 1)]
            points.append(Point(BAD_SYNC, at))
            first = at + 1
    return points


def check_the_end(watch: Watch, place: Place) -> None:
    """What must hold the moment the engine has ended, before anybody mends anything."""
    assert watch.struck
    assert watch.sent_after == []
    assert watch.canceled_after == []
    assert watch.steps_after == 0
    if watch.state == "closing" and not watch.failures:
        return  # the very last mark, "closed properly", was refused: all records are durable, and it stays unclean
    assert watch.failures
    for failure in watch.failures:
        assert type(failure) is JournalFailed
        sentence = str(failure)
        assert sentence.startswith(f"journal {place.journal}")
        assert sentence.endswith("mend the disk and start again.")
        assert "\n" not in sentence
    assert [said for said in watch.said if "journal" in said and "nothing more is sent" in said]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_disk_that_fails_at_any_commit_of_any_state(script: str, quick: Path) -> None:
    place = Place(quick, SCRIPTS[script])
    healthy = run_on_disk(place, one_trade)
    assert healthy.failures == []
    by_state: Counter[str] = Counter()
    points = points_of(healthy.disk.log, number_of("PAIRLOCK_EVERY_DISK_OP", 0))
    for point in points:
        clear(quick)
        watch = run_on_disk(place, one_trade, struck_at(point))
        check_the_end(watch, place)
        by_state[watch.state] += 1
        if point.kind == BAD_SYNC:
            lose_power(place, watch, Random(point.index))
        assert sent_without_an_intent(place) == []
        assert all_closed(place.recover())
        assert durable_alerts(place.journal) == {"HEDGING": set(), "STUCK": set()}
    wanted = {
        "stuck, then granted": OPEN_STATES - {"PAIRED"},
        "a clean pair": OPEN_STATES - {"HEDGING", "STUCK"},
    }
    assert by_state.keys() >= wanted.get(script, OPEN_STATES - {"STUCK", "PAIRED"})
    record("disk fault points by state", **by_state)


def test_the_check_can_fail(quick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that shrugs off a failed commit does send what is not durable: the checks above see it."""

    async def shrugs(journal: Journal, seq: int) -> None:
        try:
            await Journal_commit(journal, seq)
        except JournalFailed:
            journal._poison, journal._flushing = None, False

    Journal_commit = Journal.commit  # noqa: N806  the method itself
    monkeypatch.setattr(Journal, "commit", shrugs)
    monkeypatch.setattr(SqliteStore, "epoch_is_current", lambda store: True)
    place = Place(quick, Setup())
    log = run_on_disk(place, one_trade).disk.log
    sent = 0
    for point in points_of(log, 0):
        if point.kind == FULL:
            clear(quick)
            watch = run_on_disk(place, one_trade, struck_at(point))
            sent += bool(watch.sent_after and sent_without_an_intent(place))
    assert sent > 0
