"""The first explorer: the kill scope holds, its counts are pinned, and what it prints can be followed and re-run.

The wider scopes run in `pairlock verify`; the ways in which claims break are in test_explorer_unsafe.py.
"""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from attrs import asdict, evolve

import pairlock_specs
from pairlock import positions
from pairlock.cli import main
from pairlock.facts import Fact, NotFound, OrderReport
from pairlock.lifecycle import ORDER_ROWS, ROWS
from pairlock_specs.answers import LATE_MS
from pairlock_specs.canon import canonical
from pairlock_specs.claims import CLAIMS
from pairlock_specs.coverage import SOMETIMES
from pairlock_specs.explore import Explorer
from pairlock_specs.labels import nets
from pairlock_specs.report import Report, as_json, as_text, report_of
from pairlock_specs.scope import DEEP, KILL, SMALL, STANDARD
from pairlock_specs.world import ACTIONS

COUNTS = tomllib.loads((Path(pairlock_specs.__file__).parent / "counts.toml").read_text(encoding="utf-8"))
WIDER = {"odd match: {}", "an operator grants one more exit"}  # happens in the wider scopes only


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(KILL).run()


@pytest.fixture(scope="module")
def report(explorer: Explorer) -> Report:
    return report_of(explorer, lambda: 1_500)


def test_every_claim_holds_in_the_kill_scope(report: Report) -> None:
    assert [(v.name, v.violation) for v in report.verdicts if not v.holds] == []
    assert len(report.verdicts) >= 20


def test_the_counts_are_pinned(report: Report) -> None:
    counted = {"states": report.states, "edges": report.edges, "depth": report.depth}
    assert counted == COUNTS[KILL.name], (
        "the engine behaves otherwise: if that is meant, write the new counts down"
    )


def test_every_row_of_both_tables_is_executed(explorer: Explorer) -> None:
    assert explorer.engine.pairs == {(row.state, row.event) for row in ROWS}
    assert explorer.engine.order_pairs >= {(row.state, row.event) for row in ORDER_ROWS}


def test_every_action_of_the_world_happens(explorer: Explorer) -> None:
    labels = {move.label for state in range(len(explorer.states)) for move in explorer.moves_of(state)}
    for action in ACTIONS:
        if action.name not in WIDER | {"{}"}:
            before, _, after = action.name.partition("{}")
            assert any(label.startswith(before) and label.endswith(after) for label in labels), action.name


def test_names_are_unique_and_every_claim_has_a_judge() -> None:
    names = [claim.name for claim in CLAIMS] + [wanted.name for wanted in SOMETIMES]
    assert len(set(names)) == len(names)
    found_by_the_search = {"19-never-refused", "19-deterministic"}
    for claim in CLAIMS:
        judges = set(asdict(claim, recurse=False)) - {"name", "sentence", "states"}
        assert any(getattr(claim, judge) for judge in judges) or claim.name in found_by_the_search, claim.name
        assert claim.sentence.endswith(".")


def test_wider_scopes_hold_the_narrower_ones_and_leave_no_claim_out() -> None:
    assert set(KILL.parts) <= set(SMALL.parts) <= set(STANDARD.parts) <= set(DEEP.parts)
    assert not SMALL.never | STANDARD.never | DEEP.never
    assert {wanted.name for wanted in SOMETIMES} > KILL.never


def _later(fact: Fact) -> Fact:
    """The same exhaustive read, made once more: a canonical trade has forgotten how long ago the last one was."""
    if isinstance(fact, OrderReport | NotFound) and fact.asked_at_ms >= LATE_MS:
        return evolve(fact, asked_at_ms=LATE_MS + fact.asked_at_ms)
    return fact


def test_a_canonical_trade_steps_as_the_real_one(explorer: Explorer) -> None:
    """What `canonical` drops is read by nothing: a step of the real trade and of its canonical form agree."""
    checked = 0
    steps = explorer.steps()
    for number, trade in enumerate(explorer.engine.trades):
        assert canonical(trade) == trade
        for stepped in steps[number][:40:3]:
            real = stepped.step.trade  # with its times, words and marks
            for other in steps[explorer.engine.number(real)][:30:5]:
                after = explorer.step(real, _later(other.fact))
                if after is None:  # an acknowledgement twice: told for people, and changing nothing
                    assert canonical(other.step.trade) == canonical(real)
                else:
                    assert after.events == other.step.events
                    assert canonical(after.trade) == canonical(other.step.trade)
                checked += 1
    assert checked > 5_000


def test_the_digest_does_not_depend_on_the_process() -> None:
    code = "from pairlock_specs.explore import Explorer; from pairlock_specs.scope import *; from attrs import evolve;"
    code += "print(Explorer(evolve(KILL, parts=KILL.parts[:1])).run().digest())"
    digests = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1


def test_json_has_what_programs_need(report: Report) -> None:
    told = json.loads(json.dumps(as_json(report)))
    assert {"states", "edges", "depth", "seconds", "digest", "claims"} <= set(told)
    assert told["seconds"] == 2
    for claim in told["claims"]:
        assert {"name", "sentence", "holds"} <= set(claim)
    assert any(claim["name"].startswith("sometimes-") for claim in told["claims"])


def test_text_names_every_claim_and_what_is_judged_elsewhere(report: Report) -> None:
    text = as_text(report)
    for verdict in report.verdicts:
        assert f"holds  {verdict.name}: {verdict.sentence}" in text
    assert "judged elsewhere:" in text
    assert text.endswith(f"All {len(report.verdicts)} claims hold.\n")


def test_a_failure_exits_1_stops_at_the_kill_scope_and_shows_a_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("pairlock.classify.resolved", lambda trade: True)
    assert main(["verify", "--json", "--scripts", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    told = json.loads(out)
    assert told["scope"] == "kill"
    assert told["states"] > 0
    broken = {claim["name"]: claim for claim in told["claims"] if not claim["holds"]}
    trace = broken["3-hedged"]["trace"]
    assert "closed HEDGED" in broken["3-hedged"]["why"]
    assert any("told " in line for line in trace)
    assert any("nets believed" in line and "true" in line for line in trace)
    assert broken["3-hedged"]["script"] == str(tmp_path / "verify-3-hedged.toml")
    assert "3-hedged" in (tmp_path / "verify-3-hedged.toml").read_text(encoding="utf-8")
    assert main(["verify", "--scope", "kill", "--scripts", str(tmp_path)]) == 1
    text = capsys.readouterr().out
    assert "BROKEN 3-hedged" in text
    assert f"a script for the simulated venues: {tmp_path / 'verify-3-hedged.toml'}" in text


def test_a_trace_is_a_shortest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pairlock.absorb.BEFORE_SENDING", ())
    monkeypatch.setattr("pairlock.step.BEFORE_SENDING", ())
    found = Explorer(KILL, stop_at_first=True).run()
    violation = found.judge.violations["23-labels"]
    assert len(found.path_to(violation.state)) == 1
    assert violation.action.startswith("the gates pass")


def test_a_search_that_is_cut_short_proves_nothing(explorer: Explorer) -> None:
    cut = report_of(Explorer(evolve(KILL, most_states=500)).run(), lambda: 0)
    assert not cut.holds
    assert "19-search-complete" in [verdict.name for verdict in cut.verdicts if not verdict.holds]


def test_positions_and_labels_count_alike(explorer: Explorer) -> None:
    """The judge's own nets are written apart from the engine's; on everything met they agree."""
    for trade in explorer.engine.trades:
        assert nets(trade) == positions.nets_e6(trade)
