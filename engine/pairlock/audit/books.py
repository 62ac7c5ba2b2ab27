"""The money of a journal, added up again from its records: claim 14. Micro-dollars."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from pairlock.ledger import Account, Ledger, Receivable, adjust, pay_receivable, post
from pairlock.model import Trade


class LedgerWalk:
    """The ledger as the records imply it. A declared deficit is allowed; a negative bucket never."""

    def __init__(self) -> None:
        self.ledger = Ledger({}, {})
        self._told: set[str] = set()

    def opened(self, body: dict[str, Any]) -> None:
        """An engine opened: accounts that are new start with what their venue showed."""
        accounts = dict(self.ledger.accounts)
        for venue, deposits in body["deposits"].items():
            accounts.setdefault(venue, Account(deposits))
        self.ledger = evolve(self.ledger, accounts=accounts)

    def posted(self, before: Trade | None, after: Trade) -> None:
        started = before if before is not None else evolve(after, reservation=None, orders=())
        self.ledger = post(self.ledger, started, after)

    def received(self, trade_id: str, body: dict[str, Any]) -> None:
        for item in self.ledger.receivables:
            if self._is(item, trade_id, body):
                self.ledger = pay_receivable(self.ledger, item)
                return
        self._told.add(f"claim 14: trade {trade_id} was paid {body} that it was not owed")

    @staticmethod
    def _is(item: Receivable, trade_id: str, body: dict[str, Any]) -> bool:
        wanted = (trade_id, body["leg"], body["venue"], body["amount_micros"])
        return (item.trade_id, item.leg, item.venue, item.amount_micros) == wanted

    def adjusted(self, body: dict[str, Any]) -> None:
        self.ledger = adjust(self.ledger, body["venue"], body["amount_micros"])

    def problems(self, seq: int) -> list[str]:
        """Buckets below zero after record ``seq``, each told once."""
        found = []
        for venue, account in self.ledger.accounts.items():
            for name in ("held_micros", "spent_micros", "receivable_micros"):
                value = getattr(account, name)
                sentence = f"claim 14: {venue} {name} is below zero"
                if value < 0 and sentence not in self._told:
                    self._told.add(sentence)
                    found.append(f"{sentence} ({value}) after record {seq}")
        return found
