"""The account on the Kalshi face: balance, positions, orders, fills, settlements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.routing import Route

from pairlock.model import Outcome
from pairlock_adapters.laboratory.kalshi import settlements
from pairlock_adapters.laboratory.kalshi.market_rows import seconds_of
from pairlock_adapters.laboratory.kalshi.order_reads import (
    Row,
    fills_told,
    orders_told,
    plain_rows,
    subject_of,
)
from pairlock_adapters.laboratory.kalshi.order_rows import event_position_row, position_e6, position_row
from pairlock_adapters.laboratory.kalshi.rest import Call, error, private_route, unread
from pairlock_adapters.laboratory.replies import Reply
from pairlock_adapters.simulated.effects import Effect
from pairlock_adapters.simulated.state import MarketStatus, VenueOrder
from pairlock_adapters.simulated.wire import decimal

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

_MOST = 1_000
_CENT_MICROS = 10_000


def portfolio_routes(face: KalshiFace) -> list[Route]:
    portfolio = Portfolio(face)
    pairs = [
        ("/portfolio/balance", portfolio.balance),
        ("/portfolio/positions", portfolio.positions),
        ("/portfolio/orders", portfolio.orders),
        ("/portfolio/orders/{order_id}", portfolio.order),
        ("/portfolio/fills", portfolio.fills),
        ("/portfolio/settlements", portfolio.settlements),
        ("/portfolio/summary/total_resting_order_value", portfolio.resting_value),
        ("/historical/orders", portfolio.archived_orders),
        ("/historical/fills", portfolio.archived_fills),
    ]
    return [private_route(face, "GET", path, handler) for path, handler in pairs]


class Portfolio:
    """Of the account that asks: the main one, or one that holds nothing."""

    def __init__(self, face: KalshiFace) -> None:
        self._face = face
        self._exchange = face.exchange
        self._door = face.door

    async def balance(self, call: Call) -> Reply:
        effect, _ = await self._door.read("balance")
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        account = self._exchange.account
        as_of_ms = self._door.as_of_ms(effect)
        free_micros = self._door.lagging(effect, account.cash_micros, account.cash_as_of_micros(as_of_ms))
        shown = max(0, free_micros - self._exchange.resting.reserved_micros()) if call.is_main else 0
        at_s = self._face.lab.wall_ms(self._exchange.timeline.now_ms()) // 1_000
        return Reply(
            200,
            {
                "balance": shown // _CENT_MICROS,
                "balance_dollars": decimal(shown // 100, 4) if shown % 100 == 0 else decimal(shown, 6),
                "portfolio_value": self._value_micros() // _CENT_MICROS if call.is_main else 0,
                "updated_ts": at_s,
            },
        )

    def _value_micros(self) -> int:
        """What is held, at the best bid."""
        total = 0
        for market, state in self._exchange.markets.items():
            held_e6 = position_e6(self._face, market)
            bids = state.book.bids if held_e6 > 0 else state.book.asks
            if held_e6 and bids:
                price_e4 = bids[0].price_e4 if held_e6 > 0 else 10_000 - bids[0].price_e4
                total += abs(held_e6) * price_e4 // 10_000
        return total

    async def positions(self, call: Call) -> Reply:
        ticker = call.query("ticker") or call.query("event_ticker")
        effect, _ = await self._door.read("sellable", market=ticker)
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        rows: list[Row] = []
        for market in self._held(ticker) if call.is_main else []:
            held_e6 = self._lagging_position(effect, market)
            if held_e6 or call.query("count_filter") != "position":
                rows.append(position_row(self._face, market, held_e6))
        page, cursor = page_of(call, rows, 100, lambda row: str(row["ticker"]))
        events = [event_position_row(row) for row in page]
        return Reply(200, {"market_positions": page, "event_positions": events, "cursor": cursor})

    def _held(self, ticker: str) -> list[str]:
        """Markets that the account has ever traded, not settled yet, by ticker."""
        found = [
            m for m, s in self._exchange.markets.items() if s.status is not MarketStatus.PAID and s.orders
        ]
        return sorted(market for market in found if ticker in ("", market))

    def _lagging_position(self, effect: Effect, market: str) -> int:
        account, as_of_ms = self._exchange.account, self._door.as_of_ms(effect)
        now = position_e6(self._face, market)
        yes, no = (account.sellable_as_of_e6(market, outcome, as_of_ms) for outcome in Outcome)
        # A position has a sign, and what lags is never below nothing: it is told from below both.
        floor = -min(now, yes - no, 0)
        return self._door.lagging(effect, now + floor, yes - no + floor) - floor

    # Orders and fills.

    async def order(self, call: Call) -> Reply:
        order_id = call.part("order_id")
        subject = subject_of(self._face, order_id=order_id) if call.is_main else None
        effect, at_ms = await self._door.read("order", subject)
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        rows = [] if subject is None else orders_told(self._face, subject, effect, at_ms)
        found = next((row for row in rows if row["order_id"] == order_id), None)
        return error(404, "order_not_found") if found is None else Reply(200, {"order": found})

    async def orders(self, call: Call) -> Reply:
        return await self._listed(call, fills=False)

    async def fills(self, call: Call) -> Reply:
        return await self._listed(call, fills=True)

    async def _listed(self, call: Call, *, fills: bool) -> Reply:
        """The rows of every order that the query asks for, the newest first."""
        ticker = call.query("ticker") or call.query("event_ticker")
        order_id = call.query("order_id")
        subject = subject_of(self._face, ticker=ticker, order_id=order_id) if call.is_main else None
        if call.is_main:
            self._looked_for(ticker)
        effect, at_ms = await self._door.read("order", subject)
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        by_id: dict[str, list[Row]] = {}
        key = "order_id"
        for order in self._wanted(ticker, order_id) if call.is_main else []:
            if subject is None or order.intent_id != subject.intent_id:
                for row in plain_rows(self._face, order, at_ms, fills=fills):
                    by_id.setdefault(str(row[key]), []).append(row)
        rows = [row for rows in by_id.values() for row in rows]
        if subject is not None:
            tell = fills_told if fills else orders_told
            told = tell(self._face, subject, effect, at_ms)
            rows = [row for row in told if fills or row[key] not in by_id] + rows
        rows = [row for row in rows if self._asked(call, row)]
        rows.sort(key=lambda row: str(row["created_time"]), reverse=True)
        page, cursor = numbered_page(call, rows, 100, _MOST)
        return Reply(200, {"fills" if fills else "orders": page, "cursor": cursor})

    def _looked_for(self, ticker: str) -> None:
        """Who looks for an order whose answer never came would cancel it, and cannot without the venue's id."""
        for intent_id in self._exchange.intake.on_their_way():
            sent = self._exchange.sent.get(intent_id)
            if sent is not None and ticker in ("", sent.market):
                self._exchange.intake.cancel_asked(intent_id)

    def _wanted(self, ticker: str, order_id: str) -> list[VenueOrder]:
        if order_id:
            order = self._exchange.order_named(order_id)
            return [] if order is None else [order]
        if ticker:
            state = self._exchange.markets.get(ticker)
            return list(state.orders.values()) if state else self._exchange.ledger.orders_of_market(ticker)
        return self._exchange.ledger.all_orders()

    def _asked(self, call: Call, row: Row) -> bool:
        """Whether the row is one that the query asks for."""
        from_s, until_s = call.whole("min_ts", 0), call.whole("max_ts", 2**40)
        wanted = set(filter(None, call.query("client_order_ids").split(",")))
        wanted |= set(filter(None, [call.query("client_order_id")]))
        return (
            call.query("status") in ("", row.get("status"))
            and (not wanted or row["client_order_id"] in wanted)
            and from_s <= seconds_of(str(row["created_time"])) <= until_s
        )

    async def settlements(self, call: Call) -> Reply:
        ticker = call.query("ticker") or call.query("event_ticker")
        effect, _ = await self._door.read("resolution", market=ticker)
        failed = unread(self._face, effect)
        if failed is not None:
            return failed
        rows = settlements.rows(self._face, ticker) if call.is_main else []
        page, cursor = numbered_page(call, rows, 100, _MOST)
        return Reply(200, {"settlements": page, "cursor": cursor})

    async def resting_value(self, call: Call) -> Reply:
        cents = self._exchange.resting.reserved_micros() // _CENT_MICROS if call.is_main else 0
        return Reply(200, {"total_resting_order_value": cents})

    async def archived_orders(self, call: Call) -> Reply:
        """The laboratory keeps everything where it was: nothing is ever archived."""
        return Reply(200, {"orders": [], "cursor": ""})

    async def archived_fills(self, call: Call) -> Reply:
        return Reply(200, {"fills": [], "cursor": ""})


def page_of(call: Call, rows: list[Row], default: int, name: Callable[[Row], str]) -> tuple[list[Row], str]:
    """A page of rows in the order of their names; its cursor is the name of its last row."""
    limit = call.whole("limit", default, least=1, most=_MOST)
    after = call.query("cursor")
    left = [row for row in rows if name(row) > after]
    return left[:limit], name(left[limit - 1]) if len(left) > limit else ""


def numbered_page(call: Call, rows: list[Row], default: int, most: int) -> tuple[list[Row], str]:
    """A page of rows that are newest first; its cursor is how many older pages leave out, counted from the end."""
    limit = call.whole("limit", default, least=1, most=most)
    left = min(call.whole("cursor", len(rows)), len(rows))
    first = len(rows) - left
    page = rows[first : first + limit]
    rest = left - len(page)
    return page, str(rest) if rest > 0 else ""
