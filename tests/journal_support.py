"""What the journal's tests share: filling a store, and reading all of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from pairlock.journal.journal import Journal
from pairlock.journal.records import Entry, Kind, Record, seal
from pairlock.journal.store import JournalError, Store, TradeRow
from pairlock_adapters.sqlite.store import SqliteStore, open_store


def entry(number: int, trade_id: str = "t1", size: int = 20) -> Entry:
    return Entry(Kind.STEP, trade_id, number * 10, {"number": number, "text": "é" + "x" * size})


def extend(store: Store, count: int = 1, *, ledger: str | None = None, size: int = 20) -> list[Record]:
    """Append ``count`` records over five trades, each with its row, in one transaction."""
    seq, prev = store.head()
    records = []
    for number in range(seq + 1, seq + count + 1):
        record = seal(entry(number, f"t{number % 5}", size), number, prev)
        records.append(record)
        prev = record.hash
    rows = [TradeRow(r.trade_id, f"o-{r.trade_id}", f"S{r.seq % 3}", r.seq % 2 == 0) for r in records]
    store.append(records, rows, ledger if ledger is not None else f'{{"at":{seq + count}}}')
    return records


def fresh(path: str) -> SqliteStore:
    store = open_store(path)
    store.acquire()
    return store


def filled(path: str, count: int, *, batch: int = 10, size: int = 20) -> None:
    """A journal of ``count`` records, properly closed."""
    store = fresh(path)
    for done in range(0, count, batch):
        extend(store, min(batch, count - done), size=size)
    store.close()


def content(store: Store) -> dict[str, Any]:
    """Everything that a reader can learn."""
    trades = sorted({record.trade_id for record in store.records()})
    return {
        "head": store.head(),
        "records": list(store.records()),
        "trades": [store.trade_row(trade_id) for trade_id in trades],
        "by_opportunity": [store.trade_by_opportunity(f"o-{trade_id}") for trade_id in trades],
        "of_trade": [list(store.trade_records(trade_id)) for trade_id in trades],
        "open": store.open_trades(),
        "counts": store.counts(),
        "ledger": store.ledger(),
    }


def content_at(path: str) -> dict[str, Any]:
    store = open_store(path, readonly=True)
    try:
        return content(store)
    finally:
        store.close()


DAMAGE_RECORDS = 60


def make_original(folder: Path) -> Path:
    """A closed journal of 60 records, and its anchor."""
    path = folder / "j.db"
    filled(str(path), DAMAGE_RECORDS, size=300)
    return path


def make_crashed(folder: Path) -> Path:
    """What a killed writer leaves: 20 records in the file, 40 only in its WAL."""
    path = folder / "j.db"
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


def zero() -> int:
    return 0


class Watched:
    """A store in memory that counts its transactions and fails when it is told to."""

    def __init__(self, fail: Callable[[int], None] = lambda nth: None) -> None:
        self.inner = fresh(":memory:")
        self.batches: list[int] = []
        self._fail = fail

    def append(self, records: Sequence[Record], trades: Sequence[TradeRow], ledger: str | None) -> None:
        self._fail(len(self.batches))
        self.inner.append(records, trades, ledger)
        self.batches.append(len(records))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def watched(fail: Callable[[int], None] = lambda nth: None) -> tuple[Journal, Watched]:
    store = Watched(fail)
    as_store: Store = store  # the rest goes through __getattr__
    return Journal(as_store, zero), store


def fail_at(nth: int, error: BaseException) -> Callable[[int], None]:
    def fail(now: int) -> None:
        if now == nth:
            raise error

    return fail
