"""Amounts as the venue writes them: the shortest exact decimal."""

from __future__ import annotations


def trimmed(amount: int, places: int) -> str:
    """An integer of 10**-places units: 5600 of 1/10,000 is "0.56"."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**places)
    digits = f"{part:0{places}d}".rstrip("0") if places else ""
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
