"""Mutations of a JSON body that leave it JSON: a fuzzer of bytes alone breaks the syntax long before the meaning."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from random import Random
from typing import Any

# Numbers at the edges, other units, other scripts, words that look like nothing or like something else.
ODD: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 45, 10**30, -(10**30), "", "0", "0.00", "-1.00", "1e9", "NaN", "Infinity", "0.4500",
    "10.00", "10000000", " 1", "1 ", "+1", "٣.٠", "0x0b", "1" * 400, [], {}, [[]], [{}],
)  # fmt: skip


def bent(
    data: bytes, most: int, random: Random, words: Sequence[str], bytes_of: Callable[[bytes], bytes]
) -> bytes:
    """``data`` with one to three parts changed; bytes changed by ``bytes_of`` where it is no JSON, or now and then."""
    try:
        body = json.loads(data, parse_float=str)
    except (ValueError, RecursionError):
        return bytes_of(data)
    if random.random() < 0.1:
        return bytes_of(data)
    for _ in range(random.randint(1, 3)):
        body = _changed(body, random, words)
    made = json.dumps(body).encode()
    return made if len(made) <= most else data


def _changed(body: Any, random: Random, words: Sequence[str]) -> Any:
    places = list(_places(body))
    if not places:
        return _any(random, words)
    there, key = random.choice(places)
    how = random.randrange(6)
    if how == 0:
        del there[key]
    elif how == 1 and isinstance(there, list):
        there.append(deepcopy(there[key]))
    elif how == 2:
        other, name = random.choice(places)
        there[key] = deepcopy(other[name])
    elif how == 3 and isinstance(there, dict):
        there[random.choice(words)] = there.pop(key)
    elif how == 4 and isinstance(there[key], str) and there[key]:
        text = there[key]
        at = random.randrange(len(text))
        there[key] = text[:at] + random.choice("0123456789.-abX") + text[at + random.randrange(2) :]
    else:
        there[key] = _any(random, words)
    return body


def _any(random: Random, words: Sequence[str]) -> object:
    return deepcopy(random.choice(ODD)) if random.random() < 0.7 else random.choice(words)


def _places(body: Any) -> Iterator[tuple[Any, Any]]:
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in list(items):
        yield body, key
        yield from _places(value)
