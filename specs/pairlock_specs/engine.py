"""The engine as the explorer runs it: its own ``step``, memoised, with everything learnt on the way kept.

Trades are interned as numbers. A step is taken (and judged) once per canonical trade and fact.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field, frozen

from pairlock.absorb import absorb
from pairlock.classify import classify
from pairlock.commands import Send
from pairlock.decide import decide
from pairlock.errors import EngineBug
from pairlock.facts import CancelAcked, Fact, NotFound, NotSent, OrderReport
from pairlock.lifecycle import OE, OS, E, S
from pairlock.machine import Refused, advance
from pairlock.model import Order, Trade
from pairlock.orders import absorb_order
from pairlock.step import Step, entered
from pairlock_specs.canon import canonical, canonical_order
from pairlock_specs.claim import Link, Stepped, Told
from pairlock_specs.truth import VenueOrder, Wire
from pairlock_specs.view import Shell

# The claims that the search itself finds broken.
WRITE_AHEAD, NEVER_REFUSED, DETERMINISTIC = "7-write-ahead", "19-never-refused", "19-deterministic"

# Of the steps with one event, one in so many is taken again to see whether it comes out the same.
REPEAT_EVERY = 8

# What a fact does to its order: the order after it, whether it changed, whether the fact is late, its time.
Effect = tuple[Order, bool, bool, int]

StepFunction = Callable[[Trade, Fact], Step | None]


@frozen
class Taken:
    """A step that taught something: the number of the trade after it, what it sends, and the step for its judges."""

    after: int
    sends: tuple[VenueOrder, ...]
    stepped: Stepped


@frozen
class Failed:
    """A step that cannot be followed: it raised, came out otherwise when repeated, or sends what it did not record."""

    claim: str
    words: str


def chain_of(before: Trade, fact: Fact, step: Step) -> tuple[Link, ...] | None:
    """The step's chain again, link by link, from the engine's own parts; None if it comes out otherwise."""
    current = absorb(before, fact)
    links: list[Link] = []
    for event in step.events:
        if classify(current) is not event:
            return None
        after = entered(current, event, advance(current.state, event), fact.at_ms)
        links.append(Link(current.state, event, after))
        current = after
    return tuple(links) if current == step.trade else None


@define(eq=False)
class Engine:
    """``pairs`` and ``order_pairs``: every (state, event) that was really executed."""

    step: StepFunction
    trades: list[Trade] = field(factory=list)
    shells: list[Shell] = field(factory=list)
    pairs: set[tuple[S, E]] = field(factory=set)
    order_pairs: set[tuple[OS, OE]] = field(factory=set)
    taken: int = 0
    fresh: bool = False  # whether the last step was taken for the first time
    news: list[Told] = field(factory=list)  # what was told of orders and not judged yet
    _numbers: dict[Trade, int] = field(factory=dict)
    _told: dict[tuple[Order, Fact], Effect] = field(factory=dict)
    _by_effect: dict[tuple[int, Effect], Taken | Failed | None] = field(factory=dict)

    def number(self, trade: Trade) -> int:
        """The number of the trade's canonical form."""
        trade = canonical(trade)
        known = self._numbers.get(trade)
        if known is None:
            known = self._numbers[trade] = len(self.trades)
            self.trades.append(trade)
            self.shells.append(Shell(frozenset(decide(trade)), trade.state, trade.terms))
        return known

    def take(self, number: int, fact: Fact) -> Taken | Failed | None:
        """The engine's step; None when the fact teaches nothing.

        Of an order's fact a step sees no more than what it makes of the order. Facts with the same effect on the same
        trade share a step; every few of them are taken all the same, to see that it is so.
        """
        self.fresh = True
        try:
            effect = self._effect(self.trades[number], fact)
        except (Refused, EngineBug) as error:
            return Failed(NEVER_REFUSED, f"{type(error).__name__}: {error}")
        if effect is None:
            return self._take(number, fact)
        key = (number, effect)
        if key not in self._by_effect:
            taken = self._by_effect[key] = self._take(number, fact)
            return taken
        self.taken += 1
        self.fresh = False
        known = self._by_effect[key]
        if self.taken % REPEAT_EVERY == 0 and _outcome(self._take(number, fact)) != _outcome(known):
            return Failed(
                DETERMINISTIC,
                f"{fact} and another fact with the same effect on its order gave different steps",
            )
        return known

    def _effect(self, trade: Trade, fact: Fact) -> Effect | None:
        """What the fact makes of its order, by the engine's own ``absorb_order``; None for any other fact."""
        if not isinstance(fact, NotSent | OrderReport | NotFound | CancelAcked) or trade.terms is None:
            return None
        order = trade.order(fact.intent_id)
        if order is None:
            return None
        key = (order, fact)
        effect = self._told.get(key)
        if effect is None:
            absorbed = absorb_order(order, fact, trade.terms)
            if absorbed.event is not None:
                self.order_pairs.add((order.state, absorbed.event))
            self.news.append(Told(order, fact, absorbed.order, trade.terms))
            moved = absorbed.order != order
            effect = self._told[key] = (canonical_order(absorbed.order), moved, absorbed.late, fact.at_ms)
        return effect

    def _take(self, number: int, fact: Fact) -> Taken | Failed | None:
        before = self.trades[number]
        try:
            step = self.step(before, fact)
            if step is None:
                return None
            links = self._links(before, fact, step)
            if links is None:
                return Failed(DETERMINISTIC, f"{' > '.join(step.events)}, taken again, came out otherwise")
        except (Refused, EngineBug) as error:
            return Failed(NEVER_REFUSED, f"{type(error).__name__}: {error}")
        self.pairs.update((link.before, link.event) for link in links)
        self._note_released(before, step)
        sends = _sends(step)
        if sends is None:
            return Failed(WRITE_AHEAD, "an order is sent that the step does not record")
        after = self.number(step.trade)
        return Taken(after, sends, Stepped(before, fact, step, self.shells[after].commands, links))

    def _links(self, before: Trade, fact: Fact, step: Step) -> tuple[Link, ...] | None:
        """The chain's links. A chain of one is the step itself: there only every few are taken again."""
        if step.late:
            return ()
        self.taken += 1
        if len(step.events) == 1 and self.taken % REPEAT_EVERY:
            return (Link(before.state, step.events[0], step.trade),)
        return chain_of(before, fact, step)

    def _note_released(self, before: Trade, step: Step) -> None:
        """The order events that steps themselves raise."""
        for order in step.trade.orders:
            old = before.order(order.intent_id)
            if order.state is not OS.IDLE and (old is None or old.state is OS.IDLE):
                self.order_pairs.add(
                    (OS.IDLE, OE.WITHDRAWN if order.state is OS.FINAL else OE.INTENT_DURABLE)
                )


def _outcome(taken: Taken | Failed | None) -> object:
    if isinstance(taken, Taken):
        return taken.after, taken.sends, taken.stepped.step.events
    return taken


def _sends(step: Step) -> tuple[VenueOrder, ...] | None:
    """The orders that the step sends; None if it names one that its trade does not hold."""
    found: list[VenueOrder] = []
    for command in step.commands:
        if isinstance(command, Send):
            order = step.trade.order(command.intent_id)
            if order is None:
                return None
            spec = (order.intent_id, order.leg, order.role, order.size_e2, order.limit_e4)
            found.append(VenueOrder(*spec, Wire.DURABLE))
    return tuple(found)
