"""The one place that turns a step into durable records: ledger, control and journal move together or not at all.

Everything here is synchronous: between the judgement of a lock and its posting no other task runs.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from pairlock.absorb import quiet
from pairlock.codec import fact_to_plain, opportunity_to_plain, trade_to_plain
from pairlock.exposure import reservation_for
from pairlock.facts import Fact, LocksJudged
from pairlock.journal.journal import Journal
from pairlock.journal.records import Entry, Kind
from pairlock.journal.store import JournalNoRoom, Store, TradeRow
from pairlock.ledger import Ledger, Receivable, adjust, lock_refusal, pay_receivable, post
from pairlock.lifecycle import CLOSED
from pairlock.model import Trade
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.runner.control import Control, Halt, refusal, snapshot, with_halt, without_halt
from pairlock.step import Step

# Journal space that a live trade's remaining exits, reads and alerts may need: about forty records.
ROOM_BYTES = 65_536


def row_of(trade: Trade) -> TradeRow:
    opportunity_id = trade.late_key if trade.repairs else trade.opportunity.opportunity_id
    return TradeRow(trade.trade_id, opportunity_id, str(trade.state), trade.state in CLOSED)


class Recorder:
    """Holds the ledger and the control; appends to the journal."""

    def __init__(
        self, store: Store, journal: Journal, ledger: Ledger, control: Control, now_ms: Callable[[], int]
    ) -> None:
        self.store = store
        self.journal = journal
        self.ledger = ledger
        self.control = control
        self._now_ms = now_ms

    def _append(self, entry: Entry, row: TradeRow | None = None) -> int:
        return self.journal.append(entry, row, self._snapshot)

    def _snapshot(self) -> str:
        return snapshot(self.ledger, self.control)

    def detected(self, opportunity: ArbitrageOpportunity) -> tuple[Trade, int]:
        """A new trade for ``opportunity``; its id is unique on the account: run, nonce and number.

        The nonce keeps a new or a restored journal from ever naming an order that another one has sent."""
        ident = f"{self.control.run:04d}{self.control.nonce}-{self.control.next_trade:06d}"
        trade = Trade(ident, opportunity)
        self.control = evolve(self.control, next_trade=self.control.next_trade + 1)
        at_ms = self._now_ms()
        trade = evolve(trade, entered_ms=at_ms)
        body = {"opportunity": opportunity_to_plain(opportunity)}
        return trade, self._append(Entry(Kind.DETECTED, trade.trade_id, at_ms, body), row_of(trade))

    def next_repair(self) -> int:
        """A number that no other trade or repair of this run has."""
        number = self.control.next_trade
        self.control = evolve(self.control, next_trade=number + 1)
        return number

    def repair(self, trade: Trade) -> int:
        """A repair begins in HEDGING with what the late fact left; its whole value is its first record.

        Its ``late_key`` names the late fact in the index of trades: it is answered once, also after a restart.
        """
        self.ledger = post(self.ledger, evolve(trade, reservation=None, orders=()), trade)
        body = {"trade": trade_to_plain(trade)}
        return self._append(Entry(Kind.REPAIR, trade.trade_id, self._now_ms(), body), row_of(trade))

    def step(self, before: Trade, done: Step, fact: Fact) -> int:
        """The step's record, with its postings in the same transaction."""
        self.ledger = post(self.ledger, quiet(before), done.trade)
        if done.trade.state in CLOSED and done.trade.reservation is not None and not done.trade.repairs:
            self.store.release(ROOM_BYTES)
        body = {
            "fact": fact_to_plain(fact),
            "events": [str(event) for event in done.events],
            "state": str(done.trade.state),
            "alerts": [[str(alert.kind), alert.detail] for alert in done.alerts],
        }
        return self._append(Entry(Kind.STEP, done.trade.trade_id, fact.at_ms, body), row_of(done.trade))

    def _room_refusal(self) -> str:
        """Set aside journal space for the trade's remaining exits and alerts; why that cannot be, or ""."""
        try:
            self.store.reserve(ROOM_BYTES)
        except JournalNoRoom as error:
            return str(error)
        return ""

    def judge_locks(self, trade: Trade) -> LocksJudged:
        """Grant or refuse both reservations on the ledger as it is this instant."""
        at_ms = self._now_ms()
        if trade.terms is None:
            return LocksJudged(at_ms, None, "the trade has no terms")
        wanted = reservation_for(trade.terms)
        reason = refusal(self.control, trade.opportunity.event_id)
        reason = reason or lock_refusal(self.ledger, trade, trade.terms, wanted) or self._room_refusal()
        return LocksJudged(at_ms, None if reason else wanted, reason)

    def halt(self, halt: Halt) -> int | None:
        """Journal a halt; None when it already holds."""
        if self.control.halted_by(halt.name) is not None:
            return None
        self.control = with_halt(self.control, halt)
        body = {"name": halt.name, "reason": halt.reason}
        return self._append(Entry(Kind.HALT, halt.trade_id, self._now_ms(), body))

    def lift(self, name: str, operator: str) -> int:
        self.control = without_halt(self.control, name)
        body = {"name": name, "operator": operator}
        return self._append(Entry(Kind.LIFT, "", self._now_ms(), body))

    def suspend(self, event_id: str) -> None:
        """Refuse the pair from now on; saved with the next record."""
        if event_id not in self.control.suspended:
            self.control = evolve(self.control, suspended=(*self.control.suspended, event_id))

    def reinstate(self, event_id: str, operator: str) -> int:
        """Allow a suspended pair again."""
        self.control = evolve(
            self.control, suspended=tuple(e for e in self.control.suspended if e != event_id)
        )
        body = {"name": f"suspended:{event_id}", "operator": operator}
        return self._append(Entry(Kind.LIFT, "", self._now_ms(), body))

    def order(self, kind: Kind, operator: str) -> int:
        """An operator's kill, resume, drain or stop."""
        if kind in (Kind.KILL, Kind.RESUME):
            self.control = evolve(self.control, killed=kind is Kind.KILL)
        return self._append(Entry(kind, "", self._now_ms(), {"operator": operator}))

    def paid(self, item: Receivable) -> int:
        self.ledger = pay_receivable(self.ledger, item)
        body = {"leg": item.leg, "venue": item.venue, "amount_micros": item.amount_micros}
        return self._append(Entry(Kind.RECEIVABLE, item.trade_id, self._now_ms(), body))

    def adjusted(self, venue: str, amount_micros: int, reason: str) -> int:
        self.ledger = adjust(self.ledger, venue, amount_micros)
        body = {"venue": venue, "amount_micros": amount_micros, "reason": reason}
        return self._append(Entry(Kind.ADJUST, "", self._now_ms(), body))

    def opened(self, body: dict[str, object]) -> int:
        return self._append(Entry(Kind.OPENED, "", self._now_ms(), body))
