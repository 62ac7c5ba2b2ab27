"""What an action of the world may look at."""

from __future__ import annotations

from attrs import frozen

from pairlock.commands import Command
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
