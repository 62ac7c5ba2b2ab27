"""One market's order book, kept in YES terms.

Both venues match YES and NO in one book: the ask for NO at q is the YES bid at 1-q. A book holds two sides of
levels ``(price_e4, size_e2)``, best first: ``bids`` descending, ``asks`` ascending.
"""

from __future__ import annotations

from attrs import evolve, frozen

from pairlock.units import DOLLAR_E4

Level = tuple[int, int]


@frozen
class Book:
    """``read_at_ms`` is when the read began on the engine's clock."""

    market: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    read_at_ms: int

    def asks_of(self, outcome: str) -> tuple[Level, ...]:
        """Levels at which ``outcome`` ("yes" or "no") can be bought, cheapest first."""
        return self.asks if outcome == "yes" else mirrored(self.bids)

    def bids_of(self, outcome: str) -> tuple[Level, ...]:
        """Levels at which ``outcome`` can be sold, dearest first."""
        return self.bids if outcome == "yes" else mirrored(self.asks)


def mirrored(levels: tuple[Level, ...]) -> tuple[Level, ...]:
    """The same levels seen from the other outcome; best stays first."""
    return tuple((DOLLAR_E4 - price_e4, size_e2) for price_e4, size_e2 in levels)


def depth_e2(levels: tuple[Level, ...], limit_e4: int, *, buying: bool) -> int:
    """How much is offered at ``limit_e4`` or better."""
    return sum(s for p, s in levels if (p <= limit_e4 if buying else p >= limit_e4))


def trimmed(book: Book, size_e2: int) -> Book:
    """The same book without the levels that an order of ``size_e2`` can never reach, on either side."""
    return evolve(book, bids=_reached(book.bids, size_e2), asks=_reached(book.asks, size_e2))


def _reached(levels: tuple[Level, ...], size_e2: int) -> tuple[Level, ...]:
    sum_e2 = 0
    for number, (_, offered_e2) in enumerate(levels):
        sum_e2 += offered_e2
        if sum_e2 >= size_e2:
            return levels[: number + 1]
    return levels


def walk(
    levels: tuple[Level, ...], size_e2: int, limit_e4: int, *, buying: bool
) -> tuple[tuple[Level, ...], int]:
    """The levels that an order of ``size_e2`` at ``limit_e4`` takes, and the size that finds nothing."""
    taken: list[Level] = []
    left_e2 = size_e2
    for price_e4, offered_e2 in levels:
        if left_e2 == 0 or (price_e4 > limit_e4 if buying else price_e4 < limit_e4):
            break
        take_e2 = min(left_e2, offered_e2)
        if take_e2 > 0:
            taken.append((price_e4, take_e2))
            left_e2 -= take_e2
    return tuple(taken), left_e2
