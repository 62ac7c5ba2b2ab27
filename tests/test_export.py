"""The exports: printed from the world's data, complete, the same every time, and never over somebody's files."""

import json
import os
import subprocess
import sys
import typing
from pathlib import Path

import pytest
from attrs import evolve

from export_kit import TINY, tables_of
from pairlock.commands import Command, RaiseAlert, Send
from pairlock.errors import UserError
from pairlock.facts import Reported
from pairlock.lifecycle import CLOSED, S
from pairlock.model import FillStatus, Role
from pairlock_specs import vocabulary as v
from pairlock_specs.answers import ANSWERS
from pairlock_specs.claims import CLAIMS as EXPLORED_CLAIMS
from pairlock_specs.conditions import ABOUT_AN_ORDER
from pairlock_specs.explore import Explorer
from pairlock_specs.export import promela_tables, promela_terms, tla_terms
from pairlock_specs.export.claims import CLAIMS
from pairlock_specs.export.command import MANIFEST, export, write
from pairlock_specs.export.promela import promela
from pairlock_specs.export.tabulate import NotOneTable, tabulate
from pairlock_specs.export.tla import tla
from pairlock_specs.scope import DEEP
from pairlock_specs.vocabulary import Word
from pairlock_specs.world import ACTIONS


@pytest.mark.parametrize("terms", [promela_terms, tla_terms], ids=["promela", "tla"])
def test_every_term_can_be_printed(terms: typing.Any) -> None:
    assert set(terms.CONDITIONS) == set(typing.get_args(v.Condition))
    assert set(terms.EFFECTS) | {v.Tell} == set(typing.get_args(v.Effect))
    assert set(terms.SUBJECTS) == set(v.Over)


def test_every_value_has_its_number() -> None:
    bits = {*promela_terms.BITS, promela_terms.WATCH_COMMAND, *ABOUT_AN_ORDER}
    assert bits == set(typing.get_args(Command)) - {Send, RaiseAlert}  # those two never stand
    assert set(promela_tables.STATUSES) == set(FillStatus)
    assert set(promela_tables.ROLES) == set(Role) - {Role.ADOPTED_IN, Role.ADOPTED_OUT}  # never sent
    assert set(promela_tables.STATES[7:]) == set(CLOSED)  # `OPEN` is `state < SETTLED`
    assert promela_tables.STATES[7] is S.SETTLED
    said = {str(rule.reported) for rule in ANSWERS if rule.reported is not None}
    assert said == {str(each) for each in Reported}
    told = {word.name for word in Word} - {Word.ANSWER.name}
    assert set(promela_tables.WORDS) == told | said | {"not_found"}


def test_claims_carry_the_explorers_names() -> None:
    assert {claim.name for claim in CLAIMS} <= {claim.name for claim in EXPLORED_CLAIMS}
    assert len({claim.ident for claim in CLAIMS}) == len(CLAIMS)


def test_each_action_is_printed_once_under_its_sentence() -> None:
    tables = tables_of("tiny")
    model, module = promela(tables)["pairlock.pml"], tla(tables)["Pairlock.tla"]
    idents = [action.ident for action in ACTIONS if action.over is not v.Over.ANSWERS]
    for ident in [*idents, *(rule.ident for rule in ANSWERS)]:
        assert model.count(f"#define {ident}(") == 1
        assert f"\\/ {ident}\n" in module or f": {ident}(" in module
    for action in ACTIONS:
        if "{" not in action.name:
            assert f"/* {action.name} */\n#define {action.ident}()" in model
            assert f"(* {action.name} *)\n{action.ident} ==\n" in module
    assert max(map(len, module.splitlines())) <= 160


def test_the_tables_hold_every_step_and_nothing_of_the_truth() -> None:
    """A word says no more than its fact: facts that differ have different words, for one trade at least."""
    explorer = Explorer(TINY).run()
    tables = tables_of("tiny")
    assert tables.states == len(explorer.states)
    assert tables.edges == explorer.edges
    assert len(tables.steps) == len(explorer.engine.trades) == len(tables.shells)
    met = sum(len(step) for step in tables.steps)
    assert met > 1_000
    assert len(tables.words) < met / 3
    for number, shell in enumerate(tables.shells):
        assert not (shell.state in CLOSED and tables.steps[number])


def test_a_search_that_was_cut_short_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(NotOneTable):
        tabulate(Explorer(evolve(DEEP, most_states=300)).run())
    with pytest.raises(UserError, match="cut short; run `pairlock verify`"):
        export("tla", tmp_path / "out", evolve(DEEP, most_states=300))
    assert not (tmp_path / "out").exists()


def test_an_export_is_the_same_in_every_process() -> None:
    code = "import hashlib; from export_kit import *; from pairlock_specs.export.promela import promela;"
    code += "from pairlock_specs.export.tla import tla; t = tables_of('tiny');"
    code += "print(hashlib.sha256(repr([promela(t), tla(t)]).encode()).hexdigest())"
    found = set()
    for seed in ("1", "2"):
        path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        found.add(done.stdout.strip())
    assert len(found) == 1


def test_an_earlier_export_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    done = export("promela", folder, TINY)
    assert done.files == ("pairlock.pml", "tables.h")
    told = json.loads((folder / MANIFEST).read_text())
    assert (told["states"], told["edges"], told["depth"]) == (done.states, done.edges, done.depth)
    (folder / "pan.c").write_text("built by SPIN")
    again = export("tla", folder, TINY)
    names = {path.name for path in folder.iterdir()}
    assert names == {MANIFEST, "pan.c", "Pairlock.tla", "PairlockTables.tla", "Pairlock.cfg"}
    assert (again.states, again.edges) == (done.states, done.edges)


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        "not json",
        "[]",
        '{"format": "another"}',
        '{"format": "pairlock-export-1", "files": {"../precious": ""}}',
    ],
)
def test_a_folder_with_other_files_is_refused(tmp_path: Path, manifest: str | None) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    precious = [folder / "precious", tmp_path / "precious"]
    for path in precious:
        path.write_text("mine")
    if manifest is not None:
        (folder / MANIFEST).write_text(manifest)
    with pytest.raises(UserError, match="is not empty and holds no earlier export"):
        export("tla", folder, TINY)
    assert [path.read_text() for path in precious] == ["mine", "mine"]


def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="'uppaal' is not a kind of export; choose promela or tla"):
        export("uppaal", tmp_path / "out", TINY)
    with pytest.raises(UserError, match="cannot be used for an export"):
        export("tla", tmp_path / "file", TINY)
    with pytest.raises(UserError, match="cannot be written to"):
        write("tla", tmp_path / "file", tables_of("tiny"))
