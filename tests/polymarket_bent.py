"""Polymarket's words for bent messages."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bent import anything_of, bent_with
from pairlock_adapters.polymarket.words import ANSWER_STATUS, ORDER_STATUS, ORDER_WORDS, TRADE_STATUS
from polymarket_bodies import ORDER_ID, OTHER_ID
from polymarket_kit import CONDITION, NO_TOKEN, YES_TOKEN

_WORDS = [
    "", "0", "0.00", "-1.00", "1e9", "NaN", "0.45", "45", "10.00", "10", "10000000", "10000000.00", "BUY", "SELL", "٣",
    "1" * 400, "MA==", "LTE=", ORDER_ID, OTHER_ID, CONDITION, str(YES_TOKEN), str(NO_TOKEN), *ANSWER_STATUS,
    *ORDER_STATUS, *TRADE_STATUS, *(word.text for word in ORDER_WORDS),
]  # fmt: skip
anything = anything_of(_WORDS)


def bent(plain: Any) -> st.SearchStrategy[Any]:
    return bent_with(plain, anything)
