"""Kalshi's two ways to name a direction, as one: the side of the one book, which is quoted from the YES leg.

``book_side`` bid or ask, ``outcome_side`` yes or no, or the older pair ``side`` and ``action``: buying YES and selling
NO are bids, buying NO and selling YES are asks. Prices are always those of the YES leg, whichever way is used.
"""

from __future__ import annotations

from enum import StrEnum

from pairlock.model import Outcome
from pairlock.ports import OrderIntent
from pairlock.units import DOLLAR_E4
from pairlock_adapters.kalshi.fields import Body, Unreadable, text


class BookSide(StrEnum):
    BID = "bid"
    ASK = "ask"


def side_of(outcome: Outcome, *, buys: bool) -> BookSide:
    return BookSide.BID if (outcome is Outcome.YES) == buys else BookSide.ASK


def yes_price_e4(intent: OrderIntent) -> int:
    """The limit as the one book quotes it: buying NO at q is an ask at 1 - q."""
    return intent.limit_e4 if intent.outcome is Outcome.YES else DOLLAR_E4 - intent.limit_e4


_SAID = {
    ("book_side", "bid"): BookSide.BID,
    ("book_side", "ask"): BookSide.ASK,
    ("outcome_side", "yes"): BookSide.BID,
    ("outcome_side", "no"): BookSide.ASK,
}
_LEGACY = {
    ("yes", "buy"): BookSide.BID,
    ("no", "sell"): BookSide.BID,
    ("no", "buy"): BookSide.ASK,
    ("yes", "sell"): BookSide.ASK,
}


def side_in(row: Body) -> BookSide | None:
    """The side that a row names, in whichever ways; None if it names none. ``Unreadable`` if they disagree."""
    found: set[BookSide] = set()
    for key in ("book_side", "outcome_side"):
        if row.get(key) is not None:
            said = _SAID.get((key, text(row, key)))
            if said is None:
                raise Unreadable(f"{key} is {row[key]!r:.60}")
            found.add(said)
    if row.get("side") is not None and row.get("action") is not None:
        legacy = _LEGACY.get((text(row, "side"), text(row, "action")))
        if legacy is None:
            raise Unreadable(f"side {row['side']!r:.60}, action {row['action']!r:.60}")
        found.add(legacy)
    if len(found) > 1:
        raise Unreadable("a row that names both sides of the book")
    return found.pop() if found else None


def require_side(row: Body, intent: OrderIntent, *, must_say: bool) -> None:
    """``Unreadable`` unless the row is of this order's market and side of the book."""
    for key in ("ticker", "market_ticker"):
        if row.get(key) is not None and row[key] != intent.market:
            raise Unreadable(f"{key} is {row[key]!r:.60}, not the order's market")
    said = side_in(row)
    if said is None and must_say:
        raise Unreadable("a fill that names no side")
    if said is not None and said is not side_of(intent.outcome, buys=intent.buys):
        raise Unreadable(f"of the {said} side, which the order is not")
