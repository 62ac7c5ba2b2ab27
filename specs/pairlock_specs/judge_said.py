"""Claims about what a step says and asks: its events by the orders alone, and the pace at which books are read.

Two moves may lead to one label, and then the label cannot show that the wrong one was taken; the journal tells it.
"""

from __future__ import annotations

from collections.abc import Callable

from pairlock.commands import ReadExitBooks
from pairlock.facts import Killed
from pairlock.lifecycle import OS, E, S
from pairlock.model import FillStatus, Role, Trade
from pairlock_specs.claim import Stepped, Wrong
from pairlock_specs.labels import nets


def _alive(trade: Trade) -> bool:
    return any(order.state in (OS.SENT, OS.OPEN) for order in trade.orders)


def _final(trade: Trade) -> bool:
    return all(order.state in (OS.FINAL, OS.IDLE) for order in trade.orders)


def _odd(trade: Trade) -> bool:
    a, b = nets(trade)
    return a != b or a < 0


def _pair(trade: Trade) -> bool:
    a, b = nets(trade)
    return a == b and a > 0


def _ever(trade: Trade) -> bool:
    return any(fill.status is FillStatus.FINAL for order in trade.orders for fill in order.fills)


def _overdue(trade: Trade) -> bool:
    return any(order.overdue and order.state is not OS.FINAL for order in trade.orders)


def _sends(trade: Trade, *roles: Role) -> bool:
    orders = [trade.order(ident) for ident in trade.fresh]
    return bool(orders) and all(order is not None and order.role in roles for order in orders)


# What must be true of the trade once the event is said of it. ``E.PAID`` and the rest are judged by their labels.
_MEANS: dict[E, Callable[[Trade], bool]] = {
    E.LEG_MOVED: lambda t: not (_odd(t) and not _alive(t)) or t.state is S.EXECUTING,
    E.UNEQUAL: lambda t: _odd(t) and not _alive(t),
    E.EQUAL: lambda t: _pair(t) and not _alive(t) and not _final(t),
    E.EQUAL_FINAL: lambda t: _pair(t) and _final(t),
    E.NONE_FINAL: lambda t: nets(t) == (0, 0) and _final(t) and not _ever(t),
    E.FLAT_FINAL: lambda t: nets(t) == (0, 0) and _final(t) and _ever(t),
    E.RESOLVED: lambda t: _odd(t) and _final(t),
    E.OVERDUE: _overdue,
    E.DEADLINE: lambda t: t.deadline_passed and _alive(t),
    E.FIRST_FILLED: lambda t: _sends(t, Role.ENTRY),
    E.ENTRY_DURABLE: lambda t: _sends(t, Role.ENTRY),
    E.EXIT_DURABLE: lambda t: _sends(t, Role.COMPLETE, Role.SELL, Role.COMPLEMENT),
    E.KILLED: lambda t: t.killed,
}


def events_exact(seen: Stepped) -> Wrong:
    """Claim 23 for events: what is recorded is what happened."""
    for link in seen.links:
        means = _MEANS.get(link.event)
        if means is not None and not means(link.after):
            return (
                f"{link.event} was said in {link.before} of nets {nets(link.after)}, which it does not mean"
            )
    first = seen.links[0].event if seen.links else None
    if isinstance(seen.fact, Killed) != (first is E.KILLED):
        return f"{type(seen.fact).__name__} was recorded as {first}"
    return None


def known_at_intent(seen: Stepped) -> Wrong:
    """Claim 8 by belief: with one contract the truth alone cannot show it, for a filled order is then a closed one."""
    trade = seen.step.trade
    unknown = [
        o.intent_id for o in trade.orders if o.state in (OS.SENT, OS.OPEN) and o.intent_id not in trade.fresh
    ]
    if trade.fresh and unknown:
        return f"{', '.join(trade.fresh)} was sized while {', '.join(unknown)} could still fill"
    return None


def pace_right(seen: Stepped) -> Wrong:
    """An emergency exit does not wait for the pace at which a stuck trade is looked after."""
    state = seen.step.trade.state
    for command in seen.standing:
        if isinstance(command, ReadExitBooks) and command.slow is not (state is S.STUCK):
            return f"in {state} books are read {'slowly' if command.slow else 'at the fast pace'}"
    return None
