"""Opening, taking over and copying a journal: everything around ``SqliteStore`` that is done once.

Until ``begin_epoch`` has succeeded, SQLite is told never to checkpoint on close: a look at a journal with a damaged
``PATH-wal`` must not throw that file away.
"""

from __future__ import annotations

import os
from contextlib import suppress

import apsw
from attrs import evolve, frozen

from pairlock.errors import EngineBug
from pairlock.journal.errors import (
    JournalError,
    JournalFailed,
    JournalTampered,
    JournalUnreachable,
)
from pairlock_adapters.sqlite import schema, verify
from pairlock_adapters.sqlite.probe import Sight, absent_for_reading, look
from pairlock_adapters.sqlite.schema import Meta
from pairlock_adapters.sqlite.sidecars import Anchor, Ballast, WriterLock, unreachable

MEMORY = ":memory:"
_BUSY_MS = 1_000


class Beside:
    """The files beside a journal, as one thing to open and close; and whether the journal still has its name."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.lock = WriterLock(path)
        self.anchor = Anchor(path)
        self.ballast = Ballast(path)
        self._identity = _identity(path)

    def in_place(self) -> bool:
        return _identity(self._path) == self._identity and self.lock.in_place()

    def close(self, *, clean: bool) -> None:
        self.anchor.close()
        self.ballast.close(remove=clean)
        self.lock.drop()


def _identity(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return -1, -1
    return found.st_dev, found.st_ino


@frozen(eq=False)
class Opened:
    """An open and checked journal, not yet written to."""

    path: str
    connection: apsw.Connection
    meta: Meta
    beside: Beside | None
    readonly: bool
    was_unclean: bool
    vfs: str = ""


def open_file(path: str, *, readonly: bool = False, verified: bool = True, vfs: str = "") -> Opened:
    """See ``store.open_store``. ``vfs``: the name of an APSW VFS, for tests; such a journal has no other readers."""
    if not readonly and not verified:
        raise EngineBug("a journal is written only after its whole check")
    if path == MEMORY:
        connection = apsw.Connection(MEMORY)
        schema.make_tables(connection)
        return Opened(MEMORY, connection, schema.FRESH, None, readonly, False)
    if "\0" in path:
        raise JournalUnreachable(repr(path), "no file can have that name", "name another path")
    path = os.path.realpath(path)  # two names of one file must meet in one lock
    sight = look(path)
    if not sight.exists:
        if readonly:
            raise absent_for_reading(path)
        _make(path)
        sight = Sight(True)
    if sight.missing_bytes:
        if verified:
            raise verify.truncated(path, sight)
        return Opened(path, verify.forgiving(path), schema.FRESH, Beside(path), True, False)
    connection = _connect(path, readonly=readonly, vfs=vfs)
    try:
        meta = verify.verify(connection, path, sight) if verified else _meta_or_fresh(connection)
    except BaseException:
        connection.close()
        raise
    beside = Beside(path)
    was_unclean = not meta.clean and not beside.lock.held_elsewhere()
    return Opened(path, connection, meta, beside, readonly, was_unclean, vfs)


def _meta_or_fresh(connection: apsw.Connection) -> Meta:
    try:
        return schema.read_meta(connection)
    except verify.READ_ERRORS:
        return schema.FRESH


def _make(path: str) -> None:
    lock = WriterLock(path)
    lock.take()
    try:
        with suppress(FileExistsError):  # another engine made it a moment ago
            schema.make_file(path)
    except OSError as error:
        raise unreachable(path, error, "made") from error
    except apsw.Error as error:
        raise JournalUnreachable(
            path, f"it cannot be made ({error})", "mend that, or name another path"
        ) from error
    finally:
        lock.drop()


def _connect(path: str, *, readonly: bool, vfs: str) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE
    try:
        connection = apsw.Connection(path, flags=flags, vfs=vfs or None)
    except apsw.Error as error:
        raise read_failure(path, error) from error
    try:
        _prepare(connection, readonly=readonly, exclusive=bool(vfs))
    except apsw.Error as error:
        connection.close()
        if readonly and isinstance(error, (apsw.CantOpenError, apsw.ReadOnlyError)):
            return _connect_immutable(path)
        raise read_failure(path, error) from error
    return connection


def _prepare(connection: apsw.Connection, *, readonly: bool, exclusive: bool) -> None:
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.set_busy_timeout(_BUSY_MS)
    connection.pragma("cell_size_check", True)
    if exclusive:
        connection.pragma("locking_mode", "exclusive")  # a VFS written in Python has no shared memory
    connection.pragma("schema_version")  # the first read: recovers what a crash left, or says why it cannot
    if not readonly:
        connection.pragma("synchronous", "full")


def _connect_immutable(path: str) -> apsw.Connection:
    """A folder in which nothing may be written: a journal that was closed properly reads without its neighbours."""
    wal = f"{path}-wal"
    if os.path.exists(wal) and os.path.getsize(wal):
        raise JournalUnreachable(
            path,
            "it was not closed, and its folder may not be written here",
            "copy it with its -wal and .head files to where it may",
        )
    try:
        connection = apsw.Connection(
            verify.immutable_uri(path), flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        )
        connection.pragma("schema_version")
    except apsw.Error as error:
        raise read_failure(path, error) from error
    return connection


def take_over(opened: Opened) -> tuple[Meta, bool]:
    """Become the writer: the new state with its epoch, durable, and whether the last writer crashed.

    Raises every journal error; then the lock is free, and no more than the epoch has changed.
    """
    connection, beside = opened.connection, opened.beside
    if beside is not None:
        beside.lock.take()
    try:
        if beside is not None and not beside.in_place():
            raise JournalUnreachable(opened.path, "it was moved or replaced meanwhile", "open it again")
        if beside is not None and connection.pragma("journal_mode", "wal") != "wal":
            raise JournalUnreachable(opened.path, "its disk cannot hold a WAL", "name a path on a local disk")
        found = _begin_epoch(opened)
        if beside is not None:
            _settle_beside(connection, beside, found)
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if beside is not None:
            beside.close(clean=False)
        if isinstance(error, (OSError, *verify.READ_ERRORS)):
            raise write_failure(opened.path, error) from error
        raise
    return evolve(found, epoch=found.epoch + 1, clean=False), not found.clean


def _begin_epoch(opened: Opened) -> Meta:
    """Returns the state before. Read and written in one transaction: no two engines can get the same epoch."""
    opened.connection.execute("BEGIN IMMEDIATE")
    found, seen = schema.read_meta(opened.connection), opened.meta
    if found.head_seq != seen.head_seq:  # another engine wrote and ended between our opening and this
        chain = verify.walk(opened.connection, found.head_seq, seen.head_seq, seen.head_hash)
        if not chain.ok or (chain.good_seq, chain.good_hash) != (found.head_seq, found.head_hash):
            raise JournalTampered(opened.path, chain.why or "its head", chain.good_seq)
    schema.write_meta(opened.connection, evolve(found, epoch=found.epoch + 1, clean=False))
    opened.connection.execute("COMMIT")
    return found


def _settle_beside(connection: apsw.Connection, beside: Beside, meta: Meta) -> None:
    # So that the file alone, copied without its WAL, says that it was in use. A reader can be in the way; then the
    # next checkpoint does it.
    with suppress(apsw.BusyError):
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    beside.anchor.open(meta.head_seq, meta.head_hash)
    beside.ballast.open()


def reopen_memory(opened: Opened) -> Opened:
    meta = schema.read_meta(opened.connection)
    return evolve(opened, meta=meta, was_unclean=not meta.clean)


def copy_to(source: apsw.Connection, path: str, to_path: str) -> None:
    """See ``Store.backup``. The copy is marked as closed: it is whole as it lies there."""
    if os.path.lexists(to_path):
        raise JournalUnreachable(to_path, "something is there already", "name a new file for the backup")
    new = f"{to_path}.new"
    try:
        # By ourselves and not by SQLite, whose "unable to open" does not say why.
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644))
        target = apsw.Connection(new)
        try:
            with target.backup("main", source, "main") as copying:
                copying.step(-1)
            with target:
                schema.write_meta(target, evolve(schema.read_meta(target), clean=True))
            target.pragma("journal_mode", "wal")
        finally:
            target.close()
        schema.publish(new, to_path)
    except OSError as error:
        raise unreachable(to_path, error, "made") from error
    except (apsw.Error, ValueError) as error:
        raise JournalUnreachable(
            to_path, f"no backup of {path} can be made ({error})", "mend that first"
        ) from error


def read_failure(path: str, error: Exception) -> JournalError:
    if isinstance(error, (apsw.CantOpenError, apsw.PermissionsError, apsw.ReadOnlyError)):
        return JournalUnreachable(
            path, "it may not be opened here", "give this user the right to, or name another path"
        )
    if isinstance(error, (apsw.BusyError, apsw.LockedError, apsw.ProtocolError)):
        return JournalUnreachable(path, "another program has locked it", "end that program")
    if isinstance(error, apsw.IOError):
        return JournalUnreachable(path, f"it cannot be read ({error})", "mend its disk, or restore a backup")
    return JournalTampered(path, str(error), -1)


def write_failure(path: str, error: Exception) -> JournalError:
    if isinstance(error, (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError, apsw.BusyError)):
        return read_failure(path, error)
    return JournalFailed(path, f"{type(error).__name__}: {error}")
