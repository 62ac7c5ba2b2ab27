"""Every contract by name, with its sentence and where it stands; refuses one that CrossHair would misread."""

from __future__ import annotations

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from pairlock.errors import EngineBug

MODULES = ("units", "fees", "book", "sizing", "gates", "exposure", "ledger", "exits", "lifecycle")
PACKAGE = "pairlock_specs.contracts"


@frozen
class Contract:
    """``name`` is "module.function"; ``first_line`` to ``last_line`` is where it stands in its file."""

    name: str
    sentence: str
    first_line: int
    last_line: int

    @property
    def module(self) -> str:
        return self.name.partition(".")[0]


def misread(function: ast.FunctionDef) -> str:
    """Why CrossHair would take the function for less than it says, or ""."""
    sentence = ast.get_docstring(function)
    if not sentence or "\n" in sentence or not sentence.endswith("."):
        return "its docstring is not one sentence on one line"
    body = function.body[1:]
    given = 0
    while given < len(body) and isinstance(body[given], ast.Assert):
        given += 1
    if given == 0:
        return "it does not begin with an assert, so CrossHair passes over it"
    if given == len(body) and given < 2:
        return "it promises nothing"
    # CrossHair takes every leading assert for a precondition: a promise among them would be assumed, not checked.
    if given == len(body):
        return "no statement stands between what is given and what is promised"
    if not any(isinstance(node, ast.Assert) for later in body[given:] for node in ast.walk(later)):
        return "it promises nothing"
    if any(isinstance(node, ast.ExceptHandler) for later in body for node in ast.walk(later)):
        return "it catches exceptions, which could hide a broken promise"
    return ""


def contracts_in(source: str, module: str) -> tuple[Contract, ...]:
    """The public functions of one contract module. Raises EngineBug for one that CrossHair would misread."""
    found = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        wrong = misread(node)
        if wrong:
            raise EngineBug(f"the contract {module}.{node.name} would be misread: {wrong}")
        sentence = ast.get_docstring(node) or ""
        found.append(Contract(f"{module}.{node.name}", sentence, node.lineno, node.end_lineno or node.lineno))
    return tuple(found)


def source_of(module: str) -> Path:
    spec = find_spec(f"{PACKAGE}.{module}")
    if spec is None or spec.origin is None:
        raise EngineBug(f"the contract module {module} is not installed")
    return Path(spec.origin)


def contracts(modules: tuple[str, ...] = MODULES) -> tuple[Contract, ...]:
    """Every contract of the given modules, in the order of their files."""
    found: list[Contract] = []
    for module in modules:
        import_module(f"{PACKAGE}.{module}")
        found += contracts_in(source_of(module).read_text(encoding="utf-8"), module)
    return tuple(found)
