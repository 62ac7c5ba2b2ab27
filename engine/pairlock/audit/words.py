"""Amounts, sizes and times in words. What a venue said is shown without what could steer a terminal."""

from __future__ import annotations

from pairlock.model import Role
from pairlock.units import CONTRACT_E2, CONTRACT_E6, DOLLAR_E4, DOLLAR_MICROS

LEGS = "AB"
VERB = {
    Role.ENTRY: "buy",
    Role.COMPLETE: "buy",
    Role.SELL: "sell",
    Role.COMPLEMENT: "buy",
    Role.ADOPTED_IN: "bought",
    Role.ADOPTED_OUT: "gave up",
}


def _decimal(value: int, unit: int, least: int) -> str:
    """``value`` in ``unit``s, exactly, with at least ``least`` decimals and no idle zeros beyond them."""
    whole, rest = divmod(abs(value), unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}"
    kept = digits.rstrip("0")
    kept = kept + "0" * (least - len(kept))
    return ("-" if value < 0 else "") + f"{whole:,}" + (f".{kept}" if kept else "")


def _dollars(value: int, unit: int) -> str:
    text = _decimal(value, unit, 2)
    return f"-${text[1:]}" if value < 0 else f"${text}"


def dollars(micros: int) -> str:
    return _dollars(micros, DOLLAR_MICROS)


def ledger_dollars(micros: int) -> str:
    """With all six decimals, for columns of figures."""
    return (
        "-" if micros < 0 else ""
    ) + f"${abs(micros) // DOLLAR_MICROS:,}.{abs(micros) % DOLLAR_MICROS:06d}"


def price(price_e4: int) -> str:
    return _dollars(price_e4, DOLLAR_E4)


def contracts(fill_e6: int) -> str:
    return _decimal(fill_e6, CONTRACT_E6, 0)


def size(size_e2: int) -> str:
    return _decimal(size_e2, CONTRACT_E2, 0)


def span(ms: int) -> str:
    """A time since the trade was detected: ``12.345 s``, ``2:03.456``, ``1:02:03.456``."""
    sign, ms = ("-" if ms < 0 else ""), abs(ms)
    seconds, rest = divmod(ms, 1_000)
    if seconds < 60:
        return f"{sign}{seconds}.{rest:03d} s"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours == 0:
        return f"{sign}{minutes}:{seconds:02d}.{rest:03d}"
    return f"{sign}{hours}:{minutes:02d}:{seconds:02d}.{rest:03d}"


def safe(text: str) -> str:
    """Text of others on one line, with every control character spelled out."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )
