"""decide: what should be going on for a trade as it now stands. Pure; no state is named as a target here.

``Send`` is given only for intents that became durable in this very step: after a restart an unsent order is never
sent. Everything else is standing.
"""

from __future__ import annotations

from pairlock.commands import (
    CancelOrder,
    Command,
    FollowOrder,
    JudgeGates,
    ReadExitBooks,
    ReserveBoth,
    Send,
    VerifyEntry,
    WakeAt,
    WatchOverdue,
    WatchResolution,
)
from pairlock.exits import exits_due
from pairlock.lifecycle import OS, S
from pairlock.model import StuckCause, Trade
from pairlock.positions import MAY_FILL

_PREPARING: dict[S, Command] = {S.DETECTED: JudgeGates(), S.GATED: ReserveBoth(), S.LOCKED: VerifyEntry()}


def _watched(trade: Trade) -> list[Command]:
    """Orders that are not final are followed to the end, whatever the state."""
    commands: list[Command] = []
    for order in trade.orders:
        if order.state in (OS.IDLE, OS.FINAL):
            continue
        commands.append(FollowOrder(order.intent_id))
        if trade.state is not S.EXECUTING and not order.overdue:
            commands.append(WatchOverdue(order.intent_id))
        # Until it can fill no more: a venue may acknowledge a cancel that has no effect.
        if trade.state in (S.HEDGING, S.STUCK) and order.state in MAY_FILL:
            commands.append(CancelOrder(order.intent_id))
    return commands


def decide(trade: Trade) -> tuple[Command, ...]:
    """Every command that follows from the trade's value, in a fixed order."""
    preparing = _PREPARING.get(trade.state)
    if preparing is not None:
        return (preparing,)
    if trade.terms is None or trade.state not in (S.EXECUTING, S.PAIRED, S.HEDGING, S.STUCK):
        return ()
    commands: list[Command] = [Send(ident) for ident in trade.fresh]
    if trade.state is S.EXECUTING:
        commands.append(WakeAt(trade.executing_ms + trade.terms.execution_deadline_ms))
    commands.extend(_watched(trade))
    if exits_due(trade) and trade.stuck_cause is not StuckCause.BUDGET:
        commands.append(ReadExitBooks(slow=trade.state is S.STUCK))
    commands.extend(WatchResolution(leg) for leg in (0, 1) if trade.payouts[leg] is None)
    return tuple(commands)
