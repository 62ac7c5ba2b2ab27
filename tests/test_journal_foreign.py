"""Files of others, and places where a journal cannot be: each gets its own sentence, and is left as it was."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import pytest

from journal_support import DAMAGE_RECORDS as RECORDS
from journal_support import (
    content_at,
    copied,
    fresh,
    make_crashed,
    make_original,
    refusal,
)
from pairlock.journal.store import (
    JournalFormat,
    JournalUnreachable,
    NotAJournal,
)
from pairlock_adapters.sqlite.store import open_store


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_original(tmp_path_factory.mktemp("original"))


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_crashed(tmp_path_factory.mktemp("crashed"))


def make_other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE records(seq INTEGER PRIMARY KEY)")
        connection.commit()


@pytest.mark.parametrize("readonly", [True, False])
def test_foreign_files_are_named_for_what_they_are_and_left_alone(tmp_path: Path, *, readonly: bool) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("seq,price\n1,2\n" * 100)
    (tmp_path / "short").write_text("S")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    make_other_database(tmp_path / "other")
    before = files_at_files_only(tmp_path)
    for name, words in {
        "empty": "an empty file",
        "text": "no SQLite file",
        "folder": "a folder",
        "pipe": "a device or pipe",
        "other": "another program",
    }.items():
        error = refusal(str(tmp_path / name), readonly=readonly)
        assert type(error) is NotAJournal, name
        assert words in str(error)
    assert files_at_files_only(tmp_path) == before


def files_at_files_only(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


def test_a_journal_of_a_newer_version(tmp_path: Path, original: Path) -> None:
    path = copied(original, tmp_path / "c")
    with closing(apsw.Connection(path)) as connection:
        connection.pragma("user_version", 2)
    error = refusal(path)
    assert type(error) is JournalFormat
    assert "format is 2" in str(error)


@pytest.mark.parametrize("readonly", [True, False])
def test_paths_that_lead_nowhere(tmp_path: Path, *, readonly: bool) -> None:
    (tmp_path / "file").touch()
    for path in (str(tmp_path / "no" / "j.db"), str(tmp_path / "file" / "j.db")):
        assert type(refusal(path, readonly=readonly)) is JournalUnreachable
    with pytest.raises(JournalUnreachable):
        open_store("a\x00b", readonly=readonly)
    if readonly:
        assert type(refusal(str(tmp_path / "absent.db"))) is JournalUnreachable
        assert not (tmp_path / "absent.db").exists()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write anywhere; what a plain user meets must be met as one."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_where_nothing_may_be_written(original: Path, crashed: Path) -> None:
    folder = Path(tempfile.mkdtemp())  # tmp_path itself cannot be entered by another user
    try:
        closed, left = copied(original, folder / "closed"), copied(crashed, folder / "left")
        for each in (folder, folder / "closed", folder / "left"):
            each.chmod(0o555)
        with as_nobody():
            assert content_at(closed)["head"][0] == RECORDS
            assert "may not be written" in str(refusal(left))
            assert type(refusal(str(folder / "new.db"), readonly=False)) is JournalUnreachable
            with pytest.raises(JournalUnreachable, match="right"):
                fresh(closed)
        os.chmod(closed, 0)
        with as_nobody():
            assert "may not be read" in str(refusal(closed))
    finally:
        for each in (folder, folder / "closed", folder / "left"):
            each.chmod(0o755)
        shutil.rmtree(folder)
