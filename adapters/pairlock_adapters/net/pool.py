"""A venue's open connections: the warmest first, none that has gone stale, never more than a number.

A request waits for its turn, is given a connection that is quiet, and goes out on it once. Whether a connection that
the venue closed in the meantime took the request cannot be known, so nothing is ever sent a second time: the caller
hears ``NoAnswer``.
"""

from __future__ import annotations

import ssl

from pairlock.ports import Clock
from pairlock_adapters.net.http1 import Connection, Raw, Request, connect
from pairlock_adapters.net.hurry import Hurry
from pairlock_adapters.net.origins import Origin
from pairlock_adapters.net.turns import Turns
from pairlock_adapters.net.wire import Ticket


class Pool:
    """At most ``most`` connections to one origin; idle ones are kept for ``keep_ms``."""

    def __init__(
        self, origin: Origin, context: ssl.SSLContext | None, clock: Clock, *, most: int, keep_ms: int
    ) -> None:
        self._origin = origin
        self._context = context
        self._clock = clock
        self.keep_ms = keep_ms
        self.turns = Turns(most)
        self._idle: list[Connection] = []
        self.opened = 0  # connections made, for tests and reports

    @property
    def idle(self) -> int:
        return len(self._idle)

    async def exchange(self, request: Request, ticket: Ticket, most_bytes: int, *, hurry: Hurry) -> Raw:
        """Raises NoAnswer."""
        async with self.turns.turn(hurry):
            connection = await self._quiet_one() or await self._connect()
            try:
                return await connection.exchange(request, ticket, most_bytes)
            finally:
                if connection.usable:
                    connection.idle_since_ms = self._clock.now_ms()
                    self._idle.append(connection)

    async def warm(self, count: int) -> None:
        """Have ``count`` quiet connections idle, or fewer where others are at work. Raises NoAnswer.

        One that would be stale in half of its time is replaced already now, and not when an order needs it.
        """
        quiet: list[Connection] = []
        try:
            while len(quiet) < count:
                connection = await self._quiet_one(share=2)
                if connection is None:
                    connection = await self._spare()
                if connection is None:
                    break
                quiet.append(connection)
        finally:
            self._idle += [connection for connection in quiet if connection.usable]

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    async def _spare(self) -> Connection | None:
        """A new connection where a turn is free; a request that needs the turn would have to connect as well."""
        if not self.turns.take_now(Hurry.ORDERS):
            return None
        try:
            return await self._connect()
        finally:
            self.turns.give(Hurry.ORDERS)

    async def _connect(self) -> Connection:
        self.opened += 1
        connection = await connect(self._origin, self._context)
        connection.idle_since_ms = self._clock.now_ms()
        return connection

    async def _quiet_one(self, share: int = 1) -> Connection | None:
        """The connection that was used last, if it is not stale; the stale ones on the way are closed."""
        while self._idle:
            connection = self._idle.pop()
            kept = False
            try:
                kept = self._young(connection, share) and await connection.quiet()
            finally:
                if not kept:
                    connection.close()
            if kept:
                return connection
        return None

    def _young(self, connection: Connection, share: int) -> bool:
        """Idle for less than a ``share``-th of what we, and the venue, keep it for."""
        keep_ms = min(self.keep_ms, connection.kept_by_peer_ms)
        return self._clock.now_ms() - connection.idle_since_ms < keep_ms // share
