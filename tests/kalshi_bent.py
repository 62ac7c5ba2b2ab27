"""Kalshi's messages bent: parts gone, replaced or repeated, or anything at all; for the fuzz of its parsers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from kalshi_kit import CLIENT_ID, EVENT, MARKET, ORDER_ID, SERIES
from pairlock_adapters.kalshi.fields import Unreadable
from pairlock_adapters.kalshi.words import ORDER_WORDS

MANY = settings(max_examples=300, deadline=None)

_WORDS = [
    "", "0", "0.00", "-1.00", "1e9", "NaN", "0.4500", "45", "10.00", "10000000.00", "yes", "no", "bid", "ask", "buy",
    "sell", "executed", "canceled", "resting", "void", "finalized", "active", "2030-01-02T12:00:00Z", "٣.٠", "1" * 400,
    ORDER_ID, CLIENT_ID, MARKET, EVENT, SERIES, *(word.code for word in ORDER_WORDS),
]  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.text(max_size=6), st.sampled_from(_WORDS)
)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_WORDS) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def bent(draw: st.DrawFn, plain: Any) -> Any:
    """A true message with some of its parts gone, replaced, or repeated; or anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(anything)
    body = deepcopy(plain)
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(body))
        if not places:
            break
        there, key = draw(st.sampled_from(places))
        what = draw(st.sampled_from(["gone", "replaced", "replaced", "repeated"]))
        if isinstance(there, list) and what == "repeated":
            there.append(deepcopy(there[key]))
        elif what == "gone":
            del there[key]
        else:
            there[key] = draw(anything)
    return body


def _places(body: Any) -> Any:
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in list(items):
        yield body, key
        yield from _places(value)


def readable(read: Callable[[], object]) -> object:
    """What a parser makes of it; None for a named refusal. Any other exception fails the test."""
    with suppress(Unreadable):
        return read()
    return None
