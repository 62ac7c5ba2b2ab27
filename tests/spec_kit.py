"""The venues' published interfaces as data (tests/data/spec), and what an answer of ours says otherwise.

A difference is a line of text. Where facts are newer than the published file, or the file contradicts the venue's own
client, the line is listed with its reason in ``deviations.toml``; any other line fails the test that found it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from attrs import frozen
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

FOLDER = Path(__file__).resolve().parent / "data" / "spec"
KALSHI, KALSHI_SOCKET = "kalshi.openapi", "kalshi.asyncapi"
CLOB, GAMMA, DATA = "polymarket-clob.openapi", "polymarket-gamma.openapi", "polymarket-data.openapi"
MARKET_SOCKET, USER_SOCKET = "polymarket.asyncapi", "polymarket-user.asyncapi"
SPECS = (KALSHI, KALSHI_SOCKET, CLOB, GAMMA, DATA, MARKET_SOCKET, USER_SOCKET)

Facts = dict[str, Any]
FORMATS = FormatChecker(formats=())


def _is_time(value: object) -> bool:
    return not isinstance(value, str) or (bool(datetime.fromisoformat(value)) and "T" in value)


def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or bool(UUID(value))


FORMATS.checks("date-time", raises=ValueError)(_is_time)
FORMATS.checks("uuid", raises=ValueError)(_is_uuid)


@cache
def facts_of(spec: str) -> Facts:
    found = json.loads((FOLDER / f"{spec}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@cache
def operations(spec: str) -> dict[str, Facts]:
    found = facts_of(spec).get("operations", {})
    assert isinstance(found, dict)
    return found


def operation_of(spec: str, method: str, path: str) -> str | None:
    """The operation that a request is, as "GET /markets/{ticker}": the literal path before one with parameters."""
    fits = []
    for name in operations(spec):
        own_method, _, template = name.partition(" ")
        pattern = re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(template))
        if own_method == method and re.fullmatch(pattern, path):
            fits.append(name)
    return min(fits, key=lambda name: name.count("{"), default=None)


def template(path: str) -> str:
    """A path with nameless parameters, so that two templates of one path compare equal."""
    return re.sub(r"\{[^/]+\}", "{}", path)


@frozen
class Listed:
    """An entry of deviations.toml. ``line``: a whole difference, ``*`` for any part of it."""

    spec: str
    line: str
    why: str

    def covers(self, line: str) -> bool:
        return re.fullmatch(re.escape(self.line).replace(r"\*", ".*"), line) is not None


@cache
def listed() -> tuple[Listed, ...]:
    plain = tomllib.loads((FOLDER / "deviations.toml").read_text(encoding="utf-8"))
    return tuple(Listed(each["spec"], each["line"], each["why"]) for each in plain["deviation"])


def split(spec: str, lines: set[str]) -> tuple[set[str], set[Listed]]:
    """The lines that no entry covers, and the entries that cover one."""
    own = [each for each in listed() if each.spec == spec]
    used = {entry for entry in own for line in lines if entry.covers(line)}
    return {line for line in lines if not any(entry.covers(line) for entry in own)}, used


def answer_differences(spec: str, operation: str, status: int, body: object) -> set[str]:
    """What an answer says otherwise than the interface: its status, its types, words, missing and unknown fields."""
    answers = operations(spec)[operation]["answers"]
    key = str(status) if str(status) in answers else "default"
    if key not in answers:
        return {f"{operation} {status}: status"}
    schema = answers[key]
    if schema is None:
        return set()
    return {f"{operation} {status}: {line}" for line in differences(spec, schema, body)}


def request_differences(spec: str, operation: str, body: object) -> set[str]:
    """The same of a request's body: so that what our tests send is what the venue takes."""
    schema = operations(spec)[operation].get("body")
    return (
        set() if schema is None else {f"{operation} body: {line}" for line in differences(spec, schema, body)}
    )


def message_differences(spec: str, message: str, body: object) -> set[str]:
    """The same of one message of a socket."""
    return {f"{message}: {line}" for line in differences(spec, facts_of(spec)["messages"][message], body)}


def differences(spec: str, schema: Facts, value: object) -> Iterator[str]:
    root = {**schema, "schemas": facts_of(spec)["schemas"]}
    validator = Draft202012Validator(root, format_checker=FORMATS)
    for error in validator.iter_errors(value):
        yield _line(error)
    for path in sorted(_unknown(spec, schema, value, "")):
        yield f"{path} unknown"


def _where(error: ValidationError) -> str:
    """Where in the value, with every list position the same."""
    return "".join("[]" if isinstance(part, int) else f".{part}" for part in error.absolute_path) or "."


def _line(error: ValidationError) -> str:
    where = _where(error)
    match error.validator:
        case "required":
            missing = re.match(r"'([^']+)'", error.message)
            return f"{where if where != '.' else ''}.{missing[1] if missing else '?'} missing"
        case "type":
            return f"{where} is {_type(error.instance)}, not {error.validator_value}"
        case "anyOf":
            return f"{where} is none of the alternatives: {[_line(each) for each in error.context or ()]}"
    return f"{where} {error.validator}: {json.dumps(error.instance)[:60]}"


def _type(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _unknown(spec: str, schema: Facts, value: object, where: str) -> Iterator[str]:
    """Fields that the schema does not name, where it names any: a wrong name is a missing field under another."""
    shapes = list(_shapes(spec, schema))
    if isinstance(value, list):
        for items in [shape["items"] for shape in shapes if "items" in shape]:
            for each in value:
                yield from _unknown(spec, items, each, f"{where}[]")
    if not isinstance(value, dict):
        return
    named = {name: each for shape in shapes for name, each in shape.get("properties", {}).items()}
    rest = [shape["additionalProperties"] for shape in shapes if "additionalProperties" in shape]
    for name, each in value.items():
        if name in named:
            yield from _unknown(spec, named[name], each, f"{where}.{name}")
        elif rest:
            if isinstance(rest[0], dict):
                yield from _unknown(spec, rest[0], each, f"{where}.*")
        elif named:
            yield f"{where}.{name}"


def _shapes(spec: str, schema: Facts) -> Iterator[Facts]:
    """The schema and all that it stands for."""
    yield schema
    if "$ref" in schema:
        yield from _shapes(spec, facts_of(spec)["schemas"][schema["$ref"].rpartition("/")[2]])
    for each in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        yield from _shapes(spec, each)
