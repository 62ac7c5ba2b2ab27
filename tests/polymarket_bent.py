"""Polymarket's messages bent: parts gone, replaced or repeated, or anything at all; for the fuzz of its parsers."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from kalshi_bent import _places
from pairlock_adapters.polymarket.words import ANSWER_STATUS, ORDER_STATUS, ORDER_WORDS, TRADE_STATUS
from polymarket_bodies import ORDER_ID, OTHER_ID
from polymarket_kit import CONDITION, NO_TOKEN, YES_TOKEN

_WORDS = [
    "", "0", "0.00", "-1.00", "1e9", "NaN", "0.45", "45", "10.00", "10", "10000000", "10000000.00", "BUY", "SELL", "٣",
    "1" * 400, "MA==", "LTE=", ORDER_ID, OTHER_ID, CONDITION, str(YES_TOKEN), str(NO_TOKEN), *ANSWER_STATUS,
    *ORDER_STATUS, *TRADE_STATUS, *(word.text for word in ORDER_WORDS),
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
