"""JSON as the venue writes it: amounts as decimal strings or bare numbers, from integers, without a float between."""

from __future__ import annotations

import json
import secrets

# What a bare number's text is wrapped in until the JSON is written; no client can know it, so none can inject one.
_MARK = secrets.token_hex(8)


class Bare:
    """A decimal that is written without quotes."""

    def __init__(self, amount: int, places: int) -> None:
        self.text = trimmed(amount, places)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bare) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text


def trimmed(amount: int, places: int) -> str:
    """An integer of 10**-places units as the shortest exact decimal: 5600 of 1/10,000 is "0.56"."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**places)
    digits = f"{part:0{places}d}".rstrip("0") if places else ""
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


def written(body: object) -> bytes:
    """``body`` as compact JSON."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False, default=_marked)
    return text.replace(f'"{_MARK}<', "").replace(f'>{_MARK}"', "").encode()


def _marked(value: object) -> str:
    if isinstance(value, Bare):
        return f"{_MARK}<{value.text}>{_MARK}"
    raise TypeError(f"{value!r} is no JSON")
