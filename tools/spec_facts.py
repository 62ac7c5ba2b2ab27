"""Reduces the venues' OpenAPI and AsyncAPI files to their structure: `python tools/spec_facts.py SPEC_DIR`.

The published files are not ours to copy. What stays is fact: paths, methods, parameters, the names of fields, their
types, which are required, which words are allowed. No prose, no examples. Schemas are rewritten as JSON Schema
(2020-12): OpenAPI 3.0 says `nullable`, JSON Schema says a type more. Writes tests/data/spec/NAME.json, one operation,
message or schema a line.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
INTO = ROOT / "tests" / "data" / "spec"
METHODS = ("get", "post", "put", "patch", "delete")
# Keywords whose value is copied; `pattern`, bounds and counts are structure too.
PLAIN = ("const", "pattern", "minimum", "maximum", "minItems", "maxItems", "maxLength")
FORMATS = ("date-time", "uuid")
# A constant in sentences is a text that a person reads, not a word of the interface.
PROSE = re.compile(r"\w+ \w+ \w+")

Json = Any


class SpecUnclear(Exception):
    """The file says something that this reduction would lose."""


class Reduced:
    """One file's facts."""

    def __init__(self, spec: dict[str, Json], name: str) -> None:
        self.spec = spec
        self.name = name

    def facts(self) -> dict[str, Json]:
        found: dict[str, Json] = {"version": str(self.spec["info"]["version"])}
        if "paths" in self.spec:
            found["operations"] = self._operations()
        else:
            found["messages"] = {
                name: self.schema(message.get("payload", {}))
                for name, message in self.spec["components"]["messages"].items()
            }
        schemas = self.spec["components"].get("schemas", {})
        found["schemas"] = {name: self.schema(schema) for name, schema in schemas.items()}
        return found

    def _operations(self) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for path, item in self.spec["paths"].items():
            for method in METHODS:
                if method in item:
                    shared = item.get("parameters", [])
                    found[f"{method.upper()} {path}"] = self._operation(item[method], shared)
        return found

    def _operation(self, operation: dict[str, Json], shared: list[Json]) -> dict[str, Json]:
        found: dict[str, Json] = {}
        parameters = [self._at(each) for each in [*shared, *operation.get("parameters", [])]]
        if parameters:
            found["parameters"] = [self._parameter(each) for each in parameters]
        body = self._content(self._at(operation.get("requestBody", {})))
        if body is not None:
            found["body"] = body
        found["answers"] = {
            str(status): self._content(self._at(answer)) for status, answer in operation["responses"].items()
        }
        return found

    def _parameter(self, parameter: dict[str, Json]) -> dict[str, Json]:
        return {
            "name": parameter["name"],
            "in": parameter["in"],
            "required": bool(parameter.get("required", False)),
            "schema": self.schema(parameter.get("schema", {})),
        }

    def _content(self, holder: dict[str, Json]) -> Json:
        """The schema of a JSON body; None where there is none, or it is not JSON."""
        content = holder.get("content", {}).get("application/json")
        return None if content is None else self.schema(content.get("schema", {}))

    def _at(self, node: dict[str, Json]) -> dict[str, Json]:
        """What a reference to a parameter, an answer or a body points at; of schemas the references stay."""
        while "$ref" in node:
            where = node["$ref"]
            node = self.spec
            for part in where.removeprefix("#/").split("/"):
                node = node[part]
        return node

    def schema(self, node: Json) -> Json:
        """The same demands on a value, as JSON Schema without its words."""
        if not isinstance(node, dict):
            raise SpecUnclear(f"{self.name}: a schema is {node!r}")
        found: dict[str, Json] = {}
        if "$ref" in node:
            # OpenAPI 3.0 ignores what stands beside a reference, but `nullable` there is meant.
            found["$ref"] = "#/schemas/" + node["$ref"].rpartition("/")[2]
        else:
            self._plain(node, found)
        if node.get("nullable"):
            return self._or_null(found)
        return found

    def _plain(self, node: dict[str, Json], found: dict[str, Json]) -> None:
        for key in PLAIN:
            if key in node and not (key == "const" and PROSE.search(str(node[key]))):
                found[key] = node[key]
        if "type" in node:
            found["type"] = node["type"]
        if "enum" in node and not any(PROSE.search(str(each)) for each in node["enum"]):
            found["enum"] = list(node["enum"])
        if node.get("format") in FORMATS:
            found["format"] = node["format"]
        if "required" in node:
            found["required"] = sorted(node["required"])
        if "properties" in node:
            found["properties"] = {name: self.schema(each) for name, each in node["properties"].items()}
        if "items" in node:
            found["items"] = self.schema(node["items"])
        if "allOf" in node:
            found["allOf"] = [self.schema(each) for each in node["allOf"]]
        more = node.get("additionalProperties")
        if more is not None:
            found["additionalProperties"] = more if isinstance(more, bool) else self.schema(more)
        lost = {"oneOf", "anyOf", "not", "if", "prefixItems", "patternProperties"} & node.keys()
        if lost:
            raise SpecUnclear(f"{self.name}: {', '.join(sorted(lost))} is not reduced yet; teach `_plain`")

    @staticmethod
    def _or_null(schema: dict[str, Json]) -> dict[str, Json]:
        kind = schema.get("type")
        if not isinstance(kind, str):
            return {"anyOf": [schema, {"type": "null"}]} if schema else schema
        schema["type"] = [kind, "null"]
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"].append(None)
        return schema


def read(path: Path) -> dict[str, Json]:
    """YAML, which JSON is too."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise SpecUnclear(f"{path}: no mapping at its top")
    return found


def written(facts: dict[str, Json]) -> str:
    """As JSON, one entry of each section a line, so that a change of the venue is a line in a diff."""
    sections = []
    for key, value in facts.items():
        if isinstance(value, dict):
            lines = [
                f"  {json.dumps(name)}: {json.dumps(each, sort_keys=True)}" for name, each in value.items()
            ]
            sections.append(f" {json.dumps(key)}: {{\n" + ",\n".join(sorted(lines)) + "\n }")
        else:
            sections.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="SPEC_DIR", help="the folder of the published files")
    parser.add_argument("--into", type=Path, default=INTO, help="where to write (default: tests/data/spec)")
    arguments = parser.parse_args()
    files = sorted(path for path in arguments.folder.glob("*api.*") if path.suffix in (".yaml", ".json"))
    if not files:
        sys.exit(
            f"spec_facts: {arguments.folder} holds no *.openapi.yaml or *.asyncapi.*; name the folder that does."
        )
    arguments.into.mkdir(parents=True, exist_ok=True)
    for path in files:
        facts = Reduced(read(path), path.name).facts()
        into = arguments.into / f"{path.stem}.json"
        into.write_text(written(facts), encoding="utf-8")
        print(into.name, {key: len(value) for key, value in facts.items() if isinstance(value, dict)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
