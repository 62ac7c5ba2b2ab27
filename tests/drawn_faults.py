"""Hypothesis strategies: whole fault scripts for the simulated venues, every kind with its parameters drawn."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pairlock_adapters.simulated.fault_kinds import KINDS, FaultKind, Hook
from pairlock_adapters.simulated.faults import Fault, fault

_READS = ("order", "book", "rules", "ping", "sellable", "taker_open", "resolution", "balance")
# A journal that is new asks for balances first, and refuses to open without: faults of reads begin after that.
_OPENED_MS = 1_000


def _ms(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


# What each kind may vary, besides when it strikes. The exchange cuts every time at the bounds of F.
_VARY: dict[FaultKind, dict[str, st.SearchStrategy[Any]]] = {
    FaultKind.LATE_ARRIVAL: {"arrive_later_ms": _ms(12_000)},
    FaultKind.DUPLICATED: {"duplicate_after_ms": _ms(12_000), "answer_of_duplicate": st.booleans()},
    FaultKind.KILL: {"slip_e4": st.sampled_from((0, 100, 300, 1_000, 2_500))},
    FaultKind.KILL_500: {"slip_e4": st.sampled_from((0, 300))},
    FaultKind.PARTIAL: {"fill_ppm": st.integers(1, 999_999)},
    FaultKind.IMPROVED: {"improve_e4": st.integers(1, 9).map(lambda cents: cents * 100)},
    FaultKind.OVERFILL: {"extra_ppm": st.integers(1, 300_000)},
    FaultKind.DELAYED: {"hold_ms": _ms(30_000)},
    FaultKind.FILL_BEATS_CANCEL: {"hold_ms": _ms(60_000)},
    FaultKind.FILL_AFTER_CANCEL: {"hold_ms": _ms(60_000), "after_cancel_ms": _ms(4_000)},
    FaultKind.SLOW_ANSWER: {"answer_later_ms": _ms(12_000)},
    FaultKind.STALE_READ: {"lag_ms": _ms(3_000)},
    FaultKind.READ_FAILED: {"read_shut": st.booleans()},
    FaultKind.STREAM_LATE: {"later_ms": _ms(60_000)},
    FaultKind.SLOW_FINALITY: {"final_later_ms": _ms(120_000)},
    FaultKind.EARLY_RESOLUTION: {"resolve_in_ms": _ms(60_000)},
    FaultKind.VOID: {"yes_payout_e4": st.integers(0, 100).map(lambda cents: cents * 100)},
}
_CONDITIONS = "SHUT POST_ONLY CANCEL_ONLY DISABLED PAUSED KEY_REVOKED NO_ROUTE".split()
for _name in _CONDITIONS:
    _VARY[FaultKind[_name]] = {"for_ms": st.sampled_from((1, 500, 3_000, 20_000, 200_000))}


@st.composite
def one_fault(draw: st.DrawFn) -> Fault:
    """Any kind, at any venue, for any role, from its nth chance on."""
    kind = draw(st.sampled_from(list(FaultKind)))
    hook = KINDS[kind][0]
    venue = draw(st.sampled_from(("", "kalshi", "polymarket")))
    what = draw(st.sampled_from(_READS)) if hook is Hook.READ else ""
    whose = hook is not Hook.MARKET and what in ("", "order")
    role = draw(st.sampled_from(("", "entry", "entry", "exit"))) if whose else ""
    change = {name: draw(values) for name, values in _VARY.get(kind, {}).items()}
    if kind is FaultKind.PARTIAL:
        # Kalshi fills in 0.01 contract, Polymarket in 0.000001.
        steps = (1, 10_000, 1_000_000) if venue == "polymarket" else (10_000, 1_000_000)
        change["fill_step_e6"] = draw(st.sampled_from(steps))
    return fault(
        kind,
        venue,
        change=change,
        role=role,
        what=what,
        nth=draw(st.sampled_from((1, 1, 1, 2, 3))),
        times=draw(st.sampled_from((1, 1, 1, 2, 5))),
        from_ms=_OPENED_MS if hook is Hook.READ else 0,
    )


scripts = st.lists(one_fault(), max_size=6)
seeds = st.integers(1, 10_000)
plans = st.sampled_from(("simultaneous", "riskier_first"))
exit_ons = st.sampled_from(("final", "matched"))
