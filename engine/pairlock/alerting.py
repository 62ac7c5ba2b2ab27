"""Which alerts a step raises. They are journalled with the step, so that a crash never loses one."""

from __future__ import annotations

from pairlock.commands import AlertKind, RaiseAlert
from pairlock.lifecycle import CLOSED, OS, E, S
from pairlock.model import Order, Trade, Verdict
from pairlock.positions import EXITS, filled_e6, nets_e6
from pairlock.units import size_to_fill_e6
from pairlock.verdict import fee_shortfall

_QUIET = (Verdict.NONE, Verdict.KEPT, Verdict.COMPLETED_LATE, Verdict.FLAT, Verdict.NOTHING, Verdict.CARRIED)


def _fell_short(order: Order) -> bool:
    return (
        order.role in EXITS and order.state is OS.FINAL and filled_e6(order) < size_to_fill_e6(order.size_e2)
    )


def alerts_of(before: Trade, after: Trade, events: tuple[E, ...]) -> tuple[RaiseAlert, ...]:
    """Alerts for entering HEDGING or STUCK, for each failed exit, for a broken promise, for an over-fill."""
    alerts: list[RaiseAlert] = []
    nets = "nets " + " / ".join(str(net) for net in nets_e6(after)) + " e6"
    entered_hedging = before.state is not S.HEDGING and bool(
        {E.UNEQUAL, E.DEADLINE, E.RETURNED} & set(events)
    )
    if entered_hedging and before.state is not S.STUCK:
        alerts.append(RaiseAlert(AlertKind.EMERGENCY_EXIT, f"{events[0]}: {nets}"))
    if before.state is not S.STUCK and after.state is S.STUCK:
        alerts.append(RaiseAlert(AlertKind.STUCK, f"{after.stuck_cause}: {nets}"))
    was_short = {o.intent_id for o in before.orders if _fell_short(o)}
    alerts.extend(
        RaiseAlert(AlertKind.EXIT_FAILED, f"{order.intent_id} ({order.role}): {nets}")
        for order in after.orders
        if _fell_short(order) and order.intent_id not in was_short
    )
    if after.excess and not before.excess:
        alerts.append(RaiseAlert(AlertKind.OVERFILL, nets))
    if after.verdict not in _QUIET and before.verdict is Verdict.NONE:
        alerts.append(RaiseAlert(AlertKind.VERDICT, str(after.verdict)))
    closed = after.state in CLOSED and before.state not in CLOSED
    if closed and after.verdict is not Verdict.FEE_SHORTFALL and fee_shortfall(after):
        alerts.append(RaiseAlert(AlertKind.VERDICT, f"{Verdict.FEE_SHORTFALL} beside {after.verdict}"))
    return tuple(alerts)
