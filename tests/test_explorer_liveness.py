"""Claim 19b can fail: engines that never exit, that retry for ever, that go round without end.

One function of the engine is replaced at a time; the kill scope's second part is enough for most.
"""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from pairlock import classify, exits
from pairlock.commands import ReadExitBooks
from pairlock.facts import ExitBooksRead
from pairlock.lifecycle import CLOSED, S
from pairlock.model import NoExit, StuckCause, Trade
from pairlock_specs import explore
from pairlock_specs.cycles import components
from pairlock_specs.explore import Explorer
from pairlock_specs.fair import ANY, FAIR, OURS, RARE
from pairlock_specs.graph import explored_by, may_stay
from pairlock_specs.reach import closes, edges_of, first_outside, quiet
from pairlock_specs.reduced import ReducedExplorer
from pairlock_specs.scope import KILL, Scope
from pairlock_specs.trace import lines
from pairlock_specs.world import ACTIONS

SMALLEST = Scope("smallest", KILL.parts[:1], most_states=20_000)


@pytest.fixture(autouse=True, params=[Explorer, ReducedExplorer])
def search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test is run with the full search, and with the reduced one."""
    monkeypatch.setattr(sys.modules[__name__], "Explorer", request.param)


def flaws(scope: Scope = SMALLEST) -> dict[str, str]:
    """The claims about the whole graph that break, each with its trace."""
    explorer = Explorer(scope).run()
    explorer.judge.graph(explored_by(explorer))
    found = explorer.judge.violations
    return {name: "\n".join(lines(explorer, each)) for name, each in found.items() if each.state >= 0}


def everywhere(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, new: Callable[..., Any]) -> None:
    old = getattr(module, name)
    for mod, held in sorted(sys.modules.items()):
        if mod.split(".")[0] == "pairlock" and getattr(held, name, None) is old:
            monkeypatch.setattr(held, name, new)


def test_the_engine_as_it_is_always_comes_to_rest() -> None:
    assert flaws(KILL) == {}


def test_what_is_rare_is_named_as_the_world_names_it() -> None:
    assert {action.name for action in ACTIONS} >= RARE


def test_an_engine_that_never_exits(monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere(monkeypatch, exits, "plan_exit", lambda trade, fact: None)
    trace = flaws()["19b-hedging-ends"]
    assert "-> HEDGING" in trace
    assert "for ever: again and again, changing nothing: books: the excess can be sold" in trace


def test_an_engine_that_reads_no_books(monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere(monkeypatch, exits, "exits_due", lambda trade: False)
    assert "for ever: nothing that is sure to happen is possible here" in flaws()["19b-hedging-ends"]


def test_an_engine_that_gives_up_with_attempts_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsafe(trade: Trade, fact: ExitBooksRead) -> NoExit | None:
        return NoExit(StuckCause.BUDGET) if exits.exits_due(trade) else None

    everywhere(monkeypatch, exits, "plan_exit", unsafe)
    assert "-> STUCK" in flaws()["19b-hedging-ends"]


def test_an_engine_that_does_not_come_back_when_a_route_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every read changes what it plans, and nothing comes of it: that goes round, and is shown as it goes round."""
    monkeypatch.setattr(classify, "_may_return", lambda trade: False)
    trace = flaws()["19b-no-livelock"]
    assert "for ever: books: the excess can be sold, 1 deep -> STUCK" in trace
    assert "for ever: books: every route is shut -> STUCK" in trace


def test_an_engine_that_retries_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere(monkeypatch, exits, "exit_attempts", lambda trade: 0)
    explorer = Explorer(SMALLEST, stop_at_first=True).run()
    violation = explorer.judge.violations["19b-attempts-bounded"]
    assert "is exit 2 of 1" in violation.words
    assert violation.action.startswith("books: ")


def test_no_state_of_hedging_may_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = Explorer(SMALLEST).run()
    stays = {S.DETECTED, S.GATED, S.LOCKED, S.EXECUTING, S.HEDGING}
    for state in range(len(explorer.states)):
        trade = explorer.trade_of(state)
        allowed = may_stay(trade, explorer.truth_of(state), explorer.part_of(state))
        assert not (trade.state in stays and allowed)
        assert allowed or explorer.kinds[state] & FAIR


def test_the_quick_answer_is_the_slow_ones() -> None:
    """Where nothing goes round, looking at the ends alone says what backward reachability says."""
    explorer = Explorer(SMALLEST).run()
    for good, kind in ((closes, ANY), (quiet, OURS), (lambda trade, part: trade.state is S.SETTLED, ANY)):
        ends = [s for s, kinds in enumerate(explorer.kinds) if not kinds & kind]
        all_good = all(good(explorer.trade_of(s), explorer.part_of(s)) for s in ends)
        assert all_good == (first_outside(explorer, good, kind) < 0)


def test_edges_are_found_again() -> None:
    explorer = explore.Explorer(SMALLEST).run()  # in full: the reduced one leaves states by some moves only
    again = [edges_of(explorer, state) for state in range(len(explorer.states))]
    assert sum(map(len, again)) == explorer.edges
    for state, found in enumerate(again):
        kinds = 0
        for kind, _ in found:
            kinds |= kind
        assert kinds == explorer.kinds[state]
        assert bool(found) != (explorer.trade_of(state).state in CLOSED) or not found


def test_components_are_tarjans() -> None:
    graph = {0: [1], 1: [2, 3], 2: [0], 3: [4], 4: [5], 5: [4, 6], 6: [], 7: [7, 0]}
    assert components(graph, lambda node: graph[node]) == [[4, 5], [0, 1, 2]]
    assert components([0, 1, 3], lambda node: graph[node]) == []


def test_books_are_read_for_as_long_as_an_exit_is_due() -> None:
    explorer = Explorer(SMALLEST).run()
    shells = explorer.engine.shells
    assert any(ReadExitBooks(slow=False) in shell.commands for shell in shells)
