"""The mutator itself: nothing is left out, nothing is changed twice, and only a claim that fails is a kill."""

from __future__ import annotations

import ast
import json
from collections import Counter
from pathlib import Path

import pytest

from pairlock.lifecycle import ORDER_ROWS, OS, ROWS, S
from pairlock_specs.mutants import hunt as hunting
from pairlock_specs.mutants.conditions import WHERE, functions, places
from pairlock_specs.mutants.hunt import Baseline, Fate, Hunted, hunt
from pairlock_specs.mutants.installed import install
from pairlock_specs.mutants.kill import raised_by_engine
from pairlock_specs.mutants.matrix import Result, as_json, as_text
from pairlock_specs.mutants.mutant import Mutant, mutated, source_of, tree_of
from pairlock_specs.mutants.mutants import all_mutants, mutant_named, sampled
from pairlock_specs.mutants.rows import row_mutants
from pairlock_specs.mutants.survivors import judged, proofs
from pairlock_specs.truth import Truth, final_nets_e6


def test_no_two_mutants_share_a_name_or_a_change() -> None:
    everything = all_mutants()
    assert len({mutant.name for mutant in everything}) == len(everything)
    sources = Counter((mutant.module, ast.unparse(mutated(mutant))) for mutant in everything)
    assert [name for (name, _), count in sources.items() if count > 1] == []
    for module in {mutant.module for mutant in everything}:
        assert (module, ast.unparse(tree_of(module))) not in sources


def test_every_row_is_removed_and_redirected() -> None:
    names = {mutant.name for mutant in row_mutants()}
    wide = {mutant.name for mutant in row_mutants(wide=True)}
    assert names <= wide
    for word, rows, states, least in (("trade", ROWS, S, 2), ("order", ORDER_ROWS, OS, len(OS) - 1)):
        for row in rows:
            where = f"{word} row {row.state}/{row.event}"
            assert f"{where} removed" in names
            assert sum(name.startswith(f"{where} -> ") for name in names) == least
            others = {f"{where} -> {to}" for to in states if to is not row.to}
            assert {name for name in wide if name.startswith(f"{where} -> ")} == others


def test_a_removed_row_leaves_a_total_table() -> None:
    text = ast.unparse(mutated(mutant_named("trade row PAIRED/PAID removed")))
    assert "Refusal((S.PAIRED,), (E.PAID,), R.PHASE_PAST, 'removed')" in text
    assert "Row(S.PAIRED, E.PAID" not in text


@pytest.mark.parametrize("module", WHERE)
def test_every_test_and_operand_is_negated_somewhere(module: str) -> None:
    wanted = WHERE[module]
    for name, function in functions(tree_of(module)):
        if wanted and name not in wanted:
            continue
        found = {id(place.expression) for place in places(function)}
        for node in ast.walk(function):
            due: list[ast.expr] = []
            if isinstance(node, ast.If | ast.While | ast.IfExp):
                due = [node.test]
            elif isinstance(node, ast.comprehension):
                due = node.ifs
            elif isinstance(node, ast.BoolOp):
                due = node.values
            assert [ast.unparse(each) for each in due if id(each) not in found] == []


def test_the_names_do_not_depend_on_lines() -> None:
    before = [place.expression for _, f in functions(tree_of("pairlock.decide")) for place in places(f)]
    moved = ast.parse("\n\n# moved\n" + source_of("pairlock.decide").read_text(encoding="utf-8"))
    after = [place.expression for _, f in functions(moved) for place in places(f)]
    assert [ast.unparse(each) for each in before] == [ast.unparse(each) for each in after]


def test_the_sample_is_the_same_each_time_and_holds_some_of_everything() -> None:
    chosen = sampled(30)
    assert len(chosen) == 30
    assert chosen == sampled(30)
    assert {mutant.module for mutant in chosen} == {"pairlock.lifecycle", *WHERE}
    assert sampled(30, 1) != chosen
    assert len(sampled(10_000)) == len(all_mutants())
    assert len({mutant.name for mutant in sampled(200, 7)}) == 200


def test_a_mutant_comes_before_the_engine_or_not_at_all() -> None:
    with pytest.raises(RuntimeError, match="imported before"):
        install(all_mutants()[0])


def test_a_mutant_that_cannot_run_is_no_kill() -> None:
    nobody = Mutant("nobody", "pairlock.decide", lambda tree: None)
    found = hunt([nobody], 1)
    assert found[0].fate is Fate.INVALID
    assert "no mutant is named" in found[0].why


def test_a_worker_that_is_ended_is_no_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass\n"
    (tmp_path / "endless_worker.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(hunting, "_WORKER", "endless_worker")
    found = hunt([all_mutants()[0]], 1)
    assert found[0].fate is Fate.INVALID
    assert "out of time" in found[0].why


def test_only_what_the_engine_raises_counts_against_it() -> None:
    from pairlock.units import ceil_div

    def of_the_engine() -> None:
        ceil_div(1, 0)

    with pytest.raises(ZeroDivisionError) as engine:
        of_the_engine()
    assert raised_by_engine(engine.value)
    with pytest.raises(AttributeError) as specs:
        final_nets_e6(Truth(orders=(None,)))  # type: ignore[arg-type]
    assert not raised_by_engine(specs.value)


def test_a_proof_is_stale_when_its_mutant_is_killed_or_gone() -> None:
    found = [
        Hunted("a", Fate.SURVIVED, {}),
        Hunted("b", Fate.KILLED, {"1-x": "w"}),
        Hunted("c", Fate.SURVIVED, {}),
    ]
    result = judged(found, {"a": "same", "b": "same", "gone": "same"}, ["a", "b", "c"], whole=True)
    assert result.open == ("c",)
    assert result.proved == {"a": "same"}
    assert set(result.stale) == {"b", "gone"}


def test_every_proof_names_a_mutant_and_says_something() -> None:
    names = {mutant.name for mutant in all_mutants()}
    for name, why in proofs().items():
        assert name in names
        assert len(why.split()) >= 8, f"{name}: a proof is more than {why!r}"


def result_of(*hunted: Hunted, total: int = 2) -> Result:
    base = Baseline({}, (("1-x", "One."), ("2-y", "Two."), ("3-z", "Three.")), 10, 5)
    return Result(base, hunted, judged(hunted, {}, [each.name for each in hunted], whole=True), total)


def test_a_claim_that_no_mutant_needs_says_so() -> None:
    both = Hunted("both", Fate.KILLED, {"1-x": "w", "2-y": "w"})
    alone = Hunted("alone", Fate.KILLED, {"1-x": "w"})
    result = result_of(both, alone)
    text = as_text(result)
    assert "2    1  1-x  needed" in text
    assert "1    0  2-y  redundant: no mutant needs it (others break with it)" in text
    assert "0    0  3-z  redundant: no mutant needs it (none breaks it)" in text
    assert "killed   both: 1 2" in text
    assert result.holds
    found = json.loads(json.dumps(as_json(result)))
    assert found["matrix"] == {"both": ["1-x", "2-y"], "alone": ["1-x"]}
    assert [claim["needed"] for claim in found["claims"]] == [True, False, False]


def test_of_a_sample_no_claim_is_called_redundant() -> None:
    result = result_of(Hunted("both", Fate.KILLED, {"1-x": "w"}), total=9)
    assert "redundant" not in as_text(result)
    assert {claim["needed"] for claim in as_json(result)["claims"]} == {None}


@pytest.mark.parametrize("fate", [Fate.SURVIVED, Fate.INVALID])
def test_what_is_neither_killed_nor_proved_is_a_failure(fate: Fate) -> None:
    result = result_of(Hunted("hole", fate, {}, why="no end" if fate is Fate.INVALID else ""), total=1)
    assert not result.holds
    assert "The claims have a hole" in as_text(result)
