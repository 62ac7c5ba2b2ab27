"""What an action of the proof is: which variables it may change, when it is possible, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen

from pairlock.lifecycle import OE, OS, E, S
from pairlock_specs.proof.logic import Named
from pairlock_specs.proof.state import KINDS, LEGS, OF_KIND, State, of_kind, of_leg


@frozen
class Action:
    """``guard``: on the state before; ``effect``: on both. What is not in ``changes`` stays.

    ``rows`` and ``order_rows``: the lines of the two tables that the action stands for. ``takes_cash``: it reserves
    (its account judges it), so the claims on falling risk and free cash do not speak of it.
    """

    name: str
    changes: frozenset[str]
    guard: Callable[[State], list[Named]]
    effect: Callable[[State, State], list[Named]]
    rows: tuple[tuple[S, E], ...] = ()
    order_rows: tuple[tuple[OS, OE], ...] = ()
    takes_cash: bool = False

    def relation(self, before: State, after: State) -> list[Named]:
        """All conditions of a move from ``before`` to ``after`` but that the rest stays."""
        return [*self.guard(before), *self.effect(before, after)]


SLOT = "active opened alive written durable size gross known paid budget left kind".split()


def slot(leg: int) -> frozenset[str]:
    return frozenset(of_leg(name, leg) for name in SLOT)


def legs(leg: int, *names: str) -> frozenset[str]:
    return frozenset(of_leg(name, leg) for name in names)


def kinds(leg: int, kind: str, *names: str) -> frozenset[str]:
    return frozenset(of_kind(name, kind, leg) for name in names or OF_KIND)


def each_leg() -> Iterable[tuple[int, int]]:
    return ((leg, 1 - leg) for leg in LEGS)


def each_kind() -> Iterable[tuple[int, str]]:
    return ((leg, kind) for leg in LEGS for kind in KINDS)
