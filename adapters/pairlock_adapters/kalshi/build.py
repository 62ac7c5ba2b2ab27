"""What is sent to Kalshi: paths, queries and bodies, each a pure function of an intent and the configuration.

V2 orders know one book, quoted from the YES leg: buying NO at q is an ask at 1 - q. An order is fill-or-kill (entries)
or immediate-or-cancel (exits); neither takes an expiry, and Kalshi has been seen to execute past one, so none is sent.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from hashlib import sha256

from attrs import frozen

from pairlock.errors import EngineBug
from pairlock.ports import OrderIntent, TimeInForce
from pairlock.units import CONTRACT_E2, DOLLAR_E4
from pairlock_adapters.kalshi.side import side_of, yes_price_e4

ROUTE_BY_TICKER = -1
ORDERS_PATH = "/portfolio/events/orders"
BATCHED_PATH = "/portfolio/events/orders/batched"
READ_ORDERS_PATH = "/portfolio/orders"
FILLS_PATH = "/portfolio/fills"
PAGE_LIMIT = 1_000

_ALLOWED = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_INTENT = re.compile(r"(.*)\.([0-9]+)\.([0-9]+)", re.ASCII)
_HASH = re.compile(r"sha-[0-9a-f]{56}", re.ASCII)
_CLIENT = re.compile(r"(.*)_([0-9]+)_([0-9]+)", re.ASCII)

Params = tuple[tuple[str, str], ...]


class SelfTrade(StrEnum):
    """What happens where an order meets our own: it stops (what matched stays), or the resting one is cancelled."""

    TAKER_AT_CROSS = "taker_at_cross"
    MAKER = "maker"


@frozen
class OrderSettings:
    """``subaccount`` None: not named. ``exchange_index`` -1: the venue routes by the ticker."""

    self_trade: SelfTrade = SelfTrade.TAKER_AT_CROSS
    exchange_index: int = ROUTE_BY_TICKER
    subaccount: int | None = None


def client_order_id(intent_id: str) -> str:
    """The id that the venue knows an intent by; one to one, and the same after any restart.

    Kalshi takes letters, digits, ``_`` and ``-``, at most 64; an id with a point in it has been seen refused. The two
    points of an intent id (trade, leg, number) become ``_``; an id of any other form is named by its hash.
    """
    found = _INTENT.fullmatch(intent_id)
    if found is not None:
        written = f"{found[1]}_{found[2]}_{found[3]}"
        if _ALLOWED.fullmatch(written):
            return written
    if _ALLOWED.fullmatch(intent_id) and not _CLIENT.fullmatch(intent_id) and not _hashed(intent_id):
        return intent_id
    return f"sha-{sha256(intent_id.encode()).hexdigest()[:56]}"


def _hashed(client_id: str) -> bool:
    return _HASH.fullmatch(client_id) is not None


def intent_id_of(client_id: str) -> str:
    """The intent id that ``client_order_id`` wrote so; "" where it is a hash, which only a list of intents can tell."""
    if _hashed(client_id):
        return ""
    found = _CLIENT.fullmatch(client_id)
    return f"{found[1]}.{found[2]}.{found[3]}" if found is not None else client_id


def decimal(amount: int, unit: int) -> str:
    """An integer of 1/``unit`` as a decimal string, exactly (``unit`` a power of ten)."""
    if amount < 0:
        raise EngineBug(f"a negative amount was to be sent: {amount}")
    places = len(str(unit)) - 1
    return f"{amount // unit}.{amount % unit:0{places}d}"


def order_body(intent: OrderIntent, settings: OrderSettings) -> bytes:
    """The body of a new order."""
    price_e4 = yes_price_e4(intent)
    if not 0 < price_e4 < DOLLAR_E4 or intent.size_e2 <= 0:
        raise EngineBug(f"an order outside the market was to be sent: {intent}")
    body: dict[str, object] = {
        "ticker": intent.market,
        "client_order_id": client_order_id(intent.intent_id),
        "side": side_of(intent.outcome, buys=intent.buys).value,
        "count": decimal(intent.size_e2, CONTRACT_E2),
        "price": decimal(price_e4, DOLLAR_E4),
        "time_in_force": TimeInForce(intent.time_in_force).value,
        "self_trade_prevention_type": settings.self_trade.value,
        "exchange_index": settings.exchange_index,
    }
    if settings.subaccount is not None:
        body["subaccount"] = settings.subaccount
    return _encoded(body)


def _encoded(body: dict[str, object]) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True).encode()


def _subaccount(settings: OrderSettings) -> Params:
    return () if settings.subaccount is None else (("subaccount", str(settings.subaccount)),)


def cancel_request(order_id: str, market: str, settings: OrderSettings) -> tuple[str, Params]:
    """Path and query of one cancel; the ticker routes it to the shard."""
    routed = (("exchange_index", str(settings.exchange_index)), ("market_ticker", market))
    return f"{ORDERS_PATH}/{_segment(order_id)}", _subaccount(settings) + routed


def batch_cancel_body(orders: tuple[tuple[str, str], ...], settings: OrderSettings) -> bytes:
    """The body of a batch of cancels: Kalshi's order id and the ticker of each."""
    rows: list[dict[str, object]] = []
    for order_id, market in orders:
        row: dict[str, object] = {
            "order_id": order_id,
            "exchange_index": settings.exchange_index,
            "market_ticker": market,
        }
        rows.append(row if settings.subaccount is None else row | {"subaccount": settings.subaccount})
    return _encoded({"orders": rows})


def cancel_all_request(settings: OrderSettings) -> tuple[str, Params]:
    """Path and query of the cancel of everything. Kalshi may cancel new orders too for a minute after it."""
    return ORDERS_PATH, _subaccount(settings)


def page_params(market: str, cursor: str, settings: OrderSettings, *, order_id: str = "") -> Params:
    """The query of one page of orders or fills of a market."""
    params: Params = (("ticker", market), ("limit", str(PAGE_LIMIT)))
    if order_id:
        params += (("order_id", order_id),)
    if cursor:
        params += (("cursor", cursor),)
    return params + _subaccount(settings)


def _segment(text: str) -> str:
    """An id as one segment of a path; anything else is not one of Kalshi's ids and must not change the path."""
    if not re.fullmatch(r"[A-Za-z0-9_.:~-]{1,128}", text, re.ASCII) or text in (".", ".."):
        raise ValueError(f"not an id that can stand in a path: {text!r:.80}")
    return text


def order_path(order_id: str) -> str:
    """The path of one order's read."""
    return f"{READ_ORDERS_PATH}/{_segment(order_id)}"


def market_path(market: str, suffix: str = "") -> str:
    """The path of a market's read."""
    return f"/markets/{_segment(market)}{suffix}"


def event_path(event: str) -> str:
    """The path of an event's read."""
    return f"/events/{_segment(event)}"


def series_path(series: str) -> str:
    """The path of a series' read."""
    return f"/series/{_segment(series)}"


def balance_params(shard: int, settings: OrderSettings) -> Params:
    """The query of the balance on a shard."""
    return (("exchange_index", str(shard)), *_subaccount(settings))


def position_params(market: str, settings: OrderSettings) -> Params:
    """The query of the account's position or settlement in a market."""
    return page_params(market, "", settings)


def archive_params(market: str) -> Params:
    """The query of a market's archived orders or fills."""
    return (("ticker", market), ("limit", str(PAGE_LIMIT)))


def resting_params(settings: OrderSettings) -> Params:
    """The query of everything that rests."""
    return (("status", "resting"), ("limit", str(PAGE_LIMIT)), *_subaccount(settings))
