"""Money against the venues' own: fees fill by fill, and each account's cash once nothing is open.

Where a venue shows what it charged, the belief is exact. Where it does not (Polymarket), the adapter computes the fee,
and may be above the truth but never below it: then the ledger has less cash than the venue by exactly what was
computed too dear. Money in micro-dollars.
"""

from __future__ import annotations

from attrs import define, field

from pairlock import Engine
from pairlock.journal.replay import replayed
from pairlock.journal.store import Store
from pairlock.ledger import Account
from pairlock.lifecycle import CLOSED
from pairlock.model import FillStatus, Role, Trade
from pairlock_adapters.demo.judge import Broken
from pairlock_adapters.simulated.truth import Truth

_FEE = "SELECT fee_micros FROM fills WHERE venue=? AND fill_id=?"
_FLOW = "SELECT cash_micros, cash_micros - deposited_micros FROM balances WHERE venue=?"
_ADOPTED = (Role.ADOPTED_IN, Role.ADOPTED_OUT)


@define
class MoneyJudge:
    """``hides_fees``: venues whose fills do not show their fee. Tell it of every trade that closes."""

    truth: Truth
    hides_fees: frozenset[str] = frozenset()
    _too_dear_micros: dict[str, int] = field(factory=dict, init=False)

    def earlier(self, store: Store) -> None:
        """Trades that earlier runs on this journal closed count as well."""
        if not self.hides_fees:
            return
        ids = dict.fromkeys(record.trade_id for record in store.records() if record.trade_id)
        for trade_id in ids:
            trade = replayed(store.trade_records(trade_id))
            if trade.state in CLOSED:
                self.closed(trade)

    def closed(self, trade: Trade) -> None:
        for order in trade.orders:
            if trade.terms is None:
                return
            venue = trade.terms.legs[order.leg].venue
            if venue not in self.hides_fees:
                continue
            sign = -1 if order.role is Role.ADOPTED_OUT else 1
            for fill in order.fills:
                name = fill.fill_id.rstrip("+") if order.role in _ADOPTED else fill.fill_id
                if fill.status is FillStatus.FINAL:
                    true = next(self.truth.rows(_FEE, (venue, name)), (fill.fee_micros,))[0]
                    more = sign * (fill.fee_micros - true)
                    self._too_dear_micros[venue] = self._too_dear_micros.get(venue, 0) + more

    def broken(self, engine: Engine) -> list[Broken]:
        """Claim 14, once nothing is open."""
        ledger = engine.recorder.ledger
        if engine.open_trades() or ledger.receivables:
            return []
        found = (self._account(venue, account) for venue, account in ledger.accounts.items())
        return [Broken(14, "", sentence) for sentence in found if sentence]

    def _account(self, venue: str, account: Account) -> str:
        cash, flow = next(self.truth.rows(_FLOW, (venue,)))
        told = f"{venue} really holds {cash} micro-dollars, the ledger says {account}"
        if account.held_micros or account.spent_micros:
            return told
        if venue not in self.hides_fees:
            return "" if account.cash_micros == cash else told
        # What a start could not explain was adjusted: a deposit by the ledger. What flowed by trading is compared.
        too_dear = self._too_dear_micros.get(venue, 0)
        if flow - account.net_in_micros == too_dear:
            return ""
        return f"{told}; fees computed too dear explain {too_dear} of the difference"
