"""The explorer: breadth first over every interleaving of the engine's own steps with the world's actions.

A state is a canonical trade and the truth, both interned as numbers. Because the search is breadth first, the parent
kept with each state gives a shortest trace to whatever a judge finds.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define, field

from pairlock.lifecycle import CLOSED
from pairlock.model import Order, Trade
from pairlock.step import step as installed_step
from pairlock_specs.claim import Sending, Stepped
from pairlock_specs.engine import Engine, Failed, StepFunction, Taken
from pairlock_specs.judge import Judge
from pairlock_specs.moves import Move, Moves
from pairlock_specs.scope import OPPORTUNITY, Part, Scope
from pairlock_specs.truth import Truth, VenueOrder

if TYPE_CHECKING:
    from hashlib import _Hash

_SHIFT = 32
_MASK = (1 << _SHIFT) - 1
_PROGRESS_EVERY = 10_000

# In place of the trade after a fact: not taken yet, or taken and more than the trade's number is to be known of it.
_UNSEEN, _SEE = -1, -2


@define(eq=False)
class Explorer:
    """Run once with ``run``; afterwards everything that was learnt stands in the fields."""

    scope: Scope
    step: StepFunction = installed_step
    progress: Callable[[Explorer], None] | None = None
    stop_at_first: bool = False
    memo: bool = True
    judge: Judge = field(factory=Judge)
    states: array[int] = field(factory=lambda: array("Q"))
    parents: array[int] = field(factory=lambda: array("q"))
    kinds: bytearray = field(factory=bytearray)  # by state: the kinds of all the edges that lead out of it
    edges: int = 0
    shared_states: int = 0  # before a part is picked: the same in every search
    shared_edges: int = 0
    depth: int = 0
    expanded: int = 0
    engine: Engine = field(init=False)
    moves: Moves = field(init=False)
    _labels: array[int] = field(factory=lambda: array("L"))
    _label_numbers: dict[str, int] = field(factory=dict)
    _digest: _Hash = field(factory=hashlib.sha256)
    _known: dict[int, int] = field(factory=dict)
    _after: list[dict[int, int]] = field(factory=list)  # by trade, then fact: the trade after it
    _taken: dict[int, Taken | Failed | None] = field(factory=dict)
    _pairs: set[int] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        self.engine = Engine(self.step, self.memo)
        self.moves = Moves(self.scope, self.engine)

    @property
    def complete(self) -> bool:
        return self.expanded == len(self.states)

    def run(self) -> Explorer:
        """Explores the whole scope, or up to its bound, or up to the first violation if that is asked for."""
        self._visit(self.engine.number(Trade("t", OPPORTUNITY)) << _SHIFT | self.moves.truth(Truth()), -1, "")
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

    def truth_number(self, state: int) -> int:
        return self.states[state] & _MASK

    def truth_of(self, state: int) -> Truth:
        return self.moves.truths[self.states[state] & _MASK]

    def part_of(self, state: int) -> Part | None:
        """The part of the scope that was picked; None before the gates."""
        number = self.truth_of(state).part
        return self.scope.parts[number] if number >= 0 else None

    def moves_of(self, state: int) -> tuple[Move, ...]:
        return self.moves.possible(self.states[state] >> _SHIFT, self.states[state] & _MASK)

    def taken(self, state: int, move: Move) -> Taken | Failed | None:
        """What the engine made of the move's fact; None if it told nothing or taught nothing."""
        return self._taken.get(self.trade_number(state) << _SHIFT | move.fact) if move.fact >= 0 else None

    def successor(self, state: int, move: Move) -> int:
        """The state that ``move`` leads to: ``state`` itself if it changes nothing; -1 if it could not be followed."""
        to = self.after(self.trade_number(state), move)
        return -1 if to is None else self._known.get(to[0] << _SHIFT | to[1], -1)

    def after(self, trade: int, move: Move) -> tuple[int, int] | None:
        """The numbers of trade and truth that ``move`` leads to from this trade; None if it could not be followed."""
        truth, taken = move.truth, None
        if move.fact >= 0:
            taken = self._taken.get(trade << _SHIFT | move.fact)
        if isinstance(taken, Failed):
            return None
        if taken is not None:
            trade = taken.after
            if taken.sends:
                truth = self.moves.with_orders(truth, taken.sends)
        return trade, truth

    def trades_after(self, trade: int) -> list[int]:
        """The numbers of every trade that a step from ``trade`` led to."""
        if trade >= len(self._after):
            return []
        taken = (self._taken[trade << _SHIFT | fact] for fact, to in self._after[trade].items() if to == _SEE)
        sent = [each.after for each in taken if isinstance(each, Taken)]
        return [to for to in self._after[trade].values() if to >= 0 and to != trade] + sent

    def steps(self) -> dict[int, list[Stepped]]:
        """Every step that was taken, by the number of the trade before it, in the order of taking."""
        found: dict[int, list[Stepped]] = {number: [] for number in range(len(self.engine.trades))}
        for key, taken in self._taken.items():
            if isinstance(taken, Taken):
                found[key >> _SHIFT].append(taken.stepped)
        return found

    def told(self) -> list[tuple[int, int]]:
        """(trade, fact), by number, of everything that was told."""
        return [(key >> _SHIFT, key & _MASK) for key in self._taken]

    def orders_met(self) -> frozenset[tuple[Order | None, VenueOrder]]:
        """Every pair of an order as it was believed and as it was."""
        beliefs, venues = self.engine.orders, self.moves.venues
        return frozenset(
            (None if pair >> _SHIFT == _MASK else beliefs[pair >> _SHIFT], venues[pair & _MASK])
            for pair in self._pairs
        )

    def path_to(self, state: int) -> list[tuple[int, str]]:
        """(state, the action that led to it), from the beginning."""
        labels = list(self._label_numbers)
        path: list[tuple[int, str]] = []
        while state >= 0:
            path.append((state, labels[self._labels[state]]))
            state = self.parents[state]
        return path[::-1]

    def digest(self) -> str:
        """The sha256 of every edge by number, of every label, and of every trade that was met."""
        whole = self._digest.copy()
        labels = list(self._label_numbers)
        for label in self._labels:
            whole.update(labels[label].encode())
        for trade in self.engine.trades:
            whole.update(repr(trade).encode())
        return whole.hexdigest()

    def _expand(self, at: int) -> None:
        here = self.states[at]
        trade, truth = here >> _SHIFT, here & _MASK
        if self.engine.trades[trade].state in CLOSED:
            return
        known = self._known
        moves = self.moves.possible(trade, truth)
        while len(self._after) <= trade:
            self._after.append({})
        after, kinds, out = self._after[trade], 0, array("L")
        for move in moves:
            label, to_truth, fact, kind, *_ = move
            to_trade = trade
            if fact >= 0:
                to_trade = after.get(fact, _UNSEEN)
                if to_trade < 0:
                    to_trade, to_truth = self._take(at, trade, move, to_trade)
                    if to_trade < 0:
                        continue
            key = to_trade << _SHIFT | to_truth
            if key == here:
                continue
            kinds |= kind
            to = known.get(key)
            out.append(self._visit(key, at, label) if to is None else to)
        self.kinds[at] = kinds
        self.edges += len(out)
        if self.moves.truths[truth].part < 0:
            self.shared_edges += sum(self.truth_of(to).part < 0 for to in out)
        self._digest_edges(at, out)

    def _digest_edges(self, at: int, out: array[int]) -> None:
        words = array("I", (at, len(out), *out))
        if sys.byteorder == "big":
            words.byteswap()
        self._digest.update(words.tobytes())

    def _visit(self, key: int, parent: int, label: str) -> int:
        at = self._known[key] = len(self.states)
        self.states.append(key)
        self.parents.append(parent)
        self.kinds.append(0)
        self._labels.append(self._label_numbers.setdefault(label, len(self._label_numbers)))
        self.shared_states += self.moves.truths[key & _MASK].part < 0
        self._judge(at, key >> _SHIFT, key & _MASK)
        return at

    def _judge(self, at: int, trade_number: int, truth_number: int) -> None:
        """The state ``at``, with this trade and this truth."""
        trade, truth = self.engine.trades[trade_number], self.moves.truths[truth_number]
        orders = self.engine.orders_of[trade_number]
        for ident, venue_number in self.moves.venue_orders[truth_number]:
            pair = orders.get(ident, _MASK) << _SHIFT | venue_number
            if pair not in self._pairs:
                self._pairs.add(pair)
                venue = next(order for order in truth.orders if order.intent_id == ident)
                self.judge.pair(at, trade.order(ident), venue)
        self.judge.state(at, trade, truth, trade_number, truth_number)

    def _take(self, at: int, trade: int, move: Move, known: int) -> tuple[int, int]:
        """(trade, truth) after a fact that is new to the trade, or that sends; (-1, ...): it cannot be followed."""
        key = trade << _SHIFT | move.fact
        if known == _UNSEEN:
            taken = self.engine.take_number(trade, move.fact)
            if self.engine.news:
                self.judge.told(at, move.label, self.engine.news)
            plain = trade
            if isinstance(taken, Failed):
                self.judge.failed(at, move.label, taken)
                plain = _SEE
            elif taken is not None:
                plain = _SEE if taken.sends else taken.after
                if self.engine.fresh:
                    self.judge.step(at, move.label, taken.stepped, chain=taken.new)
                    self.judge.trades(at, move.label, self.engine.trades)
            self._taken[key], self._after[trade][move.fact] = taken, plain
        taken = self._taken[key]
        if isinstance(taken, Failed):
            return -1, move.truth
        if taken is None:
            return trade, move.truth
        return taken.after, self._sent(at, move, taken) if taken.sends else move.truth

    def _sent(self, at: int, move: Move, taken: Taken) -> int:
        """The number of the truth once the step's new intents are durable and wait to be written."""
        self.judge.sending(
            at,
            move.label,
            Sending(
                taken.stepped.before, taken.stepped.step.trade, self.moves.truths[move.truth], taken.sends
            ),
        )
        return self.moves.with_orders(move.truth, taken.sends)
