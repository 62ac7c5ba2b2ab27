"""Kalshi's WebSocket: connections, and the hub that tells them what happens at the exchange.

Listeners of the exchange only take note; the hub's own task then tells every connection, so that a commit is never
held up by a socket, and changes of a book that come together are told together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from pairlock_adapters.laboratory.kalshi import frames, lifecycle
from pairlock_adapters.laboratory.kalshi.commands import (
    BOOKS,
    FILL,
    LIFECYCLE,
    ORDERS,
    POSITIONS,
    TICKER,
    TRADE,
    Subscription,
    Subscriptions,
)
from pairlock_adapters.laboratory.kalshi.frames import Frame
from pairlock_adapters.laboratory.kalshi.logins import Login, Refused
from pairlock_adapters.laboratory.kalshi.order_rows import is_bid, yes_e4
from pairlock_adapters.laboratory.kalshi.rest import error
from pairlock_adapters.laboratory.kalshi.tape import Trade
from pairlock_adapters.laboratory.news import News
from pairlock_adapters.laboratory.outbox import Outbox
from pairlock_adapters.laboratory.replies import cut
from pairlock_adapters.laboratory.wire_json import dumps
from pairlock_adapters.simulated.effects import Condition
from pairlock_adapters.simulated.state import VenueOrder

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

SOCKET_PATH = "/trade-api/ws/v2"
_MARKET_DATA = "market data"


class Connection:
    """One client's socket. ``refuse(for_ms)`` keeps that client away for a while."""

    def __init__(self, hub: Hub, login: Login, socket: WebSocket) -> None:
        self._hub = hub
        self._face = hub.face
        self._socket = socket
        self.is_main = login.account == "main"
        self._outbox = Outbox(hub.face.lab.clock)
        self.subscriptions = Subscriptions(hub.face, self._say)
        self._news = News(hub.face.door, self._outbox, self._hang_up)

    async def run(self) -> None:
        """Until the client or a fault ends it."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._outbox.run, self._send)
            try:
                while True:
                    self.subscriptions.command(await self._socket.receive_text())
            except (
                WebSocketDisconnect,
                KeyError,
            ):  # a binary message has no text: Kalshi ends such a connection
                nursery.cancel_scope.cancel()

    async def _send(self, text: str) -> None:
        if self._outbox.overflowed:
            await self._socket.send_text(dumps(frames.error(None, 25)))
            self.end()
        await self._socket.send_text(text)

    def end(self) -> None:
        """Without a farewell."""
        cut(self._socket.scope)

    def _hang_up(self, for_ms: int) -> None:
        self._hub.refuse(for_ms)
        self.end()

    def _say(self, frame: Frame) -> None:
        now_ms = self._face.lab.clock.now_ms()
        self._outbox.put(dumps(frame), now_ms + self._face.door.stream_ms(), _MARKET_DATA)

    def _of(self, channel: str, market: str) -> list[Subscription]:
        return [s for s in self.subscriptions.by_sid.values() if s.channel == channel and s.wants(market)]

    def market_changed(self, market: str, at_ms: int) -> None:
        """The book of ``market`` is another one."""
        state = self._face.exchange.markets.get(market)
        if state is None:
            return
        for each in self._of(BOOKS, market):
            if each.books is not None:
                each.books.changed(state, at_ms)
        for each in self._of(TICKER, market):
            self._say(frames.ticker(self._face, state, each.sid, at_ms))

    def lived(self, market: str, told: list[Frame]) -> None:
        for each in self._of(LIFECYCLE, market):
            for frame in told:
                self._say({"sid": each.sid} | frame)

    def traded(self, made: Trade) -> None:
        for each in self._of(TRADE, made.market):
            self._say(frames.trade(self._face, made, each.sid))

    def order_changed(self, at_ms: int, order: VenueOrder, new: int) -> None:
        """``new``: how many of its last fills are news."""
        market = order.market
        listening = [self._of(channel, market) for channel in (FILL, ORDERS)]
        if not self.is_main or not any(listening):
            return
        texts = [frames.user_order(self._face, order, each.sid, at_ms) for each in listening[1]]
        made = order.fills[len(order.fills) - new :]
        texts += [frames.fill(self._face, order, fill, each.sid) for each in listening[0] for fill in made]
        if new:
            texts += [frames.position(self._face, market, each.sid) for each in self._of(POSITIONS, market)]
        self._news.told(at_ms, order, tuple(dumps(text) for text in texts))


class Hub:
    """Of one face: who is connected, and what is to be told."""

    def __init__(self, face: KalshiFace) -> None:
        self.face = face
        self._connections: list[Connection] = []
        self._books: dict[str, None] = {}
        self._orders: list[tuple[int, VenueOrder]] = []
        self._markets: list[tuple[int, str]] = []
        self._fills: dict[str, int] = {}
        self._seen: dict[str, lifecycle.Seen] = {}
        self._refused_until_ms = -1
        self._wake = trio.Event()
        face.exchange.on_book.append(self._book)
        face.exchange.on_order.append(self._order)
        face.exchange.on_market.append(self._market)

    # Taking note.

    def _book(self, market: str) -> None:
        self._books[market] = None
        self._wake.set()

    def _order(self, at_ms: int, order: VenueOrder) -> None:
        self._orders.append((at_ms, order))
        self._wake.set()

    def _market(self, at_ms: int, market: str) -> None:
        self._markets.append((at_ms, market))
        self._wake.set()

    # Telling.

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            now_ms = self.face.exchange.timeline.advance()
            markets, self._markets = self._markets, []
            for at_ms, market in markets:
                self._market_news(at_ms, market)
            orders, self._orders = self._orders, []
            for at_ms, order in orders:
                self._order_news(at_ms, order)
            books, self._books = self._books, {}
            for market in books:
                for each in tuple(self._connections):
                    each.market_changed(market, now_ms)

    def _market_news(self, at_ms: int, market: str) -> None:
        exchange = self.face.exchange
        if not market:
            self._books |= dict.fromkeys(exchange.markets)
            if exchange.is_in(Condition.RESTARTING, at_ms):
                self.end_all()
            return
        state = exchange.markets.get(market)
        if state is None:
            return
        self._books[market] = None
        if state.dry_until_ms > at_ms:
            exchange.timeline.at(state.dry_until_ms, lambda _: self._book(market))
        if at_ms < state.halted_until_ms < state.spec.resolve_at_ms:
            exchange.timeline.at(state.halted_until_ms, lambda then_ms: self._market(then_ms, market))
        told = lifecycle.changes(self.face, state, self._seen.get(market), at_ms)
        self._seen[market] = lifecycle.seen_of(state, at_ms)
        for each in self._connections:
            each.lived(market, told)

    def _order_news(self, at_ms: int, order: VenueOrder) -> None:
        known = self._fills.get(order.venue_order_id, 0)
        new = len(order.fills) - known
        self._fills[order.venue_order_id] = len(order.fills)
        for fill in order.fills[known:]:
            bought = is_bid(order.outcome, buys=order.buys)
            made = Trade(
                fill.fill_id, order.market, fill.qty_e6 // 10_000, yes_e4(order.outcome, fill.price_e4),
                bought is not fill.maker, fill.matched_ms,
            )  # fmt: skip
            self.trade(made)
        for each in tuple(self._connections):
            each.order_changed(at_ms, order, new)

    def trade(self, made: Trade) -> None:
        """A trade happened: on the tape, and to whoever listens."""
        self.face.tape.add(made)
        for each in self._connections:
            each.traded(made)

    # Connections.

    def refuse(self, for_ms: int) -> None:
        """Let nobody connect for a while."""
        self._refused_until_ms = max(self._refused_until_ms, self.face.lab.clock.now_ms() + for_ms)

    def end_all(self) -> None:
        for each in tuple(self._connections):
            each.end()

    def route(self) -> WebSocketRoute:
        return WebSocketRoute(SOCKET_PATH, self._connected)

    async def _connected(self, socket: WebSocket) -> None:
        now_ms = self.face.exchange.timeline.advance()
        shut = self.face.exchange.is_in(Condition.RESTARTING, now_ms) or now_ms < self._refused_until_ms
        try:
            login = self.face.login("GET", SOCKET_PATH, socket.headers)
        except Refused as refused:
            reply = error(401, refused.code, refused.details)
            await socket.send_denial_response(Response(dumps(reply.body), 401, media_type="application/json"))
            return
        if shut:
            await socket.send_denial_response(Response("Service Unavailable", 503))
            return
        await socket.accept()
        connection = Connection(self, login, socket)
        self._connections.append(connection)
        try:
            await connection.run()
        finally:
            self._connections.remove(connection)
