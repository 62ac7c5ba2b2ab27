"""Heads, anchors, backups and exports, also of a journal that an engine is writing."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from audit_kit import body_of, demo, forged, pairlock, put, rows_in, verdict
from pairlock.audit.head import Anchor, audit_head
from pairlock.audit.journal import audit_journal
from pairlock.errors import UserError
from pairlock.journal.records import GENESIS_HASH


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "j.db"
    demo(path, trades=12)
    return path


def told(*arguments: str | Path) -> dict[str, Any]:
    done = pairlock("audit", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    value = json.loads(done.stdout, parse_float=str)
    assert isinstance(value, dict)
    return value


# --- heads and anchors ----------------------------------------------------------------------------------------------


def test_the_head_is_the_last_record(journal: Path) -> None:
    last = rows_in(journal)[-1]
    found = told("head", journal, "--json")
    audit = audit_journal(str(journal))
    assert found == {
        "seq": last["seq"],
        "hash": last["hash"],
        "records": last["seq"],
        "digest": audit["digest"],
        "anchor": f"{last['seq']}:{last['hash']}",
    }
    page = pairlock("audit", "head", journal).stdout
    assert f"anchor   {found['anchor']}\n" in page


def test_a_damaged_journal_has_no_head(journal: Path, tmp_path: Path) -> None:
    shutil.copy(journal, tmp_path / "j.db")
    database = sqlite3.connect(tmp_path / "j.db")
    database.execute("UPDATE records SET at_ms = at_ms + 1 WHERE seq = 5")
    database.commit()
    database.close()
    for subject in (["head"], ["export"], ["backup", str(tmp_path / "copy.db")]):
        done = pairlock("audit", subject[0], tmp_path / "j.db", *subject[1:])
        assert (done.returncode, done.stdout) == (2, "")
        assert "reads well up to record 4" in done.stderr
    assert not (tmp_path / "copy.db").exists()


def test_a_journal_that_grew_still_contains_its_old_head(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    demo(path, trades=2)
    old = audit_head(str(path))["anchor"]
    demo(path, trades=2)
    new = audit_head(str(path))["anchor"]
    assert old != new
    found = told("journal", path, "--anchor", old, "--anchor", new, "--json")
    assert (found["anchor_ok"], found["claims_broken"]) == (True, 0)
    assert audit_journal(str(path))["anchor_ok"] is None


def test_an_anchor_that_is_not_in_the_journal_is_exit_1(journal: Path, tmp_path: Path) -> None:
    head = audit_head(str(journal))

    def other(rows: list[dict[str, Any]]) -> None:
        row = next(row for row in rows if row["kind"] == "opened")
        put(row, version="0.0.0", deposits=body_of(row)["deposits"])

    lie = forged(journal, tmp_path / "f.db", other)
    beyond = f"{head['seq'] + 1}:{head['hash']}"
    another = f"{head['seq']}:{'0' * 64}"
    for path, anchor in ((journal, beyond), (journal, another), (lie, head["anchor"])):
        done = pairlock("audit", "journal", path, "--anchor", anchor, "--json")
        found = json.loads(done.stdout, parse_float=str)
        assert (done.returncode, found["anchor_ok"]) == (1, False), path
        assert found["claims_broken"] == len(found["broken"]) >= 1
        assert verdict(path, "--anchor", anchor)[0] == 1, "the standalone verifier agrees"
    page = pairlock("audit", "journal", journal, "--anchor", another).stdout
    assert "anchor     NOT FOUND" in page
    assert f"anchor {head['seq']}: the record's hash is {head['hash']}, not {'0' * 64}" in page


@pytest.mark.parametrize(
    "text", ["", "7", "7:", ":" + "0" * 64, "x:" + "0" * 64, "7:" + "g" * 64, "-1:" + "0" * 64]
)
def test_what_is_no_anchor_is_refused(journal: Path, text: str) -> None:
    with pytest.raises(UserError):
        Anchor.of(text)
    done = pairlock("audit", "journal", journal, f"--anchor={text}", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_the_beginning_is_an_anchor_of_every_journal(journal: Path) -> None:
    assert audit_journal(str(journal), [Anchor(0, GENESIS_HASH)])["anchor_ok"] is True
    assert Anchor.of("7:" + "AB" * 32) == Anchor(7, "ab" * 32)


# --- backup and export ----------------------------------------------------------------------------------------------


def test_a_backup_is_the_journal(journal: Path, tmp_path: Path) -> None:
    found = told("backup", journal, tmp_path / "copy.db", "--json")
    assert found == {"backup": str(tmp_path / "copy.db"), **audit_head(str(journal))}
    assert rows_in(tmp_path / "copy.db") == rows_in(journal)
    done = pairlock("audit", "backup", journal, tmp_path / "copy.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert "something is there already" in done.stderr
    done = pairlock("audit", "backup", journal, tmp_path / "missing" / "copy.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_a_store_named_with_its_kind_is_backed_up_too(journal: Path, tmp_path: Path) -> None:
    found = told("backup", f"sqlite:{journal}", tmp_path / "copy.db", "--json")
    assert found["anchor"] == audit_head(str(tmp_path / "copy.db"))["anchor"]


def test_an_export_into_a_closed_pipe_ends_quietly(journal: Path) -> None:
    command = [sys.executable, "-m", "pairlock", "audit", "export", str(journal)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(1)
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 141


def test_a_live_journal_is_backed_up_exported_and_judged_while_it_is_written(tmp_path: Path) -> None:
    """A real engine trades in another process; what is taken of its journal meanwhile is whole each time."""
    path = tmp_path / "live.db"
    command = [
        sys.executable,
        "-m",
        "pairlock",
        "demo",
        "--in-process",
        "--trades",
        "1500",
        "--journal",
        str(path),
        "--json",
    ]
    heads: list[dict[str, Any]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as engine:
        try:
            while engine.poll() is None and len(heads) < 4:
                if not os.path.exists(f"{path}-wal") or os.path.getsize(f"{path}-wal") == 0:
                    continue  # it has not begun
                number = len(heads)
                found = told("backup", path, tmp_path / f"{number}.db", "--json")
                judged = audit_journal(str(tmp_path / f"{number}.db"))
                assert (judged["chain_ok"], judged["claims_broken"]) == (True, 0), judged["broken"]
                assert judged["trace_hash"] == found["hash"]
                export = tmp_path / f"{number}.jsonl"
                export.write_text(pairlock("audit", "export", path).stdout, encoding="ascii")
                code, checked = verdict(export, "--anchor", found["anchor"])
                assert (code, checked["anchor_ok"]) == (0, True)
                code, checked = verdict(path, "--anchor", found["anchor"])
                assert (code, checked["anchor_ok"]) == (0, True), checked["broken"]
                if engine.poll() is None:
                    heads.append(found)
        finally:
            engine.kill()
    assert len(heads) == 4, "the engine ended before enough was taken of its journal"
    assert heads[0]["seq"] < heads[-1]["seq"], "it wrote meanwhile"
    found = audit_journal(str(path), [Anchor.of(head["anchor"]) for head in heads])
    assert found["anchor_ok"] is True, "each backup was the beginning of what came after"
