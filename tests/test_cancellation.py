"""Cancellation at every step of a trade's tasks: the journal and what memory held never tell two stories."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import trio

from crash_kit import Place, clear
from engine_kit import QUICK_DISK, Bench, Gone, Setup
from pairlock import Engine, Trade
from pairlock.absorb import quiet
from pairlock.lifecycle import CLOSED
from pairlock.runner.control import snapshot
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.sqlite.store import open_store
from stepwise import at_step

SCRIPTS: dict[str, tuple[Fault, ...]] = {
    "a clean pair": (),
    "one leg killed": (Fault(K.KILL, "kalshi", role="entry"),),
    "an answer lost": (
        Fault(K.LOST_ANSWER, "polymarket", role="entry"),
        Fault(K.KILL, "kalshi", role="entry"),
    ),
}


@pytest.fixture
def quick() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pairlock-", dir=QUICK_DISK) as folder:
        yield Path(folder)


class Kept:
    """What the engine held in memory when it ended."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self.handles: dict[str, Trade] = {}
        self.struck = False

    def ledger(self) -> str:
        assert self.engine is not None
        return snapshot(self.engine.recorder.ledger, self.engine.recorder.control)


async def until_closed(bench: Bench, kept: Kept, nth: int, named: str) -> None:
    """One trade to its close, unless the whole engine is cancelled at the nth step of a task so named."""
    kept.engine = bench.engine
    with at_step(nth, bench.scope.cancel, named=named) as struck:
        try:
            handle = await bench.submit()
            kept.handles[handle.trade_id] = handle
            await handle.closed()
            await bench.close_all()
        finally:
            kept.struck = struck.is_set()
            kept.handles |= {open_.trade_id: open_ for open_ in bench.engine.open_trades()}


@pytest.mark.parametrize("named", ["trade ", "", "_stand", "send_order"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_cancelled_at_any_step_journal_and_memory_agree(script: str, named: str, quick: Path) -> None:
    place = Place(quick, Setup(script=SCRIPTS[script]))
    nth = 1
    while True:
        kept = Kept()
        with suppress(Gone):
            place.run(partial(until_closed, kept=kept, nth=nth, named=named))
        if not kept.struck:
            break
        store = open_store(place.journal, readonly=True)
        saved = store.ledger()
        store.close()
        replays = {value.trade_id: value for value in place.values()}
        assert {key: quiet(handle.value) for key, handle in kept.handles.items()} == replays, nth
        assert saved == kept.ledger(), nth
        if nth % 5 == 0 or named == "send_order":
            place.recover()
        clear(quick)
        # Every step of the trade's own tasks; of all tasks every step until the entries are out, then a sample.
        nth += 1 if named or nth < 60 else 15
    assert nth > 2


@pytest.mark.parametrize("deadline_ms", range(10, 400, 30))
def test_a_host_that_gives_up_waiting_changes_nothing(deadline_ms: int, quick: Path) -> None:
    # The waits of the embedding API may be cancelled at any time: the trade goes on, and can be waited for again.
    place = Place(quick, Setup(script=SCRIPTS["one leg killed"]))

    async def body(bench: Bench) -> None:
        pair = bench.pair()
        handle = None
        with trio.move_on_after(deadline_ms / 1000):
            handle = await bench.submit(pair)
            await handle.closed()
        again = await bench.submit(pair)
        assert handle is None or again is handle
        assert (await again.closed()).state in CLOSED
        assert len(bench.values) == 1

    place.run(body)
    place.recover()


@pytest.mark.parametrize("nth", range(1, 12))
def test_submit_cancelled_at_any_step_is_either_a_trade_or_none(nth: int, quick: Path) -> None:
    place = Place(quick, Setup())

    async def body(bench: Bench) -> None:
        pair = bench.pair()
        with trio.CancelScope() as scope, at_step(nth, scope.cancel):
            await bench.submit(pair)
        assert len(bench.engine.open_trades()) <= 1
        again = await bench.submit(pair)
        assert len(bench.engine.open_trades()) == 1
        await again.closed()

    place.run(body)
    (trade,) = place.recover()
    assert trade.state in CLOSED
