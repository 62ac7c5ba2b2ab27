"""What the official client may also ask: several books at once, the exchange's hours, limits, places in a queue.

No fault concerns these reads but the ones that concern every read. What the laboratory has none of (announcements,
archived trades, maintenance) is an empty list, in the venue's own shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from pairlock_adapters.laboratory.kalshi import market_rows
from pairlock_adapters.laboratory.kalshi.portfolio import numbered_page
from pairlock_adapters.laboratory.kalshi.rest import (
    Call,
    Handled,
    Wrong,
    error,
    open_route,
    private_route,
    unread,
    wrong,
)
from pairlock_adapters.laboratory.replies import Reply
from pairlock_adapters.simulated.state import MarketState, VenueOrder
from pairlock_adapters.simulated.wire import decimal

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

_MOST_BOOKS, _MOST_TRADES = 100, 1_000
# Tokens per second of the Basic tier, and a call's cost where none is told: the venue's documentation, autumn 2026.
_READ_RATE, _WRITE_RATE, _COST = 200, 100, 10
_CHEAP = (("DELETE", "/portfolio/events/orders/{order_id}", 2), ("GET", "/portfolio/orders/{order_id}", 2))
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The laboratory never closes: its weekly hours begin here and do not end.
_FIRST_MS, _LAST_MS = 0, 4_102_444_800_000


def more_routes(face: KalshiFace) -> list[Route]:
    """To stand before ``market_routes``: some of these paths look like a market's."""
    more = MoreData(face)
    opened: list[tuple[str, Handled]] = [
        ("/markets/orderbooks", more.orderbooks),
        ("/markets/trades", more.trades),
        ("/exchange/schedule", more.schedule),
        ("/exchange/announcements", more.announcements),
        ("/exchange/user_data_timestamp", more.user_data_timestamp),
        ("/historical/cutoff", more.cutoff),
        ("/historical/trades", more.archived_trades),
        ("/historical/markets", more.archived_markets),
    ]
    signed: list[tuple[str, Handled]] = [
        ("/account/limits", more.limits),
        ("/account/endpoint_costs", more.costs),
        ("/portfolio/orders/queue_positions", more.queue_positions),
        ("/portfolio/orders/{order_id}/queue_position", more.queue_position),
    ]
    return [
        *(open_route("GET", path, handler) for path, handler in opened),
        *(private_route(face, "GET", path, handler) for path, handler in signed),
    ]


class MoreData:
    """Of one face."""

    def __init__(self, face: KalshiFace) -> None:
        self._face = face
        self._exchange = face.exchange

    async def _read(self, what: str, market: str = "") -> int:
        """One round trip; when it was at the venue. Raises Wrong where a fault gives no answer."""
        effect, at_ms = await self._face.door.read(what, market=market)
        failed = unread(self._face, effect)
        if failed is not None:
            raise Wrong(failed)
        return at_ms

    async def orderbooks(self, call: Call) -> Reply:
        """A market that is not there is left out."""
        asked = call.request.query_params.getlist("tickers")
        tickers = [name for each in asked for name in each.split(",") if name]
        if not 0 < len(tickers) <= _MOST_BOOKS:
            raise wrong("invalid_parameters", f"tickers must name 1 to {_MOST_BOOKS} markets")
        at_ms = await self._read("book")
        rows = [
            {
                "ticker": name,
                "orderbook_fp": market_rows.orderbook(
                    market_rows.shown_book(self._exchange, state, at_ms), 0
                ),
            }
            for name, state in ((name, self._exchange.markets.get(name)) for name in tickers)
            if state is not None
        ]
        return Reply(200, {"orderbooks": rows})

    async def trades(self, call: Call) -> Reply:
        """The public tape, newest first."""
        ticker = call.query("ticker")
        await self._read("rules", ticker)
        lab = self._face.lab
        least_s, most_s = call.whole("min_ts", 0), call.whole("max_ts", 2**40)
        rows: list[dict[str, object]] = [
            {
                "trade_id": trade.trade_id,
                "ticker": trade.market,
                "count_fp": market_rows.count(trade.qty_e2),
                "yes_price_dollars": market_rows.dollars(trade.yes_e4),
                "no_price_dollars": market_rows.dollars(10_000 - trade.yes_e4),
                "taker_side": "yes" if trade.taker_yes else "no",
                "taker_outcome_side": "yes" if trade.taker_yes else "no",
                "taker_book_side": "bid" if trade.taker_yes else "ask",
                "created_time": market_rows.instant(lab.wall_ms(trade.at_ms)),
                "is_block_trade": False,
            }
            for trade in reversed(self._face.tape.trades)
            if ticker in ("", trade.market) and least_s <= lab.wall_ms(trade.at_ms) // 1_000 <= most_s
        ]
        page, cursor = numbered_page(call, rows, 100, _MOST_TRADES)
        return Reply(200, {"trades": page, "cursor": cursor})

    async def schedule(self, call: Call) -> Reply:
        await self._read("rules")
        hours = {day: [{"open_time": "00:00", "close_time": "24:00"}] for day in _DAYS}
        week: dict[str, object] = {
            "start_time": market_rows.instant(_FIRST_MS),
            "end_time": market_rows.instant(_LAST_MS),
            **hours,
        }
        return Reply(200, {"schedule": {"standard_hours": [week], "maintenance_windows": []}})

    async def announcements(self, call: Call) -> Reply:
        await self._read("rules")
        return Reply(200, {"announcements": []})

    async def user_data_timestamp(self, call: Call) -> Reply:
        at_ms = await self._read("rules")
        return Reply(200, {"as_of_time": market_rows.instant(self._face.lab.wall_ms(at_ms))})

    async def cutoff(self, call: Call) -> Reply:
        """Nothing is archived: the archive ends before anything began."""
        await self._read("rules")
        names = ("market_settled_ts", "orders_updated_ts", "trades_created_ts")
        return Reply(200, dict.fromkeys(names, market_rows.instant(_FIRST_MS)))

    async def archived_trades(self, call: Call) -> Reply:
        return Reply(200, {"trades": [], "cursor": ""})

    async def archived_markets(self, call: Call) -> Reply:
        return Reply(200, {"markets": [], "cursor": ""})

    async def limits(self, call: Call) -> Reply:
        """What the venue gives the Basic tier; the laboratory itself counts nothing."""
        rates = {"read": _READ_RATE, "write": _WRITE_RATE}
        buckets = {name: {"refill_rate": rate, "bucket_capacity": rate} for name, rate in rates.items()}
        return Reply(200, {"usage_tier": "basic", **buckets, "grants": []})

    async def costs(self, call: Call) -> Reply:
        rows = [{"method": method, "path": path, "cost": cost} for method, path, cost in _CHEAP]
        return Reply(200, {"default_cost": _COST, "endpoint_costs": rows})

    async def queue_positions(self, call: Call) -> Reply:
        tickers = set(filter(None, call.query("market_tickers").split(",")))
        event = call.query("event_ticker")
        await self._read("rules")
        markets = self._exchange.markets if call.is_main else {}
        rows = [
            {
                "order_id": order.venue_order_id,
                "market_ticker": name,
                "queue_position_fp": ahead(state, order),
            }
            for name, state in markets.items()
            if (not tickers or name in tickers) and event in ("", name)
            for order in self._exchange.resting.of(name)
        ]
        return Reply(200, {"queue_positions": rows})

    async def queue_position(self, call: Call) -> Reply:
        await self._read("rules")
        order = self._exchange.order_named(call.part("order_id")) if call.is_main else None
        if order is None or order.venue_order_id not in self._exchange.resting:
            return error(404, "order_not_found")
        return Reply(200, {"queue_position_fp": ahead(self._exchange.markets[order.market], order)})


def ahead(state: MarketState, order: VenueOrder) -> str:
    """How many contracts must trade before this order does: those at better prices, and older ones at its own."""
    for side in (state.book.bids, state.book.asks):
        before_e6 = 0
        for maker in side:
            if maker.maker_id == order.venue_order_id:
                return decimal(before_e6 // 10_000, 2)
            before_e6 += maker.qty_e6
    return decimal(0, 2)
