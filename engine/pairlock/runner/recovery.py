"""Start-up is recovery: open trades are replayed, checked against the saved ledger, and told of the restart.

DETECTED, GATED and LOCKED abort; an unsent entry is never sent later; every order that is not FINAL is read to its end,
the bounds of F starting anew. A clean stop goes through the same path.
"""

from __future__ import annotations

from pairlock.codec import parse
from pairlock.errors import UserError
from pairlock.journal.records import Kind
from pairlock.journal.replay import replayed
from pairlock.journal.store import Store
from pairlock.ledger import Ledger, holds_lock, posting
from pairlock.model import Trade
from pairlock.runner.control import Control, restored


class OtherTable(UserError):
    """Open trades were recorded under another transition table."""


class LedgerMismatch(UserError):
    """The saved ledger is not what the open trades imply."""


def last_opened(store: Store) -> dict[str, object] | None:
    """The body of the last ``opened`` record, or None in a new journal."""
    found: dict[str, object] | None = None
    for record in store.records():
        if record.kind == Kind.OPENED:
            found = parse(record.body)
    return found


def refuse_other_table(store: Store, opened: dict[str, object] | None, installed: str, accepted: str) -> None:
    """Raises OtherTable when the journal has open trades that another table began and ``accepted`` is not its digest.

    Accepting is the explicit migration: every open trade is then replayed under the installed table, and refused
    (ReplayMismatch) unless each of its recorded moves comes out the same.
    """
    count = len(store.open_trades())
    if opened is None or count == 0 or opened["table_digest"] in (installed, accepted):
        return
    raise OtherTable(
        f"journal {store.path} has {count} open trades under transition table {opened['table_digest']}, this version "
        f"runs {installed}; finish them with the version that wrote it, or migrate them by opening the engine with "
        f"accept_table set to the journal's digest"
    )


def open_values(store: Store) -> list[Trade]:
    """Every open trade, replayed from its records."""
    return [replayed(store.trade_records(row.trade_id)) for row in store.open_trades()]


def saved_state(store: Store, empty: Ledger, trades: list[Trade]) -> tuple[Ledger, Control]:
    """Ledger and control as last saved, with the locks that open trades imply.

    Raises LedgerMismatch when what is held and spent is not the sum over the open trades.
    """
    text = store.ledger()
    if text is None:
        return empty, Control()
    ledger, control = restored(parse(text), empty)
    held: dict[str, int] = dict.fromkeys(ledger.accounts, 0)
    for trade in trades:
        markets = (trade.opportunity.market_a, trade.opportunity.market_b)
        for leg, venue in enumerate((trade.opportunity.platform_a, trade.opportunity.platform_b)):
            own = posting(trade, leg)
            held[venue] = held.get(venue, 0) + own.held_micros + own.spent_micros
            if holds_lock(trade):
                ledger.locks[(venue, markets[leg])] = trade.trade_id
    for venue, account in ledger.accounts.items():
        if account.held_micros + account.spent_micros != held[venue]:
            saved = account.held_micros + account.spent_micros
            raise LedgerMismatch(
                f"journal {store.path} holds {saved} micro-dollars on {venue}, its open trades account for "
                f"{held[venue]}; restore it from a backup"
            )
    return ledger, control
