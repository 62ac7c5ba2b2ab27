"""One line of a recording of paired books, as integers, or why it cannot be used."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from attrs import frozen

from pairlock.units import CONTRACT_E2, DOLLAR_E4

KALSHI, POLYMARKET = "kalshi", "polymarket"
VENUES = (KALSHI, POLYMARKET)
KEYS = ("ts", "venue", "pair", "bid", "ask", "bid_sz", "ask_sz")

_E4_PER_CENT = 100
_MAX_TS_MS = 10**14  # the year 5138
_MAX_SIZE_E2 = 10**14
_MAX_TEXT = 256
_SHOWN = 60
# Digits only: no sign, exponent, underscore, NaN or other script's figures; short enough to be computed exactly.
_NUMBER = re.compile(rb"(\d{1,20})(?:\.(\d{1,20}))?")


@frozen
class Quote:
    """Best bid and ask of YES in 1/10,000 dollar with their sizes in 1/100 contract; None where a side is empty."""

    bid_e4: int | None
    ask_e4: int | None
    bid_e2: int | None
    ask_e2: int | None


@frozen
class Reading:
    """What one venue showed of ``pair`` at ``ts_ms``."""

    ts_ms: int
    venue: str
    pair: str
    quote: Quote


class _Refused(Exception):
    """Why the line cannot be used."""


def parse_line(text: bytes) -> Reading | str:
    """The reading that a line tells, or in a few words why it tells none. Never raises."""
    try:
        return _reading(_row(text))
    except _Refused as refused:
        return str(refused)


def _row(text: bytes) -> dict[str, Any]:
    if not text.strip():
        raise _Refused("is empty")
    try:
        # numbers stay decimal from their first digit on
        row = json.loads(
            text.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_no_repeated_key,
        )
    except UnicodeDecodeError as error:
        raise _Refused(f"is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise _Refused("is nested too deeply") from None
    except (ValueError, ArithmeticError) as error:
        raise _Refused(f"is not JSON ({str(error)[:_SHOWN]})") from None
    if not isinstance(row, dict):
        raise _Refused("is not a JSON object")
    missing = [key for key in KEYS if key not in row]
    if missing:
        raise _Refused(f"has no {', '.join(missing)}")
    return row


def _no_constant(word: str) -> NoReturn:
    raise _Refused(f"holds {word}, which is no number")


def _no_repeated_key(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise _Refused("gives a key twice")
    return row


def _reading(row: dict[str, Any]) -> Reading:
    ts_ms, venue, pair = row["ts"], row["venue"], row["pair"]
    if type(ts_ms) is not int or not 0 < ts_ms < _MAX_TS_MS:
        raise _Refused(f"has the ts {_shown(ts_ms)}, which is no time in ms")
    if venue not in VENUES:
        raise _Refused(f"names the venue {_shown(venue)}, which is neither {' nor '.join(VENUES)}")
    if not _is_pair(pair):
        raise _Refused(f"has the pair {_shown(pair)}, which is not KALSHITICKER:POLYTOKEN")
    bid_e4, bid_e2 = _side(row, "bid")
    ask_e4, ask_e2 = _side(row, "ask")
    if bid_e4 is not None and ask_e4 is not None and bid_e4 > ask_e4:
        raise _Refused(f"is crossed: bid {_shown(row['bid'])} is above ask {_shown(row['ask'])}")
    return Reading(ts_ms, venue, pair, Quote(bid_e4, ask_e4, bid_e2, ask_e2))


def _is_pair(pair: object) -> bool:
    if not isinstance(pair, str) or len(pair) > _MAX_TEXT or not pair.isprintable():
        return False
    ticker, colon, token = pair.partition(":")
    return bool(ticker.strip() and colon and token.strip() and ":" not in token)


def _side(row: dict[str, Any], name: str) -> tuple[int | None, int | None]:
    cents, contracts = row[name], row[f"{name}_sz"]
    if cents is None:
        if contracts is not None and _whole(contracts, f"{name}_sz", CONTRACT_E2, _MAX_SIZE_E2, cut=True) > 0:
            raise _Refused(f"has a {name}_sz without a {name}")
        return None, None
    if isinstance(cents, str):
        raise _Refused(f"has the {name} {_shown(cents)}, which is no number")
    price_e4 = _whole(cents, name, _E4_PER_CENT, DOLLAR_E4, cut=False)
    if not 0 < price_e4 < DOLLAR_E4:
        raise _Refused(f"has the {name} {_shown(cents)}, which is not between 0 and 100 cents")
    if contracts is None:
        raise _Refused(f"has a {name} without a {name}_sz")
    return price_e4, _whole(contracts, f"{name}_sz", CONTRACT_E2, _MAX_SIZE_E2, cut=True)


def _whole(value: object, name: str, scale: int, most: int, *, cut: bool) -> int:
    """``value`` in units of 1/``scale``, exactly; with ``cut``, what is finer than one unit is left off."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise _Refused(f"has the {name} {_shown(value)}, which is no number")
    text = _plain(value)
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise _Refused(f"has the {name} {_shown(value)}, which is no plain number of a size to be believed")
    decimals = match[2] or b""
    denominator: int = 10 ** len(decimals)
    units, finer = divmod(int(match[1] + decimals) * scale, denominator)
    if finer and not cut:
        raise _Refused(f"has the {name} {_shown(value)}, which is finer than 1/{scale}")
    if units > most:
        raise _Refused(f"has the {name} {_shown(value)}, which is too large to be believed")
    return units


def _plain(value: int | str | Decimal) -> bytes:
    """The digits of ``value`` without an exponent; nothing where that would be long."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or not -20 <= exponent <= 20 or value.is_signed():
            return b""
        return format(value, "f").encode()
    if isinstance(value, int):
        return str(value).encode() if 0 <= value < 10**20 else b""
    return value.encode("utf-8", "replace")


def _shown(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30:
        return "a huge number"
    if isinstance(value, list | dict):
        return "an array" if isinstance(value, list) else "an object"
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
