"""Keeps what a laboratory answered while a test drove it, and judges it against a venue's published interface."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

import evidence
import spec_kit
from pairlock_adapters.laboratory.lab import Laboratory


def routes_of(lab: Laboratory, venue: str, app: str, prefix: str = "") -> set[str]:
    """What an app of the laboratory serves, as "GET /path/{}"."""
    found = set()
    for route in getattr(lab.faces[venue].apps[app], "routes", ()):
        path = route.path.removeprefix(prefix)
        methods = set(getattr(route, "methods", None) or ()) - {"HEAD"}
        found |= {f"{method} {spec_kit.template(path)}" for method in methods}
    return found


def served(spec: str, routes: Iterable[str]) -> set[str]:
    """The interface's operations that one of the routes answers, but those that are gone at the venue."""
    own = {spec_kit.template(name): name for name in spec_kit.operations(spec)}
    return {own[route] for route in routes if route in own} - spec_kit.gone(spec)


@define
class Driven:
    """Of one interface. ``well``: operations that gave what they are there for; ``beyond``: what it does not know."""

    spec: str
    lines: set[str] = field(factory=set)
    well: set[str] = field(factory=set)
    beyond: set[str] = field(factory=set)
    answers: int = 0
    messages: dict[str, int] = field(factory=dict)

    def heard(self, method: str, path: str, status: int, body: object, sent: object = None) -> None:
        """One answer to ``path`` (without its query), and the JSON that was sent for it."""
        operation = spec_kit.operation_of(self.spec, method, path)
        self.answers += 1
        if operation is None:
            self.beyond.add(f"{method} {path}")
            return
        self.lines |= spec_kit.answer_differences(self.spec, operation, status, body)
        if status < 300:
            self.well.add(operation)
            if sent is not None:
                self.lines |= spec_kit.request_differences(self.spec, operation, sent)

    def said(self, message: str, body: object) -> None:
        """One message of a socket."""
        self.lines |= spec_kit.message_differences(self.spec, message, body)
        self.messages[message] = self.messages.get(message, 0) + 1

    def judge(self) -> None:
        """No difference that is not listed, and no listed one that is not there (any more)."""
        unlisted, used = spec_kit.split(self.spec, self.lines)
        assert unlisted == set(), "\n".join(sorted(unlisted))
        unused = [entry.line for entry in spec_kit.listed() if entry.spec == self.spec and entry not in used]
        assert unused == [], f"deviations.toml lists what is no difference: {unused}"

    def judge_operations(self, routes: Iterable[str]) -> None:
        """Everything that is served of the interface was asked, and answered well."""
        own = served(self.spec, routes)
        assert own - self.well == set(), f"served and never answered well: {sorted(own - self.well)}"
        evidence.record(
            f"answers held to {self.spec}",
            operations=len(spec_kit.operations(self.spec)),
            served=len(own),
            answers=self.answers,
        )
