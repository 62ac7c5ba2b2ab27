"""A flush that failed: nothing is written or confirmed ever after, and everybody who waits is told."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from journal_support import entry, fail_at, watched, zero
from pairlock.errors import EngineBug
from pairlock.journal.journal import Journal
from pairlock.journal.store import JournalFailed, JournalFenced
from pairlock_adapters.sqlite.store import open_store


async def test_a_failed_flush_poisons_for_all_and_for_good() -> None:
    journal, store = watched(fail_at(1, JournalFailed("j.db", "no more disk")))
    await journal.commit(journal.append(entry(1)))
    met: list[BaseException] = []

    async def work(name: int) -> None:
        seq = journal.append(entry(name))
        with pytest.raises(JournalFailed, match="no more disk") as caught:
            await journal.commit(seq)
        met.append(caught.value)

    async with trio.open_nursery() as nursery:
        for name in range(5):
            nursery.start_soon(work, name)
    assert len({id(each) for each in met}) == 5, "each waiter gets an exception of its own"
    assert journal.poisoned
    with pytest.raises(JournalFailed, match="no more disk"):
        journal.append(entry(9))
    with pytest.raises(JournalFailed, match="no more disk"):
        journal.flush_now()
    with pytest.raises(JournalFailed, match="no more disk"):
        await journal.commit(3)
    await journal.commit(1)  # it is durable, whatever came later
    assert store.head()[0] == 1
    assert store.batches == [1]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), EngineBug("x"), OSError("x"), MemoryError()])
def test_whatever_stops_a_flush_poisons(error: BaseException) -> None:
    journal, _ = watched(fail_at(0, error))
    journal.append(entry(1))
    with pytest.raises(type(error)):
        journal.flush_now()
    assert journal.poisoned
    with pytest.raises(JournalFailed, match=type(error).__name__):
        journal.append(entry(2))


async def test_a_fenced_journal_says_so_each_time() -> None:
    journal, _ = watched(fail_at(0, JournalFenced("j.db", 1, 2)))
    seq = journal.append(entry(1))
    for _ in range(2):
        with pytest.raises(JournalFenced, match="epoch 2 has replaced"):
            await journal.commit(seq)


def test_a_ledger_that_appends_is_our_bug() -> None:
    journal, _ = watched()

    def text() -> str:
        journal.append(entry(2))
        return ""

    journal.append(entry(1), ledger=text)
    with pytest.raises(EngineBug):
        journal.flush_now()
    assert journal.poisoned


def test_a_store_must_be_acquired_first() -> None:
    journal = Journal(open_store(":memory:"), zero)
    journal.append(entry(1))
    with pytest.raises(EngineBug, match="acquire"):
        journal.flush_now()
