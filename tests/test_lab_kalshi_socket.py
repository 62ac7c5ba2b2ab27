"""The Kalshi face's socket, by a client of trio-websocket that signs by itself."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio_websocket import ConnectionClosed, ConnectionRejected

from lab_kit import kalshi_client, kalshi_ready, kalshi_socket, laboratory, websocket
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import fault
from test_lab_kalshi import ORDERS, order, rest


class Book:
    """A book kept from snapshots and deltas, strictly."""

    def __init__(self) -> None:
        self.seq = 0
        self.sides: dict[str, dict[str, int]] = {"yes": {}, "no": {}}

    def hear(self, frame: dict[str, Any]) -> None:
        message = frame["msg"]
        if frame["type"] == "orderbook_snapshot":
            self.seq = frame["seq"]
            for side in ("yes", "no"):
                self.sides[side] = {p: cents(s) for p, s in message.get(f"{side}_dollars_fp", [])}
            return
        assert frame["seq"] == self.seq + 1
        self.seq = frame["seq"]
        levels, price = self.sides[message["side"]], message["price_dollars"]
        levels[price] = levels.get(price, 0) + cents(message["delta_fp"])
        assert levels[price] >= 0
        if levels[price] == 0:
            del levels[price]


def cents(text: str) -> int:
    return int(text.replace(".", ""))


async def test_the_handshake_must_be_signed() -> None:
    async with laboratory() as lab:
        with pytest.raises(ConnectionRejected) as caught:
            async with websocket(kalshi_ready(lab)["ws"]):
                pass
        assert caught.value.status_code == 401


async def test_a_book_kept_from_the_socket_is_the_book() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client, kalshi_socket(client) as socket:
        best = order(lab)
        await socket.command("subscribe", channels=["orderbook_delta"], market_tickers=[best["ticker"]])
        assert (await socket.next())["type"] == "subscribed"
        book = Book()
        book.hear(await socket.next("orderbook_snapshot"))
        await client.call("POST", ORDERS, best)
        book.hear(await socket.next("orderbook_delta"))
        await rest(client, lab, client_order_id="r")
        book.hear(await socket.next("orderbook_delta"))
        read = (await client.get(f"/markets/{best['ticker']}/orderbook"))["orderbook_fp"]
        for side in ("yes", "no"):
            assert book.sides[side] == {p: cents(s) for p, s in read[f"{side}_dollars"]}


async def test_yes_prices_on_both_sides_where_they_are_asked_for() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client, kalshi_socket(client) as socket:
        best = order(lab)
        await socket.command(
            "subscribe", channels=["orderbook_delta"], market_ticker=best["ticker"], use_yes_price=True
        )
        snapshot = (await socket.next("orderbook_snapshot"))["msg"]
        assert min(price for price, _ in snapshot["no_dollars_fp"]) == best["price"]
        await client.call("POST", ORDERS, best)
        delta = (await socket.next("orderbook_delta"))["msg"]
        assert (delta["side"], delta["price_dollars"], delta["delta_fp"]) == ("no", best["price"], "-10.00")


async def test_news_of_orders_fills_positions_trades_and_tickers() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client, kalshi_socket(client) as socket:
        channels = ["user_orders", "fill", "market_positions", "trade", "ticker"]
        await socket.command("subscribe", channels=channels)
        for _ in channels:
            assert (await socket.next())["type"] == "subscribed"
        told = (await client.call("POST", ORDERS, order(lab))).json()
        kinds: dict[str, Any] = {}
        while set(kinds) != {"user_order", "fill", "market_position", "trade", "ticker"}:
            frame = await socket.next()
            kinds[frame["type"]] = frame["msg"]
        assert kinds["user_order"]["order_id"] == kinds["fill"]["order_id"] == told["order_id"]
        assert (kinds["user_order"]["status"], kinds["user_order"]["fill_count_fp"]) == ("executed", "10.00")
        assert kinds["fill"]["trade_id"] == kinds["trade"]["trade_id"]
        assert kinds["market_position"]["position_fp"] == kinds["fill"]["post_position_fp"] == "10.00"
        fills = (await client.get("/portfolio/fills"))["fills"]
        assert [row["trade_id"] for row in fills] == [kinds["fill"]["trade_id"]]


async def test_a_market_that_resolves_and_pays_is_told() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client, kalshi_socket(client) as socket:
        await socket.command("subscribe", channels=["market_lifecycle_v2"])
        await socket.next("subscribed")
        ticker = order(lab)["ticker"]
        exchange = lab.world.exchanges["kalshi"]
        exchange.settlement._resolves(ticker, exchange.timeline.advance())
        told = (await socket.next("market_lifecycle_v2"))["msg"]
        assert (told["event_type"], told["market_ticker"], told["result"]) == ("determined", ticker, "yes")
        assert (await client.get(f"/markets/{ticker}"))["market"]["status"] == "determined"


async def test_commands_that_cannot_be_done_are_errors_with_their_number() -> None:
    async with laboratory() as lab, kalshi_client(lab) as client, kalshi_socket(client) as socket:
        ticker = order(lab)["ticker"]
        for cmd, params, code in (
            ("subscribe", {}, 3), ("dance", {}, 5), ("subscribe", {"channels": ["nothing"]}, 8),
            ("subscribe", {"channels": ["orderbook_delta"]}, 14),
            ("subscribe", {"channels": ["ticker"], "market_tickers": ["KXNONE"]}, 16),
            ("unsubscribe", {"sids": [77]}, 7), ("unsubscribe", {}, 4),
        ):  # fmt: skip
            ident = await socket.command(cmd, **params)
            frame = await socket.next()
            assert (frame["id"], frame["type"], frame["msg"]["code"]) == (ident, "error", code)
        await socket.command("subscribe", channels=["orderbook_delta"], market_ticker=ticker)
        sid = (await socket.next("subscribed"))["msg"]["sid"]
        await socket.command("subscribe", channels=["orderbook_delta"], market_ticker=ticker)
        assert (await socket.next("error"))["msg"]["code"] == 6
        others = [m for m in lab.world.exchanges["kalshi"].markets if m != ticker]
        await socket.command("update_subscription", sids=[sid], action="add_markets", market_tickers=others)
        assert (await socket.next("ok"))["msg"]["market_tickers"] == sorted([ticker, *others])
        assert (await socket.next("orderbook_snapshot"))["seq"] == 2
        await socket.command("update_subscription", sid=sid, action="jump", market_tickers=others)
        assert (await socket.next("error"))["msg"]["code"] == 13
        await socket.command("unsubscribe", sids=[sid])
        assert (await socket.next("unsubscribed"))["sid"] == sid


async def test_faults_of_the_stream_take_hold_on_the_wire() -> None:
    faults = (
        fault(K.STREAM_LOST, "kalshi", nth=1),
        fault(K.STREAM_REPEATED, "kalshi", nth=2),
        fault(K.STREAM_PINGS_LOST, "kalshi", nth=3, change={"for_ms": 1_000}),
    )
    async with laboratory(*faults) as lab, kalshi_client(lab) as client:
        async with kalshi_socket(client) as socket:
            await socket.command("subscribe", channels=["user_orders"])
            await socket.next("subscribed")
            await client.call("POST", ORDERS, order(lab))
            assert await socket.quiet("user_order", 0.3)
            await client.call("POST", ORDERS, order(lab, client_order_id="second"))
            twice = [(await socket.next("user_order"))["msg"]["client_order_id"] for _ in range(2)]
            assert twice == ["second", "second"]
            await client.call("POST", ORDERS, order(lab, client_order_id="third"))
            with pytest.raises(ConnectionClosed):
                await socket.next("user_order")
        with pytest.raises(ConnectionRejected) as caught:
            async with kalshi_socket(client):
                pass
        assert caught.value.status_code == 503
        await trio.sleep(1.2)
        async with kalshi_socket(client) as again:
            await again.command("list_subscriptions")
            assert (await again.next("ok"))["msg"] == []
        assert lab.world.fired == {"stream_lost": 1, "stream_repeated": 1, "stream_pings_lost": 1}


async def test_faults_of_the_book_take_hold_on_the_wire() -> None:
    faults = tuple(
        fault(kind, "kalshi", nth=n + 1)
        for n, kind in enumerate(
            (K.BOOK_DELTA_RACE, K.BOOK_CROSSED, K.BOOK_SEQUENCE_RESET, K.BOOK_SIZE_VANISHES)
        )
    )
    async with laboratory(*faults) as lab, kalshi_client(lab) as client, kalshi_socket(client) as socket:
        ticker = order(lab)["ticker"]
        await socket.command("subscribe", channels=["orderbook_delta"], market_ticker=ticker)
        book = Book()
        book.hear(await socket.next("orderbook_snapshot"))
        told = await rest(client, lab)  # adds size: the delta comes twice, and is taken back
        for expected in ("10.00", "10.00", "-10.00"):
            frame = await socket.next("orderbook_delta")
            assert frame["msg"]["delta_fp"] == expected
            book.hear(frame)
        await client.call("POST", ORDERS, order(lab, client_order_id="b"))  # a crossed bid, and taken back
        for _ in range(3):
            book.hear(await socket.next("orderbook_delta"))
        await client.call("DELETE", f"{ORDERS}/{told['order_id']}")
        assert (await socket.next("orderbook_snapshot"))["seq"] == 1
        await client.call("POST", ORDERS, order(lab, client_order_id="c"))
        await socket.next("orderbook_delta")
        await trio.sleep(0.2)
        assert set(lab.world.fired) == {
            "book_delta_race", "book_crossed", "book_sequence_reset", "book_size_vanishes",
        }  # fmt: skip
