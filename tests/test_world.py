"""The world is data: every action is written in the closed vocabulary, and every term of it has one meaning.

What the actions do is judged by the explorer's pinned counts and by the exports; here: that they are nothing but data.
"""

import typing
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, fields, has

from pairlock.commands import Command, FollowOrder
from pairlock.facts import Fact, NotFound
from pairlock.lifecycle import S
from pairlock.model import Role
from pairlock_specs import vocabulary as v
from pairlock_specs.action import Action
from pairlock_specs.answers import ANSWERS, LATE_MS, Answer, answers
from pairlock_specs.conditions import HOLDS, Subject
from pairlock_specs.interpret import CHANGES, FACTS, SUBJECTS
from pairlock_specs.scope import KILL
from pairlock_specs.truth import Truth, VenueOrder, Wire
from pairlock_specs.view import Shell, View
from pairlock_specs.world import ACTIONS
from pairlock_specs.world_table import PHRASES, lines

CONDITIONS = frozenset(typing.get_args(v.Condition))
EFFECTS = frozenset(typing.get_args(v.Effect))
COMMANDS = frozenset(typing.get_args(Command))


def outside(value: Any) -> list[str]:
    """Everything in the value that is not a plain value of the vocabulary."""
    if isinstance(value, tuple):
        return [each for item in value for each in outside(item)]
    if isinstance(value, type):
        return [] if value in COMMANDS else [f"class {value.__name__}"]
    if isinstance(value, Enum | bool | str | int) or value is None:
        return []
    if has(type(value)) and type(value) in CONDITIONS | EFFECTS | {Action, Answer}:
        return [each for field in fields(type(value)) for each in outside(getattr(value, field.name))]
    return [repr(value)]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.ident)
def test_an_action_is_written_in_the_vocabulary(action: Action) -> None:
    assert outside(action) == []
    assert {type(term) for term in action.when} <= CONDITIONS
    assert {type(effect) for effect in action.then} <= EFFECTS
    told = [number for number, effect in enumerate(action.then) if isinstance(effect, v.Tell)]
    assert action.then
    assert told in ([], [len(action.then) - 1]), "one word at most, and it comes last"
    hash(action)  # frozen, all through


@pytest.mark.parametrize("rule", ANSWERS, ids=lambda rule: rule.ident)
def test_an_answer_is_written_in_the_vocabulary(rule: Answer) -> None:
    assert outside(rule) == []
    assert {type(term) for term in rule.when} <= set(typing.get_args(v.OrderCondition))
    hash(rule)


@pytest.mark.parametrize(
    "when",
    [
        (lambda view, subject: True,),
        (v.WireIs((Wire.LIVE, object())),),  # type: ignore[arg-type]
        (v.Stands(dict),),  # type: ignore[arg-type]
    ],
)
def test_what_is_not_in_the_vocabulary_is_found(when: Any) -> None:
    assert outside(evolve(ACTIONS[0], when=when)) != []


def test_every_term_has_a_meaning_and_no_meaning_is_without_its_term() -> None:
    assert set(HOLDS) == CONDITIONS
    assert set(CHANGES) | {v.Tell} == EFFECTS
    assert set(SUBJECTS) == set(v.Over)
    assert set(FACTS) == set(v.Word)


def test_every_term_is_used() -> None:
    """A term that no action needs is a term that nobody has checked."""
    used = {type(term) for action in ACTIONS for term in (*action.when, *action.then)}
    used |= {type(term) for rule in ANSWERS for term in rule.when}
    assert used == CONDITIONS | EFFECTS
    assert {action.over for action in ACTIONS} == set(v.Over)
    assert {effect.word for action in ACTIONS for effect in action.then if isinstance(effect, v.Tell)} == set(
        v.Word
    )
    assert {e.counter for action in ACTIONS for e in action.then if isinstance(e, v.Spend)} == set(v.Counter)


def test_the_page_of_the_world_is_fresh_and_tells_every_row() -> None:
    assert set(PHRASES) == CONDITIONS | EFFECTS
    page = (Path(__file__).resolve().parent.parent / "docs" / "world.md").read_text(encoding="utf-8")
    assert page == "\n".join(lines()).rstrip("\n") + "\n", "docs/world.md is stale: run `make generated`"
    assert page.count("\n| ") == len(ACTIONS) + len(ANSWERS) + 4


def test_names_are_unique_and_can_be_printed() -> None:
    idents = [action.ident for action in ACTIONS] + [rule.ident for rule in ANSWERS]
    assert len(set(idents)) == len(idents)
    assert all(ident.isidentifier() for ident in idents)
    names = [action.name for action in ACTIONS]
    assert len(set(names)) == len(names)


def _view(order: VenueOrder, *commands: Command) -> View:
    return View(Truth(orders=(order,), part=0), Shell(frozenset(commands), S.EXECUTING, None), KILL)


def _said(order: VenueOrder) -> set[str]:
    view = _view(order, FollowOrder(order.intent_id))
    action = next(action for action in ACTIONS if action.over is v.Over.ANSWERS)
    return {words for words, subject in action.subjects(view) if action.guard(view, subject)}


ORDER = VenueOrder("t.0.0", 0, Role.ENTRY, 100, 4_500, Wire.FLIGHT)


@pytest.mark.parametrize("wire", [Wire.DURABLE, Wire.FLIGHT])
def test_what_may_still_arrive_is_never_read_late(wire: Wire) -> None:
    """A late read is exhaustive: of a request under way it would be a promise that no venue can keep."""
    for _, fact in answers(ORDER._replace(wire=wire), 0):
        assert isinstance(fact, NotFound)
        assert fact.asked_at_ms < LATE_MS


def test_an_order_is_only_spoken_of_while_it_is_followed() -> None:
    action = next(action for action in ACTIONS if action.over is v.Over.ANSWERS)
    assert list(action.subjects(_view(ORDER))) == []
    assert _said(ORDER) == {"early read: t.0.0 (entry, leg 0) not found"}


def test_the_same_word_about_the_same_truth_is_the_same_fact() -> None:
    """Facts are values: the explorer memoises steps by them."""
    found: dict[str, Fact] = {}
    for wire in Wire:
        for words, fact in answers(ORDER._replace(wire=wire), 1):
            assert found.setdefault(f"{wire} {words}", fact) == fact
    assert len(found) > 10


def test_an_action_leaves_the_truth_that_it_was_given_alone() -> None:
    view = _view(ORDER._replace(wire=Wire.DURABLE))
    lost = next(action for action in ACTIONS if action.ident == "NothingWritten")
    after, fact = lost.effect(view, Subject(0))
    assert (view.truth.orders[0].wire, after.orders[0].wire) == (Wire.DURABLE, Wire.GONE)
    assert fact is not None
