"""Alerts on their way out. The journal has them already; delivery is retried and never holds up a trade."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import trio

from pairlock.commands import AlertKind, RaiseAlert
from pairlock.model import Trade
from pairlock.ports import AlertChannel, Clock
from pairlock.positions import nets_e6
from pairlock.runner.results import leg_fill

_LOG = logging.getLogger("pairlock.alerts")
_ADVICE = {
    AlertKind.EMERGENCY_EXIT: "The engine is exiting by itself; watch it, and trade nothing by hand on these markets.",
    AlertKind.EXIT_FAILED: "One exit attempt ended short; the engine goes on within its budget.",
    AlertKind.STUCK: "Look at both venues for this trade; then grant a new exit budget, or reopen the route.",
    AlertKind.VERDICT: "Compare both payouts with the venues' settlement pages before trading this pair again.",
    AlertKind.OVERFILL: "A venue filled more than was ordered; the excess is being exited. Lift the halt afterwards.",
    AlertKind.REPAIR: "A venue changed what it had said was final; a repair trade answers for it. Check the account.",
    AlertKind.HALT: "New trades are refused until the cause is gone and an operator lifts the halt.",
}

Payload = dict[str, Any]


def payload_of(kind: AlertKind, detail: str, trade: Trade | None, wall_ms: int) -> Payload:
    """The brief's EMERGENCY_EXIT shape: type, details of both legs, timestamp; and what a person should do."""
    details: Payload = {"reason": detail}
    if trade is not None:
        details["trade_id"] = trade.trade_id
        details["state"] = str(trade.state)
        details["event_id"] = trade.opportunity.event_id
        for leg, name in ((0, "leg_a"), (1, "leg_b")):
            fill = leg_fill(trade, leg)
            orders = [[o.intent_id, str(o.role), str(o.state)] for o in trade.orders if o.leg == leg]
            details[name] = {
                "venue": fill.venue
                if fill
                else (trade.opportunity.platform_a, trade.opportunity.platform_b)[leg],
                "outcome": fill.outcome if fill else ("yes", "no")[leg],
                "net_e6": nets_e6(trade)[leg],
                "bought_micros": fill.bought_micros if fill else 0,
                "sold_micros": fill.sold_micros if fill else 0,
                "orders": orders,
            }
    stamp = datetime.fromtimestamp(wall_ms // 1000, UTC).isoformat()
    return {"type": str(kind), "details": details, "timestamp": stamp, "advice": _ADVICE[kind]}


class LogChannel:
    """Alerts as warnings of the logger ``pairlock.alerts`` (the host decides where that goes)."""

    async def deliver(self, payload: Payload) -> None:
        _LOG.warning("%s %s", payload["type"], payload["details"].get("reason", ""), extra={"alert": payload})


class CallChannel:
    """Alerts handed to a function of the host."""

    def __init__(self, call: Callable[[Payload], None]) -> None:
        self._call = call

    async def deliver(self, payload: Payload) -> None:
        self._call(payload)


class AlertDesk:
    """One queue and one task per channel, so that a dead channel delays no other; each delivery is retried."""

    def __init__(self, channels: Sequence[AlertChannel], clock: Clock) -> None:
        self._queues = [(channel, trio.open_memory_channel[Payload](math.inf)) for channel in channels]
        self._clock = clock
        self.raised: dict[str, int] = {}
        self.undelivered = 0

    def raise_alert(self, alert: RaiseAlert, trade: Trade | None) -> None:
        """Queue an alert that is already durable; never blocks."""
        self.raised[str(alert.kind)] = self.raised.get(str(alert.kind), 0) + 1
        payload = payload_of(alert.kind, alert.detail, trade, self._clock.wall_ms())
        for _, (send, _) in self._queues:
            send.send_nowait(payload)

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            for channel, (_, receive) in self._queues:
                nursery.start_soon(self._serve, channel, receive)

    async def _serve(self, channel: AlertChannel, receive: trio.MemoryReceiveChannel[Payload]) -> None:
        async for payload in receive:
            await self._deliver(channel, payload)

    async def flush(self) -> None:
        """Deliver what is queued, once each, on all channels at once; for an ending or a failing engine."""
        async with trio.open_nursery() as nursery:
            for channel, (_, receive) in self._queues:
                nursery.start_soon(self._flush_one, channel, receive)

    async def _flush_one(self, channel: AlertChannel, receive: trio.MemoryReceiveChannel[Payload]) -> None:
        while True:
            try:
                payload = receive.receive_nowait()
            except (trio.WouldBlock, trio.EndOfChannel):
                return
            await self._deliver(channel, payload, tries=1)

    async def _deliver(self, channel: AlertChannel, payload: Payload, tries: int = 3) -> None:
        for attempt in range(tries):
            try:
                with trio.fail_after(10):
                    await channel.deliver(payload)
                return
            except Exception as error:
                # A channel is not ours: whatever it raises must not end the engine that it reports on. Only the
                # names are logged: its message may hold the secret of its address.
                _LOG.warning("alert channel %s failed: %s", type(channel).__name__, type(error).__name__)
                if attempt + 1 < tries:
                    await trio.sleep(2**attempt)
        self.undelivered += 1
