"""An operator's grant to a STUCK trade: judged on the trade and the ledger as they are in the instant of its record."""

from __future__ import annotations

from attrs import frozen

from pairlock.facts import Fact, Granted, OutcomeUnknown
from pairlock.ledger import Ledger
from pairlock.lifecycle import S
from pairlock.model import Trade
from pairlock.units import DOLLAR_E4

_HIGHEST_E4, _LOWEST_E4 = 9_900, 100


@frozen
class Grant:
    """Further exit attempts, cash for them per leg's account (micro-dollars), and how far exits may now trade."""

    trade_id: str
    operator: str
    attempts: int
    cash_micros: tuple[int, int]
    slip_e4: int

    def refusal(self, trade: Trade | None, ledger: Ledger) -> str:
        """Why it cannot be given, or ""."""
        if trade is None or trade.state is not S.STUCK or trade.terms is None:
            return f"trade {self.trade_id} is not STUCK, so it needs no grant; see the open trades"
        if self.attempts < 1:
            return f"a grant of {self.attempts} attempts to trade {self.trade_id} gives nothing; grant at least 1"
        if not 0 <= self.slip_e4 <= DOLLAR_E4:
            return f"slip_e4 {self.slip_e4} of the grant is not within 0..{DOLLAR_E4} (1/10,000 dollar)"
        for leg, micros in zip(trade.terms.legs, self.cash_micros, strict=True):
            free_micros = max(0, ledger.accounts[leg.venue].free_micros)
            if not 0 <= micros <= free_micros:
                return f"the grant sets aside {micros} micro-dollars on {leg.venue}, which has {free_micros} free"
        total_micros = ledger.risk_micros + sum(self.cash_micros)
        if sum(self.cash_micros) > 0 and total_micros > ledger.risk_cap_micros:
            return (
                f"with the grant, risk over all trades would be {total_micros} micro-dollars, the cap is"
                f" {ledger.risk_cap_micros}; grant less, or raise size.max_total_risk_micros"
            )
        return ""

    def fact(self, trade: Trade, at_ms: int, refused: str) -> Fact:
        """What is recorded: the grant, or, if it is refused, something that teaches nothing."""
        if refused or trade.terms is None:
            return OutcomeUnknown(at_ms, "", refused)
        legs = trade.terms.legs
        dearest_e4 = min(_HIGHEST_E4, max(leg.limit_e4 for leg in legs) + self.slip_e4)
        cheapest_e4 = max(_LOWEST_E4, min(leg.limit_e4 for leg in legs) - self.slip_e4)
        loss_micros = self.slip_e4 * trade.terms.size_e2
        return Granted(
            at_ms, self.attempts, self.cash_micros, loss_micros, self.operator, dearest_e4, cheapest_e4
        )
