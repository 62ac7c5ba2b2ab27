"""Bugs that the enumerations of our own side's faults found, each as the shortest run that shows it."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
import trio

from crash_kit import Place
from engine_kit import Bench, Setup
from journal_disk import Op, Sync, Write
from own_side_kit import Point, Watch, run_on_disk, struck_at
from pairlock.journal.errors import JournalFailed
from pairlock_adapters.sqlite.store import open_store


def test_a_journal_that_fails_in_a_task_of_the_host_is_told_out_of_band(tmp_path: Path) -> None:
    """The host's own task met the failure; the engine's block saw a cancellation only, and said nothing to anybody."""
    place = Place(tmp_path, Setup())
    broken: list[bool] = []

    async def body(bench: Bench) -> None:
        async with trio.open_nursery() as host:
            host.start_soon(kills, bench)
            await trio.sleep_forever()

    async def kills(bench: Bench) -> None:
        broken.append(True)
        await bench.engine.kill("host")

    def refuse(watch: Watch, index: int, op: Op) -> None:
        if broken and isinstance(op, Sync):
            raise apsw.IOError("input/output error")

    watch = run_on_disk(place, body, refuse)
    assert [type(failure) for failure in watch.failures] == [JournalFailed]
    assert len(watch.said) == 1
    assert "nothing more is sent" in watch.said[0]


def test_the_same_where_the_engine_is_only_cancelled_by_it(tmp_path: Path) -> None:
    """The host's scope was cancelled because of the failure: still nobody heard why the engine ended."""
    place = Place(tmp_path, Setup())
    broken: list[bool] = []

    def refuse(watch: Watch, index: int, op: Op) -> None:
        if broken and isinstance(op, Write):
            raise apsw.FullError("no space left on device")

    async def body(bench: Bench) -> None:
        broken.append(True)
        with pytest.raises(JournalFailed):
            await bench.engine.kill("host")
        bench.scope.cancel()
        await trio.sleep_forever()

    watch = run_on_disk(place, body, refuse)
    assert len([said for said in watch.said if "nothing more is sent" in said]) == 1


def test_a_disk_that_is_full_at_the_very_start_is_told_out_of_band(tmp_path: Path) -> None:
    """A start that the disk refused was told only to the supervisor which starts a failing engine over and over."""
    watch = run_on_disk(Place(tmp_path, Setup()), never, struck_at(Point("ENOSPC", 0)))
    assert [type(failure) for failure in watch.failures] == [JournalFailed]
    assert len([said for said in watch.said if "nothing more is sent" in said]) == 1


async def never(bench: Bench) -> None:
    raise AssertionError("the engine opened")


def test_a_checkpoint_that_fails_while_the_journal_is_closed_is_no_failure(tmp_path: Path) -> None:
    """Everything was durable; the error left the lock held and came out of the engine as SQLite's own."""
    place = Place(tmp_path, Setup())
    ended: list[Watch] = []

    async def body(bench: Bench) -> None:
        pass

    def refuse(watch: Watch, index: int, op: Op) -> None:
        on_close = watch.bench is not None and isinstance(op, Write) and not op.name.endswith("-wal")
        if on_close:
            ended.append(watch)
            raise apsw.IOError("input/output error")

    watch = run_on_disk(place, body, refuse)
    assert ended
    assert watch.failures == []
    after = open_store(place.journal)
    after.acquire()
    after.close()
