"""The last step before the network: where the guard speaks, and where it is known whether a byte went out.

``Ticket`` follows one request; ``Wire`` is one TCP connection. The guard is asked directly before the system call that
takes the request's first bytes, under TLS too: connecting, waiting for a free connection and the encryption with its
own scheduling points all lie before it. If the kernel has no room the task waits and the guard is asked again.
"""

from __future__ import annotations

import os

import trio
from attrs import define

from pairlock.ports import Clock, WriteGuard


class Refused(Exception):
    """The guard refused the write; nothing was written."""


@define
class Ticket:
    """What is known of one request's bytes. ``wrote`` is True from the moment it can no longer be ruled out."""

    clock: Clock
    guard: WriteGuard | None = None
    wrote: bool = False
    refused: str = ""
    sent_ms: int = 0

    def ask(self) -> None:
        """Raises Refused where the guard says no."""
        if self.guard is not None:
            self.refused = self.guard()
            if self.refused:
                raise Refused
        self.sent_ms = self.clock.now_ms()


class Wire(trio.abc.Stream):
    """A connected TCP stream. While ``ticket`` is set, what is sent belongs to that request."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self.ticket: Ticket | None = None
        self._peek: trio.CancelScope | None = None

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        # A cancellation that waits is heard here, before the guard speaks and not after.
        await trio.lowlevel.checkpoint_if_cancelled()
        with memoryview(data) as view:
            done = 0
            while done < len(view):
                done += await self._send_some(view[done:])

    async def _send_some(self, view: memoryview) -> int:
        """Hand bytes to the kernel: at once and with no await after the guard, or wait for room and hand over none."""
        ticket = self.ticket
        fd = self._stream.socket.fileno()
        if fd < 0:
            raise trio.ClosedResourceError
        proved = ticket is not None and not ticket.wrote
        if ticket is not None and proved:
            ticket.ask()
            ticket.wrote = True
        try:
            return os.write(fd, view)
        except BlockingIOError:
            pass
        except OSError as error:
            if ticket is not None and proved:
                ticket.wrote = False
            raise trio.BrokenResourceError(type(error).__name__) from error
        if ticket is not None and proved:
            ticket.wrote = False
        await trio.lowlevel.wait_writable(fd)
        return 0

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        if self._peek is not None and not self._readable():
            self._peek.cancel()
        return await self._stream.receive_some(max_bytes)

    def _readable(self) -> bool:
        """Whether bytes, or the end, are there without waiting."""
        return self._stream.socket.is_readable()

    async def quiet(self, stream: trio.abc.Stream) -> bool:
        """Nothing came unasked: neither bytes nor the end wait in the socket or in ``stream``, the TLS layer above.

        What came between two requests belongs to neither; a connection that holds it would answer the next request
        with it. Reading stops as soon as it would have to wait, by a cancellation, which TLS reading survives.
        """
        if stream is self:
            return not self._readable()
        with trio.CancelScope() as scope:
            self._peek = scope
            try:
                await stream.receive_some(1)
            except trio.BrokenResourceError:
                return False
            finally:
                self._peek = None
        return scope.cancelled_caught

    def close(self) -> None:
        """At once, with no farewell that could block. Closing twice does nothing."""
        self._stream.socket.close()

    async def aclose(self) -> None:
        self.close()
        await trio.lowlevel.checkpoint()
