"""What a run over the simulated venues came to, and every claim held against it."""

from __future__ import annotations

from typing import Any

from attrs import define

from pairlock import E, S
from pairlock.ledger import Account
from pairlock.lifecycle import CLOSED
from pairlock.model import Trade as TradeValue
from pairlock_adapters.demo.judge import Broken, Judge
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World
from sim_support import check_books_balance
from truth_kit import assert_never_oversold, owed


@define
class Played:
    """What a run came to. ``truth`` is open for any question; ``accounts`` are the engine's belief of the cash."""

    values: dict[str, TradeValue]
    broken: list[Broken]
    steps: list[tuple[str, tuple[E, ...], S]]
    closed_ms: dict[str, int]
    alerts: list[dict[str, Any]]
    halts: list[str]
    fired: dict[str, int]
    truth: Truth
    world: World
    judge: Judge
    accounts: dict[str, Account]
    left: list[str]
    trace_hash: str
    audit: dict[str, Any]

    @property
    def trades(self) -> list[TradeValue]:
        """Every trade that is no repair, in the order of its id."""
        return [self.values[key] for key in sorted(self.values) if not self.values[key].repairs]

    @property
    def trade(self) -> TradeValue:
        (only,) = self.trades
        return only

    def check(self) -> Played:
        """Every claim, by the venues' truth; the audit of the journal tells the same story."""
        assert self.broken == []
        assert self.left == []
        assert all(value.state in CLOSED for value in self.values.values())
        assert self.judge.duplicate_orders() == 0
        for venue, account in self.accounts.items():
            assert account.cash_micros == self.judge.cash(venue), (venue, account)
            assert (account.held_micros, account.spent_micros, account.receivable_micros) == (0, 0, 0)
        assert owed(self.truth) == 0
        check_books_balance(self.world)
        assert_never_oversold(self.truth)
        self.check_audit()
        return self

    def check_audit(self) -> None:
        found = self.audit
        assert found["broken"] == []
        assert found["chain_ok"]
        assert found["trace_hash"] == self.trace_hash
        counts = {state: sum(t.state is state for t in self.trades) for state in CLOSED}
        assert found["trades"] == len(self.trades)
        assert (found["open"], found["stuck"]) == (0, 0)
        assert found["repairs"] == len(self.values) - len(self.trades)
        repairs = {state: sum(t.state is state for t in self.values.values()) for state in CLOSED}
        told = (found["settled"], found["rolled_back"], found["hedged"])
        assert told == (repairs[S.SETTLED], repairs[S.ROLLED_BACK], repairs[S.HEDGED]), counts
