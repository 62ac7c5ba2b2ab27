"""JSON messages bent: parts gone, replaced or repeated, or anything at all; for the fuzz of the venues' parsers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

MANY = settings(max_examples=300, deadline=None)


def anything_of(words: Sequence[str]) -> st.SearchStrategy[Any]:
    """Any JSON value, with ``words`` among its strings and names."""
    leaves = st.one_of(
        st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.text(max_size=6), st.sampled_from(words)
    )
    names = st.sampled_from(words) | st.text(max_size=4)
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=8,
    )


@st.composite
def bent_with(draw: st.DrawFn, plain: Any, anything: st.SearchStrategy[Any]) -> Any:
    """A true message with some of its parts gone, replaced by ``anything``, or repeated; or anything at all."""
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


def _places(body: Any) -> Iterator[tuple[Any, Any]]:
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in list(items):
        yield body, key
        yield from _places(value)
