"""One WebSocket to a venue that is there whenever it can be: subscribed anew after every loss, and never silently dead.

Between a loss and the next subscription nothing is known of what happened, so ``on_lost`` is told at once and whoever
keeps a book puts it in doubt. A connection that says nothing for ``silence_ms``, not even to a ping, counts as lost.
Only the configured host is contacted; its certificate is verified; text messages alone are taken, of a bounded size.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from random import randrange
from typing import Protocol

import trio
from attrs import frozen
from trio_websocket import ConnectionClosed, ConnectionRejected, WebSocketConnection, wrap_client_stream

from pairlock.ports import Clock
from pairlock.runner.clock import seconds
from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.opening import Opened, open_to
from pairlock_adapters.net.origins import origin_of, tls_context

Send = Callable[[str], Awaitable[None]]
Headers = Callable[[], Sequence[tuple[str, str]]]
Jitter = Callable[[int], int]
"""From the longest pause in ms to one that is not longer; injected, so that a run can be repeated."""


def drawn(most_ms: int) -> int:
    """Anything from half of the pause to the whole: many clients that one restart dropped do not come back as one."""
    return most_ms - randrange(most_ms // 2 + 1)


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
class Lost:
    reason: str
    status: int = 0


Ended = Lost | Exception
"""How a connection ended: lost, or by the listener's own failure."""


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
        jitter: Jitter = drawn,
    ) -> None:
        self._origin = origin_of(url, schemes=("wss", "ws"), key="the socket's address")
        self._clock = clock
        self._headers = headers
        self._tls = tls_context(ca_file) if self._origin.secure else None
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
        """Connect, deliver, reconnect, until cancelled. What its parts raise (but for Resync) ends it."""
        failures = 0
        while True:
            began_ms = self._clock.now_ms()
            ended = await self._one_connection(listener)
            if isinstance(ended, Exception):
                raise ended
            listener.on_lost(ended.reason, ended.status)
            lasted_ms = self._clock.now_ms() - began_ms
            failures = 0 if lasted_ms >= self._times.most_pause_ms else failures + 1
            await trio.sleep(seconds(self._pause_ms(failures)))

    def _pause_ms(self, failures: int) -> int:
        doubled_ms = self._times.first_pause_ms << min(failures, 20)
        most_ms = min(self._times.most_pause_ms, doubled_ms)
        return max(1, min(most_ms, self._jitter(most_ms)))

    async def _one_connection(self, listener: Listener) -> Ended:
        opened: Opened | None = None
        try:
            with trio.move_on_after(seconds(self._times.connect_ms)):
                opened = await open_to(self._origin, self._tls)
            if opened is None:
                return Lost(f"{self._origin}: no connection within {self._times.connect_ms} ms")
            return await self._speak(opened.stream, listener)
        except NoAnswer as error:
            return Lost(error.reason)
        finally:
            if opened is not None:
                opened.wire.close()

    async def _speak(self, stream: trio.abc.Stream, listener: Listener) -> Ended:
        ended: list[Ended] = []
        headers = [(name.encode(), value.encode()) for name, value in self._headers()]
        try:
            async with trio.open_nursery() as nursery:
                connection = await self._handshake(nursery, Watched(stream), headers)
                if connection is None:
                    ended.append(Lost("the venue did not complete the socket's handshake"))
                else:
                    self._connection = connection
                    ended.append(await self._use(connection, listener))
                nursery.cancel_scope.cancel()
        except* ConnectionRejected as group:
            status = next(
                each.status_code for each in group.exceptions if isinstance(each, ConnectionRejected)
            )
            ended.insert(0, Lost(f"the venue refused the socket with {status}", status))
        except* Exception as group:
            # The listener's failures do not come this way; trio-websocket lets some of a peer's garbage through.
            ended.insert(
                0, Lost(f"the venue broke the socket's protocol ({type(group.exceptions[0]).__name__})")
            )
        finally:
            self._connection = None
        return ended[0]

    async def _handshake(
        self, nursery: trio.Nursery, stream: Watched, headers: list[tuple[bytes, bytes]]
    ) -> WebSocketConnection | None:
        """The connection, which reads in ``nursery``; None where the handshake fails or takes too long."""
        connection: WebSocketConnection | None = None
        with trio.move_on_after(seconds(self._times.connect_ms)):
            async with trio.open_nursery() as race:
                race.start_soon(_cancel_when, stream.ended, race.cancel_scope)
                connection = await wrap_client_stream(
                    nursery,
                    stream,  # type: ignore[arg-type]
                    self._origin.authority,
                    self._origin.path or "/",
                    extra_headers=headers,
                    max_message_size=self._most_bytes,
                    receive_buffer_size=65_536,
                )
                race.cancel_scope.cancel()
        return connection

    async def _use(self, connection: WebSocketConnection, listener: Listener) -> Ended:
        """Until the connection is lost; the pinger runs beside."""
        ended: list[Ended] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._ping, connection, ended, nursery.cancel_scope)
            try:
                await listener.on_connect(connection.send_message)
                ended.append(await self._deliver(connection, listener))
            except ConnectionClosed as error:
                ended.append(_closed(error))
            except Exception as error:
                ended.append(error)
            nursery.cancel_scope.cancel()
        return ended[0]

    async def _deliver(self, connection: WebSocketConnection, listener: Listener) -> Lost:
        while True:
            message: str | bytes | None = None
            with trio.move_on_after(seconds(self._times.silence_ms)):
                message = await connection.get_message()
            if message is None:
                if self._text_ping:
                    return Lost(f"nothing heard for {self._times.silence_ms} ms")
                continue  # without a text ping the ping frames watch over silence
            if isinstance(message, bytes):
                return Lost("a message that is not text")
            if self._text_ping and message == self._text_pong:
                continue
            try:
                await listener.on_text(message, self._clock.now_ms())
            except Resync as reason:
                return Lost(f"to be connected anew: {reason}")
            except RecursionError:
                # What json can just read may be too deep for whoever shows or compares it.
                return Lost("a message that is nested too deep")

    async def _ping(
        self, connection: WebSocketConnection, ended: list[Ended], scope: trio.CancelScope
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
                    ended.append(Lost(f"no answer to a ping for {self._times.silence_ms} ms"))
                    break
        except ConnectionClosed as error:
            ended.append(_closed(error))
        scope.cancel()


async def _cancel_when(event: trio.Event, scope: trio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


def _closed(error: ConnectionClosed) -> Lost:
    return Lost(f"the connection closed ({1006 if error.reason is None else error.reason.code})")


class Watched(trio.abc.Stream):
    """A stream that tells when nothing more will come; in a handshake trio-websocket would wait on."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self.ended = trio.Event()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        data = b""
        try:
            data = bytes(await self._stream.receive_some(max_bytes))
            return data
        finally:
            if not data:
                self.ended.set()

    async def aclose(self) -> None:
        self.ended.set()
        await self._stream.aclose()
