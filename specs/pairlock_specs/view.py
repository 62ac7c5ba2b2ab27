"""What an action of the world may look at, and what an action is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import frozen

from pairlock.commands import Command
from pairlock.facts import Fact
from pairlock.lifecycle import S
from pairlock.model import Terms
from pairlock_specs.answers import now_ms
from pairlock_specs.scope import Part, Scope
from pairlock_specs.truth import Truth, VenueOrder


@frozen
class Shell:
    """All that the world sees of the engine: what stands to be done, the state's name, the terms agreed."""

    commands: frozenset[Command]
    state: S
    terms: Terms | None


@frozen
class View:
    """What an action may look at: the truth and the shell; never what the engine believes."""

    truth: Truth
    shell: Shell
    scope: Scope

    @property
    def now(self) -> int:
        return now_ms(self.truth.crashed)

    @property
    def part(self) -> Part:
        return self.scope.parts[self.truth.part]

    def stands(self, command: Command) -> bool:
        return command in self.shell.commands

    def order(self, number: int) -> VenueOrder:
        return self.truth.orders[number]


Effect = tuple[Truth, Fact | None]


@frozen
class Action:
    """``name`` may hold ``{}`` for the subject's own words.

    ``subjects``: (words, subject) pairs that it could be done to; ``guard``: whether it can be done now; ``effect``:
    the truth after it, and the one fact that it tells the engine, if any. ``ours``: done by us, or told to us; the
    others are free moves of venues and markets.
    """

    name: str
    subjects: Callable[[View], Iterable[tuple[str, Any]]]
    guard: Callable[[View, Any], bool]
    effect: Callable[[View, Any], Effect]
    ours: bool = True
