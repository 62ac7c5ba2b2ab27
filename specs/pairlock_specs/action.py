"""An action of the world: a name, who it is done to, when it can be done, what it changes. All of it data."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from pairlock.facts import Fact
from pairlock_specs.conditions import HOLDS, Subject
from pairlock_specs.interpret import SUBJECTS, done
from pairlock_specs.truth import Truth
from pairlock_specs.view import View
from pairlock_specs.vocabulary import Condition, Effect, Over


@frozen
class Action:
    """``name`` may hold ``{}`` for the subject's own words; ``ident`` names it in exports.

    ``when``: conditions that must all hold; ``then``: effects, one after another. ``ours``: done by us, or told to
    us; the others are free moves of venues and markets.
    """

    ident: str
    name: str
    over: Over
    when: tuple[Condition, ...]
    then: tuple[Effect, ...]
    ours: bool = True

    def subjects(self, view: View) -> Iterator[tuple[str, Subject]]:
        """(words, subject) pairs that it could be done to."""
        return SUBJECTS[self.over](view)

    def guard(self, view: View, subject: Subject) -> bool:
        """Whether it can be done now."""
        for term in self.when:  # a loop: this is asked for every action of every situation  # noqa: SIM110
            if not HOLDS[type(term)](term, view, subject):
                return False
        return True

    def effect(self, view: View, subject: Subject) -> tuple[Truth, Fact | None]:
        """The truth after it, and the one fact that it tells the engine, if any."""
        after, fact = done(self.then, view, subject)
        return after.truth, fact
