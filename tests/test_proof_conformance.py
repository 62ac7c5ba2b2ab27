"""The proof's actions cover the shipped engine: every transition of the kill scope is one of them, and a change shows.

The walk is over everything that the explorer meets, several orders, crashes, failures and closes in one run. Wider
transitions (over-fills, exits on matched fills, grants, every route) come from runs drawn at random.
"""

import random
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from pairlock import exits, exposure, ledger, orders, positions
from pairlock.facts import CancelAcked, ExitBooksRead, NotFound
from pairlock.lifecycle import CLOSED, ORDER_ROWS, OS, ROWS
from pairlock.model import ExitOn, ExitPlan, NoExit, Order, PlanKind, Terms, Trade
from pairlock.orders import Absorbed, OrderFact
from pairlock.step import step
from pairlock_specs.action import Action
from pairlock_specs.conditions import Subject
from pairlock_specs.engine import Engine, Failed, Taken
from pairlock_specs.explore import Explorer
from pairlock_specs.proof.conform import BY_NAME, WORLD_STEMS, Conformance, conform, world_action
from pairlock_specs.scope import KILL, OPPORTUNITY, Part, Scope
from pairlock_specs.truth import Truth
from pairlock_specs.view import View
from pairlock_specs.world import ACTIONS

ONE = Scope("one", KILL.parts[1:2], most_states=5_000)  # what a planted change is looked for in


@pytest.fixture(scope="module")
def walked() -> Conformance:
    return conform(Explorer(KILL).run())


def test_every_transition_of_the_kill_scope_is_an_action_of_the_proof(walked: Conformance) -> None:
    assert walked.strays == []
    assert walked.states > 2_000
    assert walked.transitions > 90_000


def test_the_walk_meets_what_the_proof_is_about(walked: Conformance) -> None:
    """A crash, failures, every label, entries of both plans, sales: not only states in which nothing happens."""
    events = {f"the event {event}" for event in {row.event for row in ROWS}} & set(BY_NAME)
    wanted = {
        "crash and restart",
        "both reservations are durable",
        "the entry of both legs is durable",
        "the entry of leg 1 is released",
        "a match of leg 0 fails (add)",
        "a match of leg 0 fails (sell)",
        "an exit sells from leg 0",
        "an exit sells from leg 1",
        "an order of leg 0 is proved absent (add)",
        "the engine learns of a settlement of leg 0 (sell)",
    }
    assert (events | wanted) <= set(walked.seen)
    met = {row for name in walked.seen for row in BY_NAME[name].order_rows}
    assert met == {(row.state, row.event) for row in ORDER_ROWS}


def test_every_action_of_the_world_that_moves_an_order_has_a_name_in_the_proof() -> None:
    names = {action.name for action in ACTIONS}
    assert set(WORLD_STEMS) <= names
    assert world_action("no byte of t.0.0 (entry, leg 0) was written") == "no byte of {} was written"
    stems = {stem for both in WORLD_STEMS.values() for stem in both.split("|") if stem}
    for stem in stems:
        assert stem.format(leg=0, kind="add") in BY_NAME


Replace = Callable[[Any, str, Any], None]


@pytest.fixture
def replace(monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Puts a function in the place of another wherever a module of the engine or of the specs holds it."""

    def everywhere(module: Any, name: str, new: Any) -> None:
        old = getattr(module, name)
        for mod, other in sorted(sys.modules.items()):
            if mod.split(".")[0] in ("pairlock", "pairlock_specs"):
                for key, value in list(vars(other).items()):
                    if value is old:
                        monkeypatch.setattr(other, key, new)

    return everywhere


def wrong() -> str:
    found = conform(Explorer(ONE).run(), enough=100).strays
    assert found
    return "\n".join(f"{each.where}: {'; '.join(each.wrong)}" for each in found)


def test_a_planted_not_found_means_zero_strays(replace: Replace) -> None:
    real = orders.absorb_order

    def planted(order: Order, fact: OrderFact, terms: Terms) -> Absorbed:
        fact = evolve(fact, asked_at_ms=10**12) if isinstance(fact, NotFound) else fact
        return real(order, fact, terms)

    replace(orders, "absorb_order", planted)
    assert "F: after the bounds what is not found is not there and cannot come" in wrong()


def test_a_planted_match_that_counts_as_final_strays(replace: Replace) -> None:
    replace(positions, "final_e6", positions.filled_e6)
    assert "what is believed final is final" in wrong()


def test_a_planted_larger_exit_strays(replace: Replace) -> None:
    real = exits.plan_exit

    def planted(trade: Trade, fact: ExitBooksRead) -> ExitPlan | NoExit | None:
        plan = real(trade, fact)
        return evolve(plan, size_e2=plan.size_e2 + 1) if isinstance(plan, ExitPlan) else plan

    replace(exits, "plan_exit", planted)
    assert "an exit sells from leg 0: it fits" in wrong()


def test_a_planted_exit_before_finality_strays(replace: Replace) -> None:
    def planted(trade: Trade) -> bool:
        return positions.no_order_can_fill(trade) and positions.unequal(trade)

    replace(exits, "exits_due", planted)
    assert "every fill is final, unless exits go on matched ones" in wrong()


def test_a_planted_entry_beyond_the_reserve_strays(replace: Replace) -> None:
    replace(exposure, "entry_cash_micros", lambda leg, size_e2: 0)
    replace(exposure, "exit_cash_micros", lambda leg, size_e2, attempts: leg.limit_e4 * size_e2 // 2)
    assert "its budget is reserved" in wrong()


def test_a_planted_slip_of_the_ledger_strays(replace: Replace) -> None:
    real = ledger.holds_cash
    replace(ledger, "holds_cash", lambda trade: real(trade) and not trade.killed)
    assert "ledger.posting of leg 0" in wrong()


def test_a_planted_order_that_dies_by_a_cancels_acknowledgement_strays(replace: Replace) -> None:
    real = orders.absorb_order

    def planted(order: Order, fact: OrderFact, terms: Terms) -> Absorbed:
        done = real(order, fact, terms)
        if isinstance(fact, CancelAcked) and order.state in (OS.SENT, OS.OPEN):
            return Absorbed(evolve(done.order, state=OS.FINAL), event=done.event)
        return done

    replace(orders, "absorb_order", planted)
    assert "what is alive at a venue or on its way is believed able to fill" in wrong()


# Wider than the kill scope: larger sizes, exits on matched fills, every route, grants, fills above the size.
WIDE = tuple(
    Part(
        plan=plan,
        first_leg=first,
        contracts=contracts,
        exit_on=exit_on,
        crashes=2,
        kills=1,
        blows=2,
        alarms=2,
        grants=2,
        odd=odd,
        resolutions=("yes", "differ"),
        depths=(1, 3),
        max_exit_attempts=3,
        max_routeless_reads=2,
    )
    for plan, first in ((PlanKind.SIMULTANEOUS, 0), (PlanKind.RISKIER_FIRST, 0), (PlanKind.RISKIER_FIRST, 1))
    for contracts, odd in ((1, 0), (3, 0), (1, 2))
    for exit_on in ExitOn
)
RARE = (
    "kill", "crash", "the markets resolve", "a breaker", "a gate refuses", "a reservation is refused",
    "the market moved", "no byte", "{} is lost", "{} arrives and is refused", "the venue ends",
)  # fmt: skip
SELDOM = ("kill", "crash", "the markets resolve")


def walk(found: Conformance, part: Part, seed: int, steps: int = 90) -> None:
    """One run of the world and the engine, drawn by a seed; every transition is held to the proof."""
    drawn = random.Random(seed)
    # What ends a run early is seldom; of all else each run has its own habits, so that some go far.
    habits: dict[str, int] = {}
    engine, scope, truth = Engine(step), Scope("drawn", (part,)), Truth()
    number = engine.number(Trade("t", OPPORTUNITY))
    for _ in range(steps):
        trade = engine.trades[number]
        view = View(truth, engine.shells[number], scope)
        able: dict[str, list[tuple[Action, Subject]]] = {}
        for action in ACTIONS:
            for words, subject in action.subjects(view):
                if not action.guard(view, subject):
                    continue
                kind = action.name if action.name != "{}" else words.split(":")[0]
                habits.setdefault(kind, 1 if kind.startswith(RARE) else drawn.choice((2, 10, 60)))
                if not kind.startswith(SELDOM) or drawn.randrange(5) == 0:
                    able.setdefault(kind, []).append((action, subject))
        if not able or trade.state in CLOSED:
            return
        kinds = sorted(able)
        kind = drawn.choices(kinds, [habits[each] for each in kinds])[0]
        action, subject = drawn.choice(able[kind])
        moved, fact = action.effect(view, subject)
        if moved.orders != truth.orders:
            found.world(action.name, found.state(trade, truth), found.state(trade, moved))
        truth = moved
        taken = engine.take(number, fact) if fact is not None else None
        assert not isinstance(taken, Failed), taken
        if isinstance(taken, Taken):
            sent = truth._replace(orders=(*truth.orders, *taken.sends))
            found.step(taken.stepped, truth, sent)
            number, truth = taken.after, sent


def test_runs_wider_than_the_scope_are_actions_of_the_proof_too() -> None:
    found = Conformance()
    for seed in range(900):
        walk(found, WIDE[seed % len(WIDE)], seed)
        assert not found.strays, (seed, found.strays[:3])
    # Whatever the leg and the kind, each action is met; other trades are the ledger's.
    seen = {_stem(name) for name in found.seen}
    assert {_stem(name) for name in BY_NAME} - seen == {_stem("other trades on the account of leg 0")}


def _stem(name: str) -> str:
    return re.sub(r"leg [01]|\((add|comp|sell)\)", "", name)
