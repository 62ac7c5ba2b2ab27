"""Kalshi's words for bent messages, and what its parsers may make of one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st

from bent import anything_of, bent_with
from kalshi_kit import CLIENT_ID, EVENT, MARKET, ORDER_ID, SERIES
from pairlock_adapters.kalshi.fields import Unreadable
from pairlock_adapters.kalshi.words import ORDER_WORDS

_WORDS = [
    "", "0", "0.00", "-1.00", "1e9", "NaN", "0.4500", "45", "10.00", "10000000.00", "yes", "no", "bid", "ask", "buy",
    "sell", "executed", "canceled", "resting", "void", "finalized", "active", "2030-01-02T12:00:00Z", "٣.٠", "1" * 400,
    ORDER_ID, CLIENT_ID, MARKET, EVENT, SERIES, *(word.code for word in ORDER_WORDS),
]  # fmt: skip
anything = anything_of(_WORDS)


def bent(plain: Any) -> st.SearchStrategy[Any]:
    return bent_with(plain, anything)


def readable(read: Callable[[], object]) -> object:
    """What a parser makes of it; None for a named refusal. Any other exception fails the test."""
    with suppress(Unreadable):
        return read()
    return None
