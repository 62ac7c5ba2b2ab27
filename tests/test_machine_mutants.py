"""Each row dropped, each row redirected, and a Machine that differs from its table: all are noticed."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from pairlock.errors import EngineBug
from pairlock.lifecycle import (
    OE,
    ORDER_REFUSALS,
    ORDER_ROWS,
    OS,
    REFUSALS,
    ROWS,
    E,
    OrderRow,
    Refusal,
    Row,
    S,
)
from pairlock.machine import (
    Machines,
    Refused,
    TableMachine,
    build_machines,
)
from pairlock.table_check import Code, TableInvalid, validate

TRADE_CELLS = [(state, event) for state in S for event in E]
ORDER_CELLS = [(state, event) for state in OS for event in OE]


def mutants_without_a_row() -> list[Any]:
    trade = [pytest.param(row, id=f"{row.state}/{row.event}") for row in ROWS]
    return trade + [pytest.param(row, id=f"{row.state}/{row.event}") for row in ORDER_ROWS]


def without(row: Row | OrderRow) -> tuple[tuple[Row, ...], tuple[OrderRow, ...]]:
    return tuple(each for each in ROWS if each != row), tuple(each for each in ORDER_ROWS if each != row)


def differences(machines: Machines) -> set[tuple[str, str]]:
    """The cells in which these machines do anything else than the installed table."""
    found: set[tuple[str, str]] = set()
    pairs: list[tuple[Any, Any, Any]] = [
        (machines.trade, ROWS, TRADE_CELLS),
        (machines.order, ORDER_ROWS, ORDER_CELLS),
    ]
    for machine, rows, cells in pairs:
        targets = {(row.state, row.event): row.to for row in rows}
        for state, event in cells:
            try:
                did = machine.advance(state, event)
            except Refused:
                did = None
            except EngineBug:
                did = "bug"
            if did != targets.get((state, event)):
                found.add((state, event))
    return found


def test_the_installed_table_has_no_differences() -> None:
    assert differences(build_machines()) == set()


@pytest.mark.parametrize("row", mutants_without_a_row())
def test_a_dropped_row_is_noticed_by_the_machine_and_by_the_checker(row: Row | OrderRow) -> None:
    rows, order_rows = without(row)
    machines = build_machines(rows, REFUSALS, order_rows, ORDER_REFUSALS)
    machine: Any = machines.trade if isinstance(row, Row) else machines.order
    with pytest.raises(EngineBug, match="decides nothing"):
        machine.advance(row.state, row.event)
    assert differences(machines) == {(row.state, row.event)}
    undecided = [each for each in validate(rows, REFUSALS, order_rows) if each.code is Code.UNDECIDED]
    assert [each.where for each in undecided] == [f"{row.state}/{row.event}"]


@pytest.mark.parametrize("row", mutants_without_a_row())
def test_a_redirected_row_is_noticed_by_the_machine(row: Row | OrderRow) -> None:
    for target in S if isinstance(row, Row) else OS:
        if target == row.to:
            continue
        wrong: Any = evolve(row, to=target)  # type: ignore[arg-type]
        rows = tuple(wrong if each == row else each for each in ROWS)
        order_rows = tuple(wrong if each == row else each for each in ORDER_ROWS)
        assert differences(build_machines(rows, REFUSALS, order_rows)) == {(row.state, row.event)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.state}/{row.event}")
def test_a_machine_that_differs_from_its_table_is_a_bug_and_never_a_move(row: Row) -> None:
    built = build_machines().trade
    held: Any = built.machine.events[row.event].transitions[str(row.state)]
    held[0].dest = str(S.LOCKED if row.to is not S.LOCKED else S.PAIRED)
    with pytest.raises(EngineBug, match="the Machine goes to"):
        built.advance(row.state, row.event)

    built = build_machines().trade
    built.machine.remove_transition(str(row.event), str(row.state), str(row.to))
    with pytest.raises(EngineBug, match="the Machine refuses"):
        built.advance(row.state, row.event)


def test_a_machine_that_knows_a_cell_which_the_table_refuses_is_a_bug() -> None:
    for refusal in REFUSALS:
        for state in refusal.states:
            for event in refusal.events:
                built: TableMachine[S, E, Row, Refusal] = build_machines().trade
                built.machine.add_transition(str(event), str(state), str(S.PAIRED))
                with pytest.raises(EngineBug, match="table refuses"):
                    built.advance(state, event)


def test_a_machine_told_to_ignore_what_it_does_not_know_is_a_bug() -> None:
    built = build_machines().trade
    built.machine.ignore_invalid_triggers = True
    for each in built.machine.states.values():
        each.ignore_invalid_triggers = True
    with pytest.raises(EngineBug, match="neither moved nor refused"):
        built.advance(S.SETTLED, E.EQUAL)


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (Row(S.PAIRED, E.PAID, S.HEDGED, "again"), Code.MOVED_TWICE),
        (Row(S.PAIRED, E.RETURNED, S.HEDGED, "refused elsewhere"), Code.MOVED_AND_REFUSED),
        (Row("NOWHERE", E.PAID, S.HEDGED, "unknown"), Code.UNKNOWN_STATE),  # type: ignore[arg-type]
        (Row("*", E.PAID, S.HEDGED, "a wildcard"), Code.UNKNOWN_STATE),  # type: ignore[arg-type]
        (Row(S.PAIRED, "HOPED", S.HEDGED, "unknown"), Code.UNKNOWN_EVENT),  # type: ignore[arg-type]
        (Row(S.PAIRED, E.RETURNED, "=", "a wildcard"), Code.UNKNOWN_TARGET),  # type: ignore[arg-type]
    ],
)
def test_no_machine_is_built_from_an_ambiguous_table(extra: Row, code: Code) -> None:
    with pytest.raises(TableInvalid) as caught:
        build_machines((*ROWS, extra))
    assert code in {finding.code for finding in caught.value.findings}
