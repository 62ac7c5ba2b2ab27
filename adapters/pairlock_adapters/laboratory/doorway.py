"""One listening port on loopback: its connections can be cut, and the port itself can be shut for a while.

That is how the laboratory brings about what in-process faults say of a connection: a server can end one without a
word, refuse the next, or leave it unanswered; more of the network is not in its hands.
"""

from __future__ import annotations

import socket
import struct
from enum import StrEnum

import trio

from pairlock_adapters.simulated.clock import VirtualClock

HOST = "127.0.0.1"
# Closing sends a reset instead of a farewell.
_NO_LINGER = struct.pack("ii", 1, 0)
_BACKLOG = 128
_BUSY_MS = 20


class Shut(StrEnum):
    """How a door that is shut meets a new connection."""

    REFUSED = "refused"  # as where nobody listens
    SILENT = "silent"  # the system takes it, and nothing is said before the door opens
    RESET = "reset"  # it is taken, and ended at once


class Doorway(trio.abc.Listener[trio.SocketStream]):
    """Listens from ``open`` on, at ``port`` (0: a free one)."""

    def __init__(self, clock: VirtualClock, port: int = 0) -> None:
        self._clock = clock
        self.port = port
        self._listener: trio.SocketListener | None = None
        self._streams: dict[tuple[str, int], trio.SocketStream] = {}
        self._shut = Shut.RESET
        self._until_ms = -1

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def wall_ms(self) -> int:
        """The laboratory's time, in milliseconds since 1970."""
        return self._clock.wall_ms()

    async def open(self) -> None:
        """Raises OSError where the port is taken."""
        sock = trio.socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            await sock.bind((HOST, self.port))
            sock.listen(_BACKLOG)
        except BaseException:
            sock.close()
            raise
        self.port = sock.getsockname()[1]
        self._listener = trio.SocketListener(sock)

    async def accept(self) -> trio.SocketStream:
        while True:
            stream = await self._next()
            if stream is None:
                continue
            if self._is_shut() and self._shut is Shut.RESET:
                _reset(stream)
                continue
            if (
                self._is_shut() and self._shut is Shut.SILENT
            ):  # it came while this one was still being waited for
                await self._clock.sleep_until_ms(self._until_ms)
            try:
                peer = stream.socket.getpeername()
            except OSError:  # gone again before it was let in
                stream.socket.close()
                continue
            self._forget_closed()
            self._streams[peer[0], peer[1]] = stream
            return stream

    async def _next(self) -> trio.SocketStream | None:
        """The next connection, or None where the door was shut or opened meanwhile."""
        if self._is_shut() and self._shut is not Shut.RESET:
            await self._clock.sleep_until_ms(self._until_ms)
            return None
        if self._listener is None:
            try:
                await self.open()
            except OSError:  # somebody took the port meanwhile: it cannot be told, only waited for
                await self._clock.sleep_ms(_BUSY_MS)
            return None
        listener = self._listener
        try:
            return await listener.accept()
        except (trio.ClosedResourceError, OSError):
            if self._listener is listener:  # else the door was shut meanwhile
                raise
            return None

    def _is_shut(self) -> bool:
        return self._clock.now_ms() < self._until_ms

    def _forget_closed(self) -> None:
        for peer in [peer for peer, stream in self._streams.items() if stream.socket.fileno() < 0]:
            del self._streams[peer]

    def shut(self, how: Shut, for_ms: int) -> None:
        """Meet new connections like that for a while; those that are there go on."""
        self._shut, self._until_ms = how, self._clock.now_ms() + for_ms
        if how is Shut.REFUSED and self._listener is not None:
            self._listener.socket.close()
            self._listener = None

    def cut(self, peer: object) -> None:
        """End the connection of a client (``scope["client"]``) with a reset: it reads nothing more."""
        host, port = peer if isinstance(peer, tuple | list) else ("", 0)
        stream = self._streams.pop((str(host), int(port)), None)
        if stream is not None:
            _reset(stream)

    async def aclose(self) -> None:
        """Close everything, at once."""
        if self._listener is not None:
            self._listener.socket.close()
            self._listener = None
        for stream in self._streams.values():
            stream.socket.close()
        self._streams.clear()
        await trio.lowlevel.checkpoint()


def _reset(stream: trio.SocketStream) -> None:
    if stream.socket.fileno() >= 0:
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        stream.socket.close()
