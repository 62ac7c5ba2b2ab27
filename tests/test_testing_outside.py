"""`pairlock_adapters.testing` as an outsider uses it: a project of its own, whose bot is caught, or is not.

The same tests hold two bots: one retries under a new id when no answer comes, the other looks for its order.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import evidence
from docs_pages import ROOT
from pairlock_adapters.simulated.scripts import load_script
from pairlock_adapters.testing import FaultKind

PROJECT = ROOT / "tests" / "outside"


def run(project: Path, bot: str, only: str = "test") -> tuple[dict[str, str], str]:
    """pytest in the project: each test's outcome, and all that was said."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-rA",
            "-p",
            "no:cacheprovider",
            "--strict-markers",
            "-k",
            only,
            "test_bots.py",
        ],
        cwd=project,
        env=os.environ | {"BOT": bot, "PYTHONWARNINGS": "error::ResourceWarning"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = done.stdout + done.stderr
    outcomes = {
        name: word for word, name in re.findall(r"^(PASSED|FAILED) test_bots\.py::(\S+)", said, re.MULTILINE)
    }
    assert outcomes, said[-3000:]
    evidence.record("an outsider's bot in the laboratory", tests=len(outcomes))
    return outcomes, said


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copyfile(PROJECT / "bots.py", tmp_path / "bots.py")
    shutil.copyfile(PROJECT / "check_bots.py", tmp_path / "test_bots.py")
    return tmp_path


def test_a_careful_bot_passes(project: Path) -> None:
    outcomes, said = run(project, "careful")
    assert outcomes == dict.fromkeys(
        ("test_all_is_well", "test_an_answer_is_lost", "test_whatever_is_drawn"), "PASSED"
    ), said[-3000:]
    assert not (project / "faults").exists()


def test_a_bot_that_retries_under_a_new_id_is_caught_by_the_shortest_script(project: Path) -> None:
    outcomes, said = run(project, "hasty")
    assert outcomes == {
        "test_all_is_well": "PASSED",
        "test_an_answer_is_lost": "FAILED",
        "test_whatever_is_drawn": "FAILED",
    }, said[-3000:]
    assert re.search(r"duplicate orders: 2 orders to buy 10\.00 yes at 9900 e4 of KXLAB3-1 on kalshi", said)
    kept = load_script(str(project / "faults" / "drawn.toml")).faults
    assert [(each.kind, each.venue, each.nth) for each in kept] == [(FaultKind.LOST_ANSWER, "kalshi", 1)]
    # From then on the script is a test of its own, until the bot is mended.
    assert run(project, "hasty", "once_broke")[0]["test_what_once_broke[drawn]"] == "FAILED"
    assert run(project, "careful", "once_broke")[0]["test_what_once_broke[drawn]"] == "PASSED"
