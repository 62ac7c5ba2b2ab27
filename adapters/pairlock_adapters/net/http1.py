"""One HTTP/1.1 connection: a request is written once and answered once, or the connection is gone.

h11 checks both sides' protocol; this file moves its bytes. A connection is used again only if request and answer both
ended as they should and nothing followed the answer: bytes left over would be read as the answer to the next request.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence

import h11
import trio
from attrs import frozen

from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.opening import open_to
from pairlock_adapters.net.origins import Origin
from pairlock_adapters.net.wire import Refused, Ticket, Wire

_MOST_HEADER_BYTES = 65_536
_READ_BYTES = 65_536
_LONG_MS = 3_600_000


@frozen
class Raw:
    """An answer as it came: every byte of its body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@frozen
class Request:
    """A request as it goes out, all but ``Host`` and the length, which the connection adds."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes | None


class Connection:
    """One connection, used by one task at a time."""

    def __init__(self, wire: Wire, stream: trio.abc.Stream, authority: str) -> None:
        self._wire = wire
        self._stream = stream
        self._authority = authority
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEADER_BYTES)
        self.idle_since_ms = 0
        self.kept_by_peer_ms = _LONG_MS
        self.usable = True

    async def exchange(self, request: Request, ticket: Ticket, most_bytes: int) -> Raw:
        """Write the request, read the whole answer. Raises NoAnswer; cancelled or failed, the connection is gone."""
        data = self._encoded(request)
        self.usable = False
        try:
            failure = await self._write(data, ticket)
            if failure:
                raise NoAnswer(failure, wrote=ticket.wrote, refused=ticket.refused)
            raw = await self._read(most_bytes)
            self._start_anew(raw)
            return raw
        finally:
            if not self.usable:
                self.close()

    def _encoded(self, request: Request) -> bytes:
        """The request's bytes, in one piece. Header values are secrets: h11's words about one are not repeated."""
        headers = [("host", self._authority), *request.headers]
        if request.body is not None:
            headers.append(("content-length", str(len(request.body))))
        elif request.method in ("POST", "PUT", "PATCH"):
            headers.append(("content-length", "0"))
        try:
            data = self._http.send(h11.Request(method=request.method, target=request.target, headers=headers))
            if request.body:
                data = (data or b"") + (self._http.send(h11.Data(data=request.body)) or b"")
            return (data or b"") + (self._http.send(h11.EndOfMessage()) or b"")
        except (h11.LocalProtocolError, UnicodeError):
            self.close()
        raise NoAnswer("the request holds a header or a path that HTTP does not allow", wrote=False)

    async def _write(self, data: bytes, ticket: Ticket) -> str:
        """What went wrong, or ""."""
        self._wire.ticket = ticket
        try:
            await self._stream.send_all(data)
        except Refused:
            return f"not written: {ticket.refused}"
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return "the connection broke while the request was written"
        finally:
            self._wire.ticket = None
        return ""

    async def _read(self, most_bytes: int) -> Raw:
        failure = ""
        head: h11.Response | None = None
        body = bytearray()
        try:
            while True:
                event = await self._next_event()
                if isinstance(event, h11.Response):
                    head = event
                elif isinstance(event, h11.Data):
                    body += event.data
                    if len(body) > most_bytes:
                        failure = f"the answer is longer than {most_bytes} bytes"
                        break
                elif isinstance(event, h11.EndOfMessage):
                    break
                elif not isinstance(event, h11.InformationalResponse):
                    failure = "the answer is not one of HTTP/1.1"
                    break
        except h11.RemoteProtocolError:
            failure = "the answer broke off" if head else "what came was no answer of HTTP/1.1"
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            failure = "the connection broke before the answer was whole"
        if failure or head is None:
            raise NoAnswer(failure or "no answer", wrote=True)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
        return Raw(head.status_code, headers, bytes(body))

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._http.receive_data(bytes(await self._stream.receive_some(_READ_BYTES)))

    def _start_anew(self, raw: Raw) -> None:
        self.kept_by_peer_ms = _kept_ms(raw)
        ended = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if ended and self._http.trailing_data == (b"", False):
            self._http.start_next_cycle()
            self.usable = True

    async def quiet(self) -> bool:
        """Whether the connection still waits for a request, with nothing in it; else it is closed."""
        if self.usable and not await self._wire.quiet(self._stream):
            self.close()
        return self.usable

    def close(self) -> None:
        self.usable = False
        self._wire.close()


def _kept_ms(raw: Raw) -> int:
    """How long the peer says that it keeps the connection idle, less a second for the way: one that it closes just as
    an order leaves costs an unknown outcome."""
    hints = ",".join(value for name, value in raw.headers if name == "keep-alive")
    for hint in hints.split(","):
        name, _, value = hint.strip().partition("=")
        if name.lower() == "timeout" and value.isascii() and value.isdigit():
            return min(_LONG_MS, max(0, int(value[:9]) * 1_000 - 1_000))
    return _LONG_MS


async def connect(origin: Origin, context: ssl.SSLContext | None) -> Connection:
    """A new connection. Raises NoAnswer: nothing of a request is written yet."""
    opened = await open_to(origin, context)
    return Connection(opened.wire, opened.stream, origin.authority)
