"""Which actions of the world are fair: a run in which one of them stays possible for ever and is never done is unfair.

Fair is everything that we do or are told (``ours``), but for what is rare or is somebody's free choice. So a request
that was written arrives or is lost, a cancel that stands takes effect, a match becomes final or fails, reads come to be
exhaustive, books are read, deadlines pass. Not fair: that a venue accepts, matches or ends an order, that markets
resolve, that anybody strikes.
"""

from __future__ import annotations

from pairlock_specs.action import Action

RARE = frozenset(
    {
        "crash and restart",
        "kill",
        "a breaker aborts",
        "an operator grants one more exit",
        "{} is overdue",
    }
)

ANY, OURS, FAIR = 1, 2, 4


def kind_of(action: Action) -> int:
    """``ANY``, with ``OURS`` and ``FAIR`` where they apply."""
    if not action.ours:
        return ANY
    return ANY | OURS if action.name in RARE else ANY | OURS | FAIR
