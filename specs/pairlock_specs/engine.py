"""The engine as the explorer runs it: its own ``step``, memoised, with everything learnt on the way kept.

Trades, orders, terms and facts are interned as numbers. Three memos stand between the search and the engine:

* what a fact does to its order (``absorb_order``), by order and fact;
* the step, by trade and by what the fact did to its order (nothing: then it teaches nothing);
* the chain of events with its end, by the value that ``absorb`` leaves: of what came before it, ``step`` reads only
  what its alerts need, and these are asked of the engine each time.

Of the steps that a memo answers one in so many is taken in full all the same, and must come out the same; with
``memo=False`` all are. The last memo is for the installed step only: it knows of which parts that is made.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, evolve, field, frozen

from pairlock.absorb import absorb
from pairlock.alerting import alerts_of
from pairlock.decide import decide
from pairlock.errors import EngineBug
from pairlock.facts import CancelAcked, Fact, NotFound, NotSent, OrderReport, Restarted
from pairlock.lifecycle import OE, OS, E, S
from pairlock.machine import Refused
from pairlock.model import News, Order, Terms, Trade
from pairlock.orders import absorb_order
from pairlock.step import Step
from pairlock.step import step as installed_step
from pairlock_specs.canon import canonical, canonical_order, key_of
from pairlock_specs.claim import Link, Stepped, Told
from pairlock_specs.stepped import chain_of, released, sends_of
from pairlock_specs.truth import VenueOrder
from pairlock_specs.view import Shell

# The claims that the search itself finds broken.
WRITE_AHEAD, NEVER_REFUSED, DETERMINISTIC = "7-write-ahead", "19-never-refused", "19-deterministic"

# Of the steps that a memo answers, one in so many is taken again to see whether it comes out the same.
REPEAT_EVERY = 64

_SHIFT = 32

# What a fact does to its order: the order after it, whether it changed, whether the fact is late, its time.
Effect = tuple[int, bool, bool, int]

StepFunction = Callable[[Trade, Fact], Step | None]


@frozen
class Taken:
    """A step that taught something: the number of the trade after it, what it sends, and the step for its judges.

    ``new``: its chain of events was met for the first time.
    """

    after: int
    sends: tuple[VenueOrder, ...]
    stepped: Stepped
    new: bool = True


@frozen
class Failed:
    """A step that cannot be followed: it raised, came out otherwise when repeated, or sends what it did not record."""

    claim: str
    words: str


@define(eq=False)
class Engine:
    """``pairs`` and ``order_pairs``: every (state, event) that was really executed. ``full``: steps really taken."""

    step: StepFunction
    memo: bool = True
    trades: list[Trade] = field(factory=list)
    shells: list[Shell] = field(factory=list)
    facts: list[Fact] = field(factory=list)
    orders_of: list[dict[str, int]] = field(factory=list)  # by trade: the number of each of its orders
    pairs: set[tuple[S, E]] = field(factory=set)
    order_pairs: set[tuple[OS, OE]] = field(factory=set)
    full: int = 0
    fresh: bool = False  # whether the last step was met for the first time
    news: list[Told] = field(factory=list)  # what was told of orders and not judged yet
    _shares_chains: bool = field(init=False)
    _answered: int = 0
    _numbers: dict[tuple[object, ...], int] = field(factory=dict)
    orders: list[Order] = field(factory=list)
    _order_numbers: dict[Order, int] = field(factory=dict)
    _order_ids: dict[int, int] = field(factory=dict)  # of the interned objects only, which stay alive
    _terms: list[Terms | None] = field(factory=lambda: [None])
    _terms_ids: dict[int, int] = field(factory=lambda: {id(None): 0})
    _terms_of: list[int] = field(factory=list)
    _fact_numbers: dict[Fact, int] = field(factory=dict)
    _effects: dict[tuple[int, int, int], tuple[int, Effect]] = field(factory=dict)
    _effect_numbers: dict[Effect, int] = field(factory=dict)
    _by_effect: dict[int, Taken | Failed | None] = field(factory=dict)
    _chains: dict[tuple[object, ...], Taken] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._shares_chains = self.memo and self.step is installed_step

    def number(self, trade: Trade) -> int:
        """The number of the trade's canonical form."""
        orders = tuple([self._order(order) for order in trade.orders])
        terms = self._terms_number(trade.terms)
        key = key_of(trade, orders, terms)
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self.trades)
            trade = canonical(trade)
            if any(self.orders[n] is not o for n, o in zip(orders, trade.orders, strict=True)):
                trade = evolve(trade, orders=tuple(self.orders[n] for n in orders))
            if trade.terms is not self._terms[terms]:
                trade = evolve(trade, terms=self._terms[terms])
            self.trades.append(trade)
            self.orders_of.append({o.intent_id: n for o, n in zip(trade.orders, orders, strict=True)})
            self._terms_of.append(terms)
            self.shells.append(Shell(frozenset(decide(trade)), trade.state, trade.terms))
        return known

    def fact(self, fact: Fact) -> int:
        """The number of the fact."""
        number = self._fact_numbers.setdefault(fact, len(self.facts))
        if number == len(self.facts):
            self.facts.append(fact)
        return number

    def _order(self, order: Order) -> int:
        known = self._order_ids.get(id(order))
        if known is None:
            order = canonical_order(order)
            known = self._order_numbers.get(order)
            if known is None:
                known = self._order_numbers[order] = len(self.orders)
                self.orders.append(order)
                self._order_ids[id(order)] = known
        return known

    def _terms_number(self, terms: Terms | None) -> int:
        known = self._terms_ids.get(id(terms))
        if known is None:
            if terms not in self._terms:
                self._terms.append(terms)
                self._terms_ids[id(terms)] = len(self._terms) - 1
            known = self._terms.index(terms)
        return known

    def take(self, number: int, fact: Fact) -> Taken | Failed | None:
        """The engine's step; None when the fact teaches nothing."""
        return self.take_number(number, self.fact(fact))

    def take_number(self, number: int, fact_number: int) -> Taken | Failed | None:
        """As ``take``, with the number of the fact.

        Of an order's fact a step sees no more than what it makes of the order: facts with the same effect on the same
        trade share a step.
        """
        self.fresh = True
        fact = self.facts[fact_number]
        try:
            effect = self._effect(number, fact, fact_number)
        except (Refused, EngineBug) as error:
            return Failed(NEVER_REFUSED, f"{type(error).__name__}: {error}")
        if effect is None:
            return self._reached(number, fact, may_teach_nothing=True)
        effect_number, (_, moved, late, _) = effect
        key = number << _SHIFT | effect_number
        if key not in self._by_effect:
            if moved and not late:
                taken = self._reached(number, fact)
            elif late or not self._shares_chains:
                taken = self._in_full(number, fact)
            else:
                taken = self._again(number, fact, None)
            self._by_effect[key] = taken
            return taken
        self.fresh = False
        known = self._by_effect[key]
        return self._again(number, fact, known)

    def _again(self, number: int, fact: Fact, known: Taken | Failed | None) -> Taken | Failed | None:
        """What a memo answers; now and then the step itself is asked too."""
        self._answered += 1
        if self.memo and self._answered % REPEAT_EVERY:
            return known
        if _outcome(self._in_full(number, fact)) != _outcome(known):
            return Failed(DETERMINISTIC, f"{fact} and another fact with the same effect gave different steps")
        return known

    def _effect(self, number: int, fact: Fact, fact_number: int) -> tuple[int, Effect] | None:
        """What the fact makes of its order, by the engine's own ``absorb_order``; None for any other fact."""
        trade = self.trades[number]
        if not isinstance(fact, NotSent | OrderReport | NotFound | CancelAcked) or trade.terms is None:
            return None
        order_number = self.orders_of[number].get(fact.intent_id)
        if order_number is None:
            return None
        key = (order_number, self._terms_of[number], fact_number)
        found = self._effects.get(key)
        if found is None:
            order = self.orders[order_number]
            absorbed = absorb_order(order, fact, trade.terms)
            if absorbed.event is not None:
                self.order_pairs.add((order.state, absorbed.event))
            self.news.append(Told(order, fact, absorbed.order, trade.terms))
            moved = absorbed.order != order
            effect = (self._order(absorbed.order), moved, absorbed.late, fact.at_ms)
            found = self._effect_numbers.setdefault(effect, len(self._effect_numbers)), effect
            self._effects[key] = found
        return found

    def _reached(self, number: int, fact: Fact, *, may_teach_nothing: bool = False) -> Taken | Failed | None:
        """The step, by the value that the fact leaves: the chain that follows from it is known, or is taken now."""
        if not self._shares_chains:
            return self._in_full(number, fact)
        before = self.trades[number]
        try:
            value = absorb(before, fact)
        except (Refused, EngineBug) as error:
            return Failed(NEVER_REFUSED, f"{type(error).__name__}: {error}")
        if value.news is News.LATE or (may_teach_nothing and value == before):
            return self._in_full(number, fact)
        orders = tuple([self._order(order) for order in value.orders])
        key = (
            fact.__class__ is Restarted,
            value.news,
            fact.at_ms,
            *key_of(value, orders, self._terms_number(value.terms)),
        )
        known = self._chains.get(key)
        if known is None:
            taken = self._in_full(number, fact)
            if isinstance(taken, Taken):
                self._chains[key] = taken
            return taken
        done = known.stepped.step
        alerts = alerts_of(before, done.trade, done.events)
        done = Step(done.trade, done.events, done.commands, alerts)
        stepped = Stepped(before, fact, done, known.stepped.standing, known.stepped.links)
        return self._again(number, fact, Taken(known.after, known.sends, stepped, new=False))

    def _in_full(self, number: int, fact: Fact) -> Taken | Failed | None:
        """The engine's own step, with nothing taken from a memo."""
        before = self.trades[number]
        self.full += 1
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
        self.order_pairs |= released(before, step)
        sends = sends_of(step)
        if sends is None:
            return Failed(WRITE_AHEAD, "an order is sent that the step does not record")
        after = self.number(step.trade)
        return Taken(after, sends, Stepped(before, fact, step, self.shells[after].commands, links))

    def _links(self, before: Trade, fact: Fact, step: Step) -> tuple[Link, ...] | None:
        """The chain's links. A chain of one is the step itself: there only every few are taken again."""
        if step.late:
            return ()
        if len(step.events) == 1 and self.memo and self.full % REPEAT_EVERY:
            return (Link(before.state, step.events[0], step.trade),)
        return chain_of(before, fact, step)


def _outcome(taken: Taken | Failed | None) -> object:
    if isinstance(taken, Taken):
        return taken.after, taken.sends, taken.stepped.step.events, taken.stepped.step.alerts
    return taken
