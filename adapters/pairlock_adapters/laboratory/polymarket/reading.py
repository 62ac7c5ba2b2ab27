"""How faults bend a read of orders and trades over the wire: what lags, what is missing, twice or told oddly.

As for a client in the same process (``simulated.reading``), a read shows everything that is older than the fault
model's lag, and a fault counts only where it changed the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.simulated.effects import Effect, ReadSaid
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.state import OrderView, Status, Veil, VenueFill, VenueOrder, view

# Fields that hold quantities, as they are named on the wire.
_NUMBERS = ("original_size", "size_matched", "size")


class Reading:
    """One read under one effect. ``markets``: what it is about, where another client of the account may turn up."""

    def __init__(self, desk: Desk, effect: Effect, markets: Iterable[str] = ()) -> None:
        self._face = desk
        self._effect = effect
        self._now_ms = desk.exchange.timeline.advance()
        bounded = desk.exchange.bounds is not None
        self._youngest_ms = self._now_ms - desk.exchange.default_bounds.read_lag_ms if bounded else -1
        self._counted = False
        if effect.read is ReadSaid.FOREIGN:
            for market in markets:
                if desk.exchange.foreign_order(market, self._now_ms) is not None:
                    self._count()

    def order(self, order: VenueOrder) -> OrderView | None:
        """The order as this read shows it, if it shows it as active."""
        seen = self._seen(order, self._effect.order_lag_ms)
        if self._changed(seen, self._veiled(order, view(order, self._now_ms))):
            self._count()
        return seen if seen is not None and seen.status is Status.HELD else None

    def fills(self, order: VenueOrder) -> tuple[tuple[VenueFill, str], ...]:
        """The fills as this read shows them."""
        seen = self._seen(order, self._effect.fills_lag_ms)
        if self._changed(seen, self._veiled(order, view(order, self._now_ms))):
            self._count()
        return () if seen is None else seen.fills

    def _seen(self, order: VenueOrder, more_ms: int) -> OrderView | None:
        as_of_ms = max(self._now_ms - self._effect.lag_ms - more_ms, self._youngest_ms)
        hides = self._effect.read is ReadSaid.NOT_FOUND and order.accepted_ms > self._youngest_ms
        return None if hides else self._veiled(order, view(order, as_of_ms))

    def _veiled(self, order: VenueOrder, seen: OrderView | None) -> OrderView | None:
        """Beyond the fault model: an order that reads hide, or lie about."""
        if order.veil is Veil.NONE or self._now_ms >= order.veil_until_ms:
            return seen
        return None if order.veil is Veil.HIDDEN else OrderView(order, Status.CANCELED, ())

    @staticmethod
    def _changed(seen: OrderView | None, true: OrderView | None) -> bool:
        return (None if seen is None else (seen.status, seen.fills)) != (
            None if true is None else (true.status, true.fills)
        )

    def rows(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of which one is missing (a young one) or comes twice."""
        how = self._effect.read
        if how is ReadSaid.ROW_REPEATED and rows:
            self._count()
            return [*rows, rows[0]]
        if how is ReadSaid.ROW_MISSING:
            for number, row in enumerate(rows):
                if int(row["match_time_nano"]) // 1_000_000 - self._face.wall_of_ms > self._youngest_ms:
                    self._count()
                    return rows[:number] + rows[number + 1 :]
        return rows

    def drifted(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row with its numbers, or its status, in a form that no document names."""
        how = self._effect.read
        if how is ReadSaid.UNKNOWN_WORD:
            self._count()
            return row | {"status": "UNDER_REVIEW"}
        if how not in (ReadSaid.INTEGERS, ReadSaid.FIXED_POINT):
            return row
        self._count()
        return row | {key: _other(row[key], how) for key in _NUMBERS if key in row}

    def _count(self) -> None:
        if self._counted:
            return
        self._counted = True
        for kind in self._effect.kinds:
            self._face.exchange.faults.count(FaultKind(kind))


def _other(text: str, how: ReadSaid) -> object:
    whole, _, part = text.partition(".")
    return int(whole) if how is ReadSaid.INTEGERS else str(int(whole + part.ljust(6, "0")))
