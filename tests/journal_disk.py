"""A disk that fails: an APSW VFS that records every write, and refuses the ones that a test picks."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import apsw
from attrs import define, field, frozen

from pairlock_adapters.sqlite import opening
from pairlock_adapters.sqlite.store import SqliteStore

SECTOR = 512


@frozen
class Write:
    name: str
    offset: int
    data: bytes


@frozen
class Truncate:
    name: str
    size: int


@frozen
class Sync:
    name: str


@frozen
class Acked:
    """``append`` returned: from here these records must survive anything."""

    seq: int
    anchor: bytes


Op = Write | Truncate | Sync | Acked


@define
class Disk:
    """``refuse(op)`` may raise what SQLite would have met."""

    refuse: Callable[[Op], None] = field(default=lambda op: None)
    log: list[Op] = field(factory=list)

    def see(self, op: Op) -> None:
        self.refuse(op)
        self.log.append(op)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self._disk = disk
        self._name = os.path.basename(name if isinstance(name, str) else name.filename() if name else "")

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802  SQLite's own names
        self._disk.see(Write(self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.see(Truncate(self._name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.see(Sync(self._name))
        super().xSync(flags)


class DiskVFS(apsw.VFS):
    """Registered under ``name`` for as long as it is referenced."""

    def __init__(self, name: str, disk: Disk) -> None:
        super().__init__(name, "unix")
        self._disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> _File:  # noqa: N802
        return _File(self._disk, name, flags)


def open_on(path: str, vfs: str) -> SqliteStore:
    return SqliteStore(opening.open_file(path, vfs=vfs))


def after_power_loss(base: dict[str, bytes], log: list[Op], rng: random.Random) -> dict[str, bytes]:
    """Files as they may lie there: all that was synced, and any sectors of what was not, in any order."""
    last_sync = {op.name: place for place, op in enumerate(log) if isinstance(op, Sync)}
    files = {name: bytearray(data) for name, data in base.items()}
    for place, op in enumerate(log):
        if not isinstance(op, (Write, Truncate)):
            continue
        kept = place < last_sync.get(op.name, -1)
        image = files.setdefault(op.name, bytearray())
        if isinstance(op, Truncate):
            if kept or rng.random() < 0.5:
                del image[op.size :]
            continue
        for start in range(0, len(op.data), SECTOR):
            if kept or rng.random() < 0.5:
                _put(image, op.offset + start, op.data[start : start + SECTOR])
    return {name: bytes(image) for name, image in files.items()}


def _put(image: bytearray, offset: int, data: bytes) -> None:
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(data)] = data
