"""The SQLite store where all goes well: what is written is read, one writer, fencing, space, copies."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from journal_support import content, content_at, extend, filled, fresh
from pairlock.errors import EngineBug
from pairlock.journal.records import GENESIS_HASH, Entry, Kind, chain_ok, seal
from pairlock.journal.store import (
    JournalNoRoom,
    JournalUnreachable,
    Store,
    TradeRow,
)
from pairlock_adapters.sqlite.sidecars import Ballast
from pairlock_adapters.sqlite.store import SqliteStore, open_store


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(":memory:" if request.param == "memory" else str(tmp_path / "j.db"))
    yield opened
    opened.close()


def test_it_is_a_store(store: SqliteStore) -> None:
    as_port: Store = store
    assert as_port.head() == (0, GENESIS_HASH)
    assert not as_port.was_unclean
    assert list(as_port.records()) == []
    assert as_port.ledger() is None
    assert as_port.counts() == {}


def test_what_is_written_is_read(store: SqliteStore) -> None:
    store.acquire()
    written = extend(store, 1300, ledger="one")  # several pages
    assert list(store.records()) == written
    assert list(store.records(1290)) == written[1290:]
    assert list(store.trade_records("t3")) == [r for r in written if r.trade_id == "t3"]
    assert list(store.trade_records("nobody")) == []
    assert store.head() == (1300, written[-1].hash)
    assert chain_ok(store.records()).good_seq == 1300
    assert store.ledger() == "one"
    more = extend(store, 1, ledger="two")
    assert store.ledger() == "two"
    assert store.head() == (1301, more[0].hash)


def test_trade_rows_are_updated_in_place(store: SqliteStore) -> None:
    store.acquire()
    prev = GENESIS_HASH
    rows = [
        [TradeRow("a", "o1", "DETECTED", False)],
        [TradeRow("b", "o2", "DETECTED", False), TradeRow("r", "o1", "HEDGING", False)],
        [TradeRow("a", "o1", "SETTLED", True)],
    ]
    for seq, each in enumerate(rows, 1):
        record = seal(Entry(Kind.STEP, each[0].trade_id, 0, {}), seq, prev)
        store.append([record], each, None)
        prev = record.hash
    assert store.trade_row("a") == TradeRow("a", "o1", "SETTLED", True)
    assert store.trade_row("z") is None
    assert store.trade_by_opportunity("o1") == TradeRow("a", "o1", "SETTLED", True), "the repair came later"
    assert store.trade_by_opportunity("") is None
    assert [row.trade_id for row in store.open_trades()] == ["b", "r"]
    assert store.counts() == {"DETECTED": 1, "HEDGING": 1, "SETTLED": 1}
    assert store.ledger() is None


def test_all_of_it_outlives_the_process(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")
    store = fresh(path)
    extend(store, 700)
    before = content(store)
    store.close()
    assert sorted(os.listdir(tmp_path)) == ["j.db", "j.db.head", "j.db.lock"], "a closed journal is tidy"
    assert content_at(path) == before


def test_only_what_continues_the_head_is_taken(store: SqliteStore) -> None:
    store.acquire()
    extend(store, 3)
    seq, own = store.head()
    good = seal(Entry(Kind.STEP, "t", 0, {}), seq + 1, own)
    gap = seal(Entry(Kind.STEP, "t", 0, {}), seq + 3, good.hash)
    for records in (
        [],
        [seal(Entry(Kind.STEP, "t", 0, {}), seq + 2, own)],
        [seal(Entry(Kind.STEP, "t", 0, {}), seq, own)],
        [seal(Entry(Kind.STEP, "t", 0, {}), seq + 1, GENESIS_HASH)],
        [good, gap],
    ):
        with pytest.raises(EngineBug):
            store.append(records, [], None)
    assert store.head() == (seq, own)
    store.append([good], [], None)


def test_a_closed_store_says_so_and_closes_once(store: SqliteStore) -> None:
    store.acquire()
    store.close()
    store.close()
    with pytest.raises(JournalUnreachable, match="closed"):
        extend(store, 1)
    with pytest.raises(JournalUnreachable, match="closed"):
        list(store.records())


def test_a_backup_of_a_live_journal_is_whole(store: SqliteStore, tmp_path: Path) -> None:
    store.acquire()
    extend(store, 40)
    to_path = str(tmp_path / "copy" / "b.db")
    with pytest.raises(JournalUnreachable, match="folder"):
        store.backup(to_path)
    os.mkdir(tmp_path / "copy")
    store.backup(to_path)
    before = content(store)
    extend(store, 3)
    assert os.listdir(tmp_path / "copy") == ["b.db"]
    assert content_at(to_path) == before
    with pytest.raises(JournalUnreachable, match="already"):
        store.backup(to_path)
    copy = open_store(to_path)
    assert not copy.was_unclean
    copy.acquire()
    extend(copy, 1)
    copy.close()


def test_any_sqlite_tool_reads_it(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")
    filled(path, 5)
    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    assert connection.pragma("application_id") == 0x504C4A31
    assert connection.pragma("user_version") == 1
    assert connection.execute("SELECT count(*), min(seq), max(seq) FROM records").get == (5, 1, 5)
    connection.close()


def test_ballast_is_really_allocated_and_given_back(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")
    store = fresh(path)

    def allocated() -> int:
        return os.stat(f"{path}.ballast").st_blocks * 512

    slack = 1 << 16  # the file system's own blocks
    store.reserve(1)
    assert allocated() >= Ballast.CHUNK
    for _ in range(10):
        store.reserve(Ballast.CHUNK)
    assert allocated() >= 10 * Ballast.CHUNK + 1
    for _ in range(10):
        store.release(Ballast.CHUNK)
    assert allocated() <= 2 * Ballast.CHUNK + slack
    store.release(1)
    with pytest.raises(JournalNoRoom):
        store.reserve(1 << 60)
    assert allocated() <= 2 * Ballast.CHUNK + slack, "a refused reservation leaves nothing behind"
    extend(store, 1)
    store.close()
    assert not os.path.exists(f"{path}.ballast")


def test_what_a_crash_left_as_ballast_stays_for_the_recovery(tmp_path: Path) -> None:
    path = str(tmp_path / "j.db")
    store = fresh(path)
    store.reserve(3 * Ballast.CHUNK)
    after = store.abandoned()
    after.acquire()
    assert os.path.getsize(f"{path}.ballast") == 3 * Ballast.CHUNK
    after.close()


def test_a_copy_of_the_closed_file_alone_is_a_journal(tmp_path: Path) -> None:
    filled(str(tmp_path / "j.db"), 30)
    shutil.copy(tmp_path / "j.db", tmp_path / "k.db")
    assert content_at(str(tmp_path / "k.db")) == content_at(str(tmp_path / "j.db"))
