"""What the journal's tests share: filling a store, and reading all of it."""

from __future__ import annotations

from typing import Any

from pairlock.journal.records import Entry, Kind, Record, seal
from pairlock.journal.store import Store, TradeRow
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
