"""Every kind of mistake in a table is found, named by its cell, and nothing is found where nothing is wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from pairlock.errors import UserError
from pairlock.lifecycle import (
    CLOSED,
    INITIAL,
    ORDER_CLOSED,
    ORDER_INITIAL,
    ORDER_REFUSALS,
    ORDER_ROWS,
    OS,
    REFUSALS,
    ROWS,
    E,
    OrderRow,
    R,
    Refusal,
    Row,
    S,
)
from pairlock.table_check import Finding, TableInvalid, require_valid, table_digest, validate

ENGINE = Path(__file__).resolve().parent.parent / "engine" / "pairlock"


def found(findings: list[Finding]) -> set[tuple[str, str, str]]:
    assert all(each.sentence for each in findings)
    return {(each.table, each.code, each.where) for each in findings}


def row(state: Any, event: Any, to: Any, why: str = "for a test") -> Row:
    return Row(state, event, to, why)


def redirected(state: S, event: E, to: Any) -> tuple[Row, ...]:
    """The rows with one target changed."""
    return tuple(evolve(each, to=to) if (each.state, each.event) == (state, event) else each for each in ROWS)


def test_the_installed_tables_are_valid() -> None:
    assert validate() == []
    require_valid()


def test_lines_written_with_plain_strings_are_as_good() -> None:
    rows = tuple(row(str(each.state), str(each.event), str(each.to), each.why) for each in ROWS)
    assert validate(rows) == []


def test_unknown_names() -> None:
    rows = (*ROWS, row("NOWHERE", "EQUAL", "PAIRED"), row("SETTLED", "HOPED", "PAIRED"))
    assert found(validate(rows)) >= {
        ("trade", "UNKNOWN_STATE", "NOWHERE/EQUAL"),
        ("trade", "UNKNOWN_EVENT", "SETTLED/HOPED"),
    }
    refusals: Any = (*REFUSALS, Refusal(("NOWHERE",), ("HOPED",), "BECAUSE", "x"))  # type: ignore[arg-type]
    assert found(validate(ROWS, refusals)) == {
        ("trade", "UNKNOWN_STATE", "NOWHERE/HOPED"),
        ("trade", "UNKNOWN_EVENT", "NOWHERE/HOPED"),
        ("trade", "UNKNOWN_REASON", "NOWHERE/HOPED"),
    }


def test_a_row_to_an_unknown_state() -> None:
    rows = redirected(S.EXECUTING, E.DEADLINE, "LIMBO")
    assert found(validate(rows)) == {("trade", "UNKNOWN_TARGET", "EXECUTING/DEADLINE")}


def test_a_state_of_the_other_table_is_unknown() -> None:
    rows = redirected(S.EXECUTING, E.DEADLINE, OS.FINAL)
    assert found(validate(rows)) == {("trade", "UNKNOWN_TARGET", "EXECUTING/DEADLINE")}


def test_a_cell_moved_twice_even_to_the_same_state() -> None:
    assert found(validate((*ROWS, ROWS[0]))) == {("trade", "MOVED_TWICE", "DETECTED/GATES_PASSED")}
    wrong = row(S.PAIRED, E.PAID, S.HEDGED)
    assert found(validate((*ROWS, wrong))) == {("trade", "MOVED_TWICE", "PAIRED/PAID")}


def test_a_cell_moved_and_refused() -> None:
    rows = (*ROWS, row(S.PAIRED, E.RETURNED, S.HEDGING))
    assert found(validate(rows)) == {("trade", "MOVED_AND_REFUSED", "PAIRED/RETURNED")}


def test_a_cell_refused_twice() -> None:
    refusals = (*REFUSALS, Refusal((S.PAIRED,), (E.RETURNED,), R.PHASE_PAST, "again"))
    assert found(validate(ROWS, refusals)) == {("trade", "REFUSED_TWICE", "PAIRED/RETURNED")}
    twice = Refusal((S.PAIRED, S.PAIRED), (E.RETURNED,), R.NOT_STUCK, "the same state listed twice")
    without = tuple(
        evolve(each, states=tuple(s for s in each.states if s is not S.PAIRED))
        if E.RETURNED in each.events
        else each
        for each in REFUSALS
        if S.SETTLED not in each.states
    )
    closed = tuple(each for each in REFUSALS if S.SETTLED in each.states)
    assert found(validate(ROWS, (*without, *closed, twice))) == {
        ("trade", "REFUSED_TWICE", "PAIRED/RETURNED")
    }


@pytest.mark.parametrize("index", range(len(REFUSALS)))
def test_each_dropped_refusal_leaves_exactly_its_cells_undecided(index: int) -> None:
    dropped = REFUSALS[index]
    refusals = REFUSALS[:index] + REFUSALS[index + 1 :]
    assert found(validate(ROWS, refusals)) == {
        ("trade", "UNDECIDED", f"{state}/{event}") for state in dropped.states for event in dropped.events
    }


@pytest.mark.parametrize("index", range(len(ORDER_REFUSALS)))
def test_each_dropped_refusal_of_orders_likewise(index: int) -> None:
    dropped = ORDER_REFUSALS[index]
    refusals = ORDER_REFUSALS[:index] + ORDER_REFUSALS[index + 1 :]
    assert found(validate(order_refusals=refusals)) == {
        ("order", "UNDECIDED", f"{state}/{event}") for state in dropped.states for event in dropped.events
    }


def test_a_row_that_leaves_a_closed_state() -> None:
    reopened = found(validate((*ROWS, row(S.SETTLED, E.LATE_FACT, S.HEDGING))))
    assert ("trade", "CLOSED_MOVES", "SETTLED/LATE_FACT") in reopened
    looped = found(validate((*ROWS, row(S.SETTLED, E.LATE_FACT, S.SETTLED))))
    assert ("trade", "CLOSED_MOVES", "SETTLED/LATE_FACT") in looped


def test_an_unreachable_state() -> None:
    rows = redirected(S.PAIRED, E.PAID, S.HEDGED)
    assert found(validate(rows)) == {("trade", "UNREACHABLE", "SETTLED")}


def test_a_state_that_only_repairs_reach_is_unreachable() -> None:
    """A trade whose table has no way into HEDGING has no emergency exit, whatever repairs have."""
    rows = tuple(
        evolve(each, to=S.STUCK) if each.to is S.HEDGING and each.state is not S.HEDGING else each
        for each in ROWS
    )
    assert ("trade", "UNREACHABLE", "HEDGING") in found(validate(rows))


def test_a_trap() -> None:
    rows = tuple(evolve(each, to=S.STUCK) if each.state is S.STUCK else each for each in ROWS)
    assert found(validate(rows)) == {("trade", "TRAP", "STUCK")}


def test_two_states_that_lead_only_to_each_other() -> None:
    rows = tuple(
        evolve(each, to=S.HEDGING if each.to in CLOSED or each.to is S.PAIRED else each.to)
        if each.state in (S.HEDGING, S.STUCK)
        else each
        for each in ROWS
    )
    assert found(validate(rows)) == {
        ("trade", "NO_WAY_TO_CLOSED", "HEDGING"),
        ("trade", "NO_WAY_TO_CLOSED", "STUCK"),
    }


def test_a_line_without_a_reason() -> None:
    rows = (evolve(ROWS[0], why=" "), *ROWS[1:])
    refusals = (evolve(REFUSALS[-1], why=""), *REFUSALS[:-1])
    assert {code for _, code, _ in found(validate(rows, refusals))} == {"NO_WHY"}
    assert len(validate(rows, refusals)) == 2


def test_a_refusal_of_nothing() -> None:
    refusals = (*REFUSALS, Refusal((), (E.PAID,), R.NOT_PAIRED, "no state"))
    assert found(validate(ROWS, refusals)) == {("trade", "EMPTY_REFUSAL", "/PAID")}


def test_the_tables_are_judged_apart() -> None:
    order_rows = tuple(each for each in ORDER_ROWS if each.state is not OS.MATCHED)
    assert found(validate(order_rows=order_rows)) == {
        ("order", "UNDECIDED", "MATCHED/FILLS_FINAL"),
        ("order", "TRAP", "MATCHED"),
    }


def test_the_error_is_one_sentence_for_a_person_and_holds_every_finding() -> None:
    with pytest.raises(TableInvalid) as caught:
        require_valid(ROWS, ())
    error = caught.value
    assert isinstance(error, UserError)
    assert len(error.findings) == 173
    assert str(error).count("UNDECIDED") == 0, "codes are for programs"
    assert "trade table, DETECTED/LOCKS_DURABLE: neither a row nor a refusal decides it;" in str(error)
    assert str(error).endswith("; and 161 more.")
    assert "\n" not in str(error)


# --- every redirected row, against a second, independent judgement of the paths -----------------------------------


def powers(edges: set[tuple[str, str]], names: list[str]) -> set[tuple[str, str]]:
    """Transitive closure in Warshall's way, so that it shares nothing with the checker's search."""
    reach = set(edges) | {(name, name) for name in names}
    for middle in names:
        for left in names:
            for right in names:
                if (left, middle) in reach and (middle, right) in reach:
                    reach.add((left, right))
    return reach


def expected_paths(
    table: str, edges: set[tuple[str, str]], names: list[str], initial: str, closed: tuple[str, ...]
) -> set[tuple[str, str, str]]:
    reach = powers(edges, names)
    wrong = {(table, "UNREACHABLE", name) for name in names if (initial, name) not in reach}
    for name in names:
        if name in closed:
            continue
        if not any(left == name and right != name for left, right in edges):
            wrong.add((table, "TRAP", name))
        elif not any((name, end) in reach for end in closed):
            wrong.add((table, "NO_WAY_TO_CLOSED", name))
    return wrong


@pytest.mark.parametrize("index", range(len(ROWS)), ids=lambda i: f"{ROWS[i].state}/{ROWS[i].event}")
def test_each_redirected_row_of_trades(index: int) -> None:
    for target in S:
        rows = (*ROWS[:index], evolve(ROWS[index], to=target), *ROWS[index + 1 :])
        edges = {(str(each.state), str(each.to)) for each in rows}
        names = [str(state) for state in S]
        assert found(validate(rows)) == expected_paths("trade", edges, names, INITIAL, CLOSED)
        assert (table_digest(rows) == table_digest()) is (target is ROWS[index].to)


@pytest.mark.parametrize(
    "index", range(len(ORDER_ROWS)), ids=lambda i: f"{ORDER_ROWS[i].state}/{ORDER_ROWS[i].event}"
)
def test_each_redirected_row_of_orders(index: int) -> None:
    for target in OS:
        changed: OrderRow = evolve(ORDER_ROWS[index], to=target)
        rows = (*ORDER_ROWS[:index], changed, *ORDER_ROWS[index + 1 :])
        edges = {(str(each.state), str(each.to)) for each in rows}
        names = [str(state) for state in OS]
        wrong = expected_paths("order", edges, names, ORDER_INITIAL, ORDER_CLOSED)
        assert found(validate(order_rows=rows)) == wrong
        assert (table_digest(order_rows=rows) == table_digest()) is (target is ORDER_ROWS[index].to)


def test_some_redirected_rows_do_break_a_path() -> None:
    """Else the comparison above could hold because both sides never find anything."""
    broken = {
        (str(each.state), str(each.event))
        for index, each in enumerate(ROWS)
        for target in S
        if validate((*ROWS[:index], evolve(each, to=target), *ROWS[index + 1 :]))
    }
    assert broken == {
        ("DETECTED", "GATES_PASSED"),
        ("GATED", "LOCKS_DURABLE"),
        ("LOCKED", "ENTRY_DURABLE"),
        ("PAIRED", "PAID"),
    }


def test_importing_does_not_check(tmp_path: Path) -> None:
    """`verify` has to be able to load a broken table, in order to say what is broken in it."""
    shutil.copytree(ENGINE, tmp_path / "pairlock", ignore=shutil.ignore_patterns("__pycache__"))
    table = tmp_path / "pairlock" / "lifecycle.py"
    broken = table.read_text(encoding="utf-8") + "\nROWS += (ROWS[0],)\nREFUSALS = ()\n"
    table.write_text(broken, encoding="utf-8")
    code = "import pairlock, pairlock.table_check as c; print(len(c.validate()))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    assert int(done.stdout) == 1 + 173
