"""polymarket-client 0.14 follows markets and its own account in the laboratory, unmodified."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from polymarket import AsyncSecureClient
from polymarket.models.clob.order_response import AcceptedOrder
from polymarket.streams import MarketSpec, UserSpec

from lab_polymarket_kit import pair, said, secure_options, tokens
from lab_thread import LabThread, lab_thread
from pairlock_adapters.laboratory.settings import LabSettings
from pairlock_adapters.simulated.state import MarketStatus
from pairlock_adapters.simulated.worldgen import POLYMARKET


@pytest.fixture(scope="module")
def lab() -> Iterator[LabThread]:
    names = ("POLY-3", "POLY-4", "POLY-5")
    with lab_thread(LabSettings(pairs=tuple(pair(name) for name in names), finality_ms=600)) as running:
        yield running


def accepted(answer: object) -> AcceptedOrder:
    assert isinstance(answer, AcceptedOrder), answer
    return answer


async def seen(handle: Any, wanted: Callable[[list[Any]], bool], within_s: float = 10) -> list[Any]:
    """Events of the stream until there are enough."""
    events: list[Any] = []

    async def reads() -> None:
        async for event in handle:
            events.append(event)
            if wanted(events):
                return

    await asyncio.wait_for(reads(), within_s)
    return events


def run(lab: LabThread, plays: Callable[[AsyncSecureClient], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        client = await AsyncSecureClient.create(**secure_options(lab))
        try:
            await plays(client)
        finally:
            await client.close()

    asyncio.run(main())


def kinds(events: list[Any]) -> list[str]:
    return [event.type for event in events]


def test_the_market_stream_tells_books_changes_and_trades(lab: LabThread) -> None:
    condition, yes, _ = tokens(lab, "POLY-4")

    async def plays(client: AsyncSecureClient) -> None:
        handle = await client.subscribe(MarketSpec(asset_ids=[yes], custom_feature_enabled=True))
        first = await seen(handle, lambda events: "book" in kinds(events))
        book = first[-1].payload
        assert (book.condition_id, book.bids[-1].price) == (condition, Decimal("0.55"))
        await client.place_market_order(token_id=yes, amount=560, side="BUY")
        events = await seen(handle, lambda found: "best_bid_ask" in kinds(found))
        trade = next(event.payload for event in events if event.type == "last_trade_price")
        assert (trade.price, trade.size, trade.side) == (Decimal("0.56"), 1_000, "BUY")
        changes = next(event.payload for event in events if event.type == "price_change").price_changes
        own = [change for change in changes if change.asset_id == yes]
        assert [(c.price, c.size, c.side, c.best_ask) for c in own] == [
            (Decimal("0.56"), 0, "SELL", Decimal("0.57"))
        ]
        await handle.close()

    run(lab, plays)


def test_the_user_stream_tells_orders_and_trades(lab: LabThread) -> None:
    condition, yes, no = tokens(lab, "POLY-5")

    async def plays(client: AsyncSecureClient) -> None:
        handle = await client.subscribe(UserSpec(markets=[condition]))
        await asyncio.sleep(0.3)
        rests = accepted(await client.place_limit_order(token_id=yes, price="0.4", size=20, side="BUY"))
        await client.cancel_order(order_id=rests.order_id)
        events = await seen(handle, lambda found: len(found) == 2)
        assert [(e.type, e.payload.order_event_type, e.payload.status) for e in events] == [
            ("order", "PLACEMENT", "LIVE"), ("order", "CANCELLATION", "CANCELED"),
        ]  # fmt: skip
        assert {event.payload.id for event in events} == {rests.order_id}
        bought = accepted(await client.place_market_order(token_id=no, amount=45, side="BUY"))
        events = await seen(handle, lambda found: kinds(found).count("trade") == 3)
        trades = [event.payload for event in events if event.type == "trade"]
        assert [each.status for each in trades] == ["MATCHED", "MINED", "CONFIRMED"]
        assert {(each.id, each.taker_order_id) for each in trades} == {(bought.trade_ids[0], bought.order_id)}
        orders = [event.payload for event in events if event.type == "order"]
        assert [(each.size_matched, each.status) for each in orders] == [(100, "MATCHED")]
        await handle.close()

    run(lab, plays)


def test_a_resolution_is_told_and_read(lab: LabThread) -> None:
    condition, yes, _ = tokens(lab, "POLY-3")

    async def plays(client: AsyncSecureClient) -> None:
        handle = await client.subscribe(MarketSpec(asset_ids=[yes], custom_feature_enabled=True))
        await seen(handle, lambda events: "book" in kinds(events))

        def resolves(inside: Any) -> None:
            exchange = inside.world.exchanges[POLYMARKET]
            state = exchange.markets[condition]
            assert state.status is MarketStatus.OPEN
            state.spec = evolve(state.spec, resolve_at_ms=exchange.timeline.advance())
            exchange.settlement.take_up_end(state)

        lab.call(resolves)
        events = await seen(handle, lambda found: "market_resolved" in kinds(found), 15)
        told = events[-1].payload
        assert (told.winning_asset_id, told.winning_outcome) == (yes, "Yes")
        market = await client.get_market(slug="poly-3")
        assert market is not None
        assert (market.state.closed, market.state.accepting_orders) == (True, False)
        assert said(market.outcomes.yes.price, market.outcomes.no.price) == "1 0"
        await handle.close()

    run(lab, plays)
