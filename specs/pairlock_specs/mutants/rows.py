"""Every row of both tables, removed and redirected.

A removed row becomes a refusal, so that the table stays total: what is missed is the move, not the cell. A redirected
row leads elsewhere: a row of the order table to each other state, a row of the trade table to two: first where the
other rows of its state lead, then the other states in their order. ``wide``: to every other state.
"""

from __future__ import annotations

import ast

from attrs import frozen

from pairlock_specs.mutants.mutant import Mutant, tree_of

MODULE = "pairlock.lifecycle"
NEAREST = 2


@frozen
class _Kind:
    """One of the two tables, as it is written in the source."""

    states: str  # the enumeration of its states
    rows: str
    refusals: str
    refusal: str
    word: str


_TRADE = _Kind("S", "ROWS", "REFUSALS", "Refusal", "trade row")
_ORDER = _Kind("OS", "ORDER_ROWS", "ORDER_REFUSALS", "OrderRefusal", "order row")


def _listed(tree: ast.Module, name: str) -> list[ast.expr]:
    """The elements of the tuple that the module gives the name ``name``."""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            if not isinstance(node.value, ast.Tuple):
                break
            return node.value.elts
    raise LookupError(f"lifecycle.py has no tuple {name}")


def _states(tree: ast.Module, kind: _Kind) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == kind.states:
            targets = [s.targets[0] for s in node.body if isinstance(s, ast.Assign)]
            return [target.id for target in targets if isinstance(target, ast.Name)]
    raise LookupError(f"lifecycle.py has no enumeration {kind.states}")


def _word(node: ast.expr) -> str:
    if not isinstance(node, ast.Attribute):
        raise LookupError(f"{ast.unparse(node)} is not one of the table's names")
    return node.attr


def _row(node: ast.expr) -> tuple[str, str, str]:
    """State, event and target of one row."""
    if not isinstance(node, ast.Call):
        raise LookupError(f"{ast.unparse(node)} is no row")
    state, event, target = (_word(argument) for argument in node.args[:3])
    return state, event, target


def _removed(kind: _Kind, number: int, where: str) -> Mutant:
    def change(tree: ast.Module) -> None:
        row = _listed(tree, kind.rows).pop(number)
        assert isinstance(row, ast.Call)
        text = f'{kind.refusal}(({ast.unparse(row.args[0])},), ({ast.unparse(row.args[1])},), R.PHASE_PAST, "removed")'
        _listed(tree, kind.refusals).append(ast.parse(text, mode="eval").body)

    return Mutant(f"{kind.word} {where} removed", MODULE, change)


def _redirected(kind: _Kind, number: int, where: str, target: str) -> Mutant:
    def change(tree: ast.Module) -> None:
        row = _listed(tree, kind.rows)[number]
        assert isinstance(row, ast.Call)
        row.args[2] = ast.parse(f"{kind.states}.{target}", mode="eval").body

    return Mutant(f"{kind.word} {where} -> {target}", MODULE, change)


def _targets(rows: list[tuple[str, str, str]], states: list[str], number: int) -> list[str]:
    """Every other target, the most plausible first."""
    state, _, right = rows[number]
    near = [to for before, _, to in rows if before == state]
    return [to for to in dict.fromkeys((*near, *states)) if to != right]


def row_mutants(*, wide: bool = False) -> list[Mutant]:
    """The mutants of both tables, in the order of their rows."""
    tree = tree_of(MODULE)
    found: list[Mutant] = []
    for kind in (_TRADE, _ORDER):
        rows = [_row(node) for node in _listed(tree, kind.rows)]
        states = _states(tree, kind)
        most = len(states) if wide or kind is _ORDER else NEAREST
        for number, (state, event, _) in enumerate(rows):
            where = f"{state}/{event}"
            found.append(_removed(kind, number, where))
            found += [_redirected(kind, number, where, to) for to in _targets(rows, states, number)[:most]]
    return found
