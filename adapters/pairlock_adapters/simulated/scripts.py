"""Fault scripts as TOML files: read with one-sentence errors, and written so that reading gives the same script back.

    [[fault]]
    kind = "delayed"
    venue = "polymarket"
    role = "entry"
    nth = 2
    hold_ms = 4_000

Every key but ``kind`` may be left out; what a key means is told by ``Fault`` and ``fault_parameters``.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from typing import Any

from attrs import evolve, fields

from pairlock.errors import UserError
from pairlock.model import Outcome
from pairlock_adapters.simulated.effects import Effect
from pairlock_adapters.simulated.fault_kinds import KINDS, FaultKind
from pairlock_adapters.simulated.fault_parameters import PARAMETERS, RANGES, Range
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET

_CHOICES: dict[str, tuple[str, ...]] = {
    "venue": ("", KALSHI, POLYMARKET),
    "role": ("", "entry", "exit"),
    "outcome": ("", *(outcome.value for outcome in Outcome)),
}
_TEXTS = ("market", "intent", "what")
_NUMBERS = {"nth": Range(1), "times": Range(), "from_ms": Range(), "until_ms": Range()}
_SELECTORS = (*_CHOICES, *_TEXTS, *_NUMBERS)


def load_script(path: str) -> tuple[Fault, ...]:
    """The faults in the file. Raises UserError: one sentence that names file, table, key and mend."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"the fault script {path} cannot be read ({error}); name a TOML file that can be"
        ) from error
    return parse_script(text, path)


def parse_script(text: str, name: str) -> tuple[Fault, ...]:
    """The faults in ``text``; ``name`` is what errors call it."""
    try:
        # Money is never in a script; a float is refused by the ranges, whatever it is read as.
        plain = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{name} is not TOML ({error}); write each fault as a [[fault]] table") from error
    tables = plain.pop("fault", [])
    if plain:
        raise UserError(
            f"{name} has the key {next(iter(plain))!r}; only [[fault]] tables may stand in a script"
        )
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UserError(f"{name} has a [fault] table or value; write each fault as a [[fault]] table")
    return tuple(_fault(table, f"{name}, fault {number}") for number, table in enumerate(tables, 1))


def _fault(table: dict[str, Any], where: str) -> Fault:
    kind = _kind(table, where)
    allowed = PARAMETERS.get(kind, ())
    selected: dict[str, Any] = {}
    changed: dict[str, Any] = {}
    for key, value in table.items():
        if key == "kind":
            continue
        if key in allowed:
            _refuse(where, key, RANGES[key].refuses(value), value)
            changed[key] = value
        elif key in _SELECTORS:
            _refuse(where, key, _selector_problem(key, value), value)
            selected[key] = value
        else:
            known = ", ".join((*_SELECTORS, *allowed))
            raise UserError(f"{where}: {key!r} is no key of kind {kind.value!r}; use one of kind, {known}")
    effect = evolve(KINDS[kind][1], **changed) if changed else None
    return Fault(kind, effect=effect, **selected)


def _kind(table: dict[str, Any], where: str) -> FaultKind:
    named = table.get("kind")
    if named is None:
        raise UserError(f"{where}: the key 'kind' is missing; name the kind of the fault")
    try:
        return FaultKind(named)
    except ValueError:
        kinds = ", ".join(sorted(FaultKind))
        raise UserError(f"{where}: kind {named!r} does not exist; use one of {kinds}") from None


def _selector_problem(key: str, value: object) -> str:
    if key in _NUMBERS:
        return _NUMBERS[key].refuses(value)
    if not isinstance(value, str):
        return "must be a string"
    if key in _CHOICES and value not in _CHOICES[key]:
        return f"must be {' or '.join(repr(choice) for choice in _CHOICES[key] if choice)}"
    return ""


def _refuse(where: str, key: str, problem: str, value: object) -> None:
    if problem:
        raise UserError(f"{where}: {key} is {value!r}, which {problem}")


def dump_script(faults: Iterable[Fault]) -> str:
    """The script as TOML. Raises UserError for a fault whose effect no script can say."""
    return "\n".join(_table(fault) for fault in faults)


def _table(fault: Fault) -> str:
    lines = ["[[fault]]", f"kind = {_literal(fault.kind.value)}"]
    lines += [
        f"{f.name} = {_literal(getattr(fault, f.name))}"
        for f in fields(Fault)
        if f.name in _SELECTORS and getattr(fault, f.name) != f.default
    ]
    own = KINDS[fault.kind][1]
    for f in fields(Effect):
        value = getattr(fault.effect or own, f.name)
        if value == getattr(own, f.name):
            continue
        if f.name not in PARAMETERS.get(fault.kind, ()):
            raise UserError(f"a {fault.kind.value} fault with another {f.name} cannot be written as a script")
        lines.append(f"{f.name} = {_literal(value)}")
    return "\n".join(lines) + "\n"


def _literal(value: object) -> str:
    if isinstance(value, str):
        # TOML's basic strings are JSON's, but for DEL, which must be escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else str(value)
