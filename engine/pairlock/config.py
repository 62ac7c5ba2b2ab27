"""Reads and checks a configuration file: a TOML table whose sections and keys are those of ``limits.Limits``.

Every mistake is a `UserError` that names the file, the key, the value and the mend. Nothing is guessed: an unknown
key is an error, for a limit that was meant and misspelt would be a limit that does not hold.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from attrs import Attribute, asdict, evolve, fields

from pairlock.errors import UserError
from pairlock.limits import Limits
from pairlock.model import ExitOn
from pairlock.units import DOLLAR_E4, PPM

# Within 64 bits even when multiplied by a price; longer than any deadline, more than any account.
MAX_VALUE = 10**15
_CHOICES = {"exit_on": tuple(choice.value for choice in ExitOn)}
# (section, smaller, larger, strictly): the one makes no sense beside the other
_ORDERED = (
    ("bounds", "overdue_alarm_ms", "finality_ms", True),
    ("execution", "entry_timeout_ms", "execution_deadline_ms", False),
)


def load_limits(path: Path, *, other_sections: Collection[str] = ()) -> Limits:
    """The limits that the file at ``path`` sets, defaults for the rest.

    ``other_sections`` are top-level keys that belong to someone else and are passed over. Raises UserError.
    """
    return limits_from(read_table(path), source=str(path), other_sections=other_sections)


def read_table(path: Path) -> dict[str, Any]:
    """The file as a TOML table. Raises UserError: missing, unreadable, not UTF-8, not TOML."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file; give the path of a TOML file") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give a readable TOML file") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    try:
        # numbers with a point stay strings: no limit is one, and money never passes through a binary float
        return tomllib.loads(text, parse_float=_NotAnInteger)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        said = str(error) or "nested too deeply"
        raise UserError(f"{path}: is not TOML, {said}; correct that place") from None


class _NotAnInteger(str):
    """A number with a point or an exponent, as written."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def limits_from(
    table: Mapping[str, Any], *, source: str = "configuration", other_sections: Collection[str] = ()
) -> Limits:
    """The same from a table already read; ``source`` is how messages name it. Raises UserError."""
    limits = Limits()
    sections = {attribute.name: getattr(limits, attribute.name) for attribute in fields(Limits)}
    for name, values in table.items():
        if name in other_sections and name not in sections:
            continue
        if name not in sections:
            mend = _suggested(name, [*sections, *other_sections])
            raise UserError(f"{source}: [{name}] is not a section; {mend}")
        if not isinstance(values, Mapping):
            raise UserError(
                f"{source}: {name} = {_shown(values)} must be a section; write [{name}] and its keys below"
            )
        limits = evolve(limits, **{name: _section(sections[name], name, values, source)})
    _check_order(limits, source)
    return limits


def limits_digest(limits: Limits) -> str:
    """SHA-256 (hex) of the limits as canonical JSON: sorted keys, no spaces. Equal limits, equal digest."""
    text = json.dumps(asdict(limits), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _section(defaults: Any, name: str, values: Mapping[str, Any], source: str) -> Any:
    known: dict[str, Attribute[Any]] = {attribute.name: attribute for attribute in fields(type(defaults))}
    for key, value in values.items():
        place = f"{source}: {name}.{key}"
        if key not in known:
            raise UserError(f"{place} is not a key; {_suggested(key, known)}")
        if isinstance(known[key].default, str):
            _check_choice(place, key, value)
        else:
            _check_number(place, key, value, getattr(known[key].validator, "bound", 0))
    return evolve(defaults, **values)


def _check_choice(place: str, key: str, value: object) -> None:
    choices = _CHOICES[key]
    if value not in choices or not isinstance(value, str):
        raise UserError(
            f"{place} = {_shown(value)} is not allowed; write one of {', '.join(map(repr, choices))}"
        )


def _check_number(place: str, key: str, value: object, least: int) -> None:
    most = PPM if key.endswith("_ppm") else DOLLAR_E4 if key.endswith("_e4") else MAX_VALUE
    mend = f"write a whole number from {least} to {most}{_unit(key)}"
    if type(value) is not int:
        raise UserError(f"{place} = {_shown(value)} is not a whole number; {mend}")
    if not least <= value <= most:
        raise UserError(f"{place} = {_shown(value)} is out of range; {mend}")


def _unit(key: str) -> str:
    units = {
        "_ms": "milliseconds",
        "_ppm": "millionths",
        "_micros": "micro-dollars",
        "_e2": "1/100 contract",
        "_e4": "1/10,000 dollar",
    }
    return next((f" ({unit})" for suffix, unit in units.items() if key.endswith(suffix)), "")


def _check_order(limits: Limits, source: str) -> None:
    for section, smaller, larger, strictly in _ORDERED:
        values = getattr(limits, section)
        low, high = getattr(values, smaller), getattr(values, larger)
        if low > high or (strictly and low == high):
            relation = "less than" if strictly else "at most"
            raise UserError(
                f"{source}: {section}.{smaller} = {low} must be {relation} {section}.{larger} = {high};"
                f" lower {smaller} or raise {larger}"
            )


def _suggested(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"


def _shown(value: object) -> str:
    if isinstance(value, int) and abs(value) > 10**30:
        return "a huge number"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
