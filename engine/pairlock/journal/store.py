"""What the engine asks of a store of records: one writer, any number of readers, and durable means durable.

``pairlock_adapters.sqlite`` is the embedded one; a third party registers its own in the entry-point group
``pairlock.stores`` as a function ``open_store(path, *, readonly=False) -> Store``. Errors: ``journal.errors``,
offered here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from attrs import field, frozen

from pairlock.journal.errors import (
    JournalError,
    JournalFailed,
    JournalFenced,
    JournalFormat,
    JournalInUse,
    JournalNoRoom,
    JournalTampered,
    JournalTruncated,
    JournalUnreachable,
    NotAJournal,
)
from pairlock.journal.records import Record, storable_text

__all__ = [
    "JournalError",
    "JournalFailed",
    "JournalFenced",
    "JournalFormat",
    "JournalInUse",
    "JournalNoRoom",
    "JournalTampered",
    "JournalTruncated",
    "JournalUnreachable",
    "NotAJournal",
    "Store",
    "TradeRow",
]


@frozen
class TradeRow:
    """Where a trade stands: an index for quick look-ups. It says nothing that the records do not say."""

    trade_id: str = field(validator=storable_text)
    opportunity_id: str = field(validator=storable_text)
    state: str = field(validator=storable_text)
    closed: bool


class Store(Protocol):
    """Opening has checked the whole chain. Reads may raise ``JournalTampered``; writes see each method."""

    @property
    def path(self) -> str: ...

    @property
    def was_unclean(self) -> bool:
        """Whether its last writer ended without ``close`` (and is not still running). Recovery's business."""
        ...

    @property
    def low_on_space(self) -> bool:
        """Whether the disk was full and the ballast has been spent. No new trade may begin."""
        ...

    def head(self) -> tuple[int, str]:
        """Sequence number and hash of the last durable record; ``(0, 64 zeros)`` when there is none."""
        ...

    def records(self, after_seq: int = 0) -> Iterator[Record]:
        """All records after ``after_seq``, in pages: memory stays bounded, and no writer is held up."""
        ...

    def trade_records(self, trade_id: str) -> Iterator[Record]: ...

    def append(self, records: Sequence[Record], trades: Sequence[TradeRow], ledger: str | None) -> None:
        """All of it in one transaction, durable on return.

        Raises ``JournalFenced`` when another engine has acquired the store, ``JournalFailed`` when the write failed
        (the disk full even with the ballast freed, or any I/O error). After either the store refuses every write.
        """
        ...

    def trade_row(self, trade_id: str) -> TradeRow | None: ...

    def trade_by_opportunity(self, opportunity_id: str) -> TradeRow | None:
        """The first trade of that opportunity; a repair of it comes later. None for ""."""
        ...

    def open_trades(self) -> list[TradeRow]:
        """Oldest first."""
        ...

    def counts(self) -> dict[str, int]:
        """How many trades are in each state that any is in."""
        ...

    def ledger(self) -> str | None:
        """The ledger's text as of the last append that brought one."""
        ...

    def acquire(self) -> int:
        """Become the one writer; returns the new fencing epoch, which is durable. Raises ``JournalInUse``."""
        ...

    def epoch_is_current(self) -> bool:
        """Whether this is still the one writer. Cheap; False on any doubt. Asked before every byte to a venue."""
        ...

    def reserve(self, nbytes: int) -> None:
        """Set aside disk space that an append may fall back on. Raises ``JournalNoRoom``, changing nothing."""
        ...

    def release(self, nbytes: int) -> None:
        """Give back what ``reserve`` set aside."""
        ...

    def backup(self, to_path: str) -> None:
        """A consistent copy of the journal, live or not, as a new file. Raises ``JournalUnreachable``."""
        ...

    def close(self) -> None:
        """Say that nothing is left to do, and let go. Twice is once."""
        ...
