"""Guarded HTTP to one host of a venue: what goes out goes out once, and what is not known is not guessed.

A request is never repeated, whatever happened to it: an order that is sent twice is two orders. The time limit is of
the whole request, from the wait for a connection to the answer's last byte, on trio's clock. Cancelled or out of time,
a connection is closed and never used half. Orders and cancels have connections of their own, so that reads cannot
make them wait, and speak HTTP/1.1 on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlencode

import trio

from pairlock.ports import Clock, WriteGuard
from pairlock.runner.clock import seconds
from pairlock_adapters.net.answers import Answer, NoAnswer, parsed
from pairlock_adapters.net.http1 import Raw, Request
from pairlock_adapters.net.http2 import PublicReads
from pairlock_adapters.net.hurry import Hurry
from pairlock_adapters.net.origins import is_loopback, origin_of, tls_context
from pairlock_adapters.net.pool import Pool
from pairlock_adapters.net.wire import Ticket

Params = Sequence[tuple[str, str]]
Headers = Sequence[tuple[str, str]] | Mapping[str, str]

_MOST_BYTES = 16 * 1024 * 1024
_KEEP_MS = 50_000
# Nothing between us and this machine itself forgets a connection, and one that is closed is noticed.
_KEEP_HERE_MS = 3_600_000
_OURS = (("user-agent", "pairlock"), ("accept", "application/json"), ("accept-encoding", "identity"))


class VenueHttp:
    """One venue host. ``base_url`` may have a path (``https://host/trade-api/v2``); requests are relative to it.

    ``ca_file`` trusts that authority alone (PEM). ``most`` is the number of connections for reads, and the same again
    for orders. ``http2`` lets public reads use it where the venue does. ``most_bytes`` bounds an answer's body.
    ``keep_ms``: how long an idle connection is used again; 0 for 50 s, or an hour on this machine.
    Raises UserError on an address that must not be used.
    """

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        *,
        ca_file: str = "",
        most: int = 8,
        warm: int = 2,
        http2: bool = False,
        most_bytes: int = _MOST_BYTES,
        keep_ms: int = 0,
    ) -> None:
        self._origin = origin_of(base_url)
        self._clock = clock
        self._warm = min(warm, most)
        self._most_bytes = most_bytes
        keep_ms = keep_ms or (_KEEP_HERE_MS if is_loopback(self._origin.host) else _KEEP_MS)
        context = tls_context(ca_file) if self._origin.secure else None
        self.reads = Pool(self._origin, context, clock, most=most, keep_ms=keep_ms)
        self.orders = Pool(self._origin, context, clock, most=most, keep_ms=keep_ms)
        self._public: PublicReads | None = None
        if http2 and self._origin.secure:
            self._public = PublicReads(self._origin, tls_context(ca_file, protocols=("http/1.1", "h2")))

    def __repr__(self) -> str:
        return f"VenueHttp({self._origin})"

    def path_of(self, path: str) -> str:
        """The path as the venue sees it, without the query: what some venues sign."""
        return f"{self._origin.path}{path}"

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: bytes | None = None,
        headers: Headers = (),
        timeout_ms: int,
        guard: WriteGuard | None = None,
        hurry: Hurry = Hurry.NONE,
    ) -> Answer:
        """Send once and read the whole answer, whatever its status; redirects are answers too. Raises NoAnswer.

        ``guard`` is called with no await before the request's first byte; its words refuse the write.
        ``hurry`` says whose connections it may use, and who goes first.
        """
        named = tuple(headers.items() if isinstance(headers, Mapping) else headers)
        target = self.path_of(path) + (f"?{urlencode(params)}" if params else "")
        content = (("content-type", "application/json"),) if body is not None else ()
        request = Request(method, target, (*_OURS, *content, *named), body)
        ticket = Ticket(self._clock, guard)
        if timeout_ms <= 0:
            raise NoAnswer(f"{self._origin}: no time was left", wrote=False)
        with trio.move_on_after(seconds(timeout_ms)) as scope:
            if self._public is not None and method == "GET" and not named and guard is None:
                # Another task may flush our frames: that they were not written is never proved.
                ticket.wrote, ticket.sent_ms = True, self._clock.now_ms()
                return self._answer(await self._public.read(request, self._most_bytes), ticket)
            pool = self.reads if method == "GET" and guard is None else self.orders
            return self._answer(await pool.exchange(request, ticket, self._most_bytes, hurry=hurry), ticket)
        assert scope.cancelled_caught
        raise NoAnswer(f"{self._origin}: no whole answer within {timeout_ms} ms", wrote=ticket.wrote)

    async def warm(self) -> None:
        """Open connections ahead, and replace those that went stale. Raises NoAnswer where the host does not."""
        await self.orders.warm(self._warm)
        await self.reads.warm(self._warm)

    async def keep_warm(self, every_ms: int = 15_000) -> None:
        """Warm again and again until cancelled; a host that cannot be reached is tried at the next turn."""
        while True:
            with trio.move_on_after(seconds(every_ms)):
                with suppress(NoAnswer):  # the request that needs the connection will say it
                    await self.warm()
            await trio.sleep(seconds(every_ms))

    async def aclose(self) -> None:
        self.orders.close()
        self.reads.close()
        if self._public is not None:
            await self._public.aclose()

    def _answer(self, raw: Raw, ticket: Ticket) -> Answer:
        headers: dict[str, str] = {}
        for name, value in raw.headers:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        if headers.get("content-encoding", "identity") not in ("", "identity"):
            raise NoAnswer(f"{self._origin}: the answer is encoded, which was not asked for", wrote=True)
        return Answer(raw.status, parsed(raw.body), headers, ticket.sent_ms, self._clock.now_ms())
