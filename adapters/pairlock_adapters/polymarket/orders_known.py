"""The orders that this process has spoken of, by their ids, so that a socket's news can be told in their own terms."""

from __future__ import annotations

from collections import OrderedDict

from pairlock_adapters.polymarket.parse_trades import Asked

_MOST = 10_000


class OrdersKnown:
    """The oldest are forgotten, and then reads alone tell of them."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[str, Asked] = OrderedDict()

    def remember(self, asked: Asked) -> None:
        self._by_id[asked.order_id] = asked
        self._by_id.move_to_end(asked.order_id)
        if len(self._by_id) > _MOST:
            self._by_id.popitem(last=False)

    def find(self, order_id: object) -> Asked | None:
        return self._by_id.get(order_id.lower()) if isinstance(order_id, str) else None
