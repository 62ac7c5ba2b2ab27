"""New orders, changes and cancels of the Kalshi face (V2); the old path is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio
from starlette.routing import Route

from pairlock.ports import OrderIntent
from pairlock_adapters.laboratory.kalshi.rest import Call, Wrong, error, private_route, wrong
from pairlock_adapters.laboratory.kalshi.wire_orders import (
    amount,
    foreign_account,
    order_of,
    side_of,
    text_of,
)
from pairlock_adapters.laboratory.ordering import answered, booked, send
from pairlock_adapters.laboratory.replies import Reply
from pairlock_adapters.simulated import amending
from pairlock_adapters.simulated.door import Waiting
from pairlock_adapters.simulated.effects import Answered
from pairlock_adapters.simulated.rules import Raw
from pairlock_adapters.simulated.state import Status, VenueOrder
from pairlock_adapters.simulated.wire import decimal

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

ORDERS = "/portfolio/events/orders"
_OLD = "/portfolio/orders"
_MOST_IN_A_BATCH = 100
_Cancelled = tuple[dict[str, object], Raw | None]


def order_routes(face: KalshiFace) -> list[Route]:
    entry = OrderEntry(face)
    gone = [("POST", _OLD), ("POST", f"{_OLD}/batched"), ("DELETE", f"{_OLD}/batched"),
            ("DELETE", f"{_OLD}/{{order_id}}"), ("POST", f"{_OLD}/{{order_id}}/amend"),
            ("POST", f"{_OLD}/{{order_id}}/decrease")]  # fmt: skip
    return [
        private_route(face, "POST", ORDERS, entry.create),
        private_route(face, "DELETE", ORDERS, entry.cancel_all),
        private_route(face, "POST", f"{ORDERS}/batched", entry.create_batch),
        private_route(face, "DELETE", f"{ORDERS}/batched", entry.cancel_batch),
        private_route(face, "DELETE", f"{ORDERS}/{{order_id}}", entry.cancel),
        private_route(face, "POST", f"{ORDERS}/{{order_id}}/amend", entry.amend),
        private_route(face, "POST", f"{ORDERS}/{{order_id}}/decrease", entry.decrease),
        *(private_route(face, method, path, entry.gone) for method, path in gone),
    ]


class OrderEntry:
    """Of one face."""

    def __init__(self, face: KalshiFace) -> None:
        self._face = face
        self._exchange = face.exchange

    async def gone(self, call: Call) -> Reply:
        return error(410, "deprecated_v1_order_endpoint", "use /portfolio/events/orders")

    # New orders.

    async def create(self, call: Call) -> Reply | None:
        waiting = await answered(self._sent(call, await call.body()), call.request)
        return None if waiting is None else self._reply(waiting)

    def _sent(self, call: Call, body: dict[str, object], round_ms: int | None = None) -> Waiting | None:
        order = order_of(self._face, body)
        if not call.is_main:
            raise foreign_account()
        order = booked(self._face.lab, order, order.wire_id)
        self._face.sent_by(order, call.login)
        return send(self._face.lab, order, call.request, round_ms)

    def _reply(self, waiting: Waiting) -> Reply:
        """The answer on the wire: with the client's own id, and cut short where a fault wants it."""
        assert waiting.raw is not None
        assert waiting.plain is not None
        if waiting.how is Answered.TRUNCATED:
            return Reply(waiting.plain.status, self._named(waiting.plain.body), truncated=True)
        return Reply(waiting.raw.status, self._named(waiting.raw.body))

    def _named(self, body: object) -> object:
        """With the wall clock's time, and the id that the client gave the order."""
        if not isinstance(body, dict) or "client_order_id" not in body:
            return body
        changed = body | {"client_order_id": self._exchange.wire_id(str(body["client_order_id"]))}
        if "ts_ms" in body:
            changed["ts_ms"] = self._face.lab.wall_ms(int(body["ts_ms"]))
        return changed

    async def create_batch(self, call: Call) -> Reply | None:
        """Each order by itself; a fault of one's answer is a fault of the whole answer."""
        bodies = _rows(await call.body())
        round_ms = self._face.door.round_ms()
        rows: list[dict[str, object]] = []
        sent: list[tuple[int, Waiting | None]] = []
        for number, body in enumerate(bodies):
            rows.append({})
            try:
                sent.append((number, self._sent(call, body, round_ms)))
            except Wrong as refused:
                rows[number] = _failed(body, refused.reply.body)
        for number, waiting in sent:
            came = await answered(waiting, call.request)
            if came is None:
                return None
            reply = self._reply(came)
            if came.how is not Answered.AS_IS:
                return reply
            well = reply.status < 300 and isinstance(reply.body, dict)
            rows[number] = dict(reply.body) if well else _failed(bodies[number], reply.body)  # type: ignore[call-overload]
        return Reply(201, {"orders": rows})

    # Cancels.

    async def cancel(self, call: Call) -> Reply | None:
        order_id = call.part("order_id")
        intent = self._own(call, order_id)
        if intent is None:
            return error(404, "order_not_found")
        raw = await self._cancelled(intent, order_id)
        return None if raw is None else Reply(raw.status, _of_one(self._named(raw.body), order_id))

    async def _cancelled(self, intent: OrderIntent, order_id: str) -> Raw | None:
        self._exchange.intake.cancel_asked(intent.intent_id)
        return await self._face.door.cancel(intent, order_id)

    def _own(self, call: Call, order_id: str) -> OrderIntent | None:
        order = self._exchange.order_named(order_id) if call.is_main else None
        return None if order is None else order.intent(self._face.venue)

    async def cancel_batch(self, call: Call) -> Reply | None:
        named = [text_of(row, "order_id") for row in _rows(await call.body())]
        return await self._cancel_many(call, named)

    async def cancel_all(self, call: Call) -> Reply | None:
        """Everything that rests."""
        named = [order.venue_order_id for order in self._live()] if call.is_main else []
        return await self._cancel_many(call, named) if named else Reply(200, {"orders": []})

    def _live(self) -> list[VenueOrder]:
        return [order for order in self._exchange.orders.values() if order.status is Status.HELD]

    async def _cancel_many(self, call: Call, named: list[str]) -> Reply | None:
        rows: list[dict[str, object]] = [{} for _ in named]
        lost: list[str] = []

        async def one(number: int, order_id: str) -> None:
            intent = self._own(call, order_id)
            raw = None if intent is None else await self._cancelled(intent, order_id)
            if intent is None:
                rows[number] = {
                    "order_id": order_id,
                    "reduced_by": "0.00",
                    "error": {"code": "order_not_found"},
                }
            elif raw is None:
                lost.append(order_id)
            else:
                rows[number] = _batch_row(self._named(raw.body), order_id, raw)

        async with trio.open_nursery() as nursery:
            for number, order_id in enumerate(named):
                nursery.start_soon(one, number, order_id)
        return None if lost else Reply(200, {"orders": rows})

    # Changes.

    def _resting(self, call: Call) -> VenueOrder:
        order = self._exchange.order_named(call.part("order_id")) if call.is_main else None
        if order is None or order.venue_order_id not in self._exchange.resting:
            raise Wrong(error(404, "order_not_found"))
        return order

    async def amend(self, call: Call) -> Reply:
        """Another price or count for an order that rests; it goes to the end of its new price's queue."""
        body = await call.body()
        order = self._resting(call)
        price_e4, size_e2 = (
            amount(body, "price", 4, "invalid_price"),
            amount(body, "count", 2, "invalid_count"),
        )
        is_bid = order.buys is (order.outcome.value == "yes")
        if text_of(body, "ticker") != order.market or (side_of(body) == "bid") is not is_bid:
            raise wrong("invalid_parameters", "ticker and side cannot be amended")
        wire_id = self._exchange.wire_id(order.intent_id)
        if body.get("updated_client_order_id", wire_id) != wire_id:
            raise wrong("invalid_parameters", "the laboratory does not change client_order_id")
        fills = len(order.fills)
        refused = amending.amend(self._exchange, order, price_e4, size_e2)
        if refused:
            raise wrong(refused)
        return Reply(200, self._amended(order, fills, wire_id))

    def _amended(self, order: VenueOrder, fills: int, wire_id: str) -> dict[str, object]:
        new = order.fills[fills:]
        left_e2 = max(0, order.left_e6) // 10_000 if order.status is Status.HELD else 0
        answer: dict[str, object] = {
            "order_id": order.venue_order_id, "client_order_id": wire_id, "remaining_count": decimal(left_e2, 2),
        }  # fmt: skip
        if new:
            qty_e6 = sum(fill.qty_e6 for fill in new)
            flips = order.outcome.value == "no"
            yes = sum(fill.qty_e6 * (10_000 - fill.price_e4 if flips else fill.price_e4) for fill in new)
            fees_micros = sum(fill.fee_micros for fill in new)
            answer |= {
                "fill_count": decimal(qty_e6 // 10_000, 2),
                "average_fill_price": decimal(yes // qty_e6, 4),
                "average_fee_paid": decimal(fees_micros * 10_000 // qty_e6, 4),
            }
        return answer

    async def decrease(self, call: Call) -> Reply:
        body = await call.body()
        order = self._resting(call)
        reduce_to_e2 = amount(body, "reduce_to", 2, "invalid_count")
        if reduce_to_e2 > order.left_e6 // 10_000:
            raise wrong("invalid_count", "reduce_to is above what remains")
        amending.decrease(self._exchange, order, reduce_to_e2)
        wire_id = self._exchange.wire_id(order.intent_id)
        left = decimal(reduce_to_e2, 2)
        return Reply(
            200, {"order_id": order.venue_order_id, "client_order_id": wire_id, "remaining_count": left}
        )


def _rows(body: dict[str, object]) -> list[dict[str, object]]:
    rows: Any = body.get("orders")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise wrong("missing_parameters", "orders is required")
    if not 0 < len(rows) <= _MOST_IN_A_BATCH:
        raise wrong("invalid_parameters", f"orders must have 1 to {_MOST_IN_A_BATCH} entries")
    return rows


def _failed(body: dict[str, object], said: object) -> dict[str, object]:
    """The row of an order that was refused."""
    inner = said.get("error") if isinstance(said, dict) else None
    row_error = inner if isinstance(inner, dict) else {"code": str(inner or "internal_error")}
    return {
        "client_order_id": body.get("client_order_id"), "order_id": "", "fill_count": None,
        "remaining_count": None, "error": row_error,
    }  # fmt: skip


def _of_one(body: object, order_id: str) -> object:
    """A fault answers one cancel as a batch in which ours failed: over this path only its own error can come."""
    if isinstance(body, dict) and isinstance(body.get("orders"), list):
        row = next((row for row in body["orders"] if row.get("order_id") == order_id), None)
        return body if row is None else row
    return body


def _batch_row(body: object, order_id: str, raw: Raw) -> dict[str, object]:
    row = _of_one(body, order_id)
    plain: dict[str, object] = {"order_id": order_id, "reduced_by": "0.00"}
    if raw.status == 200 and isinstance(row, dict):
        return plain | row
    inner = body.get("error") if isinstance(body, dict) else None
    row_error: object = inner if isinstance(inner, dict) else {"code": str(inner or raw.body)}
    return plain | {"error": row_error}
