"""Puts a mutant in the place of its module before anything imports it, so that every importer gets the changed one."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType

from pairlock_specs.mutants.mutant import Mutant, mutated, source_of


class _Loader(SourceFileLoader):
    """Compiles the tree that it was given; nothing is read from or written to a cache."""

    def __init__(self, module: str, path: str, tree: ast.Module) -> None:
        super().__init__(module, path)
        self._tree = tree

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._tree, self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self.found = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        self.found = True
        where = str(source_of(fullname))
        return spec_from_file_location(
            fullname, where, loader=_Loader(fullname, where, mutated(self._mutant))
        )


def install(mutant: Mutant) -> None:
    """From here on this process imports the mutant. Raises RuntimeError if any of the engine is imported already."""
    early = sorted(name for name in sys.modules if name.split(".")[0] == "pairlock")
    if early:
        raise RuntimeError(f"{early[0]} was imported before the mutant was installed")
    sys.meta_path.insert(0, _Finder(mutant))
