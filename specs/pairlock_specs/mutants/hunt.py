"""Runs mutants, each in its own process, some at a time, and says of each what became of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Any

from attrs import frozen

from pairlock.codec import parse
from pairlock_specs.mutants.mutant import Mutant

_WORKER = "pairlock_specs.mutants.worker"
_WALL_S = 900  # only against a process that sleeps for ever: the worker bounds its own CPU time


class Fate(StrEnum):
    KILLED = "killed"  # a named claim fails
    SURVIVED = "survived"  # every claim holds
    INVALID = "invalid"  # it could not be judged: no import, no end, or the specs failed; never a kill


@frozen
class Hunted:
    """``broken``: what was found, by claim. ``why``: of an invalid one, what happened instead."""

    name: str
    fate: Fate
    broken: dict[str, str]
    cpu_ms: int = 0
    states: int = 0
    why: str = ""


@frozen
class Baseline:
    """The engine as it is. ``claims``: (name, sentence) of everything that may kill."""

    broken: dict[str, str]
    claims: tuple[tuple[str, str], ...]
    states: int
    cpu_ms: int


def _spawn(arguments: Sequence[str]) -> tuple[dict[str, Any] | None, str]:
    """What the worker printed; or None, and why there is nothing."""
    command = [sys.executable, "-m", _WORKER, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_WALL_S, check=False)
    except subprocess.TimeoutExpired:
        return None, f"it did not end in {_WALL_S} s"
    if done.returncode < 0:
        return None, f"ended by signal {-done.returncode}: out of time or memory"
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or ["no word"])[-1]
    found: dict[str, Any] = parse(done.stdout)
    return found, ""


def baseline() -> Baseline:
    """Judges the engine as it is. Raises RuntimeError if it cannot be judged at all."""
    found, why = _spawn(())
    if found is None:
        raise RuntimeError(f"the kill scope could not be judged: {why}")
    claims = tuple((claim["name"], claim["sentence"]) for claim in found["claims"])
    return Baseline(found["broken"], claims, found["states"], found["cpu_ms"])


def _hunt(mutant: Mutant, first: bool) -> Hunted:
    found, why = _spawn(("--first", mutant.name) if first else (mutant.name,))
    if found is None:
        return Hunted(mutant.name, Fate.INVALID, {}, why=why)
    fate = Fate.KILLED if found["broken"] else Fate.SURVIVED
    return Hunted(mutant.name, fate, found["broken"], found["cpu_ms"], found["states"])


def hunt(
    mutants: Sequence[Mutant],
    processes: int,
    told: Callable[[Hunted], None] = lambda hunted: None,
    *,
    first: bool = False,
) -> list[Hunted]:
    """The fate of every mutant, in their order; ``told`` is called with each as it ends.

    ``first``: a mutant's run ends with the first claim that it breaks, so that only part of its row is known.
    """

    def one(mutant: Mutant) -> Hunted:
        hunted = _hunt(mutant, first)
        told(hunted)
        return hunted

    with ThreadPoolExecutor(max_workers=processes) as pool:
        return list(pool.map(one, mutants))
