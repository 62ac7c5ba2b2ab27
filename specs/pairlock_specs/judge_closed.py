"""Claims about a whole state: what its label promises against the truth at both venues. Quantities in e6."""

from __future__ import annotations

from pairlock.lifecycle import OS, S
from pairlock.model import ExitOn, FillStatus, NoExit, Role, StuckCause, Trade, Verdict
from pairlock_specs.claim import Compare, Wrong
from pairlock_specs.truth import ALIVE, Truth, final_nets_e6, nets_e6, sized_nets_e6

_VERDICTS = {
    "yes": Verdict.KEPT,
    "no": Verdict.KEPT,
    "differ": Verdict.PAYOUT_BREACH,
    "void": Verdict.VOID,
    "fifty_fifty": Verdict.FIFTY_FIFTY,
}
_EXITS = (Role.COMPLETE, Role.SELL, Role.COMPLEMENT)


def _something_final(truth: Truth) -> bool:
    return any(order.final_e6 > 0 for order in truth.orders)


def settled(trade: Trade, truth: Truth) -> Wrong:
    """Claim 1."""
    a, b = final_nets_e6(truth)
    earned = a == b and a > 0 and None not in trade.payouts
    if earned != (trade.state is S.SETTLED):
        return f"closed {trade.state} with true final nets {a} / {b} and payouts {trade.payouts}"
    due = _VERDICTS.get(truth.resolution)
    exited = any(order.role in _EXITS and order.final_e6 > 0 for order in truth.orders)
    if due is Verdict.KEPT and exited and trade.verdict is Verdict.COMPLETED_LATE:
        return None  # both payouts as promised, at a worse price than promised: its own name, and only after an exit
    if trade.state is S.SETTLED and trade.verdict is not due:
        return f"the markets resolved {truth.resolution!r} and the verdict is {trade.verdict!s}"
    return None


def rolled_back(trade: Trade, truth: Truth) -> Wrong:
    """Claim 2."""
    if _something_final(truth) == (trade.state is S.ROLLED_BACK):
        return f"closed {trade.state} with true final nets {final_nets_e6(truth)}"
    return None


def hedged(trade: Trade, truth: Truth) -> Wrong:
    """Claim 3."""
    nets = final_nets_e6(truth)
    exited = any(order.role in _EXITS and order.final_e6 > 0 for order in truth.orders)
    flat = nets == (0, 0) and exited and _something_final(truth)
    carried = nets != (0, 0) and (nets[0] != nets[1] or nets[0] < 0) and truth.resolution != ""
    if (flat or carried) != (trade.state is S.HEDGED):
        return f"closed {trade.state} with true final nets {nets}, exits filled: {exited}"
    if trade.state is S.HEDGED and trade.verdict is not (Verdict.CARRIED if carried else Verdict.FLAT):
        return f"closed HEDGED as {trade.verdict!s} with true final nets {nets}"
    return None


def stuck(trade: Trade, truth: Truth) -> Wrong:
    """Claim 4, one way: what is STUCK has a reason that is true."""
    overdue = any(order.overdue and order.state is not OS.FINAL for order in trade.orders)
    if overdue:
        return None
    a, b = nets_e6(truth)
    unknown = any(order.state is not OS.FINAL for order in trade.orders)
    if a == b and a >= 0 and not unknown:
        return f"STUCK for {trade.stuck_cause!s} with true nets {a} / {b} and nothing unknown"
    if trade.stuck_cause is StuckCause.NONE:
        return "STUCK without a cause"
    return None


def not_stuck(trade: Trade, truth: Truth) -> Wrong:
    """Claim 4, the other way: what is overdue or has no way out is STUCK."""
    if any(order.overdue and order.state is not OS.FINAL for order in trade.orders):
        return f"an order is overdue and the trade is {trade.state}"
    spent = isinstance(trade.exit, NoExit) and trade.exit.cause in (StuckCause.BUDGET, StuckCause.DUST)
    if spent:
        return f"no exit is left and the trade is {trade.state}"
    return None


def nothing_alive(trade: Trade, truth: Truth) -> Wrong:
    """Claim 5."""
    alive = [f"{order.name} is {order.wire.name}" for order in truth.orders if order.wire in ALIVE]
    return f"closed {trade.state} while {' and '.join(alive)}" if alive else None


def _net_below_zero(least_e6: int, judged: bool) -> Wrong:
    return f"a true net is {least_e6} e6" if judged and least_e6 < 0 else None


# Claim 9, by the truth at all times (with exits on final fills).
NETS_NOT_NEGATIVE = Compare(
    truth=lambda truth: min(sized_nets_e6(truth)),
    trade=lambda trade: trade.terms is not None and trade.terms.exit_on is ExitOn.FINAL,
    wrong=_net_below_zero,
)


def only_final_counts(trade: Trade, truth: Truth) -> Wrong:
    """Claim 12."""
    pending = [order.name for order in truth.orders if any(s is FillStatus.PENDING for _, s in order.fills)]
    return f"closed {trade.state} while a match of {' and '.join(pending)} is not final" if pending else None
