"""`pairlock verify --mutants [N]`: how strong the claims are, measured by what they notice."""

from __future__ import annotations

import json as json_text
import sys

from pairlock_specs.mutants.hunt import Baseline, Fate, Hunted, baseline, hunt
from pairlock_specs.mutants.matrix import Result, as_json, as_text
from pairlock_specs.mutants.mutant import Mutant
from pairlock_specs.mutants.mutants import all_mutants, sampled
from pairlock_specs.mutants.survivors import judged, proofs

CI_SAMPLE = 30
PROCESSES = 2


class _Progress:
    """One line on a terminal; nothing elsewhere."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = dict.fromkeys(Fate, 0)
        self._live = sys.stderr.isatty()

    def __call__(self, hunted: Hunted) -> None:
        self._done[hunted.fate] += 1
        if self._live:
            said = ", ".join(f"{count} {fate}" for fate, count in self._done.items())
            print(
                f"\r{sum(self._done.values())} of {self._count}: {said} \x1b[K",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def end(self) -> None:
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _hunted(chosen: tuple[Mutant, ...], kept: Baseline, processes: int) -> list[Hunted]:
    if kept.broken:
        return []  # nothing that breaks now could be laid to a mutant
    progress = _Progress(len(chosen))
    try:
        return hunt(chosen, processes, progress)
    finally:
        progress.end()


def mutants(sample: int | None = None, seed: int = 0, json: bool = False, processes: int = PROCESSES) -> int:
    """Hunts ``sample`` mutants (None: all), prints the matrix. 0: each is killed or proved equivalent, else 1."""
    everything = all_mutants()
    chosen = everything if sample is None else sampled(sample, seed)
    kept = baseline()
    found = _hunted(chosen, kept, processes)
    whole = len(found) == len(everything)
    names = [mutant.name for mutant in everything]
    result = Result(kept, tuple(found), judged(found, proofs(), names, whole=whole), len(everything))
    if json:
        print(json_text.dumps(as_json(result)))
    else:
        sys.stdout.write(as_text(result))
    return 0 if result.holds else 1
