"""The same seed gives the same journal, byte for byte, in any process; without faults every promise is kept exactly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine_kit import cash_change, play
from pairlock import S
from pairlock.audit.journal import audit_journal
from pairlock.verdict import booked_micros
from pairlock_adapters.demo.run import Settings, run_demo
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.sqlite.store import open_store


def demo(journal: Path, *more: str, hash_seed: str = "0") -> dict[str, Any]:
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [
        sys.executable,
        "-m",
        "pairlock",
        "demo",
        "--in-process",
        "--json",
        "--journal",
        str(journal),
        *more,
    ]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    plain: dict[str, Any] = json.loads(done.stdout, parse_float=str)
    return plain


@pytest.mark.parametrize("faults", ["none", "typical"])
def test_two_processes_with_other_hash_seeds_write_the_same_journal(faults: str, tmp_path: Path) -> None:
    more = ("--trades", "15", "--seed", "7", "--faults", faults)
    first = demo(tmp_path / "first.db", *more, hash_seed="1")
    second = demo(tmp_path / "second.db", *more, hash_seed="4242")
    assert {**first, "journal": ""} == {**second, "journal": ""}
    assert audit_journal(str(tmp_path / "first.db"))["trace_hash"] == first["trace_hash"]
    assert bodies(tmp_path / "first.db") == bodies(tmp_path / "second.db")
    # A path of another length, another folder, another time of day: none of it may enter the records.
    assert demo(tmp_path / "a much longer name.db", *more)["trace_hash"] == first["trace_hash"]


def bodies(path: Path) -> list[str]:
    store = open_store(str(path), readonly=True)
    try:
        return [record.body for record in store.records()]
    finally:
        store.close()


def test_another_seed_gives_another_journal(tmp_path: Path) -> None:
    hashes = {
        run_demo(Settings(3, seed, "typical", str(tmp_path / f"{seed}.db")), lambda *_: None).plain[
            "trace_hash"
        ]
        for seed in (1, 2, 3)
    }
    assert len(hashes) == 3


def test_a_scripted_run_is_the_same_run_again() -> None:
    script = (Fault(K.KILL, "kalshi", role="entry"), Fault(K.GHOST_FILL, "polymarket"), Fault(K.LOST_ANSWER))
    hashes = {play(*script, trades=3, seed=11).check().trace_hash for _ in range(2)}
    assert len(hashes) == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_faults_every_promise_is_kept_to_the_micro_dollar(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    report = run_demo(Settings(25, seed, "none", str(path)), lambda *_: None)
    plain = report.plain
    assert report.broken == []
    assert plain["realized_micros"] == plain["promised_micros"] > 0
    assert plain["trades"] == 25 == plain["settled"] + plain["rolled_back"]
    assert plain["rolled_back"] == plain["refused"]  # only what a gate refused did not settle
    assert (plain["exit_cost_micros"], plain["repairs"], plain["duplicate_orders"]) == (0, 0, 0)
    assert plain["faults"] == {}
    found = audit_journal(str(path))
    assert (found["trace_hash"], found["claims_broken"]) == (plain["trace_hash"], 0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_faults_the_venues_really_paid_what_was_promised(seed: int) -> None:
    played = play(trades=6, seed=seed).check()
    assert [trade.state for trade in played.trades] == [S.SETTLED] * 6
    promised = sum(trade.terms.promised_micros for trade in played.trades if trade.terms)
    assert cash_change(played) == promised == sum(booked_micros(trade) for trade in played.trades)
