"""Which path of which service is answered by what, as data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen

from pairlock_adapters.laboratory.polymarket import (
    clob_keys,
    clob_orders,
    clob_public,
    clob_reads,
    data,
    gamma,
)
from pairlock_adapters.laboratory.polymarket.ask import Ask
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.replies import Reply

Told = Callable[[Desk, Ask], object]
Done = Callable[[Desk, Ask], Awaitable[Reply | None]]


@frozen
class Route:
    """``what``: which kind of read it is, for faults ("": none, it is no read). ``private``: signed with a key."""

    method: str
    path: str
    told: Told | None = None
    done: Done | None = None
    what: str = "rules"
    private: bool = False


def _public(path: str, told: Told, *methods: str, what: str = "rules") -> list[Route]:
    return [Route(method, path, told, what=what) for method in methods or ("GET",)]


def _read(path: str, told: Told, what: str = "order", method: str = "GET") -> Route:
    return Route(method, path, told, what=what, private=True)


def _write(method: str, path: str, done: Done) -> Route:
    return Route(method, path, done=done, what="", private=True)


_p, _r, _o, _k = clob_public, clob_reads, clob_orders, clob_keys
# Routes are tried in this order: what is called most comes first.
CLOB: tuple[Route, ...] = (
    _write("POST", "/order", _o.post_order),
    _write("DELETE", "/order", _o.cancel_order),
    _read("/data/order/{order_id}", _r.order),
    _read("/data/trades", _r.trades),
    _read("/data/orders", _r.orders),
    _read("/balance-allowance", _r.balance_allowance, "balance"),
    *_public("/book", _p.book, what="rest book"),
    *_public("/time", _p.time, what="ping"),
    *_public("/", _p.ok, what="ping"),
    *_public("/ok", _p.ok, what="ping"),
    *_public("/version", _p.version, what="ping"),
    *_public("/markets", _p.markets),
    *_public("/sampling-markets", _p.sampling_markets),
    *_public("/simplified-markets", _p.simplified_markets),
    *_public("/sampling-simplified-markets", _p.sampling_simplified_markets),
    *_public("/markets/live-activity/{condition_id}", _p.live_activity),
    *_public("/markets/{condition_id}", _p.market, what="resolution"),
    *_public("/clob-markets/{condition_id}", _p.clob_market),
    *_public("/markets-by-token/{token_id}", _p.market_by_token),
    *_public("/books", _p.books, "GET", "POST", what="rest book"),
    *_public("/tick-size", _p.tick_size),
    *_public("/tick-size/{token_id}", _p.tick_size),
    *_public("/neg-risk", _p.neg_risk),
    *_public("/neg-risk/{token_id}", _p.neg_risk),
    *_public("/fee-rate", _p.fee_rate),
    *_public("/fee-rate/{token_id}", _p.fee_rate),
    *_public("/price", _p.price),
    *_public("/prices", _p.prices, "GET", "POST"),
    *_public("/midpoint", _p.midpoint),
    *_public("/midpoints", _p.midpoints, "GET", "POST"),
    *_public("/spread", _p.spread),
    *_public("/spreads", _p.spreads, "POST"),
    *_public("/last-trade-price", _p.last_trade_price),
    *_public("/last-trades-prices", _p.last_trades_prices, "GET", "POST"),
    *_public("/prices-history", _p.prices_history),
    *_public("/batch-prices-history", _p.batch_prices_history, "POST"),
    *_public("/fees/builder-fees/{builder_code}", _r.builder_fees),
    *_public("/builder/trades", _r.no_rows),
    *_public("/rewards/markets/current", _r.no_rows),
    *_public("/rewards/markets/multi", _r.no_rows),
    *_public("/rewards/markets/{condition_id}", _r.no_rows),
    *_public("/rebates/current", _r.no_list),
    *_public("/deployed", _k.deployed, what="key"),
    Route("POST", "/auth/api-key", _k.create_api_key, what="key"),
    Route("GET", "/auth/derive-api-key", _k.derive_api_key, what="key"),
    _read("/auth/api-key", _k.delete_api_key, "key", "DELETE"),
    _read("/auth/api-keys", _k.api_keys, "key"),
    _read("/auth/ban-status/closed-only", _k.closed_only, "key"),
    _read("/auth/builder-api-key", _k.create_builder_key, "key", "POST"),
    _read("/auth/builder-api-key", _k.builder_keys, "key"),
    _read("/auth/builder-api-key", _k.revoke_builder_keys, "key", "DELETE"),
    _read("/order/{order_id}", _r.order),
    _read("/data/pre-migration-orders", _r.no_rows),
    _read("/trades", _r.trades),
    _read("/balance-allowance", _r.update_balance_allowance, "balance", "PUT"),
    _read("/balance-allowance/update", _r.update_balance_allowance, "balance"),
    _read("/notifications", _r.notifications, "key"),
    _read("/notifications", _r.drop_notifications, "key", "DELETE"),
    _read("/order-scoring", _r.order_scoring, "key"),
    _read("/orders-scoring", _r.orders_scoring, "key"),
    _read("/orders-scoring", _r.orders_scoring, "key", "POST"),
    _read("/rewards/user", _r.no_rows, "key"),
    _read("/rewards/user/total", _r.no_list, "key"),
    _read("/rewards/user/markets", _r.no_rows, "key"),
    _read("/rewards/user/percentages", _r.percentages, "key"),
    _write("POST", "/orders", _o.post_orders),
    _write("DELETE", "/orders", _o.cancel_orders),
    _write("DELETE", "/cancel-all", _o.cancel_all),
    _write("DELETE", "/cancel-market-orders", _o.cancel_market_orders),
    _write("POST", "/v1/heartbeats", _o.heartbeat),
    _write("POST", "/heartbeats", _o.old_heartbeat),
)
GAMMA: tuple[Route, ...] = (
    *_public("/status", gamma.status, what="ping"),
    *_public("/markets", gamma.markets, what="resolution"),
    *_public("/markets/keyset", gamma.markets_keyset, what="resolution"),
    *_public("/markets/slug/{slug}", gamma.market_by_slug, what="resolution"),
    *_public("/markets/{id}/tags", gamma.empty),
    *_public("/markets/{id}", gamma.market, what="resolution"),
    *_public("/events", gamma.events),
    *_public("/events/keyset", gamma.events_keyset),
    *_public("/events/slug/{slug}", gamma.event_by_slug),
    *_public("/events/{id}/tags", gamma.empty),
    *_public("/events/{id}", gamma.event),
    *_public("/public-search", gamma.search),
    *_public("/public-profile", gamma.public_profile),
    *_public("/tags", gamma.empty),
    *_public("/series", gamma.empty),
    *_public("/teams", gamma.empty),
    *_public("/sports", gamma.empty),
    *_public("/comments", gamma.empty),
)
DATA: tuple[Route, ...] = (
    *_public("/", data.health, what="ping"),
    *_public("/positions", data.positions, what="sellable"),
    *_public("/v2/positions", data.positions_v2, what="sellable"),
    *_public("/trades", data.trades, what="sellable"),
    *_public("/v2/trades", data.trades_v2, what="sellable"),
    *_public("/activity", data.activity, what="sellable"),
    *_public("/v2/activity", data.activity_v2, what="sellable"),
    *_public("/value", data.value, what="sellable"),
    *_public("/v2/value", data.value_v2, what="sellable"),
    *_public("/traded", data.traded),
)
SERVICES = {"clob": CLOB, "gamma": GAMMA, "data": DATA}
