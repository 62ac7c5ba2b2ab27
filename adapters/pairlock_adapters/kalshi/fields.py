"""Fields of Kalshi's JSON as exact integers. A field of another form is ``Unreadable``, whatever it holds.

Amounts come as decimal strings (``"0.5600"`` dollars, ``"10.00"`` contracts). The old V1 shapes carry integers of cents
and of contracts beside or instead of them; those are never read as amounts, so that a cent is never a dollar.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

Body = Mapping[str, object]

_DECIMAL = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,12}))?", re.ASCII)
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_MOST_WHOLE = 10**15


class Unreadable(Exception):
    """An answer that does not have the shape that it must have. The message names the field and what it held."""


def _shown(value: object) -> str:
    return repr(value)[:60]


def decimal(value: object, places: int, name: str, *, signed: bool = False) -> int:
    """A decimal string in units of 10**-places; exact or ``Unreadable``."""
    # A number that JSON itself carried is no string of the venue's: it is the old shape, or another unit.
    found = _DECIMAL.fullmatch(value) if type(value) is str else None
    if found is None or (found[1] and not signed):
        raise Unreadable(f"{name} is {_shown(value)}")
    part = (found[3] or "").rstrip("0")
    if len(part) > places:
        raise Unreadable(f"{name} is {_shown(value)}, finer than {places} decimals")
    units = int(found[2] + part.ljust(places, "0"))
    return -units if found[1] else units


def units(body: Body, key: str, places: int, *, signed: bool = False) -> int:
    """The decimal string under ``key``; a body of the old V1 shape is told by its own name."""
    value = body.get(key)
    old = key.removesuffix("_fp").removesuffix("_dollars")
    if value is None and old != key and old in body:
        raise Unreadable(f"{key} is missing beside {old}: the old V1 shape, whose units differ")
    return decimal(value, places, key, signed=signed)


def text(body: Body, key: str) -> str:
    """A text that is not empty."""
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{key} is {_shown(value)}")
    return str(value)


def flag(body: Body, key: str) -> bool:
    value = body.get(key)
    if not isinstance(value, bool):
        raise Unreadable(f"{key} is {_shown(value)}")
    return value


def whole(body: Body, key: str) -> int:
    """An integer of JSON."""
    value = body.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _MOST_WHOLE:
        raise Unreadable(f"{key} is {_shown(value)}")
    return value


def known(value: object, what: str) -> Body:
    """An object of JSON."""
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is {_shown(value)}")
    return value


def inner(body: object, key: str) -> Body:
    """The object under ``key`` of an object."""
    return known(known(body, "the answer").get(key), key)


def rows(body: object, key: str) -> tuple[Body, ...]:
    """The list of objects under ``key`` of an object."""
    found = known(body, "the answer").get(key)
    if not isinstance(found, list):
        raise Unreadable(f"no list {key!r}")
    return tuple(known(row, f"a row of {key}") for row in found)


def page(body: object, key: str, limit: int) -> tuple[tuple[Body, ...], str]:
    """The rows of one page, and the cursor of the next one ("" for none).

    A page without a cursor is the last one only if it is not full: else nobody can say what it leaves out.
    """
    found = rows(body, key)
    cursor = known(body, "the answer").get("cursor")
    if cursor is None and len(found) < limit:
        cursor = ""
    if not isinstance(cursor, str):
        raise Unreadable(f"a page of {len(found)} {key} with the cursor {_shown(cursor)}")
    return found, str(cursor)


def time_ms(body: Body, key: str) -> int:
    """A time like ``2026-01-10T16:11:11.109554Z`` in ms since 1970, rounded down."""
    value = body.get(key)
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Unreadable(f"{key} is {_shown(value)}")
    try:
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        raise Unreadable(f"{key} is {_shown(value)}") from None
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000 + int((found[2] or "").ljust(3, "0")[:3])


def unique(found: tuple[Body, ...], key: str) -> tuple[Body, ...]:
    """Each row once by its ``key``; ``Unreadable`` where two of one key differ."""
    by_id: dict[str, Body] = {}
    for row in found:
        ident = text(row, key)
        if by_id.setdefault(ident, row) != row:
            raise Unreadable(f"two different rows of {key} {_shown(ident)}")
    return tuple(by_id.values())
