"""The table says what the design says. The moves below were typed by hand from the design, never from the code."""

from __future__ import annotations

from pairlock.lifecycle import (
    CLOSED,
    INITIAL,
    INITIAL_REPAIR,
    OE,
    ORDER_CLOSED,
    ORDER_INITIAL,
    ORDER_REFUSALS,
    ORDER_ROWS,
    OS,
    REFUSALS,
    ROWS,
    E,
    R,
    S,
)
from pairlock.table_cells import order_table, trade_table

STATES = "DETECTED GATED LOCKED EXECUTING PAIRED HEDGING STUCK SETTLED ROLLED_BACK HEDGED".split()

# state: target: events
DESIGN_MOVES = {
    "DETECTED": {"GATED": "GATES_PASSED", "ROLLED_BACK": "GATE_REFUSED ABORTED KILLED"},
    "GATED": {"LOCKED": "LOCKS_DURABLE", "ROLLED_BACK": "LOCK_REFUSED ABORTED KILLED"},
    "LOCKED": {"EXECUTING": "ENTRY_DURABLE", "ROLLED_BACK": "ABORTED KILLED"},
    "EXECUTING": {
        "EXECUTING": "LEG_MOVED FIRST_FILLED KILLED",
        "PAIRED": "EQUAL EQUAL_FINAL",
        "HEDGING": "UNEQUAL DEADLINE",
        "ROLLED_BACK": "NONE_FINAL",
        "HEDGED": "RESOLVED",
    },
    "PAIRED": {
        "PAIRED": "EQUAL EQUAL_FINAL KILLED",
        "HEDGING": "UNEQUAL",
        "STUCK": "OVERDUE",
        "SETTLED": "PAID",
        "HEDGED": "RESOLVED",
    },
    "HEDGING": {
        "HEDGING": "LEG_MOVED UNEQUAL EXIT_DURABLE KILLED",
        "PAIRED": "EQUAL EQUAL_FINAL",
        "ROLLED_BACK": "NONE_FINAL",
        "HEDGED": "FLAT_FINAL RESOLVED",
        "STUCK": "EXHAUSTED OVERDUE",
    },
    "STUCK": {
        "STUCK": "LEG_MOVED UNEQUAL KILLED",
        "HEDGING": "RETURNED",
        "PAIRED": "EQUAL EQUAL_FINAL",
        "ROLLED_BACK": "NONE_FINAL",
        "HEDGED": "FLAT_FINAL RESOLVED",
    },
}
DESIGN_ORDER_MOVES = {
    "IDLE": {"SENT": "INTENT_DURABLE", "FINAL": "WITHDRAWN"},
    "SENT": {
        "FINAL": "NOT_SENT ABSENT_PROVEN CLOSED_FINAL",
        "OPEN": "LIVE CANCEL_ACKED",
        "MATCHED": "CLOSED_PENDING",
        "SENT": "NOT_FOUND",
    },
    "OPEN": {
        "OPEN": "PARTIAL NOT_FOUND CANCEL_ACKED",
        "MATCHED": "CLOSED_PENDING",
        "FINAL": "CLOSED_FINAL",
    },
    "MATCHED": {"FINAL": "FILLS_FINAL"},
}


def flat(moves: dict[str, dict[str, str]]) -> set[tuple[str, str, str]]:
    return {
        (state, event, target)
        for state, targets in moves.items()
        for target, events in targets.items()
        for event in events.split()
    }


def test_moves_of_a_trade_are_those_of_the_design() -> None:
    assert {(row.state, row.event, row.to) for row in ROWS} == flat(DESIGN_MOVES)


def test_moves_of_an_order_are_those_of_the_design() -> None:
    assert {(row.state, row.event, row.to) for row in ORDER_ROWS} == flat(DESIGN_ORDER_MOVES)


def test_names() -> None:
    assert [str(state) for state in S] == STATES
    assert [str(state) for state in OS] == ["IDLE", "SENT", "OPEN", "MATCHED", "FINAL"]
    for names in (S, E, OS, OE, R):
        assert all(member.name == member.value for member in names)
    # Mermaid and Graphviz identify a state by its name alone, across both tables.
    assert not set(STATES) & {str(state) for state in OS}


def test_ends() -> None:
    assert (INITIAL, INITIAL_REPAIR, ORDER_INITIAL) == ("DETECTED", "HEDGING", "IDLE")
    assert set(CLOSED) == {"SETTLED", "ROLLED_BACK", "HEDGED"}
    assert set(ORDER_CLOSED) == {"FINAL"}


def test_counts_of_the_trade_table() -> None:
    cells = [cell for cell, _ in trade_table().decisions()]
    assert (len(S), len(E), len(cells)) == (10, 22, 220)
    assert len(set(cells)) == 220, "a cell is decided twice"
    assert (len(ROWS), sum(len(each.states) * len(each.events) for each in REFUSALS)) == (47, 173)


def test_counts_of_the_order_table() -> None:
    cells = [cell for cell, _ in order_table().decisions()]
    assert (len(OS), len(OE), len(cells)) == (5, 11, 55)
    assert len(set(cells)) == 55, "a cell is decided twice"
    assert (len(ORDER_ROWS), sum(len(each.states) * len(each.events) for each in ORDER_REFUSALS)) == (15, 40)


def test_a_closed_trade_absorbs_everything_and_a_late_fact_is_refused_everywhere() -> None:
    reasons = {
        (state, event): each.reason for each in REFUSALS for state in each.states for event in each.events
    }
    for state in CLOSED:
        for event in E:
            late = event == "LATE_FACT"
            assert reasons[state, event] == ("LATE_FACT_OPENS_REPAIR" if late else "CLOSED_ABSORBS")
    for state in S:
        expected = "LATE_FACT_OPENS_REPAIR" if state in CLOSED else "NOT_CLOSED"
        assert reasons[state, E.LATE_FACT] == expected


def test_nothing_turns_an_unknown_order_into_zero() -> None:
    """Only a proof ends an order: not "not found", not an acknowledged cancel, not a withdrawal after release."""
    ends = {(row.state, row.event) for row in ORDER_ROWS if row.to == "FINAL"}
    proofs = {"WITHDRAWN", "NOT_SENT", "ABSENT_PROVEN", "CLOSED_FINAL", "FILLS_FINAL"}
    assert {event for _, event in ends} <= proofs
    assert {state for state, event in ends if event == "WITHDRAWN"} == {"IDLE"}
    assert {state for state, event in ends if event in {"NOT_SENT", "ABSENT_PROVEN"}} == {"SENT"}
