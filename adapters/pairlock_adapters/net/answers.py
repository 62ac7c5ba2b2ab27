"""What comes back from a venue over HTTP: one whole answer, or the proof (or no proof) that nothing was asked.

An answer is whole or it is none: a body cut short, too large, or in an encoding that we did not ask for raises
``NoAnswer``. Which words mean what is each adapter's own table; nothing here judges a status.
"""

from __future__ import annotations

import calendar
import json
from collections.abc import Mapping
from email.utils import parsedate

from attrs import frozen

_MOST_RETRY_AFTER_S = 3_600
_YEAR_2100_S = 4_102_444_800


class Number(str):
    """A JSON number with a point or an exponent, as its text: no binary float ever holds it."""

    __slots__ = ()


class NoAnswer(Exception):
    """A request that got no whole answer.

    ``wrote`` is False only where it is *proved* that no byte of the request was written: it was never connected, it
    waited too long before, the guard refused, or the kernel took nothing. Everything else is True, an unknown outcome.
    ``refused`` has the guard's own words, "" where it was not the guard. No word here holds a secret or a query.
    """

    def __init__(self, reason: str, *, wrote: bool, refused: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.wrote = wrote
        self.refused = refused


@frozen
class Answer:
    """One HTTP answer, whatever its status. Times are ``now_ms`` of the injected clock.

    ``body`` is the parsed JSON (integers are ``int``, every other number a ``Number``), or the text where it is not
    JSON; an empty body is "". Header names are lower case; a header that came twice is joined with ", ".
    ``sent_ms`` is when the first byte was written, ``at_ms`` when the last one was read.
    """

    status: int
    body: object
    headers: Mapping[str, str]
    sent_ms: int
    at_ms: int

    def retry_after_ms(self) -> int | None:
        """How long the venue asks us to wait, at most an hour; None where it does not say so in whole seconds."""
        text = self.headers.get("retry-after", "")
        if not (text.isascii() and text.isdigit()):
            return None
        return min(_MOST_RETRY_AFTER_S, int(text[:9])) * 1_000

    def date_ms(self) -> int | None:
        """The server's ``Date``, in milliseconds since 1970, exact to one second downwards; None without one."""
        try:
            parts = parsedate(self.headers.get("date", ""))
            since_s = -1 if parts is None else calendar.timegm(parts)
        except (ValueError, OverflowError):
            return None
        return since_s * 1_000 if 0 <= since_s < _YEAR_2100_S else None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _one_of_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose names are told apart: which of two equal names counts is not for us to guess."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def parsed(data: bytes) -> object:
    """The body as JSON, or as text where it is not strict JSON in UTF-8 (``NaN`` and repeated names are not)."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
    if not text:
        return ""
    try:
        return json.loads(
            text, parse_float=Number, parse_constant=_no_constant, object_pairs_hook=_one_of_each
        )
    except (ValueError, RecursionError):
        return text
