"""Kalshi's books from the socket: snapshots and deltas with sequence numbers, never served while in doubt.

The numbers of a subscription (``sid``) count over all its markets: a gap means that any of them missed something, so
all of them are in doubt until their own next snapshot. With ``use_yes_price`` both sides are quoted from the YES leg;
without it NO levels come in NO prices. A size below nothing or a message that cannot be read is doubt too.
"""

from __future__ import annotations

from pairlock.book import Book, Level
from pairlock.units import DOLLAR_E4
from pairlock_adapters.kalshi.fields import Body, Unreadable, decimal, inner, text, units, whole
from pairlock_adapters.kalshi.parse_market import levels, ordered

_ABOUT_BOOKS = ("orderbook_snapshot", "orderbook_delta", "ok")
_OLD_SIDES = ("yes", "no", "yes_dollars", "no_dollars")
_NEW_SIDES = ("yes_dollars_fp", "no_dollars_fp")


class _Sides:
    """Sizes by YES price of one market; ``doubt`` is "" while the book can be trusted."""

    def __init__(self) -> None:
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.doubt = "no snapshot yet"
        self.sid = -1


class BookKeeper:
    """The books of one connection's subscriptions; a new connection begins with ``reset``.

    ``gaps`` counts gaps in the numbers, ``negatives`` sizes that went below nothing.
    """

    def __init__(self, *, yes_prices: bool) -> None:
        self._yes_prices = yes_prices
        self._markets: dict[str, _Sides] = {}
        self._last: dict[int, int] = {}
        self._newest: dict[int, Body] = {}
        self.gaps = 0
        self.negatives = 0

    def reset(self, why: str) -> None:
        """The connection is gone or not to be trusted: every book is in doubt, and the numbers begin anew."""
        self._last.clear()
        self._newest.clear()
        self._doubt_all(why)

    def watch(self, market: str) -> None:
        """A market that is being subscribed to: in doubt until its snapshot."""
        self._markets.setdefault(market, _Sides())

    def forget(self, market: str) -> None:
        """A market that is not kept any longer."""
        self._markets.pop(market, None)

    def doubtful(self) -> tuple[str, ...]:
        """The markets that need a new snapshot."""
        return tuple(sorted(name for name, sides in self._markets.items() if sides.doubt))

    def doubt_of(self, market: str) -> str:
        """Why a market's book is not served; "" if it is."""
        sides = self._markets.get(market)
        return "not subscribed to" if sides is None else sides.doubt

    def book(self, market: str, read_ms: int) -> Book | None:
        """The book as of ``read_ms``, when the connection was last heard; None while it is in doubt or crossed."""
        sides = self._markets.get(market)
        if sides is None or sides.doubt:
            return None
        try:
            return ordered(market, list(sides.bids.items()), list(sides.asks.items()), read_ms)
        except Unreadable:
            return None

    def agrees(self, read: Book) -> bool:
        """Whether the socket quotes its asks on the scale that we take it to: compared with a book that was read.

        A venue that does not heed ``use_yes_price`` would turn every NO level upside down, in a book that still looks
        well formed. Levels of the same price and size tell which scale it is; what they do not tell is not assumed.
        """
        return self._straight(read) > 0

    def disagrees(self, read: Book) -> bool:
        """Whether it quotes them on the other scale."""
        return self._straight(read) < 0

    def _straight(self, read: Book) -> int:
        """How many more asks are as they were read than turned upside down."""
        sides = self._markets.get(read.market)
        if sides is None or sides.doubt:
            return 0
        there = set(read.asks)
        straight = there.intersection(sides.asks.items())
        mirrored = there.intersection(
            (DOLLAR_E4 - price_e4, size_e2) for price_e4, size_e2 in sides.asks.items()
        )
        return len(straight) - len(mirrored)

    def hear(self, body: object) -> bool:
        """Take in one message. False where it concerns no book. Never raises: what cannot be read is doubt."""
        if not isinstance(body, dict) or body.get("type") not in _ABOUT_BOOKS:
            return False
        try:
            self._taken(body)
        except Unreadable as error:
            self._doubt_all(f"a message that cannot be read: {error}")
        return True

    def _doubt_all(self, why: str) -> None:
        for sides in self._markets.values():
            sides.doubt = why

    def _doubt_sid(self, sid: int, why: str) -> None:
        for sides in self._markets.values():
            if sides.sid in (sid, -1):
                sides.doubt = why

    def _taken(self, body: Body) -> None:
        if body["type"] == "ok":
            self._acknowledged(body)
            return
        sid, seq = whole(body, "sid"), whole(body, "seq")
        message = inner(body, "msg")
        market = text(message, "market_ticker")
        is_snapshot = body["type"] == "orderbook_snapshot"
        last = self._last.get(sid)
        if last is not None and seq <= last:
            # The newest delta again was taken in. Anything else is a book that is no more, or numbers begun anew.
            if is_snapshot or body != self._newest.get(sid):
                self._doubt_sid(sid, f"number {seq} after number {last}")
            return
        if last is not None and seq != last + 1:
            self.gaps += 1
            self._doubt_sid(sid, f"a gap in the numbers: {last}, then {seq}")
        self._last[sid], self._newest[sid] = seq, body
        sides = self._markets.setdefault(market, _Sides())
        if is_snapshot:
            self._snapshot(sides, message)
            sides.sid = sid
        elif sides.sid == sid and not sides.doubt:
            self._delta(sides, message)

    def _acknowledged(self, body: Body) -> None:
        """An acknowledgement carries a number of its subscription; where it is the next one, it used that one up."""
        sid, seq = body.get("sid"), body.get("seq")
        if isinstance(sid, int) and isinstance(seq, int) and self._last.get(sid) == seq - 1:
            self._last[sid] = seq

    def _snapshot(self, sides: _Sides, message: Body) -> None:
        sides.doubt = "a snapshot that could not be read"
        if any(key in message for key in _OLD_SIDES) and not any(key in message for key in _NEW_SIDES):
            raise Unreadable("levels of the old shape, whose units differ")
        bids = levels(message.get("yes_dollars_fp"), "yes_dollars_fp")
        asks = [self._ask(level) for level in levels(message.get("no_dollars_fp"), "no_dollars_fp")]
        sides.bids, sides.asks = dict(bids), dict(asks)
        if (len(sides.bids), len(sides.asks)) != (len(bids), len(asks)):
            raise Unreadable("a price that comes twice in one side")
        sides.doubt = ""

    def _ask(self, level: Level) -> Level:
        price_e4, size_e2 = level
        return (price_e4 if self._yes_prices else DOLLAR_E4 - price_e4), size_e2

    def _delta(self, sides: _Sides, message: Body) -> None:
        price_e4 = decimal(message.get("price_dollars"), 4, "price_dollars")
        change_e2 = units(message, "delta_fp", 2, signed=True)
        side = text(message, "side")
        if side not in ("yes", "no") or not 0 < price_e4 < DOLLAR_E4:
            raise Unreadable(f"a delta of side {side!r:.20} at {price_e4} of 1/10,000 dollar")
        if side == "no":
            price_e4, _ = self._ask((price_e4, 0))
        there = sides.bids if side == "yes" else sides.asks
        size_e2 = there.get(price_e4, 0) + change_e2
        if size_e2 < 0:
            self.negatives += 1
            sides.doubt = f"{size_e2} of 1/100 contract at {price_e4} of 1/10,000 dollar"
        elif size_e2:
            there[price_e4] = size_e2
        else:
            there.pop(price_e4, None)
