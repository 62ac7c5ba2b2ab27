"""`pairlock audit table` in every form: complete, true to the table, readable by what is meant to read it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from pairlock.cli import main
from pairlock.lifecycle import CLOSED, OE, ORDER_ROWS, OS, REFUSALS, ROWS, E, OrderRow, Row, S
from pairlock.machine import Refused, advance, advance_order
from pairlock.table_cells import order_table, trade_table
from pairlock.table_check import table_digest
from pairlock.table_view import as_csv, as_dot, as_markdown, as_mermaid

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / "engine" / "pairlock"


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["audit", "table", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.endswith("\n")
    assert not captured.out.endswith("\n\n")
    assert captured.out.isascii(), "it must print on any terminal"
    return captured.out


def test_json_holds_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(output(capsys, "--format", "json"))
    assert list(told) == ["digest", "trade", "order"]
    assert told["digest"] == table_digest()
    expected: list[tuple[str, Any, Any, tuple[str, ...]]] = [
        ("trade", S, E, ("SETTLED", "ROLLED_BACK", "HEDGED")),
        ("order", OS, OE, ("FINAL",)),
    ]
    for name, states, events, closed in expected:
        table = told[name]
        assert list(table) == ["states", "events", "cells"]
        assert table["states"] == [{"name": str(each), "closed": each in closed} for each in states]
        assert table["events"] == [str(each) for each in events]
        order = [(str(state), str(event)) for state in states for event in events]
        assert [(cell["state"], cell["event"]) for cell in table["cells"]] == order
        for cell in table["cells"]:
            assert set(cell) in ({"state", "event", "to", "why"}, {"state", "event", "refusal", "why"})
            assert cell["why"]
    assert sum("to" in cell for cell in told["trade"]["cells"]) == 47
    assert sum("refusal" in cell for cell in told["trade"]["cells"]) == 173
    assert sum("to" in cell for cell in told["order"]["cells"]) == 15
    assert sum("refusal" in cell for cell in told["order"]["cells"]) == 40


def test_json_says_what_the_machine_does(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(output(capsys, "--format", "json"))
    for cell in told["trade"]["cells"]:
        assert told_and_done(cell, lambda c: advance(S(c["state"]), E(c["event"])))
    for cell in told["order"]["cells"]:
        assert told_and_done(cell, lambda c: advance_order(OS(c["state"]), OE(c["event"])))


def told_and_done(cell: dict[str, str], do: Any) -> bool:
    try:
        return bool(do(cell) == cell["to"]) if "to" in cell else do(cell) is None
    except Refused as refused:
        return (refused.reason, refused.why) == (cell.get("refusal"), cell["why"])


def test_csv_holds_the_same_cells_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(output(capsys, "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(output(capsys, "--format", "csv"))))
    cells = [{"table": name, **cell} for name in ("trade", "order") for cell in told[name]["cells"]]
    assert [{key: value for key, value in row.items() if value} for row in rows] == cells
    assert len(rows) == 275


# --- markdown -----------------------------------------------------------------------------------------------------


def test_markdown_is_the_default_and_the_committed_page(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys)
    assert page == output(capsys, "--format", "md")
    committed = (ROOT / "docs" / "lifecycle.md").read_bytes().decode()
    assert committed == page, "docs/lifecycle.md is stale: run `make generated`"


def test_the_committed_page_is_checked_by_make_check() -> None:
    done = subprocess.run(
        [sys.executable, "tools/generated.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "docs/lifecycle.md" in (ROOT / "tools" / "generated.py").read_text()
    assert "tools/generated.py --check" in (ROOT / "Makefile").read_text()


def grids(page: str) -> list[list[list[str]]]:
    """The tables of a Markdown page, each a list of rows of cells without the head."""
    found: list[list[list[str]]] = []
    for block in re.findall(r"(?:^\|.*\n)+", page, flags=re.MULTILINE):
        rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()]
        assert len({len(row) for row in rows}) == 1, "a row has another number of columns"
        found.append([[text.strip() for text in row] for row in rows[2:]])
    return found


def test_markdown_tells_every_move_and_every_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys)
    assert "`pairlock audit table --format md`" in page.split("##", maxsplit=1)[0]
    assert f"`{table_digest()}`" in page
    assert re.search(r"10 states x 22 events = 220 cells: 47 moves,\s173 refusals", page)
    assert re.search(r"5 states x 11 events = 55 cells: 15 moves,\s40 refusals", page)
    told: dict[tuple[str, str], str] = {}
    for part, events in zip(page.split("\n## ")[1:], (E, OE), strict=True):
        moves, refusals = part.split("\n### ")[1:]
        for state, grid in zip(
            re.findall(r"^\*\*(\w+)\*\*$", moves, flags=re.MULTILINE), grids(moves), strict=True
        ):
            told |= {(state, event): to.removesuffix(" (stays)") + ": " + why for event, to, why in grid}
        reasons = re.findall(r"^\*\*(\w+)\*\* \((\d+) cells\)$", refusals, flags=re.MULTILINE)
        for (reason, count), grid in zip(reasons, grids(refusals), strict=True):
            new = {
                (state, event): f"{reason}: {why}"
                for states, named, why in grid
                for state in states.split(", ")
                for event in spelled_out(named, [str(each) for each in events])
            }
            assert len(new) == int(count)
            assert not set(new) & set(told)
            told |= new
    assert len(told) == 275
    for table in (trade_table(), order_table()):
        for (state, event), line in table.cells():
            outcome = line.to if isinstance(line, Row | OrderRow) else line.reason
            assert told[state, event] == f"{outcome}: {line.why}"


def spelled_out(named: str, events: list[str]) -> list[str]:
    if named == "every event":
        return events
    if named.startswith("every event but "):
        left_out = named.removeprefix("every event but ").split(", ")
        return [event for event in events if event not in left_out]
    return named.split(", ")


def test_markdown_can_be_read_in_one_sitting(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys)
    assert len(page.splitlines()) < 330
    assert len(page.split()) < 2750, "a quarter of an hour"


def test_a_reason_cannot_break_the_forms() -> None:
    hostile = 'a | b "c" <d> * ` \\ , e\nf'
    rows = (evolve(ROWS[0], why=hostile), *ROWS[1:])
    refusals = (evolve(REFUSALS[0], why=hostile), *REFUSALS[1:])
    tables = trade_table(rows, refusals), order_table()
    assert len(grids(as_markdown(*tables))) == len(grids(as_markdown(trade_table(), order_table())))
    assert "&lt;d>" in as_markdown(*tables)
    read = list(csv.DictReader(io.StringIO(as_csv(*tables), newline="")))
    assert len(read) == 275
    assert read[0]["why"] == hostile
    assert as_dot(*tables) == as_dot(trade_table(), order_table())
    assert as_mermaid(*tables) == as_mermaid(trade_table(), order_table())


# --- diagrams -----------------------------------------------------------------------------------------------------

ALL_MOVES = {(str(row.state), str(row.event), str(row.to)) for row in ROWS}
ALL_MOVES |= {(str(row.state), str(row.event), str(row.to)) for row in ORDER_ROWS}
NAME = r'"((?:[^"\\]|\\.)*)"'
DOT_LINES = {
    "open": re.compile(rf"(?:digraph \w+|subgraph {NAME}) \{{$"),
    "close": re.compile(r"\}$"),
    "setting": re.compile(rf"(?:\w+=(?:\w+|{NAME})|node \[[\w=, ]+\]);$"),
    "node": re.compile(rf"{NAME} \[(?:shape=point, )?label={NAME}(, peripheries=2)?\];$"),
    "edge": re.compile(rf"{NAME} -> {NAME} \[label={NAME}\];$"),
}


def test_dot_draws_every_move_once(capsys: pytest.CaptureFixture[str]) -> None:
    depth, nodes, moves, doubled = 0, set(), [], set()
    for line in map(str.strip, output(capsys, "--format", "dot").splitlines()):
        kind, match = next((k, m) for k, p in DOT_LINES.items() if (m := p.match(line)))
        depth += {"open": 1, "close": -1}.get(kind, 0)
        if kind == "node":
            name, label, double = match.groups()
            nodes.add(name)
            if double:
                doubled.add(name)
            first, *stays = label.split(r"\n")
            assert first in ("", name)
            assert stays[:1] in ([], ["stays on"])
            moves += [(name, event, name) for event in stays[1:]]
        elif kind == "edge":
            source, target, label = match.groups()
            assert {source, target} <= nodes
            assert source != target, "what stays put is listed in the label"
            if " start " not in source:
                moves += [(source, event, target) for event in label.split(r"\n")]
    assert depth == 0
    assert len(moves) == 47 + 15
    assert set(moves) == ALL_MOVES
    assert doubled == {str(state) for state in CLOSED} | {"FINAL"}


def mermaid_moves(lines: list[str]) -> list[tuple[str, str, str]]:
    moves = []
    for line in lines:
        if match := re.fullmatch(r"(\w+) : \1<br/>stays on((?:<br/>\w+)+)", line):
            moves += [(match[1], event, match[1]) for event in match[2].split("<br/>")[1:]]
        elif match := re.fullmatch(r"(\w+) --> (\w+) : (\w+(?:<br/>\w+)*)", line):
            assert match[1] != match[2], "what stays put is listed in the label"
            moves += [(match[1], event, match[2]) for event in match[3].split("<br/>")]
        else:
            assert re.fullmatch(r"\[\*\] --> \w+( : repair)?|\w+ --> \[\*\]", line), line
    return moves


def test_mermaid_draws_every_move_once(capsys: pytest.CaptureFixture[str]) -> None:
    first, *lines = map(str.strip, output(capsys, "--format", "mermaid").splitlines())
    assert first == "stateDiagram-v2"
    frame = {'state "trade" as trade {', 'state "order" as order {', "}"}
    body = [line for line in lines if line not in frame]
    assert len(lines) - len(body) == 4
    moves = mermaid_moves(body)
    assert len(moves) == 47 + 15
    assert set(moves) == ALL_MOVES
    assert {"[*] --> DETECTED", "[*] --> HEDGING : repair", "[*] --> IDLE", "SETTLED --> [*]"} <= set(body)


def test_the_diagrams_of_the_page_are_the_mermaid_ones(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```mermaid\nstateDiagram-v2\n(.*?)```", output(capsys), flags=re.DOTALL)
    assert len(blocks) == 2
    drawn = [
        move for block in blocks for move in mermaid_moves([line.strip() for line in block.splitlines()])
    ]
    assert len(drawn) == 47 + 15
    assert set(drawn) == ALL_MOVES


# --- the command --------------------------------------------------------------------------------------------------


def pairlock(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pairlock", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("form", ["md", "csv", "json", "dot", "mermaid"])
def test_it_prints_on_a_terminal_that_knows_only_ascii(form: str) -> None:
    done = pairlock("audit", "table", "--format", form, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, "")


def test_wrong_use_is_told_in_words() -> None:
    for arguments in (["audit"], ["audit", "table", "--format", "xml"], ["audit", "tables"]):
        done = pairlock(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
        assert done.stderr


def test_a_broken_table_is_refused_not_printed(tmp_path: Path) -> None:
    """As a person would break it: a row taken out of the file."""
    shutil.copytree(ENGINE, tmp_path / "pairlock", ignore=shutil.ignore_patterns("__pycache__"))
    table = tmp_path / "pairlock" / "lifecycle.py"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "Row(S.DETECTED, E.GATES_PASSED" not in line]
    assert len(kept) == len(lines) - 1
    table.write_text("".join(kept), encoding="utf-8")
    done = pairlock("audit", "table", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "DETECTED/GATES_PASSED: neither a row nor a refusal decides it" in done.stderr
