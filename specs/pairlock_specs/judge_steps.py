"""Claims about one step of the engine, and about the moment in which an intent becomes durable."""

from __future__ import annotations

from pairlock.absorb import quiet
from pairlock.commands import AlertKind, Send
from pairlock.exposure import risk_reserved_micros, worst_loss_micros
from pairlock.facts import OrderReport, Reported, Restarted
from pairlock.lifecycle import CLOSED, E, S
from pairlock.model import ExitOn, Fill, FillStatus, Role, Trade, Verdict
from pairlock.step import step
from pairlock.units import size_to_fill_e6
from pairlock_specs.answers import LATE_MS
from pairlock_specs.claim import Sending, Stepped, Wrong
from pairlock_specs.labels import nets
from pairlock_specs.truth import ALIVE, final_nets_e6

_TAKES = (Role.SELL, Role.COMPLEMENT)


def alerted(seen: Stepped) -> Wrong:
    """Claims 1 and 4: the alert is part of the step's own record."""
    kinds = {alert.kind for alert in seen.step.alerts}
    states = [link.after.state for link in seen.links]
    if S.STUCK in states and seen.before.state is not S.STUCK and AlertKind.STUCK not in kinds:
        return "STUCK was entered without its alert"
    began = seen.before.state not in (S.HEDGING, S.STUCK)
    if began and S.HEDGING in states and AlertKind.EMERGENCY_EXIT not in kinds:
        return "HEDGING was entered without its alert"
    after = seen.step.trade
    odd = after.state is S.SETTLED and after.verdict not in (Verdict.KEPT, Verdict.COMPLETED_LATE)
    if odd and AlertKind.VERDICT not in kinds:
        return f"closed as {after.verdict!s} without its alert"
    return None


def excess_noticed(seen: Stepped) -> Wrong:
    """Claim 9: a fill above the order is counted when it is first known."""
    for order in seen.step.trade.orders:
        above = sum(f.qty_e6 for f in order.fills if f.status != "failed") > size_to_fill_e6(order.size_e2)
        if above and not seen.step.trade.excess:
            return f"{order.intent_id} filled above its size and it was not noticed"
    return None


def excess_alerted(seen: Stepped) -> Wrong:
    """Claim 9: a fill above the order is alerted in the step that first knows of it."""
    fresh = seen.step.trade.excess and not seen.before.excess
    if fresh and AlertKind.OVERFILL not in {alert.kind for alert in seen.step.alerts}:
        return "an over-fill was absorbed without its alert"
    return None


def closed_is_closed(seen: Stepped) -> Wrong:
    """Claims 6 and 11: within F nothing that was final is ever contradicted."""
    if seen.step.late:
        return f"{type(seen.fact).__name__} contradicts what was taken to be final"
    if seen.before.state in CLOSED:
        return f"a closed trade was changed by {type(seen.fact).__name__}"
    return None


def late_fact_refused(trade: Trade) -> Wrong:
    """Claim 6: a fill that appears after the close is refused, changes nothing and asks for nothing."""
    if trade.state not in CLOSED:
        return None
    for order in trade.orders:
        ghost = Fill(f"{order.intent_id}.late", 1_000_000, 500_000, 0, FillStatus.FINAL)
        matched = sum(fill.qty_e6 for fill in order.fills) + ghost.qty_e6
        fact = OrderReport(
            LATE_MS, order.intent_id, LATE_MS, Reported.CERTAIN, matched, (*order.fills, ghost)
        )
        told = step(trade, fact)
        if (
            told is None
            or not told.late
            or told.trade != trade
            or told.events != (E.LATE_FACT,)
            or told.commands
        ):
            return f"a late fill of {order.intent_id} was not refused"
    return None


def risk_within_reserve(trade: Trade) -> Wrong:
    """Claim 13, one trade."""
    worst, reserved = worst_loss_micros(trade), risk_reserved_micros(trade)
    return f"the worst loss is {worst} micros and {reserved} are reserved" if worst > reserved else None


def stands_again(seen: Stepped) -> Wrong:
    """Claim 18: what stands after a step is what a restart would find standing."""
    if not seen.links:  # a late fact: the trade is as it was
        return None
    if seen.standing != {command for command in seen.step.commands if not isinstance(command, Send)}:
        return "what stands after the step is not what a restart would find standing"
    return None


def recovered_twice(seen: Stepped) -> Wrong:
    """Claim 18, lightly: a second restart at the same moment teaches nothing, and no order is ever sent by one."""
    if not isinstance(seen.fact, Restarted):
        return None
    if any(isinstance(command, Send) for command in seen.step.commands):
        return "a restart sent an order"
    again = step(quiet(seen.step.trade), seen.fact) if seen.step.trade.state not in CLOSED else None
    if again is not None:
        return f"a second restart at the same moment raised {', '.join(again.events)}"
    return None


def killed_begins_nothing(seen: Stepped) -> Wrong:
    """Claim 21, first half."""
    if not seen.before.killed and not seen.step.trade.killed:
        return None
    for ident in (command.intent_id for command in seen.step.commands if isinstance(command, Send)):
        order = seen.step.trade.order(ident)
        if order is None or order.role is Role.ENTRY:
            return f"{ident} was released after the kill"
    return None


def one_order(sending: Sending) -> Wrong:
    """Claim 8."""
    known = {order.intent_id for order in sending.truth.orders}
    for order in sending.orders:
        if order.intent_id in known:
            return f"{order.intent_id} was sent a second time"
        if order.role is not Role.ENTRY:
            continue
        if any(other.role is Role.ENTRY and other.leg == order.leg for other in sending.truth.orders):
            return f"a second entry of leg {order.leg} was sent, under the id {order.intent_id}"
    return None


def nothing_unknown(sending: Sending) -> Wrong:
    """Claims 8 and 9: no order is sized while another of the trade could still be alive."""
    alive = [f"{order.name} is {order.wire.name}" for order in sending.truth.orders if order.wire in ALIVE]
    if alive:
        return f"{sending.orders[0].name} was sized while {' and '.join(alive)}"
    return None


def _nets_at_intent(sending: Sending) -> tuple[int, int]:
    """True final nets; with ``exit_on = matched`` what had matched when the intent was made, as far as was told."""
    matched = sending.after.terms is not None and sending.after.terms.exit_on is ExitOn.MATCHED
    return nets(sending.after) if matched else final_nets_e6(sending.truth)


def exit_fits(sending: Sending) -> Wrong:
    """Claim 9: an exit cannot take a net below zero, by the truth at its intent."""
    held = _nets_at_intent(sending)
    for order in sending.orders:
        if order.role in _TAKES and size_to_fill_e6(order.size_e2) > held[order.leg]:
            return f"{order.name} takes {order.size_e2} e2 from a net of {held[order.leg]} e6"
    return None


def exit_shrinks(sending: Sending) -> Wrong:
    """Claim 21, second half: filled to any extent, an exit brings the nets closer and never past each other."""
    a, b = _nets_at_intent(sending)
    for order in sending.orders:
        if order.role is Role.ENTRY:
            continue
        size = size_to_fill_e6(order.size_e2)
        own, other = (a, b) if order.leg == 0 else (b, a)
        room = own - other if order.role in _TAKES else max(other - own, -own)
        if not 0 < size <= room:
            return f"{order.name} of {size} e6 on nets {a} / {b} e6"
    return None


def attempts_bounded(sending: Sending) -> Wrong:
    """Claim 19b, the bound of all retries: counted at the venues, whatever the engine counts."""
    terms = sending.after.terms
    if terms is None:
        return None
    exits = [o.name for o in (*sending.truth.orders, *sending.orders) if o.role is not Role.ENTRY]
    most = terms.max_exit_attempts + sending.after.attempts_granted
    return f"{exits[-1]} is exit {len(exits)} of {most}" if len(exits) > most else None
