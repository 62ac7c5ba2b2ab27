"""docs/kalshi.md: its program runs, and its tables are the configuration's own."""

import re
import subprocess
import sys

import attrs

from docs_pages import DOCS, blocks, rows
from pairlock_adapters.kalshi.config import (
    DEMO_REST_URL,
    DEMO_WS_URL,
    REST_URL,
    WS_URL,
    KalshiConfig,
    KalshiLimits,
)

PAGE = DOCS / "kalshi.md"


def told() -> dict[str, str]:
    return {row[0].strip("`"): row[1].strip("`") for row in rows(PAGE, "The account")}


def test_every_key_stands_there_with_its_default() -> None:
    found = told()
    limits = {field.name: str(field.default) for field in attrs.fields(KalshiLimits)}
    own = {field.name for field in attrs.fields(KalshiConfig)}
    assert {name: found[name] for name in limits} == limits
    assert set(found) == own | set(limits)
    for name, default in (("rest_url", REST_URL), ("ws_url", WS_URL), ("name", "kalshi"), ("shard", "0")):
        assert found[name] == default
    text = PAGE.read_text(encoding="utf-8")
    assert DEMO_REST_URL in text
    assert DEMO_WS_URL in text


def test_the_program_runs() -> None:
    [program] = [block for block in blocks(PAGE) if block.language == "python"]
    done = subprocess.run(
        [sys.executable, "-c", program.text], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "certain 10000000 True"
    assert any(re.fullmatch("kalshi: the key 'main' works", line) for line in lines)
