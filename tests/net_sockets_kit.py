"""A listener that notes everything, and WebSocket servers for the tests of the reconnecting socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

import net_kit
from net_kit import CLOCK
from pairlock_adapters.net.sockets import Send, SocketTimes, VenueSocket

QUICK = SocketTimes(ping_ms=20, silence_ms=80, connect_ms=300, first_pause_ms=1, most_pause_ms=8)

Use = Callable[[WebSocketConnection, int], Awaitable[None]]


class Heard:
    """A listener that notes everything. ``until`` losses or messages end the test's wait."""

    def __init__(self, subscribe: str = "") -> None:
        self.subscribe = subscribe
        self.texts: list[str] = []
        self.lost: list[tuple[str, int]] = []
        self.connects = 0
        self.changed = trio.Event()

    async def on_connect(self, send: Send) -> None:
        self.connects += 1
        if self.subscribe:
            await send(f"{self.subscribe} {self.connects}")
        self._tell()

    async def on_text(self, text: str, at_ms: int) -> None:
        assert at_ms <= CLOCK.now_ms()
        self.texts.append(text)
        self._tell()

    def on_lost(self, reason: str, status: int) -> None:
        self.lost.append((reason, status))
        self._tell()

    def _tell(self) -> None:
        self.changed.set()
        self.changed = trio.Event()

    async def until(self, *, texts: int = 0, lost: int = 0, connects: int = 0) -> None:
        with trio.fail_after(5):
            while len(self.texts) < texts or len(self.lost) < lost or self.connects < connects:
                await self.changed.wait()


@asynccontextmanager
async def serving(use: Use, *, tls: bool = False, refuse: int = 0) -> AsyncIterator[tuple[str, list[Any]]]:
    """A WebSocket server on trio-websocket; yields its address and the handshakes' headers."""
    handshakes: list[Any] = []

    async def handler(request: WebSocketRequest) -> None:
        handshakes.append({name.decode().lower(): value.decode() for name, value in request.headers})
        if len(handshakes) <= refuse:
            await request.reject(401, body=b'{"code":"no"}')
            return
        connection = await request.accept()
        try:
            await use(connection, len(handshakes))
        except ConnectionClosed:
            pass
        finally:
            await connection.aclose()

    async with trio.open_nursery() as nursery:
        context = net_kit.server_context() if tls else None
        start = partial(
            serve_websocket, handler, "127.0.0.1", 0, ssl_context=context, handler_nursery=nursery
        )
        server = await nursery.start(start)
        yield f"ws{'s' if tls else ''}://localhost:{server.port}/ws", handshakes
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def listening(url: str, heard: Heard, **options: Any) -> AsyncIterator[VenueSocket]:
    options = {"times": QUICK, "ca_file": net_kit.ca_file(), **options}
    socket = VenueSocket(url, CLOCK, **options)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(socket.run, heard)
        yield socket
        nursery.cancel_scope.cancel()
