"""A request as a handler sees it, and what a handler is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from attrs import Factory, frozen
from starlette.requests import Request

from pairlock_adapters.laboratory.polymarket.logins import ApiKey
from pairlock_adapters.laboratory.polymarket.refusal import Refusal
from pairlock_adapters.simulated.effects import NOTHING, Effect

# A JSON string, which a reply takes as it is.
OK = '"OK"'


@frozen
class Ask:
    """``path``: the parts of the path that vary; ``query``: every pair in order; ``key``: who asked a private call.

    ``effect``: what faults make of the answer.
    """

    path: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: bytes = b""
    headers: Mapping[str, str] = Factory(dict)
    key: ApiKey | None = None
    of: Request | None = None
    effect: Effect = NOTHING

    def one(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.query if key == name), default)

    def many(self, name: str) -> list[str]:
        """Every value of a parameter that is repeated, or holds several with commas between."""
        values = [value for key, value in self.query if key in (name, f"{name}[]")]
        return [part for value in values for part in value.split(",") if part]

    def json(self) -> object:
        """The body; ``Refusal`` if it is no JSON."""
        try:
            found: object = json.loads(self.body, parse_float=str)
        except ValueError:
            raise Refusal(400, "Invalid payload") from None
        return found

    @property
    def request(self) -> Request:
        """The request itself, for what is done to its connection."""
        assert self.of is not None
        return self.of

    @property
    def asker(self) -> ApiKey:
        """Who asks; only of a private call."""
        assert self.key is not None
        return self.key
