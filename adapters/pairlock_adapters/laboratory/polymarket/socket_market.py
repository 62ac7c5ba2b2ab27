"""The market's socket: books, their changes, trades, ticks, new and resolved markets; with the faults of books."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import trio
from attrs import define
from starlette.websockets import WebSocket, WebSocketDisconnect

from pairlock.model import Outcome
from pairlock.ports import VenueError
from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.polymarket import market_messages as messages
from pairlock_adapters.laboratory.polymarket.book_bodies import Sides
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.polymarket.listing import OUTCOMES, Listing, levels
from pairlock_adapters.laboratory.wire_json import dumps
from pairlock_adapters.simulated import books
from pairlock_adapters.simulated.effects import BookSaid, Effect, Hook
from pairlock_adapters.simulated.faults import Occasion
from pairlock_adapters.simulated.state import VenueOrder

# One socket that follows more tokens than this gets no snapshots, and is not told so.
MOST_TOKENS = 500
# A book that was shown crossed is put right after this.
_CROSSED_FOR_MS = 500
_GOING_AWAY = 1001


@define
class _Followed:
    """What the client was last told of a market."""

    sides: dict[Outcome, Sides]
    tick_e4: int
    traded: int


class _HungUp(Exception):
    """The venue ends the connection."""


class _Connection:
    def __init__(self, desk: Desk, socket: WebSocket) -> None:
        self._face = desk
        self._socket = socket
        self._tokens: set[str] = set()
        self._custom = False
        self._followed: dict[str, _Followed] = {}
        self._dirty: dict[str, None] = {}
        self._news: list[tuple[str, bool]] = []  # (market, whether it is new) for those who asked for more
        self._trades: dict[str, tuple[int, int]] = {}  # market: how many fills, and the size of the last
        self._wake = trio.Event()

    async def run(self) -> None:
        exchange = self._face.exchange
        exchange.on_book.append(self._book_changed)
        exchange.on_market.append(self._market_changed)
        exchange.on_order.append(self._order_changed)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._tells)
                await self._hears()
                nursery.cancel_scope.cancel()
        finally:
            exchange.on_book.remove(self._book_changed)
            exchange.on_market.remove(self._market_changed)
            exchange.on_order.remove(self._order_changed)

    # Notes; taken inside commits, so nothing is told here.

    def _book_changed(self, market: str) -> None:
        self._dirty[market] = None
        self._wake.set()

    def _market_changed(self, at_ms: int, market: str) -> None:
        listing = self._face.catalog.find(market)
        if listing is not None and (not listing.closed or listing.yes_pays_e4 >= 0):
            known = any(token in self._tokens for token in listing.tokens)
            if listing.closed or not known:
                self._news.append((market, not listing.closed))
        self._book_changed(market)

    def _order_changed(self, at_ms: int, order: VenueOrder) -> None:
        fills = [fill for fill in order.fills if fill.matched_ms == at_ms]
        if fills:
            count = self._trades.get(order.market, (0, 0))[0]
            self._trades[order.market] = count + len(fills), fills[-1].qty_e6
            self._book_changed(order.market)

    # What the client says.

    async def _hears(self) -> None:
        while True:
            text = await self._socket.receive_text()
            if text == "PING":
                await self._socket.send_text("PONG")
                continue
            try:
                asked = json.loads(text, parse_float=str)
            except ValueError:
                continue
            if isinstance(asked, dict):
                await self._asked(asked)

    async def _asked(self, asked: dict[str, object]) -> None:
        tokens = asked.get("assets_ids")
        wanted = [str(token) for token in tokens] if isinstance(tokens, list) else []
        self._custom = bool(asked.get("custom_feature_enabled", self._custom))
        if asked.get("operation") == "unsubscribe":
            self._tokens -= set(wanted)
            return
        new = [token for token in wanted if token not in self._tokens]
        self._tokens |= set(new)
        if asked.get("initial_dump") is False or len(self._tokens) > MOST_TOKENS:
            new = []
        for token in new:
            known = self._face.catalog.by_token(token)
            listing = self._face.catalog.find(known[0]) if known is not None else None
            if known is not None and listing is not None and not listing.closed:
                await self._snapshot(listing, known[1])

    async def _snapshot(self, listing: Listing, outcome: Outcome) -> None:
        sides = {each: levels(listing.book, each) for each in OUTCOMES}
        followed = self._followed.get(listing.market)
        if followed is None:
            traded = self._trades.get(listing.market, (0, 0))[0]
            self._followed[listing.market] = _Followed(sides, listing.tick_e4, traded)
        await self._send(messages.snapshot(listing, outcome, self._face.wall_ms()))

    # What the client is told.

    async def _tells(self) -> None:
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            dirty, self._dirty = self._dirty, {}
            for market in dirty:
                await self._told(market)
            news, self._news = self._news, []
            for market, is_new in news:
                await self._told_news(market, is_new)

    async def _told_news(self, market: str, is_new: bool) -> None:
        listing = self._face.catalog.find(market)
        if not self._custom or listing is None:
            return
        tells = messages.new_market if is_new else messages.market_resolved
        if is_new or any(token in self._tokens for token in listing.tokens):
            await self._send(tells(listing, self._face.wall_ms()))

    async def _told(self, market: str) -> None:
        """Everything that changed in a market that the client follows."""
        listing = self._face.catalog.find(market)
        if listing is None or listing.closed or not any(token in self._tokens for token in listing.tokens):
            return
        followed = self._followed.setdefault(
            market, _Followed(dict.fromkeys(OUTCOMES, ((), ())), listing.tick_e4, 0)
        )
        wall_ms = self._face.wall_ms()
        if listing.tick_e4 != followed.tick_e4:
            old_e4, followed.tick_e4 = followed.tick_e4, listing.tick_e4
            for outcome in OUTCOMES:
                await self._send(messages.tick_size_change(listing, outcome, old_e4, wall_ms))
            # Whoever follows must begin anew: no level of the old grid is told again.
            followed.sides = {each: levels(listing.book, each) for each in OUTCOMES}
            for outcome in OUTCOMES:
                if listing.token(outcome) in self._tokens:
                    await self._send(messages.snapshot(listing, outcome, wall_ms))
        traded, qty_e6 = self._trades.get(market, (0, 0))
        if traded != followed.traded:
            followed.traded = traded
            for outcome in OUTCOMES:
                await self._send(messages.last_trade_price(listing, outcome, qty_e6, wall_ms))
        await self._told_book(listing, followed, wall_ms)

    async def _told_book(self, listing: Listing, followed: _Followed, wall_ms: int) -> None:
        true = {each: levels(listing.book, each) for each in OUTCOMES}
        if true == followed.sides:
            return
        shown, how = self._shown(listing, true)
        # Deltas that were applied twice leave a book that is not the one whose hash is told.
        hashed = true if how is BookSaid.RACE else shown
        before, followed.sides = followed.sides, shown
        await self._send(messages.price_change(listing, before, shown, hashed, wall_ms))
        for outcome in OUTCOMES:
            if self._custom and _best(before[outcome]) != _best(shown[outcome]):
                await self._send(messages.best_bid_ask(listing, outcome, shown[outcome], wall_ms))
        if how is BookSaid.CROSSED:
            timeline = self._face.exchange.timeline
            timeline.at(timeline.now_ms() + _CROSSED_FOR_MS, lambda at_ms: self._book_changed(listing.market))

    def _shown(self, listing: Listing, true: dict[Outcome, Sides]) -> tuple[dict[Outcome, Sides], BookSaid]:
        """The books as a fault shows them; ``_HungUp`` where it ends the connection."""
        exchange = self._face.exchange
        now_ms = exchange.timeline.advance()
        occasion = Occasion(Hook.BOOK_READ, exchange.name, now_ms, listing.market, what="book")
        effect: Effect = exchange.faults.consult(occasion)
        state = exchange.markets.get(listing.market)
        if effect.book is BookSaid.AS_IS or state is None:
            return true, BookSaid.AS_IS
        try:
            book = books.book(exchange, state, effect, now_ms)
        except VenueError as error:
            if effect.book is BookSaid.RESET and not error.shut:
                raise _HungUp from None
            return true, BookSaid.AS_IS
        return {each: (book.bids_of(each.value), book.asks_of(each.value)) for each in OUTCOMES}, effect.book

    async def _send(self, message: dict[str, object] | None) -> None:
        if message is not None:
            await self._socket.send_text(dumps(message))


def _best(sides: Sides) -> tuple[int, int]:
    bids, asks = sides
    return bids[0][0] if bids else 0, asks[0][0] if asks else DOLLAR_E4


def market_socket(desk: Desk) -> Callable[[WebSocket], Awaitable[None]]:
    """The endpoint of ``/ws/market``."""

    async def serves(socket: WebSocket) -> None:
        await socket.accept()
        try:
            await _Connection(desk, socket).run()
        except* WebSocketDisconnect:
            pass
        except* _HungUp:
            await socket.close(_GOING_AWAY)

    return serves
