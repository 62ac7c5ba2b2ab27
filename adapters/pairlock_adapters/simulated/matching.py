"""Price-time matching of one market, pure: a book and an order in, a book and trades out.

Both outcomes trade in one book, kept in YES terms: buying NO at q is selling YES at 1 - q. Prices are in 1/10,000
dollar, quantities in 1/1,000,000 contract. Makers at one price are served in the order in which they came.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum

from attrs import evolve, frozen

from pairlock.book import Level
from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4, E6_PER_E2


class Tif(StrEnum):
    """Time in force."""

    FILL_OR_KILL = "fill_or_kill"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    GOOD_TILL_CANCELED = "good_till_canceled"


@frozen
class Maker:
    """A resting order; ``buys_yes`` says on which side."""

    maker_id: str
    buys_yes: bool
    price_e4: int
    qty_e6: int


@frozen
class Incoming:
    """An order as it reaches the book, its limit in its own outcome's price."""

    order_id: str
    outcome: Outcome
    buys: bool
    qty_e6: int
    limit_e4: int
    tif: Tif

    @property
    def buys_yes(self) -> bool:
        return self.buys is (self.outcome is Outcome.YES)

    @property
    def yes_limit_e4(self) -> int:
        return self.limit_e4 if self.outcome is Outcome.YES else DOLLAR_E4 - self.limit_e4


@frozen
class Match:
    """One maker met: ``price_e4`` is the maker's, in the incoming order's own outcome."""

    maker_id: str
    price_e4: int
    qty_e6: int


@frozen
class MatchBook:
    """``bids`` and ``asks`` in YES prices, best first and, at one price, oldest first."""

    bids: tuple[Maker, ...] = ()
    asks: tuple[Maker, ...] = ()


@frozen
class Result:
    """``left_e6`` found nothing: it was killed, or (``rested``) waits in the book."""

    book: MatchBook
    matches: tuple[Match, ...]
    left_e6: int
    rested: bool = False

    @property
    def filled_e6(self) -> int:
        return sum(match.qty_e6 for match in self.matches)


def match(book: MatchBook, order: Incoming) -> Result:
    """What ``order`` takes of ``book``: never beyond its limit, best price first, oldest maker first."""
    side = book.asks if order.buys_yes else book.bids
    limit_e4 = order.yes_limit_e4
    matches: list[Match] = []
    left_e6 = order.qty_e6
    used = 0
    reduced: Maker | None = None
    for maker in side:
        if left_e6 == 0 or (maker.price_e4 > limit_e4 if order.buys_yes else maker.price_e4 < limit_e4):
            break
        take_e6 = min(left_e6, maker.qty_e6)
        price_e4 = maker.price_e4 if order.outcome is Outcome.YES else DOLLAR_E4 - maker.price_e4
        matches.append(Match(maker.maker_id, price_e4, take_e6))
        left_e6 -= take_e6
        used += 1
        if take_e6 < maker.qty_e6:
            reduced = evolve(maker, qty_e6=maker.qty_e6 - take_e6)
    if order.tif is Tif.FILL_OR_KILL and left_e6 > 0:
        return Result(book, (), order.qty_e6)
    rest = side[used:] if reduced is None else (reduced, *side[used:])
    after = evolve(book, asks=rest) if order.buys_yes else evolve(book, bids=rest)
    if order.tif is Tif.GOOD_TILL_CANCELED and left_e6 > 0:
        rested = with_maker(after, Maker(order.order_id, order.buys_yes, limit_e4, left_e6))
        return Result(rested, tuple(matches), left_e6, rested=True)
    return Result(after, tuple(matches), left_e6)


def with_maker(book: MatchBook, maker: Maker) -> MatchBook:
    """The book with one more resting order, last at its price. It must not cross the other side."""
    side = book.bids if maker.buys_yes else book.asks
    at = 0
    while at < len(side) and (
        side[at].price_e4 >= maker.price_e4 if maker.buys_yes else side[at].price_e4 <= maker.price_e4
    ):
        at += 1
    grown = (*side[:at], maker, *side[at:])
    return evolve(book, bids=grown) if maker.buys_yes else evolve(book, asks=grown)


def without_maker(book: MatchBook, maker_id: str) -> MatchBook:
    """The book without one resting order (no change if it is not there)."""
    return MatchBook(
        tuple(m for m in book.bids if m.maker_id != maker_id),
        tuple(m for m in book.asks if m.maker_id != maker_id),
    )


def book_of(bids: Iterable[Level], asks: Iterable[Level], *, makers_per_level: int = 1) -> MatchBook:
    """A book from levels ``(price_e4, size_e2)``, each split among a queue (the last takes the rest)."""
    sides: list[tuple[Maker, ...]] = []
    for buys_yes, levels in ((True, bids), (False, asks)):
        makers: list[Maker] = []
        for number, (price_e4, size_e2) in enumerate(levels):
            share_e2 = size_e2 // makers_per_level
            last_e2 = size_e2 - share_e2 * (makers_per_level - 1)
            for nth, part_e2 in enumerate([share_e2] * (makers_per_level - 1) + [last_e2]):
                if part_e2 > 0:
                    name = f"{'b' if buys_yes else 'a'}{number}.{nth}"
                    makers.append(Maker(name, buys_yes, price_e4, part_e2 * E6_PER_E2))
        makers.sort(key=lambda maker: -maker.price_e4 if maker.buys_yes else maker.price_e4)
        sides.append(tuple(makers))
    return MatchBook(sides[0], sides[1])


def levels_e2(side: tuple[Maker, ...]) -> tuple[Level, ...]:
    """Levels as the venue shows them: sizes rounded down to 0.01 contract, what rounds to nothing is not shown."""
    shown: dict[int, int] = {}
    for maker in side:
        shown[maker.price_e4] = shown.get(maker.price_e4, 0) + maker.qty_e6
    return tuple((price_e4, qty_e6 // E6_PER_E2) for price_e4, qty_e6 in shown.items() if qty_e6 >= E6_PER_E2)


def shifted(book: MatchBook, by_e4: int, tick_e4: int) -> MatchBook:
    """The market moved: every resting order ``by_e4`` higher; those pushed out of [tick, 1 - tick] are gone."""
    if by_e4 == 0:
        return book
    return MatchBook(_moved(book.bids, by_e4, tick_e4), _moved(book.asks, by_e4, tick_e4))


def _moved(side: tuple[Maker, ...], by_e4: int, tick_e4: int) -> tuple[Maker, ...]:
    moved = (Maker(m.maker_id, m.buys_yes, m.price_e4 + by_e4, m.qty_e6) for m in side)
    return tuple(maker for maker in moved if tick_e4 <= maker.price_e4 <= DOLLAR_E4 - tick_e4)


def dumped(book: MatchBook) -> str:
    """The book as JSON text, for the truth store."""
    rows = [[m.maker_id, m.buys_yes, m.price_e4, m.qty_e6] for m in (*book.bids, *book.asks)]
    return json.dumps(rows, separators=(",", ":"))


def loaded(text: str) -> MatchBook:
    """The book that ``dumped`` wrote, in the same order."""
    makers = [
        Maker(str(row[0]), bool(row[1]), int(row[2]), int(row[3]))
        for row in json.loads(text, parse_float=str)
    ]
    return MatchBook(tuple(m for m in makers if m.buys_yes), tuple(m for m in makers if not m.buys_yes))
