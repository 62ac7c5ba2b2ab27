"""What lies at a path, judged from its bytes before SQLite may touch it (opening alone can change files)."""

from __future__ import annotations

import os
import stat

from attrs import frozen

from pairlock.journal.errors import (
    JournalFormat,
    JournalTampered,
    JournalTruncated,
    JournalUnreachable,
    NotAJournal,
)
from pairlock_adapters.sqlite.schema import APPLICATION_ID, FORMAT
from pairlock_adapters.sqlite.sidecars import Anchor, unreachable

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100


@frozen
class Sight:
    """What was found. ``missing_bytes``: how many the header promises that are not there (0 when WAL may hold them)."""

    exists: bool
    wal_bytes: int = 0
    anchor: tuple[int, str] | None = None
    missing_bytes: int = 0


def look(path: str) -> Sight:
    """Raises ``NotAJournal``, ``JournalUnreachable``, ``JournalFormat``, ``JournalTruncated``, ``JournalTampered``."""
    anchor = Anchor(path).read() if os.path.isdir(os.path.dirname(path)) else None
    wal_bytes = _size(f"{path}-wal")
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return _absent(path, wal_bytes, anchor)
    except OSError as error:
        raise unreachable(path, error, "read") from error
    if not stat.S_ISREG(found.st_mode):
        raise NotAJournal(path, "a folder" if stat.S_ISDIR(found.st_mode) else "a device or pipe")
    try:
        with open(path, "rb") as file:
            header = file.read(_HEADER)
    except OSError as error:
        raise unreachable(path, error, "read") from error
    _judge_header(path, header, kin=wal_bytes > 0 or anchor is not None)
    page_bytes = int.from_bytes(header[16:18], "big")
    promised = int.from_bytes(header[28:32], "big") * (65_536 if page_bytes == 1 else page_bytes)
    # A checkpoint that was cut short may have written the header first; the WAL then still has the pages.
    missing = max(0, promised - found.st_size) if wal_bytes == 0 else 0
    return Sight(True, wal_bytes, anchor, missing)


def _absent(path: str, wal_bytes: int, anchor: tuple[int, str] | None) -> Sight:
    if wal_bytes or (anchor is not None and anchor[0] > 0):
        beside = f"{path}-wal" if wal_bytes else f"{path}.head"
        raise JournalTruncated(
            path,
            f"the file itself is gone, {beside} is still there",
            0,
            "put it back, or move that one away too",
        )
    return Sight(False)


def _judge_header(path: str, header: bytes, *, kin: bool) -> None:
    """``kin``: files of a journal lie beside it, so that it must have been one."""
    ours = header[68:72] == APPLICATION_ID.to_bytes(4, "big")
    if not header and not kin:
        raise NotAJournal(path, "an empty file")
    if not _MAGIC.startswith(header[:16]):
        if ours or kin:
            raise JournalTampered(path, "its first bytes", -1)
        raise NotAJournal(path, "no SQLite file")
    if len(header) < _HEADER:
        raise JournalTruncated(path, f"only {len(header)} bytes are left", 0)
    if not ours:
        if kin and header[68:72] != bytes(4):
            raise JournalTampered(path, "its application id", -1)
        raise NotAJournal(path, "an SQLite file of another program")
    version = int.from_bytes(header[60:64], "big")
    if version > FORMAT:
        raise JournalFormat(path, version, FORMAT)
    if version != FORMAT:
        raise JournalTampered(path, f"format {version} never existed", -1)


def _size(name: str) -> int:
    try:
        return os.stat(name).st_size
    except OSError:
        return 0


def absent_for_reading(path: str) -> JournalUnreachable:
    return JournalUnreachable(path, "there is no such file", "name an existing journal")
