"""Journals that lost a part: every cut is told, and never read as if it were all."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from journal_support import DAMAGE_RECORDS as RECORDS
from journal_support import (
    copied,
    extend,
    files_at,
    filled,
    fresh,
    make_crashed,
    make_original,
    refusal,
)
from pairlock.journal.records import chain_ok
from pairlock.journal.store import (
    JournalTampered,
    JournalTruncated,
    NotAJournal,
)
from pairlock_adapters.sqlite.store import open_store


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_original(tmp_path_factory.mktemp("original"))


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_crashed(tmp_path_factory.mktemp("crashed"))


@pytest.mark.parametrize("with_anchor", [True, False])
def test_every_cut_of_the_file_is_told(tmp_path: Path, original: Path, *, with_anchor: bool) -> None:
    whole = original.read_bytes()
    reads_to = set()
    rng = random.Random(7)
    cuts = {0, 1, 15, 16, 17, 67, 68, 72, 99, 100, 101, 4095, 4096, 4097, len(whole) - 1}
    cuts |= {rng.randrange(len(whole)) for _ in range(60)} | set(range(4096, len(whole), 4096))
    for cut in sorted(cuts):
        path = copied(original, tmp_path / "c")
        os.truncate(path, cut)
        if not with_anchor:
            os.unlink(f"{path}.head")
        error = refusal(path)
        if cut == 0 and not with_anchor:
            assert type(error) is NotAJournal
        else:
            assert type(error) is JournalTruncated, (cut, str(error))
            assert 0 <= error.good_seq <= RECORDS
            reads_to.add(error.good_seq)
    assert max(reads_to) > 0, "what is left of a cut journal is never read"
    assert min(reads_to) == 0


def test_every_cut_of_the_wal_is_told(tmp_path: Path, crashed: Path) -> None:
    wal_bytes = os.path.getsize(f"{crashed}-wal")
    seen = set()
    rng = random.Random(7)
    for cut in sorted({0, 1, 31, 32, 33, wal_bytes - 1} | {rng.randrange(wal_bytes) for _ in range(60)}):
        path = copied(crashed, tmp_path / "c")
        os.truncate(f"{path}-wal", cut)
        before = files_at(os.path.dirname(path))
        for readonly in (True, False):
            error = refusal(path, readonly=readonly)
            assert type(error) is JournalTruncated
            assert "60 records were durable" in str(error)
            assert 20 <= error.good_seq < RECORDS
            seen.add(error.good_seq)
        assert files_at(os.path.dirname(path)) == before, "a refusal threw something away"
    assert len(seen) > 3


def test_the_whole_crashed_journal_opens(tmp_path: Path, crashed: Path) -> None:
    path = copied(crashed, tmp_path / "c")
    with closing(open_store(path, readonly=True)) as reader:
        assert reader.was_unclean
        assert chain_ok(reader.records()).good_seq == RECORDS
    store = fresh(path)
    assert store.was_unclean
    extend(store, 1)
    store.close()
    with closing(open_store(path, readonly=True)) as reader:
        assert not reader.was_unclean
        assert reader.head()[0] == RECORDS + 1


def test_a_live_journal_copied_without_its_wal(tmp_path: Path, crashed: Path) -> None:
    path = copied(crashed, tmp_path / "a")
    os.unlink(f"{path}-wal")
    for _ in range(2):  # a look may leave an empty -wal behind, which must not pass for the lost one
        error = refusal(path)
        assert type(error) is JournalTruncated
        assert error.good_seq == 20
    alone = copied(crashed, tmp_path / "b")
    os.unlink(f"{alone}-wal")
    os.unlink(f"{alone}.head")
    for _ in range(2):
        error = refusal(alone)
        assert type(error) is JournalTruncated
        assert "-wal" in str(error)


def test_a_wal_that_another_tool_folded_in_is_no_loss(tmp_path: Path, crashed: Path) -> None:
    path = copied(crashed, tmp_path / "c")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT count(*) FROM records").fetchall()
    assert not os.path.exists(f"{path}-wal")
    with closing(open_store(path, readonly=True)) as reader:
        assert reader.was_unclean
        assert reader.head()[0] == RECORDS


def test_a_journal_that_is_gone_is_not_begun_anew(tmp_path: Path, original: Path, crashed: Path) -> None:
    for name, source in (("a", original), ("b", crashed)):
        path = copied(source, tmp_path / name)
        os.unlink(path)
        for readonly in (True, False):
            assert type(refusal(path, readonly=readonly)) is JournalTruncated
        assert not os.path.exists(path)


def test_an_older_copy_put_back(tmp_path: Path, original: Path) -> None:
    path = copied(original, tmp_path / "c")
    shutil.copy(path, tmp_path / "old.db")
    store = fresh(path)
    extend(store, 5)
    store.close()
    shutil.copy(tmp_path / "old.db", path)
    error = refusal(path)
    assert type(error) is JournalTruncated
    assert error.good_seq == RECORDS
    assert f"{RECORDS + 5} records were durable" in str(error)


def test_another_journal_put_in_its_place(tmp_path: Path, original: Path) -> None:
    path = copied(original, tmp_path / "c")
    other = str(tmp_path / "other.db")
    filled(other, RECORDS + 5, size=10)
    shutil.copy(other, path)
    error = refusal(path)
    assert type(error) is JournalTampered
    assert ".head names" in str(error)
