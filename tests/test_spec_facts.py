"""The reduction of the venues' interface files: only structure is kept, and a difference from it is found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import spec_kit
from docs_pages import ROOT
from spec_kit import CLOB, KALSHI, SPECS, facts_of

TOOL = ROOT / "tools" / "spec_facts.py"
PROSE = re.compile(r"[A-Za-z]+ [a-z]+ [a-z]+")


def reduced(folder: Path, into: Path) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, str(TOOL), str(folder), "--into", str(into)]
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def words_in(node: Any) -> Iterator[str]:
    """Every string that is a value, none that names a field or a keyword."""
    if isinstance(node, dict):
        for value in node.values():
            yield from words_in(value)
    elif isinstance(node, list):
        for each in node:
            yield from words_in(each)
    elif isinstance(node, str):
        yield node


@pytest.mark.parametrize("spec", SPECS)
def test_only_structure_is_committed(spec: str) -> None:
    text = (spec_kit.FOLDER / f"{spec}.json").read_text(encoding="utf-8")
    assert not {"description", "summary", "example", "examples", "title"} & keywords(facts_of(spec))
    assert [each for each in words_in(facts_of(spec)) if PROSE.search(each)] == []
    assert "http://" not in text
    assert "https://" not in text


def keywords(node: Any, named: bool = False) -> set[str]:
    """The words that are keywords; the names under ``properties`` are the venue's and may be any."""
    if isinstance(node, list):
        return {key for each in node for key in keywords(each)}
    if not isinstance(node, dict):
        return set()
    own = set() if named else set(node)
    sections = ("properties", "schemas", "messages", "operations")
    return own | {
        key for name, each in node.items() for key in keywords(each, not named and name in sections)
    }


@pytest.mark.parametrize("spec", SPECS)
def test_every_schema_is_one(spec: str) -> None:
    facts = facts_of(spec)
    schemas = [*facts["schemas"].values(), *facts.get("messages", {}).values()]
    schemas += [
        schema
        for operation in facts.get("operations", {}).values()
        for schema in [*operation["answers"].values(), operation.get("body")]
        if schema is not None
    ]
    assert schemas
    for schema in schemas:
        Draft202012Validator.check_schema(schema)
    for name in re.findall(r'"\$ref": "#/schemas/([^"]+)"', json.dumps(facts)):
        assert name in facts["schemas"]


def test_the_files_are_what_the_tool_writes_from_the_published_ones(tmp_path: Path) -> None:
    """Only where the published files lie beside the recordings; they are not ours to commit."""
    recordings = os.environ.get("PAIRLOCK_REAL_DATA", "")
    published = Path(recordings).parent / "venues" / "spec"
    if not recordings or not published.is_dir():
        pytest.skip(
            "the venues' published interface files are not on this machine (beside PAIRLOCK_REAL_DATA)"
        )
    done = reduced(published, tmp_path)
    assert done.returncode == 0, done.stderr
    for spec in SPECS:
        name = f"{spec}.json"
        assert (tmp_path / name).read_bytes() == (spec_kit.FOLDER / name).read_bytes(), name


SMALL = """
openapi: 3.0.0
info: {version: 1.0.0, title: A title with many words}
paths:
  /things/{id}:
    parameters: [{$ref: '#/components/parameters/Id'}]
    get:
      summary: Tell me of one of them
      responses:
        '200': {description: It is here, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
        '404': {description: It is not}
components:
  parameters: {Id: {name: id, in: path, required: true, schema: {type: string, example: an example in words}}}
  schemas:
    Thing:
      type: object
      description: A thing as it is told
      required: [size, kind]
      properties:
        size: {type: integer, minimum: 0}
        kind: {type: string, enum: [big, small], nullable: true}
        description: {type: string}
        part: {allOf: [{$ref: '#/components/schemas/Part'}], nullable: true}
    Part: {type: object, properties: {made: {type: string, format: date-time}}}
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A little interface, reduced; the name under which the kit knows it."""
    (tmp_path / "small.openapi.yaml").write_text(SMALL, encoding="utf-8")
    assert reduced(tmp_path, tmp_path / "out").returncode == 0
    monkeypatch.setattr(spec_kit, "FOLDER", tmp_path / "out")
    return "small.openapi"


def test_what_is_kept_and_what_is_not(small: str) -> None:
    facts = facts_of(small)
    assert facts["operations"]["GET /things/{id}"] == {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "answers": {"200": {"$ref": "#/schemas/Thing"}, "404": None},
    }
    properties = facts["schemas"]["Thing"]["properties"]
    assert properties["kind"] == {"type": ["string", "null"], "enum": ["big", "small", None]}
    assert properties["description"] == {"type": "string"}
    assert properties["part"] == {"anyOf": [{"allOf": [{"$ref": "#/schemas/Part"}]}, {"type": "null"}]}


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (200, {"size": 1, "kind": "big"}, set()),
        (200, {"size": 1, "kind": None, "part": None}, set()),
        (200, {"size": 1, "kind": "big", "part": {"made": "2026-01-01T00:00:00Z"}}, set()),
        (200, {"kind": "big"}, {".size missing"}),
        (200, {"size": "1", "kind": "big"}, {".size is string, not integer"}),
        (200, {"size": -1, "kind": "big"}, {".size minimum: -1"}),
        (200, {"size": 1, "kind": "huge"}, {'.kind enum: "huge"'}),
        (200, {"size": 1, "kind": "big", "weight": 3}, {".weight unknown"}),
        (200, {"size": 1, "kind": "big", "part": {"mode": 1}}, {".part.mode unknown"}),
        (404, "anything", set()),
        (409, {}, {"status"}),
    ],
)
def test_a_difference_is_found(small: str, status: int, body: object, found: set[str]) -> None:
    lines = spec_kit.answer_differences(small, "GET /things/{id}", status, body)
    assert lines == {f"GET /things/{{id}} {status}: {line}" for line in found}


def test_a_time_that_is_none_is_found(small: str) -> None:
    body = {"size": 1, "kind": "big", "part": {"made": "yesterday"}}
    (line,) = spec_kit.answer_differences(small, "GET /things/{id}", 200, body)
    assert 'format: "yesterday"' in line


def test_an_unreduced_keyword_stops_the_tool(tmp_path: Path) -> None:
    text = SMALL.replace("size: {type: integer, minimum: 0}", "size: {oneOf: [{type: integer}]}")
    (tmp_path / "odd.openapi.yaml").write_text(text, encoding="utf-8")
    done = reduced(tmp_path, tmp_path / "out")
    assert done.returncode == 1
    assert "oneOf is not reduced yet" in done.stderr


def test_a_request_finds_its_operation() -> None:
    assert spec_kit.operation_of(KALSHI, "GET", "/markets/orderbooks") == "GET /markets/orderbooks"
    assert spec_kit.operation_of(KALSHI, "GET", "/markets/KX-1") == "GET /markets/{ticker}"
    assert spec_kit.operation_of(CLOB, "GET", "/order/0x1") == "GET /order/{orderID}"
    assert spec_kit.operation_of(CLOB, "PATCH", "/order") is None
    assert len(spec_kit.operations(KALSHI)) > 90
