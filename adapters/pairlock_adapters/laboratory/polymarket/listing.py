"""A market as the venue's reads tell it: who it is, its rules, its present book and its end."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from attrs import frozen

from pairlock.book import Level
from pairlock.fees import FeeSchedule
from pairlock.model import Outcome
from pairlock.units import DOLLAR_E4
from pairlock_adapters.simulated.matching import Maker, MatchBook, levels_e2
from pairlock_adapters.simulated.state import Result

OUTCOMES = (Outcome.YES, Outcome.NO)


@frozen
class Listing:
    """``market``: the condition id. ``end_ms``: wall clock. ``result`` None: not known yet."""

    market: str
    name: str
    event: str
    tokens: tuple[str, str]
    tick_e4: int
    min_size_e2: int
    fees: FeeSchedule
    accepting: bool
    closed: bool
    result: Result | None
    end_ms: int
    book: MatchBook
    last: tuple[int, bool] | None = (
        None  # of the last trade: the YES token's price, and whether its taker bought
    )

    @property
    def number(self) -> str:
        """The id that Gamma gives the market."""
        return numbered(self.market)

    @property
    def event_number(self) -> str:
        return numbered(self.event)

    @property
    def slug(self) -> str:
        return self.name.lower()

    @property
    def question(self) -> str:
        return f"Will {self.name} resolve to Yes?"

    def token(self, outcome: Outcome) -> str:
        return self.tokens[OUTCOMES.index(outcome)]

    def outcome_of(self, token: str) -> Outcome | None:
        return OUTCOMES[self.tokens.index(token)] if token in self.tokens else None

    def last_e4(self, outcome: Outcome) -> int | None:
        """The last trade's price of one contract of ``outcome``."""
        if self.last is None:
            return None
        return self.last[0] if outcome is Outcome.YES else DOLLAR_E4 - self.last[0]

    def worth_e4(self, outcome: Outcome) -> int:
        """What a contract is worth: its payout once known, else the middle of the book, else the last price."""
        if self.result is not None:
            return pays_e4(self.result, outcome)
        bids, asks = levels(self.book, outcome)
        if bids and asks:
            return (bids[0][0] + asks[0][0]) // 2
        return self.last_e4(outcome) or (bids or asks or ((DOLLAR_E4 // 2, 0),))[0][0]


def pays_e4(result: Result, outcome: Outcome) -> int:
    """What a contract pays; a market that this venue voids pays half."""
    if result in (Result.YES, Result.NO):
        return DOLLAR_E4 if result.value == outcome.value else 0
    return DOLLAR_E4 // 2


def levels(book: MatchBook, outcome: Outcome) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """(bids, asks) of the outcome's own token, best first: NO is the mirror of YES."""
    if outcome is Outcome.YES:
        return levels_e2(book.bids), levels_e2(book.asks)
    return _mirrored(book.asks), _mirrored(book.bids)


def _mirrored(side: tuple[Maker, ...]) -> tuple[Level, ...]:
    return tuple((DOLLAR_E4 - price_e4, size_e2) for price_e4, size_e2 in levels_e2(side))


def numbered(name: str) -> str:
    """A number that stands for ``name``, always the same."""
    return str(int(sha256(name.encode()).hexdigest()[:10], 16))


def iso(wall_ms: int) -> str:
    """As the venue writes instants: 2026-09-21T12:00:00Z."""
    return datetime.fromtimestamp(wall_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
