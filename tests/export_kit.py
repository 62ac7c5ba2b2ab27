"""Exports for the tests: each scope is explored and tabulated once."""

from functools import cache

from attrs import evolve

from pairlock_specs.explore import Explorer
from pairlock_specs.export.tabulate import Tables, tabulate
from pairlock_specs.scope import KILL, Scope

TINY = evolve(KILL, name="tiny", parts=KILL.parts[3:])  # one leg after the other, with a resolution


@cache
def tables_of(name: str) -> Tables:
    """The engine's tables over the named scope."""
    scope: Scope = {"kill": KILL, "tiny": TINY}[name]
    return tabulate(Explorer(scope).run())
