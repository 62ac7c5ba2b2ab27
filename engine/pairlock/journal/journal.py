"""Group commit: records get their place at once, and become durable together.

``append`` gives an entry its sequence number and hash, and queues it; memory may change in the same breath, because
whoever acts on the change first awaits ``commit``. ``commit(seq)`` returns once record ``seq`` is durable.

The algorithm is one line: *every waiter yields once, and the first to come back flushes everything queued.* Why so:

* While a waiter yields, every other task that can run does, and appends; so all of them share one fsync. The rest come
  back to find themselves durable. With one waiter it costs one fsync and no delay worth the name.
* There is no leader to be cancelled, no event to wake, no waiter to be lost: the yield is trio's own shielded
  checkpoint, so a commit runs to its end whatever is cancelled, and ``Cancelled`` comes out of the caller's next
  checkpoint, when journal and memory agree. Cancellation therefore never splits them, *provided that nothing is awaited
  between* ``append`` *and* ``commit``. A record that was queued and not waited for goes with the next flush, or with
  ``flush_now`` at shutdown.
* The flush is a plain synchronous call on the event loop. A worker thread costs more than it saves (0.6 ms a commit
  against 0.27), would make the order of events depend on the operating system, and would be invisible to a mock clock
  that jumps. So the same seed gives the same journal, under virtual time as under real.
* A failed flush poisons. What an fsync that failed has left on the disk is unknown, and trying again may succeed
  without having written (the kernel drops the dirty page). So nothing is appended, committed or sent ever after; all
  waiters get ``JournalFailed``, the process ends, and recovery reads what is really there.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from pairlock.errors import EngineBug
from pairlock.journal.errors import JournalFailed
from pairlock.journal.records import Entry, Record, seal
from pairlock.journal.store import Store, TradeRow


class Journal:
    """The writer's side of an acquired store. ``now_ms`` is the engine's clock; it only times the flushes."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms
        self._seq, self._hash = store.head()
        self._durable_seq = self._seq
        self._queue: list[Record] = []
        self._trades: dict[str, TradeRow] = {}
        self._ledger: Callable[[], str] | None = None
        self._flushing = False
        self._poison: JournalFailed | None = None
        self.slowest_flush_ms = 0
        self.flushes = 0

    @property
    def head(self) -> tuple[int, str]:
        """Sequence number and hash of the last record appended, durable or not."""
        return self._seq, self._hash

    @property
    def durable_seq(self) -> int:
        return self._durable_seq

    @property
    def poisoned(self) -> bool:
        return self._poison is not None

    @property
    def failure(self) -> JournalFailed | None:
        """What poisoned it, or None."""
        return self._poison

    def append(
        self, entry: Entry, trade: TradeRow | None = None, ledger: Callable[[], str] | None = None
    ) -> int:
        """Give the entry its place and queue it with the trade's new row; returns its sequence number.

        ``ledger`` says that the ledger changed. It is called once a flush, at the flush, and must give the ledger as it
        stands after the last record queued: change ledger, memory and journal with no await in between.
        Raises ``JournalFailed`` when poisoned, ``EngineBug`` on a body with a float; nothing is queued then.
        """
        self._refuse_if_poisoned()
        if self._flushing:
            raise EngineBug("a ledger's text was asked for, and appended to the journal")
        record = seal(entry, self._seq + 1, self._hash)
        self._queue.append(record)
        self._seq, self._hash = record.seq, record.hash
        if trade is not None:
            self._trades[trade.trade_id] = trade
        if ledger is not None:
            self._ledger = ledger
        return record.seq

    async def commit(self, seq: int) -> None:
        """Return once record ``seq`` is durable: always exactly one checkpoint, never cancelled.

        Raises ``JournalFailed``. A record that became durable before the poison is durable, and its commit returns.
        """
        if seq > self._seq:
            raise EngineBug(f"record {seq} was never appended; the last is {self._seq}")
        await trio.lowlevel.cancel_shielded_checkpoint()
        if seq > self._durable_seq:
            self.flush_now()

    def flush_now(self) -> None:
        """Make everything queued durable, synchronously. Raises ``JournalFailed``."""
        self._refuse_if_poisoned()
        if not self._queue:
            return
        began_ms = self._now_ms()
        upto = self._queue[-1].seq
        self._flushing = True
        try:
            text = self._ledger() if self._ledger is not None else None
            self._store.append(self._queue, tuple(self._trades.values()), text)
            # Emptied inside the try: an interrupt between here and the next line must poison as well.
            self._queue, self._trades, self._ledger = [], {}, None
            self._durable_seq = upto
            self._flushing = False
        except (
            BaseException
        ) as error:  # also an interrupt: whether it came before or after the fsync is unknown
            self._poison = self._as_poison(error)
            raise
        self.flushes += 1
        self.slowest_flush_ms = max(self.slowest_flush_ms, self._now_ms() - began_ms)

    def _as_poison(self, error: BaseException) -> JournalFailed:
        if isinstance(error, JournalFailed):
            return error
        return JournalFailed(self._store.path, f"{type(error).__name__}: {error}")

    def _refuse_if_poisoned(self) -> None:
        if self._poison is not None:
            # A fresh one each time: one object raised in many tasks would collect all their tracebacks.
            raise self._poison.again() from self._poison
