"""JSON with numbers that are written as they are: no binary float on the way to the wire."""

from __future__ import annotations

import json
from typing import Any

from attrs import frozen

from pairlock_adapters.simulated.wire import decimal


@frozen
class Number:
    """A JSON number by its own text, e.g. ``0.01``."""

    text: str


def number(amount: int, places: int) -> int | Number:
    """An integer of 10**-places units as a JSON number, without zeros at its end."""
    whole, part = divmod(amount, 10**places)
    return whole if part == 0 else Number(decimal(amount, places).rstrip("0"))


def _marked(value: Any) -> str:
    if isinstance(value, Number):
        return f"\0{value.text}\0"
    raise TypeError(f"{type(value).__name__} cannot be said in JSON")


def dumps(body: object) -> str:
    text = json.dumps(body, separators=(",", ":"), default=_marked)
    if '"\\u0000' not in text:
        return text
    return text.replace('"\\u0000', "").replace('\\u0000"', "")
