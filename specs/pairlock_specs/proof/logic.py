"""One logic for two readers: the same formula is built for z3, and evaluated at once on plain integers.

Each condition of the proof is written once. Given z3 variables it becomes a formula to be proved; given the numbers of
a real transition of the engine it is simply true or false.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import z3

Value = Any  # an integer or a truth value: Python's own, or z3's

# A condition with the words that say what it stands for.
Named = tuple[str, Value]


def _symbolic(values: Iterable[Value]) -> bool:
    for value in values:  # noqa: SIM110 (a loop: this is asked millions of times)
        if value is not True and value is not False and isinstance(value, z3.ExprRef):
            return True
    return False


def both(*values: Value) -> Value:
    """All of them."""
    return z3.And(*values) if _symbolic(values) else all(values)


def either(*values: Value) -> Value:
    """At least one of them."""
    return z3.Or(*values) if _symbolic(values) else any(values)


def no(value: Value) -> Value:
    return z3.Not(value) if isinstance(value, z3.ExprRef) else not value


def implies(if_so: Value, then: Value) -> Value:
    return z3.Implies(if_so, then) if _symbolic((if_so, then)) else (not if_so) or then


def choose(if_so: Value, then: Value, otherwise: Value) -> Value:
    if isinstance(if_so, z3.ExprRef):
        return z3.If(if_so, then, otherwise)
    return then if if_so else otherwise


def most(a: Value, b: Value) -> Value:
    """The larger one."""
    return choose(a >= b, a, b)


def least(a: Value, b: Value) -> Value:
    """The smaller one."""
    return choose(a <= b, a, b)


def failing(conditions: Iterable[Named]) -> list[str]:
    """Of conditions on plain numbers, the words of those that are false."""
    return [words for words, value in conditions if not value]
