"""Numbers off the wire, exactly, and the unit in which shares are told. Never a guess: ``Unreadable`` instead.

The venue's documents differ on whether amounts come as decimals ("12.5") or in 1/1,000,000 ("12500000"), and an
integer can be read both ways, a million apart. ``shares_e6`` settles it for all numbers of one order at once:

1. a decimal point anywhere among them: decimals;
2. as shares more than four times the order: millionths, if they are then a possible match, at least 1/100 share;
3. as shares at least the whole of an order that fills whole or not at all: decimals;
4. as millionths less than 1/100 share in all, the step of an order's size: decimals, for no match is so small;
5. else both readings are possible: unreadable, and the order is read again until something settles it.
"""

from __future__ import annotations

import re
from decimal import Decimal

from pairlock.ports import OrderIntent, TimeInForce
from pairlock.units import CONTRACT_E6, ceil_div, size_to_fill_e6

# More than this many times the order's size is no fill of it.
MOST_TIMES = 4
_SIZE_STEP_E6 = 10_000
_DECIMAL = re.compile(r"(\d{1,30})(?:\.(\d{1,30}))?", re.ASCII)
_NUMBER = re.compile(r"\d+(\.\d+)?([eE][+-]?\d{1,4})?", re.ASCII)
_MOST_DIGITS = 30
MOST_DIGITS = 78  # of 256 bits: token ids, allowances


class Unreadable(Exception):
    """An answer that does not have the shape that it must have."""


def text(body: dict[str, object], key: str) -> str:
    """A field that must be a text and not empty."""
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{key} is {value!r:.80}")
    return value


def rows_of(body: object, key: str) -> list[dict[str, object]]:
    """A list of objects under ``key``; what is not one is unreadable, never an empty list."""
    found = body.get(key) if isinstance(body, dict) else None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unreadable(f"no list {key!r}")
    return found


def number(value: object, places: int, name: str) -> int:
    """A number or its text in units of 10**-places, exact; for what the venue configures, not for fills."""
    if isinstance(value, bool) or not isinstance(value, int | str) or len(str(value)) > _MOST_DIGITS - 2:
        raise Unreadable(f"{name} is {value!r:.80}")
    if _NUMBER.fullmatch(str(value)) is None:
        raise Unreadable(f"{name} is {value!r:.80}")
    parsed = Decimal(str(value))
    if abs(parsed.adjusted()) > _MOST_DIGITS:
        raise Unreadable(f"{name} is {value!r:.80}")
    scaled = parsed.scaleb(places)
    if scaled != scaled.to_integral_value():
        raise Unreadable(f"{name} is {value!r:.80}, finer than {places} decimals")
    return int(scaled)


def decimal_parts(value: object, name: str) -> tuple[int, int]:
    """A decimal text as (integer, number of decimals); only digits and one point."""
    found = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Unreadable(f"{name} is {value!r:.80}")
    part = (found[2] or "").rstrip("0")
    return int(found[1] + part), len(part)


def decimal_in(value: object, places: int, name: str) -> int:
    """A decimal text in units of 10**-places, exact."""
    digits, decimals = decimal_parts(value, name)
    if decimals > places:
        raise Unreadable(f"{name} is {value!r:.80}, finer than {places} decimals")
    return digits * int(10 ** (places - decimals))


def is_pointed(value: object) -> bool:
    """Whether it is a text that can only be a decimal."""
    return isinstance(value, str) and "." in value


def _places(told: list[str], intent: OrderIntent, *, pointed: bool) -> int:
    """6 if the amounts are decimals of shares, 0 if they are millionths. See the module."""
    if pointed or any(map(is_pointed, told)):
        return 6
    total = sum(decimal_in(each, 0, "an amount") for each in told)
    size_e6 = size_to_fill_e6(intent.size_e2)
    if total * CONTRACT_E6 > MOST_TIMES * size_e6:
        if total < _SIZE_STEP_E6:
            raise Unreadable(f"{total} is too many shares and too few 1/1,000,000 of {intent.size_e2}/100")
        return 0
    whole = intent.time_in_force is TimeInForce.FILL_OR_KILL and total * CONTRACT_E6 >= size_e6
    if whole or total < _SIZE_STEP_E6:
        return 6
    raise Unreadable(f"{total} may be shares or 1/1,000,000 shares of an order of {intent.size_e2}/100")


def shares_e6(told: list[str], intent: OrderIntent, *, pointed: bool = False) -> tuple[list[int], int]:
    """Each amount in 1/1,000,000 share, and how many decimals an amount beside them has (6, or 0 for millionths).

    ``pointed``: something else in the same answer shows that its amounts are decimals. ``Unreadable`` where the unit
    is not certain or the sum not possible.
    """
    places = _places(told, intent, pointed=pointed)
    found = [decimal_in(each, places, "an amount") for each in told]
    if sum(found) > MOST_TIMES * size_to_fill_e6(intent.size_e2):
        raise Unreadable(f"{sum(found)} of 1/1,000,000 share filled of {intent.size_e2} of 1/100 share")
    return found, places


def paid_micros(price: tuple[int, int], qty_e6: int, *, up: bool) -> int:
    """Price (integer, decimals) times quantity in micro-dollars, rounded up or down."""
    digits, decimals = price
    exact, unit = digits * qty_e6, int(10**decimals)
    return ceil_div(exact, unit) if up else exact // unit
