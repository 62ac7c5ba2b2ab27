"""What an operator and the breakers decided, as one value that is saved with the ledger in every transaction.

A halt stops new trades and aborts those that sent nothing. A kill does the same, lasts over restarts until
``resume``, and lets no new step begin. Neither stops an exit.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from pairlock.codec import canonical
from pairlock.ledger import Account, Ledger, Receivable


@frozen
class Halt:
    """One reason why new trades are refused. ``trade_id``: the STUCK trade that holds it, if one does."""

    name: str
    reason: str
    trade_id: str = ""


@frozen
class Control:
    """``run`` is the fencing epoch of this engine, ``nonce`` is drawn anew at each start; both are in every id.

    ``next_trade`` numbers its trades; money in micro-dollars."""

    run: int = 0
    nonce: str = ""
    next_trade: int = 1
    killed: bool = False
    halts: tuple[Halt, ...] = ()
    suspended: tuple[str, ...] = ()
    day: int = 0
    day_result_micros: int = 0
    consecutive_exits: int = 0

    def halted_by(self, name: str) -> Halt | None:
        for halt in self.halts:
            if halt.name == name:
                return halt
        return None


def with_halt(control: Control, halt: Halt) -> Control:
    others = tuple(h for h in control.halts if h.name != halt.name)
    return evolve(control, halts=(*others, halt))


def without_halt(control: Control, name: str) -> Control:
    exits = 0 if name == "consecutive_exits" else control.consecutive_exits
    return evolve(control, halts=tuple(h for h in control.halts if h.name != name), consecutive_exits=exits)


def refusal(control: Control, event_id: str) -> str:
    """Why no new trade may begin, or ""."""
    if control.killed:
        return "the engine was killed; resume it first"
    if control.halts:
        return "trading is halted: " + "; ".join(f"{h.name} ({h.reason})" for h in control.halts)
    if event_id in control.suspended:
        return f"the pair {event_id} is suspended after a payout breach"
    return ""


def snapshot(ledger: Ledger, control: Control) -> str:
    """Accounts, receivables and control as canonical JSON. Locks are not in it: open trades imply them."""
    return canonical(
        {
            "accounts": {
                venue: {
                    "deposits_micros": a.deposits_micros,
                    "held_micros": a.held_micros,
                    "spent_micros": a.spent_micros,
                    "receivable_micros": a.receivable_micros,
                    "net_in_micros": a.net_in_micros,
                }
                for venue, a in sorted(ledger.accounts.items())
            },
            "receivables": [
                [r.trade_id, r.leg, r.venue, r.market, r.amount_micros] for r in ledger.receivables
            ],
            "control": {
                "run": control.run,
                "nonce": control.nonce,
                "next_trade": control.next_trade,
                "killed": control.killed,
                "halts": [[h.name, h.reason, h.trade_id] for h in control.halts],
                "suspended": list(control.suspended),
                "day": control.day,
                "day_result_micros": control.day_result_micros,
                "consecutive_exits": control.consecutive_exits,
            },
        }
    )


def restored(plain: dict[str, Any], ledger: Ledger) -> tuple[Ledger, Control]:
    """The ledger (accounts and receivables) and the control that ``snapshot`` saved."""
    accounts = {venue: Account(**values) for venue, values in plain["accounts"].items()}
    receivables = tuple(Receivable(*row) for row in plain["receivables"])
    saved = dict(plain["control"])
    saved["halts"] = tuple(Halt(*row) for row in saved["halts"])
    saved["suspended"] = tuple(saved["suspended"])
    return evolve(ledger, accounts=accounts, receivables=receivables), Control(**saved)
