"""How fresh Kalshi's account data is: a list proves something only of the time that it is of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kalshi_kit import INTENT, order
from kalshi_server import Said, Server, account, soon
from net_kit import CLOCK
from pairlock.facts import NotFound, OrderReport

STAMP = ("GET", "/exchange/user_data_timestamp")


def as_of(late_ms: int) -> dict[str, Any]:
    now = datetime.fromtimestamp((CLOCK.wall_ms() - late_ms) // 1_000, UTC)
    return {"as_of_time": now.strftime("%Y-%m-%dT%H:%M:%SZ")}


async def test_where_the_venue_says_nothing_a_read_counts_from_its_beginning() -> None:
    server = Server()
    async with account(server) as venue:
        await venue.read_order(soon(INTENT), "")
        began_ms = CLOCK.now_ms()
        said = await venue.read_order(soon(INTENT), "")
        assert isinstance(said, NotFound)
        assert said.asked_at_ms >= began_ms


async def test_a_read_counts_from_what_the_venue_had_said_before_it() -> None:
    server = Server()
    server.on[STAMP] = lambda _: as_of(60_000)
    async with account(server) as venue:
        first = await venue.read_order(soon(INTENT), "")
        assert isinstance(first, NotFound)
        assert first.asked_at_ms < 0
        second = await venue.read_order(soon(INTENT), "")
        assert isinstance(second, NotFound)
        assert -62_500 < second.asked_at_ms - CLOCK.now_ms() < -59_000
        server.on[STAMP] = lambda _: as_of(-5_000)
        await venue.read_order(soon(INTENT), "")
        began_ms = CLOCK.now_ms()
        third = await venue.read_order(soon(INTENT), "")
        assert isinstance(third, NotFound)
        assert third.asked_at_ms <= began_ms
        assert third.asked_at_ms > second.asked_at_ms + 50_000


@pytest.mark.parametrize("bad", [Said(500, "oops"), {"as_of_time": 5}, Said(200, "x"), Said(0, cut=True)])
async def test_where_it_cannot_be_read_the_data_is_as_late_as_it_was(bad: Any) -> None:
    server = Server()
    server.on[STAMP] = lambda _: as_of(60_000)
    async with account(server) as venue:
        await venue.read_order(soon(INTENT), "")
        server.on[STAMP] = lambda _: bad
        await venue.read_order(soon(INTENT), "")
        said = await venue.read_order(soon(INTENT), "")
        assert isinstance(said, NotFound)
        assert -62_500 < said.asked_at_ms - CLOCK.now_ms() < -59_000


async def test_an_order_that_is_certain_needs_no_such_word() -> None:
    server = Server()
    server.always(("GET", "/portfolio/orders"), {"orders": [order()], "cursor": ""})
    async with account(server) as venue:
        assert isinstance(await venue.read_order(soon(INTENT), ""), OrderReport)
        assert server.count(*STAMP) == 0
