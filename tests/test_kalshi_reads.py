"""Kalshi's adapter against a real server: rules with their fees, books, pauses, payouts, and what the start found."""

from __future__ import annotations

import pytest

from kalshi_kit import EVENT, MARKET, SERIES, market
from kalshi_server import Said, Server, account
from net_kit import CLOCK
from pairlock.fees import kalshi_quadratic
from pairlock.model import Outcome, Payout
from pairlock.ports import MarketRules, VenueError


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
