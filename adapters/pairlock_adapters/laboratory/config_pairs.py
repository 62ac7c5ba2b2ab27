"""One ``[[pair]]`` of a configuration, and of the control API: an event with its books on both venues.

[[pair]]
name = "RAIN"
kalshi = { bids = [[4_400, 100_000]], asks = [[4_500, 100_000]] }
polymarket = { bids = [[4_700, 50_000]], asks = [[4_800, 50_000]] }
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pairlock.book import Level
from pairlock.errors import UserError
from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.names import LONGEST_NAME
from pairlock_adapters.laboratory.settings import DAY_MS, TICK_E4, BookSettings, PairSettings
from pairlock_adapters.simulated.fault_parameters import Range
from pairlock_adapters.simulated.state import Result

_NAME = re.compile(r"[A-Z0-9][A-Z0-9.-]*", re.ASCII)
_TICKS = (1, 10, 25, 50, 100, 1_000)
_LIFE = Range(1, 3_650 * DAY_MS)
_PAYOUT = Range(0, DOLLAR_E4)
_SIZE = Range(1, 10**10)
_KEYS = (
    "name",
    "title",
    "tick_e4",
    "resolve_in_ms",
    "result",
    "yes_payout_e4",
    "neg_risk",
    "kalshi",
    "polymarket",
)


def pair_from(table: Mapping[str, Any], where: str) -> PairSettings:
    """The pair in ``table``; ``where`` is how messages name the place. Raises UserError."""
    for key in table:
        if key not in _KEYS:
            raise UserError(f"{where}: {key!r} is no key of a pair; use one of {', '.join(_KEYS)}")
    name = table.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise UserError(f"{where}: name is {name!r}; write 1 to {LONGEST_NAME} of A-Z, 0-9, dot and dash")
    tick_e4 = table.get("tick_e4", TICK_E4)
    if tick_e4 not in _TICKS or isinstance(tick_e4, bool):
        raise UserError(f"{where}: tick_e4 is {tick_e4!r}; use one of {', '.join(map(str, _TICKS))}")
    title, neg_risk = table.get("title", ""), table.get("neg_risk", False)
    if not isinstance(title, str):
        raise UserError(f"{where}: title is {title!r}; write a string")
    if not isinstance(neg_risk, bool):
        raise UserError(f"{where}: neg_risk is {neg_risk!r}; write true or false")
    result = table.get("result", Result.YES.value)
    if result not in [each.value for each in Result]:
        raise UserError(f"{where}: result is {result!r}; use one of {', '.join(Result)}")
    return PairSettings(
        name,
        _book(table, "kalshi", tick_e4, where),
        _book(table, "polymarket", tick_e4, where),
        title=title,
        tick_e4=tick_e4,
        resolve_in_ms=_whole(table, "resolve_in_ms", 30 * DAY_MS, _LIFE, where),
        result=Result(result),
        yes_payout_e4=_whole(table, "yes_payout_e4", DOLLAR_E4 // 2, _PAYOUT, where),
        neg_risk=neg_risk,
    )


def _whole(table: Mapping[str, Any], key: str, default: int, allowed: Range, where: str) -> int:
    value = table.get(key, default)
    problem = allowed.refuses(value)
    if problem:
        raise UserError(f"{where}: {key} is {value!r}, which {problem}")
    return int(value)


def _book(table: Mapping[str, Any], venue: str, tick_e4: int, where: str) -> BookSettings:
    if venue not in table:
        raise UserError(
            f"{where}: the book on {venue} is missing; write {venue} = {{ bids = [], asks = [] }}"
        )
    return book_from(table[venue], tick_e4, f"{where}, {venue}")


def book_from(table: object, tick_e4: int, where: str) -> BookSettings:
    """``bids`` and ``asks``, in any order, as levels ``[price_e4, size_e2]`` in YES terms. Raises UserError."""
    if not isinstance(table, dict) or set(table) - {"bids", "asks"}:
        raise UserError(f"{where} is {table!r}; write {{ bids = [[price_e4, size_e2]], asks = [] }}")
    bids = levels_from(table.get("bids", []), tick_e4, f"{where}.bids")
    asks = levels_from(table.get("asks", []), tick_e4, f"{where}.asks")
    book = BookSettings(tuple(reversed(bids)), asks)
    if book.bids and book.asks and book.bids[0][0] >= book.asks[0][0]:
        raise UserError(
            f"{where}: the bid {book.bids[0][0]} is not below the ask {book.asks[0][0]}; part them"
        )
    return book


def levels_from(rows: object, tick_e4: int, where: str) -> tuple[Level, ...]:
    """Rising by price. Raises UserError."""
    if not isinstance(rows, list):
        raise UserError(f"{where} is {rows!r}; write a list of [price_e4, size_e2]")
    levels: dict[int, int] = {}
    price = Range(tick_e4, DOLLAR_E4 - tick_e4, tick_e4)
    for row in rows:
        if not isinstance(row, list) or len(row) != 2:
            raise UserError(f"{where} has {row!r}; write [price_e4, size_e2]")
        for what, allowed, value in (("price_e4", price, row[0]), ("size_e2", _SIZE, row[1])):
            problem = allowed.refuses(value)
            if problem:
                raise UserError(f"{where}: {what} is {value!r}, which {problem}")
        if row[0] in levels:
            raise UserError(f"{where} names the price {row[0]} twice; write each price once")
        levels[row[0]] = row[1]
    return tuple(sorted(levels.items()))
