"""The measuring tool runs, and what docs/net.md says of our cost against httpx still holds here and now."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from docs_pages import DOCS

ROOT = Path(__file__).resolve().parent.parent


def test_an_order_costs_less_through_our_client_than_through_httpx() -> None:
    """Medians of one run in which all take turns, so that a busy machine is busy for all of them."""
    done = subprocess.run(
        [sys.executable, "tools/bench_wire.py", "--orders", "100", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = {row["what"]: row for row in json.loads(done.stdout)["rows"]}
    assert set(rows) == {
        "one order",
        "two orders at once",
        "a Kalshi order, from intent to fact",
        "a Polymarket order, from intent to request",
        "Kalshi's headers for an order",
    }
    for row in rows.values():
        assert row["ratio"] < 1
        assert all(row["p99_us"][name] >= row["p50_us"][name] > 0 for name in row["p50_us"])


def test_the_page_shows_a_measurement() -> None:
    page = (DOCS / "net.md").read_text(encoding="utf-8")
    shown = page.split("<!-- cost: begin -->")[1].split("<!-- cost: end -->")[0]
    ratios = [float(each) for each in re.findall(r"takes ([0-9.e-]+) of the time", shown)]
    assert len(ratios) == 5
    assert max(ratios) < 1
