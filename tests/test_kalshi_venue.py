"""Kalshi's adapter against a real server: orders go out once, keys fail over, a read that lacks a page says nothing."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from kalshi_kit import (
    BUYS_NO,
    CLIENT_ID,
    INTENT,
    MARKET,
    ORDER_ID,
    SELLS_YES,
    accepted,
    fill,
    order,
)
from kalshi_server import ORDERS, Asked, Said, Server, account, go, soon
from net_kit import CLOCK
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.ports import VenueError
from pairlock_adapters.kalshi.config import KalshiLimits

POSTED = ("POST", ORDERS)


def report(said: object) -> OrderReport:
    assert isinstance(said, OrderReport), said
    return said


def unknown(said: object) -> str:
    assert isinstance(said, OutcomeUnknown), said
    return said.reason


async def test_an_order_is_signed_posted_once_and_its_totals_are_told() -> None:
    server = Server()
    server.always(POSTED, accepted())
    async with account(server) as venue:
        said = report(await venue.place(soon(INTENT), go))
        assert (said.reported, said.matched_e6, said.venue_ref) == (Reported.CERTAIN, 10_000_000, ORDER_ID)
        [asked] = server.asked
        assert (asked.key, asked.query) == ("key-0", {})
        assert asked.body["client_order_id"] == CLIENT_ID
        await venue.place(soon(evolve(BUYS_NO, intent_id="trade-b.1.0")), go)
        assert (server.asked[1].body["side"], server.asked[1].body["price"]) == ("ask", "0.4500")


async def test_a_guard_that_refuses_leaves_nothing_written() -> None:
    server = Server()
    async with account(server) as venue:
        said = await venue.place(soon(INTENT), lambda: "its own deadline passed")
        assert isinstance(said, NotSent)
        assert said.reason == "its own deadline passed"
        assert server.asked == []


async def test_an_order_whose_answer_is_lost_is_unknown_and_not_sent_again() -> None:
    server = Server()
    server.always(POSTED, Said(0, cut=True))
    async with account(server, keys=2) as venue:
        unknown(await venue.place(soon(INTENT), go))
        assert server.count(*POSTED) == 1


async def test_an_answer_that_does_not_come_by_the_deadline_is_unknown() -> None:
    server = Server()
    server.always(POSTED, Said(0, silent=True))
    async with account(server) as venue:
        intent = soon(INTENT, 300)
        assert "within" in unknown(await venue.place(intent, go))
        assert 0 <= CLOCK.now_ms() - intent.deadline_ms < 2_000
        assert server.count(*POSTED) == 1


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_an_order_that_a_key_is_refused_for_is_not_posted_under_another(status: int) -> None:
    """The refusal is certain, so it ends the order; the next order and every read take the other key."""
    server = Server()
    server.always(POSTED, Said(status, {"error": {"code": "authentication_error"}}))
    async with account(server, keys=2) as venue:
        said = report(await venue.place(soon(INTENT), go))
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
        assert server.count(*POSTED) == 1
        server.always(POSTED, accepted(client_order_id="trade-a_0_1"))
        report(await venue.place(soon(evolve(INTENT, intent_id="trade-a.0.1")), go))
        assert [each.key for each in server.asked] == ["key-0", "key-1"]
        assert list(venue.client.keys.troubles()) == ["number 0"]


async def test_a_read_is_asked_again_with_the_next_key() -> None:
    server = Server()

    def only_the_second(asked: Asked) -> Any:
        if asked.key != "key-1":
            return Said(401, {"error": {"code": "authentication_error"}})
        return {"balance": 5, "balance_dollars": "0.0512"}

    async with account(server, keys=3) as venue:
        server.on["GET", "/portfolio/balance"] = only_the_second
        assert await venue.balance_micros() == 51_200
        assert [each.key for each in server.asked] == ["key-0", "key-1"]
        assert await venue.balance_micros() == 51_200
        assert server.asked[-1].key == "key-1"


async def test_where_no_key_may_be_used_entries_stop_and_exits_and_reads_are_tried() -> None:
    server = Server()
    refused = Said(401, {"error": {"code": "authentication_error"}})
    async with account(server) as venue:
        server.always(POSTED, refused)
        server.always(("GET", "/portfolio/balance"), refused)
        with pytest.raises(VenueError, match="401 authentication_error"):
            await venue.balance_micros()
        said = await venue.place(soon(INTENT), go)
        assert isinstance(said, NotSent)
        assert "number 0" in said.reason
        assert report(await venue.place(soon(SELLS_YES), go)).reported is Reported.CERTAIN
        assert server.count(*POSTED) == 1


async def test_entries_leave_a_budget_for_exits_and_cancels() -> None:
    server = Server()
    server.always(POSTED, accepted())
    limits = KalshiLimits(write_per_s=30, write_reserve=20)
    async with account(server, limits=limits) as venue:
        report(await venue.place(soon(INTENT), go))
        late = await venue.place(soon(INTENT, 50), go)
        assert isinstance(late, NotSent)
        assert "rate limit" in late.reason
        report(await venue.place(soon(SELLS_YES, 50), go))
        assert server.count(*POSTED) == 2


async def test_an_order_is_read_by_our_own_id_in_every_page() -> None:
    server = Server()
    foreign = order(client_order_id="mine", order_id="o-2")

    def orders(asked: Asked) -> Any:
        assert asked.query["ticker"] == MARKET
        if asked.query.get("cursor") == "more":
            return {"orders": [order()], "cursor": ""}
        return {"orders": [foreign], "cursor": "more"}

    def fills(asked: Asked) -> Any:
        assert int(asked.query["min_ts"]) * 1_000 < CLOCK.wall_ms() - 86_000_000
        if asked.query.get("cursor") == "2":
            return {"fills": [fill(2, count_fp="4.00")], "cursor": ""}
        return {"fills": [fill(1, count_fp="6.00"), fill(9, order_id="o-2")], "cursor": "2"}

    server.on["GET", "/portfolio/orders"] = orders
    server.on["GET", "/portfolio/fills"] = fills
    async with account(server) as venue:
        said = report(await venue.read_order(soon(INTENT), ""))
        assert (said.matched_e6, said.venue_ref) == (10_000_000, ORDER_ID)
        assert [each.qty_e6 for each in said.fills] == [6_000_000, 4_000_000]
        assert all(each.key == "key-0" for each in server.asked)


async def test_not_found_needs_both_lists_whole() -> None:
    server = Server()
    async with account(server) as venue:
        assert isinstance(await venue.read_order(soon(INTENT), ""), NotFound)
        for what, bad in (
            ("/portfolio/orders", Said(500, "oops")),
            ("/portfolio/fills", Said(429, {"error": "too many requests"})),
            ("/portfolio/fills", {"fills": [], "cursor": "again"}),
            ("/portfolio/orders", {"orders": None, "cursor": ""}),
            ("/portfolio/fills", {"fills": [fill(order_id="o-9", created_time="2099-01-01T00:00:00Z")], "cursor": ""}),
            ("/portfolio/orders", Said(0, cut=True)),
        ):  # fmt: skip
            before = server.on["GET", what]
            server.always(("GET", what), bad)
            unknown(await venue.read_order(soon(INTENT), ""))
            server.on["GET", what] = before
        assert isinstance(await venue.read_order(soon(INTENT), ""), NotFound)


async def test_an_old_order_is_looked_for_in_the_archive_too() -> None:
    server = Server()
    async with account(server) as venue:
        old = soon(INTENT, -3 * 86_400_000)
        unknown(await venue.read_order(old, ""))
        server.always(("GET", "/historical/orders"), {"orders": [order()], "cursor": ""})
        server.always(("GET", "/historical/fills"), {"fills": [fill()], "cursor": ""})
        assert report(await venue.read_order(old, "")).matched_e6 == 10_000_000


async def test_a_cancel_finds_kalshis_id_by_ours_first() -> None:
    server = Server()
    server.always(
        ("DELETE", f"{ORDERS}/{ORDER_ID}"), {"order_id": ORDER_ID, "reduced_by": "4.00", "ts_ms": 1}
    )
    async with account(server) as venue:
        assert "no order of this id" in unknown(await venue.cancel(soon(INTENT), ""))
        resting = order(status="resting", fill_count_fp="6.00", remaining_count_fp="4.00")
        server.always(("GET", "/portfolio/orders"), {"orders": [resting], "cursor": ""})
        assert isinstance(await venue.cancel(soon(INTENT), ""), CancelAcked)
        assert server.asked[-1].query == {"exchange_index": "-1", "market_ticker": MARKET}
        server.asked.clear()
        assert isinstance(await venue.cancel(soon(INTENT), ORDER_ID), CancelAcked)
        assert len(server.asked) == 1
        unknown(await venue.cancel(soon(INTENT), "gone"))
        unknown(await venue.cancel(soon(INTENT), "a/../b"))


async def test_everything_is_cancelled_and_what_was_not_is_named() -> None:
    server = Server()
    server.always(("DELETE", ORDERS), Said(204))
    async with account(server) as venue:
        assert await venue.cancel_all() == ()
        resting = [order(order_id="o-1"), order(order_id="o-2"), order(order_id="o-3")]
        server.always(("GET", "/portfolio/orders"), {"orders": resting, "cursor": ""})
        told = [
            {"order_id": "o-1", "reduced_by": "1.00"},
            {"order_id": "o-2", "reduced_by": "0.00", "error": {"code": "order_not_found"}},
        ]
        server.always(("DELETE", f"{ORDERS}/batched"), {"orders": told})
        assert await venue.cancel_all() == ("o-2", "o-3")
        assert [row["market_ticker"] for row in server.asked[-1].body["orders"]] == [MARKET] * 3
