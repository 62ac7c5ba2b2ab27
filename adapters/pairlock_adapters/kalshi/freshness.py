"""How fresh what the venue tells of the account is, by its own word: reads lag its matching engine.

A list that does not name an order proves something only of the time that the list is of. Kalshi says up to when its
account data goes (`/exchange/user_data_timestamp`), so a read counts as begun no later than what Kalshi had said before
it; the first one proves nothing. Where Kalshi answers that it does not say it, a read counts from its own beginning, as
the bounds of the fault model have it; where it said it once, its data is taken to be as late as it was then.
"""

from __future__ import annotations

import trio

from pairlock.ports import Clock, VenueError
from pairlock.runner.clock import seconds
from pairlock_adapters.kalshi.client import KalshiClient
from pairlock_adapters.kalshi.fields import Unreadable, known, time_ms
from pairlock_adapters.net.hurry import Hurry

PATH = "/exchange/user_data_timestamp"
NOTHING_KNOWN_MS = -1
# The read that asks has an answer already, which must not be lost to this.
_PATIENCE_MS = 400
_NOT_SERVED = (403, 404, 410)


class DataFreshness:
    """``as_of_ms`` is on the engine's clock: account data reads are at least as new; -1 before the venue said so."""

    def __init__(self, client: KalshiClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._said = True
        self._late_ms = 0
        self.as_of_ms = NOTHING_KNOWN_MS

    def counted_from(self, asked_ms: int) -> int:
        """The time from which a read that began at ``asked_ms``, after all that is known here, counts."""
        return min(asked_ms, self.as_of_ms) if self._said else asked_ms - self._late_ms

    async def ask(self) -> None:
        """Ask anew, for the reads that come after.

        Only an answer changes anything: a question that is not answered in time, or that our own rate limit holds back,
        tells nothing of how fresh the data is.
        """
        with trio.move_on_after(seconds(_PATIENCE_MS)):
            try:
                answer = await self._client.public(PATH, hurry=Hurry.ORDERS)
            except VenueError:
                return
            if answer.status == 200:
                try:
                    self._heard(time_ms(known(answer.body, "the answer"), "as_of_time"))
                    self._said = True
                except Unreadable:
                    self._said = False
            elif answer.status in _NOT_SERVED:
                self._said = False

    def _heard(self, venue_ms: int) -> None:
        # Its clock may be as far ahead of ours as the bounds allow: the earliest time of ours that it can mean.
        bounds = self._client.offset.bounds_ms()
        now_ms = self._clock.now_ms()
        ahead_ms = self._clock.wall_ms() - now_ms if bounds is None else bounds[1]
        as_of_ms = min(now_ms, venue_ms - ahead_ms)
        self.as_of_ms = max(self.as_of_ms, as_of_ms)
        self._late_ms = now_ms - as_of_ms
