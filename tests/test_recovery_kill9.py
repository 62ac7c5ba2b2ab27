"""kill -9 of the demo in the middle of real work; the same command on the same path brings everything to a close."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine_kit import QUICK_DISK
from evidence import number_of, record
from pairlock.audit.journal import audit_journal
from pairlock.journal.records import chain_ok
from pairlock_adapters.sqlite.store import open_store

TRADES = 60
IN_PROCESS = "--in-process"
# No option: the venues then live in the process that is killed, but their truth lies beside the journal.
OVER_THE_WIRE = "--time-scale=50"


@pytest.fixture
def quick() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pairlock-", dir=QUICK_DISK) as folder:
        yield Path(folder)


def command(journal: Path, seed: int, trades: int, how: str) -> list[str]:
    own = [
        "demo",
        how,
        "--trades",
        str(trades),
        "--seed",
        str(seed),
        "--faults",
        "typical",
        "--journal",
        str(journal),
    ]
    return [sys.executable, "-m", "pairlock", *own, "--json"]


def records(journal: Path) -> int:
    """How far the journal has come, looked at from outside."""
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=1)) as db:
            (count,) = db.execute("SELECT count(*) FROM records").fetchone()
            return int(count)
    except sqlite3.OperationalError:
        return 0


def kill_at(journal: Path, seed: int, at_least: int, how: str = IN_PROCESS) -> int:
    """Start the demo and kill it -9 once its journal has that many records; what was there then."""
    process = subprocess.Popen(
        command(journal, seed, TRADES, how), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while (
            (seen := records(journal)) < at_least and process.poll() is None and time.monotonic() < deadline
        ):
            time.sleep(0.005)
        assert process.poll() is None, "the demo ended before it could be killed"
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    with closing(open_store(str(journal), readonly=True)) as after:
        assert after.was_unclean
        chain = chain_ok(after.records())
    record("kill -9 rounds", rounds=1, lost=max(0, seen - chain.good_seq), corrupt=not chain.ok)
    assert chain.ok
    assert chain.good_seq >= seen, "what a look from outside had seen is gone"
    return chain.good_seq


def rerun(journal: Path, seed: int, trades: int, how: str = IN_PROCESS) -> dict[str, Any]:
    done = subprocess.run(
        command(journal, seed, trades, how), capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    plain: dict[str, Any] = json.loads(done.stdout, parse_float=str)
    return plain


def check(journal: Path, plain: dict[str, Any]) -> None:
    assert (plain["claims_broken"], plain["open"], plain["stuck"], plain["duplicate_orders"]) == (0, 0, 0, 0)
    found = audit_journal(str(journal))
    assert found["broken"] == []
    assert (found["open"], found["stuck"]) == (0, 0)
    assert plain["trace_hash"] in (None, found["trace_hash"])
    with closing(sqlite3.connect(journal)) as db:
        began = [row[0] for row in db.execute("SELECT trade FROM records WHERE kind='detected'")]
    assert len(began) == len(set(began)) == found["trades"]
    with closing(sqlite3.connect(f"{journal}.venues")) as db:
        twice = "SELECT intent_id FROM requests WHERE fault_duplicate=0 GROUP BY venue,intent_id HAVING count(*)>1"
        assert db.execute(twice).fetchall() == []
        unknown = {i.rsplit(".", 2)[0] for (i,) in db.execute("SELECT intent_id FROM requests")} - set(began)
        assert {i for i in unknown if "r" not in i} == set()
        assert db.execute("SELECT count(*) FROM positions WHERE qty_e6<>0").fetchone() == (0,)


def counted(plain: dict[str, Any]) -> None:
    keys = ("recovered", "claims_broken", "duplicate_orders", "open")
    record("kill -9 rounds", **{key: plain[key] for key in keys})


@pytest.mark.parametrize(
    ("at_least", "how"),
    [*((count, IN_PROCESS) for count in (6, 60, 140, 260)), (40, OVER_THE_WIRE), (200, OVER_THE_WIRE)],
)
def test_a_demo_killed_9_in_the_middle_of_its_work_recovers(at_least: int, how: str, quick: Path) -> None:
    journal = quick / "journal.db"
    seed = at_least
    reached = kill_at(journal, seed, at_least, how)
    assert reached >= at_least
    first = rerun(journal, seed, 0, how)
    check(journal, first)
    counted(first)
    assert (first["trace_hash"] is None) is (how == OVER_THE_WIRE)
    plain = rerun(journal, seed, 5, how)
    assert plain["trades"] == 5
    check(journal, plain)


def test_a_demo_killed_9_again_and_again_recovers(quick: Path) -> None:
    """PAIRLOCK_KILL9_ROUNDS rounds (3), at random moments, eight to a journal; every kill is in the middle of work.

    Nothing that a look from outside had seen before the kill may be missing after it.
    """
    rng = Random(9)
    left, journals, recovered = number_of("PAIRLOCK_KILL9_ROUNDS", 3), 0, 0
    while left:
        journal = quick / f"journal{journals}.db"
        rounds = min(left, 8)
        for _ in range(rounds):
            before = records(journal)
            reached = kill_at(journal, 5 + journals, before + rng.randrange(15, 160))
            assert reached > before
        plain = rerun(journal, 5 + journals, 3)
        check(journal, plain)
        assert records(journal) > reached
        counted(plain)
        left, journals, recovered = left - rounds, journals + 1, recovered + plain["recovered"]
    assert recovered >= 1
