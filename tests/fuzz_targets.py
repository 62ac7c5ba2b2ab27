"""What is fuzzed: every parser of both adapters, as a function of bytes, with what must hold of what it makes of them.

Used by tools/fuzz.py (coverage-guided) and by tests/test_fuzz_targets.py, which plays every seed and every input that
once broke something. A target may raise its venue's ``Unreadable`` where that is the parser's word; nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from attrs import frozen

import spec_kit
from fuzz_seeds import examples
from kalshi_kit import CLIENT_ID, EVENT, INTENT, MARKET, ORDER_ID, SERIES
from pairlock.facts import CancelAcked, NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.model import Outcome
from pairlock_adapters.kalshi import parse_account, parse_market, parse_orders, parse_stream
from pairlock_adapters.kalshi.books import BookKeeper
from pairlock_adapters.kalshi.fields import Unreadable as KalshiUnreadable
from pairlock_adapters.kalshi.words import certainly_nothing
from pairlock_adapters.net.answers import parsed
from pairlock_adapters.polymarket import parse_account as poly_account
from pairlock_adapters.polymarket import parse_markets as poly_markets
from pairlock_adapters.polymarket import parse_orders as poly_orders
from pairlock_adapters.polymarket import parse_stream as poly_stream
from pairlock_adapters.polymarket import parse_trades as poly_trades
from pairlock_adapters.polymarket.books import TokenBook, rest_book
from pairlock_adapters.polymarket.quantities import Unreadable as PolymarketUnreadable
from polymarket_bodies import ASKED, DETAILS, FULL, GAMMA, MATCHED, ORDER, TRADE
from polymarket_bodies import ORDER_ID as HASH
from polymarket_kit import CONDITION, YES_TOKEN
from polymarket_kit import INTENT as POLY_INTENT
from polymarket_kit import MARKET as POLY_MARKET
from test_polymarket_books import FIELDS

REFUSALS = (KalshiUnreadable, PolymarketUnreadable)
STATUSES = (200, 201, 400, 401, 403, 404, 409, 425, 429, 500, 502, 503)
NOW_MS = 1_893_585_600_000
Said = OrderReport | OutcomeUnknown


@frozen
class Target:
    """``play`` takes what a body was parsed to. ``seeds``: true bodies, made up or made from a published schema."""

    play: Callable[[Any], object]
    seeds: tuple[object, ...]

    def __call__(self, data: bytes) -> None:
        try:
            self.play(parsed(data))
        except REFUSALS:
            return

    def corpus(self) -> Iterator[bytes]:
        for seed in self.seeds:
            yield json.dumps(seed).encode()


def rows(found: object) -> tuple[Any, ...]:
    return tuple(row for row in found if isinstance(row, dict)) if isinstance(found, list) else ()


def part(body: object, key: str) -> object:
    return body.get(key) if isinstance(body, dict) else None


# What an order became: an unknown is never a zero, and a zero is only what the venue's own words say.


def kalshi_order(body: object) -> None:
    for status in STATUSES:
        said: Said = parse_orders.order_answer(INTENT, status, body, 1, 2)
        if isinstance(said, OrderReport) and status >= 400:
            assert said.matched_e6 == 0
            assert certainly_nothing(status, body) == said.reason != ""
        elif isinstance(said, OrderReport):
            assert status in (200, 201)
            assert part(body, "order_id") == said.venue_ref


def kalshi_read(body: object) -> None:
    reading = parse_orders.Reading(rows(part(body, "orders")), rows(part(body, "fills")))
    said = parse_orders.order_read(INTENT, reading, 1, 2, NOW_MS)
    if isinstance(said, NotFound):
        assert not any(row.get("client_order_id") == CLIENT_ID for row in reading.orders)
    elif isinstance(said, OrderReport):
        assert sum(fill.qty_e6 for fill in said.fills) <= said.matched_e6


def kalshi_cancel(body: object) -> None:
    for status in STATUSES:
        said = parse_orders.cancel_answer(INTENT, ORDER_ID, status, body, 2)
        assert isinstance(said, OutcomeUnknown) or status == 200


def kalshi_news(body: object) -> None:
    if not isinstance(body, dict):
        return
    parse_stream.order_news(body, lambda client, _: INTENT if client == CLIENT_ID else None, 5)
    parse_stream.socket_error(body)
    parse_stream.market_news(body)
    parse_stream.subscription(body)
    assert parse_stream.lateness_ms(body, 7) >= 0


def kalshi_books(body: object) -> None:
    keeper = BookKeeper(yes_prices=True)
    for message in body if isinstance(body, list) else [body]:
        keeper.hear(message)
        book = keeper.book(MARKET, 1)
        if book is not None:
            levels = (*book.bids, *book.asks)
            assert all(size > 0 and 0 < price < 10_000 for price, size in levels)
            assert not book.bids or not book.asks or book.bids[0][0] < book.asks[0][0]


def poly_order(body: object) -> None:
    for status in STATUSES:
        said: Said = poly_orders.order_answer(POLY_INTENT, HASH, poly_orders.Heard(status, body, 1, 2))
        if isinstance(said, OrderReport) and not said.reason:
            assert status in (200, 201)
        elif isinstance(said, OrderReport):
            assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)


def poly_cancel(body: object) -> None:
    for status in STATUSES:
        said = poly_orders.cancel_answer(POLY_INTENT, HASH, poly_orders.Heard(status, body, 1, 2))
        assert not isinstance(said, CancelAcked) or status == 200


def named(row: dict[str, Any]) -> set[str]:
    """The orders that a trade says it is of, as text."""
    ids = [row.get("taker_order_id"), *(maker.get("order_id") for maker in rows(row.get("maker_orders")))]
    return {each.lower() for each in ids if isinstance(each, str)}


def poly_read(body: object) -> None:
    order, trades = part(body, "order"), rows(part(body, "trades"))
    said = poly_trades.order_read(ASKED, order, list(trades), 1, 2)
    if isinstance(said, NotFound):
        assert order is None
        assert not any(HASH in named(row) for row in trades)
    elif isinstance(said, OrderReport):
        assert sum(fill.qty_e6 for fill in said.fills) <= said.matched_e6
        assert all(fill.cost_micros >= 0 and fill.fee_micros >= 0 for fill in said.fills)


def poly_news(body: object) -> None:
    if isinstance(body, dict):
        for said in poly_stream.user_news(body, lambda name: ASKED if name == HASH else None, 2):
            assert said.reported is not Reported.CERTAIN


def poly_books(body: object) -> None:
    book = TokenBook(FIELDS, hashed=False)
    for message in rows(body) or rows([body]):
        if message.get("event_type") == "price_change":
            book.change(list(rows(message.get("price_changes"))), message.get("timestamp"))
        else:
            book.snapshot(message)
        kept = book.book(CONDITION, 1)
        if kept is not None:
            assert not kept.bids or not kept.asks or kept.bids[0][0] < kept.asks[0][0]


def each_of(*parsers: Callable[[Any], object]) -> Callable[[object], None]:
    """Parsers of one body after the other, whatever the first of them refuses."""

    def play(body: object) -> None:
        for parser in parsers:
            try:
                parser(body)
            except REFUSALS:
                continue

    return play


MARKETS = each_of(
    lambda body: parse_market.market(body, MARKET),
    lambda body: parse_market.payout(parse_market.market(body, MARKET), Outcome.NO),
    lambda body: parse_market.series_fees(body, SERIES),
    lambda body: parse_market.event_series(body, EVENT),
    lambda body: parse_market.fee_changes(body, SERIES),
    lambda body: parse_market.event_fee_changes(body, EVENT, parse_market.SeriesFees("quadratic", 1)),
    lambda body: parse_market.book(body, MARKET, 1),
    lambda body: parse_market.pauses(body, 0),
)
ACCOUNT = each_of(
    lambda body: parse_account.balance_micros(body, 0),
    lambda body: parse_account.position_e6(rows(part(body, "market_positions")), MARKET),
    lambda body: parse_account.settled_payout(rows(part(body, "settlements")), MARKET, Outcome.YES),
    parse_account.tier_limits,
)
POLY_MARKETS = each_of(
    lambda body: poly_markets.market_of(CONDITION, body, FULL, poly_markets.Reading({}), GAMMA),
    lambda body: poly_markets.market_of(CONDITION, DETAILS, body, poly_markets.Reading({})),
    lambda body: poly_markets.payout_of(POLY_MARKET, Outcome.YES, body),
    lambda body: poly_markets.gamma_payout(POLY_MARKET, Outcome.NO, body),
    lambda body: poly_markets.gamma_market(body, CONDITION),
    partial(rest_book, market=CONDITION, token_id=str(YES_TOKEN), yes=False, read_at_ms=7, hashed=False),
)
POLY_ACCOUNT = each_of(
    poly_account.holding,
    poly_account.closed_only,
    poly_account.server_time_ms,
    poly_account.region_of,
    poly_account.next_cursor,
    poly_account.positions_e6,
)

K, C, D = spec_kit.KALSHI, spec_kit.CLOB, spec_kit.DATA
KS, MS, US = spec_kit.KALSHI_SOCKET, spec_kit.MARKET_SOCKET, spec_kit.USER_SOCKET
KALSHI_NAMES = {"ticker": MARKET, "market_ticker": MARKET, "order_id": ORDER_ID, "client_order_id": CLIENT_ID,
                "event_ticker": EVENT, "series_ticker": SERIES}  # fmt: skip
POLY_NAMES = {"market": CONDITION, "condition_id": CONDITION, "asset_id": str(YES_TOKEN), "orderID": HASH, "id": HASH,
              "token_id": str(YES_TOKEN), "taker_order_id": HASH, "order_id": HASH}  # fmt: skip
of_kalshi, of_poly = partial(examples, names=KALSHI_NAMES), partial(examples, names=POLY_NAMES)

TARGETS: dict[str, Target] = {
    "kalshi_order": Target(kalshi_order, of_kalshi(K, "CreateOrderV2Response", "ErrorResponse")),
    "kalshi_read": Target(kalshi_read, of_kalshi(K, "GetOrdersResponse", "GetFillsResponse")),
    "kalshi_cancel": Target(kalshi_cancel, of_kalshi(K, "CancelOrderV2Response", "BatchCancelOrdersV2Response")),
    "kalshi_markets": Target(MARKETS, of_kalshi(K, "GetMarketResponse", "GetSeriesResponse", "GetEventResponse",
        "GetSeriesFeeChangesResponse", "GetMarketOrderbookResponse", "ExchangeStatus")),
    "kalshi_account": Target(ACCOUNT, of_kalshi(K, "GetBalanceResponse", "GetPositionsResponse",
        "GetSettlementsResponse", "GetAccountApiLimitsResponse")),
    "kalshi_news": Target(kalshi_news, of_kalshi(KS, "fillPayload", "userOrderPayload", "marketLifecycleV2Payload",
        "errorResponsePayload", "subscribedResponsePayload")),
    "kalshi_books": Target(kalshi_books, (
        list(of_kalshi(KS, "orderbookSnapshotPayload", "orderbookDeltaPayload")),
        *of_kalshi(KS, "orderbookSnapshotPayload"))),
    "polymarket_order": Target(poly_order, (MATCHED, *of_poly(C, "SendOrderResponse"))),
    "polymarket_cancel": Target(poly_cancel, of_poly(C, "CancelOrdersResponse")),
    "polymarket_read": Target(poly_read, ({"order": ORDER, "trades": [TRADE]},
        *({"order": order, "trades": []} for order in of_poly(C, "OpenOrder")))),
    "polymarket_markets": Target(POLY_MARKETS, (DETAILS, FULL, GAMMA, *of_poly(C, "OrderBookSummary"))),
    "polymarket_account": Target(POLY_ACCOUNT, (1_790_000_000, *of_poly(C, "BalanceAllowanceResponse"),
        *of_poly(D, "Position"))),
    "polymarket_news": Target(poly_news, (ORDER | {"event_type": "order"}, TRADE | {"event_type": "trade"},
        *of_poly(US, "OrderEvent", "TradeEvent"))),
    "polymarket_books": Target(poly_books, (
        list(of_poly(MS, "BookEvent", "PriceChangeEvent")), *of_poly(MS, "BookEvent"))),
}  # fmt: skip
