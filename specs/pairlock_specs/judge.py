"""The judge: asks every claim of what the explorer meets, and keeps the first violation of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen

from pairlock.lifecycle import S
from pairlock.model import Order, Trade
from pairlock_specs.claim import Claim, Compare, Explored, Sending, Sometimes, Stepped, Told
from pairlock_specs.claims import CLAIMS
from pairlock_specs.coverage import SOMETIMES
from pairlock_specs.engine import Failed
from pairlock_specs.truth import Truth, VenueOrder

_NOT_TAKEN = object()


@frozen
class Violation:
    """``state`` is where the trace ends (-1: none); ``action`` what was then done ("": the state itself is wrong);
    ``again`` what then goes on for ever."""

    claim: str
    words: str
    state: int = -1
    action: str = ""
    again: tuple[str, ...] = ()


@frozen
class Verdict:
    """What ``verify`` prints of a claim."""

    name: str
    sentence: str
    holds: bool
    violation: Violation | None = None


def _by_state(wanted: tuple[Claim, ...]) -> dict[S, tuple[Claim, ...]]:
    return {s: tuple(claim for claim in wanted if claim.state is not None and s in claim.states) for s in S}


@define(eq=False)
class _Figures:
    """The two figures of one comparing claim, by number; a pair of figures is judged once."""

    claim: Claim
    compare: Compare
    _truths: dict[int, Any] = field(factory=dict)
    _trades: dict[int, Any] = field(factory=dict)
    judged: set[tuple[Any, Any]] = field(factory=set)

    def wrong(self, trade: Trade, truth: Truth, trade_number: int, truth_number: int) -> str | None:
        of_truth = self._truths.get(truth_number, _NOT_TAKEN)
        if of_truth is _NOT_TAKEN:
            of_truth = self._truths[truth_number] = self.compare.truth(truth)
        of_trade = self._trades.get(trade_number, _NOT_TAKEN)
        if of_trade is _NOT_TAKEN:
            of_trade = self._trades[trade_number] = self.compare.trade(trade)
        figures = (of_truth, of_trade)
        if figures in self.judged:
            return None
        self.judged.add(figures)
        return self.compare.wrong(of_truth, of_trade)


@define(eq=False)
class Judge:
    """``violations`` by claim; ``witnesses``: the state in which each `sometimes` claim was first seen."""

    claims: tuple[Claim, ...] = CLAIMS
    sometimes: tuple[Sometimes, ...] = SOMETIMES
    violations: dict[str, Violation] = field(factory=dict)
    witnesses: dict[str, int] = field(factory=dict)
    _by_state: dict[S, tuple[Claim, ...]] = field(init=False)
    _open: dict[S, list[Sometimes]] = field(init=False)
    _steps: list[Sometimes] = field(init=False)
    _figures: list[_Figures] = field(init=False)
    _step_judges: list[tuple[str, Callable[[Stepped], str | None]]] = field(init=False)
    _chain_judges: list[tuple[str, Callable[[Stepped], str | None]]] = field(init=False)
    _trades: int = 0

    def __attrs_post_init__(self) -> None:
        self._by_state = _by_state(self.claims)
        self._open = {s: [x for x in self.sometimes if x.state is not None and s in x.states] for s in S}
        self._steps = [wanted for wanted in self.sometimes if wanted.step is not None]
        self._step_judges = [(c.name, c.step) for c in self.claims if c.step is not None]
        self._chain_judges = [(c.name, c.chain) for c in self.claims if c.chain is not None]
        self._figures = [_Figures(c, c.compare) for c in self.claims if c.compare is not None]

    def broken(self, claim: str, words: str | None, at: int, action: str = "") -> None:
        """Keeps the first violation: the search is breadth first, so its trace is a shortest one."""
        if words is not None:
            self.violations.setdefault(claim, Violation(claim, words, at, action))

    def pair(self, at: int, order: Order | None, venue: VenueOrder) -> None:
        """One order as it is believed and as it is."""
        for claim in self.claims:
            if claim.order is not None:
                self.broken(claim.name, claim.order(order, venue), at)

    def whole(self, at: int, trade: Trade, truth: Truth) -> None:
        """A state with all its orders, by itself: nothing is remembered of another one."""
        for venue in truth.orders:
            self.pair(at, trade.order(venue.intent_id), venue)
        for figures in self._figures:
            of_truth, of_trade = figures.compare.truth(truth), figures.compare.trade(trade)
            self.broken(figures.claim.name, figures.compare.wrong(of_truth, of_trade), at)
        self._by_label(at, trade, truth)

    def state(self, at: int, trade: Trade, truth: Truth, trade_number: int, truth_number: int) -> None:
        """A state but for its single orders; equal numbers stand for equal values."""
        for figures in self._figures:
            self.broken(figures.claim.name, figures.wrong(trade, truth, trade_number, truth_number), at)
        self._by_label(at, trade, truth)

    def _by_label(self, at: int, trade: Trade, truth: Truth) -> None:
        for claim in self._by_state[trade.state]:
            if claim.state is not None:
                self.broken(claim.name, claim.state(trade, truth), at)
        unseen = self._open[trade.state]
        for wanted in tuple(unseen):
            if wanted.state is not None and wanted.state(trade, truth):
                self.witnesses.setdefault(wanted.name, at)
                unseen.remove(wanted)

    def trades(self, at: int, action: str, trades: list[Trade]) -> None:
        """Judges those trades that were met for the first time."""
        for trade in trades[self._trades :]:
            for claim in self.claims:
                if claim.trade is not None:
                    self.broken(claim.name, claim.trade(trade), at, action)
        self._trades = len(trades)

    def step(self, at: int, action: str, stepped: Stepped, *, chain: bool = True) -> None:
        """One step; ``chain``: whether its chain of events was not judged before."""
        for name, judge in self._step_judges:
            self.broken(name, judge(stepped), at, action)
        if chain:
            for name, judge in self._chain_judges:
                self.broken(name, judge(stepped), at, action)
        for wanted in tuple(self._steps):
            if wanted.step is not None and wanted.step(stepped):
                self.witnesses[wanted.name] = at
                self._steps.remove(wanted)

    def told(self, at: int, action: str, news: list[Told]) -> None:
        """Judges what was made of facts about orders, and empties ``news``."""
        for told in news:
            for claim in self.claims:
                if claim.told is not None:
                    self.broken(claim.name, claim.told(told), at, action)
        news.clear()

    def sending(self, at: int, action: str, sending: Sending) -> None:
        for claim in self.claims:
            if claim.send is not None:
                self.broken(claim.name, claim.send(sending), at, action)

    def failed(self, at: int, action: str, failed: Failed) -> None:
        self.broken(failed.claim, failed.words, at, action)

    def compared(self) -> list[tuple[str, set[tuple[Any, Any]]]]:
        """The pairs of figures that were judged, by claim."""
        return [(figures.claim.name, figures.judged) for figures in self._figures]

    def graph(self, explored: Explored) -> None:
        for claim in self.claims:
            if claim.graph is not None:
                wrong = claim.graph(explored)
                if wrong is not None:
                    self.violations.setdefault(
                        claim.name, Violation(claim.name, wrong.words, wrong.state, again=wrong.again)
                    )

    def verdicts(self) -> list[Verdict]:
        """Every claim and every `sometimes` claim, in their order."""
        found = [
            Verdict(c.name, c.sentence, c.name not in self.violations, self.violations.get(c.name))
            for c in self.claims
        ]
        found += [Verdict(s.name, s.sentence, s.name in self.witnesses) for s in self.sometimes]
        return found
