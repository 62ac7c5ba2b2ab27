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

from pairlock_specs.canon import canonical
from pairlock_specs.claim import Link, Stepped
from pairlock_specs.truth import VenueOrder, Wire
from pairlock_specs.view import Shell

REPEAT_EVERY = 8  # of the steps with one event, how many are taken again to see whether they come out the same

StepFunction = Callable[[Trade, Fact], Step | None]


@frozen
class Taken:
    """A step that taught something: the number of the trade after it, what it sends, and the step for its judges."""

    after: int
    sends: tuple[VenueOrder, ...]
    stepped: Stepped


@frozen
class Failed:
    """A step that raised, or that was not the same twice. ``claim`` is what it breaks."""

    refused: bool
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
    _numbers: dict[Trade, int] = field(factory=dict)
    _noted: set[tuple[Order, Fact]] = field(factory=set)

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
        """The engine's step; None when the fact teaches nothing."""
        before = self.trades[number]
        try:
            step = self.step(before, fact)
            self._note_order_event(before, fact, step)
            if step is None:
                return None
            links = self._links(before, fact, step)
            if links is None:
                return Failed(False, f"{' > '.join(step.events)}, taken again, came out otherwise")
        except (Refused, EngineBug) as error:
            return Failed(True, f"{type(error).__name__}: {error}")
        self.pairs.update((link.before, link.event) for link in links)
        after = self.number(step.trade)
        return Taken(after, _sends(step), Stepped(before, fact, step, self.shells[after].commands, links))

    def _links(self, before: Trade, fact: Fact, step: Step) -> tuple[Link, ...] | None:
        """The chain's links. A chain of one is the step itself: there only every few are taken again."""
        if step.late:
            return ()
        self.taken += 1
        if len(step.events) == 1 and self.taken % REPEAT_EVERY:
            return (Link(before.state, step.events[0], step.trade),)
        return chain_of(before, fact, step)

    def _note_order_event(self, before: Trade, fact: Fact, step: Step | None) -> None:
        if isinstance(fact, NotSent | OrderReport | NotFound | CancelAcked):
            order = before.order(fact.intent_id)
            if order is not None and before.terms is not None and (order, fact) not in self._noted:
                self._noted.add((order, fact))
                event = absorb_order(order, fact, before.terms).event
                if event is not None:
                    self.order_pairs.add((order.state, event))
        for order in step.trade.orders if step else ():
            old = before.order(order.intent_id)
            if order.state is not OS.IDLE and (old is None or old.state is OS.IDLE):
                self.order_pairs.add((OS.IDLE, OE.WITHDRAWN if order.state is OS.FINAL else OE.INTENT_DURABLE))


def _sends(step: Step) -> tuple[VenueOrder, ...]:
    found: list[VenueOrder] = []
    for command in step.commands:
        if isinstance(command, Send):
            order = step.trade.order(command.intent_id)
            if order is None:
                raise EngineBug(f"Send names no order of the trade: {command.intent_id}")
            found.append(
                VenueOrder(order.intent_id, order.leg, order.role, order.size_e2, order.limit_e4, Wire.DURABLE)
            )
    return tuple(found)
