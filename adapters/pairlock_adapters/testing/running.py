"""A laboratory in a thread of its own, for tests of a bot: its addresses, its faults, its truth.

    with running_laboratory(faults=[fault(FaultKind.LOST_ANSWER, "kalshi")]) as laboratory:
        my_bot(laboratory.ready)
        equal_or_flat(laboratory.settled())

The bot may be a thread, an event loop or another process: it speaks HTTP and WebSocket to the addresses in ``ready``.
A laboratory starts in well under a second, so that every test, and every example of Hypothesis, has its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

import trio
from attrs import evolve

from pairlock_adapters.laboratory.lab import Laboratory, open_laboratory
from pairlock_adapters.laboratory.settings import FINALITY_MS, LabSettings, default_pairs
from pairlock_adapters.simulated.clock import RealClock
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import Script
from pairlock_adapters.testing.control import Control
from pairlock_adapters.testing.data import Faults, faults_of
from pairlock_adapters.testing.rows import Truth

_T = TypeVar("_T")
_START_S, _STOP_S, _ANSWER_S = 30, 30, 30
_STEP_MS = 20
_TABLES = ("requests", "orders", "fills", "positions")


class LaboratoryFailed(Exception):
    """The laboratory did not start, did not end, or raised: a bug of ours, never of the bot."""


class RunningLaboratory:
    """``ready``: what ``pairlock sim --json`` prints. ``control``: its control API, as any program can use it."""

    def __init__(self, lab: Laboratory, token: trio.lowlevel.TrioToken, stop: trio.Event) -> None:
        self._lab = lab
        self._token = token
        self._stop = stop
        self.ready: Mapping[str, Any] = lab.ready
        self.control = Control(str(lab.ready["control"]))

    def _inside(self, sync: Callable[[], _T]) -> _T:
        """Run in the laboratory's own thread, between two of its steps; whoever asks waits for it."""
        told: Future[_T] = Future()

        def run() -> None:
            try:
                told.set_result(sync())
            except Exception as error:
                told.set_exception(error)

        self._token.run_sync_soon(run)
        return told.result(_ANSWER_S)

    # Faults.

    def inject(self, faults: Faults) -> None:
        """More faults, from now on; what they count (``nth``) counts from now."""

        def add() -> None:
            for each in faults_of(faults):
                self._lab.injected.add(each)

        self._inside(add)

    def heal(self) -> None:
        """No scripted fault strikes any more; what has struck stays as it is."""
        self._inside(self._lab.injected.clear)

    @property
    def fired(self) -> dict[str, int]:
        """How often each kind of fault took hold: a test whose fault never did has tested nothing."""
        return self._inside(lambda: dict(self._lab.world.fired))

    # The truth.

    def truth(self) -> Truth:
        """What happened until now."""
        return self._inside(self._read)

    def settled(self, timeout_ms: int = 15_000) -> Truth:
        """The truth once nothing is on its way, held by a fault or not final: what a bot should be judged by.

        Orders that rest in the book stay; if there is something else after ``timeout_ms``, AssertionError tells what.
        It blocks: inside an event loop that the bot needs, call it in a thread.
        """
        for _ in range(timeout_ms // _STEP_MS):
            truth = self.truth()
            if not truth.moving():
                return truth
            time.sleep(_STEP_MS * 0.001)
        truth = self.truth()
        assert not truth.moving(), f"not settled after {timeout_ms} ms: {'; '.join(truth.moving())}"
        return truth

    def _read(self) -> Truth:
        world = self._lab.world
        world.timeline.advance()
        tables = {name: self._table(name) for name in (*_TABLES, "markets")}
        events = {(row["venue"], row["market"]): str(row["event_id"]) for row in tables.pop("markets")}
        return Truth(**tables, events=events)

    def _table(self, name: str) -> tuple[dict[str, Any], ...]:
        truth = self._lab.world.truth
        columns = [str(row[1]) for row in truth.rows(f"PRAGMA table_info({name})")]
        return tuple(dict(zip(columns, row, strict=True)) for row in truth.rows(f"SELECT * FROM {name}"))

    def end(self) -> None:
        self._token.run_sync_soon(self._stop.set)


class _Host:
    """The thread, and what came of it."""

    def __init__(self, settings: LabSettings) -> None:
        self._settings = settings
        self._began = threading.Event()
        self.running: RunningLaboratory | None = None
        self.failed: BaseException | None = None
        self._thread = threading.Thread(target=self._host, name="laboratory", daemon=True)

    def _host(self) -> None:
        try:
            trio.run(self._serve)
        except BaseException as error:
            self.failed = error
        finally:
            self._began.set()

    async def _serve(self) -> None:
        stop = trio.Event()
        async with open_laboratory(self._settings, RealClock()) as lab:
            self.running = RunningLaboratory(lab, trio.lowlevel.current_trio_token(), stop)
            self._began.set()
            await stop.wait()

    def start(self) -> RunningLaboratory:
        self._thread.start()
        self._began.wait(_START_S)
        if self.running is None:
            raise LaboratoryFailed("the laboratory did not start") from self.failed
        return self.running

    def stop(self) -> None:
        if self.running is not None and self.failed is None:
            self.running.end()
        self._thread.join(_STOP_S)
        if self.failed is not None:
            raise LaboratoryFailed("the laboratory failed while the bot traded") from self.failed
        if self._thread.is_alive():
            raise LaboratoryFailed(f"the laboratory did not end within {_STOP_S} s")


@contextmanager
def running_laboratory(
    *,
    faults: Faults = (),
    seed: int = 1,
    finality_ms: int = FINALITY_MS,
    settings: LabSettings | None = None,
) -> Iterator[RunningLaboratory]:
    """Both venues, until the block ends. ``finality_ms``: from a match to its end. ``settings``: all of a set-up; then
    ``seed`` and ``finality_ms`` are its own.

    Raises UserError for faults that are none, LaboratoryFailed where the laboratory itself does.
    """
    own = settings or LabSettings(seed=seed, pairs=default_pairs(seed), finality_ms=finality_ms)
    script: tuple[Fault, ...] = (*own.script.faults, *faults_of(faults))
    host = _Host(evolve(own, script=Script(script, own.script.profile, own.script.events)))
    running = host.start()
    try:
        with running.control:
            yield running
    finally:
        host.stop()
