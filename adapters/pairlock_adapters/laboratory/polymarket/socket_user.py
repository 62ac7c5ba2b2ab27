"""The user's socket: changes of the account's orders and trades, with the faults of streams."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from random import Random

import trio
from starlette.websockets import WebSocket, WebSocketDisconnect

from pairlock.facts import Fact
from pairlock.ports import Deliver
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.polymarket.logins import ApiKey
from pairlock_adapters.laboratory.polymarket.order_bodies import Owner, mined_ms, order_event, trade_event
from pairlock_adapters.laboratory.wire_json import dumps
from pairlock_adapters.simulated.state import OrderView, Status, VenueFill, VenueOrder, view
from pairlock_adapters.simulated.streaming import Message, OrderStream

Hand = Callable[[Message], Awaitable[None]]
# A client that does not say who it is within this time is hung up on.
_LOGIN_S = 10
_POLICY_VIOLATION = 1008


class _WireStream(OrderStream):
    """A stream whose messages are handed on as they are, late as they are due."""

    def __init__(self, desk: Desk, hand: Hand, rng: Random) -> None:
        super().__init__(desk.exchange, desk.clock, rng, desk.door.latency.stream)
        self._hand = hand

    def tells_of(self, order: VenueOrder) -> bool:
        return True

    async def _deliver(self, message: Message, deliver: Deliver) -> None:
        await self._clock.sleep_until_ms(max(message.due_ms, self._clock.now_ms()))
        await self._hand(message)

    @property
    def answers_pings(self) -> bool:
        """Not while a fault loses the client's pings."""
        lost = self._replays_after_ms >= 0
        return not (lost and self._clock.now_ms() < self._silent_until_ms)


class _Connection:
    """``markets``: whose messages are wanted; none, all."""

    def __init__(self, desk: Desk, socket: WebSocket, key: ApiKey, markets: list[str]) -> None:
        self._face = desk
        self._socket = socket
        self._key = key
        self._all = not markets
        self._markets = set(markets)
        self._stream = _WireStream(desk, self._told, Random(f"stream:{key.key}"))

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            if self._key.address == self._face.account.signer:
                nursery.start_soon(self._stream.run, _nobody)
            await self._hears()
            nursery.cancel_scope.cancel()

    async def _hears(self) -> None:
        """Pings and changes of what is wanted, until the client hangs up."""
        while True:
            text = await self._socket.receive_text()
            if text == "PING":
                if self._stream.answers_pings:
                    await self._socket.send_text("PONG")
                continue
            asked = _parsed(text)
            markets = asked.get("markets")
            wanted = {str(market) for market in markets} if isinstance(markets, list) else set()
            if asked.get("operation") == "subscribe":
                self._markets |= wanted
                self._all = not self._markets
            elif asked.get("operation") == "unsubscribe":
                self._markets -= wanted
                self._all = not self._markets

    async def _told(self, message: Message) -> None:
        """One change, as the events that tell of it."""
        if not self._all and message.order.market not in self._markets:
            return
        for event in events(self._face, message.order, message.at_ms, self._face.owner(self._key)):
            await self._socket.send_text(dumps(event))


async def _nobody(fact: Fact) -> None:
    """A wire stream hands on its messages itself."""


def events(desk: Desk, order: VenueOrder, at_ms: int, owner: Owner) -> list[dict[str, object]]:
    """What the socket tells of a change of ``order`` at ``at_ms``: of the order, and of each trade that changed."""
    seen, listing = view(order, at_ms), desk.catalog.find(order.market)
    if seen is None or listing is None:
        return []
    told = []
    changed = [pair for pair in seen.fills if at_ms in (pair[0].matched_ms, *_later(pair[0]))]
    of_trade_only = changed and all(at_ms in _later(fill) for fill, _ in changed)
    if not of_trade_only:
        kind = _kind(seen, at_ms)
        expires_s, wall_of_ms = desk.expires_s(order), desk.wall_of_ms
        told.append(order_event(seen, listing, owner, expires_s, wall_of_ms, at_ms, kind))
    for fill, word in changed or (seen.fills if _is_late(seen, at_ms) else ()):
        facts = desk.trade_facts(order, fill, word, owner, listing)
        told.append(trade_event(order, fill, facts))
    return told


def _later(fill: VenueFill) -> tuple[int, int]:
    """When a trade changes after its match."""
    return mined_ms(fill), fill.final_at_ms


def _kind(seen: OrderView, at_ms: int) -> str:
    if seen.status in (Status.CANCELED, Status.KILLED) and seen.order.closed_ms == at_ms:
        return "CANCELLATION"
    return "PLACEMENT" if seen.order.accepted_ms == at_ms else "UPDATE"


def _is_late(seen: OrderView, at_ms: int) -> bool:
    """Whether this tells of what happened before: an order that was hidden for a while."""
    return at_ms not in (seen.order.accepted_ms, seen.order.closed_ms)


def _parsed(text: str) -> dict[str, object]:
    try:
        found = json.loads(text, parse_float=str)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def _login(desk: Desk, socket: WebSocket) -> tuple[ApiKey, list[str]] | None:
    """Who the client says it is, and which markets it wants; None if it is nobody."""
    with trio.move_on_after(_LOGIN_S):
        while True:
            text = await socket.receive_text()
            if text == "PING":
                await socket.send_text("PONG")
                continue
            asked = _parsed(text)
            auth, markets = asked.get("auth"), asked.get("markets")
            if asked.get("type") != "user" or not isinstance(auth, dict):
                return None
            key = desk.logins.knows(*(str(auth.get(name)) for name in ("apiKey", "secret", "passphrase")))
            wanted = [str(market) for market in markets] if isinstance(markets, list) else []
            return None if key is None else (key, wanted)
    return None


def user_socket(desk: Desk) -> Callable[[WebSocket], Awaitable[None]]:
    """The endpoint of ``/ws/user``."""

    async def serves(socket: WebSocket) -> None:
        await socket.accept()
        try:
            who = await _login(desk, socket)
            if who is None:
                await socket.close(_POLICY_VIOLATION)
                return
            await _Connection(desk, socket, *who).run()
        except* WebSocketDisconnect:
            pass

    return serves
