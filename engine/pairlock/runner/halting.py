"""Which steps halt new trades: STUCK, an over-fill, a broken payout, a deficit, a daily loss, too many exits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pairlock.lifecycle import CLOSED, S
from pairlock.model import StuckCause, Trade, Verdict
from pairlock.runner.daybook import after_close

if TYPE_CHECKING:
    from pairlock.runner.engine import Engine


def halt_if_due(engine: Engine, before: Trade, after: Trade) -> None:
    """Judge one durable step; halts are durable themselves. Dust alone alerts without halting."""
    ident = after.trade_id
    stuck = after.state is S.STUCK and before.state is not S.STUCK
    if stuck and after.stuck_cause is not StuckCause.DUST:
        engine.halt(f"stuck:{ident}", f"trade {ident} is STUCK: {after.stuck_cause}", ident)
    if after.excess and not before.excess:
        engine.halt("overfill", f"a venue filled more than trade {ident} ordered")
    for venue, missing in engine.recorder.ledger.deficits().items():
        engine.halt("deficit", f"{venue} is short of {missing} micro-dollars (declared deficit)")
    if after.state not in CLOSED or before.state in CLOSED:
        return
    if after.verdict is Verdict.PAYOUT_BREACH:
        engine.recorder.suspend(after.opportunity.event_id)
        engine.halt("payout_breach", f"trade {ident} was paid otherwise than promised")
    # By the engine's own clock: a wall clock that jumps over midnight and back would forgive the day's loss.
    control, reasons = after_close(
        engine.recorder.control, after, engine.clock.now_ms(), engine.limits.breakers
    )
    engine.recorder.control = control
    for name, reason in reasons:
        engine.halt(name, reason)
