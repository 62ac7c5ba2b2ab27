"""The venues' truth as values: what really happened, whatever the bot believes. Rows as in ``simulated.truth``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

Row = Mapping[str, Any]
MATCHED = ("pending", "final")


@frozen
class Truth:
    """All that the claims look at, read at one moment. Quantities in 1/1,000,000 contract.

    ``events``: which event a market is of, by (venue, market).
    """

    requests: tuple[Row, ...] = ()
    orders: tuple[Row, ...] = ()
    fills: tuple[Row, ...] = ()
    positions: tuple[Row, ...] = ()
    events: Mapping[tuple[str, str], str] = {}

    def bought_e6(self) -> dict[tuple[str, str, str], int]:
        """Bought less sold, by (venue, market, outcome), of fills that have not failed."""
        found: dict[tuple[str, str, str], int] = defaultdict(int)
        for fill in self.fills:
            if fill["status"] in MATCHED:
                key = fill["venue"], fill["market"], fill["outcome"]
                found[key] += fill["qty_e6"] if fill["buys"] else -fill["qty_e6"]
        return dict(found)

    def net_e6(self) -> dict[str, dict[str, int]]:
        """By event and venue: YES less NO. A bought NO and a sold YES are the same risk."""
        found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for (venue, market, outcome), qty_e6 in self.bought_e6().items():
            event = self.events.get((venue, market), market)
            found[event][venue] += qty_e6 if outcome == "yes" else -qty_e6
        return {event: dict(venues) for event, venues in found.items()}

    def live(self) -> list[str]:
        """Orders that may still fill, and requests that may still become one, in words."""
        held = [f"{_order(order)} is {order['status']}" for order in self.orders if order["status"] == "held"]
        return held + self._coming()

    def moving(self) -> list[str]:
        """What the laboratory will still do by itself, in words: all but orders that rest in the book."""
        held = [
            f"{_order(order)} is held"
            for order in self.orders
            if order["status"] == "held" and not (order["live"] and order["due_ms"] < 0)
        ]
        return held + self._coming() + self.unfinal()

    def _coming(self) -> list[str]:
        return [
            f"{_order(request)} is on its way"
            for request in self.requests
            if request["arrived_ms"] is None and request["due_ms"] >= 0
        ]

    def unfinal(self) -> list[str]:
        """Fills that may still fail, in words."""
        return [
            f"fill {fill['fill_id']} on {fill['venue']}" for fill in self.fills if fill["status"] == "pending"
        ]


def _order(row: Row) -> str:
    return f"order {row['intent_id']} on {row['venue']}"


def in_words(rows: Iterable[str]) -> str:
    return "; ".join(rows)
