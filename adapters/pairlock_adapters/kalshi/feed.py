"""Kalshi's socket: our orders' news, books of the markets that are traded, and changes of markets.

Whatever is in doubt is not served: after a loss every book waits for its own snapshot, a doubtful one is asked for
again, and one that does not come makes the connection begin anew. News of orders are reports of what was told, never
of what was not: reads find what the socket loses.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import trio

from pairlock.book import Book
from pairlock.facts import OrderReport
from pairlock.ports import Clock, Deliver
from pairlock_adapters.kalshi.books import BookKeeper
from pairlock_adapters.kalshi.fields import Unreadable
from pairlock_adapters.kalshi.parse_stream import (
    FindIntent,
    MarketNews,
    lateness_ms,
    market_news,
    order_news,
    socket_error,
    subscription,
)
from pairlock_adapters.kalshi.words import SOCKET_DOUBT
from pairlock_adapters.net.answers import parsed
from pairlock_adapters.net.sockets import Resync, Send, VenueSocket

BOOKS = "orderbook_delta"
ORDER_CHANNELS = ("user_orders", "fill")
MARKETS_CHANNEL = "market_lifecycle_v2"
# A doubtful book is asked for again after this, and after that the connection begins anew.
_ASK_AGAIN_MS = 1_000
_GIVE_UP_MS = 6_000
_NO_SUCH_MARKET = 16


class KalshiFeed:
    """The listener of one account's socket. ``venue_ms`` is the venue's time as we know it."""

    def __init__(
        self,
        clock: Clock,
        find: FindIntent,
        venue_ms: Callable[[], int],
        on_market: Callable[[MarketNews], None],
        *,
        most_books: int,
    ) -> None:
        self._clock = clock
        self._find = find
        self._venue_ms = venue_ms
        self._on_market = on_market
        self._most_books = most_books
        self._keeper = BookKeeper(yes_prices=True)
        self._watched: OrderedDict[str, None] = OrderedDict()
        self._send: Send | None = None
        self._deliver: Deliver | None = None
        self._commands = 0
        self._asked: set[str] = set()
        self._compared: set[str] = set()
        self._read: dict[str, Book] = {}
        self._wanted = trio.Event()
        self._books_sid = -1
        self._doubtful_since_ms = -1
        self._asked_ms = -1
        self._late_ms = 0
        self.heard_ms = -1
        self.messages = 0
        self.last_loss = ""
        self.last_error = ""
        self.unreadable = 0
        self.upside_down = ""

    def attach(self, deliver: Deliver) -> None:
        """Whoever takes the news of orders; the one who attached last."""
        self._deliver = deliver

    def detach(self, deliver: Deliver) -> None:
        if self._deliver is deliver:
            self._deliver = None

    def watch(self, market: str) -> None:
        """Have the market's book kept from now on; beyond ``most_books`` the one asked for longest ago goes."""
        known = market in self._watched
        self._watched[market] = None
        self._watched.move_to_end(market)
        if known:
            return
        self._keeper.watch(market)
        if len(self._watched) > self._most_books:
            self._forget(next(iter(self._watched)))
        self._wanted.set()

    def _forget(self, market: str) -> None:
        del self._watched[market]
        self._keeper.forget(market)
        self._read.pop(market, None)
        self._compared.discard(market)

    async def run(self, socket: VenueSocket) -> None:
        """Keep the socket until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._subscribe_wanted, socket)
            await socket.run(self)

    async def _subscribe_wanted(self, socket: VenueSocket) -> None:
        """Subscribe to what was asked for meanwhile, from a task that a reader's time limit does not cut short."""
        while True:
            await self._wanted.wait()
            self._wanted = trio.Event()
            if self._send is not None:
                await self._subscribe_books(socket.send)

    def read(self, book: Book) -> None:
        """A book that was read: the socket's own is compared with it until a level tells its scale."""
        if book.market in self._watched and book.market not in self._compared:
            self._read[book.market] = book
            self._compare(book.market)

    def _compare(self, market: str) -> None:
        book = self._read.get(market)
        if book is None or market in self._compared or self._keeper.doubt_of(market):
            return
        if self._keeper.agrees(book):
            self._compared.add(market)
        elif self._keeper.disagrees(book):
            self.upside_down = f"the socket quotes {market} on the NO scale, though asked for the YES scale"

    def book(self, market: str, *, not_before_ms: int, most_late_ms: int) -> Book | None:
        """The book as of when any book was last heard of; None where it is in doubt, unheard of since or late."""
        if self._send is None or self.heard_ms < not_before_ms or self._late_ms > most_late_ms:
            return None
        self._compare(market)
        if self.upside_down or market not in self._compared:
            return None
        return self._keeper.book(market, self.heard_ms)

    # What the socket calls.

    async def on_connect(self, send: Send) -> None:
        self._send = send
        self._asked.clear()
        self._compared.clear()
        self._read.clear()
        self.upside_down = ""
        self._books_sid = -1
        self._doubtful_since_ms = self._asked_ms = -1
        self._keeper.reset("connected anew")
        await send(self._command("subscribe", channels=[*ORDER_CHANNELS]))
        await send(self._command("subscribe", channels=[MARKETS_CHANNEL]))
        await self._subscribe_books(send)

    def on_lost(self, reason: str, status: int) -> None:
        self._send = None
        self.last_loss = f"{reason} ({status})" if status else reason
        self._keeper.reset(reason)

    async def on_text(self, text: str, at_ms: int) -> None:
        body = parsed(text.encode())
        self.messages += 1
        if not isinstance(body, dict):
            self.unreadable += 1
            raise Resync("a message that is not JSON")
        kind = body.get("type")
        if self._keeper.hear(body):
            if kind != "ok":
                # The numbers count over all books: a message of one tells that no other missed anything before it.
                self.heard_ms = at_ms
                self._late_ms = lateness_ms(body, self._venue_ms())
            await self._mend(at_ms)
        elif kind in ("fill", "user_order"):
            await self._order_news(body, at_ms)
        elif kind in (MARKETS_CHANNEL, "event_lifecycle", "event_fee_update"):
            news = market_news(body)
            if news is not None:
                self._on_market(news)
        elif kind == "error":
            self._error(body)
        else:
            found = subscription(body)
            if found is not None and found[0] == BOOKS:
                self._books_sid = found[1]
                self._wanted.set()

    async def _order_news(self, body: dict[str, object], at_ms: int) -> None:
        deliver = self._deliver
        if deliver is None:
            return
        try:
            said: OrderReport | None = order_news(body, self._find, at_ms)
        except Unreadable:
            self.unreadable += 1
            return
        if said is not None:
            await deliver(said)

    def _error(self, body: dict[str, object]) -> None:
        error = socket_error(body)
        self.last_error = f"{error.code} {error.words}"
        if error.code in SOCKET_DOUBT:
            raise Resync(f"error {error.code}, {SOCKET_DOUBT[error.code]}")
        if error.code == _NO_SUCH_MARKET and error.market in self._watched:
            self._forget(error.market)
            self._asked.discard(error.market)
            if self._books_sid < 0:
                # The whole subscription failed for the one market: it begins anew without it.
                self._asked.clear()
                self._wanted.set()

    # What we send.

    def _command(self, cmd: str, **params: object) -> str:
        self._commands += 1
        return json.dumps({"id": self._commands, "cmd": cmd, "params": params})

    async def _subscribe_books(self, send: Callable[[str], Awaitable[object]]) -> None:
        """The first markets begin the subscription, later ones join it; between the two they wait for its number."""
        waiting = [name for name in self._watched if name not in self._asked]
        gone = [name for name in self._asked if name not in self._watched]
        if self._asked and self._books_sid < 0:
            return
        if gone:
            self._asked.difference_update(gone)
            await send(self._update("delete_markets", gone))
        if not waiting:
            return
        begins = self._books_sid < 0
        self._asked.update(waiting)
        if begins:
            params: dict[str, object] = {
                "channels": [BOOKS],
                "market_tickers": waiting,
                "use_yes_price": True,
            }
            await send(self._command("subscribe", **params))
        else:
            await send(self._update("add_markets", waiting))

    def _update(self, action: str, markets: list[str]) -> str:
        return self._command(
            "update_subscription",
            sids=[self._books_sid],
            action=action,
            market_tickers=markets,
            use_yes_price=True,
        )

    async def _mend(self, at_ms: int) -> None:
        """Ask for the snapshots of doubtful books again, and in the end for a new connection."""
        doubtful = [name for name in self._keeper.doubtful() if name in self._asked]
        if not doubtful:
            self._doubtful_since_ms = -1
            return
        if self._doubtful_since_ms < 0:
            self._doubtful_since_ms = self._asked_ms = at_ms
        if at_ms - self._doubtful_since_ms >= _GIVE_UP_MS:
            raise Resync(f"no snapshot of {doubtful[0]}: {self._keeper.doubt_of(doubtful[0])}")
        if at_ms - self._asked_ms >= _ASK_AGAIN_MS and self._books_sid >= 0:
            self._asked_ms = at_ms
            assert self._send is not None
            await self._send(self._update("get_snapshot", doubtful))
