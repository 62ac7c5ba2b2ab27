"""What the Kalshi face says of markets, events and series to anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from pairlock_adapters.laboratory.kalshi import market_rows
from pairlock_adapters.laboratory.kalshi.rest import Call, error, open_route, unread
from pairlock_adapters.laboratory.replies import Reply
from pairlock_adapters.simulated.effects import Condition
from pairlock_adapters.simulated.state import MarketState

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

_MOST = 1_000
_NO_BOOK = (Condition.RESTARTING, Condition.DISABLED, Condition.PAUSED)


def market_routes(face: KalshiFace) -> list[Route]:
    data = MarketData(face)
    return [
        open_route("GET", "/exchange/status", data.status),
        open_route("GET", "/markets", data.markets),
        open_route("GET", "/markets/{ticker}", data.market),
        open_route("GET", "/markets/{ticker}/orderbook", data.orderbook),
        open_route("GET", "/events", data.events),
        open_route("GET", "/events/{ticker}", data.event),
        open_route("GET", "/series", data.all_series),
        open_route("GET", "/series/fee_changes", data.fee_changes),
        open_route("GET", "/series/{ticker}", data.series),
    ]


class MarketData:
    """An event and a series have one market each, of the same ticker, so that a fee belongs to one market."""

    def __init__(self, face: KalshiFace) -> None:
        self._face = face
        self._exchange = face.exchange
        self._door = face.door

    def _state(self, ticker: str) -> MarketState | None:
        return self._exchange.markets.get(ticker) or self._exchange.ledger.market(ticker)

    async def status(self, call: Call) -> Reply:
        effect, at_ms = await self._door.read("ping", latency=self._door.latency.ping)
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        exchange = self._exchange
        shut = any(exchange.is_in(c, at_ms) for c in (Condition.RESTARTING, Condition.DISABLED))
        active = not shut
        return Reply(
            200, {"exchange_active": active, "trading_active": active and exchange.takes_orders(at_ms)}
        )

    async def market(self, call: Call) -> Reply:
        ticker = call.part("ticker")
        effect, at_ms = await self._door.read("rules", market=ticker)
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        state = self._state(ticker)
        if state is None:
            return error(404, "market_not_found")
        return Reply(200, {"market": market_rows.market(self._face, state, at_ms)})

    async def markets(self, call: Call) -> Reply:
        effect, at_ms = await self._door.read("rules")
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        states = self._wanted(call)
        page, cursor = _page(call, states, _MOST)
        rows = [market_rows.market(self._face, state, at_ms) for state in page]
        return Reply(200, {"markets": rows, "cursor": cursor})

    def _wanted(self, call: Call) -> list[MarketState]:
        """The markets that a query asks for, by ticker."""
        tickers = set(filter(None, call.query("tickers").split(",")))
        own = call.query("event_ticker") or call.query("series_ticker")
        status = call.query("status")
        states = [self._exchange.markets[ticker] for ticker in sorted(self._exchange.markets)]
        at_ms = self._exchange.timeline.advance()
        return [
            state
            for state in states
            if (not tickers or state.spec.market in tickers)
            and own in ("", state.spec.market)
            and status in ("", market_rows.asked_status(state, at_ms))
        ]

    async def orderbook(self, call: Call) -> Reply:
        ticker = call.part("ticker")
        effect, at_ms = await self._door.read("book", market=ticker, latency=self._door.latency.book)
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        if any(self._exchange.is_in(condition, at_ms) for condition in _NO_BOOK):
            return error(503, "exchange_is_paused")
        state = self._state(ticker)
        if state is None:
            return error(404, "market_not_found")
        depth = call.whole("depth", 0, most=100)
        return Reply(200, {"orderbook_fp": market_rows.orderbook(self._exchange, state, depth, at_ms)})

    async def events(self, call: Call) -> Reply:
        effect, at_ms = await self._door.read("rules")
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        page, cursor = _page(call, self._wanted(call), 200)
        nested = call.query("with_nested_markets") == "true"
        rows = [market_rows.event(self._face, state, at_ms, nested=nested) for state in page]
        return Reply(200, {"events": rows, "cursor": cursor, "milestones": []})

    async def event(self, call: Call) -> Reply:
        ticker = call.part("ticker")
        effect, at_ms = await self._door.read("rules", market=ticker)
        failed = unread(self._face, effect)
        state = self._state(ticker)
        if failed is not None:
            return failed
        if state is None:
            return error(404, "event_not_found")
        nested = call.query("with_nested_markets") == "true"
        body: dict[str, object] = {"event": market_rows.event(self._face, state, at_ms, nested=nested)}
        body["markets"] = [] if nested else [market_rows.market(self._face, state, at_ms)]
        return Reply(200, body)

    async def all_series(self, call: Call) -> Reply:
        effect, _ = await self._door.read("rules")
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        states = [self._exchange.markets[ticker] for ticker in sorted(self._exchange.markets)]
        return Reply(200, {"series": [market_rows.series(self._face, state) for state in states]})

    async def series(self, call: Call) -> Reply:
        ticker = call.part("ticker")
        effect, _ = await self._door.read("rules", market=ticker)
        failed = unread(self._face, effect)
        state = self._state(ticker)
        if failed is not None:
            return failed
        if state is None:
            return error(404, "series_not_found")
        return Reply(200, {"series": market_rows.series(self._face, state)})

    async def fee_changes(self, call: Call) -> Reply:
        """Fees change at once in the laboratory, so that nothing is ever announced; what changed is history."""
        effect, _ = await self._door.read("rules")
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        wanted = call.query("series_ticker")
        shown = self._face.fee_changes if call.query("show_historical") == "true" else []
        rows = [row for row in shown if wanted in ("", row["series_ticker"])]
        return Reply(200, {"series_fee_change_arr": rows})


def _page(call: Call, states: list[MarketState], most: int) -> tuple[list[MarketState], str]:
    """The page that a query asks for; its cursor is the ticker of the last row."""
    limit = call.whole("limit", 100, least=1, most=most)
    after = call.query("cursor")
    left = [state for state in states if state.spec.market > after]
    return left[:limit], left[limit - 1].spec.market if len(left) > limit else ""
