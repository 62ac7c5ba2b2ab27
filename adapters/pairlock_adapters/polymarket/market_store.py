"""Markets as they were read: kept because an order's id depends on their tokens, read anew for rules and payouts."""

from __future__ import annotations

import trio
from attrs import evolve

from pairlock.book import Book
from pairlock.model import Outcome, Payout
from pairlock.ports import Clock, VenueError
from pairlock_adapters.net.answers import Answer, NoAnswer
from pairlock_adapters.net.http import Params, VenueHttp
from pairlock_adapters.net.hurry import Hurry
from pairlock_adapters.polymarket import parse_markets
from pairlock_adapters.polymarket.books import rest_book
from pairlock_adapters.polymarket.client import PolymarketClient
from pairlock_adapters.polymarket.markets import Market
from pairlock_adapters.polymarket.quantities import Unreadable

_CONDITION_DIGITS = 64


class Markets:
    """One client's markets. Everything here raises VenueError or Unreadable where the venue does not tell."""

    def __init__(self, client: PolymarketClient, gamma: VenueHttp) -> None:
        self._client = client
        self._gamma = gamma
        self._reading = client.config.reading()
        self._known: dict[str, Market] = {}

    def known(self, condition_id: str) -> Market | None:
        return self._known.get(condition_id)

    async def market(self, condition_id: str, hurry: Hurry) -> Market:
        """The market as it was read last, or now for the first time."""
        return self._known.get(condition_id) or await self.read(condition_id, hurry)

    async def read(self, condition_id: str, hurry: Hurry = Hurry.NONE) -> Market:
        """The market as it is now. Its tokens and contract must not have changed: they name its orders."""
        _checked(self._client.config.name, condition_id)
        answers: dict[str, Answer] = {}
        failed: list[VenueError] = []
        short, full = f"/clob-markets/{condition_id}", f"/markets/{condition_id}"

        async def asked(path: str) -> None:
            try:
                answers[path] = await self._client.public(path, hurry=hurry)
            except VenueError as error:
                failed.append(error)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(asked, short)
            nursery.start_soon(asked, full)
        if failed:
            raise failed[0]
        whole = self._client.ok(answers[full], full)
        # A market that is long over may be told by the one alone; orders of it are still read.
        over = answers[short].status == 404
        details = parse_markets.details_in(whole) if over else self._client.ok(answers[short], short)
        gamma = None if parse_markets.has_fees(details) else await self._gammas(condition_id)
        found = parse_markets.market_of(condition_id, details, whole, self._reading, gamma)
        before = self._known.get(condition_id)
        if before is not None and _identity(before) != _identity(found):
            raise Unreadable("its tokens or its contract changed")
        self._known[condition_id] = found
        return found

    async def _gammas(self, condition_id: str) -> object:
        """Gamma's market, open or closed; None if it knows none."""
        found = await self._listed(condition_id, ())
        return await self._listed(condition_id, (("closed", "true"),)) if found is None else found

    async def _listed(self, condition_id: str, more: Params) -> object:
        config = self._client.config
        params = (("condition_ids", condition_id), *more)
        try:
            answer = await self._gamma.request(
                "GET", "/markets", params=params, timeout_ms=config.limits.read_timeout_ms
            )
        except NoAnswer as error:
            raise VenueError(config.name, error.reason) from None
        return parse_markets.gamma_market(self._client.ok(answer, "Gamma's markets"), condition_id)

    async def book(self, market: Market, clock: Clock) -> Book:
        """The book as it is read now. A hash may be of a trade that came between: then it is read once more."""
        try:
            return await self._book(market, clock)
        except Unreadable:
            return await self._book(market, clock)

    async def _book(self, market: Market, clock: Clock) -> Book:
        token = str(market.yes_token)
        began_ms = clock.now_ms()
        # Urgent: an exit without a book has no route.
        body = await self._client.public_ok("/book", (("token_id", token),), hurry=Hurry.EXITS)
        return rest_book(
            body, market=market.condition_id, token_id=token, yes=True, read_at_ms=began_ms,
            hashed=self._client.config.check_book_hashes,
        )  # fmt: skip

    def tick_changed(self, condition_id: str, tick_e4: int) -> None:
        """The socket told a new tick: the next order must be on it."""
        before = self._known.get(condition_id)
        if before is not None and tick_e4 in parse_markets.TICKS_E4:
            self._known[condition_id] = evolve(before, tick_e4=tick_e4)

    async def takes_orders(self, condition_id: str) -> bool:
        _checked(self._client.config.name, condition_id)
        body = await self._client.public_ok(f"/markets/{condition_id}", hurry=Hurry.EXITS)
        return parse_markets.takes_orders(body)

    async def payout(self, condition_id: str, outcome: Outcome) -> Payout | None:
        """What one share pays, from the CLOB, or from Gamma where the CLOB names no winner of a closed market."""
        _checked(self._client.config.name, condition_id)
        full = await self._client.public_ok(f"/markets/{condition_id}")
        tokens = parse_markets.tokens_of(condition_id, full, self._reading)
        paid = parse_markets.payout_of(tokens, outcome, full)
        if paid is not None or not parse_markets.is_closed(full):
            return paid
        gamma = await self._gammas(condition_id)
        return None if gamma is None else parse_markets.gamma_payout(tokens, outcome, gamma)


def _identity(market: Market) -> tuple[object, ...]:
    return market.yes_token, market.no_token, market.neg_risk


def _checked(venue: str, condition_id: str) -> None:
    """A market's name goes into a path: only a condition id does."""
    digits = condition_id.removeprefix("0x")
    if (
        not condition_id.startswith("0x")
        or len(digits) != _CONDITION_DIGITS
        or not all(each in "0123456789abcdefABCDEF" for each in digits)
    ):
        raise VenueError(venue, f"{condition_id!r:.80} is not a condition id; write 0x and 64 hex digits")
