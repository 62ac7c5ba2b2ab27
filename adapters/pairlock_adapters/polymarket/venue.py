"""Polymarket as the engine sees it: ``pairlock.ports.Venue`` for one wallet.

An order is posted once, under the id that its hash is; what is not certain from its answer is read by that id. What
filled is what the trades say, never what was planned. ``open_polymarket`` opens connections and sockets and asks what
an operator should know.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import trio
from attrs import frozen

from pairlock.book import Book
from pairlock.errors import UserError
from pairlock.facts import CancelAcked, NotFound, NotSent, OrderReport, OutcomeUnknown
from pairlock.model import Outcome, Payout
from pairlock.ports import Clock, Deliver, MarketRules, OrderIntent, VenueError, WriteGuard
from pairlock.runner.clock import seconds
from pairlock_adapters.net.answers import Answer, NoAnswer
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.hurry import Hurry, hurry_of
from pairlock_adapters.net.signed import NotWritten
from pairlock_adapters.net.sockets import VenueSocket
from pairlock_adapters.polymarket import parse_orders
from pairlock_adapters.polymarket.account import AccountReads
from pairlock_adapters.polymarket.build import body_of, broken_rule, fields_of, other_id
from pairlock_adapters.polymarket.client import PolymarketClient
from pairlock_adapters.polymarket.config import PolymarketConfig
from pairlock_adapters.polymarket.feed import MarketFeed, UserFeed
from pairlock_adapters.polymarket.market_store import Markets
from pairlock_adapters.polymarket.markets import Market
from pairlock_adapters.polymarket.orders_known import OrdersKnown
from pairlock_adapters.polymarket.parse_orders import Heard
from pairlock_adapters.polymarket.parse_trades import Asked, is_named, order_read
from pairlock_adapters.polymarket.quantities import Unreadable
from pairlock_adapters.polymarket.sign.order import order_hash
from pairlock_adapters.polymarket.startup import findings
from pairlock_adapters.polymarket.wallets import Signer, identity_of, wallet_of

_TIME_EVERY_MS = 60_000
_ORDER_ID = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)


@frozen
class Hosts:
    """The venue's three hosts."""

    clob: VenueHttp
    gamma: VenueHttp
    data: VenueHttp


class PolymarketVenue:
    """One wallet on Polymarket. ``findings``: what was found at the start, for the operator, a sentence each."""

    def __init__(self, config: PolymarketConfig, clock: Clock, hosts: Hosts) -> None:
        self.config = config
        self.findings: tuple[str, ...] = ()
        self._clock = clock
        self._signer = Signer(config.private_key)
        self._wallet = wallet_of(config, self._signer)
        self.identity = (identity_of(self._wallet),)
        self.client = PolymarketClient(config, clock, hosts.clob, self._signer.address)
        self.account = AccountReads(self.client, hosts.data, self._wallet)
        self.markets = Markets(self.client, hosts.gamma)
        self._orders = OrdersKnown()
        self.feed = MarketFeed(
            clock, self.client.offset.server_ms, self.markets.tick_changed,
            most_books=config.limits.most_books, hashed=config.check_book_hashes,
        )  # fmt: skip
        self.user_feed = UserFeed(self._orders.find, self._login, self._login_refused)

    @property
    def name(self) -> str:
        return self.config.name

    def _login(self) -> dict[str, object]:
        """The user socket's credentials."""
        key = self.client.keys.at_any_rate()
        configured = next(each for each in self.config.keys if each.name == key.name)
        secret, passphrase = configured.secret.reveal(), configured.passphrase.reveal()
        return {"apiKey": key.api_key, "secret": secret, "passphrase": passphrase}

    def _login_refused(self, status: int) -> None:
        key = self.client.keys.at_any_rate()
        self.client.keys.failed(key, f"{status} at the user socket", self._clock.now_ms() + 60_000)

    # Orders.

    def order_id_of(self, intent: OrderIntent) -> str:
        """The order's id at the venue, before it is sent and after a restart. UserError before its market was read."""
        market = self.markets.known(intent.market)
        if market is None:
            raise UserError(f"the market {intent.market} was not read yet; read its rules first")
        return self._asked(intent, market).order_id

    def _asked(self, intent: OrderIntent, market: Market, sent_as: str = "") -> Asked:
        """``sent_as``: the id under which the venue took it, where that is known; a setting may have changed since."""
        fields, domain = fields_of(intent, market, self._wallet)
        order_id = sent_as.lower() if _ORDER_ID.fullmatch(sent_as) else order_hash(fields, domain)
        asked = Asked(intent, order_id, str(fields.token_id), market.fees)
        self._orders.remember(asked)
        return asked

    async def place(self, intent: OrderIntent, guard: WriteGuard) -> OrderReport | OutcomeUnknown | NotSent:
        try:
            market = await self.markets.market(intent.market, hurry_of(intent))
        except (VenueError, Unreadable) as error:
            return self._not_sent(intent, f"its market cannot be read: {error}")
        broken = broken_rule(intent, market)
        if broken:
            return self._not_sent(intent, broken)
        fields, domain = fields_of(intent, market, self._wallet)
        order_id, signature = self._signer.signed(fields, domain)
        self._orders.remember(Asked(intent, order_id, str(fields.token_id), market.fees))

        def body(api_key: str) -> bytes:
            return body_of(fields, signature, owner=api_key, time_in_force=intent.time_in_force)

        try:
            answer = await self.client.post_order(
                body, guard, by_ms=intent.deadline_ms, hurry=hurry_of(intent)
            )
        except NotWritten as error:
            return self._not_sent(intent, str(error))
        except NoAnswer as error:
            return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, error.reason[:200])
        return parse_orders.order_answer(intent, order_id, _heard(answer))

    def _not_sent(self, intent: OrderIntent, why: str) -> NotSent:
        return NotSent(self._clock.now_ms(), intent.intent_id, why[:200])

    def _unknown(self, intent: OrderIntent, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(self._clock.now_ms(), intent.intent_id, why[:200])

    async def cancel(self, intent: OrderIntent, venue_ref: str) -> CancelAcked | OrderReport | OutcomeUnknown:
        try:
            market = await self.markets.market(intent.market, Hurry.ORDERS)
            order_id = self._asked(intent, market, venue_ref).order_id
            body = json.dumps({"orderID": order_id}, separators=(",", ":")).encode()
            answer = await self.client.delete("/order", body)
        except VenueError as error:
            return self._unknown(intent, f"cancel: {error.what}")
        except Unreadable as error:
            return self._unknown(intent, f"cancel: {error}")
        except NoAnswer as error:
            return self._unknown(intent, f"cancel: {error.reason}")
        return parse_orders.cancel_answer(intent, order_id, _heard(answer))

    async def read_order(
        self, intent: OrderIntent, venue_ref: str
    ) -> OrderReport | NotFound | OutcomeUnknown:
        asked_ms = self._clock.now_ms()
        try:
            market = await self.markets.market(intent.market, Hurry.ORDERS)
            asked = self._asked(intent, market, venue_ref)
            # The order first: what matches between the two reads is then among the trades.
            order = await self._order(asked.order_id)
            trades = await self.client.pages("/data/trades", (("market", intent.market),), hurry=Hurry.ORDERS)
        except VenueError as error:
            return self._unknown(intent, error.what)
        except Unreadable as error:
            return self._unknown(intent, f"unreadable: {error}")
        said = order_read(asked, order, trades, asked_ms, self._clock.now_ms())
        other = other_id(intent, market, self._wallet)
        if isinstance(said, NotFound) and any(is_named(row, other) for row in trades):
            return self._unknown(intent, "trades name it as signed for the market's other contract")
        return said

    async def _order(self, order_id: str) -> object:
        """The active order; None where the venue says that it knows none of this id."""
        path = f"/data/order/{order_id}"
        answer = await self.client.read(path, hurry=Hurry.ORDERS)
        if parse_orders.says_no_such_order(_heard(answer)):
            return None
        body = self.client.ok(answer, "the order")
        if not isinstance(body, dict):
            raise Unreadable(f"the order is {body!r:.80}")
        return body

    async def cancel_all(self) -> tuple[str, ...]:
        """Cancel every order of the wallet; the ids that were not acknowledged. Raises VenueError."""
        try:
            return await self.account.cancel_all()
        except Unreadable as error:
            raise VenueError(self.name, str(error)[:200]) from None

    async def stream(self, deliver: Deliver) -> None:
        self.user_feed.attach(deliver)
        try:
            await trio.sleep_forever()
        finally:
            self.user_feed.detach(deliver)

    # Reads.

    async def rules(self, market: str) -> MarketRules:
        try:
            return (await self.markets.read(market)).rules()
        except Unreadable as error:
            raise VenueError(self.name, f"the rules of {market}: {error}"[:200]) from None

    async def book(self, market: str) -> Book:
        age_ms = self.config.limits.book_age_ms
        now_ms = self._clock.now_ms()
        kept = self.feed.book(market, not_before_ms=now_ms - age_ms, most_late_ms=age_ms)
        if kept is not None:
            return kept
        try:
            known = await self.markets.market(market, Hurry.EXITS)
            self.feed.watch(known)
            return await self.markets.book(known, self._clock)
        except Unreadable as error:
            raise VenueError(self.name, f"the book of {market}: {error}"[:200]) from None

    async def balance_micros(self) -> int:
        try:
            return await self.account.balance_micros()
        except Unreadable as error:
            raise VenueError(self.name, f"the balance: {error}"[:200]) from None

    async def ping_ms(self) -> int:
        # Real time, whatever clock the engine runs on.
        began_ns = time.perf_counter_ns()
        try:
            await self.client.measure_time()
        except Unreadable as error:
            raise VenueError(self.name, str(error)[:200]) from None
        return (time.perf_counter_ns() - began_ns) // 1_000_000

    async def sellable_e6(self, market: str, outcome: Outcome) -> int:
        try:
            known = await self.markets.market(market, Hurry.EXITS)
            return await self.account.sellable_e6(known, known.token(outcome))
        except Unreadable as error:
            raise VenueError(self.name, f"what can be sold of {market}: {error}"[:200]) from None

    async def taker_open(self, market: str) -> bool:
        try:
            return await self.markets.takes_orders(market) and not self.client.shut
        except Unreadable as error:
            raise VenueError(self.name, f"the status of {market}: {error}"[:200]) from None

    async def resolution(self, market: str, outcome: Outcome) -> Payout | None:
        try:
            return await self.markets.payout(market, outcome)
        except Unreadable as error:
            raise VenueError(self.name, f"the payout of {market}: {error}"[:200]) from None

    async def keep_time(self) -> None:
        """Measure the venue's time again and again until cancelled; what fails is tried at the next turn."""
        while True:
            await trio.sleep(seconds(_TIME_EVERY_MS))
            with suppress(VenueError, Unreadable):
                await self.client.measure_time()


def _heard(answer: Answer) -> Heard:
    return Heard(answer.status, answer.body, answer.sent_ms, answer.at_ms)


@asynccontextmanager
async def open_polymarket(config: PolymarketConfig, clock: Clock) -> AsyncIterator[PolymarketVenue]:
    """The wallet's venue, connected; closed on the way out. Raises UserError on a key or an address of no use.

    What is found at the start stands in ``findings``; a venue that does not answer now is one of them, and no reason
    not to open.
    """
    hosts = Hosts(
        VenueHttp(config.clob_url, clock, ca_file=config.ca_file, http2=True),
        VenueHttp(config.gamma_url, clock, ca_file=config.ca_file, http2=True),
        VenueHttp(config.data_url, clock, ca_file=config.ca_file, http2=True),
    )
    try:
        venue = PolymarketVenue(config, clock, hosts)
        sockets = [
            VenueSocket(url, clock, ca_file=config.ca_file, text_ping="PING")
            for url in (config.ws_market_url, config.ws_user_url)
        ]
        venue.findings = await findings(venue.client, venue.account, clock)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hosts.clob.keep_warm)
            nursery.start_soon(venue.keep_time)
            if config.sockets:
                nursery.start_soon(venue.feed.run, sockets[0])
                nursery.start_soon(sockets[1].run, venue.user_feed)
            yield venue
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            for http in (hosts.clob, hosts.gamma, hosts.data):
                await http.aclose()
