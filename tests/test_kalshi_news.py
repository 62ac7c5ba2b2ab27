"""News of orders from Kalshi's socket: reports that are true of what a message alone can know."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from kalshi_kit import BUYS_NO, CLIENT_ID, INTENT, MARKET, ORDER_ID, fill, order, without
from kalshi_server import Server, go, soon
from kalshi_socket import Socket, account, heard, news, server_with_books, until
from pairlock.facts import Reported
from pairlock.model import FillStatus
from pairlock.ports import VenueError
from pairlock_adapters.kalshi.parse_stream import NEVER_ASKED_MS


@pytest.fixture
def server() -> Server:
    return server_with_books()


def as_fill(**changes: Any) -> dict[str, Any]:
    body = without(fill(), "fill_id", "created_time") | {"client_order_id": CLIENT_ID} | changes
    return {"type": "fill", "sid": 2, "msg": body}


def as_order(**changes: Any) -> dict[str, Any]:
    return {"type": "user_order", "sid": 1, "msg": without(order(), "action", "book_side") | changes}


async def test_news_of_our_orders_are_reports_of_what_a_message_knows(server: Server) -> None:
    socket = Socket()
    server.on["POST", "/portfolio/events/orders"] = lambda _: {
        "order_id": ORDER_ID, "client_order_id": CLIENT_ID, "fill_count": "0.00", "remaining_count": "10.00",
    }  # fmt: skip
    async with account(server, socket) as venue, news(venue) as told:
        await heard(venue, socket.say(as_fill()))
        await venue.place(soon(INTENT), go)
        await socket.say(as_fill(count_fp="4.00", fee_cost="0.0700"))
        await socket.say(as_fill(trade_id="f-2", count_fp="6.00", client_order_id=None))
        await socket.say(without(as_fill(), "none") | {"msg": without(as_fill()["msg"], "fee_cost")})
        await socket.say(as_fill(client_order_id="another_0_0", order_id="o-9"))
        await socket.say(as_fill(count_fp=10))
        await socket.say(as_order(status="resting", fill_count_fp="4.00", remaining_count_fp="6.00"))
        await socket.say(as_order(status="never heard of"))
        await socket.say(as_order())
        await until(lambda: len(told) >= 5)
        await until(lambda: venue.feed.unreadable == 2)
    first, second, third, fourth, last = told
    assert all(each.intent_id == INTENT.intent_id for each in told)
    assert {each.asked_at_ms for each in told} == {NEVER_ASKED_MS}
    assert (first.reported, first.matched_e6, first.venue_ref) == (Reported.LIVE, 4_000_000, ORDER_ID)
    [one] = first.fills
    assert (one.fill_id, one.qty_e6, one.cost_micros, one.fee_micros, one.status) == (
        "f-1", 4_000_000, 1_800_000, 70_000, FillStatus.FINAL,
    )  # fmt: skip
    assert [each.fill_id for each in second.fills] == ["f-2"]
    assert (third.matched_e6, third.fills) == (10_000_000, ())
    assert (fourth.reported, fourth.matched_e6) == (Reported.LIVE, 4_000_000)
    assert (last.reported, last.matched_e6, last.fills) == (Reported.CERTAIN, 10_000_000, ())


async def test_news_are_turned_into_the_orders_own_outcome(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue, news(venue) as told:
        await venue.read_order(soon(BUYS_NO), "")
        await socket.say(
            as_fill(side="yes", action="sell", outcome_side="no", book_side="ask", yes_price_dollars="0.4600")
        )
        await until(lambda: told)
        assert told[0].fills[0].cost_micros == 5_400_000


async def test_nobody_who_listens_is_nobody_who_hears(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue:
        await venue.read_order(soon(evolve(INTENT)), "")
        async with news(venue) as told:
            await socket.say(as_fill())
            await until(lambda: told)
        await heard(venue, socket.say(as_fill(trade_id="f-2")))
        assert len(told) == 1


async def test_a_change_of_an_events_fees_is_read_anew(server: Server) -> None:
    socket = Socket()
    async with account(server, socket) as venue:
        await venue.rules(MARKET)
        series = {"series": {"fee_type": "flat", "fee_multiplier": 1}}
        server.always(("GET", "/series/KXRAIN"), series)
        await venue.rules(MARKET)
        message = {"event_ticker": "KXRAIN-30JAN02", "fee_type_override": "flat"}
        await heard(venue, socket.say({"type": "event_fee_update", "sid": 3, "msg": message}))
        with pytest.raises(VenueError, match="flat"):
            await venue.rules(MARKET)
