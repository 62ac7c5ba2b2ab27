"""Fault scripts as TOML files: read with one-sentence errors, and written so that reading gives the same script back.

    [[fault]]
    kind = "delayed"
    venue = "polymarket"
    role = "entry"
    nth = 2
    hold_ms = 4_000

Every key but ``kind`` may be left out; what a key means is told by ``Fault`` and ``fault_parameters``. What the
faults strike may be told by one more table:

    [world]
    profile = "hostile"
    events = [17, 21]
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, overload

from attrs import evolve, fields, frozen

from pairlock.errors import UserError
from pairlock.model import Outcome
from pairlock_adapters.simulated.effects import Effect
from pairlock_adapters.simulated.fault_kinds import KINDS, FaultKind
from pairlock_adapters.simulated.fault_parameters import PARAMETERS, RANGES, Range
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.profiles import NONE, PROFILES
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET

_CHOICES: dict[str, tuple[str, ...]] = {
    "venue": ("", KALSHI, POLYMARKET),
    "role": ("", "entry", "exit"),
    "outcome": ("", *(outcome.value for outcome in Outcome)),
}
_TEXTS = ("market", "intent", "what")
_NUMBERS = {"nth": Range(1), "times": Range(), "from_ms": Range(), "until_ms": Range()}
_SELECTORS = (*_CHOICES, *_TEXTS, *_NUMBERS)
_EVENTS = Range()


@frozen
class Script(Sequence[Fault]):
    """Faults, and the world that they strike: the profile whose times, fees and markets it has (its own faults left
    out), and the numbers of the events to trade, from 0 and rising (empty: all of them)."""

    faults: tuple[Fault, ...] = ()
    profile: str = NONE.name
    events: tuple[int, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Fault: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Fault, ...]: ...
    def __getitem__(self, index: int | slice) -> Fault | tuple[Fault, ...]:
        return self.faults[index]

    def __len__(self) -> int:
        return len(self.faults)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.faults)

    def event(self, index: int) -> int:
        """The number of the event to trade after ``index`` others; behind the last named one they go on by one."""
        if index < len(self.events):
            return self.events[index]
        return self.events[-1] + 1 + index - len(self.events) if self.events else index


def load_script(path: str) -> Script:
    """The script in the file. Raises UserError: one sentence that names file, table, key and mend."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"the fault script {path} cannot be read ({error}); name a TOML file that can be"
        ) from error
    return parse_script(text, path)


def parse_script(text: str, name: str) -> Script:
    """The script in ``text``; ``name`` is what errors call it."""
    try:
        # Money is never in a script; a float is refused by the ranges, whatever it is read as.
        plain = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{name} is not TOML ({error}); write each fault as a [[fault]] table") from error
    return script_from(plain, name)


def script_from(plain: dict[str, Any], name: str) -> Script:
    """The script in TOML that is read already; takes what it knows out of ``plain``."""
    tables = plain.pop("fault", [])
    profile, events = _world(plain.pop("world", {}), name)
    if plain:
        raise UserError(
            f"{name} has the key {next(iter(plain))!r}; only [[fault]] tables and one [world] may stand in a script"
        )
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UserError(f"{name} has a [fault] table or value; write each fault as a [[fault]] table")
    faults = tuple(_fault(table, f"{name}, fault {number}") for number, table in enumerate(tables, 1))
    return Script(faults, profile, events)


def _world(table: Any, name: str) -> tuple[str, tuple[int, ...]]:
    where = f"{name}, world"
    if not isinstance(table, dict):
        raise UserError(f"{where} is {table!r}, which must be one table; write [world] above its keys")
    unknown = [key for key in table if key not in ("profile", "events")]
    if unknown:
        raise UserError(f"{where}: {unknown[0]!r} is no key of it; use one of profile, events")
    profile, events = table.get("profile", NONE.name), table.get("events", [])
    if not isinstance(profile, str) or profile not in PROFILES:
        _refuse(where, "profile", f"must be {' or '.join(repr(each) for each in PROFILES)}", profile)
    if not isinstance(events, list) or any(_EVENTS.refuses(each) for each in events):
        _refuse(where, "events", "must be a list of integers from 0", events)
    if any(later <= earlier for earlier, later in pairwise(events)):
        _refuse(where, "events", "must rise", events)
    return profile, tuple(events)


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


def dump_script(script: Script | Iterable[Fault]) -> str:
    """The script as TOML. Raises UserError for a fault whose effect no script can say."""
    tables = [_table(fault) for fault in script]
    if isinstance(script, Script) and (script.profile != NONE.name or script.events):
        world = ["[world]"]
        world += [f"profile = {_literal(script.profile)}"] if script.profile != NONE.name else []
        world += [f"events = {list(script.events)}"] if script.events else []
        tables.insert(0, "\n".join(world) + "\n")
    return "\n".join(tables)


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
