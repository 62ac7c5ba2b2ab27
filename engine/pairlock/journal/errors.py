"""What can be wrong with a journal, each with one sentence and its mend.

A journal that was merely *crashed* (its writer was killed) is not among them: it opens, and ``store.was_unclean`` says
so. ``good_seq`` is the last record that reads well, -1 where nothing could be read at all.
"""

from __future__ import annotations

from pairlock.errors import UserError


class JournalError(UserError):
    """Base. ``path`` as it was given; ``good_seq`` see above."""

    def __init__(self, path: str, sentence: str, good_seq: int = -1) -> None:
        super().__init__(f"journal {path}: {sentence}")
        self.path = path
        self.good_seq = good_seq


class NotAJournal(JournalError):
    """Something else lies there: a folder, an empty or text file, another program's database."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(path, f"{what}, not a pairlock journal; name another path, or move it away.")


class JournalUnreachable(JournalError):
    """It is not there, or may not be read or written here."""

    def __init__(self, path: str, what: str, mend: str) -> None:
        super().__init__(path, f"{what}; {mend}.")


class JournalTruncated(JournalError):
    """Its end is missing."""

    def __init__(self, path: str, what: str, good_seq: int, mend: str = "") -> None:
        mend = mend or f"bring back the whole of {path}, {path}-wal and {path}.head, or restore a backup"
        super().__init__(path, f"it is cut short ({what}){_reads_to(good_seq)}; {mend}.", good_seq)


class JournalTampered(JournalError):
    """Something in it is not what was written: damage or an edit."""

    def __init__(self, path: str, what: str, good_seq: int, mend: str = "") -> None:
        mend = mend or "keep the file as evidence and restore a backup"
        super().__init__(path, f"it was altered or damaged ({what}){_reads_to(good_seq)}; {mend}.", good_seq)


class JournalInUse(JournalError):
    """Another engine holds it."""

    def __init__(self, path: str, holder: str) -> None:
        super().__init__(path, f"another engine{holder} is writing it; stop that one, or name another path.")


class JournalFormat(JournalError):
    """A newer version wrote it."""

    def __init__(self, path: str, found: int, known: int) -> None:
        super().__init__(
            path, f"its format is {found} and this version knows {known}; use the version that wrote it."
        )


class JournalNoRoom(JournalError):
    """Space for a trade's remaining records cannot be set aside. Nothing changed: the trade must not begin."""

    def __init__(self, path: str, wanted_bytes: int) -> None:
        super().__init__(path, f"{wanted_bytes} bytes cannot be set aside beside it; free space on its disk.")


class JournalFailed(JournalError):
    """A write failed, so what is durable is unknown: the process must end, and recovery reads what is there."""

    def __init__(self, path: str, what: str, mend: str = "mend the disk and start again") -> None:
        super().__init__(path, f"it cannot be written ({what}), so nothing more is sent; {mend}.")
        self.what = what

    def again(self) -> JournalFailed:
        """The same failure as a fresh exception."""
        return JournalFailed(self.path, self.what)


class JournalFenced(JournalFailed):
    """Another engine took the journal over: this one's writes are refused for good."""

    def __init__(self, path: str, own_epoch: int, found_epoch: int) -> None:
        what = f"epoch {found_epoch} has replaced this engine's epoch {own_epoch}"
        super().__init__(path, what, "leave the trades to the engine that took over")
        self.own_epoch = own_epoch
        self.found_epoch = found_epoch

    def again(self) -> JournalFenced:
        return JournalFenced(self.path, self.own_epoch, self.found_epoch)


def _reads_to(good_seq: int) -> str:
    if good_seq < 0:
        return ""
    return f" and reads well up to record {good_seq}" if good_seq else " and no record reads well"
