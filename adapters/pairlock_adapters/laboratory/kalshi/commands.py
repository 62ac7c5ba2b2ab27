"""Commands of a client over Kalshi's socket, checked; and the subscriptions that they make."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import define, field

from pairlock_adapters.laboratory.kalshi import frames
from pairlock_adapters.laboratory.kalshi.book_stream import BookStream
from pairlock_adapters.laboratory.kalshi.frames import Frame

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

BOOKS, TICKER, TRADE, LIFECYCLE = "orderbook_delta", "ticker", "trade", "market_lifecycle_v2"
FILL, ORDERS, POSITIONS = "fill", "user_orders", "market_positions"
# Accepted, and nothing ever happens there.
_SILENT = (
    "multivariate_market_lifecycle", "multivariate", "communications", "order_group_updates",
)  # fmt: skip
CHANNELS = (BOOKS, TICKER, TRADE, LIFECYCLE, FILL, ORDERS, POSITIONS, *_SILENT)
_ACTIONS = ("add_markets", "delete_markets", "get_snapshot")


class Mistake(Exception):
    """A command that cannot be done, by the number of its error."""

    def __init__(self, code: int, ticker: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.ticker = ticker


@define
class Subscription:
    """``markets`` None: all of them. ``books`` for the book channel only."""

    sid: int
    channel: str
    markets: set[str] | None
    books: BookStream | None = None

    def wants(self, market: str) -> bool:
        return self.markets is None or market in self.markets


@define
class Subscriptions:
    """Of one connection. ``say`` puts a message into its outbox."""

    face: KalshiFace
    say: Callable[[Frame], None]
    by_sid: dict[int, Subscription] = field(factory=dict)
    _made: int = 0

    def command(self, text: str) -> None:
        """Do what a client's message asks for, and answer it."""
        ident: int | None = None
        try:
            body = json.loads(text, parse_float=str)
            if not isinstance(body, dict):
                raise Mistake(1)
            ident = body["id"] if isinstance(body.get("id"), int) else None
            self._done(ident, body)
        except (ValueError, RecursionError):
            self.say(frames.error(None, 1))
        except Mistake as mistake:
            self.say(frames.error(ident, mistake.code, mistake.ticker))

    def _done(self, ident: int | None, body: dict[str, Any]) -> None:
        command = body.get("cmd")
        if command == "list_subscriptions":
            listed = [{"channel": each.channel, "sid": each.sid} for each in self.by_sid.values()]
            self.say({"id": ident, "type": "ok", "msg": listed})
            return
        if command not in ("subscribe", "unsubscribe", "update_subscription"):
            raise Mistake(5)
        params = body.get("params")
        if not isinstance(params, dict):
            raise Mistake(2)
        if command == "subscribe":
            self._subscribe(ident, params)
        elif command == "unsubscribe":
            self._unsubscribe(ident, params)
        else:
            self._update(ident, params)

    def _subscribe(self, ident: int | None, params: dict[str, Any]) -> None:
        channels = params.get("channels")
        if not isinstance(channels, list) or not channels:
            raise Mistake(3)
        for channel in channels:
            if channel not in CHANNELS:
                raise Mistake(8)
        markets = self._markets(params)
        if BOOKS in channels and not markets:
            raise Mistake(14)
        taken = {each.channel for each in self.by_sid.values()}
        for channel in channels:
            if channel in taken:
                self.say(frames.error(ident, 6))
                continue
            self._made += 1
            made = Subscription(self._made, channel, None if markets is None else set(markets))
            self.by_sid[made.sid] = made
            self.say({"id": ident, "type": "subscribed", "msg": {"channel": channel, "sid": made.sid}})
            self._begin(made, params, markets or [])

    def _begin(self, made: Subscription, params: dict[str, Any], markets: list[str]) -> None:
        at_ms = self.face.exchange.timeline.advance()
        states = self.face.exchange.markets
        if made.channel == BOOKS:
            made.books = BookStream(self.face, made.sid, bool(params.get("use_yes_price")), self.say)
            for market in markets:
                made.books.snapshot(states[market], at_ms)
        elif made.channel == TICKER and params.get("send_initial_snapshot"):
            for market in markets or states:
                self.say(frames.ticker(self.face, states[market], made.sid, at_ms))

    def _markets(self, params: dict[str, Any]) -> list[str] | None:
        """The markets that a command names; None where it names none. Raises Mistake."""
        named = params.get("market_tickers", [])
        if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
            raise Mistake(11)
        one = params.get("market_ticker")
        if one is not None and not isinstance(one, str):
            raise Mistake(11)
        wanted = [*named, *([one] if one else [])]
        for market in wanted:
            if market not in self.face.exchange.markets:
                raise Mistake(16, market)
        return list(dict.fromkeys(wanted)) or None

    def _named(self, params: dict[str, Any]) -> list[Subscription]:
        sids = params.get("sids", [params["sid"]] if "sid" in params else [])
        if not isinstance(sids, list) or not sids:
            raise Mistake(4)
        found = []
        for sid in sids:
            if not isinstance(sid, int) or sid not in self.by_sid:
                raise Mistake(7)
            found.append(self.by_sid[sid])
        return found

    def _unsubscribe(self, ident: int | None, params: dict[str, Any]) -> None:
        for gone in self._named(params):
            del self.by_sid[gone.sid]
            seq = 1 if gone.books is None else max(1, gone.books.seq)
            self.say({"id": ident, "sid": gone.sid, "seq": seq, "type": "unsubscribed"})

    def _update(self, ident: int | None, params: dict[str, Any]) -> None:
        named = self._named(params)
        if len(named) != 1:
            raise Mistake(12)
        action = params.get("action")
        if action is None:
            raise Mistake(15)
        if action not in _ACTIONS:
            raise Mistake(13)
        updated, markets = named[0], self._markets(params)
        if not markets:
            raise Mistake(14)
        self._change(updated, action, markets)
        seq = 0 if updated.books is None else updated.books.seq
        answer: Frame = {"id": ident, "sid": updated.sid, "seq": seq, "type": "ok"}
        if action != "get_snapshot":
            answer["msg"] = {"market_tickers": sorted(updated.markets or ())}
        self.say(answer)
        if updated.books is not None and action != "delete_markets":
            at_ms = self.face.exchange.timeline.advance()
            for market in markets:
                updated.books.snapshot(self.face.exchange.markets[market], at_ms)

    def _change(self, updated: Subscription, action: str, markets: list[str]) -> None:
        if action == "add_markets":
            updated.markets = (updated.markets or set()) | set(markets)
        elif action == "delete_markets":
            updated.markets = (updated.markets or set(self.face.exchange.markets)) - set(markets)
            for market in markets if updated.books is not None else ():
                assert updated.books is not None
                updated.books.forget(market)
