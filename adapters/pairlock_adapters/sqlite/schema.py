"""What lies in a journal file, for auditors and for anyone with an SQLite shell.

``records``  the journal itself: ``seq`` 1, 2, 3, ...; ``trade`` ("" = none); ``kind``; ``at_ms`` (engine's clock);
             ``body`` (canonical JSON); ``prev`` and ``hash``, chained by the rule in ``pairlock.journal.records``.
``trades``   where each trade stands: an index, always recomputable from the records. ``digest`` = SHA-256 of the
             canonical JSON of [trade, opportunity, state, closed as 0 or 1]. Row ids are in order of appearance.
``meta``     ``epoch`` (which engine may write), ``clean`` ("1": closed properly), ``head`` ("SEQ HASH" of the last
             record), ``trades`` (how many rows that table has), ``ledger`` (the ledger's text as of the last
             record that brought one; absent before), and ``seal`` = SHA-256 of the canonical JSON of [epoch, clean,
             head, trades, SHA-256 of the ledger's text or ""], all as strings. All of ``meta`` moves with the records.

``PRAGMA application_id`` is 0x504C4A31 ("PLJ1"), ``PRAGMA user_version`` the format, here 1.

Beside PATH lie ``PATH-wal`` and ``PATH-shm`` (SQLite's own), ``PATH.head`` (the anchor: the last head that was made
durable, see ``sidecars``), ``PATH.lock`` (whose lock the one writer holds) and ``PATH.ballast`` (disk space set aside).
Copy a journal that is not closed with ``backup``, or else PATH, ``PATH-wal`` and ``PATH.head`` together.
"""

from __future__ import annotations

import os
from hashlib import sha256

import apsw
from attrs import evolve, frozen

from pairlock.codec import digest
from pairlock.journal.records import GENESIS_HASH
from pairlock.journal.store import TradeRow

APPLICATION_ID = 0x504C4A31
FORMAT = 1

TABLES = (
    "CREATE TABLE meta(key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT",
    """CREATE TABLE records(seq INTEGER PRIMARY KEY, trade TEXT NOT NULL, kind TEXT NOT NULL, at_ms INTEGER NOT NULL,
    body TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL) STRICT""",
    "CREATE INDEX records_of_trade ON records(trade, seq)",
    """CREATE TABLE trades(trade TEXT UNIQUE NOT NULL, opportunity TEXT NOT NULL, state TEXT NOT NULL,
    closed INTEGER NOT NULL, digest TEXT NOT NULL) STRICT""",
    "CREATE INDEX trades_of_opportunity ON trades(opportunity)",
    "CREATE INDEX trades_open ON trades(closed) WHERE closed = 0",
)


@frozen
class Meta:
    """The table ``meta`` without its ledger's text. Raises ``ValueError`` from ``read_meta`` where it does not fit."""

    epoch: int
    clean: bool
    head_seq: int
    head_hash: str
    trades: int
    ledger_sha: str = ""

    def rows(self) -> dict[str, str]:
        rows = {
            "epoch": str(self.epoch),
            "clean": str(int(self.clean)),
            "head": f"{self.head_seq} {self.head_hash}",
            "trades": str(self.trades),
        }
        return {**rows, "seal": digest([*rows.values(), self.ledger_sha])}


FRESH = Meta(epoch=0, clean=True, head_seq=0, head_hash=GENESIS_HASH, trades=0)


def text_sha(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def row_digest(trade: str, opportunity: str, state: str, closed: int) -> str:
    return digest([trade, opportunity, state, closed])


def row_of(values: tuple[str, str, str, int, str]) -> TradeRow:
    """A row of ``trades``. Raises ``ValueError`` when it is not what was written."""
    trade, opportunity, state, closed, own = values
    if [type(each) for each in values] != [str, str, str, int, str]:
        raise ValueError("a row of trades is not what was written")
    if own != row_digest(trade, opportunity, state, closed):
        raise ValueError(f"the row of trade {trade!r} is not what was written")
    return TradeRow(trade, opportunity, state, bool(closed))


def read_meta(connection: apsw.Connection) -> Meta:
    """The sealed state. Raises ``ValueError`` when it is not what was written."""
    rows = {str(key): str(value) for key, value in connection.execute("SELECT key, value FROM meta")}
    ledger = rows.pop("ledger", None)
    try:
        seq, _, own = rows["head"].partition(" ")
        meta = Meta(int(rows["epoch"]), rows["clean"] == "1", int(seq), own, int(rows["trades"]))
    except (KeyError, ValueError):
        raise ValueError("the table meta is not what was written") from None
    if ledger is not None:
        meta = evolve(meta, ledger_sha=text_sha(ledger))
    if meta.rows() != rows:
        raise ValueError("the table meta is not what was written")
    return meta


def write_meta(connection: apsw.Connection, meta: Meta, ledger: str | None = None) -> None:
    """Inside a transaction. ``meta.ledger_sha`` must already be that of ``ledger``, or of the text that stays."""
    rows = meta.rows()
    if ledger is not None:
        rows["ledger"] = ledger
    connection.executemany("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", rows.items())


def make_tables(connection: apsw.Connection) -> None:
    connection.pragma("application_id", APPLICATION_ID)
    connection.pragma("user_version", FORMAT)
    with connection:
        for statement in TABLES:
            connection.execute(statement)
        write_meta(connection, FRESH)


def schema_fits(connection: apsw.Connection) -> bool:
    """Whether the tables, and nothing else (a trigger, a view), are there."""
    found = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return sorted(str(sql) for (sql,) in found) == sorted(TABLES)


def make_file(path: str) -> None:
    """A fresh journal at ``path``: whole, or not there at all. The caller holds the writer's lock. Raises OSError."""
    new = f"{path}.new"
    for leftover in (new, f"{new}-journal", f"{new}-wal"):
        if os.path.exists(leftover):
            os.unlink(leftover)
    connection = apsw.Connection(new)
    try:
        make_tables(connection)
        connection.pragma("journal_mode", "wal")
    finally:
        connection.close()
    publish(new, path)


def publish(new: str, path: str) -> None:
    """Give a finished file its name, durably, never over another file. Raises OSError."""
    descriptor = os.open(new, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.link(new, path)  # unlike rename, refuses to replace
    os.unlink(new)
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
