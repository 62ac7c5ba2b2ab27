"""Which moves of the world may be put off until something is told that depends on them: movers to the right.

What happens to an order at its venue or on the wire is noticed by nobody until something is told that depends on it.
Done just before a move that has nothing to do with that order, it could as well have been done just after it, with the
same state at the end. So it may be put off: such moves, then one move about the same order that need not be one of
them, are a transaction (R. J. Lipton, 1975), and between its moves nothing else has to be tried.

That they are movers is not argued: ``reduction.py`` asks it of every state of a full search.
"""

from __future__ import annotations

from pairlock_specs.scope import Part

# By the names of the world's list of actions: the field of the part that must be empty. What a crash takes back, and
# what needs an open market, cannot be put off until after a crash and until after the markets resolved.
MOVERS: dict[str, str] = {
    "the request of {} is written": "crashes",
    "{} arrives and is refused": "crashes",
    "{} arrives and is accepted": "resolutions",
    "match: {}": "resolutions",
    "odd match: {}": "resolutions",
    "{} is lost before it arrives": "",
    "the venue ends {}": "",
    "our cancel ends {}": "",
    "final: {}": "",
    "failed: {}": "",
}
# What else looks at the order's truth, and so cannot be done before them.
READS = frozenset({"no byte of {} was written", "{}", "the cancel of {} is acknowledged"})

# A state may be left by the moves of order n (bit n), or by every move.
EVERY = 1 << 15
_MOST_ORDERS = 15


def is_mover(action: str, part: Part) -> bool:
    """Whether the action may be put off, in this part of a scope."""
    needs = MOVERS.get(action)
    return needs is not None and not (needs and getattr(part, needs))


def about(action: str, order: int) -> int:
    """The states that the move may leave: those left by every move, and those left by the moves of its order."""
    if action in MOVERS or action in READS:
        return EVERY | 1 << order
    return EVERY


def following(action: str, order: int, part: Part) -> int:
    """By which moves the state after the move is left."""
    return 1 << order if order < _MOST_ORDERS and is_mover(action, part) else EVERY
