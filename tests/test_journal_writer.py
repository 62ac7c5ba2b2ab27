"""One writer at a time, whoever else tries; readers beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from journal_support import content, content_at, extend, filled, fresh
from pairlock.errors import EngineBug
from pairlock.journal.records import GENESIS_HASH, Entry, Kind, seal
from pairlock.journal.store import (
    JournalFailed,
    JournalFenced,
    JournalInUse,
    JournalUnreachable,
)
from pairlock_adapters.sqlite.store import SqliteStore, open_store


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(":memory:" if request.param == "memory" else str(tmp_path / "j.db"))
    yield opened
    opened.close()


def test_nothing_is_written_before_acquire(store: SqliteStore) -> None:
    with pytest.raises(EngineBug):
        store.append([seal(Entry(Kind.STEP, "t", 0, {}), 1, GENESIS_HASH)], [], None)
    assert not store.epoch_is_current()
    assert store.acquire() == 1
    assert store.epoch_is_current()
    with pytest.raises(EngineBug):
        store.acquire()


def test_epochs_only_grow(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        store = open_store(str(tmp_path / "j.db"))
        assert store.acquire() == epoch
        extend(store, 2)
        store.close()
        assert not store.epoch_is_current()


def test_a_second_engine_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")
    first = fresh(path)
    os.symlink(path, tmp_path / "other-name.db")
    for name in (path, str(tmp_path / "other-name.db")):
        second = open_store(name)
        with pytest.raises(JournalInUse) as caught:
            second.acquire()
        assert str(os.getpid()) in str(caught.value)
        second.close()
    extend(first, 1)
    first.close()
    third = open_store(path)
    assert third.acquire() == 2
    third.close()


def test_a_writer_that_lost_its_lock_is_fenced(tmp_path: Path) -> None:
    """As on a shared disk whose locks do not reach the other machine."""
    path = str(tmp_path / "j.db")
    first = fresh(path)
    extend(first, 2)
    assert first._beside is not None
    first._beside.lock.in_place = lambda: True  # type: ignore[method-assign]
    os.unlink(f"{path}.lock")
    second = open_store(path)
    assert second.acquire() == 2
    assert not first.epoch_is_current()
    for _ in range(2):
        with pytest.raises(JournalFenced, match="epoch 2"):
            extend(first, 1)
    extend(second, 1)
    first.close()
    assert second.epoch_is_current()
    assert second.head()[0] == 3
    second.close()
    assert content_at(path)["head"][0] == 3


@pytest.mark.parametrize("lost", ["j.db", "j.db.lock"])
def test_a_journal_that_lost_its_name_is_not_written_on(tmp_path: Path, lost: str) -> None:
    store = fresh(str(tmp_path / "j.db"))
    extend(store, 2)
    os.rename(tmp_path / lost, tmp_path / "elsewhere")
    assert not store.epoch_is_current()
    with pytest.raises(JournalFailed, match="moved, removed or replaced"):
        extend(store, 1)
    store.close()


def test_opened_before_the_other_engine_wrote_its_last(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")
    filled(path, 20)
    late = open_store(path)
    other = fresh(path)
    extend(other, 5)
    other.close()
    assert late.acquire() == 3
    assert late.head()[0] == 25
    extend(late, 1)
    late.close()
    assert content_at(path)["head"][0] == 26


def test_readers_see_a_live_journal_and_hold_nobody_up(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")
    writer = fresh(path)
    extend(writer, 600)
    reader = open_store(path, readonly=True)
    assert not reader.was_unclean, "its writer is alive"
    stream = reader.records()
    assert next(stream).seq == 1
    extend(writer, 600)
    assert [record.seq for record in stream] == list(range(2, 1201)), "a reader in the middle gets what comes"
    assert content(reader) == content(writer)
    with pytest.raises(EngineBug):
        reader.acquire()
    writer.close()
    assert content(reader)["head"][0] == 1200
    reader.close()
    assert content_at(path)["head"][0] == 1200


def test_crashed_is_said_and_is_no_error(store: SqliteStore) -> None:
    store.acquire()
    extend(store, 7)
    before = content(store)
    after = store.abandoned()
    assert after.was_unclean
    assert content(after) == before
    assert after.acquire() == 2
    assert after.was_unclean
    extend(after, 1)
    with pytest.raises(JournalUnreachable):
        store.head()
    after.close()
