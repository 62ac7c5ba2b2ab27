"""A believed fill beside the true one: exact, but for the fee where the venue does not show it.

Where a venue shows what it charged (Kalshi), the belief is exact. Where it does not (Polymarket), the adapter computes
the fee, and may be above the truth but never below it.
"""

from __future__ import annotations

FillTuple = tuple[str, int, int, int, str]
"""(id, quantity in 1/1,000,000, cost and fee in micro-dollars, status)."""


def differs(believed: FillTuple, true: FillTuple | None, *, fee_hidden: bool) -> int:
    """The claim that a believed final fill breaks, 0 for none."""
    if believed == true:
        return 0
    if not fee_hidden or true is None or believed[:3] + believed[4:] != true[:3] + true[4:]:
        return 11
    return 15 if believed[3] < true[3] else 0


def list_differs(believed: list[FillTuple], true: list[FillTuple], *, fee_hidden: bool) -> int:
    """The same of all final fills of an order, in the order of their ids."""
    if [fill[0] for fill in believed] != [fill[0] for fill in true]:
        return 11
    found = (differs(one, other, fee_hidden=fee_hidden) for one, other in zip(believed, true, strict=True))
    return next(filter(None, found), 0)
