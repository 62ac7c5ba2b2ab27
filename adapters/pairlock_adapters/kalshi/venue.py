"""Kalshi as the engine sees it: ``pairlock.ports.Venue`` for one account.

An order is posted once; what is not certain from its answer is read by our own id, in every page of the market's orders
and fills. ``open_kalshi`` opens connections and the socket, asks what the keys may do and what the venue's time is.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import trio

from pairlock.book import Book
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown
from pairlock.model import Outcome, Payout
from pairlock.ports import Clock, Deliver, MarketRules, OrderIntent, VenueError, WriteGuard
from pairlock.runner.clock import seconds
from pairlock_adapters.kalshi import build, parse_account, parse_market, parse_orders
from pairlock_adapters.kalshi.client import KalshiClient
from pairlock_adapters.kalshi.config import KalshiConfig
from pairlock_adapters.kalshi.feed import KalshiFeed
from pairlock_adapters.kalshi.fields import Unreadable
from pairlock_adapters.kalshi.intents import Intents
from pairlock_adapters.kalshi.markets import Markets
from pairlock_adapters.kalshi.reading import OrderReader
from pairlock_adapters.kalshi.startup import look
from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.hurry import Hurry, hurry_of
from pairlock_adapters.net.origins import origin_of
from pairlock_adapters.net.signed import NotWritten
from pairlock_adapters.net.sockets import VenueSocket

_PRESIGN_EVERY_MS = 500


class KalshiVenue:
    """One account on Kalshi. ``findings``: what was found at the start, for the operator, a sentence each.

    ``key_ids``: ids of the account's API keys, as far as the start could tell.
    """

    def __init__(self, config: KalshiConfig, clock: Clock, client: KalshiClient) -> None:
        self.config = config
        self.client = client
        self.findings: tuple[str, ...] = ()
        self.key_ids = frozenset({config.keys[0].key_id})
        self._clock = clock
        self._intents = Intents()
        self._markets = Markets(client, clock)
        self._reader = OrderReader(client, clock)
        self.feed = KalshiFeed(
            clock,
            self._intents.find,
            client.offset.server_ms,
            self._markets.changed,
            most_books=config.limits.most_books,
        )

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def identity(self) -> tuple[str, ...]:
        """A word for each of the account's API keys, with where its money lies. No key's own id."""
        where = f"subaccount {self.config.orders.subaccount or 0} shard {self.config.shard}"
        hashes = (sha256(each.encode()).hexdigest()[:16] for each in self.key_ids)
        return tuple(sorted(f"key {each} {where}" for each in hashes))

    # Orders.

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        self._intents.remember(intent)
        body = build.order_body(intent, self.config.orders)
        try:
            answer = await self.client.post_order(
                body, guard, by_ms=intent.deadline_ms, hurry=hurry_of(intent)
            )
        except NotWritten as error:
            return NotSent(self._clock.now_ms(), intent.intent_id, str(error)[:200])
        except NoAnswer as error:
            return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, error.reason[:200])
        said = parse_orders.order_answer(
            intent, answer.status, answer.body, answer.sent_ms, self._clock.now_ms()
        )
        if isinstance(said, OrderReport):
            self._intents.named(intent, said.venue_ref)
        return said

    async def cancel(self, intent: OrderIntent, venue_ref: str) -> CancelAcked | OrderReport | OutcomeUnknown:
        self._intents.remember(intent)
        order_id = venue_ref
        if not order_id:
            # Kalshi cancels by its own id: find it by ours first.
            found = await self.read_order(intent, "")
            if not isinstance(found, OrderReport) or not found.venue_ref:
                reason = getattr(found, "reason", "") or "no order of this id is seen yet"
                return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, f"cancel: {reason}"[:200])
            order_id = found.venue_ref
        try:
            path, params = build.cancel_request(order_id, intent.market, self.config.orders)
            answer = await self.client.delete(path, params)
        except (NoAnswer, ValueError) as error:
            reason = error.reason if isinstance(error, NoAnswer) else str(error)
            return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, f"cancel: {reason}"[:200])
        now_ms = self._clock.now_ms()
        return parse_orders.cancel_answer(intent, order_id, answer.status, answer.body, now_ms)

    async def read_order(
        self, intent: OrderIntent, venue_ref: str
    ) -> OrderReport | NotFound | OutcomeUnknown:
        self._intents.remember(intent)
        said = await self._reader.read(intent)
        if isinstance(said, OrderReport):
            self._intents.named(intent, said.venue_ref)
        return said

    async def cancel_all(self) -> tuple[str, ...]:
        """Cancel every resting order of the account; Kalshi's ids of those that were not acknowledged. Raises
        VenueError. A new order may be cancelled too, for a minute after it."""
        return await self._reader.cancel_all()

    async def stream(self, deliver: Deliver) -> None:
        self.feed.attach(deliver)
        try:
            await trio.sleep_forever()
        finally:
            self.feed.detach(deliver)

    # Reads.

    async def rules(self, market: str) -> MarketRules:
        try:
            return await self._markets.rules(market)
        except Unreadable as error:
            raise VenueError(self.name, f"the rules of {market}: {error}"[:200]) from None

    async def book(self, market: str) -> Book:
        limits = self.config.limits
        now_ms = self._clock.now_ms()
        self.feed.watch(market)
        kept = self.feed.book(
            market, not_before_ms=now_ms - limits.book_age_ms, most_late_ms=limits.book_age_ms
        )
        if kept is not None:
            return kept
        try:
            # Urgent, since an exit without a book has no route.
            body = await self.client.read_ok(build.market_path(market, "/orderbook"), hurry=Hurry.EXITS)
            read = parse_market.book(body, market, now_ms)
        except (Unreadable, ValueError) as error:
            raise VenueError(self.name, f"the book of {market}: {error}"[:200]) from None
        self.feed.read(read)
        return read

    async def balance_micros(self) -> int:
        try:
            shard = self.config.shard
            params = build.balance_params(shard, self.config.orders)
            body = await self.client.read_ok("/portfolio/balance", params)
            return parse_account.balance_micros(body, shard)
        except Unreadable as error:
            raise VenueError(self.name, f"the balance: {error}"[:200]) from None

    async def ping_ms(self) -> int:
        # Real time, whatever clock the engine runs on.
        began_ns = time.perf_counter_ns()
        answer = await self.client.public("/exchange/status")
        if answer.status != 200:
            raise self.client.refused(answer, "the exchange's status")
        return (time.perf_counter_ns() - began_ns) // 1_000_000

    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        params = build.position_params(market, self.config.orders)
        try:
            rows = await self.client.pages(
                "/portfolio/positions", params, "market_positions", hurry=Hurry.EXITS
            )
            return parse_account.held_e6(parse_account.position_e6(rows, market), outcome)
        except Unreadable as error:
            raise VenueError(self.name, f"positions: {error}"[:200]) from None

    async def taker_open(self, market: str) -> bool:
        try:
            return await self._markets.takes_orders(market)
        except Unreadable as error:
            raise VenueError(self.name, f"the status of {market}: {error}"[:200]) from None

    async def resolution(self, market: str, outcome: Outcome) -> Payout | None:
        try:
            return await self._markets.payout(market, outcome)
        except Unreadable as error:
            raise VenueError(self.name, f"the payout of {market}: {error}"[:200]) from None

    async def keep(self) -> None:
        """Keep connections warm and the next order's headers signed, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.client.http.keep_warm)
            while True:
                self.client.presign()
                await trio.sleep(seconds(_PRESIGN_EVERY_MS))


@asynccontextmanager
async def open_kalshi(config: KalshiConfig, clock: Clock) -> AsyncIterator[KalshiVenue]:
    """The account's venue, connected; closed on the way out. Raises UserError on a key or an address of no use.

    What the keys may do, whether the region is served and how far the venue's clock is off stands in ``findings``;
    a venue that does not answer now is one of them, and no reason not to open.
    """
    http = VenueHttp(config.rest_url, clock, ca_file=config.ca_file, http2=True)
    client = KalshiClient(config, clock, http, origin_of(config.ws_url, schemes=("wss", "ws")).path)
    socket = VenueSocket(config.ws_url, clock, headers=client.socket_headers, ca_file=config.ca_file)
    venue = KalshiVenue(config, clock, client)
    try:
        found = await look(client)
        venue.findings, venue.key_ids = found.sentences, found.key_ids
        async with trio.open_nursery() as nursery:
            nursery.start_soon(venue.keep)
            if config.sockets:
                nursery.start_soon(venue.feed.run, socket)
            yield venue
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            await http.aclose()
