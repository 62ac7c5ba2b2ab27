"""Markets of Kalshi as the engine needs them: rules with the fees in force, pauses, payouts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from attrs import frozen

from pairlock.fees import FeeSchedule
from pairlock.model import Outcome, Payout
from pairlock.ports import Clock, MarketRules, VenueError
from pairlock_adapters.kalshi import build, parse_account, parse_market
from pairlock_adapters.kalshi.client import KalshiClient
from pairlock_adapters.kalshi.fields import Unreadable
from pairlock_adapters.kalshi.parse_market import SeriesFees
from pairlock_adapters.kalshi.parse_stream import MarketNews
from pairlock_adapters.net.answers import Answer
from pairlock_adapters.net.hurry import Hurry

# Fees are read anew after this; a change that is announced is known an hour ahead.
_FEES_FOR_MS = 10_000
_MOST_EVENTS = 5_000
_STATUS_MAY_COME_UNDER = (200, 500, 503, 504)


async def all_read(*reads: Callable[[], Awaitable[object]]) -> tuple[object, ...]:
    """What all of them read, at once. Raises the first VenueError or Unreadable."""
    found: dict[int, object] = {}
    failed: list[VenueError | Unreadable] = []

    async def one(number: int, read: Callable[[], Awaitable[object]]) -> None:
        try:
            found[number] = await read()
        except (VenueError, Unreadable) as error:
            failed.append(error)

    async with trio.open_nursery() as nursery:
        for number, read in enumerate(reads):
            nursery.start_soon(one, number, read)
    if failed:
        raise failed[0]
    return tuple(found[number] for number in range(len(reads)))


@frozen
class _EventFees:
    """The fees of an event's markets as they were read."""

    read_ms: int
    now: SeriesFees
    changes: tuple[SeriesFees, ...]


class Markets:
    """What was read of markets; fees are kept for ten seconds, nothing else is."""

    def __init__(self, client: KalshiClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._fees: dict[str, _EventFees] = {}

    def changed(self, news: MarketNews) -> None:
        """A market or an event changed: what was kept of fees is read anew."""
        if news.event:
            self._fees.pop(news.event, None)

    async def market(self, ticker: str, *, hurry: Hurry = Hurry.NONE) -> parse_market.Market:
        """Raises VenueError or Unreadable. A market that was settled long ago lies in the archive."""
        try:
            path = build.market_path(ticker)
        except ValueError as error:
            raise VenueError(self._client.config.name, str(error)) from None
        answer = await self._client.read(path, hurry=hurry)
        if answer.status == 404:
            archived = await self._client.read(f"/historical{path}", hurry=hurry)
            answer = archived if archived.status == 200 else answer
        if answer.status != 200:
            raise self._client.refused(answer, f"the market {ticker}")
        return parse_market.market(answer.body, ticker)

    async def rules(self, ticker: str) -> MarketRules:
        """Raises VenueError or Unreadable, the latter also where the fee of the market cannot be computed."""
        found = await self.market(ticker)
        config = self._client.config
        if found.shard != config.shard:
            where = f"{ticker} is on the shard {found.shard}, this account's collateral on {config.shard}"
            raise VenueError(config.name, f"{where}; open the other shard as a venue of its own")
        return MarketRules(
            ticker,
            found.tick_e4,
            parse_market.MIN_SIZE_E2,
            0,
            await self._schedule(found.event),
            open=found.open,
            sets_pay_at_once=True,
        )

    async def _schedule(self, event: str) -> FeeSchedule:
        kept = self._fees.get(event)
        now_ms = self._clock.now_ms()
        if kept is None or now_ms - kept.read_ms > _FEES_FOR_MS:
            kept = await self._read_fees(event, now_ms)
            if len(self._fees) >= _MOST_EVENTS:
                self._fees.clear()
            self._fees[event] = kept
        return parse_market.fee_schedule(
            kept.now,
            kept.changes,
            wall_ms=self._client.offset.server_ms(),
            direct_member=self._client.config.direct_member,
        )

    async def _read_fees(self, event: str, now_ms: int) -> _EventFees:
        client = self._client
        body = await client.read_ok(build.event_path(event))
        series, override = parse_market.event_series(body, event)
        own, announced, of_event = await all_read(
            lambda: client.read_ok(build.series_path(series)),
            lambda: client.read_ok("/series/fee_changes", (("series_ticker", series),)),
            lambda: self._event_changes(event),
        )
        fees = parse_market.series_fees(own, series)
        changes = parse_market.fee_changes(announced, series)
        if of_event is not None:
            changes += parse_market.event_fee_changes(of_event, event, fees)
        return _EventFees(now_ms, override or fees, changes)

    async def _event_changes(self, event: str) -> object:
        """None from a venue of an older version, which knows no overrides of events."""
        answer = await self._client.read("/events/fee_changes", (("event_ticker", event),))
        if answer.status not in (200, 404):
            raise self._client.refused(answer, "the fee changes of events")
        return answer.body if answer.status == 200 else None

    async def takes_orders(self, ticker: str) -> bool:
        """Whether a taker order may be sent now: exchange, trading and market are open. Exits ask it."""
        found, answer = await all_read(
            lambda: self.market(ticker, hurry=Hurry.EXITS),
            lambda: self._client.public("/exchange/status", hurry=Hurry.EXITS),
        )
        assert isinstance(found, parse_market.Market)
        assert isinstance(answer, Answer)
        if not found.open:
            return False
        if answer.status not in _STATUS_MAY_COME_UNDER:
            raise self._client.refused(answer, "the exchange's status")
        return parse_market.pauses(answer.body, found.shard).takes_orders

    async def payout(self, ticker: str, outcome: Outcome) -> Payout | None:
        """What one contract of ``outcome`` paid, once it is paid."""
        found = await self.market(ticker)
        if not found.paid or found.result in ("yes", "no"):
            return parse_market.payout(found, outcome)
        # Anything else is told apart by what our own position was paid, and why.
        params = build.position_params(ticker, self._client.config.orders)
        rows = await self._client.pages("/portfolio/settlements", params, "settlements")
        if found.settled_e4 is None:
            return parse_account.settled_payout(rows, ticker, outcome)
        told = parse_market.payout(found, outcome)
        try:
            settled = parse_account.settled_payout(rows, ticker, outcome)
        except Unreadable:
            settled = None  # the market's own value is enough; only the name of the rule is lost
        return told if settled is None else parse_account.agreed(told, settled)
