"""The check at every opening: the whole chain, the tables beside it, the file's structure, and the anchor.

Told apart: what was altered or damaged (``JournalTampered``) and what lost its end (``JournalTruncated``); either says
up to which record the journal reads well. Nothing is changed here and nothing thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import apsw

from pairlock.journal.errors import JournalError, JournalTampered, JournalTruncated
from pairlock.journal.records import GENESIS_HASH, ChainReport, Record, chain_ok
from pairlock_adapters.sqlite.probe import Sight
from pairlock_adapters.sqlite.schema import Meta, read_meta, row_of, schema_fits

PAGE = 512
READ_ERRORS = (apsw.Error, UnicodeDecodeError, ValueError, TypeError)
_COLUMNS = "seq, kind, trade, at_ms, body, prev, hash"
_ALL = f"SELECT {_COLUMNS} FROM records WHERE seq > ? ORDER BY seq LIMIT {PAGE}"
_OF_TRADE = f"SELECT {_COLUMNS} FROM records WHERE trade = ? AND seq > ? ORDER BY seq LIMIT {PAGE}"
_TRADES = "SELECT trade, opportunity, state, closed, digest FROM trades"


class Unreadable(Exception):
    """A page of records does not read; those before it were given."""


def stream(connection: apsw.Connection, after_seq: int, trade_id: str | None = None) -> Iterator[Record]:
    """Records in pages, each a short read transaction of its own. Raises ``Unreadable``."""
    while True:
        rows: list[Record] = []
        failure: Exception | None = None
        try:
            found = (
                connection.execute(_ALL, (after_seq,))
                if trade_id is None
                else connection.execute(_OF_TRADE, (trade_id, after_seq))
            )
            for row in found:
                rows.append(Record(*row))  # noqa: PERF401  what came before a failure must not be lost
        except READ_ERRORS as error:
            failure = error
        yield from rows
        if failure is not None:
            raise Unreadable(str(failure)) from failure
        if len(rows) < PAGE:
            return
        if rows[-1].seq <= after_seq:
            raise Unreadable("records are out of order")
        after_seq = rows[-1].seq


def walk(
    connection: apsw.Connection, upto_seq: int | None, after_seq: int = 0, after_hash: str = GENESIS_HASH
) -> ChainReport:
    """How far the chain holds; a page that does not read is a break."""
    failure = ""

    def readable() -> Iterator[Record]:
        nonlocal failure
        try:
            for record in stream(connection, after_seq):
                if upto_seq is not None and record.seq > upto_seq:
                    return  # a writer is at work; its new records are not this opening's concern
                yield record
        except Unreadable as error:
            failure = str(error)

    report = chain_ok(readable(), after_seq, after_hash)
    if report.ok and failure:
        return ChainReport(False, report.good_seq, report.good_hash, failure)
    return report


def verify(connection: apsw.Connection, path: str, sight: Sight) -> Meta:
    """The journal's state, all of it checked. Raises ``JournalTampered``, ``JournalTruncated``."""
    meta, last_seq, flaw = _snapshot(connection)
    chain = walk(connection, meta.head_seq if meta is not None else None)
    if not chain.ok:
        raise JournalTampered(path, chain.why, chain.good_seq)
    if meta is None or flaw:
        raise JournalTampered(path, flaw, chain.good_seq)
    if chain.good_seq < meta.head_seq:
        raise JournalTruncated(path, f"it had {meta.head_seq} records", chain.good_seq)
    if chain.good_hash != meta.head_hash:
        raise JournalTampered(path, "its last record is not the one that meta names", chain.good_seq - 1)
    if last_seq > meta.head_seq:
        raise JournalTampered(
            path, f"{last_seq - meta.head_seq} records were added after its head", meta.head_seq
        )
    _against_anchor(connection, path, sight, meta)
    return meta


def _snapshot(connection: apsw.Connection) -> tuple[Meta | None, int, str]:
    """Everything but the chain, as of one moment: state, last record, and what is wrong ("" = nothing)."""
    meta: Meta | None = None
    last_seq = 0
    try:
        connection.execute("BEGIN")
        if not schema_fits(connection):
            return None, 0, "its tables are not those of a journal"
        meta = read_meta(connection)
        ((last,),) = connection.execute("SELECT max(seq) FROM records")
        last_seq = last or 0
        trades = 0
        for row in connection.execute(_TRADES):
            row_of(row)
            trades += 1
        if trades != meta.trades:
            return meta, last_seq, f"{meta.trades} trades were listed and {trades} are"
        ((verdict,),) = connection.execute("PRAGMA integrity_check(1)")
        return meta, last_seq, "" if verdict == "ok" else str(verdict).splitlines()[-1]
    except READ_ERRORS as error:
        return meta, last_seq, str(error)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _against_anchor(connection: apsw.Connection, path: str, sight: Sight, meta: Meta) -> None:
    if sight.anchor is None:
        if not meta.clean and sight.wal_bytes == 0 and path != ":memory:":
            raise JournalTruncated(
                path,
                "it was in use when it was copied, and neither its -wal nor its .head file is beside it",
                meta.head_seq,
            )
        return
    seq, own = sight.anchor
    if seq > meta.head_seq:
        raise JournalTruncated(path, f"{seq} records were durable", meta.head_seq)
    if seq > 0:
        found = connection.execute("SELECT hash FROM records WHERE seq = ?", (seq,)).get
        if found != own:
            raise JournalTampered(
                path,
                f"record {seq} is not the one that {path}.head names",
                seq - 1,
                f"bring back the file that {path}.head belongs to",
            )


def truncated(path: str, sight: Sight) -> JournalError:
    """The error for a file that is shorter than its header says, with what a forgiving reader gets out of it."""
    try:
        connection = forgiving(path)
        try:
            good_seq = walk(connection, None).good_seq
        finally:
            connection.close()
    except READ_ERRORS:
        good_seq = 0
    return JournalTruncated(path, f"{sight.missing_bytes} bytes are missing at its end", good_seq)


def forgiving(path: str) -> apsw.Connection:
    """For reading what is left of a file that SQLite would refuse as a whole. Raises ``apsw.Error``."""
    connection = apsw.Connection(immutable_uri(path), flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.pragma("writable_schema", True)
    return connection


def immutable_uri(path: str) -> str:
    """A name under which SQLite reads the file and touches nothing beside it."""
    return f"file:{quote(path)}?immutable=1"
