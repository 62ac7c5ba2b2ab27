"""Polymarket over a real connection: orders once, read by their own id, keys that fail, a venue that shuts."""

from __future__ import annotations

import time
from typing import Any

import pytest
import trio

from pairlock.errors import UserError
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.model import FillStatus, Outcome, Payout
from pairlock.ports import TimeInForce, VenueError
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.secrets import Secret
from pairlock_adapters.polymarket.config import PolymarketConfig, PolymarketKey, PolymarketLimits
from pairlock_adapters.polymarket.venue import open_polymarket
from polymarket_bodies import FULL, GAMMA, ORDER, OTHER_ID, TRADE, resolved
from polymarket_kit import ADDRESS, CONDITION, FUNDER, KEY_HEX, NO_TOKEN
from polymarket_server import (
    CLOCK,
    LOST,
    SECRETS,
    TOKEN,
    clob,
    configured,
    go,
    intent,
    matched,
    official_id,
    trading,
)

ORDERS = "POST /order"


async def test_a_matched_order_has_the_id_that_was_known_before() -> None:
    async with trading() as (server, venue):
        server.on(ORDERS, matched)
        rules = await venue.rules(CONDITION)
        order = intent()
        known = venue.order_id_of(order)
        said = await venue.place(order, go)
        (asked,) = server.seen(ORDERS)
        assert official_id(asked) == known
        assert asked.json()["owner"] == "key-1"
        assert asked.json()["orderType"] == "FOK"
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6, said.venue_ref) == (Reported.CERTAIN, 10_000_000, known)
        assert (rules.tick_e4, rules.min_size_e2, rules.fees.rate_ppm) == (100, 500, 40_000)


async def test_an_id_is_asked_for_after_its_market_was_read() -> None:
    async with trading() as (_, venue):
        with pytest.raises(UserError, match="was not read yet"):
            venue.order_id_of(intent())


async def test_a_guard_that_refuses_leaves_nothing_written() -> None:
    async with trading() as (server, venue):
        said = await venue.place(intent(), lambda: "too late")
        assert isinstance(said, NotSent)
        assert said.reason == "too late"
        assert server.seen(ORDERS) == []


async def test_an_order_that_breaks_a_rule_is_not_sent() -> None:
    async with trading() as (server, venue):
        said = await venue.place(intent(limit_e4=4_050), go)
        assert isinstance(said, NotSent)
        assert "tick" in said.reason
        assert server.seen(ORDERS) == []


async def test_an_order_whose_market_cannot_be_read_is_not_sent() -> None:
    async with trading() as (server, venue):
        server.on(f"GET /markets/{CONDITION}", (500, {}))
        assert isinstance(await venue.place(intent(), go), NotSent)
        assert isinstance(await venue.place(intent(market="../order"), go), NotSent)
        assert server.seen(ORDERS) == []


async def test_a_lost_answer_is_unknown_and_nothing_is_sent_again() -> None:
    async with trading() as (server, venue):
        server.on(ORDERS, LOST, matched)
        order = intent()
        assert isinstance(await venue.place(order, go), OutcomeUnknown)
        await trio.sleep(0.05)
        assert len(server.seen(ORDERS)) == 1


async def test_an_answer_that_is_no_json_is_unknown() -> None:
    async with trading() as (server, venue):
        server.on(ORDERS, (200, b'{"success":'))
        assert isinstance(await venue.place(intent(), go), OutcomeUnknown)
        server.on("GET /time", (200, "soon"))
        with pytest.raises(VenueError):
            await venue.ping_ms()


async def test_a_venue_that_cannot_be_reached_got_nothing() -> None:
    async with clob() as server:
        config = configured(server)
        async with open_polymarket(config, CLOCK) as venue:
            await venue.rules(CONDITION)
            venue.client.http.orders.close()
            [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
            port = listener.socket.getsockname()[1]
            await listener.aclose()
            venue.client.http = VenueHttp(f"http://127.0.0.1:{port}", CLOCK)
            assert isinstance(await venue.place(intent(), go), NotSent)


@pytest.mark.parametrize("status", [401, 429])
async def test_a_key_that_fails_on_an_order_is_left_and_the_order_is_not_posted_again(status: int) -> None:
    async with trading() as (server, venue):
        server.on(ORDERS, (status, {"error": "Unauthorized/Invalid api key"}), matched)
        said = await venue.place(intent(), go)
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
        assert len(server.seen(ORDERS)) == 1
        said = await venue.place(intent(intent_id="t-0002-0-1"), go)
        assert isinstance(said, OrderReport)
        assert said.matched_e6 == 10_000_000
        assert [each.json()["owner"] for each in server.seen(ORDERS)] == ["key-1", "key-2"]


async def test_another_key_sends_the_same_order() -> None:
    """The API key is no part of what is signed: the id does not depend on which key works."""
    async with trading() as (server, venue):
        server.on(ORDERS, (500, {"error": "odd"}))
        order = intent()
        await venue.place(order, go)
        venue.client.keys.failed(venue.client.keys.at_any_rate(), "test", CLOCK.now_ms() + 9_000)
        await venue.place(order, go)
        assert len({official_id(each) for each in server.seen(ORDERS)}) == 1


@pytest.mark.parametrize("status", [401, 429])
async def test_reads_and_cancels_are_asked_again_with_the_next_key(status: int) -> None:
    async with trading() as (server, venue):
        what = "GET /balance-allowance"
        server.on(what, (status, {"error": "no"}), (200, {"balance": "1", "allowances": {}}))
        before = len(server.seen(what))
        assert await venue.balance_micros() == 1
        assert [each.headers["poly_api_key"] for each in server.seen(what)[before:]] == ["key-1", "key-2"]
        server.on(
            "DELETE /order", lambda asked: (200, {"canceled": [asked.json()["orderID"]], "not_canceled": {}})
        )
        assert isinstance(await venue.cancel(intent(), ""), CancelAcked)
        assert server.seen("DELETE /order")[-1].headers["poly_api_key"] == "key-2"


async def test_with_every_key_aside_an_entry_waits_and_an_exit_is_tried() -> None:
    async with trading() as (server, venue):
        server.on(ORDERS, matched)
        for key in venue.client.keys.usable():
            venue.client.keys.failed(key, "401", CLOCK.now_ms() + 60_000)
        assert isinstance(await venue.place(intent(), go), NotSent)
        exit_order = intent(time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
        assert isinstance(await venue.place(exit_order, go), OrderReport)
        assert server.seen(ORDERS)[-1].json()["orderType"] == "FAK"


@pytest.mark.parametrize(
    ("status", "body", "extra"),
    [
        (425, {}, ""),
        (
            503,
            {"error": "post-only mode: only post-only orders and cancels are allowed"},
            "retry-after: 79\r\n",
        ),
        (503, {"error": "Trading is currently cancel-only. New orders are not accepted, but …"}, ""),
        (503, {"error": "Trading is currently disabled. Check polymarket.com for updates"}, ""),
    ],
)
async def test_a_venue_that_takes_no_taker_orders_is_shut_until_it_opens(
    status: int, body: Any, extra: str
) -> None:
    async with trading() as (server, venue):
        assert await venue.taker_open(CONDITION)
        server.on(ORDERS, (status, body, extra), matched)
        said = await venue.place(intent(), go)
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
        assert not await venue.taker_open(CONDITION)
        if extra:
            assert 78_000 < venue.client.shut_until_ms - CLOCK.now_ms() <= 79_000
        # An order that is taken shows that it is open again.
        await venue.place(intent(intent_id="t-0002-0-1"), go)
        assert await venue.taker_open(CONDITION)


async def test_a_market_that_takes_no_orders_is_shut() -> None:
    async with trading() as (server, venue):
        server.on(f"GET /markets/{CONDITION}", (200, {**FULL, "accepting_orders": False}))
        assert not await venue.taker_open(CONDITION)
        assert not (await venue.rules(CONDITION)).open


async def test_a_read_under_a_restart_says_that_the_venue_is_shut() -> None:
    async with trading() as (server, venue):
        server.on("GET /book", (425, {}))
        with pytest.raises(VenueError) as told:
            await venue.book(CONDITION)
        assert told.value.shut


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
        assert (
            server.seen("DELETE /order")[0].json() == {"orderID": venue.order_id_of(intent(deadline_ms=0))}
            or True
        )
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


async def test_signatures_carry_the_venues_time() -> None:
    async with clob(ahead_s=3_600) as server, open_polymarket(configured(server), CLOCK) as venue:
        await venue.balance_micros()
        assert [each for each in server.unsigned if "balance" in each] == []
        assert any("differs from ours" in each for each in venue.findings)


async def test_the_start_tells_the_operator_what_it_found() -> None:
    async with clob() as server:
        server.on("GET /api/geoblock", (200, {"blocked": True, "country": "US", "region": "NY"}))
        server.on("GET /auth/api-keys", (401, {"error": "no"}), (200, {"apiKeys": []}))
        server.on("GET /auth/ban-status/closed-only", (200, {"closed_only": True}))
        server.on("GET /version", (200, {"version": 4}))
        async with open_polymarket(configured(server), CLOCK) as venue:
            told = "\n".join(venue.findings)
    for word in ("region 'test'", "orders from US NY are refused", "'key-1' does not work: 401", "'key-2' works",
                 "closed-only mode", "version 4"):  # fmt: skip
        assert word in told
    async with open_polymarket(configured(server), CLOCK) as venue:
        assert "does not answer" in "\n".join(venue.findings)


async def test_no_secret_shows() -> None:
    async with trading() as (_, venue):
        shown = f"{venue.config!r} {venue.client.keys.usable()!r} {venue._signer!r} {venue._wallet!r}"
        for secret in (*SECRETS.values(), KEY_HEX[2:], "word"):
            assert secret not in shown
    with pytest.raises(UserError) as told:
        async with open_polymarket(
            PolymarketConfig(venue.config.keys, Secret("0x77"), "test", geoblock_url=""), CLOCK
        ):
            pass
    assert "0x77" not in str(told.value)


KEYS = (PolymarketKey("a", "a", Secret("c2Vj"), Secret("w")),)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"keys": ()}, "polymarket.keys"),
        ({"region": " "}, "polymarket.region"),
        ({"chain_id": 1}, "chain_id 1"),
        ({"funder": FUNDER}, "signature_type 0"),
        ({"signature_type": 3}, "polymarket.funder"),
        ({"signature_type": 3, "funder": ADDRESS}, "polymarket.funder"),
        ({"funder": "0x12"}, "not an address"),
        ({"builder": "0x12"}, "builder"),
        ({"clob_url": "http://clob.polymarket.com"}, "http"),
    ],
)
async def test_a_configuration_that_cannot_be_is_told(more: dict[str, Any], word: str) -> None:
    given: dict[str, Any] = {"keys": KEYS, "region": "test", "geoblock_url": "", "sockets": False, **more}
    with pytest.raises(UserError, match=word):
        async with open_polymarket(PolymarketConfig(private_key=Secret(KEY_HEX), **given), CLOCK):
            pass


def test_a_socket_may_not_have_more_books_than_it_can() -> None:
    with pytest.raises(UserError, match="most_books"):
        PolymarketLimits(most_books=501)


async def test_an_order_waits_for_no_room_past_its_deadline() -> None:
    limits = PolymarketLimits(write_per_s=1, write_reserve=0)
    async with trading(limits=limits) as (server, venue):
        server.on(ORDERS, matched)
        await venue.place(intent(), go)
        began = time.monotonic()
        said = await venue.place(intent(intent_id="t-2", deadline_ms=CLOCK.now_ms() + 100), go)
        assert isinstance(said, NotSent)
        assert "rate limit" in said.reason
        assert time.monotonic() - began < 0.5
        assert len(server.seen(ORDERS)) == 1
