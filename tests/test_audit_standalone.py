"""The verifier in one file: it needs nothing but Python, agrees with ours, and finds what was changed."""

from __future__ import annotations

import ast
import json
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from audit_kit import (
    STANDALONE,
    Rows,
    forged,
    isolated,
    journal_and_table,
    pairlock,
    put,
    repaired,
    rows_in,
    verdict,
)
from journal_support import copied, make_crashed
from pairlock.audit import standalone
from pairlock.audit.journal import audit_journal
from pairlock.journal.records import Kind
from pairlock.lifecycle import CLOSED, INITIAL, INITIAL_REPAIR
from pairlock.table_check import table_digest

Journal = tuple[Path, Path]  # a journal, and the table that it was recorded under


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    return journal_and_table(tmp_path_factory.mktemp("demo"))


# --- the file itself ------------------------------------------------------------------------------------------------


def test_it_is_short_plain_and_imports_nothing_of_ours() -> None:
    text = STANDALONE.read_bytes().decode("ascii")
    assert len([line for line in text.splitlines() if line.strip()]) < 200
    for node in ast.walk(ast.parse(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_the_command_prints_it_to_the_byte(tmp_path: Path, journal: Journal) -> None:
    done = pairlock("audit", "standalone")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.encode("ascii") == STANDALONE.read_bytes()


def test_it_knows_what_the_engine_knows() -> None:
    """What it repeats of the engine, because it may import nothing: a change there must be made here too."""
    assert set(standalone.BODIES) == {str(kind) for kind in Kind}
    assert set(standalone.CLOSED) == {str(state) for state in CLOSED}
    assert {"detected": str(INITIAL), "repair": str(INITIAL_REPAIR)} == standalone.FIRST


# --- where all is well ----------------------------------------------------------------------------------------------


def agrees(told: dict[str, Any], path: Path) -> None:
    found = audit_journal(str(path))
    assert found["claims_broken"] == 0, found["broken"]
    for key in ("trades", "open", "records", "trace_hash", "chain_ok", "repairs"):
        assert told[key] == found[key], key
    assert sum(told["states"].values()) == found["trades"]
    assert told["digests"] == [found["digest"]]


def test_a_good_journal_holds_and_agrees_with_the_audit(journal: Journal) -> None:
    path, table = journal
    code, told = verdict(path, table)
    assert (code, told["broken"]) == (0, [])
    assert (told["chain_ok"], told["format_ok"], told["moves_ok"]) == (True, True, True)
    assert told["anchor_ok"] is None
    agrees(told, path)
    code, told = verdict(path)
    assert (code, told["moves_ok"]) == (0, None), "no table, no verdict on moves"


def test_an_exit_and_a_repair_hold(tmp_path: Path, journal: Journal) -> None:
    repaired(tmp_path / "r.db")
    code, told = verdict(tmp_path / "r.db", journal[1])
    assert (code, told["broken"]) == (0, [])
    assert (told["trades"], told["repairs"]) == (1, 1)
    agrees(told, tmp_path / "r.db")


def test_an_export_is_as_good_as_the_journal(tmp_path: Path, journal: Journal) -> None:
    path, table = journal
    done = pairlock("audit", "export", path, "--jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    export = tmp_path / "e.jsonl"
    export.write_text(done.stdout, encoding="ascii")
    assert verdict(export, table) == verdict(path, table)
    rows = [json.loads(line, parse_float=str) for line in done.stdout.splitlines()]
    assert rows == rows_in(path)


def test_a_look_leaves_nothing_behind(tmp_path: Path, journal: Journal) -> None:
    path = copied(journal[0], tmp_path / "evidence")
    before = {name: Path(path).with_name(name).read_bytes() for name in os.listdir(tmp_path / "evidence")}
    assert verdict(path)[0] == 0
    after = {name: Path(path).with_name(name).read_bytes() for name in os.listdir(tmp_path / "evidence")}
    assert before == after


def test_a_crashed_journal_is_read_through_its_wal(tmp_path: Path) -> None:
    path = copied(make_crashed(tmp_path), tmp_path / "copy")
    _, told = verdict(path)
    assert (told["chain_ok"], told["records"]) == (True, 60)
    os.unlink(f"{path}-wal")
    code, told = verdict(path)
    assert (code, told["chain_ok"], told["records"]) == (1, False, 20)
    assert any(".head names record 60" in sentence for sentence in told["broken"])


# --- edits by someone who does not compute hashes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "good"),
    [
        ("UPDATE records SET at_ms = at_ms + 1 WHERE seq = 9", 8),
        ("UPDATE records SET body = replace(body, '1', '2') WHERE seq = 9", 8),
        ("UPDATE records SET trade = 'x' WHERE seq = 9", 8),
        ("UPDATE records SET kind = 'alert' WHERE seq = 9", 8),
        ("UPDATE records SET hash = '" + "0" * 64 + "' WHERE seq = 9", 8),
        ("DELETE FROM records WHERE seq = 9", 8),
        ("DELETE FROM records WHERE seq > 9", 9),
        ("DELETE FROM records", 0),
        ("UPDATE meta SET value = '9 ' || (SELECT hash FROM records WHERE seq = 9) WHERE key = 'head'", None),
        ("INSERT INTO records SELECT max(seq) + 1, '', 'alert', 0, '{}', '', '' FROM records", None),
        ("DROP TABLE records", 0),
        ("DROP TABLE meta", 0),
    ],
)
def test_a_changed_journal_is_found(
    tmp_path: Path, journal: Journal, statement: str, good: int | None
) -> None:
    path, table = journal
    last = audit_journal(str(path))["records"]
    shutil.copy(path, tmp_path / "j.db")
    database = sqlite3.connect(tmp_path / "j.db")
    database.execute(statement)
    database.commit()
    database.close()
    code, told = verdict(tmp_path / "j.db", table)
    assert (code, told["chain_ok"]) == (1, False)
    assert told["records"] == (last if good is None else good)
    assert told["broken"]


def test_a_cut_file_never_holds(tmp_path: Path, journal: Journal) -> None:
    data = journal[0].read_bytes()
    for size in [16, 50, 99, 100, 4_096, *range(5_000, len(data) - 1, max(1, len(data) // 7))]:
        (tmp_path / "j.db").write_bytes(data[:size])
        code, told = verdict(tmp_path / "j.db")
        assert (code, told["chain_ok"]) == (1, False), size


def test_a_cut_or_bent_export_never_holds(tmp_path: Path, journal: Journal) -> None:
    lines = pairlock("audit", "export", journal[0]).stdout.splitlines(keepends=True)
    head = json.loads(pairlock("audit", "head", journal[0], "--json").stdout, parse_float=str)["anchor"]
    bent = {
        "cut in a line": [*lines[:5], lines[5][:40]],
        "a line gone": [*lines[:5], *lines[6:]],
        "lines swapped": [*lines[:5], lines[6], lines[5], *lines[7:]],
        "a column gone": [*lines[:5], '{"seq":6}\n'],
        "a number as text": [lines[0].replace('"at_ms":0', '"at_ms":"0"'), *lines[1:]],
        "a fraction": [lines[0].replace('"at_ms":0', '"at_ms":0.0'), *lines[1:]],
        "a list": [*lines[:5], "[]\n"],
    }
    for what, kept in bent.items():
        assert kept != lines
        (tmp_path / "e.jsonl").write_text("".join(kept), encoding="ascii")
        code, told = verdict(tmp_path / "e.jsonl")
        assert (code, told["chain_ok"]) == (1, False), what
    (tmp_path / "e.jsonl").write_text("".join(lines[:5]), encoding="ascii")
    assert verdict(tmp_path / "e.jsonl")[0] == 0, "a chain cannot show that it once was longer"
    code, told = verdict(tmp_path / "e.jsonl", "--anchor", head)
    assert (code, told["anchor_ok"]) == (1, False), "an anchor can"


# --- what cannot be judged ------------------------------------------------------------------------------------------


def test_another_or_a_changed_table_is_not_believed(tmp_path: Path, journal: Journal) -> None:
    path, table = journal
    told = json.loads(table.read_text(encoding="ascii"), parse_float=str)
    cell = next(c for c in told["trade"]["cells"] if c.get("to") == "LOCKED")
    cell["to"] = "PAIRED"
    changed = tmp_path / "t.json"
    changed.write_text(json.dumps(told), encoding="ascii")
    done = isolated(path, changed)
    assert (done.returncode, done.stdout) == (2, "")
    assert "its cells do not give the digest" in done.stderr

    def other(rows: Rows) -> None:
        for row in rows:
            if row["kind"] == "opened":
                put(row, table_digest="f" * 64)

    code, verdict_told = verdict(forged(path, tmp_path / "f.db", other), table)
    assert (code, verdict_told["moves_ok"]) == (2, None)
    assert table_digest() in verdict_told["broken"][0]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("missing.db",),
        (__file__,),
        ("/",),
        ("JOURNAL", "missing.json"),
        ("JOURNAL", __file__),
        ("JOURNAL", "--anchor", "nonsense"),
        ("JOURNAL", "--anchor", "1:abc"),
    ],
)
def test_what_it_cannot_use_is_exit_2_without_a_traceback(
    journal: Journal, arguments: tuple[str, ...]
) -> None:
    done = isolated(*[str(journal[0]) if each == "JOURNAL" else each for each in arguments])
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr
