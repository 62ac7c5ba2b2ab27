"""Our Polymarket adapter trades in the laboratory, over HTTP and both sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from attrs import evolve

from pairlock.facts import Fact, NotFound, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.model import FillStatus, Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.laboratory.lab import Laboratory, open_laboratory
from pairlock_adapters.laboratory.settings import LabSettings, PolymarketSettings, default_pairs
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.secrets import Secret
from pairlock_adapters.polymarket.api_keys import KeyMaker
from pairlock_adapters.polymarket.config import PolymarketConfig, PolymarketKey
from pairlock_adapters.polymarket.venue import PolymarketVenue, open_polymarket
from pairlock_adapters.polymarket.wallets import Signer
from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import Script
from polymarket_server import go, until

NOTHING = Script()
Opened = tuple[Laboratory, PolymarketVenue, str]
"""The laboratory, our adapter in it, and a market's condition id."""


def config_of(lab: Laboratory) -> PolymarketConfig:
    told: Any = lab.ready["polymarket"]
    key = PolymarketKey("first", told["api_key"], Secret(told["secret"]), Secret(told["passphrase"]))
    return PolymarketConfig(
        (key,), Secret(told["private_key"]), "laboratory", clob_url=told["clob"], gamma_url=told["gamma"],
        data_url=told["data"], ws_market_url=told["ws_market"], ws_user_url=told["ws_user"],
        chain_id=told["chain_id"], signature_type=told["signature_type"], funder=told["funder"], geoblock_url="",
    )  # fmt: skip


@asynccontextmanager
async def laboratory(
    signature_type: int = 0, script: Script = NOTHING
) -> AsyncIterator[tuple[Laboratory, PolymarketVenue, str]]:
    clock = VirtualClock()
    settings = LabSettings(
        pairs=default_pairs(1),
        finality_ms=300,
        script=script,
        polymarket=PolymarketSettings(signature_type=signature_type),
    )
    with trio.fail_after(30):
        async with open_laboratory(settings, clock) as lab, open_polymarket(config_of(lab), clock) as venue:
            pairs: Any = lab.ready["pairs"]
            yield lab, venue, pairs[0]["polymarket_condition_id"]


async def an_intent(lab: Laboratory, venue: PolymarketVenue, market: str, **more: Any) -> OrderIntent:
    """Ten contracts of YES at the best ask."""
    book = await venue.book(market)
    intent = OrderIntent(
        "t-0001-0-1", "polymarket", market, Outcome.YES, True, 1_000, book.asks[0][0], TimeInForce.FILL_OR_KILL,
        lab.clock.now_ms() + 2_000,
    )  # fmt: skip
    return evolve(intent, **more)


@pytest.mark.parametrize("signature_type", [0, 1, 2, 3])
async def test_an_order_of_every_signature_type_fills_and_becomes_final(signature_type: int) -> None:
    async with laboratory(signature_type) as (lab, venue, market):
        facts: list[Fact] = []

        async def deliver(fact: Fact) -> None:
            facts.append(fact)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(venue.stream, deliver)
            intent = await an_intent(lab, venue, market)
            cash = await venue.balance_micros()
            said = await venue.place(intent, go)
            assert isinstance(said, OrderReport), said
            assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 10_000_000)
            assert said.venue_ref == venue.order_id_of(intent)
            read: Any = await venue.read_order(intent, "")
            while read.fills[0].status is FillStatus.PENDING:
                await trio.sleep(0.05)
                read = await venue.read_order(intent, "")
            (fill,) = read.fills
            assert fill.status is FillStatus.FINAL
            assert fill.cost_micros == 10 * intent.limit_e4 * 100
            assert await venue.balance_micros() == cash - fill.cost_micros - fill.fee_micros
            assert await venue.sellable_e6(market, Outcome.YES) == 10_000_000
            await until(lambda: any(isinstance(f, OrderReport) and f.fills for f in facts))
            nursery.cancel_scope.cancel()


async def test_kills_duplicates_and_absent_orders_are_told_apart() -> None:
    async with laboratory() as (lab, venue, market):
        intent = await an_intent(lab, venue, market)
        assert isinstance(await venue.read_order(intent, ""), NotFound)
        killed = await venue.place(evolve(intent, limit_e4=100, size_e2=10_000), go)
        assert isinstance(killed, OrderReport)
        assert (killed.reported, killed.matched_e6) == (Reported.CERTAIN, 0)
        assert isinstance(await venue.place(intent, go), OrderReport)
        assert isinstance(await venue.place(intent, go), OutcomeUnknown)  # the duplicate
        read = await venue.read_order(intent, "")
        assert isinstance(read, OrderReport)
        assert read.matched_e6 == 10_000_000
        assert isinstance(await venue.cancel(intent, ""), OutcomeUnknown)
        assert isinstance(await venue.place(evolve(intent, size_e2=100, intent_id="t-2"), go), NotSent)


async def test_the_book_comes_from_the_socket_and_follows_our_fills() -> None:
    async with laboratory() as (lab, venue, market):
        before = await venue.book(market)
        await until(lambda: venue.feed.doubt_of(market) == "")
        intent = await an_intent(lab, venue, market)
        await venue.place(intent, go)
        best = before.asks[0][1] - 1_000

        def followed() -> bool:
            kept = venue.feed.book(market, not_before_ms=0, most_late_ms=10_000)
            return kept is not None and kept.asks[0][1] == best

        await until(followed)
        assert venue.feed.doubt_of(market) == ""


async def test_an_exit_sells_what_is_held() -> None:
    async with laboratory() as (lab, venue, market):
        intent = await an_intent(lab, venue, market)
        await venue.place(intent, go)
        while await venue.sellable_e6(market, Outcome.YES) < 10_000_000:  # noqa: ASYNC110 (it is the venue's state)
            await trio.sleep(0.05)
        book = await venue.book(market)
        sale = evolve(
            intent, intent_id="t-0001-0-2", buys=False, limit_e4=book.bids[0][0],
            time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL, deadline_ms=lab.clock.now_ms() + 2_000,
        )  # fmt: skip
        said = await venue.place(sale, go)
        assert isinstance(said, OrderReport), said
        assert said.matched_e6 == 10_000_000
        assert await venue.sellable_e6(market, Outcome.YES) == 0
        assert (await venue.account.open_orders()) == ()


async def test_what_the_start_found() -> None:
    async with laboratory() as (_, venue, market):
        told = "\n".join(venue.findings)
        assert "'first' works" in told
        assert "does not answer" not in told
        assert "cannot be read" not in told
        assert await venue.taker_open(market)
        assert 0 <= await venue.ping_ms() < 5_000


async def test_a_lost_answer_is_found_again_by_the_orders_hash() -> None:
    fault = Fault(FaultKind.LOST_ANSWER, "polymarket", nth=1)
    async with laboratory(script=Script((fault,))) as (lab, venue, market):
        intent = evolve(await an_intent(lab, venue, market), deadline_ms=lab.clock.now_ms() + 300)
        assert isinstance(await venue.place(intent, go), OutcomeUnknown)
        read = await venue.read_order(intent, "")
        assert isinstance(read, OrderReport)
        assert (read.matched_e6, read.venue_ref) == (10_000_000, venue.order_id_of(intent))


async def test_several_keys_of_one_wallet_are_derived_and_the_order_does_not_depend_on_them() -> None:
    async with laboratory() as (lab, venue, market):
        told: Any = lab.ready["polymarket"]
        config = config_of(lab)
        http = VenueHttp(told["clob"], lab.clock)
        maker = KeyMaker(http, lab.clock, Signer(Secret(told["private_key"])), told["chain_id"])
        second = await maker.create(nonce=7)
        assert (await maker.derive(nonce=7)).api_key == second.api_key
        await http.aclose()
        revoked = PolymarketKey("revoked", "0" * 36, Secret("c2VjcmV0"), Secret("x"))
        keys = evolve(config, keys=(revoked, second))
        async with open_polymarket(keys, lab.clock) as other:
            intent = await an_intent(lab, other, market)
            said = await other.place(intent, go)
            assert isinstance(said, OrderReport)
            assert said.matched_e6 == 10_000_000
            assert said.venue_ref == other.order_id_of(intent)
            await venue.rules(market)
            assert venue.order_id_of(intent) == said.venue_ref
            assert "'revoked' does not work: 401" in "\n".join(other.findings)
