"""Orders read by our own id, and everything cancelled: what must be complete to mean anything."""

from __future__ import annotations

import trio

from pairlock.facts import NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.ports import Clock, OrderIntent, VenueError
from pairlock_adapters.kalshi import build
from pairlock_adapters.kalshi.client import KalshiClient
from pairlock_adapters.kalshi.fields import Body, Unreadable, inner, text
from pairlock_adapters.kalshi.freshness import DataFreshness
from pairlock_adapters.kalshi.parse_orders import Reading, acknowledged, order_read, unlisted
from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.hurry import Hurry

# Orders and fills are asked for from so long before the order's deadline on: nothing of it is older than it, however
# wrong a clock has been.
_FROM_MS = 7 * 86_400_000
# How many orders that only fills name are looked at one by one, before a read is given up as unknown.
_MOST_UNLISTED = 5
_BATCH = 10
# The configured subaccount may be another one than the order's: a list without one is of all of them.
_EVERY_SUBACCOUNT = build.OrderSettings(subaccount=None)


class OrderReader:
    """Reads of orders of one account."""

    def __init__(self, client: KalshiClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._settings = client.config.orders
        self._fresh = DataFreshness(client, clock)

    async def read(self, intent: OrderIntent) -> OrderReport | NotFound | OutcomeUnknown:
        """Both lists of the market, whole, at once. A list that fails makes the read unknown.

        That an order is absent or over counts from when the venue's account data was of, where it says that.
        """
        asked_ms = self._clock.now_ms()
        counted_ms = self._fresh.counted_from(asked_ms)
        # The deadline by the venue's time: it lies on the engine's clock, which may not show the world's.
        deadline_ms = self._client.offset.server_ms() - asked_ms + intent.deadline_ms
        try:
            reading = await self._reading(intent, deadline_ms)
        except (VenueError, Unreadable) as error:
            reason = error.what if isinstance(error, VenueError) else f"unreadable: {error}"
            return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, reason[:200])
        said = order_read(intent, reading, counted_ms, self._clock.now_ms(), deadline_ms)
        if isinstance(said, NotFound) or (
            isinstance(said, OrderReport) and said.reported is not Reported.CERTAIN
        ):
            await self._fresh.ask()
        return said

    async def _reading(self, intent: OrderIntent, deadline_ms: int) -> Reading:
        from_s = max(0, deadline_ms - _FROM_MS) // 1_000
        recent = (*build.page_params(intent.market, "", _EVERY_SUBACCOUNT), ("min_ts", str(from_s)))
        wanted = [(build.READ_ORDERS_PATH, recent, "orders"), (build.FILLS_PATH, recent, "fills")]
        archived_ms = self._client.config.limits.archived_after_ms
        if self._client.offset.server_ms() - deadline_ms > archived_ms:
            archived = build.archive_params(intent.market)
            wanted += [("/historical/orders", archived, "orders"), ("/historical/fills", archived, "fills")]
        found: dict[str, list[Body]] = {"orders": [], "fills": []}
        failed: list[VenueError | Unreadable] = []

        async def listed(path: str, params: build.Params, key: str) -> None:
            try:
                found[key] += await self._client.pages(path, params, key, hurry=Hurry.ORDERS)
            except (VenueError, Unreadable) as error:
                failed.append(error)

        async with trio.open_nursery() as nursery:
            for one in wanted:
                nursery.start_soon(listed, *one)
        if failed:
            raise failed[0]
        reading = Reading(tuple(found["orders"]), tuple(found["fills"]))
        for order_id in unlisted(reading, deadline_ms)[:_MOST_UNLISTED]:
            found["orders"] += await self._one(order_id)
        return Reading(tuple(found["orders"]), reading.fills)

    async def _one(self, order_id: str) -> tuple[Body, ...]:
        """An order that a fill names and no page lists: one from before them. () where it is not told."""
        if not order_id:
            return ()
        try:
            answer = await self._client.read(build.order_path(order_id), hurry=Hurry.ORDERS)
        except ValueError:
            return ()
        row = inner(answer.body, "order") if answer.status == 200 else {}
        return (row,) if row.get("order_id") == order_id else ()

    async def cancel_all(self) -> tuple[str, ...]:
        """One request where the member may; then, in any case, what still rests in batches. Raises VenueError."""
        try:
            await self._client.delete(*build.cancel_all_request(self._settings))
            params = build.resting_params(self._settings)
            resting = await self._client.pages(build.READ_ORDERS_PATH, params, "orders", hurry=Hurry.ORDERS)
            named = tuple((text(row, "order_id"), text(row, "ticker")) for row in resting)
            left: list[str] = []
            for first in range(0, len(named), _BATCH):
                left += await self._cancel_batch(named[first : first + _BATCH])
        except (NoAnswer, Unreadable) as error:
            reason = error.reason if isinstance(error, NoAnswer) else f"unreadable: {error}"
            raise VenueError(self._client.config.name, f"cancel all: {reason}"[:200]) from None
        return tuple(left)

    async def _cancel_batch(self, named: tuple[tuple[str, str], ...]) -> list[str]:
        body = build.batch_cancel_body(named, self._settings)
        answer = await self._client.delete(build.BATCHED_PATH, (), body, parts=len(named))
        return [order_id for order_id, _ in named if not acknowledged(order_id, answer.status, answer.body)]
