"""Kalshi's adapter against a real server: orders go out once, keys fail over, a read that lacks a page says nothing."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from kalshi_kit import (
    BUYS_NO,
    CLIENT_ID,
    EVENT,
    INTENT,
    MARKET,
    ORDER_ID,
    SELLS_YES,
    SERIES,
    accepted,
    fill,
    market,
    order,
)
from kalshi_server import ORDERS, Asked, Said, Server, account, go, soon
from net_kit import CLOCK
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.fees import kalshi_quadratic
from pairlock.model import Outcome, Payout
from pairlock.ports import MarketRules, VenueError
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
        began_ms = CLOCK.now_ms()
        said = await venue.read_order(soon(INTENT), "")
        assert isinstance(said, NotFound)
        assert said.asked_at_ms >= began_ms
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


async def test_the_rules_of_a_market_are_the_venues_own() -> None:
    server = Server()
    async with account(server, direct_member=True) as venue:
        assert await venue.rules(MARKET) == MarketRules(
            MARKET, 100, 1, 0, kalshi_quadratic(), open=True, sets_pay_at_once=True
        )
        before = len(server.asked)
        await venue.rules(MARKET)
        assert len(server.asked) == before + 1
        server.always(("GET", f"/markets/{MARKET}"), {"market": market(status="inactive", exchange_index=3)})
        with pytest.raises(VenueError, match="shard 3"):
            await venue.rules(MARKET)
        server.always(("GET", f"/markets/{MARKET}"), {"market": market(status="inactive")})
        assert not (await venue.rules(MARKET)).open
        with pytest.raises(VenueError):
            await venue.rules("KXNONE")
        with pytest.raises(VenueError):
            await venue.rules("a/b")


async def test_a_fee_that_cannot_be_computed_is_no_rule() -> None:
    server = Server()
    server.always(("GET", f"/series/{SERIES}"), {"series": {"fee_type": "flat", "fee_multiplier": 1}})
    async with account(server) as venue:
        with pytest.raises(VenueError, match="flat"):
            await venue.rules(MARKET)
    override = {"event_ticker": EVENT, "series_ticker": SERIES, "fee_type_override": "quadratic"}
    event = {"event": override | {"fee_multiplier_override": 2}}
    server.always(("GET", f"/series/{SERIES}"), {"series": {"fee_type": "quadratic", "fee_multiplier": 1}})
    server.always(("GET", f"/events/{EVENT}"), event)
    async with account(server, direct_member=True) as venue:
        assert (await venue.rules(MARKET)).fees == kalshi_quadratic(2_000_000)


async def test_books_pings_positions_and_pauses() -> None:
    server = Server()
    sides = {"yes_dollars": [["0.4100", "3.00"]], "no_dollars": [["0.5500", "2.00"]]}
    server.always(("GET", f"/markets/{MARKET}/orderbook"), {"orderbook_fp": sides})
    held = [{"ticker": MARKET, "position_fp": "-2.50"}]
    positions = {"market_positions": held, "event_positions": [], "cursor": ""}
    server.always(("GET", "/portfolio/positions"), positions)
    async with account(server) as venue:
        began_ms = CLOCK.now_ms()
        book = await venue.book(MARKET)
        assert (book.bids, book.asks) == (((4_100, 300),), ((4_500, 200),))
        assert began_ms <= book.read_at_ms <= CLOCK.now_ms()
        assert 0 <= await venue.ping_ms() < 5_000
        assert server.asked[-1].key == ""
        assert await venue.sellable_e6(MARKET, Outcome.NO) == 2_500_000
        assert await venue.sellable_e6(MARKET, Outcome.YES) == 0
        assert await venue.taker_open(MARKET)
        paused = {"exchange_active": True, "trading_active": False}
        server.always(("GET", "/exchange/status"), Said(503, paused))
        assert not await venue.taker_open(MARKET)
        server.always(("GET", f"/markets/{MARKET}"), {"market": market(status="closed")})
        assert not await venue.taker_open(MARKET)
        with pytest.raises(VenueError) as caught:
            await venue.ping_ms()
        assert caught.value.shut
        crossed = {"yes_dollars": [["0.5000", "3.00"]], "no_dollars": [["0.5500", "2.00"]]}
        server.always(("GET", f"/markets/{MARKET}/orderbook"), {"orderbook_fp": crossed})
        with pytest.raises(VenueError, match="crossed"):
            await venue.book(MARKET)


async def test_a_payout_is_read_of_the_market_or_of_our_settlement_or_of_the_archive() -> None:
    server = Server()
    async with account(server) as venue:
        assert await venue.resolution(MARKET, Outcome.YES) is None
        settled = market(status="finalized", result="no", settlement_value_dollars="0.0000")
        server.always(("GET", f"/markets/{MARKET}"), {"market": settled})
        assert await venue.resolution(MARKET, Outcome.NO) == Payout(10_000)
        server.always(("GET", f"/markets/{MARKET}"), {"market": market(status="finalized", result="void")})
        row = {
            "ticker": MARKET,
            "market_result": "void",
            "revenue": 450,
            "yes_count_fp": "10.00",
            "no_count_fp": "0.00",
        }
        server.always(("GET", "/portfolio/settlements"), {"settlements": [row], "cursor": ""})
        assert await venue.resolution(MARKET, Outcome.YES) == Payout(4_500, "void")
        del server.on["GET", f"/markets/{MARKET}"]
        server.always(("GET", f"/historical/markets/{MARKET}"), {"market": settled})
        assert await venue.resolution(MARKET, Outcome.YES) == Payout(0)


async def test_what_was_found_at_the_start_is_told_without_a_secret() -> None:
    server = Server()
    server.on["GET", "/portfolio/balance"] = lambda asked: (
        {"balance": 1} if asked.key == "key-0" else Said(403, {"error": {"code": "forbidden_region"}})
    )
    bucket = {"refill_rate": 100, "bucket_capacity": 100}
    limits = {"usage_tier": "basic", "read": bucket, "write": bucket, "grants": []}
    server.always(("GET", "/account/limits"), limits)
    async with account(server, keys=2) as venue:
        told = "\n".join(venue.findings)
        assert "region 'test'" in told
        assert "the key 'number 0' works" in told
        assert "'number 1' does not work: 403 forbidden_region" in told
        assert "tier basic" in told
        assert "lower them" in told
        assert "PRIVATE" not in told + repr(venue.config) + repr(venue.client.keys.usable())


async def test_a_venue_that_does_not_answer_is_opened_and_said_to_be_silent() -> None:
    server = Server()
    server.always(("GET", "/exchange/status"), Said(0, cut=True))
    async with account(server) as venue:
        assert "does not answer" in venue.findings[-1]
        with pytest.raises(VenueError):
            await venue.ping_ms()
