"""Altered journals: every edit and every flipped byte is told, or changes nothing that is read. Never a traceback."""

from __future__ import annotations

import os
import random
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from journal_support import (
    content,
    content_at,
    copied,
    make_crashed,
    make_original,
    refusal,
)
from pairlock.journal.records import chain_ok
from pairlock.journal.store import (
    JournalError,
    JournalTampered,
    JournalTruncated,
)
from pairlock_adapters.sqlite.store import open_store


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_original(tmp_path_factory.mktemp("original"))


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_crashed(tmp_path_factory.mktemp("crashed"))


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
