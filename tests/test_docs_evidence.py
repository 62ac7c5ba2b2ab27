"""The figures of docs/evidence.md cover what they claim to: every fault of F, ten seeds, nothing broken."""

import re

from docs_pages import DOCS
from pairlock_adapters.simulated.fault_kinds import BEYOND, FaultKind

PAGE = (DOCS / "evidence.md").read_text(encoding="utf-8")
HOSTILE = PAGE.split("<!-- hostile runs: begin -->")[1].split("<!-- hostile runs: end -->")[0]


def rows(pattern: str) -> list[list[str]]:
    lines = [line for line in HOSTILE.splitlines() if re.match(pattern, line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_ten_seeds_of_five_thousand_trades_broke_nothing() -> None:
    runs = rows(r"\| \d+ ")
    assert [int(run[0]) for run in runs] == list(range(1, 11))
    for run in runs:
        trades, settled, hedged, _, _, stuck, left, _, broken, doubled = (
            int(c.replace(",", "")) for c in run[1:]
        )
        assert (trades, stuck, left, broken, doubled) == (5_000, 0, 0, 0, 0)
        # Refusing to trade is not safety.
        assert settled > trades // 3
        assert hedged > trades // 50


def test_every_fault_of_the_model_took_hold_in_every_run() -> None:
    fired = {row[0].strip("`"): int(row[2].replace(",", "")) for row in rows(r"\| `")}
    assert set(fired) == {kind.value for kind in FaultKind if kind not in BEYOND}
    assert min(fired.values()) > 0
