"""Crashes at an exact journal append, and what a journal and the venues come to afterwards."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from engine_kit import Bench, Setup, on_bench
from pairlock.audit.journal import audit_journal
from pairlock.journal.errors import JournalFailed
from pairlock.journal.records import Record
from pairlock.journal.replay import replayed
from pairlock.journal.store import TradeRow
from pairlock.lifecycle import CLOSED
from pairlock.model import Trade
from pairlock_adapters.demo.judge import Judge
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.sqlite.store import open_store
from sim_support import check_books_balance
from truth_kit import assert_never_oversold, owed


class Crash(Exception):
    """The process ends here."""


class CrashingStore:
    """A store whose ``nth`` append never returns: ``durable`` says whether what it was given lies on the disk."""

    def __init__(self, path: str, nth: int, *, durable: bool) -> None:
        self._inner = open_store(path)
        self._left = nth
        self._durable = durable

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def append(self, records: Sequence[Record], trades: Sequence[TradeRow], ledger: str | None) -> None:
        self._left -= 1
        if self._left < 0 or (self._left == 0 and not self._durable):
            raise Crash
        self._inner.append(records, trades, ledger)
        if self._left == 0:
            raise Crash


@frozen
class Place:
    """A journal and the venues' truth in one folder: what outlives a process."""

    folder: Path
    setup: Setup

    @property
    def journal(self) -> str:
        return str(self.folder / "journal.db")

    def run(self, body: Callable[[Bench], Awaitable[None]], *, operator: bool = True, **how: Any) -> None:
        """One process's life on this place."""
        truth = Truth(str(self.folder / "venues"), seed=self.setup.seed)
        try:
            on_bench(evolve(self.setup, journal=self.journal, truth=truth, **how), body, operator=operator)
        finally:
            truth.close()

    def crash(self, body: Callable[[Bench], Awaitable[None]], nth: int, *, durable: bool) -> bool:
        """Run until the nth append; False when the run came to its end before."""
        crashed = False

        def store(path: str) -> Any:
            return CrashingStore(path, nth, durable=durable)

        try:
            self.run(body, store=store)
        except* (Crash, JournalFailed):
            crashed = True
        return crashed

    def values(self) -> list[Trade]:
        """Every trade of the journal, by replay."""
        store = open_store(self.journal, readonly=True)
        try:
            rows = [row[0] for row in store._rows("SELECT trade FROM trades ORDER BY rowid")]
            return [replayed(store.trade_records(trade_id)) for trade_id in rows]
        finally:
            store.close()

    def recover(self, *, new_trades: int = 0, not_before_ms: int = 0) -> list[Trade]:
        """Open again, bring everything to a close, and hold every claim against the venues' truth."""
        self.run(_brings_to_a_close(new_trades), not_before_ms=not_before_ms)
        found = audit_journal(self.journal)
        assert found["broken"] == []
        assert (found["open"], found["stuck"]) == (0, 0)
        return self.values()


def _brings_to_a_close(new_trades: int) -> Callable[[Bench], Awaitable[None]]:
    async def body(bench: Bench) -> None:
        for _ in range(new_trades):
            await bench.submit_when_possible()
        await bench.close_all()
        assert bench.engine.open_trades() == []
        ledger = bench.engine.recorder.ledger
        for venue, account in ledger.accounts.items():
            assert account.cash_micros == bench.judge.cash(venue), (venue, account)
            assert (account.held_micros, account.spent_micros, account.receivable_micros) == (0, 0, 0)
        assert bench.broken == []
        judge_all(bench.engine.store, bench.judge)
        check_books_balance(bench.world)
        assert_never_oversold(bench.world.truth)
        assert owed(bench.world.truth) == 0

    return body


def judge_all(store: Any, judge: Judge) -> None:
    """Every trade that the journal calls closed, whichever process closed it, by the venues' truth."""
    for (trade_id,) in store._rows("SELECT trade FROM trades"):
        value = replayed(store.trade_records(trade_id))
        assert value.state in CLOSED
        assert judge.closed(value) == []
    assert judge.duplicate_orders() == 0


def clear(folder: Path) -> None:
    for name in os.listdir(folder):
        with suppress(IsADirectoryError):
            os.unlink(folder / name)
