"""Jobs, processes and memos change how long a search takes, and nothing else."""

import multiprocessing
import threading
import time
import tomllib
from pathlib import Path

import pytest

import pairlock_specs
from pairlock.cli import main
from pairlock.errors import UserError
from pairlock_specs.combine import combined, found_by
from pairlock_specs.explore import Explorer
from pairlock_specs.report import report_on
from pairlock_specs.scope import DEEP, KILL, SCOPES, SMALL, STANDARD, WIDEST, Scope
from pairlock_specs.search import processes_by_default, search

COUNTS = tomllib.loads((Path(pairlock_specs.__file__).parent / "counts.toml").read_text(encoding="utf-8"))
# Two jobs: the kill scope's first part, and one that no kill scope has.
TWO = Scope("two", (KILL.parts[0], SMALL.parts[8]), never=KILL.never)


def test_the_number_of_processes_changes_nothing() -> None:
    one, two = (report_on(TWO, search(TWO, processes), lambda: 0) for processes in (1, 2))
    assert one.digest == two.digest
    assert (one.states, one.edges, one.depth) == (two.states, two.edges, two.depth)
    assert [(v.name, v.holds) for v in one.verdicts] == [(v.name, v.holds) for v in two.verdicts]


def test_a_process_that_is_ended_from_outside_is_told_in_a_sentence() -> None:
    """The kernel ends the largest process where memory is short; that is no finding, and no Python to read."""
    before = set(multiprocessing.active_children())

    def ends_one() -> None:
        for _ in range(600):
            for child in set(multiprocessing.active_children()) - before:
                child.kill()
                return
            time.sleep(0.05)

    killer = threading.Thread(target=ends_one)
    killer.start()
    with pytest.raises(
        UserError, match=r"the scope two ended without an answer, most likely for want of memory"
    ):
        search(TWO, 2)
    killer.join()


def test_the_jobs_of_a_scope_are_all_of_it_and_count_what_one_search_counts() -> None:
    for scope in (KILL, SMALL, STANDARD, DEEP, WIDEST):
        jobs = scope.jobs()
        assert len(set(scope.parts)) == len(scope.parts)
        assert sorted(part.name for job in jobs for part in job.parts) == sorted(
            part.name for part in scope.parts
        )
    whole = Explorer(TWO).run()
    parts = combined([found_by(Explorer(job).run()) for job in TWO.jobs()])
    assert (parts.states, parts.edges, parts.depth) == (len(whole.states), whole.edges, whole.depth)


def test_without_memos_the_graph_is_the_same() -> None:
    scope = Scope("one", KILL.parts[2:3])
    quick, slow = Explorer(scope).run(), Explorer(scope, memo=False).run()
    assert slow.engine.full > 3 * quick.engine.full
    assert quick.digest() == slow.digest()
    assert quick.judge.violations == slow.judge.violations == {}


def test_the_shortest_trace_of_all_jobs_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pairlock.classify.resolved", lambda trade: True)
    founds = [found_by(Explorer(job).run()) for job in TWO.jobs()]
    lengths = [b.length for found in founds for b in found.broken if b.violation.claim == "3-hedged"]
    shortest = combined(founds).traces["3-hedged"]
    assert sum(line[:4].strip().isdigit() for line in (x[:4] for x in shortest)) == min(lengths)


def test_the_scopes_that_are_searched_every_day_are_pinned() -> None:
    assert {"kill", "small", "standard"} <= set(COUNTS) <= set(SCOPES)
    assert COUNTS["standard"]["states"] >= 1_000_000


def test_the_small_scope_holds_and_is_pinned() -> None:
    """The standard scope and the deep one are searched by `pairlock verify` itself."""
    report = report_on(SMALL, search(SMALL, processes_by_default()), lambda: 0)
    assert [(v.name, v.violation) for v in report.verdicts if not v.holds] == []
    assert {"states": report.states, "edges": report.edges, "depth": report.depth} == COUNTS["small"]


@pytest.mark.parametrize("wrong", ["0", "-1", "two"])
def test_a_number_of_processes_that_is_none(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["verify", "--processes", wrong])
    assert left.value.code == 2
    assert "give 1 or more" in capsys.readouterr().err
