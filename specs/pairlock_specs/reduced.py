"""The search with both reductions: transactions (``movers.py``) and truths that are put to one (``forget.py``).

After a move that may be put off only moves of the same order follow. States in which several orders wait to be read
are skipped by this, and only such: every trade, every step and every pair of an order as it is believed and as it is
are met all the same. What is forgotten is judged before it is forgotten. ``reduction.py`` checks all this.
"""

from __future__ import annotations

from array import array

from attrs import define, field

from pairlock.lifecycle import CLOSED
from pairlock_specs.explore import Explorer
from pairlock_specs.forget import Forgetting
from pairlock_specs.movers import EVERY
from pairlock_specs.moves import Move

_SHIFT = 32
_MASK = (1 << _SHIFT) - 1


@define(eq=False)
class ReducedExplorer(Explorer):
    """As ``Explorer``. A state that is met again and is then to be left by more moves is left once more, by these."""

    transactions: bool = True
    forgets: bool = True
    allowed: array[int] = field(factory=lambda: array("H"))  # by state: the moves that are to leave it
    _left_by: array[int] = field(factory=lambda: array("H"))  # by state: those that did
    _again: list[int] = field(factory=list)
    _forget: Forgetting = field(init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._forget = Forgetting(self.engine, self.moves)

    def successor(self, state: int, move: Move) -> int:
        """As of any search; what is forgotten on the way is forgotten here too."""
        to = self.after(self.trade_number(state), move)
        if to is None:
            return -1
        trade, truth = to
        return self._known.get(trade << _SHIFT | self.less(trade, truth), -1)

    def less(self, trade: int, truth: int) -> int:
        """The number of the truth beside this trade, without what is forgotten."""
        return self._forget(trade, truth) if self.forgets else truth

    def _expand(self, at: int) -> None:
        self._leave(at)
        while self._again:
            self._leave(self._again.pop())

    def _visit(self, key: int, parent: int, label: str) -> int:
        self.allowed.append(EVERY if parent < 0 else 0)
        self._left_by.append(0)
        return super()._visit(key, parent, label)

    def _leave(self, at: int) -> None:
        """Does those moves that are asked for and were not done yet."""
        here, wanted, done = self.states[at], self.allowed[at], self._left_by[at]
        trade, truth = here >> _SHIFT, here & _MASK
        self._left_by[at] = wanted
        if self.engine.trades[trade].state in CLOSED:
            return
        while len(self._after) <= trade:
            self._after.append({})
        after, kinds, out = self._after[trade], self.kinds[at], array("L")
        for move in self.moves.possible(trade, truth):
            if not move.about & wanted or move.about & done:
                continue
            to_trade, to_truth, fact = trade, move.truth, move.fact
            if fact >= 0:
                to_trade = after.get(fact, -1)
                if to_trade < 0:
                    to_trade, to_truth = self._take(at, trade, move, to_trade)
                    if to_trade < 0:
                        continue
            less = self._forget(to_trade, to_truth) if self.forgets else to_truth
            key = to_trade << _SHIFT | less
            if key != here:
                kinds |= move.kind
                to = self._reach(key, at, move)
                out.append(to)
                if less != to_truth:
                    self._judge(to, to_trade, to_truth)
        self.kinds[at] = kinds
        self.edges += len(out)
        if self.moves.truths[truth].part < 0:
            self.shared_edges += sum(self.truth_of(to).part < 0 for to in out)
        self._digest_edges(at, out)

    def _reach(self, key: int, at: int, move: Move) -> int:
        """The number of the state, which is to be left by what may follow the move."""
        to = self._known.get(key)
        if to is None:
            to = self._visit(key, at, move.label)
        allowed = self.allowed[to]
        more = allowed | (move.then if self.transactions else EVERY)
        if more != allowed:
            self.allowed[to] = more
            if self._left_by[to]:
                self._again.append(to)
        return to
