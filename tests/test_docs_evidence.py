"""The figures of docs/evidence.md cover what they claim to: every fault of F, ten seeds, nothing broken."""

import re

import pytest

from docs_pages import DOCS
from pairlock_adapters.simulated.fault_kinds import BEYOND, FaultKind

PAGE = (DOCS / "evidence.md").read_text(encoding="utf-8")
INSIDE, WIRE = "hostile runs", "hostile runs over the wire"


def rows(marker: str, pattern: str) -> list[list[str]]:
    tables = PAGE.split(f"<!-- {marker}: begin -->")[1].split(f"<!-- {marker}: end -->")[0]
    lines = [line for line in tables.splitlines() if re.match(pattern, line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def number(cell: str) -> int:
    return int(cell.replace(",", ""))


@pytest.mark.parametrize(
    ("marker", "trades", "least_settled", "least_hedged"),
    [(INSIDE, 5_000, 1_667, 101), (WIRE, 500, 100, 6)],
)
def test_ten_seeds_broke_nothing(marker: str, trades: int, least_settled: int, least_hedged: int) -> None:
    runs = rows(marker, r"\| \d+ ")
    assert [int(run[0]) for run in runs] == list(range(1, 11))
    for run in runs:
        made, settled, hedged, _, _, stuck, left, _, broken, doubled = map(number, run[1:])
        assert (made, stuck, left, broken, doubled) == (trades, 0, 0, 0, 0)
        # Refusing to trade is not safety.
        assert settled >= least_settled
        assert hedged >= least_hedged


# 500 trades of a run over the wire are too few for every kind; ten times as many are not.
@pytest.mark.parametrize(("marker", "column"), [(INSIDE, 2), (WIRE, 1)])
def test_every_fault_of_the_model_took_hold(marker: str, column: int) -> None:
    fired = {row[0].strip("`"): number(row[column]) for row in rows(marker, r"\| `")}
    assert set(fired) == {kind.value for kind in FaultKind if kind not in BEYOND}
    assert min(fired.values()) > 0
