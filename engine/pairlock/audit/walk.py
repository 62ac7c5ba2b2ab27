"""Re-walks a journal: chain, moves and money, from its records alone. Open trades are kept, closed ones counted.

Every step is taken again with the installed table and core; every claim that a journal can show is judged after it.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from pairlock.absorb import quiet
from pairlock.audit.books import LedgerWalk
from pairlock.audit.halts import HaltWalk
from pairlock.codec import parse
from pairlock.exposure import risk_reserved_micros, worst_loss_micros
from pairlock.journal.records import Kind, Record
from pairlock.journal.replay import ReplayMismatch, begun, replay_step
from pairlock.lifecycle import CLOSED, S
from pairlock.model import Trade, Verdict
from pairlock.positions import EXITS, all_final, nets_e6, nothing_final


@define
class Walk:
    """What the walk found. ``broken`` holds one sentence per claim that a record breaks."""

    trades: int = 0
    repairs: int = 0
    open: dict[str, Trade] = field(factory=dict)
    counts: dict[str, int] = field(factory=dict)
    broken: list[str] = field(factory=list)
    table_digest: str = ""
    tables: list[str] = field(factory=list)
    ledger: LedgerWalk = field(factory=LedgerWalk)
    halts: HaltWalk = field(factory=HaltWalk)
    last_seq: int = 0

    @property
    def stuck(self) -> int:
        return sum(1 for t in self.open.values() if t.state is S.STUCK and not t.repairs)

    @property
    def neither(self) -> int:
        """Trades that are neither closed nor STUCK."""
        return sum(1 for t in self.open.values() if t.state is not S.STUCK and not t.repairs)


def closed_claims(trade: Trade) -> list[str]:
    """Claims 1, 2, 3, 5 and 12 on what the journal believes of a closed trade."""
    a, b = nets_e6(trade)
    name = trade.trade_id
    broken = []
    if not all_final(trade):
        broken.append(f"claims 5 and 12: {name} is closed with an order that is not FINAL")
    if trade.state is S.SETTLED and (a != b or a <= 0 or None in trade.payouts):
        broken.append(f"claim 1: {name} is SETTLED with nets {a} / {b} and payouts {trade.payouts}")
    if trade.state is S.ROLLED_BACK and not nothing_final(trade):
        broken.append(f"claim 2: {name} is ROLLED_BACK and something filled finally")
    if trade.state is S.HEDGED:
        exited = any(order.role in EXITS for order in trade.orders)
        flat = a == b == 0 and exited
        if nothing_final(trade) or not (flat or trade.verdict is Verdict.CARRIED):
            broken.append(f"claim 3: {name} is HEDGED with nets {a} / {b}, exited: {exited}, {trade.verdict}")
    return broken


def step_claims(trade: Trade) -> list[str]:
    """Claims 13 and 23 (its PAIRED part) after one step."""
    broken = []
    if worst_loss_micros(trade) > risk_reserved_micros(trade) and not trade.excess:
        broken.append(
            f"claim 13: {trade.trade_id} may lose {worst_loss_micros(trade)} micro-dollars, more than reserved"
        )
    a, b = nets_e6(trade)
    if trade.state is S.PAIRED and (a != b or a <= 0):
        broken.append(f"claim 23: {trade.trade_id} is PAIRED with nets {a} / {b}")
    return broken


def _trade_record(walk: Walk, record: Record, body: dict[str, object]) -> None:
    if record.kind in (Kind.DETECTED, Kind.REPAIR):
        if record.trade_id in walk.open:
            walk.broken.append(f"claim 6: record {record.seq} begins trade {record.trade_id} a second time")
        trade = begun(record, body)
        walk.trades += 0 if trade.repairs else 1
        walk.repairs += 1 if trade.repairs else 0
        walk.open[record.trade_id] = trade
        if trade.repairs:
            walk.ledger.posted(None, trade)
        return
    before = walk.open.get(record.trade_id)
    if before is None:
        walk.broken.append(f"claim 6: record {record.seq} is a step of {record.trade_id}, which is not open")
        return
    try:
        after = replay_step(before, record, body).trade
    except ReplayMismatch as error:
        walk.broken.append(f"claim 18: {error}")
        return
    walk.ledger.posted(quiet(before), after)
    walk.broken.extend(step_claims(after))
    walk.broken.extend(walk.halts.stepped(record, body, before, after))
    walk.open[record.trade_id] = after
    if after.state in CLOSED:
        walk.broken.extend(closed_claims(after))
        if not after.repairs:
            walk.counts[str(after.state)] = walk.counts.get(str(after.state), 0) + 1
        del walk.open[record.trade_id]


def walk_records(records: Iterable[Record]) -> Walk:
    """Walk every record, oldest first; a broken claim is noted and the walk goes on."""
    walk = Walk()
    for record in records:
        body = parse(record.body)
        walk.last_seq = record.seq
        walk.broken.extend(walk.halts.record(record, body))
        if record.kind == Kind.OPENED:
            walk.table_digest = body["table_digest"]
            if walk.table_digest not in walk.tables:
                walk.tables.append(walk.table_digest)
            walk.ledger.opened(body)
        elif record.kind in (Kind.DETECTED, Kind.REPAIR, Kind.STEP):
            _trade_record(walk, record, body)
        elif record.kind == Kind.RECEIVABLE:
            walk.ledger.received(record.trade_id, body)
        elif record.kind == Kind.ADJUST:
            walk.ledger.adjusted(body)
        walk.broken.extend(walk.ledger.problems(record.seq))
    walk.broken.extend(walk.halts.end())
    return walk
