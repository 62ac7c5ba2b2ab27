"""A laboratory that runs in a thread of its own, for clients that are no trio programs; and its controls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import trio

from pairlock_adapters.laboratory.lab import Laboratory, open_laboratory
from pairlock_adapters.laboratory.settings import LabSettings
from pairlock_adapters.simulated.clock import RealClock
from pairlock_adapters.simulated.faults import Fault

T = TypeVar("T")
_START_S = 20


class LabThread:
    """``ready`` as ``pairlock sim --json`` prints it. ``call(f)`` runs ``f(lab)`` in the laboratory's loop."""

    def __init__(self, lab: Laboratory, token: trio.lowlevel.TrioToken) -> None:
        self._lab = lab
        self._token = token
        self.ready: dict[str, Any] = dict(lab.ready)

    def call(self, function: Callable[[Laboratory], T]) -> T:
        return trio.from_thread.run_sync(function, self._lab, trio_token=self._token)

    def inject(self, *faults: Fault) -> None:
        """From now on these faults happen too."""

        def add(lab: Laboratory) -> None:
            for each in faults:
                lab.injected.add(each)

        self.call(add)

    def forgive(self) -> None:
        """No injected fault happens any more."""
        self.call(lambda lab: lab.injected.clear())


@contextmanager
def lab_thread(settings: LabSettings) -> Iterator[LabThread]:
    """Serve a laboratory until the block ends; an error in it fails the block."""
    started: list[LabThread] = []
    failed: list[BaseException] = []
    ready, scope = threading.Event(), trio.CancelScope()

    async def serves() -> None:
        with scope:
            async with open_laboratory(settings, RealClock()) as lab:
                started.append(LabThread(lab, trio.lowlevel.current_trio_token()))
                ready.set()
                await trio.sleep_forever()

    def runs() -> None:
        try:
            trio.run(serves)
        except BaseException as error:  # told to the test below
            failed.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=runs, name="laboratory", daemon=True)
    thread.start()
    assert ready.wait(_START_S), "the laboratory did not start"
    try:
        if started:
            yield started[0]
    finally:
        if started and thread.is_alive():
            trio.from_thread.run_sync(scope.cancel, trio_token=started[0]._token)
        thread.join(_START_S)
        if failed:
            raise failed[0]
