"""The intents that this process has spoken of, so that news of the socket can be told in their own terms."""

from __future__ import annotations

from collections import OrderedDict

from pairlock.ports import OrderIntent
from pairlock_adapters.kalshi.build import client_order_id

_MOST = 10_000


class Intents:
    """By client id and by Kalshi's order id; the oldest are forgotten, and then reads alone tell of them."""

    def __init__(self) -> None:
        self._by_client: OrderedDict[str, OrderIntent] = OrderedDict()
        self._by_order: OrderedDict[str, str] = OrderedDict()

    def remember(self, intent: OrderIntent) -> None:
        client_id = client_order_id(intent.intent_id)
        self._by_client[client_id] = intent
        self._by_client.move_to_end(client_id)
        if len(self._by_client) > _MOST:
            self._by_client.popitem(last=False)

    def named(self, intent: OrderIntent, order_id: str) -> None:
        """Kalshi's id of an intent's order, once it is known."""
        if order_id:
            self._by_order[order_id] = client_order_id(intent.intent_id)
            if len(self._by_order) > _MOST:
                self._by_order.popitem(last=False)

    def find(self, client_id: str, order_id: str) -> OrderIntent | None:
        """By client id where a message has one, else by the order's."""
        return self._by_client.get(client_id or self._by_order.get(order_id, ""))
