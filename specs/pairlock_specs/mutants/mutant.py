"""What a mutant is: one module of the engine with one small change, under a name that no line number is part of.

Nothing here imports the engine: its sources are only read, so that a changed module can be the first to be imported.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen


@frozen
class Mutant:
    """``module`` is the changed one; ``change`` alters its freshly parsed tree in place."""

    name: str
    module: str
    change: Callable[[ast.Module], None]


@cache
def package_folder() -> Path:
    """Where the installed engine lies, found without importing it."""
    found = find_spec("pairlock")
    if found is None or not found.submodule_search_locations:
        raise ImportError("the package pairlock is not installed")
    return Path(found.submodule_search_locations[0])


def source_of(module: str) -> Path:
    """The file of a module of the engine: ``pairlock.runner.recovery`` and so on."""
    return package_folder().joinpath(*module.split(".")[1:]).with_suffix(".py")


def tree_of(module: str) -> ast.Module:
    """The module's tree, parsed anew: whoever asks may change it."""
    path = source_of(module)
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def mutated(mutant: Mutant) -> ast.Module:
    """The tree of the mutant's module with its change made."""
    tree = tree_of(mutant.module)
    mutant.change(tree)
    return ast.fix_missing_locations(tree)
