"""The pure core against the world of the specs, at random and further out than the explorer can search.

Larger sizes, several crashes, kills, alarms, grants and odd fills in one run; and answers that stay under way for any
time and arrive in any order, even after the trade has closed. Every claim of the explorer is judged after every step.
"""

from typing import Any

import hypothesis.strategies as st
from attrs import evolve
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pairlock.commands import FollowOrder
from pairlock.exposure import reservation_for
from pairlock.facts import EntryVerified, Fact, GatesJudged, LocksJudged
from pairlock.lifecycle import CLOSED
from pairlock.model import ExitOn, PlanKind, Trade
from pairlock.step import step
from pairlock_specs.answers import answers
from pairlock_specs.claim import Sending
from pairlock_specs.engine import Engine, Failed
from pairlock_specs.judge import Judge
from pairlock_specs.scope import OPPORTUNITY, Part, Scope, terms_of
from pairlock_specs.truth import Truth
from pairlock_specs.view import View
from pairlock_specs.world import ACTIONS

PARTS = st.builds(
    Part,
    plan=st.sampled_from(PlanKind),
    first_leg=st.sampled_from((0, 1)),
    contracts=st.integers(1, 7),
    exit_on=st.sampled_from(ExitOn),
    crashes=st.just(4),
    kills=st.just(1),
    blows=st.integers(0, 4),
    alarms=st.integers(0, 3),
    grants=st.integers(0, 3),
    odd=st.integers(0, 2),
    resolutions=st.just(("yes", "no", "differ", "void", "fifty_fifty")),
    depths=st.just((1, 3)),
    max_exit_attempts=st.integers(1, 3),
    max_routeless_reads=st.integers(1, 3),
)
ENDS = (
    "the markets resolve",
    "kill",
    "crash",
)  # drawn less often, or most runs would be over before they began


class CoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine(step)
        self.judge = Judge()
        self.number = self.engine.number(Trade("t", OPPORTUNITY))
        self.truth = Truth()
        self.scope = Scope("drawn", (Part(),))
        self.under_way: list[tuple[int, Fact]] = []
        self.story: list[str] = []

    @initialize(part=PARTS)
    def executing(self, part: Part) -> None:
        """Gates, reservations and entry: what comes before them is searched to the end by the explorer."""
        self.scope = Scope("drawn", (part,))
        self.truth = Truth(
            part=0, blows_left=part.blows, alarms_left=part.alarms, grants_left=part.grants, odd_left=part.odd
        )
        terms = terms_of(part)
        self.tell(GatesJudged(0, True, terms), part.name)
        self.tell(LocksJudged(0, reservation_for(terms)), "both reservations are durable")
        self.tell(EntryVerified(0, True), "the market still holds")

    @property
    def trade(self) -> Trade:
        return self.engine.trades[self.number]

    def tell(self, fact: Fact, words: str) -> None:
        taken = self.engine.take(self.number, fact)
        self.judge.told(0, words, self.engine.news)
        if isinstance(taken, Failed):
            self.judge.failed(0, words, taken)
        elif taken is not None:
            self.judge.step(0, words, taken.stepped)
            if taken.sends:
                self.judge.sending(
                    0, words, Sending(taken.stepped.before, taken.stepped.step.trade, self.truth, taken.sends)
                )
                self.truth = self.truth._replace(orders=(*self.truth.orders, *taken.sends))
            self.number = taken.after
            self.story.append(f"{words}: {' > '.join(taken.stepped.step.events)} -> {self.trade.state}")

    def possible(self) -> list[tuple[str, Any, Any]]:
        view = View(self.truth, self.engine.shells[self.number], self.scope)
        return [
            (action.name.format(words), action, subject)
            for action in ACTIONS
            for words, subject in action.subjects(view)
            if action.guard(view, subject)
        ]

    @rule(data=st.data(), rarely=st.integers(0, 9))
    def something_happens(self, data: st.DataObject, rarely: int) -> None:
        able = [each for each in self.possible() if rarely == 0 or not each[0].startswith(ENDS)]
        if not able or self.trade.state in CLOSED:
            return
        kinds = sorted({action.name for _, action, _ in able})
        kind = data.draw(st.sampled_from(kinds), label="kind")
        words, action, subject = data.draw(
            st.sampled_from([each for each in able if each[1].name == kind]), label="action"
        )
        view = View(self.truth, self.engine.shells[self.number], self.scope)
        before = self.truth.crashed
        self.truth, fact = action.effect(view, subject)
        self.story.append(words)
        if self.truth.crashed > before:
            self.under_way.clear()  # their connections are gone
        if fact is not None:
            self.tell(fact, words)

    @precondition(lambda self: self.trade.state not in CLOSED)
    @rule(data=st.data())
    def a_venue_answers(self, data: st.DataObject) -> None:
        """True when it is said; when it arrives is another matter."""
        shell = self.engine.shells[self.number]
        said = [
            answer
            for order in self.truth.orders
            if FollowOrder(order.intent_id) in shell.commands
            for answer in answers(order, self.truth.crashed)
        ]
        if said:
            words, fact = data.draw(st.sampled_from(said), label="answer")
            self.story.append(f"under way: {words}")
            self.under_way.append((self.truth.crashed, fact))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), again=st.booleans())
    def an_answer_arrives(self, data: st.DataObject, again: bool) -> None:
        """In any order, perhaps twice, perhaps after the close."""
        number = data.draw(st.integers(0, len(self.under_way) - 1), label="which")
        _, fact = self.under_way[number]
        if not again:
            del self.under_way[number]
        self.tell(fact, f"arrives: {fact}")

    @invariant()
    def every_claim_holds(self) -> None:
        self.judge.trades(0, "", self.engine.trades)
        self.judge.whole(0, self.trade, self.truth)
        assert not self.judge.violations, "\n".join([*self.story, str(self.judge.violations)])


TestCoreMachine = CoreMachine.TestCase
TestCoreMachine.settings = settings(
    max_examples=60, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_one_part_is_what_it_says() -> None:
    part = evolve(Part(), contracts=2, crashes=1)
    assert part.name == "2 x both at once, exits on final fills (crash)"
