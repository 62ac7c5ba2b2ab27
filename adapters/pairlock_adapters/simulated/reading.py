"""How an order is read at a simulated venue, and how faults bend that: what is true now, as an answer tells it.

Whatever a fault does, a read shows everything that is older than the fault model's ``read_lag_ms``, unless the venue
runs beyond it. A fault counts only where the answer differs from the plain one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from pairlock.ports import OrderIntent
from pairlock_adapters.simulated import wire
from pairlock_adapters.simulated.effects import Effect, ReadSaid
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.rules import Raw, VenueKind
from pairlock_adapters.simulated.state import OrderView, Status, Veil

if TYPE_CHECKING:
    from pairlock_adapters.simulated.exchange import Exchange

# Fields that hold quantities and money, by their names on the wire.
_NUMBERS = frozenset({
    "initial_count_fp", "fill_count_fp", "remaining_count_fp", "count_fp", "original_size", "size_matched", "size",
})  # fmt: skip


@frozen
class Told:
    """The two answers that tell of an order: the order itself, and its fills."""

    order: Raw
    fills: Raw


def read(exchange: Exchange, intent: OrderIntent, effect: Effect, at_ms: int) -> Told:
    """Both answers, as the faults in ``effect`` make them; counts those that changed something."""
    veiled = _veiled(exchange, intent, at_ms)
    if veiled is not None:
        return veiled
    plain = _told(exchange, intent, at_ms, at_ms, at_ms)
    if effect.read is ReadSaid.FOREIGN and exchange.foreign_order(intent.market, at_ms) is not None:
        _count(exchange, effect)
    told = plain
    if effect.kinds:
        told = _bent(exchange, intent, effect, at_ms)
        in_flight = effect.read is ReadSaid.NOT_FOUND and exchange.ledger.is_on_its_way(intent.intent_id)
        if effect.read is not ReadSaid.FOREIGN and (told != plain or in_flight):
            _count(exchange, effect)
    return _with_foreign(exchange, intent, told)


def _count(exchange: Exchange, effect: Effect) -> None:
    for kind in effect.kinds:
        exchange.faults.count(FaultKind(kind))


def _veiled(exchange: Exchange, intent: OrderIntent, at_ms: int) -> Told | None:
    """Beyond the fault model: an order that reads hide, or lie about."""
    order = exchange.order(intent.intent_id)
    if order is None or order.veil is Veil.NONE or at_ms >= order.veil_until_ms:
        return None
    view = None if order.veil is Veil.HIDDEN else OrderView(order, Status.CANCELED, ())
    rules = exchange.rules
    return Told(wire.order_read(rules, view, at_ms), wire.fills_read(rules, view, at_ms))


def _told(exchange: Exchange, intent: OrderIntent, order_ms: int, fills_ms: int, at_ms: int) -> Told:
    rules, ident = exchange.rules, intent.intent_id
    order = wire.order_read(rules, exchange.seen(ident, order_ms), at_ms)
    fills = wire.fills_read(rules, exchange.seen(ident, fills_ms), at_ms)
    twin = exchange.twin(ident, order_ms)
    if twin is not None:
        order = _joined(order, wire.order_read(rules, twin, at_ms), "orders")
        fills = _joined(fills, wire.fills_read(rules, twin, at_ms), _rows_key(exchange))
    return Told(order, fills)


def _bent(exchange: Exchange, intent: OrderIntent, effect: Effect, at_ms: int) -> Told:
    lag_ms, how = effect.lag_ms, effect.read
    youngest_ms = at_ms - exchange.default_bounds.read_lag_ms if exchange.bounds is not None else -1

    def then(more_ms: int) -> int:
        return max(at_ms - lag_ms - more_ms, youngest_ms)

    told = _told(exchange, intent, then(effect.order_lag_ms), then(effect.fills_lag_ms), at_ms)
    key = _rows_key(exchange)
    if how is ReadSaid.NOT_FOUND:
        order = exchange.order(intent.intent_id)
        if order is not None and order.accepted_ms > youngest_ms:
            rules = exchange.rules
            told = Told(wire.order_read(rules, None, at_ms), wire.fills_read(rules, None, at_ms))
    elif how is ReadSaid.ROW_MISSING:
        seen = exchange.seen(intent.intent_id, at_ms)
        young = {fill.fill_id for fill, _ in seen.fills if fill.matched_ms > youngest_ms} if seen else set()
        rows = _rows(told.fills, key)
        missing = next((row for row in reversed(rows) if row.get("trade_id", row.get("id")) in young), None)
        kept = [row for row in rows if row is not missing]
        told = evolve(told, fills=_with_rows(told.fills, key, kept))
    elif how is ReadSaid.ROW_REPEATED:
        rows = _rows(told.fills, key)
        told = evolve(told, fills=_with_rows(told.fills, key, [*rows, *rows[-1:]]))
    elif how in (ReadSaid.UNKNOWN_WORD, ReadSaid.INTEGERS, ReadSaid.FIXED_POINT):
        told = Told(_drifted(told.order, how), _drifted(told.fills, how))
    return told


def _rows_key(exchange: Exchange) -> str:
    return "fills" if exchange.rules.kind is VenueKind.KALSHI else "data"


def _rows(raw: Raw, key: str) -> list[dict[str, Any]]:
    return list(raw.body[key]) if isinstance(raw.body, dict) else []


def _with_rows(raw: Raw, key: str, rows: list[dict[str, Any]]) -> Raw:
    return evolve(raw, body={**raw.body, key: rows}) if isinstance(raw.body, dict) else raw


def _joined(first: Raw, second: Raw, key: str) -> Raw:
    """Rows of both; of answers that hold a single order the first (Polymarket's id names one only)."""
    if isinstance(first.body, dict) and key in first.body and isinstance(second.body, dict):
        return _with_rows(first, key, _rows(first, key) + _rows(second, key))
    return second if first.body is None else first


def _drifted(raw: Raw, how: ReadSaid) -> Raw:
    """Every number, or every status, in a form that the documents do not name."""

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: walk(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [walk(item) for item in value]
        if how is ReadSaid.UNKNOWN_WORD:
            return "UNDER_REVIEW" if key == "status" else value
        if key not in _NUMBERS or not isinstance(value, str):
            return value
        whole, _, part = value.partition(".")
        if how is ReadSaid.INTEGERS:
            return int(whole)
        return str(int(whole + part.ljust(6, "0")))

    return evolve(raw, body=walk(raw.body))


def _with_foreign(exchange: Exchange, intent: OrderIntent, told: Told) -> Told:
    """Kalshi lists every order of the account in the market: a client picks its own."""
    state = exchange.markets.get(intent.market)
    if exchange.rules.kind is not VenueKind.KALSHI or state is None:
        return told
    rows = _rows(told.order, "orders")
    for order in state.orders.values():
        if order.status is Status.HELD and order.intent_id.startswith("other-"):
            seen = exchange.seen(order.intent_id, told.order.at_ms)
            rows = _rows(wire.order_read(exchange.rules, seen, told.order.at_ms), "orders") + rows
    return evolve(told, order=_with_rows(told.order, "orders", rows))
