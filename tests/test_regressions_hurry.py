"""Findings on hurry: with every ordinary connection taken by requests that hang, living orders are still reached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from attrs import evolve, frozen

from kalshi_kit import INTENT as KALSHI_INTENT
from kalshi_kit import ORDER_ID, accepted
from kalshi_server import ORDERS, account, go
from kalshi_socket import server_with_books
from net_kit import CLOCK
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport
from pairlock.ports import OrderIntent, TimeInForce, Venue, VenueError
from pairlock_adapters.kalshi.config import KalshiLimits
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.hurry import Hurry
from pairlock_adapters.polymarket.config import PolymarketLimits
from polymarket_kit import INTENT as POLYMARKET_INTENT
from polymarket_server import matched, trading

SHORT_MS = 300
EXIT, ENTRY = TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL


@frozen
class Crowded:
    """A venue whose ordinary connections are all at work; an order of it, and what the venue calls that order."""

    venue: Venue
    plain: OrderIntent
    venue_ref: str

    def intent(self, time_in_force: TimeInForce, in_ms: int) -> OrderIntent:
        return evolve(self.plain, time_in_force=time_in_force, deadline_ms=CLOCK.now_ms() + in_ms)


def crowd(http: VenueHttp, hurry: Hurry) -> None:
    for pool in (http.orders, http.reads):
        while pool.turns.take_now(hurry):
            pass


@asynccontextmanager
async def kalshi(hurry: Hurry = Hurry.NONE) -> AsyncIterator[Crowded]:
    server = server_with_books()
    server.always(("GET", "/portfolio/positions"), {"market_positions": [], "cursor": ""})
    server.always(("POST", ORDERS), accepted())
    server.always(
        ("DELETE", f"{ORDERS}/{ORDER_ID}"), {"order_id": ORDER_ID, "reduced_by": "4.00", "ts_ms": 1}
    )
    limits = KalshiLimits(read_timeout_ms=SHORT_MS, cancel_timeout_ms=SHORT_MS)
    async with account(server, limits=limits) as venue:
        crowd(venue.client.http, hurry)
        yield Crowded(venue, KALSHI_INTENT, ORDER_ID)


@asynccontextmanager
async def polymarket(hurry: Hurry = Hurry.NONE) -> AsyncIterator[Crowded]:
    limits = PolymarketLimits(read_timeout_ms=SHORT_MS, cancel_timeout_ms=SHORT_MS)
    async with trading(limits=limits) as (server, venue):
        server.on("POST /order", matched)
        server.on(
            "DELETE /order",
            lambda asked: (200, {"canceled": [asked.json()["orderID"]], "not_canceled": {}}),
        )
        order_id = "0x" + "ab" * 32
        server.on(f"GET /data/order/{order_id}", (200, None))
        crowd(venue.client.http, hurry)
        yield Crowded(venue, POLYMARKET_INTENT, order_id)


Opened = Callable[..., AbstractAsyncContextManager[Crowded]]
BOTH = pytest.mark.parametrize("crowded", [kalshi, polymarket])


@BOTH
async def test_an_exit_a_cancel_and_an_orders_read_go_out(crowded: Opened) -> None:
    """Entries that a venue left without an answer took every connection, so that an exit waited for their timeouts; and
    the first cancel after a restart read its market without hurry, and was not sent."""
    async with crowded() as here:
        # The first of them also reads the market, which nobody has read since the start.
        cancelled = await here.venue.cancel(here.intent(EXIT, 2_000), here.venue_ref)
        assert isinstance(cancelled, CancelAcked), cancelled
        read = await here.venue.read_order(here.intent(EXIT, 2_000), here.venue_ref)
        assert isinstance(read, NotFound), read
        placed = await here.venue.place(here.intent(EXIT, 2_000), go)
        assert isinstance(placed, OrderReport), placed


@BOTH
async def test_what_an_exit_must_know_goes_out_too(crowded: Opened) -> None:
    """Reads of entries that hung took the connections of the book, the status and the holding that an exit needs: it
    had no route until they had timed out."""
    async with crowded() as here:
        assert (await here.venue.book(here.plain.market)).market == here.plain.market
        await here.venue.taker_open(here.plain.market)
        assert await here.venue.sellable_e6(here.plain.market, here.plain.outcome) >= 0


@BOTH
async def test_hanging_books_keep_no_order_waiting(crowded: Opened) -> None:
    """Kalshi's books and Polymarket's balances were as urgent as orders: eight that hung kept a read of one waiting."""
    async with crowded(Hurry.EXITS) as here:
        read = await here.venue.read_order(here.intent(EXIT, 2_000), here.venue_ref)
        assert isinstance(read, NotFound), read
        with pytest.raises(VenueError):
            await here.venue.book(here.plain.market)


@BOTH
async def test_entries_wait(crowded: Opened) -> None:
    """Entries could take every connection of the venue."""
    async with crowded() as here:
        placed = await here.venue.place(here.intent(ENTRY, SHORT_MS), go)
        assert isinstance(placed, NotSent), placed
        with pytest.raises(VenueError):
            await here.venue.rules(here.plain.market)
