"""Values to plain JSON structures and back, exactly; and the one canonical text that every digest is made of.

Plain means dict, list, str, int, bool and None. Enums go by value, tuples by list, members of a union carry their
class name: facts under the key ``fact``, commands under ``command``, the two kinds of exit under ``exit``. Reading is
strict: an unknown or wrongly typed field is refused, and so is a missing one that has no default. cattrs alone would
turn "5" or 5.9 into 5, and a wrong cent is worse than a refusal.

Canonical text: keys sorted, no spaces, ASCII only, integers only. Anyone can make it with a standard library:
``json.dumps(plain, sort_keys=True, separators=(",", ":"))``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, NoReturn, TypeVar, get_args, get_origin

from cattrs import Converter

from pairlock.commands import Command
from pairlock.errors import EngineBug, UserError
from pairlock.facts import Fact
from pairlock.model import ExitPlan, NoExit, Trade
from pairlock.opportunity import ArbitrageOpportunity

Plain = dict[str, Any]
T = TypeVar("T")


class PlainMismatch(UserError):
    """A stored value is not what this version writes: another version's, or damaged."""


_SCALARS = frozenset((str, int, bool, NoneType))


def _refuse_inexact(value: object) -> None:
    kind = type(value)
    if kind in _SCALARS:
        return
    if kind is dict:
        for key, item in value.items():  # type: ignore[attr-defined]
            if not isinstance(key, str):
                raise EngineBug(f"a canonical key is {key!r}: json would turn it into text")
            _refuse_inexact(item)
    elif kind is list or kind is tuple:
        for item in value:  # type: ignore[attr-defined]
            _refuse_inexact(item)
    elif not isinstance(value, (str, int)):  # StrEnum and IntEnum pass
        raise EngineBug(
            f"{value!r} of type {kind.__name__} has no canonical form: integers, text and null only"
        )


_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, check_circular=False
).encode


def canonical(obj: object) -> str:
    """The one text of a plain value. Raises ``EngineBug`` on a float or anything else that JSON would bend."""
    _refuse_inexact(obj)
    return _encode(obj)


def digest(obj: object) -> str:
    """SHA-256 of the canonical text, 64 hex digits."""
    return sha256(canonical(obj).encode("ascii")).hexdigest()


def parse(text: str) -> Any:
    """The plain value of a JSON text. Raises ``PlainMismatch`` on a float or on what is no JSON."""
    try:
        return json.loads(text, parse_float=_refuse_float, parse_constant=_refuse_float)
    except ValueError as error:
        raise PlainMismatch(
            f"a stored text is not canonical ({error}); read it with the version that wrote it."
        ) from None


def _refuse_float(text: str) -> NoReturn:
    raise ValueError(f"{text} is no integer")


# --- the converter ---------------------------------------------------------------------------------------------


def _exactly(wanted: type) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if type(value) is not wanted:
            raise TypeError(f"{value!r} is not {wanted.__name__}")
        return value

    return structure


def _read_enum(value: Any, kind: type[StrEnum]) -> StrEnum:
    if type(value) is not str:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return kind(value)


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _tuple_reader(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    args = get_args(kind)
    if len(args) == 2 and args[1] is Ellipsis:
        item = args[0]
        read_item = converter.get_structure_hook(item)

        def many(value: Any, _: Any) -> Any:
            if type(value) is not list:
                raise TypeError(f"{value!r} is not a list")
            return tuple([read_item(each, item) for each in value])

        return many
    readers = [(converter.get_structure_hook(each), each) for each in args]

    def fixed(value: Any, _: Any) -> Any:
        if type(value) is not list or len(value) != len(readers):
            raise TypeError(f"{value!r} is not a list of {len(readers)}")
        return tuple([read(each, item) for each, (read, item) in zip(value, readers, strict=True)])

    return fixed


def _tag_union(converter: Converter, union: Any, tag: str) -> None:
    """Members carry their class name under ``tag``; ``None`` stays null where the union allows it."""
    members = {member.__name__: member for member in get_args(union) if member is not NoneType}
    nullable = NoneType in get_args(union)
    readers = {name: converter.get_structure_hook(member) for name, member in members.items()}
    writers = {member: converter.get_unstructure_hook(member) for member in members.values()}

    def write(value: Any) -> Any:
        if value is None and nullable:
            return None
        writer = writers.get(type(value))
        if writer is None:
            raise EngineBug(f"{type(value).__name__} is no member of the union tagged {tag!r}")
        return {tag: type(value).__name__, **writer(value)}

    def read(value: Any, _: Any) -> Any:
        if value is None and nullable:
            return None
        if type(value) is not dict:
            raise TypeError(f"{value!r} is not an object")
        fields = dict(value)
        name = fields.pop(tag, None)
        if type(name) is not str or name not in members:
            raise TypeError(f"{tag} is {name!r}")
        return readers[name](fields, members[name])

    converter.register_structure_hook_func(lambda kind: kind == union, read)
    converter.register_unstructure_hook_func(lambda kind: kind == union, write)


def _make_converter() -> Converter:
    converter = Converter(
        forbid_extra_keys=True, detailed_validation=False, unstruct_collection_overrides={tuple: list}
    )
    for scalar in (int, str, bool):
        converter.register_structure_hook(scalar, _exactly(scalar))
    # cattrs finds hooks by class along the MRO: without these two a StrEnum would be read and written as a str.
    converter.register_structure_hook(StrEnum, _read_enum)
    converter.register_unstructure_hook(StrEnum, lambda member: member.value)
    converter.register_structure_hook_factory(_is_tuple, _tuple_reader)
    _tag_union(converter, ExitPlan | NoExit | None, "exit")
    _tag_union(converter, Fact, "fact")
    _tag_union(converter, Command, "command")
    return converter


_CONVERTER = _make_converter()


def to_plain(value: object, kind: Any = None) -> Any:
    """Any value of the model (attrs class, or member of the union ``kind``) as a plain structure."""
    return _CONVERTER.unstructure(value, unstructure_as=kind)


def from_plain(plain: object, kind: type[T]) -> T:
    """The value of class ``kind`` that ``plain`` stands for. Raises ``PlainMismatch``."""
    value: T = _read(plain, kind)
    return value


def _read(plain: object, kind: Any) -> Any:
    if type(plain) is not dict:
        raise _mismatch(kind, f"{plain!r:.60} is not an object")
    try:
        return _CONVERTER.structure(plain, kind)
    except Exception as error:  # cattrs raises whatever its generated code meets; each is the same mistake
        raise _mismatch(kind, f"{type(error).__name__}: {error}") from error


def _mismatch(kind: Any, reason: str) -> PlainMismatch:
    name = "fact or command" if isinstance(kind, UnionType) else getattr(kind, "__name__", str(kind))
    return PlainMismatch(
        f"a stored {name} is not in this version's form ({reason}); read it with the version that wrote it."
    )


def fact_to_plain(fact: Fact) -> Plain:
    plain: Plain = to_plain(fact, Fact)
    return plain


def fact_from_plain(plain: Plain) -> Fact:
    fact: Fact = _read(plain, Fact)
    return fact


def command_to_plain(command: Command) -> Plain:
    plain: Plain = to_plain(command, Command)
    return plain


def command_from_plain(plain: Plain) -> Command:
    command: Command = _read(plain, Command)
    return command


def trade_to_plain(trade: Trade) -> Plain:
    plain: Plain = to_plain(trade)
    return plain


def trade_from_plain(plain: Plain) -> Trade:
    return from_plain(plain, Trade)


def opportunity_to_plain(opportunity: ArbitrageOpportunity) -> Plain:
    plain: Plain = to_plain(opportunity)
    return plain


def opportunity_from_plain(plain: Plain) -> ArbitrageOpportunity:
    return from_plain(plain, ArbitrageOpportunity)
