"""Searches a scope, its jobs shared out to processes. What comes out does not depend on how many there are."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from pairlock.errors import UserError
from pairlock_specs.combine import Found, found_by
from pairlock_specs.explore import Explorer
from pairlock_specs.reduced import ReducedExplorer
from pairlock_specs.scope import Part, Scope

Progress = Callable[[str], None]


def processes_by_default() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _weight(part: Part) -> int:
    """A guess at how long a part takes: only the order in which jobs begin depends on it."""
    rare = (1 + part.blows * (part.crashes + part.kills)) * (1 + part.alarms) * (1 + part.grants)
    ends = (1 + len(part.resolutions)) * len(part.routes) * part.max_exit_attempts**2
    return int(part.contracts**3 * rare * ends * (1 + part.odd))


def explored(scope: Scope, progress: Callable[[Explorer], None] | None = None) -> Found:
    """Searches ``scope`` as one job, in this process."""
    # The search makes millions of values and no cycles; the collector would look through them again and again.
    collects = gc.isenabled()
    gc.disable()
    try:
        explorer = ReducedExplorer if scope.reduced else Explorer
        return found_by(explorer(scope, progress=progress).run())
    finally:
        if collects:
            gc.enable()


def _ends_on_interrupt() -> None:
    """In a child: Ctrl-C ends it at once and without a word; else it would begin the next job."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def search(scope: Scope, processes: int, progress: Progress | None = None) -> list[Found]:
    """What each job of ``scope`` found, in the order of the jobs. Raises UserError where one did not come back."""
    jobs = scope.jobs()
    told = progress or (lambda words: None)

    def show(explorer: Explorer) -> None:
        waiting = len(explorer.states) - explorer.expanded
        told(f"{len(explorer.states):,} states, depth {explorer.depth}, {waiting:,} waiting")

    if processes == 1 or len(jobs) == 1:
        return [explored(job, show) for job in jobs]
    heavy_first = sorted(jobs, key=lambda job: -sum(_weight(part) for part in job.parts))
    # Nothing is forked: a child begins with the installed engine, whatever this process has loaded or replaced.
    context = multiprocessing.get_context("spawn")
    found: dict[Scope, Found] = {}
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(min(processes, len(jobs)), context, _ends_on_interrupt) as pool:
        try:
            waiting = {pool.submit(explored, job): job for job in heavy_first}
            for done in as_completed(waiting):
                found[waiting[done]] = done.result()
                states = sum(each.states for each in found.values())
                told(f"{len(found)} of {len(jobs)} parts searched, {states:,} states")
        except BaseException as ended:
            # Leaving the pool waits for every job that has begun, and the longest take minutes.
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()
            if isinstance(ended, BrokenProcessPool):
                raise UserError(
                    f"a process that searched the scope {scope.name} ended without an answer, most likely for want of "
                    "memory; free some, or search with --processes 1 or a smaller scope"
                ) from None
            raise
    return [found[job] for job in jobs]
