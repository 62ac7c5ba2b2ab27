"""The examples of docs/embedding.md are programs: each is short, runs as it stands, and trades to the end."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pairlock

PAGE = Path(__file__).resolve().parent.parent / "docs" / "embedding.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
LONGEST = 30  # lines that say something: the first example is meant to be read in one look


def said(code: str) -> list[str]:
    return [line for line in code.splitlines() if line.strip()]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_the_example_runs_and_its_trade_settles_as_promised(number: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCKS[number]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"\bSETTLED kept [1-9]\d* micro-dollars$", done.stdout.strip())
    assert list(tmp_path.iterdir()) == []


def test_there_is_one_example_for_trio_and_one_for_asyncio() -> None:
    assert len(BLOCKS) == 2
    assert len(said(BLOCKS[0])) < LONGEST
    assert "start_guest_run" in BLOCKS[1]


def test_the_table_of_calls_is_the_engine_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in (
        "submit",
        "refusal",
        "events",
        "open_trades",
        "drain",
        "stop",
        "kill",
        "resume",
        "lift",
        "grant",
    ):
        assert re.search(rf"^\| .*`(await )?{name}\(", text, re.MULTILINE), name
        assert inspect.getdoc(getattr(pairlock.Engine, name)) or name == "open_trades"
    (written,) = re.findall(r"^`open_engine\((.*)\)`", text, re.MULTILINE)
    names = [part.split("=")[0].strip() for part in written.split(",") if part.strip() != "*"]
    assert names == list(inspect.signature(pairlock.open_engine).parameters)
