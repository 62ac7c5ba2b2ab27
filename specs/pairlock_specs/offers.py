"""What the markets offer: books that open one exit route each, or none, and how a market may resolve."""

from __future__ import annotations

from functools import cache

from pairlock.book import Book, Level
from pairlock.facts import ExitBooksRead
from pairlock.model import Outcome, Payout
from pairlock_specs.scope import CONTRACT_E2, LEGS

_OWN_ASK_E4 = 5_500  # what the leg's own token costs now
_OWN_BID_E4 = 4_000  # what it can be sold for
_SELLABLE_E6 = 1_000_000_000


def _book(leg: int, asks_e2: int, bids_e2: int, read_at_ms: int) -> Book:
    """A book that offers ``asks_e2`` and bids for ``bids_e2`` of the leg's own token."""
    asks: tuple[Level, ...] = ((_OWN_ASK_E4, asks_e2),) if asks_e2 else ()
    bids: tuple[Level, ...] = ((_OWN_BID_E4, bids_e2),) if bids_e2 else ()
    if LEGS[leg].outcome is Outcome.NO:  # books are kept in YES terms
        asks, bids = (
            tuple((10_000 - price, size) for price, size in bids),
            tuple((10_000 - price, size) for price, size in asks),
        )
    return Book(LEGS[leg].market, bids, asks, read_at_ms)


@cache
def offers(
    at_ms: int, routes: tuple[str, ...], depths: tuple[int, ...]
) -> tuple[tuple[str, ExitBooksRead], ...]:
    """(sentence, fact): every route shut, or one of the three open for so many contracts."""
    found = [("every route is shut", ExitBooksRead(at_ms, (None, None), (0, 0)))]
    for contracts in depths:
        size = contracts * CONTRACT_E2
        asks = (_book(0, size, 0, at_ms), _book(1, size, 0, at_ms))
        bids = (_book(0, 0, size, at_ms), _book(1, 0, size, at_ms))
        menu = {
            "complete": ("the missing leg is offered", asks, 0),
            "sell": ("the excess can be sold", bids, _SELLABLE_E6),
            "complement": ("only the complement is offered", bids, 0),
        }
        for words, books, sellable in (menu[route] for route in routes):
            fact = ExitBooksRead(at_ms, books, (sellable, sellable))
            found.append((f"{words}, {contracts} deep", fact))
    return tuple(found)


# Payout per contract of leg 0 (YES) and of leg 1 (NO).
RESOLUTIONS: dict[str, tuple[Payout, Payout]] = {
    "yes": (Payout(10_000), Payout(0)),
    "no": (Payout(0), Payout(10_000)),
    "differ": (Payout(0), Payout(0)),
    "void": (Payout(4_500, "void"), Payout(5_000, "void")),
    "fifty_fifty": (Payout(5_000, "fifty_fifty"), Payout(5_000, "fifty_fifty")),
}
