"""Figures that the tests really came to: counted while they run, printed at the end as one JSON object a line."""

from __future__ import annotations

import json
import os

_COUNTS: dict[str, dict[str, int]] = {}


def record(what: str, **counts: int) -> None:
    """Add ``counts`` to the line ``what``; the same key again is summed."""
    line = _COUNTS.setdefault(what, {})
    for key, count in counts.items():
        line[key] = line.get(key, 0) + count


def lines() -> list[str]:
    return [json.dumps({"evidence": what, **counts}) for what, counts in sorted(_COUNTS.items())]


def number_of(variable: str, default: int) -> int:
    """How much of an enumeration or how many rounds to run: an environment number, so that more is one word away."""
    return int(os.environ.get(variable, default))
