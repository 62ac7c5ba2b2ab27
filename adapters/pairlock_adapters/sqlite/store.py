"""``open_store``: the embedded store. What lies in the file: ``schema``; what opening checks: ``verify``.

A commit is one transaction: a few inserts, one fsync of the WAL. Readers never hold it up. After a write that failed,
or was interrupted, the store refuses every further one (``pairlock.journal.journal`` says why).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import apsw
from attrs import evolve

from pairlock.errors import EngineBug
from pairlock.journal.errors import (
    JournalFailed,
    JournalFenced,
    JournalTampered,
    JournalUnreachable,
)
from pairlock.journal.records import Record
from pairlock.journal.store import TradeRow
from pairlock_adapters.sqlite import opening, schema, verify
from pairlock_adapters.sqlite.opening import Beside, Opened
from pairlock_adapters.sqlite.schema import Meta

_INSERT = "INSERT INTO records(seq, kind, trade, at_ms, body, prev, hash) VALUES(?, ?, ?, ?, ?, ?, ?)"
_UPDATE_TRADE = "UPDATE trades SET opportunity = ?2, state = ?3, closed = ?4, digest = ?5 WHERE trade = ?1"
_INSERT_TRADE = "INSERT INTO trades(trade, opportunity, state, closed, digest) VALUES(?1, ?2, ?3, ?4, ?5)"
_TRADE = "SELECT trade, opportunity, state, closed, digest FROM trades"


def open_store(path: str, *, readonly: bool = False, verified: bool = True) -> SqliteStore:
    """Open the journal at ``path``, making it where there is none (unless ``readonly``). ":memory:" is one in memory.

    Raises every error of ``pairlock.journal.errors`` that can be told before writing. ``verified=False``, for auditors
    and only with ``readonly``, opens a damaged one as far as SQLite can read it: walk it with ``chain_ok``.
    """
    return SqliteStore(opening.open_file(path, readonly=readonly, verified=verified))


class SqliteStore:
    """A ``pairlock.journal.store.Store``. Make it with ``open_store``."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._connection = opened.connection
        self._beside: Beside | None = opened.beside
        self._was_unclean = opened.was_unclean
        self._meta = opened.meta
        self._acquired = False
        self._closed = False
        self._failed: JournalFailed | None = None
        self._low_on_space = False

    @property
    def path(self) -> str:
        return self._opened.path

    @property
    def was_unclean(self) -> bool:
        return self._was_unclean

    @property
    def low_on_space(self) -> bool:
        return self._low_on_space

    # --- reading ------------------------------------------------------------------------------------------------

    def head(self) -> tuple[int, str]:
        self._refuse_if_closed()
        if self._acquired:
            return self._meta.head_seq, self._meta.head_hash
        rows = self._rows("SELECT value FROM meta WHERE key = 'head'")
        seq, _, own = str(rows[0][0]).partition(" ") if rows else ("", "", "")
        if not seq.isdigit():
            raise JournalTampered(self.path, "the table meta is not what was written", -1)
        return int(seq), own

    def records(self, after_seq: int = 0) -> Iterator[Record]:
        return self._stream(after_seq, None)

    def trade_records(self, trade_id: str) -> Iterator[Record]:
        return self._stream(0, trade_id)

    def _stream(self, after_seq: int, trade_id: str | None) -> Iterator[Record]:
        self._refuse_if_closed()
        last = after_seq
        try:
            for record in verify.stream(self._connection, after_seq, trade_id):
                yield record
                last = record.seq
        except verify.Unreadable as error:
            raise JournalTampered(self.path, str(error), last) from error

    def trade_row(self, trade_id: str) -> TradeRow | None:
        return self._one_trade(f"{_TRADE} WHERE trade = ?", trade_id)

    def trade_by_opportunity(self, opportunity_id: str) -> TradeRow | None:
        if not opportunity_id:
            return None
        return self._one_trade(f"{_TRADE} WHERE opportunity = ? ORDER BY rowid LIMIT 1", opportunity_id)

    def open_trades(self) -> list[TradeRow]:
        return self._trades(f"{_TRADE} WHERE closed = 0 ORDER BY rowid")

    def counts(self) -> dict[str, int]:
        return dict(self._rows("SELECT state, count(*) FROM trades GROUP BY state ORDER BY state"))

    def ledger(self) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = 'ledger'")
        return str(rows[0][0]) if rows else None

    def _one_trade(self, sql: str, argument: str) -> TradeRow | None:
        rows = self._trades(sql, argument)
        return rows[0] if rows else None

    def _trades(self, sql: str, *arguments: str) -> list[TradeRow]:
        rows = self._rows(sql, *arguments)
        try:
            return [schema.row_of(row) for row in rows]
        except (ValueError, TypeError) as error:
            raise JournalTampered(self.path, str(error), -1) from error

    def _rows(self, sql: str, *arguments: str) -> list[Any]:
        self._refuse_if_closed()
        try:
            return list(self._connection.execute(sql, arguments))
        except verify.READ_ERRORS as error:
            raise opening.read_failure(self.path, error) from error

    # --- the one writer -----------------------------------------------------------------------------------------

    def acquire(self) -> int:
        self._refuse_if_closed()
        if self._opened.readonly or self._acquired:
            raise EngineBug(f"journal {self.path}: acquired twice, or opened for reading only")
        self._meta, self._was_unclean = opening.take_over(self._opened)
        self._wreck_seq = self._meta.head_seq if self._was_unclean else -1
        self._acquired = True
        return self._meta.epoch

    def epoch_is_current(self) -> bool:
        if not self._acquired or self._closed or self._failed is not None or not self._in_place():
            return False
        try:
            return self._found_epoch() == self._meta.epoch
        except (apsw.Error, ValueError):
            return False

    def _in_place(self) -> bool:
        return self._beside is None or self._beside.in_place()

    def _found_epoch(self) -> int:
        return int(self._connection.execute("SELECT value FROM meta WHERE key = 'epoch'").get)

    def append(self, records: Sequence[Record], trades: Sequence[TradeRow], ledger: str | None) -> None:
        self._refuse_if_not_writer()
        meta = self._continued(records)
        if not self._in_place():
            self._fail("the file or its lock was moved, removed or replaced")
        try:
            self._write_with_ballast(meta, records, trades, ledger)
        except JournalFailed as error:
            self._failed = error
            raise
        except (apsw.Error, OSError) as error:
            self._fail(f"{type(error).__name__}: {error}", error)
        except BaseException as error:  # an interrupt: whether it came before or after the commit is unknown
            self._failed = JournalFailed(self.path, f"interrupted by {type(error).__name__}")
            raise

    def _continued(self, records: Sequence[Record]) -> Meta:
        """The head after ``records``; one that does not follow is our own bug, and must not reach the disk."""
        if not records:
            raise EngineBug("an append without records: nothing else may change a journal")
        seq, own = self._meta.head_seq, self._meta.head_hash
        for record in records:
            if record.seq != seq + 1 or record.prev_hash != own:
                raise EngineBug(f"record {record.seq} does not follow the head {seq} of the journal")
            seq, own = record.seq, record.hash
        return evolve(self._meta, head_seq=seq, head_hash=own)

    def _write_with_ballast(
        self, meta: Meta, records: Sequence[Record], trades: Sequence[TradeRow], ledger: str | None
    ) -> None:
        try:
            self._meta = self._write(meta, records, trades, ledger)
        except apsw.FullError:
            if self._beside is None or not self._beside.ballast.spend():
                raise
            self._low_on_space = True
            self._meta = self._write(meta, records, trades, ledger)
        if self._beside is not None:
            self._beside.anchor.write(self._meta.head_seq, self._meta.head_hash)

    def _write(
        self, meta: Meta, records: Sequence[Record], trades: Sequence[TradeRow], ledger: str | None
    ) -> Meta:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            found = self._found_epoch()
            if found != self._meta.epoch:
                raise JournalFenced(self.path, self._meta.epoch, found)
            connection.executemany(
                _INSERT, [(r.seq, r.kind, r.trade_id, r.at_ms, r.body, r.prev_hash, r.hash) for r in records]
            )
            fresh = sum(self._upsert(row) for row in trades)
            meta = evolve(meta, trades=meta.trades + fresh)
            if ledger is not None:
                meta = evolve(meta, ledger_sha=schema.text_sha(ledger))
            schema.write_meta(connection, meta, ledger)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return meta

    def _upsert(self, row: TradeRow) -> int:
        """1 if the trade is new."""
        plain = (row.trade_id, row.opportunity_id, row.state, int(row.closed))
        values = (*plain, schema.row_digest(*plain))
        self._connection.execute(_UPDATE_TRADE, values)
        if self._connection.changes():
            return 0
        self._connection.execute(_INSERT_TRADE, values)
        return 1

    def reserve(self, nbytes: int) -> None:
        self._refuse_if_not_writer()
        if nbytes < 0:
            raise EngineBug(f"{nbytes} bytes reserved")
        if self._beside is not None:
            self._beside.ballast.reserve(nbytes)

    def release(self, nbytes: int) -> None:
        self._refuse_if_not_writer()
        if nbytes < 0:
            raise EngineBug(f"{nbytes} bytes released")
        if self._beside is not None:
            self._beside.ballast.release(nbytes)

    # --- copying and ending -------------------------------------------------------------------------------------

    def backup(self, to_path: str) -> None:
        self._refuse_if_closed()
        opening.copy_to(self._connection, self.path, os.path.abspath(to_path))

    def close(self) -> None:
        if self._closed:
            return
        # A start that did nothing leaves a crashed journal crashed.
        clean = self._acquired and self.epoch_is_current() and self._meta.head_seq != self._wreck_seq
        if clean:
            try:
                with self._connection:
                    schema.write_meta(self._connection, evolve(self._meta, clean=True))
                self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
            except apsw.Error:
                clean = False  # it stays marked as crashed, which is the truth
        self._let_go(clean=clean)

    def abandoned(self) -> SqliteStore:
        """For tests and simulations: die as by kill -9, and open what is left. Nothing not yet appended survives."""
        self._refuse_if_closed()
        if self._beside is None:
            self._closed = True
            return SqliteStore(opening.reopen_memory(self._opened))
        self._let_go(clean=False)
        return SqliteStore(opening.open_file(self.path, vfs=self._opened.vfs))

    def _let_go(self, *, clean: bool) -> None:
        self._closed = True
        # Closing only moves what is durable already from the WAL into the file; where that fails the WAL stays.
        with suppress(apsw.Error):
            self._connection.close()
        if self._beside is not None:
            self._beside.close(clean=clean)

    # --- refusals -----------------------------------------------------------------------------------------------

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise JournalUnreachable(self.path, "it was closed", "open it again")

    def _refuse_if_not_writer(self) -> None:
        self._refuse_if_closed()
        if not self._acquired:
            raise EngineBug(f"journal {self.path}: written without acquire()")
        if self._failed is not None:
            raise self._failed.again() from self._failed

    def _fail(self, what: str, cause: Exception | None = None) -> NoReturn:
        self._failed = JournalFailed(self.path, what)
        raise self._failed from cause
