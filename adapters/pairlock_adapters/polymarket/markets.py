"""What the adapter knows of one market: tokens, contract, rules. Values only; ``parse_markets`` fills them."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from pairlock.fees import FeeSchedule
from pairlock.model import Outcome
from pairlock.ports import MarketRules

# A taker order's size x price must be whole cents; a marketable buy is worth a dollar at least.
AMOUNT_STEP_MICROS = 10_000
MIN_BUY_MICROS = 1_000_000


class TokenPair(Protocol):
    """Whatever knows a market's two tokens."""

    @property
    def yes_token(self) -> int: ...

    @property
    def no_token(self) -> int: ...

    def token(self, outcome: Outcome) -> int: ...


@frozen
class Tokens:
    """A market's two tokens."""

    yes_token: int
    no_token: int

    def token(self, outcome: Outcome) -> int:
        return self.yes_token if outcome is Outcome.YES else self.no_token


@frozen
class Market:
    """One market by its condition id. Token ids as integers; tick in 1/10,000 dollar; minimum in 1/100 share.

    ``minimum_text``: the minimum as the venue writes it, which its book hash is computed over.
    """

    condition_id: str
    yes_token: int
    no_token: int
    neg_risk: bool
    tick_e4: int
    min_size_e2: int
    minimum_text: str
    fees: FeeSchedule
    taker_delay_ms: int
    takes_orders: bool

    def token(self, outcome: Outcome) -> int:
        return self.yes_token if outcome is Outcome.YES else self.no_token

    def rules(self) -> MarketRules:
        return MarketRules(
            self.condition_id,
            self.tick_e4,
            self.min_size_e2,
            MIN_BUY_MICROS,
            self.fees,
            taker_delay_ms=self.taker_delay_ms,
            open=self.takes_orders,
            amount_step_micros=AMOUNT_STEP_MICROS,
        )
