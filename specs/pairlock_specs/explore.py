"""The explorer: breadth first over every interleaving of the engine's own steps with the world's actions.

A state is a canonical trade and the truth, both interned as numbers. Because the search is breadth first, the parent
kept with each state gives a shortest trace to whatever a judge finds.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from pairlock.facts import Fact
from pairlock.lifecycle import CLOSED
from pairlock.model import Trade
from pairlock.step import step as installed_step
from pairlock_specs.claim import Sending, Stepped
from pairlock_specs.engine import Engine, Failed, StepFunction, Taken
from pairlock_specs.judge import Judge
from pairlock_specs.scope import OPPORTUNITY, Part, Scope
from pairlock_specs.truth import Truth
from pairlock_specs.view import Shell, View
from pairlock_specs.world import ACTIONS

if TYPE_CHECKING:
    from hashlib import _Hash

_SHIFT = 32
_MASK = (1 << _SHIFT) - 1
_PROGRESS_EVERY = 10_000


@frozen
class Move:
    """An action that is possible: where the truth goes, and the number of the fact told (-1: none)."""

    label: str
    truth: int
    fact: int
    ours: bool


@define(eq=False)
class Explorer:
    """Run once with ``run``; afterwards everything that was learnt stands in the fields."""

    scope: Scope
    step: StepFunction = installed_step
    progress: Callable[[Explorer], None] | None = None
    stop_at_first: bool = False
    judge: Judge = field(factory=Judge)
    truths: list[Truth] = field(factory=list)
    facts: list[Fact] = field(factory=list)
    states: list[int] = field(factory=list)
    parents: array[int] = field(factory=lambda: array("q"))
    labels: list[str] = field(factory=list)
    edge_from: array[int] = field(factory=lambda: array("I"))
    edge_to: array[int] = field(factory=lambda: array("I"))
    edge_ours: bytearray = field(factory=bytearray)
    depth: int = 0
    expanded: int = 0
    engine: Engine = field(init=False)
    _digest: _Hash = field(factory=hashlib.sha256)
    _known: dict[int, int] = field(factory=dict)
    _truth_numbers: dict[Truth, int] = field(factory=dict)
    _fact_numbers: dict[Fact, int] = field(factory=dict)
    _shell_numbers: dict[Shell, int] = field(factory=dict)
    _moves: dict[tuple[int, int], tuple[Move, ...]] = field(factory=dict)
    _taken: dict[tuple[int, int], Taken | Failed | None] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.engine = Engine(self.step)

    @property
    def complete(self) -> bool:
        return self.expanded == len(self.states)

    def run(self) -> Explorer:
        """Explores the whole scope, or up to its bound, or up to the first violation if that is asked for."""
        self._visit(self.engine.number(Trade("t", OPPORTUNITY)), self._truth(Truth()), -1, "")
        level_ends = 1
        while self.expanded < len(self.states):
            if self.expanded == level_ends:
                self.depth, level_ends = self.depth + 1, len(self.states)
            self._expand(self.expanded)
            self.expanded += 1
            if self.progress is not None and self.expanded % _PROGRESS_EVERY == 0:
                self.progress(self)
            if len(self.states) > self.scope.most_states or (self.stop_at_first and self.judge.violations):
                break
        return self

    def trade_of(self, state: int) -> Trade:
        return self.engine.trades[self.states[state] >> _SHIFT]

    def trade_number(self, state: int) -> int:
        return self.states[state] >> _SHIFT

    def truth_of(self, state: int) -> Truth:
        return self.truths[self.states[state] & _MASK]

    def part_of(self, state: int) -> Part | None:
        """The part of the scope that was picked; None before the gates."""
        number = self.truth_of(state).part
        return self.scope.parts[number] if number >= 0 else None

    def moves_of(self, state: int) -> tuple[Move, ...]:
        return self._possible(self.states[state] >> _SHIFT, self.states[state] & _MASK)

    def taken(self, state: int, move: Move) -> Taken | Failed | None:
        """What the engine made of the move's fact; None if it told nothing or taught nothing."""
        return self._taken.get((self.trade_number(state), move.fact))

    def steps(self) -> dict[int, list[Stepped]]:
        """Every step that was taken, by the number of the trade before it, in the order of taking."""
        found: dict[int, list[Stepped]] = {number: [] for number in range(len(self.engine.trades))}
        for (number, _), taken in self._taken.items():
            if isinstance(taken, Taken):
                found[number].append(taken.stepped)
        return found

    def path_to(self, state: int) -> list[tuple[int, str]]:
        """(state, the action that led to it), from the beginning."""
        path: list[tuple[int, str]] = []
        while state >= 0:
            path.append((state, self.labels[state]))
            state = self.parents[state]
        return path[::-1]

    def digest(self) -> str:
        """The sha256 of every edge by number, of every label, and of every trade that was met."""
        whole = self._digest.copy()
        for label in self.labels:
            whole.update(label.encode())
        for trade in self.engine.trades:
            whole.update(repr(trade).encode())
        return whole.hexdigest()

    def _truth(self, truth: Truth) -> int:
        number = self._truth_numbers.setdefault(truth, len(self.truths))
        if number == len(self.truths):
            self.truths.append(truth)
        return number

    def _fact(self, fact: Fact | None) -> int:
        if fact is None:
            return -1
        number = self._fact_numbers.setdefault(fact, len(self.facts))
        if number == len(self.facts):
            self.facts.append(fact)
        return number

    def _possible(self, trade: int, truth: int) -> tuple[Move, ...]:
        """Every action that can be done now, as the list of actions says; the same for trades with equal shells."""
        shell = self.engine.shells[trade]
        key = (self._shell_numbers.setdefault(shell, len(self._shell_numbers)), truth)
        moves = self._moves.get(key)
        if moves is None:
            view = View(self.truths[truth], shell, self.scope)
            moves = self._moves[key] = tuple(
                self._move(action.name.format(words), *action.effect(view, subject), action.ours)
                for action in ACTIONS
                for words, subject in action.subjects(view)
                if action.guard(view, subject)
            )
        return moves

    def _move(self, label: str, truth: Truth, fact: Fact | None, ours: bool) -> Move:
        return Move(label, self._truth(truth), self._fact(fact), ours)

    def _expand(self, at: int) -> None:
        trade, truth = self.states[at] >> _SHIFT, self.states[at] & _MASK
        if self.engine.trades[trade].state in CLOSED:
            return
        for move in self._possible(trade, truth):
            to_trade, to_truth = trade, move.truth
            if move.fact >= 0:
                taken = self._take(at, trade, move)
                if isinstance(taken, Failed):
                    continue
                if taken is not None:
                    to_trade = taken.after
                    if taken.sends:
                        to_truth = self._sent(at, move, taken)
            if to_trade == trade and to_truth == truth:
                continue
            to = self._visit(to_trade, to_truth, at, move.label)
            self.edge_from.append(at)
            self.edge_to.append(to)
            self.edge_ours.append(move.ours)
            self._digest.update(b"%d>%d;" % (at, to))

    def _visit(self, trade: int, truth: int, parent: int, label: str) -> int:
        key = trade << _SHIFT | truth
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = len(self.states)
            self.states.append(key)
            self.parents.append(parent)
            self.labels.append(label)
            self.judge.state(known, self.engine.trades[trade], self.truths[truth])
        return known

    def _take(self, at: int, trade: int, move: Move) -> Taken | Failed | None:
        key = (trade, move.fact)
        try:
            return self._taken[key]
        except KeyError:
            pass
        taken = self._taken[key] = self.engine.take(trade, self.facts[move.fact])
        self.judge.told(at, move.label, self.engine.news)
        if isinstance(taken, Failed):
            self.judge.failed(at, move.label, taken)
        elif taken is not None and self.engine.fresh:
            self.judge.step(at, move.label, taken.stepped)
            self.judge.trades(at, move.label, self.engine.trades)
        return taken

    def _sent(self, at: int, move: Move, taken: Taken) -> int:
        """The number of the truth once the step's new intents are durable and wait to be written."""
        truth = self.truths[move.truth]
        self.judge.sending(
            at, move.label, Sending(taken.stepped.before, taken.stepped.step.trade, truth, taken.sends)
        )
        known = {order.intent_id for order in truth.orders}
        fresh = tuple(order for order in taken.sends if order.intent_id not in known)
        return self._truth(truth._replace(orders=(*truth.orders, *fresh)))
