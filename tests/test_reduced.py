"""The reductions: what allows them holds of every state of a full search, they miss nothing, and wrong ones are found.

The whole small scope is asked by `python tools/reductions.py`, a part of `make verify-deep`; here two parts of it.
"""

import pytest
from attrs import evolve

from pairlock_specs import forget, movers, reduction
from pairlock_specs.explore import Explorer
from pairlock_specs.forget import known_final
from pairlock_specs.movers import MOVERS, READS
from pairlock_specs.reduced import ReducedExplorer
from pairlock_specs.scope import KILL, SMALL, WIDEST, Scope
from pairlock_specs.vocabulary import Over, Tell
from pairlock_specs.world import ACTIONS

# With a crash and a kill; with alarms and resolutions.
PARTS = [Scope("one", SMALL.parts[number : number + 1]) for number in (4, 7)]
SCOPES = [KILL, *PARTS]


@pytest.fixture(scope="module", params=SCOPES, ids=lambda scope: scope.parts[0].name)
def both(request: pytest.FixtureRequest) -> tuple[Explorer, ReducedExplorer]:
    full, reduced = Explorer(request.param), ReducedExplorer(request.param)
    full.run()
    reduced.run()
    return full, reduced


def test_what_is_put_off_can_be(both: tuple[Explorer, ReducedExplorer]) -> None:
    assert list(reduction.not_movers(both[0])) == []


def test_what_is_forgotten_is_looked_at_by_nothing(both: tuple[Explorer, ReducedExplorer]) -> None:
    assert list(reduction.not_forgettable(both[0])) == []


def test_only_states_in_which_several_orders_wait_are_skipped(both: tuple[Explorer, ReducedExplorer]) -> None:
    assert list(reduction.skipped(*both)) == []


def test_the_reduced_search_sees_all_that_is_judged(both: tuple[Explorer, ReducedExplorer]) -> None:
    full, reduced = both
    assert list(reduction.missed(full, reduced)) == []
    assert len(reduced.states) < len(full.states)
    assert reduced.edges < full.edges
    assert reduced.complete


def test_each_reduction_by_itself_sees_it_too() -> None:
    scope = Scope("one", KILL.parts[:1])
    full = Explorer(scope).run()
    for reduced in (ReducedExplorer(scope, forgets=False), ReducedExplorer(scope, transactions=False)):
        reduced.run()
        assert list(reduction.missed(full, reduced)) == []
        assert reduced.edges < full.edges
    none = ReducedExplorer(scope, forgets=False, transactions=False)
    none.run()
    assert (len(none.states), none.edges, none.depth) == (len(full.states), full.edges, full.depth)


def test_every_silent_move_of_an_order_is_named_and_nothing_else() -> None:
    """A new action of the world has to be told apart here before it can be put off, or be ignored."""
    orders = (Over.ORDERS, Over.MATCHES, Over.ODD_MATCHES, Over.PENDING)
    silent = {a.name for a in ACTIONS if a.over in orders and not any(isinstance(e, Tell) for e in a.then)}
    assert silent == set(MOVERS)
    assert {action.name for action in ACTIONS} > READS


def test_a_request_that_a_crash_takes_back_cannot_be_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(movers.MOVERS, "the request of {} is written", "")
    found = "\n".join(reduction.not_movers(Explorer(PARTS[0]).run()))
    assert "crash and restart, done before the request of" in found


def test_what_needs_an_open_market_cannot_be_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(movers.MOVERS, "{} arrives and is accepted", "")
    found = "\n".join(reduction.not_movers(Explorer(PARTS[1]).run()))
    assert "the markets resolve: yes, done before" in found


def test_a_read_that_is_not_known_as_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(movers, "READS", movers.READS - {"{}"})
    assert "read: " in "\n".join(reduction.not_movers(Explorer(Scope("one", KILL.parts[:1])).run()))


def test_an_order_that_is_still_read_cannot_be_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        forget, "known_final", lambda trade: frozenset(order.intent_id for order in trade.orders)
    )
    found = "\n".join(reduction.not_forgettable(Explorer(Scope("one", KILL.parts[:1])).run()))
    assert "other moves are possible" in found


def test_an_alarm_that_may_still_ring_cannot_be_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forget, "_can_follow", lambda truth, final, part: False)
    found = "\n".join(reduction.not_forgettable(Explorer(Scope("one", KILL.parts[2:3])).run()))
    assert "other moves are possible" in found


def test_a_fill_cannot_be_forgotten() -> None:
    explorer = Explorer(Scope("one", KILL.parts[:1])).run()
    for state in range(len(explorer.states)):
        truth, part = explorer.truth_of(state), explorer.part_of(state)
        if part is not None:
            less = forget.forget(truth, known_final(explorer.trade_of(state)), part)
            assert [order.fills for order in less.orders] == [order.fills for order in truth.orders]


def test_only_the_widest_scope_is_reduced() -> None:
    assert WIDEST.reduced
    assert all(job.reduced for job in WIDEST.jobs())
    assert not any(scope.reduced for scope in (KILL, SMALL, evolve(WIDEST, reduced=False)))
