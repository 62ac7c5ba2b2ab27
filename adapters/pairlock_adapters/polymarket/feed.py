"""Polymarket's two sockets: books of the markets that are traded, and the news of our own orders.

Whatever is in doubt is not served: after a loss every book waits for its own snapshot; a doubtful one is subscribed to
anew, and one that does not come makes the connection begin again. News of orders are reports of what was told, never
of what was not: reads find what a socket loses.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import trio

from pairlock.book import Book
from pairlock.facts import OrderReport
from pairlock.ports import Clock, Deliver
from pairlock.runner.clock import seconds
from pairlock_adapters.net.answers import parsed
from pairlock_adapters.net.sockets import Resync, Send, VenueSocket
from pairlock_adapters.polymarket.books import HashFields, TokenBook
from pairlock_adapters.polymarket.markets import Market
from pairlock_adapters.polymarket.parse_stream import FindOrder, user_news
from pairlock_adapters.polymarket.quantities import Unreadable, decimal_in, rows_of

Row = dict[str, object]

_ASK_AGAIN_MS = 1_000
_GIVE_UP_MS = 6_000
# Nothing is numbered: that a book's own news have stopped does not show beside those of other markets.
_QUIET_MS = 15_000


def _messages(text: str) -> list[Row]:
    """The events of one text, which may be one or a list. Resync where it is neither."""
    body = parsed(text.encode())
    found: list[object] = body if isinstance(body, list) else [body]
    events = [each for each in found if isinstance(each, dict)]
    if len(events) != len(found):
        raise Resync("a message that is not JSON")
    return events


def _decimal(amount_e4: int) -> str:
    return f"0.{amount_e4:04d}".rstrip("0")


class MarketFeed:
    """The listener of the market socket. ``venue_ms``: the venue's time as we know it; ``on_tick``: a new tick."""

    def __init__(
        self,
        clock: Clock,
        venue_ms: Callable[[], int],
        on_tick: Callable[[str, int], None],
        *,
        most_books: int,
        hashed: bool = True,
    ) -> None:
        self._clock = clock
        self._venue_ms = venue_ms
        self._on_tick = on_tick
        self._most_books = most_books
        self._hashed = hashed
        self._books: dict[str, TokenBook] = {}  # by asset id
        self._assets: dict[str, str] = {}  # by condition id
        self._told_ms: dict[str, int] = {}
        self._asked_ms: dict[str, int] = {}
        self._doubtful_since_ms: dict[str, int] = {}
        self._socket: VenueSocket | None = None
        self._connected = False
        self._give_up = False
        self._wanted = trio.Event()
        self._late_ms = 0
        self.quiet_ms = _QUIET_MS
        self.heard_ms = -1
        self.last_loss = ""
        self.last_doubt = ""

    def watch(self, market: Market) -> None:
        """Have the market's book kept from now on. Beyond ``most_books`` nothing more is kept: books are read."""
        if market.condition_id in self._assets or len(self._assets) >= self._most_books:
            return
        asset = str(market.yes_token)
        fields = HashFields(
            market.condition_id, asset, market.minimum_text, _decimal(market.tick_e4), market.neg_risk, ""
        )
        self._assets[market.condition_id] = asset
        self._books[asset] = TokenBook(fields, hashed=self._hashed)
        self._wanted.set()

    def book(self, condition_id: str, *, not_before_ms: int, most_late_ms: int) -> Book | None:
        """The book as of when the socket was last heard; None where it is in doubt, unheard of since or late, or
        where nothing of it was told for ``quiet_ms``."""
        asset = self._assets.get(condition_id, "")
        if not self._connected or self.heard_ms < not_before_ms or self._late_ms > most_late_ms:
            return None
        kept = self._books.get(asset)
        if self.heard_ms - self._told_ms.get(asset, -1) > self.quiet_ms:
            return None
        return None if kept is None else kept.book(condition_id, self.heard_ms)

    def doubt_of(self, condition_id: str) -> str:
        """Why the book is not served, "" where it is not in doubt."""
        kept = self._books.get(self._assets.get(condition_id, ""))
        return "not watched" if kept is None else kept.doubt

    async def run(self, socket: VenueSocket) -> None:
        """Keep the socket until cancelled; it is opened when there is something to watch."""
        self._socket = socket
        await self._wanted.wait()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._mend)
            await socket.run(self)

    # What the socket calls.

    async def on_connect(self, send: Send) -> None:
        self._lose_all("connected anew")
        self._give_up = False
        self._asked_ms = dict.fromkeys(self._books, self._clock.now_ms())
        self._doubtful_since_ms = dict(self._asked_ms)
        await send(
            json.dumps({
                "type": "market", "assets_ids": list(self._books), "initial_dump": True,
                "custom_feature_enabled": True,
            })
        )  # fmt: skip
        self._connected = True

    def on_lost(self, reason: str, status: int) -> None:
        self._connected = False
        self.last_loss = f"{reason} ({status})" if status else reason
        self._lose_all(reason)

    def _lose_all(self, reason: str) -> None:
        for kept in self._books.values():
            kept.lose(reason)

    async def on_text(self, text: str, at_ms: int) -> None:
        self.heard_ms = at_ms
        for body in _messages(text):
            self._hear(body, at_ms)
        if self._give_up and any(kept.doubt for kept in self._books.values()):
            raise Resync(f"no snapshot: {self.last_doubt}")

    def _hear(self, body: Row, at_ms: int) -> None:
        kind = body.get("event_type") or body.get("type")
        if kind == "price_change":
            self._changes(body, at_ms)
        elif kind in ("book", "tick_size_change", "last_trade_price"):
            kept = self._books.get(str(body.get("asset_id")))
            if kept is None:
                return
            self._told_ms[str(body.get("asset_id"))] = at_ms
            if kind == "book":
                kept.snapshot(body)
            elif kind == "tick_size_change":
                kept.lose("the tick changed")
                self._tick(body)
            else:
                kept.traded(body.get("price"))
        else:
            return
        self._judge(body, at_ms)

    def _changes(self, body: Row, at_ms: int) -> None:
        try:
            rows = rows_of(body, "price_changes")
        except Unreadable as error:
            # Whose book it was cannot be told.
            self._lose_all(f"price_change: {error}")
            return
        for asset, kept in self._books.items():
            own = [row for row in rows if row.get("asset_id") == asset]
            kept.change(own, body.get("timestamp"))
            if own:
                self._told_ms[asset] = at_ms

    def _tick(self, body: Row) -> None:
        market = next((each for each, asset in self._assets.items() if asset == body.get("asset_id")), "")
        try:
            self._on_tick(market, decimal_in(body.get("new_tick_size"), 4, "new_tick_size"))
        except Unreadable as error:
            self.last_doubt = str(error)

    def _judge(self, body: Row, at_ms: int) -> None:
        """Note how late the venue's news are, and which books have just fallen into doubt."""
        stamp = body.get("timestamp")
        if isinstance(stamp, str) and stamp.isascii() and stamp.isdecimal():
            self._late_ms = max(0, self._venue_ms() - int(stamp[:15]))
        for asset, kept in self._books.items():
            if not kept.doubt:
                self._doubtful_since_ms.pop(asset, None)
            elif asset not in self._doubtful_since_ms:
                self._doubtful_since_ms[asset] = at_ms
                self._asked_ms.pop(asset, None)
                self.last_doubt = kept.doubt
                self._wanted.set()

    # What we send.

    async def _mend(self) -> None:
        """Subscribe to new markets, and again to doubtful ones; in the end begin the connection anew."""
        while True:
            with trio.move_on_after(seconds(_ASK_AGAIN_MS)):
                await self._wanted.wait()
            self._wanted = trio.Event()
            now_ms = self._clock.now_ms()
            if not self._connected or self._socket is None:
                continue
            doubtful = [asset for asset, kept in self._books.items() if kept.doubt]
            since_ms = [self._doubtful_since_ms.setdefault(asset, now_ms) for asset in doubtful]
            self._give_up = any(now_ms - each >= _GIVE_UP_MS for each in since_ms)
            never_ms = now_ms - _ASK_AGAIN_MS
            again = [asset for asset in doubtful if self._asked_ms.get(asset, never_ms) <= never_ms]
            await self._subscribe(again, now_ms)

    async def _subscribe(self, assets: list[str], now_ms: int) -> None:
        assert self._socket is not None
        asked = [asset for asset in assets if asset in self._asked_ms]
        if asked:
            await self._socket.send(json.dumps({"operation": "unsubscribe", "assets_ids": asked}))
        if assets:
            self._asked_ms.update(dict.fromkeys(assets, now_ms))
            text = {"operation": "subscribe", "assets_ids": assets, "custom_feature_enabled": True}
            await self._socket.send(json.dumps(text))


class UserFeed:
    """The listener of the user socket. ``login`` makes the credentials of its subscription, afresh each time."""

    def __init__(self, find: FindOrder, login: Callable[[], Row], refused: Callable[[int], None]) -> None:
        self._find = find
        self._login = login
        self._refused = refused
        self._deliver: Deliver | None = None
        self.heard_ms = -1
        self.last_loss = ""
        self.unreadable = 0

    def attach(self, deliver: Deliver) -> None:
        """Whoever takes the news of orders; the one who attached last."""
        self._deliver = deliver

    def detach(self, deliver: Deliver) -> None:
        if self._deliver is deliver:
            self._deliver = None

    async def on_connect(self, send: Send) -> None:
        await send(json.dumps({"type": "user", "auth": self._login()}))

    def on_lost(self, reason: str, status: int) -> None:
        self.last_loss = f"{reason} ({status})" if status else reason
        if status in (401, 429):
            self._refused(status)

    async def on_text(self, text: str, at_ms: int) -> None:
        self.heard_ms = at_ms
        for body in _messages(text):
            for said in self._news(body, at_ms):
                if self._deliver is not None:
                    await self._deliver(said)

    def _news(self, body: Row, at_ms: int) -> tuple[OrderReport, ...]:
        try:
            return user_news(body, self._find, at_ms)
        except Unreadable:
            self.unreadable += 1
            return ()
