"""z3's part: every action keeps the invariant, the invariant gives the claims. What z3 cannot say is a failure."""

from __future__ import annotations

from collections.abc import Iterable

import z3
from attrs import frozen

from pairlock.lifecycle import ROWS, E, S
from pairlock_specs.proof.action import Action
from pairlock_specs.proof.invariant import claimed, claimed_of_step, initial, invariant
from pairlock_specs.proof.logic import Named, Value, both, either
from pairlock_specs.proof.moves import MOVES
from pairlock_specs.proof.state import LEGS, State, changed, names, symbolic
from pairlock_specs.proof.world import WORLD

ACTIONS = (*WORLD, *MOVES)
TIMEOUT_MS = 20_000


@frozen
class Broken:
    """``where``: the action, or "beginning"; ``what``: the condition; the states before and after, as numbers."""

    where: str
    what: str
    before: dict[str, int | bool]
    after: dict[str, int | bool]


def _valued(model: z3.ModelRef, state: State) -> dict[str, int | bool]:
    found: dict[str, int | bool] = {}
    for name, flag in names():
        value = model.eval(state.values[name], model_completion=True)
        found[name] = z3.is_true(value) if flag else value.as_long()
    return found


def _all(conditions: Iterable[Named]) -> list[Value]:
    return [value for _, value in conditions if value is not True]


def _solver() -> z3.Solver:
    solver = z3.SolverFor("QF_LIA")
    solver.set("timeout", TIMEOUT_MS)
    return solver


def refute(
    given: Iterable[Value], goals: list[Named], before: State, after: State, where: str
) -> list[Broken]:
    """The goals that do not follow, each with a counterexample (or that z3 did not decide)."""
    solver = _solver()
    solver.add(*given)
    wanted = [(words, value) for words, value in goals if value is not True]
    solver.push()
    solver.add(z3.Not(z3.And(*(value for _, value in wanted))))
    first = solver.check()
    if first == z3.unsat:
        return []
    found: list[Broken] = []
    solver.pop()
    for words, value in wanted:
        solver.push()
        solver.add(z3.Not(value))
        answer = solver.check()
        if answer == z3.sat:
            model = solver.model()
            found.append(Broken(where, words, _valued(model, before), _valued(model, after)))
        elif answer == z3.unknown:
            found.append(Broken(where, f"undecided: {words}", {}, {}))
        solver.pop()
    return found or [Broken(where, "undecided", {}, {})]


def _keeps(action: Action) -> list[Broken]:
    """What of the invariant, or of the claims about moves, the action does not keep."""
    before = symbolic()
    after = changed(before, action.changes)
    goals = invariant(after)
    if not action.takes_cash:
        for claim, conditions in claimed_of_step(before, after).items():
            goals += [(f"{claim}: {words}", value) for words, value in conditions]
    given = [*_all(invariant(before)), *_all(action.relation(before, after))]
    return refute(given, goals, before, after, action.name)


def induction(actions: Iterable[Action] = ACTIONS) -> list[Broken]:
    """The beginning has the invariant, and every action keeps it and the claims about moves."""
    start = symbolic()
    found = refute(_all(initial(start)), invariant(start), start, start, "the beginning")
    for action in actions:
        found += _keeps(action)
    return found


def possible(action: Action) -> bool:
    """Whether the action can happen at all in a state with the invariant: one that never can would prove anything."""
    before = symbolic()
    after = changed(before, action.changes)
    solver = _solver()
    solver.add(*_all(invariant(before)), *_all(action.relation(before, after)))
    return bool(solver.check() == z3.sat)


def consequences() -> list[Broken]:
    """The claims about states follow from the invariant."""
    state = symbolic()
    goals = [
        (f"{claim}: {words}", value)
        for claim, conditions in claimed(state).items()
        for words, value in conditions
    ]
    return refute(_all(invariant(state)), goals, state, state, "the invariant")


def progress(actions: Iterable[Action] = ACTIONS) -> list[Broken]:
    """In HEDGING with every order FINAL there is always a move of ours: an exit, a pair or a close."""
    state = symbolic()
    waiting = both(state.is_in(S.HEDGING), state.all_final)
    ours = [both(*_all(action.guard(state))) for action in actions if action.rows and leads_out(action)]
    goal = ("an exit, a pair or a close is possible", either(*ours) if ours else False)
    return refute([*_all(invariant(state)), waiting], [goal], state, state, "HEDGING, every order FINAL")


def leads_out(action: Action) -> bool:
    """Whether the action is an exit, or takes a trade out of HEDGING other than into STUCK."""
    outs = {
        (row.state, row.event)
        for row in ROWS
        if row.state is S.HEDGING and row.to not in (S.HEDGING, S.STUCK)
    }
    return any(event is E.EXIT_DURABLE or (state, event) in outs for state, event in action.rows)


def trace(actions: Iterable[Action], claim: str) -> list[dict[str, int | bool]]:
    """States from one with the invariant, through the actions, to one in which the claim is false; else [].

    Small numbers are tried first, so that a person can follow them.
    """
    states = [symbolic(".at0")]
    solver = _solver()
    solver.add(*_all(invariant(states[0])), *(states[0].of("funds", leg) >= 0 for leg in LEGS))
    for number, action in enumerate(actions, 1):
        after = changed(states[-1], action.changes, f".at{number}")
        solver.add(*_all(action.relation(states[-1], after)))
        states.append(after)
    solver.add(z3.Not(z3.And(*_all(claimed(states[-1])[claim]))))
    numbers = {value for state in states for name, value in state.values.items() if z3.is_int(value)}
    for bound in (4, 100, None):
        solver.push()
        if bound is not None:
            solver.add(*(z3.And(-bound <= value, value <= 10 * bound) for value in numbers))
        if solver.check() == z3.sat:
            model = solver.model()
            return [_valued(model, state) for state in states]
        solver.pop()
    return []
