"""The order book's private writes: orders one by one and in batches, cancels of every kind, heartbeats."""

from __future__ import annotations

from collections.abc import Sequence

from pairlock_adapters.laboratory.ordering import answered, send
from pairlock_adapters.laboratory.polymarket.answers import in_batch, order_reply, reply
from pairlock_adapters.laboratory.polymarket.ask import Ask
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.polymarket.logins import ApiKey
from pairlock_adapters.laboratory.polymarket.order_request import MOST_ORDERS
from pairlock_adapters.laboratory.polymarket.placing import Placing, placing
from pairlock_adapters.laboratory.polymarket.refusal import INVALID_PAYLOAD, Refusal
from pairlock_adapters.laboratory.replies import Reply
from pairlock_adapters.simulated.door import Waiting
from pairlock_adapters.simulated.effects import Answered, Condition
from pairlock_adapters.simulated.intake import SHUT

MOST_CANCELS = 3_000
# Cancel-only, post-only and a pause allow cancels.
_NO_CANCEL = (Condition.RATE_LIMITED, Condition.RESTARTING, Condition.DISABLED)


def _sent(desk: Desk, ask: Ask, placed: Placing, round_ms: int | None = None) -> Waiting | None:
    desk.leaves(placed.wire)
    desk.revoked.signed(placed.wire.intent_id, ask.asker.key)
    return send(desk.lab, placed.wire, ask.request, round_ms)


async def post_order(desk: Desk, ask: Ask) -> Reply | None:
    """One order."""
    placed = placing(desk, ask.asker, ask.json())
    waiting = await answered(_sent(desk, ask, placed), ask.request)
    return None if waiting is None else order_reply(waiting)


async def post_orders(desk: Desk, ask: Ask) -> Reply | None:
    """Up to 15 orders: each is answered on its own, a refusal as a success that names no order.

    A fault of one's answer is a fault of the whole answer.
    """
    bodies = ask.json()
    if not isinstance(bodies, list) or not bodies:
        raise Refusal(400, INVALID_PAYLOAD)
    if len(bodies) > MOST_ORDERS:
        raise Refusal(400, f"Too many orders in payload: {len(bodies)}, max allowed: {MOST_ORDERS}")
    round_ms = desk.door.round_ms()
    rows: list[object] = []
    sent: dict[int, Waiting | None] = {}
    for number, body in enumerate(bodies):
        rows.append(None)
        try:
            sent[number] = _sent(desk, ask, placing(desk, ask.asker, body), round_ms)
        except Refusal as refused:
            rows[number] = in_batch(Reply(refused.status, refused.body))
    for number, waiting in sent.items():
        came = await answered(waiting, ask.request)
        if came is None:
            return None
        if came.how is not Answered.AS_IS:
            return order_reply(came)
        rows[number] = in_batch(order_reply(came))
    return Reply(200, rows)


async def _canceled(desk: Desk, key: ApiKey, ids: Sequence[str]) -> Reply | None:
    """Cancel each; refusals of the whole venue (a restart, a shut one) are the whole answer."""
    exchange, done, not_done = desk.exchange, list[str](), dict[str, str]()
    for condition in _NO_CANCEL:
        if desk.is_in(condition):
            return reply(exchange.intake.said(SHUT[condition], exchange.timeline.now_ms(), ""))
    for order_id in ids:
        sent = desk.sent(order_id) if key.address == desk.account.signer else None
        if sent is None:
            not_done[order_id] = "order not found"
            continue
        exchange.intake.cancel_asked(sent.intent_id)
        raw = await desk.door.cancel(sent, order_id)
        if raw is None:
            return None
        if raw.status != 200 or not isinstance(raw.body, dict):
            return reply(raw)
        done += raw.body["canceled"]
        not_done |= raw.body["not_canceled"]
    return Reply(200, {"canceled": done, "not_canceled": not_done})


async def cancel_order(desk: Desk, ask: Ask) -> Reply | None:
    body = ask.json()
    order_id = body.get("orderID") if isinstance(body, dict) else None
    if not isinstance(order_id, str) or not order_id.startswith("0x"):
        raise Refusal(400, "Invalid orderID")
    return await _canceled(desk, ask.asker, [order_id])


async def cancel_orders(desk: Desk, ask: Ask) -> Reply | None:
    ids = ask.json()
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise Refusal(400, INVALID_PAYLOAD)
    if len(ids) > MOST_CANCELS:
        raise Refusal(400, f"Too many orders in payload, max allowed: {MOST_CANCELS}")
    return await _canceled(desk, ask.asker, list(dict.fromkeys(ids)))


async def cancel_all(desk: Desk, ask: Ask) -> Reply | None:
    return await _canceled(desk, ask.asker, [order.venue_order_id for order in desk.open_orders(ask.asker)])


async def cancel_market_orders(desk: Desk, ask: Ask) -> Reply | None:
    """Of one market, or of one of its tokens."""
    body = ask.json()
    if not isinstance(body, dict) or not (body.get("market") or body.get("asset_id")):
        raise Refusal(400, INVALID_PAYLOAD)
    market, token = body.get("market") or "", body.get("asset_id") or ""
    known = desk.catalog.by_token(str(token)) if token else None
    ids = [
        order.venue_order_id
        for order in desk.open_orders(ask.asker)
        if (not market or order.market == market) and (not token or (order.market, order.outcome) == known)
    ]
    return await _canceled(desk, ask.asker, ids)


async def heartbeat(desk: Desk, ask: Ask) -> Reply | None:
    body = ask.json() if ask.body else {}
    named = body.get("heartbeat_id") if isinstance(body, dict) else None
    ident = desk.heartbeats.beat(ask.asker, named if isinstance(named, str) else "")
    return Reply(200, {"heartbeat_id": ident})


async def old_heartbeat(desk: Desk, ask: Ask) -> Reply | None:
    """The first version: without ids."""
    return Reply(200, {"status": "ok"})
