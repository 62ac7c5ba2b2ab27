"""The one account on a simulated venue: cash, and contracts of each outcome of each market.

Kalshi holds one signed position: YES and NO bought become cash at once ($1 a set), and a sale beyond what is held
buys the other outcome. Polymarket holds both; shares of a match that is not final are *locked*, what a sale brings
comes when it is final, and what a buy costs goes when it matches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from attrs import define

from pairlock.model import Outcome
from pairlock_adapters.simulated.ledger import Ledger


@define
class Holding:
    qty_e6: int = 0
    locked_e6: int = 0


class Account:
    """Cash in micro-dollars. ``nets``: complete sets become cash at once. What was true is remembered for
    ``remembers_ms``, for reads that lag (not over a restart)."""

    def __init__(
        self,
        ledger: Ledger,
        now_ms: Callable[[], int],
        *,
        nets: bool,
        pending_sellable: bool,
        remembers_ms: int,
    ) -> None:
        self._ledger = ledger
        self._now_ms = now_ms
        self._remembers_ms = remembers_ms
        self._past: deque[tuple[int, tuple[str, Outcome] | None, int]] = deque()
        self._nets = nets
        self._pending_sellable = pending_sellable
        self._holdings: dict[tuple[str, Outcome], Holding] = {}
        self.cash_micros = ledger.cash() or 0
        for market, outcome, qty_e6, locked_e6 in ledger.positions():
            self._holdings[market, Outcome(outcome)] = Holding(qty_e6, locked_e6)

    def held_e6(self, market: str, outcome: Outcome) -> int:
        holding = self._holdings.get((market, outcome))
        return 0 if holding is None else holding.qty_e6

    def sellable_e6(self, market: str, outcome: Outcome) -> int:
        holding = self._holdings.get((market, outcome))
        if holding is None:
            return 0
        return holding.qty_e6 if self._pending_sellable else holding.qty_e6 - holding.locked_e6

    def cash_as_of_micros(self, as_of_ms: int) -> int:
        """The cash as it was then."""
        return next((was for at, key, was in self._past if key is None and at > as_of_ms), self.cash_micros)

    def sellable_as_of_e6(self, market: str, outcome: Outcome, as_of_ms: int) -> int:
        """What could be sold then."""
        wanted = (market, outcome)
        now_e6 = self.sellable_e6(market, outcome)
        return next((was for at, key, was in self._past if key == wanted and at > as_of_ms), now_e6)

    def _remember(self, key: tuple[str, Outcome] | None, was: int) -> None:
        now_ms = self._now_ms()
        self._past.append((now_ms, key, was))
        while self._past and self._past[0][0] < now_ms - self._remembers_ms:
            self._past.popleft()

    def bought(
        self, market: str, outcome: Outcome, qty_e6: int, paid_micros: int, at_ms: int, *, locked: bool
    ) -> None:
        """Contracts came for ``paid_micros`` (fee included)."""
        self._cash(-paid_micros)
        self._hold(market, outcome, qty_e6, qty_e6 if locked else 0)
        if self._nets:
            self.merge(market, qty_e6, at_ms, "netted")

    def sold(self, market: str, outcome: Outcome, qty_e6: int, got_micros: int, at_ms: int) -> None:
        """Contracts went for ``got_micros`` (fee deducted); beyond what is held, a sale buys the other outcome."""
        beyond_e6 = max(0, qty_e6 - self.held_e6(market, outcome)) if self._nets else 0
        self._cash(got_micros - beyond_e6)  # a contract's dollar is a micro-dollar per 1/1,000,000 contract
        self._hold(market, outcome, beyond_e6 - qty_e6, 0)
        if beyond_e6:
            self._hold(market, outcome.other, beyond_e6, 0)
            self._ledger.put_payout(market, "both", -beyond_e6, 10_000, -beyond_e6, "split", at_ms)

    def given_up(self, market: str, outcome: Outcome, qty_e6: int) -> None:
        """Shares of a sale that matched and is not final."""
        self._hold(market, outcome, -qty_e6, 0)

    def paid_for(self, amount_micros: int) -> None:
        """What a sale brought, now that it is final."""
        self._cash(amount_micros)

    def unlocked(self, market: str, outcome: Outcome, qty_e6: int) -> None:
        self._hold(market, outcome, 0, -qty_e6)

    def undone(self, market: str, outcome: Outcome, qty_e6: int, *, bought: bool, paid_micros: int) -> None:
        """A match failed: the cash of a buy comes back and its shares go; the shares of a sale come back."""
        if bought:
            self._cash(paid_micros)
            self._hold(market, outcome, -qty_e6, -qty_e6)
        else:
            self._hold(market, outcome, qty_e6, 0)

    def merge(self, market: str, sets_e6: int, at_ms: int, kind: str = "merged") -> int:
        """Turn complete sets into cash, $1 each, as many as may be sold; return how many."""
        free_e6 = min(self.sellable_e6(market, Outcome.YES), self.sellable_e6(market, Outcome.NO))
        sets_e6 = min(sets_e6, free_e6)
        if sets_e6 > 0:
            for outcome in Outcome:
                self._hold(market, outcome, -sets_e6, 0)
            self._cash(sets_e6)
            self._ledger.put_payout(market, "both", sets_e6, 10_000, sets_e6, kind, at_ms)
        return sets_e6

    def pay_out(self, market: str, outcome: Outcome, per_contract_e4: int, kind: str, at_ms: int) -> None:
        """The market resolved: contracts become cash, rounded down to the micro-dollar."""
        qty_e6 = self.held_e6(market, outcome)
        if qty_e6 == 0:
            return
        paid_micros = qty_e6 * per_contract_e4 // 10_000
        self._cash(paid_micros)
        self._hold(market, outcome, -qty_e6, 0)
        self._ledger.put_payout(market, outcome.value, qty_e6, per_contract_e4, paid_micros, kind, at_ms)

    def pay_in(self, amount_micros: int) -> None:
        """Money from outside the venue."""
        self.cash_micros += amount_micros
        self._ledger.pay_in(amount_micros)

    def drop(self, market: str) -> None:
        """Forget a market in which nothing is held."""
        for outcome in Outcome:
            self._holdings.pop((market, outcome), None)

    def _cash(self, by_micros: int) -> None:
        self._remember(None, self.cash_micros)
        self.cash_micros += by_micros
        self._ledger.put_cash(self.cash_micros)

    def _hold(self, market: str, outcome: Outcome, by_e6: int, locked_by_e6: int) -> None:
        holding = self._holdings.setdefault((market, outcome), Holding())
        self._remember((market, outcome), self.sellable_e6(market, outcome))
        holding.qty_e6 += by_e6
        holding.locked_e6 += locked_by_e6
        self._ledger.put_position(market, outcome.value, holding.qty_e6, holding.locked_e6)
