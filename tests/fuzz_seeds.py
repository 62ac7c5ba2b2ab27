"""Bodies made from a published schema: every field there, with a value that its type, words and bounds allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import spec_kit

# By a part of a field's name: what such a text looks like at the venues.
_TEXTS = (("dollars", "0.4500"), ("price", "0.45"), ("_fp", "10.00"), ("size", "10"), ("amount", "10"),
          ("fee", "0.0174"), ("time", "1790000000"), ("hash", "0x0b"), ("outcome", "Yes"))  # fmt: skip
_DEEPEST = 8


def examples(spec: str, *schemas: str, names: Mapping[str, str]) -> tuple[object, ...]:
    """One body for each of the schemas. ``names``: values of fields that must be those of our own order."""
    known = spec_kit.facts_of(spec)["schemas"]
    missing = [name for name in schemas if name not in known]
    assert not missing, f"{spec} has no schema {missing}; it has {sorted(known)}"
    return tuple(_example(spec, known[name], "", names, 0) for name in schemas)


def _example(
    spec: str, schema: Mapping[str, Any], field: str, names: Mapping[str, str], depth: int
) -> object:
    if "$ref" in schema:
        target = spec_kit.facts_of(spec)["schemas"][schema["$ref"].rpartition("/")[2]]
        return _example(spec, target, field, names, depth)
    for several in ("allOf", "anyOf"):
        if several in schema:
            return _example(spec, schema[several][0], field, names, depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if depth > _DEEPEST:
        return None
    if kind == "object":
        parts = schema.get("properties", {}).items()
        return {name: _example(spec, each, name, names, depth + 1) for name, each in parts}
    if kind == "array":
        return [_example(spec, schema.get("items", {}), field, names, depth + 1)]
    return _leaf(kind, schema, field, names)


def _leaf(kind: str, schema: Mapping[str, Any], field: str, names: Mapping[str, str]) -> object:
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if field in names:
        return names[field]
    if schema.get("format") == "date-time":
        return "2030-01-02T12:00:00Z"
    return next((value for part, value in _TEXTS if part in field), "a")


def words() -> Iterator[str]:
    """Every field and every word of the published interfaces: what a fuzzer would have to guess."""
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.update(node.get("properties", {}))
            found.update(each for each in node.get("enum", ()) if isinstance(each, str))
            for each in node.values():
                walk(each)
        elif isinstance(node, list):
            for each in node:
                walk(each)

    for spec in spec_kit.SPECS:
        walk(spec_kit.facts_of(spec))
    yield from sorted(found)
