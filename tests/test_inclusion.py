"""Runs of the simulator are runs that the explorer has seen: every record of every sampled trade, one after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from attrs import evolve

from pairlock import Limits
from pairlock.codec import parse
from pairlock.journal.records import Kind
from pairlock.journal.replay import begun, replay_step
from pairlock.lifecycle import OS, E, S
from pairlock.limits import ExecutionLimits
from pairlock.model import PlanKind, Trade
from pairlock_adapters.demo.run import Settings, run_demo
from pairlock_adapters.sqlite.store import open_store
from pairlock_specs.explore import Explorer
from pairlock_specs.inclusion import Automaton, Recorded, outside, shape
from pairlock_specs.scope import Part, Scope

_ONE = Part(resolutions=("yes",))
SCOPE = Scope(
    "inclusion",
    (
        evolve(_ONE, plan=PlanKind.RISKIER_FIRST),
        evolve(_ONE, plan=PlanKind.RISKIER_FIRST, first_leg=1),
        Part(),
    ),
)
# As many exits and looks for a route as the scope has.
LIMITS = Limits(execution=ExecutionLimits(max_exit_attempts=1, max_empty_exits=0, max_routeless_reads=1))


@pytest.fixture(scope="module")
def automaton() -> Automaton:
    return Automaton.of(Explorer(SCOPE).run())


def recorded(journal: str) -> Iterator[list[Recorded]]:
    """Every trade of the journal, record by record."""
    store = open_store(journal, readonly=True)
    try:
        for (trade_id,) in list(store._rows("SELECT trade FROM trades ORDER BY rowid")):
            trade: Trade | None = None
            steps: list[Recorded] = []
            for record in store.trade_records(trade_id):
                body = parse(record.body)
                if record.kind in (Kind.DETECTED, Kind.REPAIR):
                    trade = begun(record, body)
                if record.kind != Kind.STEP:
                    continue
                assert trade is not None
                trade = replay_step(trade, record, body).trade
                steps.append(Recorded(tuple(E(event) for event in body["events"]), trade))
            if steps:
                yield steps
    finally:
        store.close()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Recorded]]:
    found = []
    for profile, trades in (("typical", 150), ("hostile", 150)):
        journal = str(tmp_path_factory.mktemp(profile) / "journal.db")
        run_demo(Settings(trades, 7, profile, journal, LIMITS), lambda done, total: None)
        found += list(recorded(journal))
    return found


def test_every_run_inside_the_scope_is_one_that_was_explored(
    automaton: Automaton, runs: list[list[Recorded]]
) -> None:
    told: Counter[str] = Counter()
    states: Counter[S] = Counter()
    for run in runs:
        reason = outside(run, 1)
        if not reason:
            at = automaton.refuses(run)
            assert at < 0, (run[at].events, run[at].trade)
            states[run[-1].trade.state] += 1
        told[reason or "accepted"] += 1
    assert told["accepted"] > len(runs) // 2
    assert states[S.SETTLED] > 20
    assert states[S.HEDGED] > 0


def test_a_run_with_an_event_changed_is_refused(automaton: Automaton, runs: list[list[Recorded]]) -> None:
    whole = next(run for run in runs if run[-1].trade.state is S.SETTLED and not outside(run, 1))
    refused = 0
    for index, record in enumerate(whole):
        other = (E.UNEQUAL,) if record.events != (E.UNEQUAL,) else (E.EQUAL,)
        changed = [*whole[:index], evolve(record, events=other), *whole[index + 1 :]]
        if index and shape(whole[index - 1].trade) == shape(record.trade):
            continue  # a record that changes nothing may be skipped
        assert automaton.refuses(changed) == index
        refused += 1
    assert refused > 5


def test_a_run_in_which_an_order_is_final_too_early_is_refused(
    automaton: Automaton, runs: list[list[Recorded]]
) -> None:
    whole = next(run for run in runs if run[-1].trade.state is S.SETTLED and not outside(run, 1))
    index = next(i for i, record in enumerate(whole) if record.trade.orders)
    trade = whole[index].trade
    closed = evolve(trade, orders=tuple(evolve(order, state=OS.FINAL) for order in trade.orders))
    assert automaton.refuses([*whole[:index], evolve(whole[index], trade=closed)]) == index
