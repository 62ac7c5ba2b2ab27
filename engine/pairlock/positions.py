"""What a trade holds, computed from its orders alone. Quantities in 1/1,000,000 contract, money in micro-dollars.

net of a leg = bought - sold - complements bought on the same venue. A fill that failed counts for nothing; a total
that the venue claimed beyond the fills seen counts as filled at the limit price: unknown is not zero.
"""

from __future__ import annotations

from pairlock.lifecycle import OS
from pairlock.model import FillStatus, Order, Role, Trade
from pairlock.units import cost_up_micros, size_to_fill_e6

_ADDS = (Role.ENTRY, Role.COMPLETE, Role.ADOPTED_IN)
EXITS = (Role.COMPLETE, Role.SELL, Role.COMPLEMENT)
MAY_FILL = (OS.SENT, OS.OPEN)


def seen_e6(order: Order) -> int:
    """Every fill ever seen, failed ones included."""
    return sum(fill.qty_e6 for fill in order.fills)


def unseen_e6(order: Order) -> int:
    """Claimed by the venue beyond the fills seen."""
    return max(0, order.matched_e6 - seen_e6(order))


def filled_e6(order: Order) -> int:
    """Matched and not failed, whether seen or only claimed."""
    return sum(f.qty_e6 for f in order.fills if f.status is not FillStatus.FAILED) + unseen_e6(order)


def final_e6(order: Order) -> int:
    """Filled finally."""
    return sum(f.qty_e6 for f in order.fills if f.status is FillStatus.FINAL)


def paid_micros(order: Order) -> int:
    """For a buy: cost + fees of all that filled; for a sale: proceeds - fees (never more than seen)."""
    live = [f for f in order.fills if f.status is not FillStatus.FAILED]
    if order.buys:
        return sum(f.cost_micros + f.fee_micros for f in live) + cost_up_micros(
            order.limit_e4, unseen_e6(order)
        )
    return sum(f.cost_micros - f.fee_micros for f in live)


def received_micros(order: Order) -> int:
    """For a sale: proceeds - fees of final fills only: a venue may pay a sale no sooner than it is final."""
    return sum(f.cost_micros - f.fee_micros for f in order.fills if f.status is FillStatus.FINAL)


def still_possible_e6(order: Order) -> int:
    """How much more the order may fill (0 once it can fill no more)."""
    if order.state not in MAY_FILL:
        return 0
    return max(0, size_to_fill_e6(order.size_e2) - filled_e6(order))


def _effect(order: Order, quantity_e6: int) -> int:
    return quantity_e6 if order.role in _ADDS else -quantity_e6


def net_e6(trade: Trade, leg: int) -> int:
    """Net of a leg on matched quantities; may be negative after a match failed."""
    return sum(_effect(o, filled_e6(o)) for o in trade.orders if o.leg == leg)


def nets_e6(trade: Trade) -> tuple[int, int]:
    return net_e6(trade, 0), net_e6(trade, 1)


def complements_e6(trade: Trade, leg: int) -> int:
    """Complements bought on the leg's venue: each makes a complete set with one of the leg's own tokens."""
    return sum(filled_e6(o) for o in trade.orders if o.leg == leg and o.role is Role.COMPLEMENT)


def no_order_can_fill(trade: Trade) -> bool:
    return all(o.state not in MAY_FILL for o in trade.orders)


def all_final(trade: Trade) -> bool:
    """Every order is FINAL; one that was never released counts as FINAL(0)."""
    return all(o.state in (OS.FINAL, OS.IDLE) for o in trade.orders)


def nothing_final(trade: Trade) -> bool:
    """No order ever filled finally."""
    return all(final_e6(o) == 0 for o in trade.orders)


def overdue(trade: Trade) -> bool:
    """An order is neither known nor final for longer than the alarm allows."""
    return any(o.overdue and o.state is not OS.FINAL for o in trade.orders)


def unequal(trade: Trade) -> bool:
    """Nets differ, or are negative."""
    a, b = nets_e6(trade)
    return a != b or a < 0


def resolved(trade: Trade) -> bool:
    """Every leg that still holds something (or owes something) was resolved and its payout read."""
    return all(net == 0 or trade.payouts[leg] is not None for leg, net in enumerate(nets_e6(trade)))


def empty_exits(trade: Trade) -> tuple[Order, ...]:
    """Exits that ended without any fill: refused, killed or never sent. They cost nothing but time."""
    return tuple(o for o in trade.orders if o.role in EXITS and o.state is OS.FINAL and not o.fills)


def exit_attempts(trade: Trade) -> int:
    """Attempts that count against the budget: those that filled, and empty ones beyond ``max_empty_exits``."""
    exits = sum(1 for o in trade.orders if o.role in EXITS)
    free = trade.terms.max_empty_exits if trade.terms else 0
    return exits - min(free, len(empty_exits(trade)))


def recent_failures(trade: Trade, role: Role, leg: int) -> int:
    """How often this route ended empty since any exit last filled."""
    failures = 0
    for order in reversed(trade.orders):
        if order.role not in EXITS:
            continue
        if order.fills:
            break
        failures += 1 if (order.role, order.leg) == (role, leg) else 0
    return failures
