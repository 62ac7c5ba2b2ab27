"""The judge: asks every claim of what the explorer meets, and keeps the first violation of each."""

from __future__ import annotations

from attrs import define, field, frozen

from pairlock.lifecycle import S
from pairlock.model import Order, Trade
from pairlock_specs.claim import Claim, Explored, Sending, Sometimes, Stepped, Told
from pairlock_specs.claims import CLAIMS
from pairlock_specs.coverage import SOMETIMES
from pairlock_specs.engine import Failed
from pairlock_specs.truth import Truth, VenueOrder


@frozen
class Violation:
    """``state`` is where the trace ends (-1: none); ``action`` what was then done ("": the state itself is wrong)."""

    claim: str
    words: str
    state: int = -1
    action: str = ""


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
class Judge:
    """``violations`` by claim; ``witnesses``: the state in which each `sometimes` claim was first seen."""

    claims: tuple[Claim, ...] = CLAIMS
    sometimes: tuple[Sometimes, ...] = SOMETIMES
    violations: dict[str, Violation] = field(factory=dict)
    witnesses: dict[str, int] = field(factory=dict)
    _by_state: dict[S, tuple[Claim, ...]] = field(init=False)
    _judged: set[tuple[Order | None, VenueOrder]] = field(factory=set)
    _open: dict[S, list[Sometimes]] = field(init=False)
    _trades: int = 0

    def __attrs_post_init__(self) -> None:
        self._by_state = _by_state(self.claims)
        self._open = {s: [x for x in self.sometimes if x.state is not None and s in x.states] for s in S}

    def broken(self, claim: str, words: str | None, at: int, action: str = "") -> None:
        """Keeps the first violation: the search is breadth first, so its trace is a shortest one."""
        if words is not None:
            self.violations.setdefault(claim, Violation(claim, words, at, action))

    def state(self, at: int, trade: Trade, truth: Truth) -> None:
        for venue in truth.orders:
            pair = (trade.order(venue.intent_id), venue)
            if pair not in self._judged:
                self._judged.add(pair)
                for claim in self.claims:
                    if claim.order is not None:
                        self.broken(claim.name, claim.order(*pair), at)
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

    def step(self, at: int, action: str, stepped: Stepped) -> None:
        for claim in self.claims:
            if claim.step is not None:
                self.broken(claim.name, claim.step(stepped), at, action)
        for wanted in self.sometimes:
            if wanted.step is not None and wanted.name not in self.witnesses and wanted.step(stepped):
                self.witnesses[wanted.name] = at

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

    def graph(self, explored: Explored) -> None:
        for claim in self.claims:
            if claim.graph is not None:
                wrong = claim.graph(explored)
                if wrong is not None:
                    self.violations.setdefault(claim.name, Violation(claim.name, wrong.words, wrong.state))

    def verdicts(self) -> list[Verdict]:
        """Every claim and every `sometimes` claim, in their order."""
        found = [
            Verdict(c.name, c.sentence, c.name not in self.violations, self.violations.get(c.name))
            for c in self.claims
        ]
        found += [Verdict(s.name, s.sentence, s.name in self.witnesses) for s in self.sometimes]
        return found
