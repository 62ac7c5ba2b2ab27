"""Group commit under trio: one flush for all who wait, no cancellation that splits, a failure that stays."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from journal_support import entry, fresh, watched, zero
from pairlock.errors import EngineBug
from pairlock.journal.journal import Journal
from pairlock.journal.records import Entry, Kind, chain_ok
from pairlock.journal.store import TradeRow
from pairlock_adapters.sqlite.store import SqliteStore


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    opened = fresh(":memory:" if request.param == "memory" else str(tmp_path / "j.db"))
    yield opened
    opened.close()


async def test_a_committed_record_is_durable(store: SqliteStore) -> None:
    journal = Journal(store, zero)
    first, second = journal.append(entry(1)), journal.append(entry(2))
    assert (first, second, journal.head[0], journal.durable_seq) == (1, 2, 2, 0)
    assert store.head()[0] == 0
    await journal.commit(first)
    assert journal.durable_seq == 2, "what is queued goes along"
    assert store.head() == journal.head
    await journal.commit(second)
    assert journal.flushes == 1
    assert chain_ok(store.records()).good_seq == 2


async def test_it_goes_on_where_the_store_stands(store: SqliteStore) -> None:
    journal = Journal(store, zero)
    await journal.commit(journal.append(entry(1)))
    again = Journal(store, zero)
    assert again.head == journal.head
    await again.commit(1)
    await again.commit(again.append(entry(2)))
    assert chain_ok(store.records()).good_seq == 2


@pytest.mark.parametrize("tasks", [1, 8, 64])
async def test_all_who_wait_share_one_flush(autojump_clock: trio.testing.MockClock, tasks: int) -> None:
    journal, store = watched()
    rounds = 20

    async def work(name: int) -> None:
        for number in range(rounds):
            seq = journal.append(entry(number, f"t{name}"))
            await journal.commit(seq)
            assert journal.durable_seq >= seq
            await trio.sleep(1)  # virtual: the clock jumps, which it could not while a thread worked

    async with trio.open_nursery() as nursery:
        for name in range(tasks):
            nursery.start_soon(work, name)
    assert store.head()[0] == tasks * rounds
    assert store.batches == [tasks] * rounds


async def test_without_pauses_too_the_batches_are_as_wide_as_the_waiters() -> None:
    journal, store = watched()

    async def work(name: int) -> None:
        for number in range(50):
            await journal.commit(journal.append(entry(number, f"t{name}")))

    async with trio.open_nursery() as nursery:
        for name in range(16):
            nursery.start_soon(work, name)
    assert store.head()[0] == 800
    assert len(store.batches) <= 52


class CancelAt(trio.abc.Instrument):
    """Cancels at the k-th step that any task takes."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.scope = trio.CancelScope()
        self.fired = False

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.left -= 1
        if self.left == 0:
            self.fired = True
            self.scope.cancel()


def test_cancelled_at_any_checkpoint_journal_and_memory_agree() -> None:
    cancelled = 0
    for at in range(1, 400):
        canceller = CancelAt(at)
        journal, store = watched()
        memory: list[int] = []
        released: list[int] = []

        async def work(journal: Journal, name: int, memory: list[int], released: list[int]) -> None:
            for number in range(3):
                seq = journal.append(entry(number, f"t{name}"))
                memory.append(seq)
                await journal.commit(seq)
                released.append(seq)
                await trio.lowlevel.checkpoint()
                await trio.lowlevel.cancel_shielded_checkpoint()

        async def main(canceller: CancelAt = canceller, arguments: Any = (journal, memory, released)) -> None:
            journal, memory, released = arguments
            with canceller.scope:
                async with trio.open_nursery() as nursery:
                    for name in range(4):
                        nursery.start_soon(work, journal, name, memory, released)

        trio.run(main, instruments=[canceller])
        durable = [record.seq for record in store.records()]
        assert durable == sorted(memory) == sorted(released), f"split when cancelled at step {at}"
        assert journal.head == store.head()
        if not canceller.fired:
            assert len(memory) == 12
            break
        cancelled += len(memory) < 12
    else:
        pytest.fail("the program never ran to its end")
    assert cancelled > 10


async def test_a_commit_under_a_cancelled_scope_still_commits() -> None:
    journal, store = watched()
    with trio.CancelScope() as scope:
        scope.cancel()
        await journal.commit(journal.append(entry(1)))
        assert store.head()[0] == 1
        await trio.lowlevel.checkpoint()
        pytest.fail("the cancellation was lost")
    assert scope.cancelled_caught


async def test_what_nobody_waited_for_goes_with_the_next_or_with_the_last() -> None:
    journal, store = watched()
    journal.append(entry(1))
    await trio.testing.wait_all_tasks_blocked()
    assert store.head()[0] == 0
    await journal.commit(journal.append(entry(2)))
    assert store.head()[0] == 2
    journal.append(entry(3))
    journal.flush_now()
    journal.flush_now()
    assert store.batches == [2, 1]


async def test_the_ledger_is_asked_once_a_flush_and_late() -> None:
    journal, store = watched()
    balance = [0]
    asked: list[int] = []

    def text() -> str:
        asked.append(balance[0])
        return str(balance[0])

    for _ in range(3):
        balance[0] += 5
        seq = journal.append(entry(1), ledger=text)
    await journal.commit(seq)
    assert asked == [15]
    assert store.ledger() == "15"
    await journal.commit(journal.append(entry(4)))
    assert asked == [15], "a flush in which no ledger changed asks none"
    assert store.ledger() == "15"


async def test_the_last_row_of_a_trade_in_a_batch_counts() -> None:
    journal, store = watched()
    journal.append(entry(1), TradeRow("t1", "o", "DETECTED", False))
    journal.append(entry(2), TradeRow("t2", "p", "DETECTED", False))
    await journal.commit(journal.append(entry(3), TradeRow("t1", "o", "ROLLED_BACK", True)))
    assert store.trade_row("t1") == TradeRow("t1", "o", "ROLLED_BACK", True)
    assert [row.trade_id for row in store.open_trades()] == ["t2"]


async def test_a_body_without_a_canonical_form_leaves_no_trace() -> None:
    journal, store = watched()
    with pytest.raises(EngineBug):
        journal.append(Entry(Kind.STEP, "t1", 0, {"price": 0.5}), TradeRow("t1", "o", "S", False))
    assert journal.head[0] == 0
    with pytest.raises(EngineBug, match="never appended"):
        await journal.commit(1)
    await journal.commit(journal.append(entry(1)))
    assert store.trade_row("t1") is None


def _one_run(seed: int, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[int]]:
    monkeypatch.setattr(trio._core._run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)
    trio._core._run._r.seed(seed)
    journal, store = watched()
    rng = random.Random(seed)

    async def work(name: int) -> None:
        for number in range(10):
            await journal.commit(journal.append(entry(number, f"t{name}")))
            await trio.sleep(rng.randrange(3))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for name in range(6):
                nursery.start_soon(work, name)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return journal.head[1], store.batches


def test_the_same_seed_gives_the_same_chain_and_the_same_flushes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _one_run(1, monkeypatch) == _one_run(1, monkeypatch)
    assert _one_run(1, monkeypatch) != _one_run(2, monkeypatch)


def test_the_slowest_flush_is_timed_by_the_engine_clock() -> None:
    times = iter([5, 8, 10, 11])
    journal = Journal(fresh(":memory:"), lambda: next(times))
    for _ in range(2):
        journal.append(entry(1))
        journal.flush_now()
    assert (journal.slowest_flush_ms, journal.flushes) == (3, 2)
