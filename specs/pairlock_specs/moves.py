"""What the world may do in a state, as its list of actions says, and the truths that come of it, as numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from attrs import define, field

from pairlock_specs.action import Action
from pairlock_specs.conditions import Subject
from pairlock_specs.engine import Engine
from pairlock_specs.fair import kind_of
from pairlock_specs.movers import EVERY, about, following
from pairlock_specs.scope import Scope
from pairlock_specs.truth import Truth, VenueOrder
from pairlock_specs.view import Shell, View
from pairlock_specs.world import ACTIONS

_SHIFT = 32
_MASK = (1 << _SHIFT) - 1


class Move(NamedTuple):
    """An action that is possible: where the truth goes, the number of the fact told (-1: none), its ``fair.py`` kind,
    and the name that the list of actions has for it; ``about`` and ``then`` are what ``movers.py`` says of it."""

    label: str
    truth: int
    fact: int
    kind: int
    action: str
    about: int
    then: int


@define(eq=False)
class Moves:
    """``truths`` by number; ``venue_orders``: by truth, each order's intent and its own number."""

    scope: Scope
    engine: Engine
    truths: list[Truth] = field(factory=list)
    venue_orders: list[tuple[tuple[str, int], ...]] = field(factory=list)
    _truth_numbers: dict[Truth, int] = field(factory=dict)
    _venue_numbers: dict[VenueOrder, int] = field(factory=dict)
    _shell_numbers: dict[Shell, int] = field(factory=dict)
    _shell_of: list[int] = field(factory=list)  # by trade
    _moves: dict[int, tuple[Move, ...]] = field(factory=dict)
    _grown: set[tuple[int, int]] = field(
        factory=set
    )  # (truth before, with the orders that a step sent, or ``less``)
    _kind: dict[str, int] = field(factory=lambda: {action.name: kind_of(action) for action in ACTIONS})

    @property
    def venues(self) -> list[VenueOrder]:
        """Every order that any truth has, by number."""
        return list(self._venue_numbers)

    def truth(self, truth: Truth) -> int:
        """The number of the truth."""
        number = self._truth_numbers.setdefault(truth, len(self.truths))
        if number == len(self.truths):
            self.truths.append(truth)
            numbers = self._venue_numbers
            self.venue_orders.append(
                tuple((order.intent_id, numbers.setdefault(order, len(numbers))) for order in truth.orders)
            )
        return number

    def possible(self, trade: int, truth: int) -> tuple[Move, ...]:
        """Every action that can be done now; the same for all trades of which the world sees the same."""
        shells = self._shell_of
        while len(shells) <= trade:
            shell = self.engine.shells[len(shells)]
            shells.append(self._shell_numbers.setdefault(shell, len(self._shell_numbers)))
        key = shells[trade] << _SHIFT | truth
        moves = self._moves.get(key)
        if moves is None:
            view = View(self.truths[truth], self.engine.shells[trade], self.scope)
            moves = self._moves[key] = tuple(
                self._move(action, words, view, subject)
                for action in ACTIONS
                for words, subject in action.subjects(view)
                if action.guard(view, subject)
            )
        return moves

    def _move(self, action: Action, words: str, view: View, subject: Subject) -> Move:
        truth, fact = action.effect(view, subject)
        told = -1 if fact is None else self.engine.fact(fact)
        name, order, part = action.name, subject.order, view.truth.part
        then = following(name, order, self.scope.parts[part]) if part >= 0 else EVERY
        return Move(
            name.format(words),
            self.truth(truth),
            told,
            self._kind[name],
            name,
            about(name, order),
            then,
        )

    def with_orders(self, number: int, sends: tuple[VenueOrder, ...]) -> int:
        """The number of the truth once new intents are durable and wait to be written."""
        truth = self.truths[number]
        known = {order.intent_id for order in truth.orders}
        fresh = tuple(order for order in sends if order.intent_id not in known)
        after = self.truth(truth._replace(orders=(*truth.orders, *fresh)))
        self._grown.add((number, after))
        return after

    def less(self, number: int, forgotten: Truth) -> int:
        """The number of the truth of which something was forgotten."""
        after = self.truth(forgotten)
        self._grown.add((number, after))
        return after

    def truths_after(self) -> Callable[[int], list[int]]:
        """Which truths an action led to, by the number of the truth before it."""
        found: dict[int, set[int]] = {}
        for key, moves in self._moves.items():
            found.setdefault(key & _MASK, set()).update(move.truth for move in moves)
        for before, after in self._grown:
            found.setdefault(before, set()).add(after)
        return lambda truth: sorted(found.get(truth, set()) - {truth})
