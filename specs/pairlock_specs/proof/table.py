"""Where an event leads, read from the installed table of trades."""

from __future__ import annotations

from pairlock.lifecycle import ROWS, E, S
from pairlock_specs.proof.logic import Value, both, either
from pairlock_specs.proof.state import STATES, State


def of_event(event: E) -> tuple[tuple[S, E], ...]:
    return tuple((row.state, row.event) for row in ROWS if row.event is event)


def by_table(s: State, t: State, event: E) -> Value:
    """The label goes where the installed table leads it."""
    moves = [(row.state, row.to) for row in ROWS if row.event is event]
    return either(*(both(s.is_in(a), t.label == STATES.index(b)) for a, b in moves))


def starts(s: State, event: E) -> Value:
    return s.is_in(*(row.state for row in ROWS if row.event is event))
