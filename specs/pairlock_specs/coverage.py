"""Claims that only the whole graph can judge, and everything that must be seen at least once."""

from __future__ import annotations

from pairlock.facts import Restarted
from pairlock.lifecycle import ORDER_ROWS, ROWS, E, S
from pairlock.model import FillStatus, PlanKind, Role, StuckCause, Trade, Verdict
from pairlock.table_check import validate
from pairlock_specs.claim import Explored, Flaw, Sometimes, Stepped
from pairlock_specs.truth import Truth

OPEN = (S.DETECTED, S.GATED, S.LOCKED, S.EXECUTING, S.PAIRED, S.HEDGING, S.STUCK)


def table_valid(explored: Explored) -> Flaw | None:
    """Claim 19: both tables are deterministic and total, as the checker of the tables finds them."""
    findings = validate()
    return Flaw("; ".join(str(finding) for finding in findings[:3])) if findings else None


def trade_rows_taken(explored: Explored) -> Flaw | None:
    """Claim 19: every row of the trade table."""
    missing = [f"{row.state}/{row.event}" for row in ROWS if (row.state, row.event) not in explored.pairs]
    return Flaw(f"never taken: {', '.join(missing)}") if missing else None


def order_rows_taken(explored: Explored) -> Flaw | None:
    """Claim 19: every row of the order table."""
    missing = [
        f"{row.state}/{row.event}" for row in ORDER_ROWS if (row.state, row.event) not in explored.order_pairs
    ]
    return Flaw(f"never taken: {', '.join(missing)}") if missing else None


def can_close(explored: Explored) -> Flaw | None:
    """Claim 19: backward reachability from the closed states."""
    return (
        Flaw("from here no closed state can be reached", explored.stranded)
        if explored.stranded >= 0
        else None
    )


def can_end_orders(explored: Explored) -> Flaw | None:
    """The possibility half of claim 19b: what is open at a venue can be ended without the venue's own doing."""
    words = "from here only the venue could end the orders that may still fill"
    return Flaw(words, explored.unending) if explored.unending >= 0 else None


def hedging_ends(explored: Explored) -> Flaw | None:
    """Claim 19b."""
    if explored.stay is None:
        return None
    words = "a fair run stays here for ever, although it could leave"
    return Flaw(words, explored.stay.state, explored.stay.again)


def no_livelock(explored: Explored) -> Flaw | None:
    """Claim 19: a fair run that never closes comes to rest."""
    if explored.circle is None:
        return None
    return Flaw("from here a fair run goes round for ever", explored.circle.state, explored.circle.again)


def complete(explored: Explored) -> Flaw | None:
    return None if explored.complete else Flaw("the search was cut short")


def _exit_filled(role: Role, trade: Trade, truth: Truth) -> bool:
    return any(order.role is role and order.final_e6 > 0 for order in truth.orders)


def _sold(leg: int, truth: Truth) -> bool:
    taken = (Role.SELL, Role.COMPLEMENT)
    return any(order.leg == leg and order.role in taken and order.final_e6 > 0 for order in truth.orders)


def _ghost_healed(trade: Trade, truth: Truth) -> bool:
    failed = any(status is FillStatus.FAILED for order in truth.orders for _, status in order.fills)
    return failed and any(order.role is not Role.ENTRY and order.final_e6 > 0 for order in truth.orders)


def _in_state(state: S) -> Sometimes:
    return Sometimes(
        f"sometimes-{state.lower()}", f"Some trade closes {state}.", lambda t, w: True, frozenset({state})
    )


def _route(role: Role, words: str) -> Sometimes:
    return Sometimes(
        f"sometimes-exit-{role}",
        f"Some trade is closed by an exit that {words}.",
        lambda t, w: _exit_filled(role, t, w),
        frozenset({S.HEDGED, S.SETTLED}),
    )


def _plan(plan: PlanKind) -> Sometimes:
    return Sometimes(
        f"sometimes-plan-{plan}",
        f"Some trade of the plan {plan} settles with its promise kept.",
        lambda t, w: t.terms is not None and t.terms.plan is plan and t.verdict is Verdict.KEPT,
        frozenset({S.SETTLED}),
    )


def _crash_in(state: S) -> Sometimes:
    def crashed(seen: Stepped) -> bool:
        return isinstance(seen.fact, Restarted) and seen.before.state is state

    return Sometimes(f"sometimes-crash-in-{state.lower()}", f"Some crash comes in {state}.", step=crashed)


def _stuck_for(cause: StuckCause) -> Sometimes:
    return Sometimes(
        f"sometimes-stuck-{cause}",
        f"Some trade is STUCK for the cause {cause}.",
        lambda t, w: t.stuck_cause is cause,
        frozenset({S.STUCK}),
    )


SOMETIMES: tuple[Sometimes, ...] = (
    *(_in_state(state) for state in (S.SETTLED, S.ROLLED_BACK, S.HEDGED)),
    Sometimes(
        "sometimes-carried",
        "Some trade is carried to the market's resolution and booked.",
        lambda t, w: t.verdict is Verdict.CARRIED,
        frozenset({S.HEDGED}),
    ),
    Sometimes(
        "sometimes-breach",
        "Some pair is paid otherwise than promised.",
        lambda t, w: t.verdict is Verdict.PAYOUT_BREACH,
        frozenset({S.SETTLED}),
    ),
    *(
        _stuck_for(cause)
        for cause in (StuckCause.BUDGET, StuckCause.ROUTES, StuckCause.DUST, StuckCause.OVERDUE)
    ),
    Sometimes(
        "sometimes-resumed",
        "Some STUCK trade returns to HEDGING.",
        step=lambda seen: any(link.event is E.RETURNED for link in seen.links),
    ),
    Sometimes(
        "sometimes-closed-after-stuck",
        "Some STUCK trade is closed in one step once the truth is known.",
        step=lambda seen: seen.before.state is S.STUCK and seen.step.trade.state in (S.HEDGED, S.ROLLED_BACK),
    ),
    _route(Role.COMPLETE, "buys the missing leg"),
    _route(Role.SELL, "sells the excess back"),
    _route(Role.COMPLEMENT, "buys the complement on the same venue"),
    *(_plan(plan) for plan in PlanKind),
    Sometimes(
        "sometimes-ghost-healed",
        "Some match fails and the trade is closed by an exit all the same.",
        _ghost_healed,
        frozenset({S.HEDGED, S.SETTLED}),
    ),
    Sometimes(
        "sometimes-over-filled",
        "Some order fills above its size.",
        step=lambda seen: seen.step.trade.excess,
    ),
    Sometimes(
        "sometimes-bought-back",
        "Some net that a failed match made negative is bought back.",
        lambda t, w: any(o.role is Role.COMPLETE and o.final_e6 > 0 and _sold(o.leg, w) for o in w.orders),
        frozenset({S.HEDGED}),
    ),
    Sometimes(
        "sometimes-killed-and-settled",
        "Some trade is killed and closes as it should.",
        lambda t, w: t.killed,
        frozenset({S.SETTLED, S.HEDGED}),
    ),
    *(_crash_in(state) for state in OPEN),
)
