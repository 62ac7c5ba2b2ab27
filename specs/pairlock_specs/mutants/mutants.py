"""All mutants, and the fixed sample of them. Nothing here imports the engine."""

from __future__ import annotations

from functools import cache

from pairlock_specs.mutants.conditions import condition_mutants
from pairlock_specs.mutants.mutant import Mutant
from pairlock_specs.mutants.rows import row_mutants


@cache
def all_mutants() -> tuple[Mutant, ...]:
    """Both tables' rows, then every condition, in the order of the sources."""
    return (*row_mutants(), *condition_mutants())


def mutant_named(name: str) -> Mutant:
    """Raises LookupError for a name that no mutant has, whether it is in the usual set or the wide one."""
    for mutants in (all_mutants, lambda: row_mutants(wide=True)):
        for mutant in mutants():
            if mutant.name == name:
                return mutant
    raise LookupError(f"no mutant is named {name!r}")


def _group(mutant: Mutant) -> str:
    """Tables and modules, so that a sample holds some of each."""
    return mutant.name.split(" row ")[0] if " row " in mutant.name else mutant.module


def sampled(count: int, seed: int = 0) -> tuple[Mutant, ...]:
    """``count`` mutants, the same for the same sources and ``seed``: from each table and module in turn.

    Within a group they lie evenly apart; ``seed`` shifts where it begins, so that other seeds give others.
    """
    groups: dict[str, list[Mutant]] = {}
    for mutant in all_mutants():
        groups.setdefault(_group(mutant), []).append(mutant)
    shares = dict.fromkeys(groups, 0)
    left = min(count, len(all_mutants()))
    while left:
        for group, share in shares.items():
            if left and share < len(groups[group]):
                shares[group], left = share + 1, left - 1
    chosen: list[Mutant] = []
    for group, share in shares.items():
        members = groups[group]
        places = {(number * len(members) // share + seed) % len(members) for number in range(share)}
        chosen += [members[place] for place in sorted(places)]
    return tuple(chosen)
