"""Polymarket's reads over a real connection: orders by their id, every page or nothing, and never a zero."""

from __future__ import annotations

from typing import Any

import pytest

from pairlock.facts import NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.model import FillStatus, Outcome, Payout
from pairlock.ports import VenueError
from pairlock_adapters.polymarket.venue import open_polymarket
from polymarket_bodies import FULL, GAMMA, ORDER, OTHER_ID, TRADE, resolved
from polymarket_kit import CONDITION, NO_TOKEN
from polymarket_server import (
    CLOCK,
    LOST,
    TOKEN,
    clob,
    configured,
    fresh,
    go,
    intent,
    trading,
)

ORDERS = "POST /order"


def paged(*pages: Any) -> Any:
    def reply(asked: Any) -> Any:
        number = int(asked.query["next_cursor"]) if asked.query["next_cursor"] != "MA==" else 0
        last = number == len(pages) - 1
        found = pages[number]
        return found if isinstance(found, tuple) else (
            200, {"data": found, "next_cursor": "LTE=" if last else str(number + 1)}
        )  # fmt: skip

    return reply


async def test_an_order_that_is_over_is_rebuilt_from_every_page_of_trades() -> None:
    async with trading() as (server, venue):
        await venue.rules(CONDITION)
        order = intent()
        known = venue.order_id_of(order)
        other = {**TRADE, "id": "t-0", "taker_order_id": OTHER_ID}
        halves = [
            {**TRADE, "id": f"t-{n}", "taker_order_id": known, "size": "5.0", "maker_orders": []}
            for n in (1, 2)
        ]
        halves[1]["status"] = "TRADE_STATUS_CONFIRMED"
        server.on(f"GET /data/order/{known}", (404, {"error": "Order not found"}))
        server.on("GET /data/trades", paged([other], [halves[0]], [halves[1]]))
        said = await venue.read_order(order, "")
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6) == (Reported.TERMINAL, 10_000_000)
        assert [fill.status for fill in said.fills] == [FillStatus.PENDING, FillStatus.FINAL]
        assert server.seen("GET /data/trades")[0].query["market"] == CONDITION


@pytest.mark.parametrize(
    ("order_reply", "trades", "expected"),
    [
        ((404, {"error": "Order not found"}), [[]], NotFound),
        ((200, None), [[]], NotFound),
        ((404, {"error": "page not found"}), [[]], OutcomeUnknown),
        ((500, {"error": "odd"}), [[]], OutcomeUnknown),
        ((200, b""), [[]], OutcomeUnknown),
        ((200, []), [[]], OutcomeUnknown),
        ((200, {}), [[]], OutcomeUnknown),
        ((200, None), [[], (500, {})], OutcomeUnknown),
        ((200, None), [[], (200, {"data": None})], OutcomeUnknown),
        ((200, None), [(200, {"data": [], "next_cursor": "MA=="})], OutcomeUnknown),
        ((200, None), [(200, {"data": []})], OutcomeUnknown),
        (LOST, [[]], OutcomeUnknown),
    ],
)
async def test_not_found_takes_both_reads_whole(order_reply: Any, trades: Any, expected: type) -> None:
    async with trading() as (server, venue):
        await venue.rules(CONDITION)
        order = intent()
        server.on(f"GET /data/order/{venue.order_id_of(order)}", order_reply)
        server.on("GET /data/trades", paged(*trades))
        assert isinstance(await venue.read_order(order, ""), expected)


async def test_an_active_order_is_live() -> None:
    async with trading() as (server, venue):
        await venue.rules(CONDITION)
        order = intent()
        known = venue.order_id_of(order)
        server.on(f"GET /data/order/{known}", (200, {**ORDER, "id": known, "size_matched": "2.5"}))
        said = await venue.read_order(order, "")
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6) == (Reported.LIVE, 2_500_000)


async def test_after_a_restart_the_order_is_read_by_the_same_id_and_nothing_is_sent() -> None:
    async with clob() as server:
        order = intent()
        server.on(ORDERS, LOST)
        async with open_polymarket(configured(server), CLOCK) as venue:
            assert isinstance(await venue.place(order, go), OutcomeUnknown)
            known = venue.order_id_of(order)
        server.on(f"GET /data/order/{known}", (200, {**ORDER, "id": known}))
        async with open_polymarket(configured(server), CLOCK) as again:
            said = await again.read_order(order, "")
            assert isinstance(said, OrderReport)
            assert said.venue_ref == known
        assert len(server.seen(ORDERS)) == 1


async def test_cancels_name_our_order_and_are_not_zeros() -> None:
    async with trading() as (server, venue):
        server.on("DELETE /order", (200, {"canceled": [], "not_canceled": {"x": "matched"}}), LOST)
        order = intent()
        for _ in range(2):
            assert isinstance(await venue.cancel(order, ""), OutcomeUnknown)
        assert server.seen("DELETE /order")[0].json() == {"orderID": venue.order_id_of(order)}
        server.on("DELETE /cancel-all", (200, {"canceled": ["a"], "not_canceled": {"b": "held"}}))
        assert await venue.cancel_all() == ("b",)
        server.on("DELETE /cancel-all", (200, {}))
        with pytest.raises(VenueError):
            await venue.cancel_all()


async def test_reads() -> None:
    async with trading() as (server, venue):
        book = await venue.book(CONDITION)
        assert (book.bids[0], book.asks[0]) == ((4_000, 1_250), (4_200, 3_012))
        assert await venue.balance_micros() == 25_000_000
        assert await venue.sellable_e6(CONDITION, Outcome.NO) == 25_000_000
        asked = server.seen("GET /balance-allowance")[-1].query
        assert asked == {"asset_type": "CONDITIONAL", "token_id": str(NO_TOKEN), "signature_type": "0"}
        assert 0 <= await venue.ping_ms() < 1_000
        assert await venue.resolution(CONDITION, Outcome.YES) is None
        server.on(f"GET /markets/{CONDITION}", (200, resolved(False, True)))
        assert await venue.resolution(CONDITION, Outcome.NO) == Payout(10_000)
        server.on(f"GET /markets/{CONDITION}", (200, resolved(False, False)))
        assert await venue.resolution(CONDITION, Outcome.YES) == Payout(10_000)  # Gamma's
        server.on("GET /markets", lambda asked: (200, [GAMMA] if asked.query.get("closed") else []))
        assert await venue.resolution(CONDITION, Outcome.NO) == Payout(0)
        server.on("GET /markets", (200, [{**GAMMA, "umaResolutionStatus": "proposed"}]))
        assert await venue.resolution(CONDITION, Outcome.YES) is None
        server.on("GET /positions", (200, [{"asset": TOKEN, "size": 12.5}]))
        assert await venue.account.positions_e6() == {TOKEN: 12_500_000}
        server.on("GET /data/orders", (200, {"data": [ORDER], "next_cursor": "LTE="}))
        assert await venue.account.open_orders() == (ORDER["id"],)


@pytest.mark.parametrize("body", [{**FULL, "closed": None}, [], {"error": "odd"}, resolved(True, True)])
async def test_reads_that_cannot_be_read_are_errors_and_never_zeros(body: Any) -> None:
    async with trading() as (server, venue):
        server.on(f"GET /markets/{CONDITION}", (200, body))
        server.on("GET /book", (200, {}))
        server.on("GET /balance-allowance", (200, {"balance": "1.5", "allowances": {}}))
        reads = (
            lambda: venue.resolution(CONDITION, Outcome.YES),
            lambda: venue.book(CONDITION),
            venue.balance_micros,
            lambda: venue.sellable_e6(CONDITION, Outcome.YES),
        )
        for read in reads:
            with pytest.raises(VenueError):
                await read()


async def test_a_market_whose_tokens_change_is_not_believed() -> None:
    async with trading() as (server, venue):
        await venue.rules(CONDITION)
        details = {
            "t": [{"t": "1", "o": "Yes"}, {"t": "2", "o": "No"}],
            "mos": 5,
            "mts": 0.01,
            "fd": {"r": 0, "e": 1},
        }
        server.on(f"GET /clob-markets/{CONDITION}", (200, details))
        tokens = [{"token_id": each, "outcome": "x", "winner": False} for each in ("1", "2")]
        server.on(f"GET /markets/{CONDITION}", (200, {**FULL, "tokens": tokens}))
        with pytest.raises(VenueError, match="changed"):
            await venue.rules(CONDITION)


async def test_a_book_whose_hash_is_not_its_own_is_read_once_more() -> None:
    async with trading() as (server, venue):
        server.on("GET /book", (200, fresh(hash="0" * 40)), lambda _: (200, fresh()))
        assert (await venue.book(CONDITION)).bids[0] == (4_000, 1_250)
        server.on("GET /book", (200, fresh(hash="0" * 40)))
        with pytest.raises(VenueError, match="hash"):
            await venue.book(CONDITION)
    async with trading(check_book_hashes=False) as (server, venue):
        server.on("GET /book", (200, fresh(hash="0" * 40)))
        assert (await venue.book(CONDITION)).bids[0] == (4_000, 1_250)


async def test_a_market_that_is_long_over_still_tells_its_orders() -> None:
    async with trading() as (server, venue):
        await venue.rules(CONDITION)
        order = intent()
        known = venue.order_id_of(order)
        server.on(f"GET /clob-markets/{CONDITION}", (404, {"error": "market not found"}))
        over = {**resolved(True, False), "minimum_order_size": 5, "minimum_tick_size": 0.01}
        server.on(f"GET /markets/{CONDITION}", (200, over))
        rules = await venue.rules(CONDITION)
        assert (rules.open, rules.tick_e4, rules.fees.rate_ppm) == (False, 100, 30_000)
        assert venue.order_id_of(order) == known
        server.on(f"GET /markets/{CONDITION}", (404, {"error": "market not found"}))
        with pytest.raises(VenueError):
            await venue.rules(CONDITION)
