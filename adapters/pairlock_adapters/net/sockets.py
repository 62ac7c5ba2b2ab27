"""One WebSocket to a venue that is there whenever it can be: subscribed anew after every loss, and never silently dead.

Between a loss and the next subscription nothing is known of what happened, so ``on_lost`` is told at once and whoever
keeps a book puts it in doubt. A connection that says nothing for ``silence_ms``, not even to a ping, counts as lost.
Only the configured host is contacted; its certificate is verified; text messages alone are taken, of a bounded size.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import trio
from attrs import frozen
from trio_websocket import (
    ConnectionClosed,
    ConnectionRejected,
    HandshakeError,
    WebSocketConnection,
    open_websocket,
)

from pairlock.ports import Clock
from pairlock.runner.clock import seconds
from pairlock_adapters.net.origins import origin_of, tls_context

Send = Callable[[str], Awaitable[None]]
Headers = Callable[[], Sequence[tuple[str, str]]]
Jitter = Callable[[int], int]
"""From the longest pause in ms to one that is not longer; injected, so that a run can be repeated."""

_FAREWELL_MS = 500


class Resync(Exception):
    """Raised by ``on_text`` where what came cannot be continued: connect and subscribe anew."""


class Listener(Protocol):
    """What the socket tells its owner, always from the one task that runs it."""

    async def on_connect(self, send: Send) -> None:
        """Connected: subscribe. Nothing was received yet."""
        ...

    async def on_text(self, text: str, at_ms: int) -> None:
        """One message, in the order of arrival; ``now_ms`` when it was taken. May raise Resync."""
        ...

    def on_lost(self, reason: str, status: int) -> None:
        """No longer connected, or not at all. ``status`` of a refused handshake (401, 429), else 0."""
        ...


@frozen
class SocketTimes:
    """In ms. ``ping_ms``: how often we ping; a pause before connecting again doubles from ``first_pause_ms`` up to
    ``most_pause_ms``, and starts small again after a connection that lasted that long."""

    ping_ms: int = 10_000
    silence_ms: int = 25_000
    connect_ms: int = 10_000
    first_pause_ms: int = 250
    most_pause_ms: int = 30_000


@frozen
class _Lost:
    reason: str
    status: int = 0


class VenueSocket:
    """One reconnecting connection. ``headers`` is called for each attempt, so that each is signed afresh.

    ``text_ping`` is for venues that want a text instead of a ping frame (Polymarket's ``PING``); its answer
    ``text_pong`` is not delivered. Raises UserError on an address that must not be used.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        headers: Headers = tuple,
        ca_file: str = "",
        times: SocketTimes | None = None,
        text_ping: str = "",
        text_pong: str = "PONG",
        most_bytes: int = 8 * 1024 * 1024,
        jitter: Jitter = lambda most_ms: most_ms,
    ) -> None:
        self._origin = origin_of(url, schemes=("wss", "ws"), key="the socket's address")
        self._clock = clock
        self._headers = headers
        self._tls: ssl.SSLContext | bool = tls_context(ca_file) if self._origin.secure else False
        self._times = times or SocketTimes()
        self._text_ping = text_ping
        self._text_pong = text_pong
        self._most_bytes = most_bytes
        self._jitter = jitter
        self._connection: WebSocketConnection | None = None

    def __repr__(self) -> str:
        return f"VenueSocket({self._origin})"

    @property
    def connected(self) -> bool:
        return self._connection is not None

    async def send(self, text: str) -> bool:
        """Send on the present connection; False where there is none, and then ``on_connect`` will subscribe anew."""
        connection = self._connection
        if connection is None:
            return False
        try:
            await connection.send_message(text)
        except ConnectionClosed:
            return False
        return True

    async def run(self, listener: Listener) -> None:
        """Connect, deliver, reconnect, until cancelled. What ``listener`` raises besides Resync ends it."""
        failures = 0
        while True:
            began_ms = self._clock.now_ms()
            lost = await self._one_connection(listener)
            listener.on_lost(lost.reason, lost.status)
            lasted_ms = self._clock.now_ms() - began_ms
            failures = 0 if lasted_ms >= self._times.most_pause_ms else failures + 1
            await trio.sleep(seconds(self._pause_ms(failures)))

    def _pause_ms(self, failures: int) -> int:
        doubled_ms = self._times.first_pause_ms << min(failures, 20)
        most_ms = min(self._times.most_pause_ms, doubled_ms)
        return max(1, min(most_ms, self._jitter(most_ms)))

    async def _one_connection(self, listener: Listener) -> _Lost:
        times = self._times
        try:
            async with open_websocket(
                self._origin.host,
                self._origin.port,
                self._origin.path or "/",
                use_ssl=self._tls,
                extra_headers=[(name.encode(), value.encode()) for name, value in self._headers()],
                max_message_size=self._most_bytes,
                receive_buffer_size=65_536,
                connect_timeout=seconds(times.connect_ms),
                disconnect_timeout=seconds(_FAREWELL_MS),
            ) as connection:
                self._connection = connection
                try:
                    return await self._use(connection, listener)
                finally:
                    self._connection = None
        except ConnectionRejected as error:
            return _Lost(f"the venue refused the socket with {error.status_code}", error.status_code)
        except ConnectionClosed as error:
            return _Lost(_closed_words(error))
        except (HandshakeError, OSError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
            cause = error.__cause__ or error
            return _Lost(f"{self._origin} could not be reached ({type(cause).__name__})")

    async def _use(self, connection: WebSocketConnection, listener: Listener) -> _Lost:
        """Until the connection is lost. The pinger runs beside; a failure of the listener is raised as it is."""
        lost: list[_Lost] = []
        failure: Exception | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._ping, connection, lost, nursery.cancel_scope)
            try:
                await listener.on_connect(connection.send_message)
                lost.append(await self._deliver(connection, listener))
            except ConnectionClosed as error:
                lost.append(_Lost(_closed_words(error)))
            except Exception as error:
                failure = error
            nursery.cancel_scope.cancel()
        if failure is not None:
            raise failure
        return lost[0]

    async def _deliver(self, connection: WebSocketConnection, listener: Listener) -> _Lost:
        while True:
            message: str | bytes | None = None
            with trio.move_on_after(seconds(self._times.silence_ms)) as quiet:
                message = await connection.get_message()
            if message is None:
                if self._text_ping and quiet.cancelled_caught:
                    return _Lost(f"nothing heard for {self._times.silence_ms} ms")
                continue  # without a text ping the ping frames watch over silence
            if isinstance(message, bytes):
                return _Lost("a message that is not text")
            if self._text_ping and message == self._text_pong:
                continue
            try:
                await listener.on_text(message, self._clock.now_ms())
            except Resync as reason:
                return _Lost(f"to be connected anew: {reason}")

    async def _ping(
        self, connection: WebSocketConnection, lost: list[_Lost], scope: trio.CancelScope
    ) -> None:
        try:
            while True:
                await trio.sleep(seconds(self._times.ping_ms))
                if self._text_ping:
                    await connection.send_message(self._text_ping)
                    continue
                with trio.move_on_after(seconds(self._times.silence_ms)) as silence:
                    await connection.ping()
                if silence.cancelled_caught:
                    lost.append(_Lost(f"no answer to a ping for {self._times.silence_ms} ms"))
                    scope.cancel()
                    return
        except ConnectionClosed as error:
            lost.append(_Lost(_closed_words(error)))
            scope.cancel()


def _closed_words(error: ConnectionClosed) -> str:
    code = error.reason.code if error.reason is not None else 1006
    return f"the connection closed ({code})"
