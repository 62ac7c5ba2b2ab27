"""One token's book, built from the market socket, and the doubt in which it is not served.

The socket numbers nothing, so a lost message shows only by its effects. A book is trusted from a whole ``book``
message on and falls into doubt, until the next one, when anything does not fit: a hash, a best price told beside a
change, a crossed book, a time that runs backwards, a change of the tick, a message that cannot be read. In doubt it
is not served at all.

The venue's hash is SHA-1 over compact JSON of the whole book in a fixed order of fields with an empty hash, levels as
written (the official clients' ``generate_orderbook_summary_hash``; ten of ten recorded socket messages agree). The
socket leaves two of those fields away, which the market's rules tell; the last trade's price is one of the others,
and only the first book of a connection has it: later hashes are of a price that may be told after them (issue 117 of
py-clob-client-v2), so a book without it is not judged by its hash. A change carries a hash too, but documents say in
one place that it is the book's and in another the order's: it counts from the first time that it is the book's. A
change whose hash then does not agree puts the book in doubt until a later one agrees again or a whole book comes.
"""

from __future__ import annotations

import json
from hashlib import sha1

from attrs import frozen

from pairlock.book import Book, Level
from pairlock.units import DOLLAR_E4
from pairlock_adapters.polymarket.quantities import Unreadable, decimal_in, decimal_parts, rows_of, text

_Written = tuple[str, str]  # price and size as the venue writes them
_SIZE_DECIMALS = 2


@frozen
class HashFields:
    """What a book's hash is computed over beside its levels, as texts."""

    market: str
    asset_id: str
    min_order_size: str
    tick_size: str
    neg_risk: bool
    last_trade_price: str


def book_hash(fields: HashFields, timestamp: str, bids: list[_Written], asks: list[_Written]) -> str:
    """The hash that the venue puts on the book."""
    told = {
        "market": fields.market,
        "asset_id": fields.asset_id,
        "timestamp": timestamp,
        "hash": "",
        "bids": [{"price": price, "size": size} for price, size in bids],
        "asks": [{"price": price, "size": size} for price, size in asks],
        "min_order_size": fields.min_order_size,
        "tick_size": fields.tick_size,
        "neg_risk": fields.neg_risk,
        "last_trade_price": fields.last_trade_price,
    }
    serialized = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    # Half of a surrogate pair is a hash that does not agree, not an error.
    return sha1(serialized.encode(errors="replace"), usedforsecurity=False).hexdigest()


def _level(row: dict[str, object]) -> tuple[int, _Written]:
    price, size = text(row, "price"), text(row, "size")
    price_e4 = decimal_in(price, 4, "price")
    if not 0 < price_e4 < DOLLAR_E4:
        raise Unreadable(f"a level at {price!r:.40}")
    decimal_parts(size, "size")
    return price_e4, (price, size)


def _size_e2(written: str) -> int:
    """Rounded down: what is offered finer than an order's step cannot be taken whole."""
    digits, decimals = decimal_parts(written, "size")
    if decimals <= _SIZE_DECIMALS:
        return digits * int(10 ** (_SIZE_DECIMALS - decimals))
    return digits // int(10 ** (decimals - _SIZE_DECIMALS))


def _levels(side: dict[int, _Written], *, best_high: bool) -> tuple[Level, ...]:
    sized = ((price_e4, _size_e2(side[price_e4][1])) for price_e4 in sorted(side, reverse=best_high))
    return tuple((price_e4, size_e2) for price_e4, size_e2 in sized if size_e2 > 0)


def _side(body: dict[str, object], key: str) -> dict[int, _Written]:
    rows = [_level(row) for row in rows_of(body, key)]
    side = dict(rows)
    if len(side) != len(rows):
        raise Unreadable(f"two {key} at one price")
    return side


def _told(body: dict[str, object], key: str, known: str) -> str:
    value = body.get(key, known)
    return value if isinstance(value, str) else known


def rest_book(
    body: object, *, market: str, token_id: str, yes: bool, read_at_ms: int, hashed: bool = True
) -> Book:
    """The answer to ``GET /book`` in YES terms, in whatever order it lists levels; ``Unreadable`` if its hash is not.

    ``hashed`` False: do not check the hash.
    """
    if not isinstance(body, dict):
        raise Unreadable("a book that is not an object")
    if text(body, "asset_id") != token_id or text(body, "market").lower() != market.lower():
        raise Unreadable(f"the book of {body.get('asset_id')!r:.80}")
    bids, asks = _side(body, "bids"), _side(body, "asks")
    if hashed:
        neg_risk = body.get("neg_risk")
        if not isinstance(neg_risk, bool):
            raise Unreadable(f"neg_risk is {neg_risk!r:.80}")
        fields = HashFields(
            text(body, "market"), token_id, text(body, "min_order_size"), text(body, "tick_size"), neg_risk,
            _told(body, "last_trade_price", ""),
        )  # fmt: skip
        lists = [
            [(text(row, "price"), text(row, "size")) for row in rows_of(body, key)]
            for key in ("bids", "asks")
        ]
        if book_hash(fields, text(body, "timestamp"), *lists) != text(body, "hash"):
            raise Unreadable("the book's hash is not that of its levels")
    return _book(market, bids, asks, yes=yes, read_at_ms=read_at_ms)


def _book(
    market: str, bids: dict[int, _Written], asks: dict[int, _Written], *, yes: bool, read_at_ms: int
) -> Book:
    high, low = _levels(bids, best_high=True), _levels(asks, best_high=False)
    if high and low and high[0][0] >= low[0][0]:
        raise Unreadable(f"a crossed book: bid {high[0][0]}, ask {low[0][0]}")
    if yes:
        return Book(market, high, low, read_at_ms)
    return Book(market, _mirrored(low), _mirrored(high), read_at_ms)


def _mirrored(levels: tuple[Level, ...]) -> tuple[Level, ...]:
    return tuple((DOLLAR_E4 - price_e4, size_e2) for price_e4, size_e2 in levels)


class TokenBook:
    """The book of one market's YES token as the socket tells it. Never raises: what does not fit is doubt.

    ``hashed`` False: hashes are not looked at.
    """

    def __init__(self, fields: HashFields, *, hashed: bool = True) -> None:
        self._fields = fields
        self._hashed = hashed
        self._bids: dict[int, _Written] = {}
        self._asks: dict[int, _Written] = {}
        self._timestamp = 0
        self._change_hash_is_books = False
        self._lost = True
        self.doubt = "no snapshot yet"
        self.tick = fields.tick_size

    def lose(self, why: str) -> None:
        """From now on it is not served, until a whole book comes."""
        self._bids, self._asks = {}, {}
        self._lost = True
        self.doubt = why

    def snapshot(self, body: dict[str, object]) -> None:
        """A ``book`` message."""
        try:
            self._replace(body)
        except Unreadable as error:
            self.lose(f"book: {error}")

    def _replace(self, body: dict[str, object]) -> None:
        bids, asks = _side(body, "bids"), _side(body, "asks")
        lists = [
            [(text(row, "price"), text(row, "size")) for row in rows_of(body, key)]
            for key in ("bids", "asks")
        ]
        known = self._fields
        fields = HashFields(
            text(body, "market"), text(body, "asset_id"), _told(body, "min_order_size", known.min_order_size),
            _told(body, "tick_size", known.tick_size), known.neg_risk,
            _told(body, "last_trade_price", known.last_trade_price),
        )  # fmt: skip
        timestamp = text(body, "timestamp")
        whole = "last_trade_price" in body and "tick_size" in body
        if self._hashed and whole and book_hash(fields, timestamp, *lists) != text(body, "hash"):
            raise Unreadable("its hash is not that of its levels")
        self._stamped(timestamp)
        _book("", bids, asks, yes=True, read_at_ms=0)
        self._bids, self._asks, self._fields, self.tick = bids, asks, fields, fields.tick_size
        self._lost = False
        self.doubt = ""

    def _stamped(self, timestamp: str) -> None:
        at_ms = decimal_in(timestamp, 0, "timestamp")
        if at_ms < self._timestamp and not self._lost:
            raise Unreadable(f"its time {at_ms} is before {self._timestamp}")
        self._timestamp = at_ms

    def change(self, rows: list[dict[str, object]], timestamp: object) -> None:
        """This token's rows of one ``price_change`` message: each a level's new size, which replaces the old one."""
        if self._lost or not rows:
            return
        try:
            self._changed(rows, timestamp)
        except Unreadable as error:
            self.lose(f"price_change: {error}")

    def _changed(self, rows: list[dict[str, object]], timestamp: object) -> None:
        if not isinstance(timestamp, str):
            raise Unreadable(f"timestamp is {timestamp!r:.40}")
        self._stamped(timestamp)
        for row in rows:
            price_e4, written = _level(row)
            side = {"BUY": self._bids, "SELL": self._asks}.get(str(row.get("side")).upper())
            if side is None:
                raise Unreadable(f"side is {row.get('side')!r:.40}")
            if decimal_parts(written[1], "size")[0] == 0:
                side.pop(price_e4, None)
            else:
                side[price_e4] = written
        # The rows of one message are one moment: it is judged after the last of them.
        last = rows[-1]
        _book("", self._bids, self._asks, yes=True, read_at_ms=0)
        self._best(last, "best_bid", max(self._bids, default=0), empty=0)
        self._best(last, "best_ask", min(self._asks, default=DOLLAR_E4), empty=DOLLAR_E4)
        self._change_hash(last, timestamp)

    def _best(self, row: dict[str, object], key: str, ours_e4: int, *, empty: int) -> None:
        told = row.get(key)
        if told in (None, ""):
            return
        told_e4 = decimal_in(told, 4, key)
        # An empty side is written as 0 or 1, on either side.
        if told_e4 != ours_e4 and not (ours_e4 == empty and told_e4 in (0, DOLLAR_E4)):
            raise Unreadable(f"{key} is {told!r:.40}, {ours_e4}/10000 by the levels we know")

    def _change_hash(self, row: dict[str, object], timestamp: str) -> None:
        told = row.get("hash")
        if not self._hashed or not isinstance(told, str) or not told:
            return
        bids = [self._bids[price_e4] for price_e4 in sorted(self._bids)]
        asks = [self._asks[price_e4] for price_e4 in sorted(self._asks, reverse=True)]
        if book_hash(self._fields, timestamp, bids, asks) == told:
            self._change_hash_is_books = True
            self.doubt = ""
        elif self._change_hash_is_books:
            # It may be of a trade that is yet to be told; the levels are kept, and not served.
            self.doubt = "the last change's hash is not that of the book after it"

    def traded(self, price: object) -> None:
        """A ``last_trade_price`` message: part of the hash."""
        if isinstance(price, str):
            known = self._fields
            self._fields = HashFields(
                known.market, known.asset_id, known.min_order_size, known.tick_size, known.neg_risk, price
            )

    def book(self, market: str, read_at_ms: int) -> Book | None:
        """The book; None while it is in doubt."""
        if self.doubt:
            return None
        return _book(market, self._bids, self._asks, yes=True, read_at_ms=read_at_ms)
