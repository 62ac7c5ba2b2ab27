"""Strikes at an exact step of the scheduler: the nth time that any task (or one by name) is about to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import trio
from trio.lowlevel import Task


class _AtStep(trio.abc.Instrument):
    def __init__(self, nth: int, strike: Callable[[], None], named: str) -> None:
        self._left = nth
        self._strike = strike
        self._named = named
        self.fired = trio.Event()

    def before_task_step(self, task: Task) -> None:
        if self.fired.is_set() or self._named not in task.name:
            return
        self._left -= 1
        if self._left == 0:
            self.fired.set()
            self._strike()


@contextmanager
def at_step(nth: int, strike: Callable[[], None], *, named: str = "") -> Iterator[trio.Event]:
    """Call ``strike`` right before the nth step (from 1) of a task whose name contains ``named``; the event tells."""
    instrument = _AtStep(nth, strike, named)
    trio.lowlevel.add_instrument(instrument)
    try:
        yield instrument.fired
    finally:
        trio.lowlevel.remove_instrument(instrument)
