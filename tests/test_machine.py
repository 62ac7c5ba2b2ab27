"""The Machine is the rows: every cell, every mutant, and the settings of `transitions` that would blur the two."""

from __future__ import annotations

import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from transitions import MachineError

from pairlock.errors import EngineBug, PairlockError, UserError
from pairlock.lifecycle import (
    OE,
    ORDER_REFUSALS,
    ORDER_ROWS,
    OS,
    REFUSALS,
    ROWS,
    E,
    R,
    Refusal,
    S,
)
from pairlock.machine import (
    Refused,
    advance,
    advance_order,
    build_machines,
    cell,
    order_cell,
)

TRADE_CELLS = [(state, event) for state in S for event in E]
ORDER_CELLS = [(state, event) for state in OS for event in OE]


class Holder:
    def __init__(self, state: Any) -> None:
        self.state = state


def test_every_cell_of_a_trade_does_what_its_line_says() -> None:
    moves, refusals = 0, 0
    targets = {(row.state, row.event): row.to for row in ROWS}
    reasons = {(s, e): (each.reason, each.why) for each in REFUSALS for s in each.states for e in each.events}
    for state, event in TRADE_CELLS:
        if (state, event) in targets:
            moves += 1
            assert advance(state, event) is targets[state, event]
        else:
            refusals += 1
            with pytest.raises(Refused) as caught:
                advance(state, event)
            refused = caught.value
            assert (refused.state, refused.event) == (state, event)
            assert (refused.reason, refused.why) == reasons[state, event]
    assert (moves, refusals) == (47, 173)


def test_every_cell_of_an_order_does_what_its_line_says() -> None:
    moves, refusals = 0, 0
    targets = {(row.state, row.event): row.to for row in ORDER_ROWS}
    reasons = {
        (s, e): (each.reason, each.why) for each in ORDER_REFUSALS for s in each.states for e in each.events
    }
    for state, event in ORDER_CELLS:
        if (state, event) in targets:
            moves += 1
            assert advance_order(state, event) is targets[state, event]
        else:
            refusals += 1
            with pytest.raises(Refused) as caught:
                advance_order(state, event)
            assert (caught.value.reason, caught.value.why) == reasons[state, event]
    assert (moves, refusals) == (15, 40)


@pytest.mark.parametrize(
    ("machine", "rows", "states", "events"),
    [
        (build_machines().trade.machine, ROWS, S, E),
        (build_machines().order.machine, ORDER_ROWS, OS, OE),
    ],
    ids=["trade", "order"],
)
def test_transitions_own_machine_equals_the_rows(machine: Any, rows: Any, states: Any, events: Any) -> None:
    held = [
        (each.source, name, each.dest) for name in machine.events for each in machine.get_transitions(name)
    ]
    assert sorted(held) == sorted((str(row.state), str(row.event), str(row.to)) for row in rows)
    assert list(machine.states) == [str(state) for state in states], "the default initial state crept in"
    assert set(machine.events) == {str(row.event) for row in rows}, (
        "an automatic `to_<state>` trigger crept in"
    )
    targets = {(row.state, row.event): row.to for row in rows}
    for state in states:
        for event in events:
            if event not in machine.events:
                assert (state, event) not in targets
                continue
            holder = Holder(state)
            if (state, event) in targets:
                assert machine.events[event].trigger(holder) is True
                assert holder.state is targets[state, event]
            else:
                with pytest.raises(MachineError):
                    machine.events[event].trigger(holder)
                assert holder.state is state


def test_no_callbacks_no_conditions_no_models_no_queue() -> None:
    for machine in (build_machines().trade.machine, build_machines().order.machine):
        for each in machine.get_transitions():
            assert [*each.conditions, *each.before, *each.after, *each.prepare] == []
        for state in machine.states.values():
            assert [*state.on_enter, *state.on_exit] == []
            assert not state.ignore_invalid_triggers
        assert [*machine.prepare_event, *machine.before_state_change, *machine.after_state_change] == []
        assert [*machine.finalize_event, *machine.on_exception, *machine.on_final] == []
        assert machine.models == []
        assert machine.has_queue is False
        assert machine.ignore_invalid_triggers is False


def test_a_step_is_a_value_and_leaves_the_machine_as_it_was() -> None:
    built = build_machines().trade
    shape = {
        event: {s: len(t) for s, t in each.transitions.items()}
        for event, each in built.machine.events.items()
    }
    for _ in range(20):
        for state, event in TRADE_CELLS:
            try:
                built.advance(state, event)
            except Refused:
                continue
    assert built.machine.models == []
    after = {
        event: {s: len(t) for s, t in each.transitions.items()}
        for event, each in built.machine.events.items()
    }
    assert after == shape


def test_lines_of_the_cells() -> None:
    assert cell(S.EXECUTING, E.UNEQUAL) in ROWS
    assert isinstance(cell(S.SETTLED, E.PAID), Refusal)
    assert order_cell(OS.SENT, OE.NOT_FOUND) in ORDER_ROWS
    assert order_cell(OS.FINAL, OE.LIVE) in ORDER_REFUSALS


def test_a_refusal_says_what_and_why_and_survives_a_copy() -> None:
    with pytest.raises(Refused) as caught:
        advance(S.SETTLED, E.LATE_FACT)
    refused = caught.value
    assert isinstance(refused, PairlockError)
    assert not isinstance(refused, UserError | EngineBug)
    assert str(refused) == (
        "SETTLED refuses LATE_FACT: closed is closed: a late fact opens a linked repair (LATE_FACT_OPENS_REPAIR)"
    )
    copy = pickle.loads(pickle.dumps(refused))
    assert (copy.state, copy.event, copy.reason, copy.why) == (
        refused.state,
        refused.event,
        R.LATE_FACT_OPENS_REPAIR,
        refused.why,
    )


@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("NOWHERE", E.EQUAL),
        (S.PAIRED, "NOTHING"),
        (OS.SENT, E.EQUAL),
        (S.PAIRED, OE.LIVE),
        (None, None),
        ([], {}),
    ],
)
def test_names_that_are_not_the_tables_are_our_own_bug(state: Any, event: Any) -> None:
    with pytest.raises(EngineBug):
        advance(state, event)
    with pytest.raises(EngineBug):
        cell(state, event)


def test_threads_may_share_it() -> None:
    def walk(_: int) -> list[str]:
        seen: list[str] = []
        for state, event in TRADE_CELLS * 5:
            try:
                seen.append(advance(state, event))
            except Refused as refused:
                seen.append(refused.reason)
        return seen

    with ThreadPoolExecutor(8) as pool:
        walks = list(pool.map(walk, range(8)))
    assert all(each == walks[0] for each in walks)


def test_a_step_is_quick() -> None:
    """13 microseconds here. The bound is loose for slow machines; a registered model costs 60 and more on top."""
    best_ns = min(_hundred_steps_ns() for _ in range(50))
    assert best_ns / 100 < 60_000


def _hundred_steps_ns() -> int:
    started = time.perf_counter_ns()
    for _ in range(100):
        advance(S.EXECUTING, E.UNEQUAL)
    return time.perf_counter_ns() - started
