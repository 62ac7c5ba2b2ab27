"""The small files beside a journal: the writer's lock, the anchor, the ballast."""

from __future__ import annotations

import errno
import fcntl
import os
import select
from hashlib import sha256

from pairlock.journal.errors import (
    JournalInUse,
    JournalNoRoom,
    JournalTampered,
    JournalUnreachable,
)

_TRIES = 20  # a reader that looks whether the lock is held holds it itself for some microseconds
_PAUSE_MS = 5


class WriterLock:
    """``flock`` on ``PATH.lock``: the kernel lets go of it when its holder dies, however it dies."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._name = f"{path}.lock"
        self._fd = -1

    def take(self) -> None:
        """Raises ``JournalInUse``, ``JournalUnreachable``."""
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                fd = os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise unreachable(self._path, error, "written") from error
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                holder = os.pread(fd, 40, 0).decode("ascii", "replace").strip()
                os.close(fd)
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                    raise unreachable(self._path, error, "locked") from error
                if last:
                    raise JournalInUse(self._path, f" (process {holder})" if holder else "") from None
                select.poll().poll(_PAUSE_MS)
                continue
            self._fd = fd
            if self.in_place():
                os.ftruncate(fd, 0)
                os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
                return
            self.drop()  # somebody removed the file while we opened it
        raise JournalInUse(self._path, "")

    def drop(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def in_place(self) -> bool:
        """Whether the file that we hold still has its name; else a second engine could lock another."""
        return self._fd >= 0 and _same_file(self._name, self._fd)

    def held_elsewhere(self) -> bool:
        """A look, for readers: whether some writer is alive."""
        try:
            fd = os.open(self._name, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(fd)
        return False


def _same_file(name: str, fd: int) -> bool:
    try:
        there, ours = os.stat(name), os.fstat(fd)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


class Anchor:
    """``PATH.head``: the last head that was made durable, so that a lost or cut ``PATH-wal`` shows.

    It is written after the commit, without an fsync, in place and in one sector: it may lag behind the journal (after a
    power loss), and never runs ahead of it. Text: sequence number in 20 digits, hash, first 16 digits of the SHA-256 of
    both.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._name = f"{path}.head"
        self._fd = -1

    def read(self) -> tuple[int, str] | None:
        """None when there is none. Raises ``JournalTampered``, ``JournalUnreachable``."""
        try:
            with open(self._name, "rb") as file:
                found = file.read(200)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreachable(self._path, error, "read") from error
        seq, own = found[:20], found[21:85]
        if not seq.isdigit() or found != _anchor_line(int(seq), own.decode("ascii", "replace")):
            raise JournalTampered(
                self._path, "PATH.head is damaged", -1, f"remove {self._name} to do without this one check"
            )
        return int(seq), own.decode("ascii")

    def open(self, seq: int, own: str) -> None:
        """Begin to write; durable on return. Raises OSError."""
        self._fd = os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self.write(seq, own)
        os.ftruncate(self._fd, len(_anchor_line(seq, own)))
        os.fsync(self._fd)

    def write(self, seq: int, own: str) -> None:
        """Raises OSError."""
        os.pwrite(self._fd, _anchor_line(seq, own), 0)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _anchor_line(seq: int, own: str) -> bytes:
    line = f"{seq:020d} {own}"
    return f"{line} {sha256(line.encode()).hexdigest()[:16]}\n".encode()


class Ballast:
    """``PATH.ballast``: really allocated bytes that can be freed when the disk is full. One per store, in chunks."""

    CHUNK = 1 << 20

    def __init__(self, path: str) -> None:
        self._path = path
        self._name = f"{path}.ballast"
        self._fd = -1
        self._reserved = 0
        self._allocated = 0

    def open(self) -> None:
        """What a crashed engine left stays allocated: recovery may need it. Raises OSError."""
        self._fd = os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._allocated = os.fstat(self._fd).st_size

    def reserve(self, nbytes: int) -> None:
        wanted = self._reserved + nbytes
        if wanted > self._allocated:
            size = -(-wanted // self.CHUNK) * self.CHUNK
            try:
                os.posix_fallocate(self._fd, 0, size)
            except OSError:
                os.ftruncate(self._fd, self._allocated)  # a failed call may have allocated a part
                raise JournalNoRoom(self._path, nbytes) from None
            self._allocated = size
        self._reserved = wanted

    def release(self, nbytes: int) -> None:
        self._reserved = max(0, self._reserved - nbytes)
        needed = -(-self._reserved // self.CHUNK) * self.CHUNK
        if self._allocated > needed + self.CHUNK:  # one spare chunk, or every other trade would resize it
            os.ftruncate(self._fd, needed + self.CHUNK)
            self._allocated = needed + self.CHUNK

    def spend(self) -> bool:
        """Free it all; whether there was any."""
        if self._allocated == 0:
            return False
        os.ftruncate(self._fd, 0)
        self._allocated = 0
        return True

    def close(self, *, remove: bool) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            if remove:
                os.unlink(self._name)


def unreachable(path: str, error: OSError, what: str) -> JournalUnreachable:
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return JournalUnreachable(
            path, f"it may not be {what} here", "give this user the right to, or name another path"
        )
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return JournalUnreachable(path, "its folder does not exist", "make the folder, or name another path")
    return JournalUnreachable(
        path, f"it cannot be {what} ({error.strerror or error})", "mend that, or name another path"
    )
