"""Files that are not what they should be: each gets its own clear sentence, or reads to the last record.

Never a traceback, never a wrong record, never fewer records than were durable without saying so.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from journal_support import content, content_at, extend, filled, fresh
from pairlock.journal.records import chain_ok
from pairlock.journal.store import (
    JournalError,
    JournalFormat,
    JournalTampered,
    JournalTruncated,
    JournalUnreachable,
    NotAJournal,
)
from pairlock_adapters.sqlite.store import open_store

RECORDS = 60


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed journal of 60 records, and its anchor."""
    path = tmp_path_factory.mktemp("original") / "j.db"
    filled(str(path), RECORDS, size=300)
    return path


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a killed writer leaves: 20 records in the file, 40 only in its WAL."""
    path = tmp_path_factory.mktemp("crashed") / "j.db"
    store = fresh(str(path))
    extend(store, 20)
    store._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    for _ in range(8):
        extend(store, 5)
    store._let_go(clean=False)
    return path


def copied(source: Path, to: Path) -> str:
    """The whole family of files, but for the lock and SQLite's index."""
    to.mkdir(exist_ok=True)
    for suffix in ("", "-wal", ".head"):
        if os.path.exists(f"{source}{suffix}"):
            shutil.copy(f"{source}{suffix}", to / f"j.db{suffix}")
    return str(to / "j.db")


def refusal(path: str, *, readonly: bool = True) -> JournalError:
    """The refusal, which is one sentence that names the file and ends with what to do."""
    with pytest.raises(JournalError) as caught:
        open_store(path, readonly=readonly).close()
    message = str(caught.value)
    assert path in message
    assert "\n" not in message
    assert message.endswith(".")
    assert ";" in message, "no mend"
    return caught.value


def files_at(folder: str) -> dict[str, bytes]:
    skipped = ("-shm", ".lock")
    names = [name for name in os.listdir(folder) if not name.endswith(skipped)]
    return {name: Path(folder, name).read_bytes() for name in names if os.path.getsize(Path(folder, name))}


# --- foreign files ---------------------------------------------------------------------------------------------------


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


# --- cut short -------------------------------------------------------------------------------------------------------


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


# --- altered ---------------------------------------------------------------------------------------------------------

EDITS: list[tuple[str, int]] = [
    ("UPDATE records SET body = replace(body, '3', '4') WHERE seq = 33", 32),
    ("UPDATE records SET kind = 'alert' WHERE seq = 33", 32),
    ("UPDATE records SET trade = 'zz' WHERE seq = 33", 32),
    ("UPDATE records SET at_ms = at_ms + 1 WHERE seq = 33", 32),
    ("UPDATE records SET hash = prev WHERE seq = 33", 32),
    ("DELETE FROM records WHERE seq = 33", 32),
    ("DELETE FROM records WHERE seq = 1", 0),
    ("DELETE FROM records", 0),
    ("UPDATE records SET seq = 999 WHERE seq = 60", 59),
    ("INSERT INTO records SELECT 61, trade, kind, at_ms, body, hash, hash FROM records WHERE seq = 60", 60),
    ("UPDATE trades SET closed = 1 - closed WHERE rowid = 2", 60),
    ("UPDATE trades SET state = 'SETTLED' WHERE rowid = 2", 60),
    ("DELETE FROM trades WHERE rowid = 2", 60),
    ("INSERT INTO trades VALUES('t9', 'o', 'S', 1, '')", 60),
    ("UPDATE meta SET value = '7' WHERE key = 'epoch'", 60),
    ("UPDATE meta SET value = replace(value, '6', '7') WHERE key = 'ledger'", 60),
    ("DELETE FROM meta WHERE key = 'ledger'", 60),
    ("DELETE FROM meta", 60),
    ("INSERT INTO meta VALUES('more', '')", 60),
    ("CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records WHERE seq = new.seq; END", 60),
    ("DROP INDEX records_of_trade", 60),
    ("DROP TABLE records", 0),
]


@pytest.mark.parametrize(("edit", "good_seq"), EDITS)
def test_every_edit_is_found_and_placed(tmp_path: Path, original: Path, edit: str, good_seq: int) -> None:
    path = copied(original, tmp_path / "c")
    with closing(apsw.Connection(path)) as connection:
        connection.execute(edit)
    for readonly in (True, False):
        error = refusal(path, readonly=readonly)
        assert type(error) in (JournalTampered, JournalTruncated)
        assert error.good_seq == good_seq, str(error)
    if edit == "DELETE FROM records WHERE seq = 33":
        assert "record 33 is missing and reads well" in str(error).replace(")", "").replace("(", "")


def test_records_taken_off_the_end_are_missed(tmp_path: Path, original: Path) -> None:
    path = copied(original, tmp_path / "c")
    with closing(apsw.Connection(path)) as connection:
        connection.execute("DELETE FROM records WHERE seq > 50")
    error = refusal(path)
    assert type(error) is JournalTruncated
    assert error.good_seq == 50


def test_the_auditor_may_read_what_is_left(tmp_path: Path, original: Path) -> None:
    path = copied(original, tmp_path / "c")
    with closing(apsw.Connection(path)) as connection:
        connection.execute("UPDATE records SET at_ms = 0 WHERE seq = 41")
    with closing(open_store(path, readonly=True, verified=False)) as store:
        assert chain_ok(store.records()).bad_seq == 41
    cut = copied(original, tmp_path / "d")
    os.truncate(cut, os.path.getsize(cut) - 5000)
    with closing(open_store(cut, readonly=True, verified=False)) as store, pytest.raises(JournalTampered):
        list(store.records())


def outcome(path: str) -> Any:
    """All that the journal says, or its refusal. Anything else is a bug."""
    try:
        return content_at(path)
    except JournalError as error:
        return error


@pytest.mark.parametrize("suffix", ["", ".head"])
def test_no_flipped_byte_changes_what_is_read(tmp_path: Path, original: Path, suffix: str) -> None:
    path = copied(original, tmp_path / "c")
    truth = content_at(path)
    target = f"{path}{suffix}"
    whole = Path(target).read_bytes()
    rng = random.Random(11)
    places = {*range(min(108, len(whole))), *(rng.randrange(len(whole)) for _ in range(900))}
    told = unharmed = 0
    for place in sorted(places):
        with open(target, "r+b") as file:
            file.seek(place)
            file.write(bytes([whole[place] ^ (1 << rng.randrange(8))]))
        found = outcome(path)
        if isinstance(found, JournalError):
            assert "\n" not in str(found)
            assert len(str(found)) < 600
            told += 1
        else:
            assert found == truth, f"byte {place} of {target}"
            unharmed += 1
        Path(target).write_bytes(whole)
        for leftover in ("-wal", "-shm"):
            Path(f"{path}{leftover}").unlink(missing_ok=True)
    assert told > unharmed / 4, "nearly nothing was noticed"


def test_no_flipped_byte_of_the_wal_changes_what_is_read(tmp_path: Path, crashed: Path) -> None:
    path = copied(crashed, tmp_path / "c")
    truth = content_at(path)
    whole = Path(f"{path}-wal").read_bytes()
    rng = random.Random(11)
    told = 0
    for place in sorted({*range(60), *(rng.randrange(len(whole)) for _ in range(200))}):
        path = copied(crashed, tmp_path / "c")
        Path(f"{path}-shm").unlink(missing_ok=True)
        with open(f"{path}-wal", "r+b") as file:
            file.seek(place)
            file.write(bytes([whole[place] ^ (1 << rng.randrange(8))]))
        found = outcome(path)
        if isinstance(found, JournalError):
            assert "\n" not in str(found)
            assert len(str(found)) < 600
            told += 1
        else:
            assert found == truth, f"byte {place} of the WAL"
    assert told > 100


def test_damage_under_an_open_reader_is_a_sentence_too(tmp_path: Path, original: Path) -> None:
    path = copied(original, tmp_path / "c")
    with closing(open_store(path, readonly=True)) as reader:
        reader._connection.pragma("cache_size", 1)
        size = os.path.getsize(path)
        with open(path, "r+b") as file:
            file.seek(4096)
            file.write(os.urandom(size - 4096))
        with pytest.raises(JournalError):
            content(reader)
