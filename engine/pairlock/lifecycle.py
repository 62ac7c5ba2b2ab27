"""THE TABLE. Everything that may change the state of a trade or of an order stands in this file, as data.

A cell is a state and an event. Every cell is decided: either one row moves it, or one refusal names why not.
There are no guards, wildcards or callbacks, and no other file names a target state: ``classify`` names an event,
``machine.advance`` looks the move up here. Documents, diagrams, the explorer and the exports are generated from
these rows. ``table_check.validate`` is run when an engine opens and in ``make check``.

Words: *net* of a leg = bought - sold - complements bought on the same venue. *Paired* = both nets equal and > 0.
*FINAL* = the order can fill no more and every fill of it is final.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class S(StrEnum):
    """The ten states of a trade."""

    DETECTED = "DETECTED"
    GATED = "GATED"
    LOCKED = "LOCKED"
    EXECUTING = "EXECUTING"
    PAIRED = "PAIRED"
    HEDGING = "HEDGING"
    STUCK = "STUCK"
    SETTLED = "SETTLED"
    ROLLED_BACK = "ROLLED_BACK"
    HEDGED = "HEDGED"


class E(StrEnum):
    """The twenty-two events of a trade."""

    GATES_PASSED = "GATES_PASSED"
    GATE_REFUSED = "GATE_REFUSED"
    LOCKS_DURABLE = "LOCKS_DURABLE"
    LOCK_REFUSED = "LOCK_REFUSED"
    ENTRY_DURABLE = "ENTRY_DURABLE"
    ABORTED = "ABORTED"
    KILLED = "KILLED"
    FIRST_FILLED = "FIRST_FILLED"
    LEG_MOVED = "LEG_MOVED"
    EQUAL = "EQUAL"
    EQUAL_FINAL = "EQUAL_FINAL"
    UNEQUAL = "UNEQUAL"
    DEADLINE = "DEADLINE"
    NONE_FINAL = "NONE_FINAL"
    EXIT_DURABLE = "EXIT_DURABLE"
    FLAT_FINAL = "FLAT_FINAL"
    EXHAUSTED = "EXHAUSTED"
    OVERDUE = "OVERDUE"
    RETURNED = "RETURNED"
    RESOLVED = "RESOLVED"
    PAID = "PAID"
    LATE_FACT = "LATE_FACT"


class OS(StrEnum):
    """The five states of an order."""

    IDLE = "IDLE"
    SENT = "SENT"
    OPEN = "OPEN"
    MATCHED = "MATCHED"
    FINAL = "FINAL"


class OE(StrEnum):
    """The eleven events of an order."""

    INTENT_DURABLE = "INTENT_DURABLE"
    WITHDRAWN = "WITHDRAWN"
    NOT_SENT = "NOT_SENT"
    ABSENT_PROVEN = "ABSENT_PROVEN"
    NOT_FOUND = "NOT_FOUND"
    LIVE = "LIVE"
    PARTIAL = "PARTIAL"
    CANCEL_ACKED = "CANCEL_ACKED"
    CLOSED_PENDING = "CLOSED_PENDING"
    CLOSED_FINAL = "CLOSED_FINAL"
    FILLS_FINAL = "FILLS_FINAL"


class R(StrEnum):
    """Why a cell refuses its event."""

    NOTHING_SENT_YET = "NOTHING_SENT_YET"
    PHASE_PAST = "PHASE_PAST"
    NO_EXIT_YET = "NO_EXIT_YET"
    STILL_UNKNOWN = "STILL_UNKNOWN"
    NOT_STUCK = "NOT_STUCK"
    NOT_PAIRED = "NOT_PAIRED"
    NOT_CLOSED = "NOT_CLOSED"
    CLOSED_ABSORBS = "CLOSED_ABSORBS"
    LATE_FACT_OPENS_REPAIR = "LATE_FACT_OPENS_REPAIR"
    UNKNOWN_IS_NOT_ZERO = "UNKNOWN_IS_NOT_ZERO"
    FINAL_ABSORBS = "FINAL_ABSORBS"


@frozen
class Row:
    """One move of a trade."""

    state: S
    event: E
    to: S
    why: str


@frozen
class OrderRow:
    """One move of an order."""

    state: OS
    event: OE
    to: OS
    why: str


@frozen
class Refusal:
    """The events that the listed states refuse for one reason."""

    states: tuple[S, ...]
    events: tuple[E, ...]
    reason: R
    why: str


@frozen
class OrderRefusal:
    """The events that the listed order states refuse for one reason."""

    states: tuple[OS, ...]
    events: tuple[OE, ...]
    reason: R
    why: str


MEANING: dict[S, str] = {
    S.DETECTED: "an opportunity is recorded; nothing is checked",
    S.GATED: "every gate passed at a size; nothing is reserved",
    S.LOCKED: "both reservations are durable; the market is verified again under them before anything is sent",
    S.EXECUTING: "every intent of the plan's current step is durable; orders may be on the wire",
    S.PAIRED: "no order can fill more, matched nets are equal and > 0; finality and payout are pending",
    S.HEDGING: "nets differ, or an order is unknown past its deadline: the emergency exit runs or waits",
    S.STUCK: "budget or routes exhausted, or finality overdue: the alert is durable, new trades are halted",
    S.SETTLED: "fills are final and payouts were read: as promised, or with a named verdict",
    S.ROLLED_BACK: "nothing ever filled finally; everything is released",
    S.HEDGED: "something filled and both nets are zero by exits, or the venue resolved what was left (booked)",
}
ORDER_MEANING: dict[OS, str] = {
    OS.IDLE: "planned; its intent is not durable and it was never released",
    OS.SENT: "its intent is durable; a byte may be out, and the venue has not named it",
    OS.OPEN: "the venue named it; it may still fill",
    OS.MATCHED: "it can fill no more; a fill of it is not final",
    OS.FINAL: "it can fill no more and every fill of it is final",
}
INITIAL = S.DETECTED
INITIAL_REPAIR = S.HEDGING
CLOSED = (S.SETTLED, S.ROLLED_BACK, S.HEDGED)
ORDER_INITIAL = OS.IDLE
ORDER_CLOSED = (OS.FINAL,)

# fmt: off
ROWS: tuple[Row, ...] = (
    # DETECTED: an opportunity is recorded; nothing is checked.
    Row(S.DETECTED, E.GATES_PASSED, S.GATED, "every gate passed at a size"),
    Row(S.DETECTED, E.GATE_REFUSED, S.ROLLED_BACK, "a gate said no; nothing was reserved or sent"),
    Row(S.DETECTED, E.ABORTED, S.ROLLED_BACK, "a breaker, stop or restart came first"),
    Row(S.DETECTED, E.KILLED, S.ROLLED_BACK, "killed before anything was reserved"),
    # GATED: every gate passed; nothing is reserved.
    Row(S.GATED, E.LOCKS_DURABLE, S.LOCKED, "both reservations are durable in one transaction"),
    Row(S.GATED, E.LOCK_REFUSED, S.ROLLED_BACK, "an account or a market lock said no; neither side is held"),
    Row(S.GATED, E.ABORTED, S.ROLLED_BACK, "a breaker, stop or restart came first"),
    Row(S.GATED, E.KILLED, S.ROLLED_BACK, "killed before anything was reserved"),
    # LOCKED: both reservations are durable; the market is verified again under them.
    Row(S.LOCKED, E.ENTRY_DURABLE, S.EXECUTING, "the market still holds and every intent of the step is durable"),
    Row(S.LOCKED, E.ABORTED, S.ROLLED_BACK, "the market moved, data went stale, or a breaker, stop or restart came"),
    Row(S.LOCKED, E.KILLED, S.ROLLED_BACK, "killed before any intent"),
    # EXECUTING: orders may be on the wire.
    Row(S.EXECUTING, E.LEG_MOVED, S.EXECUTING, "something was learnt; an order may still fill"),
    Row(S.EXECUTING, E.FIRST_FILLED, S.EXECUTING, "the riskier leg filled: the next leg is released at that size"),
    Row(S.EXECUTING, E.KILLED, S.EXECUTING, "killed: the step on the wire is completed, no new one begins"),
    Row(S.EXECUTING, E.EQUAL, S.PAIRED, "no order can fill more and matched nets are equal and > 0"),
    Row(S.EXECUTING, E.EQUAL_FINAL, S.PAIRED, "every order is FINAL and nets are equal and > 0"),
    Row(S.EXECUTING, E.UNEQUAL, S.HEDGING, "no order can fill more and nets differ or are negative"),
    Row(S.EXECUTING, E.DEADLINE, S.HEDGING, "the deadline passed while an order may still fill"),
    Row(S.EXECUTING, E.NONE_FINAL, S.ROLLED_BACK, "every order is FINAL and nothing ever filled finally"),
    Row(S.EXECUTING, E.RESOLVED, S.HEDGED, "the market resolved what the entries left unequal; booked"),
    # PAIRED: nets equal and > 0; finality and payout are pending.
    Row(S.PAIRED, E.EQUAL, S.PAIRED, "something was learnt; nets are still equal and > 0"),
    Row(S.PAIRED, E.EQUAL_FINAL, S.PAIRED, "every order is FINAL: the exit cash is released"),
    Row(S.PAIRED, E.KILLED, S.PAIRED, "killed: a pair is held to its payout"),
    Row(S.PAIRED, E.UNEQUAL, S.HEDGING, "a match failed or grew: nets differ or are negative"),
    Row(S.PAIRED, E.OVERDUE, S.STUCK, "a match is not final for longer than the alarm allows"),
    Row(S.PAIRED, E.PAID, S.SETTLED, "both legs are FINAL and both payouts were read"),
    Row(S.PAIRED, E.RESOLVED, S.HEDGED, "the last match failed after the market resolved; booked"),
    # HEDGING: nets differ, or an order is unknown past its deadline.
    Row(S.HEDGING, E.LEG_MOVED, S.HEDGING, "something was learnt; an order is unknown or not final"),
    Row(S.HEDGING, E.UNEQUAL, S.HEDGING, "no order can fill more and nets differ or are negative: an exit is due"),
    Row(S.HEDGING, E.EXIT_DURABLE, S.HEDGING, "the next exit's intent is durable"),
    Row(S.HEDGING, E.KILLED, S.HEDGING, "killed: exits go on"),
    Row(S.HEDGING, E.EQUAL, S.PAIRED, "no order can fill more and matched nets are equal and > 0"),
    Row(S.HEDGING, E.EQUAL_FINAL, S.PAIRED, "every order is FINAL and nets are equal and > 0"),
    Row(S.HEDGING, E.NONE_FINAL, S.ROLLED_BACK, "the unknown proved zero: nothing ever filled finally"),
    Row(S.HEDGING, E.FLAT_FINAL, S.HEDGED, "every order is FINAL, something filled, both nets are zero"),
    Row(S.HEDGING, E.EXHAUSTED, S.STUCK, "the budget or every route is exhausted"),
    Row(S.HEDGING, E.OVERDUE, S.STUCK, "an order is not final for longer than the alarm allows"),
    Row(S.HEDGING, E.RESOLVED, S.HEDGED, "the market resolved what was left; booked"),
    # STUCK: the alert is durable and new trades are halted.
    Row(S.STUCK, E.LEG_MOVED, S.STUCK, "something was learnt; still stuck"),
    Row(S.STUCK, E.UNEQUAL, S.STUCK, "no order can fill more and nets differ or are negative; still no way out"),
    Row(S.STUCK, E.KILLED, S.STUCK, "killed: what is stuck stays watched"),
    Row(S.STUCK, E.RETURNED, S.HEDGING, "a grant, an opened route, or the overdue match became final"),
    Row(S.STUCK, E.EQUAL, S.PAIRED, "no order can fill more, none is overdue, matched nets are equal and > 0"),
    Row(S.STUCK, E.EQUAL_FINAL, S.PAIRED, "every order is FINAL and nets are equal and > 0"),
    Row(S.STUCK, E.NONE_FINAL, S.ROLLED_BACK, "the unknown proved zero: nothing ever filled finally"),
    Row(S.STUCK, E.FLAT_FINAL, S.HEDGED, "every order is FINAL, something filled, both nets are zero"),
    Row(S.STUCK, E.RESOLVED, S.HEDGED, "the market resolved what was left; booked"),
)

REFUSALS: tuple[Refusal, ...] = (
    Refusal((S.DETECTED, S.GATED, S.LOCKED),
            (E.FIRST_FILLED, E.LEG_MOVED, E.EQUAL, E.EQUAL_FINAL, E.UNEQUAL, E.DEADLINE, E.NONE_FINAL, E.FLAT_FINAL,
             E.RESOLVED, E.OVERDUE, E.PAID),
            R.NOTHING_SENT_YET, "no order of the trade exists, so none can have moved"),
    Refusal((S.DETECTED,), (E.LOCKS_DURABLE, E.LOCK_REFUSED, E.ENTRY_DURABLE),
            R.NOTHING_SENT_YET, "gates come before reservations, and reservations before intents"),
    Refusal((S.GATED,), (E.ENTRY_DURABLE,),
            R.NOTHING_SENT_YET, "both reservations come before any intent"),
    Refusal((S.GATED,), (E.GATES_PASSED, E.GATE_REFUSED),
            R.PHASE_PAST, "the gates were judged once"),
    Refusal((S.LOCKED,), (E.GATES_PASSED, E.GATE_REFUSED, E.LOCKS_DURABLE, E.LOCK_REFUSED),
            R.PHASE_PAST, "the gates and the reservations were judged once"),
    Refusal((S.EXECUTING, S.PAIRED, S.HEDGING, S.STUCK),
            (E.GATES_PASSED, E.GATE_REFUSED, E.LOCKS_DURABLE, E.LOCK_REFUSED, E.ENTRY_DURABLE),
            R.PHASE_PAST, "an entry is judged, reserved and released once"),
    Refusal((S.EXECUTING, S.PAIRED, S.HEDGING, S.STUCK), (E.ABORTED,),
            R.PHASE_PAST, "what may be at a venue cannot be aborted, only exited"),
    Refusal((S.PAIRED, S.HEDGING, S.STUCK), (E.FIRST_FILLED, E.DEADLINE),
            R.PHASE_PAST, "no further leg is released after EXECUTING"),
    Refusal((S.DETECTED, S.GATED, S.LOCKED, S.EXECUTING), (E.EXIT_DURABLE, E.EXHAUSTED),
            R.NO_EXIT_YET, "exits begin in HEDGING"),
    Refusal((S.PAIRED,), (E.EXIT_DURABLE, E.EXHAUSTED),
            R.NO_EXIT_YET, "a pair needs no exit"),
    Refusal((S.STUCK,), (E.EXIT_DURABLE, E.EXHAUSTED),
            R.NO_EXIT_YET, "exits go on only after RETURNED"),
    Refusal((S.EXECUTING,), (E.FLAT_FINAL,),
            R.NO_EXIT_YET, "what filled can be flat again only by exits"),
    Refusal((S.EXECUTING,), (E.OVERDUE,),
            R.STILL_UNKNOWN, "the deadline comes first"),
    Refusal((S.PAIRED,), (E.LEG_MOVED,),
            R.STILL_UNKNOWN, "what is learnt of a pair is EQUAL, EQUAL_FINAL or UNEQUAL"),
    Refusal((S.PAIRED,), (E.NONE_FINAL, E.FLAT_FINAL),
            R.STILL_UNKNOWN, "one order changes at a time: a pair becomes UNEQUAL before it can be zero"),
    Refusal((S.DETECTED, S.GATED, S.LOCKED, S.EXECUTING, S.PAIRED, S.HEDGING), (E.RETURNED,),
            R.NOT_STUCK, "only what is STUCK returns"),
    Refusal((S.STUCK,), (E.OVERDUE,),
            R.STILL_UNKNOWN, "overdue was already said; a second alarm adds nothing"),
    Refusal((S.EXECUTING, S.HEDGING, S.STUCK), (E.PAID,),
            R.NOT_PAIRED, "only equal final nets wait for a payout"),
    Refusal((S.DETECTED, S.GATED, S.LOCKED, S.EXECUTING, S.PAIRED, S.HEDGING, S.STUCK), (E.LATE_FACT,),
            R.NOT_CLOSED, "not closed: a fact against a FINAL order is answered by a linked repair; nothing is edited"),
    Refusal((S.SETTLED, S.ROLLED_BACK, S.HEDGED), (E.LATE_FACT,),
            R.LATE_FACT_OPENS_REPAIR, "closed is closed: a late fact opens a linked repair"),
    Refusal((S.SETTLED, S.ROLLED_BACK, S.HEDGED),
            (E.GATES_PASSED, E.GATE_REFUSED, E.LOCKS_DURABLE, E.LOCK_REFUSED, E.ENTRY_DURABLE, E.ABORTED, E.KILLED,
             E.FIRST_FILLED, E.LEG_MOVED, E.EQUAL, E.EQUAL_FINAL, E.UNEQUAL, E.DEADLINE, E.NONE_FINAL, E.EXIT_DURABLE,
             E.FLAT_FINAL, E.EXHAUSTED, E.OVERDUE, E.RETURNED, E.RESOLVED, E.PAID),
            R.CLOSED_ABSORBS, "closed is closed"),
)

ORDER_ROWS: tuple[OrderRow, ...] = (
    OrderRow(OS.IDLE, OE.INTENT_DURABLE, OS.SENT, "the intent is durable: from here a byte may be out"),
    OrderRow(OS.IDLE, OE.WITHDRAWN, OS.FINAL, "never released: FINAL(0)"),
    OrderRow(OS.SENT, OE.NOT_SENT, OS.FINAL, "it is proved that no byte was written: FINAL(0)"),
    OrderRow(OS.SENT, OE.ABSENT_PROVEN, OS.FINAL, "in neither orders nor fills after the bounds of F: FINAL(0)"),
    OrderRow(OS.SENT, OE.NOT_FOUND, OS.SENT, "not found is not zero: it may still arrive"),
    OrderRow(OS.SENT, OE.LIVE, OS.OPEN, "the venue knows it; it may fill"),
    OrderRow(OS.SENT, OE.CANCEL_ACKED, OS.OPEN, "the venue knows it; fills may still appear"),
    OrderRow(OS.SENT, OE.CLOSED_PENDING, OS.MATCHED, "it can fill no more; a fill is not final"),
    OrderRow(OS.SENT, OE.CLOSED_FINAL, OS.FINAL, "it can fill no more and every fill is final"),
    OrderRow(OS.OPEN, OE.PARTIAL, OS.OPEN, "still live; what filled is counted"),
    OrderRow(OS.OPEN, OE.NOT_FOUND, OS.OPEN, "not found is not zero: it was there"),
    OrderRow(OS.OPEN, OE.CANCEL_ACKED, OS.OPEN, "an acknowledged cancel does not end fills"),
    OrderRow(OS.OPEN, OE.CLOSED_PENDING, OS.MATCHED, "it can fill no more; a fill is not final"),
    OrderRow(OS.OPEN, OE.CLOSED_FINAL, OS.FINAL, "it can fill no more and every fill is final"),
    OrderRow(OS.MATCHED, OE.FILLS_FINAL, OS.FINAL, "the last pending fill became final"),
)

ORDER_REFUSALS: tuple[OrderRefusal, ...] = (
    OrderRefusal((OS.IDLE,),
                 (OE.NOT_SENT, OE.ABSENT_PROVEN, OE.NOT_FOUND, OE.LIVE, OE.PARTIAL, OE.CANCEL_ACKED, OE.CLOSED_PENDING,
                  OE.CLOSED_FINAL, OE.FILLS_FINAL),
                 R.NOTHING_SENT_YET, "it was never released, so no venue can speak of it"),
    OrderRefusal((OS.SENT, OS.OPEN, OS.MATCHED), (OE.INTENT_DURABLE,),
                 R.PHASE_PAST, "an intent is released once"),
    OrderRefusal((OS.SENT, OS.OPEN, OS.MATCHED), (OE.WITHDRAWN,),
                 R.UNKNOWN_IS_NOT_ZERO, "what may be at a venue cannot be withdrawn"),
    OrderRefusal((OS.SENT,), (OE.PARTIAL,),
                 R.UNKNOWN_IS_NOT_ZERO, "the first word of a live order is LIVE, whatever it filled"),
    OrderRefusal((OS.SENT, OS.OPEN), (OE.FILLS_FINAL,),
                 R.UNKNOWN_IS_NOT_ZERO, "final fills do not end an order that may still fill"),
    OrderRefusal((OS.OPEN, OS.MATCHED), (OE.NOT_SENT, OE.ABSENT_PROVEN),
                 R.UNKNOWN_IS_NOT_ZERO, "the venue named it: it is not absent"),
    OrderRefusal((OS.OPEN,), (OE.LIVE,),
                 R.PHASE_PAST, "it was live already; news of it is PARTIAL"),
    OrderRefusal((OS.MATCHED,), (OE.NOT_FOUND,),
                 R.UNKNOWN_IS_NOT_ZERO, "a match that a read does not show is still a match"),
    OrderRefusal((OS.MATCHED,), (OE.LIVE, OE.PARTIAL, OE.CANCEL_ACKED, OE.CLOSED_PENDING, OE.CLOSED_FINAL),
                 R.PHASE_PAST, "it was closed already; what is awaited is FILLS_FINAL"),
    OrderRefusal((OS.FINAL,),
                 (OE.INTENT_DURABLE, OE.WITHDRAWN, OE.NOT_SENT, OE.ABSENT_PROVEN, OE.NOT_FOUND, OE.LIVE, OE.PARTIAL,
                  OE.CANCEL_ACKED, OE.CLOSED_PENDING, OE.CLOSED_FINAL, OE.FILLS_FINAL),
                 R.FINAL_ABSORBS, "final is final: a later fact opens a repair"),
)
# fmt: on
