"""One planted bug for each contract: with it in the engine, CrossHair must refute the contract. Checks of the checks.

A planted bug is a change of one function's source, ``old`` (which must stand there exactly once) replaced by ``new``.
It is put into the running function's code, so that every caller meets it, and taken out again.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import CodeType, FunctionType

from attrs import frozen

from pairlock.errors import EngineBug


@frozen
class Plant:
    """``function`` is the dotted name within ``pairlock`` ("fees.fee_micros"), a method's with its class."""

    function: str
    old: str
    new: str


def found(plant: Plant) -> FunctionType:
    """The engine's function. Raises EngineBug if the engine has none of that name."""
    module, *path = plant.function.split(".")
    value: object = import_module(f"pairlock.{module}")
    for name in path:
        value = value.fget if isinstance(value, property) else getattr(value, name, None)
    value = value.fget if isinstance(value, property) else value
    if not isinstance(value, FunctionType):
        raise EngineBug(f"the planted bug's function pairlock.{plant.function} is not in the engine")
    return value


def _code(plant: Plant, function: FunctionType) -> CodeType:
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(plant.old) != 1:
        raise EngineBug(f"pairlock.{plant.function} does not hold {plant.old!r} exactly once")
    names: dict[str, object] = {}
    changed = "from __future__ import annotations\n" + source.replace(plant.old, plant.new).replace(
        "@property\n", ""
    )
    exec(compile(changed, function.__code__.co_filename, "exec"), function.__globals__, names)
    made = names[function.__name__]
    assert isinstance(made, FunctionType)
    return made.__code__


@contextmanager
def planted(plant: Plant) -> Iterator[None]:
    """The engine with the bug in it. Raises EngineBug if the bug no longer fits the engine's source."""
    function = found(plant)
    sound = function.__code__
    function.__code__ = _code(plant, function)
    try:
        yield
    finally:
        function.__code__ = sound
