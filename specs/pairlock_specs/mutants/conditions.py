"""Every condition of the engine's deciding functions, each negated alone.

A condition is a test of ``if``, ``while``, a conditional expression or a comprehension; an operand of ``and`` or
``or``; a comparison; and what ``not`` is said of. The name is module, function, the condition's number in it, its text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from attrs import frozen

from pairlock_specs.mutants.mutant import Mutant, tree_of

# Module: the functions that are mutated; all of them where none is named.
WHERE: dict[str, tuple[str, ...]] = {
    "pairlock.classify": (),
    "pairlock.decide": (),
    "pairlock.exposure": (),
    "pairlock.ledger": (),
    "pairlock.runner.recovery": (),
    "pairlock.journal.replay": (),  # recovery's other half: the fold of the records
    "pairlock.absorb": ("_restarted",),  # and what a trade makes of a restart
}

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@frozen(eq=False)
class Place:
    """One condition: ``expression`` stands in ``field`` of ``parent`` (at ``index``, where that is a list)."""

    parent: ast.AST
    field: str
    index: int | None
    expression: ast.expr

    def put(self, new: ast.expr) -> None:
        if self.index is None:
            setattr(self.parent, self.field, new)
        else:
            getattr(self.parent, self.field)[self.index] = new


def functions(tree: ast.Module) -> Iterator[tuple[str, _Function]]:
    """Every function with its qualified name, in the order of the source; nested ones belong to the outer one."""

    def within(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, _Function]]:
        for node in body:
            if isinstance(node, _Function):
                yield prefix + node.name, node
            elif isinstance(node, ast.ClassDef):
                yield from within(node.body, f"{prefix}{node.name}.")

    return within(tree.body, "")


def _children(node: ast.AST) -> Iterator[Place]:
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.expr):
            yield Place(node, field, None, value)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.expr):
                    yield Place(node, field, index, item)


def _is_condition(place: Place) -> bool:
    parent = place.parent
    if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
        return False  # the negation of the whole `not` is the same change
    if place.field == "test" and isinstance(parent, ast.If | ast.While | ast.IfExp):
        return True
    if place.field == "ifs" or isinstance(parent, ast.BoolOp):
        return True
    negation = isinstance(place.expression, ast.UnaryOp) and isinstance(place.expression.op, ast.Not)
    return negation or isinstance(place.expression, ast.Compare | ast.BoolOp)


def places(function: _Function) -> list[Place]:
    """Every condition of the function, from the outside in, in the order of the source."""
    found: list[Place] = []

    def visit(node: ast.AST) -> None:
        here = {id(place.expression): place for place in _children(node)}
        for child in ast.iter_child_nodes(node):
            place = here.get(id(child))
            if place is not None and _is_condition(place):
                found.append(place)
            visit(child)

    for statement in function.body:
        visit(statement)
    return found


def _negated(expression: ast.expr) -> ast.expr:
    if isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.Not):
        return expression.operand
    return ast.UnaryOp(ast.Not(), expression)


def _mutant(module: str, function: str, number: int, text: str) -> Mutant:
    def change(tree: ast.Module) -> None:
        place = places(dict(functions(tree))[function])[number - 1]
        place.put(_negated(place.expression))

    short = module.removeprefix("pairlock.")
    return Mutant(f"{short}:{function}:{number}: not ({text})", module, change)


def condition_mutants() -> list[Mutant]:
    """One mutant a condition, in the order of ``WHERE`` and of the sources."""
    found: list[Mutant] = []
    for module, wanted in WHERE.items():
        for name, function in functions(tree_of(module)):
            if wanted and name not in wanted:
                continue
            texts = [ast.unparse(place.expression) for place in places(function)]
            found += [_mutant(module, name, number, text) for number, text in enumerate(texts, start=1)]
    return found
