"""One step of the engine looked at from outside: its chain link by link, what it sends, what it releases."""

from __future__ import annotations

from pairlock.absorb import absorb
from pairlock.classify import classify
from pairlock.commands import Send
from pairlock.facts import Fact
from pairlock.lifecycle import OE, OS
from pairlock.machine import advance
from pairlock.model import Trade
from pairlock.step import Step, entered
from pairlock_specs.claim import Link
from pairlock_specs.truth import VenueOrder, Wire


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


def released(before: Trade, step: Step) -> set[tuple[OS, OE]]:
    """The order events that the step itself raised."""
    found: set[tuple[OS, OE]] = set()
    for order in step.trade.orders:
        old = before.order(order.intent_id)
        if order.state is not OS.IDLE and (old is None or old.state is OS.IDLE):
            found.add((OS.IDLE, OE.WITHDRAWN if order.state is OS.FINAL else OE.INTENT_DURABLE))
    return found


def sends_of(step: Step) -> tuple[VenueOrder, ...] | None:
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
