"""A venue's open connections: the warmest first, none that has gone stale, never more than a number.

A request waits for its turn, is given a connection that is quiet, and goes out on it once. Whether a connection that
the venue closed in the meantime took the request cannot be known, so nothing is ever sent a second time: the caller
hears ``NoAnswer``.
"""

from __future__ import annotations

import ssl

import trio

from pairlock.ports import Clock
from pairlock_adapters.net.http1 import Connection, Raw, Request, connect
from pairlock_adapters.net.origins import Origin
from pairlock_adapters.net.wire import Ticket


class Pool:
    """At most ``most`` connections to one origin; idle ones are kept for ``keep_ms``."""

    def __init__(
        self, origin: Origin, context: ssl.SSLContext | None, clock: Clock, *, most: int, keep_ms: int
    ) -> None:
        self._origin = origin
        self._context = context
        self._clock = clock
        self._keep_ms = keep_ms
        self._turns = trio.Semaphore(most, max_value=most)
        self._idle: list[Connection] = []
        self.opened = 0  # connections made, for tests and reports

    @property
    def idle(self) -> int:
        return len(self._idle)

    async def exchange(self, request: Request, ticket: Ticket, most_bytes: int) -> Raw:
        """Raises NoAnswer."""
        async with self._turns:
            connection = await self._quiet_one() or await self._connect()
            try:
                return await connection.exchange(request, ticket, most_bytes)
            finally:
                self._put_back(connection)

    async def warm(self, count: int) -> None:
        """Have ``count`` quiet connections idle, or fewer where others are at work. Raises NoAnswer."""
        quiet: list[Connection] = []
        try:
            while len(quiet) < count:
                connection = await self._quiet_one()
                if connection is None:
                    connection = await self._spare()
                if connection is None:
                    break
                quiet.append(connection)
        finally:
            for connection in quiet:
                self._put_back(connection)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    async def _spare(self) -> Connection | None:
        """A new connection where a turn is free; a request that needs the turn would have to connect as well."""
        try:
            self._turns.acquire_nowait()
        except trio.WouldBlock:
            return None
        try:
            return await self._connect()
        finally:
            self._turns.release()

    async def _connect(self) -> Connection:
        self.opened += 1
        return await connect(self._origin, self._context)

    async def _quiet_one(self) -> Connection | None:
        """The connection that was used last, if it is not stale; the stale ones on the way are closed."""
        oldest_ms = self._clock.now_ms() - self._keep_ms
        while self._idle:
            connection = self._idle.pop()
            kept = False
            try:
                kept = connection.idle_since_ms > oldest_ms and await connection.quiet()
            finally:
                if not kept:
                    connection.close()
            if kept:
                return connection
        return None

    def _put_back(self, connection: Connection) -> None:
        if connection.usable:
            connection.idle_since_ms = self._clock.now_ms()
            self._idle.append(connection)
