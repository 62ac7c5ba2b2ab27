"""What a claim is: a name, one plain sentence, and the judges that decide it. A judge says what is wrong, or None.

Names begin with the number of the claim in the project's list, so that a failure can be looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from pairlock.commands import Command
from pairlock.facts import Fact
from pairlock.lifecycle import OE, OS, E, S
from pairlock.model import Order, Terms, Trade
from pairlock.step import Step
from pairlock_specs.truth import Truth, VenueOrder


@frozen
class Link:
    """One event of a step's chain, with the state before it and the trade after it."""

    before: S
    event: E
    after: Trade


@frozen
class Stepped:
    """One step that the engine took: the trade before, the fact, what came out, what
    a restart would find standing afterwards, and its chain link by link."""

    before: Trade
    fact: Fact
    step: Step
    standing: frozenset[Command]
    links: tuple[Link, ...]


@frozen
class Told:
    """One fact about one order, and the order after it."""

    before: Order
    fact: Fact
    after: Order
    terms: Terms


@frozen
class Sending:
    """The moment in which intents became durable. ``truth`` is the world just before; ``orders`` are the new ones."""

    before: Trade
    after: Trade
    truth: Truth
    orders: tuple[VenueOrder, ...]


@frozen
class Stay:
    """Where a fair run may stay for ever: a state, and what it then does again and again."""

    state: int
    again: tuple[str, ...]


@frozen
class Explored:
    """What the whole graph showed. ``stranded``: the first state with no way to a closed one; ``unending``: the first
    from which we alone cannot end every order; -1 if there is none. ``stay``, ``circle``: a fair run that never leaves
    an open state which it should leave, or goes round among several."""

    pairs: frozenset[tuple[S, E]]
    order_pairs: frozenset[tuple[OS, OE]]
    stranded: int
    unending: int
    complete: bool
    stay: Stay | None = None
    circle: Stay | None = None


@frozen
class Flaw:
    """What is wrong with the whole graph, the state that shows it (-1: none does), and what then goes on for ever."""

    words: str
    state: int = -1
    again: tuple[str, ...] = ()


Wrong = str | None


@frozen
class Compare:
    """One figure of the truth and one of the engine's trade, each taken once, and what is wrong with the two."""

    truth: Callable[[Truth], Any]
    trade: Callable[[Trade], Any]
    wrong: Callable[[Any, Any], Wrong]


@frozen
class Claim:
    """``order`` judges one order's belief against the venue's, ``state`` a whole state (in ``states`` only), ``trade``
    a trade by itself, ``compare`` every state by two figures, ``chain`` a step by its links and its end alone (once
    for each value that a fact leaves); the others what they are named after."""

    name: str
    sentence: str
    order: Callable[[Order | None, VenueOrder], Wrong] | None = None
    state: Callable[[Trade, Truth], Wrong] | None = None
    states: frozenset[S] = frozenset(S)
    told: Callable[[Told], Wrong] | None = None
    trade: Callable[[Trade], Wrong] | None = None
    compare: Compare | None = None
    step: Callable[[Stepped], Wrong] | None = None
    chain: Callable[[Stepped], Wrong] | None = None
    send: Callable[[Sending], Wrong] | None = None
    graph: Callable[[Explored], Flaw | None] | None = None


@frozen
class Sometimes:
    """Something that must be seen at least once, so that no claim holds because nothing ever happens."""

    name: str
    sentence: str
    state: Callable[[Trade, Truth], bool] | None = None
    states: frozenset[S] = frozenset(S)
    step: Callable[[Stepped], bool] | None = None
