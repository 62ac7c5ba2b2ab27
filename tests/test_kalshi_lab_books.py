"""Books from the laboratory's socket under its faults: in the end the venue's own, and never one that it never had."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from attrs import evolve

from kalshi_lab import account, intent
from kalshi_server import go
from kalshi_socket import until
from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.kalshi.venue import KalshiVenue
from pairlock_adapters.laboratory.lab import Laboratory
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import fault

# Of this one the venue itself says for a moment what is not so: what is served then is what it said.
_SAYS_WRONG = {FaultKind.BOOK_CROSSED}


def truth(lab: Laboratory, market: str) -> Any:
    book = lab.world.exchanges["kalshi"].markets[market].book
    sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for side, levels in zip(sides, (book.bids, book.asks), strict=True):
        for level in levels:
            side[level.price_e4] = side.get(level.price_e4, 0) + level.qty_e6 // 10_000
    bids, asks = sides
    return tuple(sorted(bids.items(), reverse=True)), tuple(sorted(asks.items()))


def served(venue: KalshiVenue, market: str) -> Any:
    book = venue.feed.book(market, not_before_ms=0, most_late_ms=5_000)
    return None if book is None else (book.bids, book.asks)


async def trade(lab: Laboratory, venue: KalshiVenue, order: OrderIntent, number: int) -> None:
    asks = truth(lab, order.market)[1]
    best = evolve(
        order, intent_id=f"lab.1.{number}", size_e2=100, limit_e4=asks[0][0], deadline_ms=lab.clock.now_ms() + 15_000,
        time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
    )  # fmt: skip
    await venue.place(best, go)


@pytest.mark.parametrize(
    "kind",
    [
        None, FaultKind.BOOK_SEQUENCE_RESET, FaultKind.BOOK_CROSSED, FaultKind.BOOK_SIZE_VANISHES,
    ],
)  # fmt: skip
async def test_a_book_is_the_venues_own(kind: FaultKind | None) -> None:
    faults = () if kind is None else (fault(kind, "kalshi", times=1, nth=2),)
    async with account(*faults, sockets=True) as (lab, venue):
        order = intent(lab)
        market = order.market
        await venue.book(market)
        await until(lambda: served(venue, market) is not None)
        had = {truth(lab, market)}
        seen: set[Any] = set()
        for number in range(6):
            await trade(lab, venue, order, number)
            had.add(truth(lab, market))
            await trio.sleep(0.05)
            had.add(truth(lab, market))
            seen.add(served(venue, market))
        if kind not in _SAYS_WRONG:
            assert seen - {None} <= had
        assert len(seen - {None}) > 1 or kind is FaultKind.BOOK_SEQUENCE_RESET
        if kind is not None:
            await until(lambda: lab.world.exchanges["kalshi"].faults.fired.get(kind.value))
        for number in range(100, 160):
            if served(venue, market) == truth(lab, market):
                return
            await trade(lab, venue, order, number)
            await trio.sleep(0.2)
        raise AssertionError(f"never right again: {venue.feed.last_loss}")
