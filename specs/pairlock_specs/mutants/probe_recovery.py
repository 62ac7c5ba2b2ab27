"""Claims 17 and 18 on real journals: what a crash leaves behind is found again, and what does not fit is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from pairlock.absorb import quiet
from pairlock.codec import canonical, fact_to_plain, parse
from pairlock.errors import UserError
from pairlock.facts import Aborted, DeadlinePassed, Restarted
from pairlock.journal.records import Entry, Kind, Record
from pairlock.journal.replay import ReplayMismatch, replayed
from pairlock.ledger import holds_lock
from pairlock.lifecycle import CLOSED, OS, S
from pairlock.model import Trade
from pairlock.runner.control import Control, snapshot
from pairlock.runner.recovery import (
    LedgerMismatch,
    OtherTable,
    last_opened,
    open_values,
    refuse_other_table,
    saved_state,
)
from pairlock.runner.repairs import adopted
from pairlock_specs.claim import Wrong
from pairlock_specs.explore import Explorer
from pairlock_specs.mutants.journalled import DIGEST, Written, empty_ledger, new_journal, sampled
from pairlock_specs.mutants.money import VENUES
from pairlock_specs.mutants.probe import Probe

OTHER = "another digest"


def _refuses(what: Callable[[], object], error: type[UserError]) -> bool:
    try:
        what()
    except error:
        return True
    return False


def _repair_of(written: Written) -> Trade | None:
    """A repair of the first trade with a final order, as the repair desk makes it."""
    for trade in written.trades:
        for order in trade.orders:
            if order.fills and order.state is OS.FINAL and trade.reservation is not None:
                ident = f"{trade.trade_id}.repair"
                orders = adopted(ident, order, [(order.fills[0], True)])
                return evolve(
                    trade,
                    trade_id=ident,
                    state=S.HEDGING,
                    orders=orders,
                    payouts=(None, None),
                    repairs=trade.trade_id,
                    late_key="late",
                    fresh=(),
                )
    return None


def _journal(explorer: Explorer) -> Written:
    """A journal of the sampled paths, with records of other kinds among the steps, and a repair."""
    written = new_journal()
    written.opened(OTHER)
    written.opened(DIGEST)
    for facts in sampled(explorer):
        written.halt_for(written.walk(facts))
    repair = _repair_of(written)
    if repair is not None:
        written.recorder.repair(repair)
        written.trades.append(repair)
    written.flush()
    return written


def found_again(explorer: Explorer) -> Wrong:
    """Claim 18: replaying gives the values, the ledger, the locks and the control bit for bit; twice is once."""
    written = _journal(explorer)
    for time in ("", " the second time"):
        trades = open_values(written.store)
        if trades != written.open:
            differ = [a.trade_id for a, b in zip(trades, written.open, strict=False) if a != b]
            return f"of {len(written.open)} open trades {len(trades)} were found{time}, other than written: {differ}"
        ledger, control = saved_state(written.store, empty_ledger(), trades)
        if control != written.recorder.control:
            return f"the control was restored otherwise than it was saved{time}"
        if ledger.locks != written.recorder.ledger.locks:
            return f"{len(ledger.locks)} market locks were found{time}, {len(written.recorder.ledger.locks)} were held"
        if ledger != written.recorder.ledger:
            return f"the ledger was restored otherwise than it was saved{time}"
    for trade in written.trades:
        if trade.repairs == "" and replayed(written.store.trade_records(trade.trade_id)) != quiet(trade):
            return f"{trade.trade_id} ({trade.state}), replayed, is not what was written"
    return None


def new_journal_is_empty(_: Explorer) -> Wrong:
    """A journal that nothing was saved in gives the ledger and the control of a new engine."""
    written, empty = new_journal(), empty_ledger()
    if last_opened(written.store) is not None or open_values(written.store):
        return "something was found in a new journal"
    refuse_other_table(written.store, None, DIGEST, "")
    if saved_state(written.store, empty, []) != (empty, Control()):
        return "a new journal gives another ledger or control than a new engine has"
    return None


def mismatch_refused(explorer: Explorer) -> Wrong:
    """Claim 18: one micro-dollar more or less than the open trades account for is refused, on either account."""
    held = [facts for facts in sampled(explorer) if _holds(facts)]
    if not held:
        return "no explored path holds cash"
    for venue in VENUES:
        for micros in (1, -1):
            written = new_journal()
            written.walk(held[0])
            ledger = written.recorder.ledger
            account = ledger.accounts[venue]
            wrong = evolve(account, held_micros=account.held_micros + micros)
            text = snapshot(
                evolve(ledger, accounts={**ledger.accounts, venue: wrong}), written.recorder.control
            )
            written.recorder.journal.append(Entry(Kind.STOP, "", 9, {}), None, text.__str__)
            written.flush()
            trades = open_values(written.store)
            if not _refuses(
                lambda s=written.store, t=trades: saved_state(s, empty_ledger(), t),  # type: ignore[misc]
                LedgerMismatch,
            ):
                return f"{micros} micro-dollar on {venue} that no open trade accounts for was not refused"
    return None


def _holds(facts: list[Any]) -> bool:
    return holds_lock(new_journal().walk(facts))


def other_table_refused(explorer: Explorer) -> Wrong:
    """Claim 17's neighbour: open trades are never taken over by a table that did not begin them, unless accepted."""
    paths = sampled(explorer)
    for facts, is_open in ((paths[0], True), (None, False)):
        written = new_journal()
        written.opened(DIGEST)
        written.opened(OTHER)
        if facts is not None:
            written.walk(facts)
        written.flush()
        opened = last_opened(written.store)
        if opened is None or opened.get("table_digest") != OTHER:
            return f"the last opening was not found: {opened}"
        for installed, accepted in ((DIGEST, ""), (OTHER, ""), (DIGEST, OTHER)):
            due = is_open and OTHER not in (installed, accepted)
            took = not _refuses(
                lambda i=installed, a=accepted, o=opened, s=written.store: refuse_other_table(s, o, i, a),  # type: ignore[misc]
                OtherTable,
            )
            if took == due:
                return (
                    f"open: {is_open}, installed {installed!r}, accepted {accepted!r}: taken over is {took}"
                )
    return None


def _bent(record: Record, **changes: object) -> Record:
    return evolve(record, body=canonical({**parse(record.body), **changes}))


def damage_refused(explorer: Explorer) -> Wrong:
    """Claim 18: a record that tells another story than replaying it is refused, and so is a story without beginning."""
    written = new_journal()
    longest = max((facts for facts in sampled(explorer)), key=len)
    trade = written.walk(longest)
    written.flush()
    records = list(written.store.trade_records(trade.trade_id))
    steps = [n for n, record in enumerate(records) if record.kind == Kind.STEP]
    if not steps:
        return "an explored path was walked, and not one step of it was recorded"
    first = records[steps[0]]
    told = evolve(
        first,
        body=canonical(
            {**parse(first.body), "fact": fact_to_plain(DeadlinePassed(0)), "events": [], "state": "DETECTED"}
        ),
    )
    stories = {
        "no record at all": [],
        "steps of a trade that never began": records[1:],
        "another event": [records[0], _bent(first, events=["ABORTED"])],
        "another state": [records[0], _bent(first, state="HEDGED")],
        "another fact": [records[0], _bent(first, fact=fact_to_plain(Aborted(0, "another")))],
        "a step in which nothing happened": [records[0], told],
    }
    for words, story in stories.items():
        if not _refuses(lambda s=story: replayed(s), ReplayMismatch):  # type: ignore[misc]
            return f"{words}: replayed without a word"
    return None


def restart_starts_anew(explorer: Explorer) -> Wrong:
    """Claim 18: what a restart does to an open trade's orders, wherever it was: bounds anew, the rest untouched."""
    from pairlock.step import step

    for facts in sampled(explorer):
        trade = new_journal().walk(facts)
        if trade.state in (S.DETECTED, S.GATED, S.LOCKED, *CLOSED) or trade.terms is None:
            continue
        at_ms = 5_000_000_000_000
        done = step(trade, Restarted(at_ms))
        after = quiet(trade) if done is None else quiet(done.trade)
        for before, order in zip(trade.orders, after.orders, strict=False):
            if before.state in (OS.FINAL, OS.IDLE):
                if order.state is not OS.FINAL and order != before:
                    return f"a restart changed {order.intent_id}, which is {before.state}"
            elif order.dead_at_ms < at_ms + trade.terms.request_death_ms or order.terminal_at_ms >= 0:
                return f"the bounds of {order.intent_id} did not start anew"
        if trade.state is S.EXECUTING and not after.deadline_passed:
            return "a restart left EXECUTING without its deadline"
    return None


RECOVERY_PROBES: tuple[Probe, ...] = (
    Probe(
        "18-found-again",
        "Replaying the journal gives every open trade, the ledger, its locks and the control bit for bit, and twice"
        " the same.",
        found_again,
    ),
    Probe("18-new-journal", "A new journal holds nothing and refuses nothing.", new_journal_is_empty),
    Probe(
        "18-mismatch-refused",
        "A saved ledger that the open trades do not account for, to the micro-dollar, is refused.",
        mismatch_refused,
    ),
    Probe(
        "18-other-table-refused",
        "Open trades are taken over only by the table that began them, or where its digest was accepted.",
        other_table_refused,
    ),
    Probe(
        "18-damage-refused",
        "A record that replays otherwise than it tells, or a trade without a beginning, is refused.",
        damage_refused,
    ),
    Probe(
        "18-restart-anew",
        "A restart starts the bounds of every order that is not final anew, changes no other, and ends EXECUTING.",
        restart_starts_anew,
    ),
)
