"""Claims about what a step may never take back: the bounds of fault model F, a kill, a close; and whose a grant is.

The world's time is *early* or *late* and nothing between, so a bound that is too short but not past would do no harm in
it. That every bound is as long as the terms say is therefore judged of the values themselves. Times in ms.
"""

from __future__ import annotations

from pairlock.absorb import absorb
from pairlock.errors import EngineBug
from pairlock.facts import (
    Aborted,
    DeadlinePassed,
    Fact,
    FinalityOverdue,
    Granted,
    Killed,
    LegResolved,
    OrderReport,
    Reported,
    Restarted,
)
from pairlock.lifecycle import CLOSED, OS
from pairlock.model import Payout, Role, Trade
from pairlock.step import step
from pairlock_specs.answers import LATE_MS, RESTART_MS, now_ms
from pairlock_specs.claim import Sending, Stepped, Told, Wrong

_MAY_FILL = (OS.SENT, OS.OPEN)


def bounds_begin(sending: Sending) -> Wrong:
    """Claim 10: a new order's request is dead no sooner than the bound after its last possible send."""
    terms = sending.after.terms
    now = now_ms(sending.truth.crashed)
    for venue in sending.orders:
        order = sending.after.order(venue.intent_id)
        if order is None or terms is None:
            continue
        if order.deadline_ms <= now or order.dead_at_ms < order.deadline_ms + terms.request_death_ms:
            sent = f"sent at {now} ms, with the deadline {order.deadline_ms} ms"
            return f"{venue.name}, {sent}, is taken to be dead at {order.dead_at_ms} ms"
    return None


def bounds_begin_anew(seen: Stepped) -> Wrong:
    """Claim 10: after a restart every order that may still fill has its whole bounds before it again."""
    fact, trade = seen.fact, seen.step.trade
    if not isinstance(fact, Restarted) or trade.terms is None or not seen.links:
        return None
    least = fact.at_ms + trade.terms.request_death_ms
    for order in trade.orders:
        if order.state in _MAY_FILL and (order.dead_at_ms < least or order.terminal_at_ms >= 0):
            return f"after a restart at {fact.at_ms} ms {order.intent_id} keeps a bound from before it"
    return None


def bounds_kept(told: Told) -> Wrong:
    """Claim 10: no word of a venue shortens a bound; the wait for late fills begins with the first terminal word."""
    before, after, fact = told.before, told.after, told.fact
    if after.state not in _MAY_FILL:
        return None
    if after.dead_at_ms < before.dead_at_ms:
        return f"{before.intent_id} was dead at {before.dead_at_ms} ms and is now at {after.dead_at_ms} ms"
    if isinstance(fact, OrderReport) and fact.reported is Reported.TERMINAL and before.terminal_at_ms < 0:
        heard = max(fact.at_ms, fact.asked_at_ms)
        if after.terminal_at_ms < heard:
            return (
                f"{before.intent_id} was called over at {heard} ms; that is kept as {after.terminal_at_ms} ms"
            )
    return None


def kill_remembered(seen: Stepped) -> Wrong:
    """Claim 21: a kill is never forgotten."""
    killed = seen.before.killed or isinstance(seen.fact, Killed)
    if killed and not seen.step.trade.killed:
        return f"the trade was killed, and after {type(seen.fact).__name__} it is not"
    return None


def kill_outlives_restart(trade: Trade) -> Wrong:
    """Claim 21: nor by a restart, though the scope may not hold one after a kill."""
    if not trade.killed or trade.state in CLOSED:
        return None
    return None if absorb(trade, Restarted(RESTART_MS)).killed else "a restart would forget the kill"


def killed_enters_nothing(sending: Sending) -> Wrong:
    """Claim 21, by the truth: whatever the engine remembers of the kill."""
    entries = [order.name for order in sending.orders if order.role is Role.ENTRY]
    return f"{entries[0]} was sent after the kill" if sending.truth.killed and entries else None


def grants_are_given(seen: Stepped) -> Wrong:
    """Claim 19b: attempts are granted by an operator alone."""
    given = seen.fact.attempts if isinstance(seen.fact, Granted) else 0
    taken = seen.step.trade.attempts_granted - seen.before.attempts_granted
    return f"{taken} attempts were granted, and an operator gave {given}" if taken not in (0, given) else None


def closed_stays(trade: Trade) -> Wrong:
    """Claim 6: nothing but a fact about its orders says anything to a closed trade."""
    if trade.state not in CLOSED:
        return None
    facts: list[Fact] = [
        Killed(LATE_MS),
        Restarted(LATE_MS),
        DeadlinePassed(LATE_MS),
        Aborted(LATE_MS, "late"),
        Granted(LATE_MS, 1, (1, 1), 1, "operator", 9_999, 1),
        *(LegResolved(LATE_MS, leg, Payout(5_000, "void")) for leg in (0, 1)),
        *(FinalityOverdue(LATE_MS, order.intent_id) for order in trade.orders),
    ]
    for fact in facts:
        try:
            done = step(trade, fact)
        except EngineBug as error:
            return f"a closed trade took {type(fact).__name__}: {error}"
        if done is not None:
            return f"a closed trade was changed by {type(fact).__name__}"
    return None
