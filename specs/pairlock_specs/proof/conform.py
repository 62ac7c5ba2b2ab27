"""The shipped engine against the proof: every transition that the explorer meets is an instance of a proof's action.

For each edge: what the world does is the world's action of that name; what the fact does to the trade is the action of
the order's row; each link of the chain is the action of the trade's row. The state itself must satisfy the invariant,
and the ledger's posting, the exit's cash and the release of reservations must be what the proof computes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from attrs import define, field, frozen

from pairlock.absorb import absorb
from pairlock.exits import cash_left_micros
from pairlock.facts import CancelAcked, Fact, Granted, LegResolved, NotFound, NotSent, OrderReport
from pairlock.ledger import posting
from pairlock.lifecycle import CLOSED, OE, E, S
from pairlock.model import Trade
from pairlock.orders import absorb_order
from pairlock_specs.claim import Stepped
from pairlock_specs.engine import Taken
from pairlock_specs.explore import Explorer
from pairlock_specs.proof.abstraction import KIND_OF, abstract
from pairlock_specs.proof.action import Action
from pairlock_specs.proof.invariant import invariant
from pairlock_specs.proof.logic import Value, failing
from pairlock_specs.proof.moves import MOVES
from pairlock_specs.proof.state import KINDS, LEGS, State, of_kind, of_leg
from pairlock_specs.proof.world import WORLD
from pairlock_specs.truth import Truth

BY_NAME: dict[str, Action] = {action.name: action for action in (*WORLD, *MOVES)}
OrderFact = NotSent | OrderReport | NotFound | CancelAcked
PREPARING = (S.DETECTED, S.GATED, S.LOCKED)

# The world's actions by their names in ``world.ACTIONS``, each with the stem of the proof's action; "" moves nothing.
WORLD_STEMS: dict[str, str] = {
    "the request of {} is written": "the request of leg {leg} is written",
    "no byte of {} was written": "the order of leg {leg} ends",
    "{} arrives and is accepted": "",
    "{} arrives and is refused": "the order of leg {leg} ends",
    "{} is lost before it arrives": "the order of leg {leg} ends",
    "match: {}": "an order of leg {leg} matches ({kind})",
    "odd match: {}": "an order of leg {leg} matches ({kind})|a venue fills above an order of leg {leg} ({kind})",
    "the venue ends {}": "the order of leg {leg} ends",
    "our cancel ends {}": "the order of leg {leg} ends",
    "final: {}": "a match of leg {leg} becomes final ({kind})",
    "failed: {}": "a match of leg {leg} fails ({kind})",
    "crash and restart": "crash and restart",
}


@frozen
class Strays:
    """A transition that no action of the proof covers: where, which actions were tried, what each found wrong."""

    where: str
    tried: tuple[str, ...]
    wrong: tuple[str, ...]


@define(eq=False)
class Conformance:
    """``seen``: how often each action of the proof was met; ``strays``: what it does not cover."""

    seen: dict[str, int] = field(factory=dict)
    strays: list[Strays] = field(factory=list)
    transitions: int = 0
    _met: dict[tuple[Trade, Truth], State] = field(factory=dict)
    _one: dict[tuple[Value, ...], State] = field(factory=dict)
    _durable: set[tuple[Trade, Truth]] = field(factory=set)
    _checked: dict[object, str] = field(factory=dict)
    # Each step is kept with its number: that of one that is gone is given to another, which would be passed over.
    _steps: dict[object, Stepped] = field(factory=dict)

    def state(self, trade: Trade, truth: Truth, *, durable: bool = True) -> State:
        """The abstract state; equal ones are one. A durable one must be what the ledger makes of the trade."""
        key = (trade, truth)
        found = self._met.get(key)
        wrong: list[str] = []
        if found is None:
            found = abstract(trade, truth)
            values = tuple(found.values.values())
            if values in self._one:
                found = self._one[values]
            else:
                self._one[values] = found
                wrong += failing(invariant(found))
            self._met[key] = found
        if durable and key not in self._durable:
            self._durable.add(key)
            wrong += _formulas(trade, found)
        if wrong:
            self.strays.append(Strays(f"a state in {trade.state}", ("the invariant",), tuple(wrong)))
        return found

    @property
    def states(self) -> int:
        """How many different states of the proof were met."""
        return len(self._one)

    def check(self, where: str, names: Iterable[str], before: State, after: State, *, may_rest: bool) -> None:
        """One of the named actions leads from ``before`` to ``after``; or, where it may, nothing changed."""
        self.transitions += 1
        if may_rest and before is after:
            return
        names = tuple(names)
        key = (id(before), id(after), names)
        if key in self._checked:
            name = self._checked[key]
            self.seen[name] = self.seen.get(name, 0) + 1
            return
        tried: list[str] = []
        wrong: list[str] = []
        for name in names:
            faults = faults_of(BY_NAME[name], before, after)
            if not faults:
                self._checked[key] = name
                self.seen[name] = self.seen.get(name, 0) + 1
                return
            tried.append(name)
            wrong += [f"{name}: {fault}" for fault in faults]
        self.strays.append(Strays(where, tuple(tried), tuple(wrong)))

    def step(self, seen: Stepped, truth: Truth, sent: Truth) -> None:
        """A step of the engine on a truth; ``sent`` has the intents that became durable in it as well."""
        step = (id(seen), truth, sent)
        if step in self._steps:
            return
        self._steps[step] = seen
        current, links = seen.before, list(seen.links)
        before = self.state(current, truth)
        if current.state in PREPARING and links:
            first = links.pop(0)
            after = self.state(first.after, sent, durable=not links)
            self.check(
                f"{current.state} {first.event}", _event_names(first.event), before, after, may_rest=False
            )
            current, before = first.after, after
        else:
            absorbed = absorb(current, seen.fact)
            after = self.state(absorbed, truth, durable=False)
            names = fact_names(current, seen.fact)
            self.check(f"{current.state}, told {seen.fact}", names, before, after, may_rest=True)
            current, before = absorbed, after
        for number, link in enumerate(links):
            fresh = sent if _knows(link.after, sent) else truth
            after = self.state(link.after, fresh, durable=number == len(links) - 1)
            where = f"{link.before} {link.event}"
            self.check(where, _event_names(link.event), before, after, may_rest=False)
            current, before = link.after, after

    def world(self, name: str, before: State, after: State) -> None:
        """A move of the world alone."""
        self.check(name, _instances(WORLD_STEMS.get(name, "")), before, after, may_rest=True)


@cache
def _instances(stems: str) -> tuple[str, ...]:
    wanted = [stem for stem in stems.split("|") if stem]
    found = {stem.format(leg=leg, kind=kind) for stem in wanted for leg in LEGS for kind in KINDS}
    return tuple(sorted(found))


def _knows(trade: Trade, sent: Truth) -> bool:
    return all(trade.order(order.intent_id) is not None for order in sent.orders)


def faults_of(action: Action, before: State, after: State) -> list[str]:
    """Why the pair is not an instance of the action. ``counted`` is the proof's own memory: set as the action says."""
    values = dict(after.values)
    for leg in LEGS:
        if of_leg("counted", leg) in action.changes:
            values[of_leg("counted", leg)] = before.values[of_kind("bx", "add", leg)]
    told = State(values)
    moved = [
        name for name, value in values.items() if value != before.values[name] and name not in action.changes
    ]
    return [f"{name} changed" for name in moved] or failing(action.relation(before, told))


@cache
def _event_names(event: E) -> tuple[str, ...]:
    """The actions that stand for an event of the trade's table."""
    return tuple(action.name for action in MOVES if any(each is event for _, each in action.rows))


def fact_names(trade: Trade, fact: Fact) -> list[str]:
    """The actions that a fact may amount to."""
    if isinstance(fact, LegResolved):
        return [f"the payout of leg {fact.leg} is read"]
    if isinstance(fact, Granted):
        return ["an operator grants cash"]
    if not isinstance(fact, OrderFact) or trade.terms is None:
        return []
    order = trade.order(fact.intent_id)
    if order is None:
        return []
    event: OE | None = absorb_order(order, fact, trade.terms).event
    ends = f"({KIND_OF[order.role]})"
    place = f"leg {order.leg} "
    if event is None:  # a settlement that leaves the order where it is
        return [f"the engine learns of a settlement of {place}{ends}"]
    row = (order.state, event)
    return [a.name for a in MOVES if row in a.order_rows and a.name.endswith(ends) and place in a.name]


def _formulas(trade: Trade, state: State) -> Iterator[str]:
    """The engine's own figures against the proof's."""
    for leg in LEGS:
        real = posting(trade, leg)
        theirs = (real.held_micros, real.spent_micros, real.receivable_micros, real.net_in_micros)
        ours = (
            state.post_held(leg),
            state.post_spent(leg),
            state.post_receivable(leg),
            state.post_net_in(leg),
        )
        if theirs != ours:
            yield f"ledger.posting of leg {leg} is {theirs}, the proof says {ours}"
        if trade.reservation is not None and state.none_active:
            left = state.of("cash", leg) - state.used(leg)
            if left != cash_left_micros(trade, leg):
                yield f"cash_left_micros of leg {leg} is {cash_left_micros(trade, leg)}, the proof says {left}"


_LABELS = tuple((re.compile(re.escape(name).replace(r"\{\}", ".+")), name) for name in WORLD_STEMS)


@cache
def world_action(label: str) -> str:
    """The name in ``WORLD_STEMS`` of the action that a move's label was made from."""
    found = [name for pattern, name in _LABELS if pattern.fullmatch(label)]
    return found[0] if found else label


def conform(explorer: Explorer, enough: int = 0) -> Conformance:
    """Walks every edge that the explorer met; with ``enough``, until so many strays were found."""
    found = Conformance()
    for state in range(explorer.expanded):
        trade, truth = explorer.trade_of(state), explorer.truth_of(state)
        before = found.state(trade, truth)
        if enough and len(found.strays) >= enough:
            break
        if trade.state in CLOSED:
            continue
        for move in explorer.moves_of(state):
            moved = explorer.moves.truths[move.truth]
            if moved.orders != truth.orders:
                found.world(world_action(move.label), before, found.state(trade, moved))
            taken = explorer.taken(state, move) if move.fact >= 0 else None
            if isinstance(taken, Taken):
                known = {order.intent_id for order in moved.orders}
                fresh = tuple(order for order in taken.sends if order.intent_id not in known)
                sent = moved._replace(orders=(*moved.orders, *fresh)) if fresh else moved
                found.step(taken.stepped, moved, sent)
    return found
