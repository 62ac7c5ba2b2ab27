"""Hypothesis strategies: whole fault scripts for the simulated venues, every kind of F with its parameters drawn.

    @given(script=fault_scripts(venues=("kalshi",), kinds=[FaultKind.LOST_ANSWER, FaultKind.KILL]))
    def test_my_bot(script): ...

Hypothesis shrinks a script like any list: fewer faults first, then plainer ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from pairlock_adapters.simulated.fault_kinds import BEYOND, KINDS, FaultKind, Hook
from pairlock_adapters.simulated.fault_parameters import PARAMETERS, RANGES, Range
from pairlock_adapters.simulated.faults import Fault, fault

INSIDE_F: tuple[FaultKind, ...] = tuple(kind for kind in FaultKind if kind not in BEYOND)
VENUES = ("", "kalshi", "polymarket")
_READS = ("order", "book", "rules", "ping", "sellable", "taker_open", "resolution", "balance")
_OF_AN_ORDER = (
    Hook.REQUEST, Hook.ARRIVAL, Hook.ANSWER, Hook.FILLED, Hook.REPLY, Hook.CANCEL, Hook.ORDER_READ, Hook.STREAM,
    Hook.SETTLEMENT,
)  # fmt: skip
# A journal that is new asks for balances first, and refuses to open without: faults of reads begin after that.
_OPENED_MS = 1_000
# Around every deadline, lag and pause of the engine; the exchange cuts at the bounds of F.
_TIMES_MS = (0, 1, 150, 800, 1_000, 1_999, 2_000, 4_500, 10_000, 12_000, 30_000, 60_000, 120_000)


def _values(name: str, allowed: Range) -> st.SearchStrategy[Any]:
    if allowed.flag:
        return st.booleans()
    if name.endswith("_ms"):
        return st.sampled_from(_TIMES_MS)
    if name == "tick_e4":
        return st.sampled_from((10, 100, 1_000))
    if name == "extra_ppm":
        return st.integers(1, 300_000)
    if name in ("fee_more_ppm", "rate_more_ppm"):
        return st.integers(max(allowed.least, -50_000), 200_000)
    steps = st.integers(-(-allowed.least // allowed.step), allowed.most // allowed.step)
    return steps.map(lambda count: count * allowed.step)


@st.composite
def faults(draw: st.DrawFn, kinds: Sequence[FaultKind] = INSIDE_F, venues: Sequence[str] = VENUES) -> Fault:
    """One fault: any of ``kinds``, at any of ``venues`` ("" is both), for any role, from its nth chance on."""
    kind = draw(st.sampled_from(kinds))
    hook = KINDS[kind][0]
    venue = draw(st.sampled_from(venues))
    what = draw(st.sampled_from(_READS)) if hook is Hook.READ else ""
    whose = hook in _OF_AN_ORDER or what == "order"
    role = draw(st.sampled_from(("", "entry", "entry", "exit"))) if whose else ""
    names = [name for name in PARAMETERS.get(kind, ()) if name != "fill_step_e6"]
    change = {name: draw(_values(name, RANGES[name])) for name in names}
    if "fill_step_e6" in PARAMETERS.get(kind, ()):
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
        from_ms=_OPENED_MS if hook in (Hook.READ, Hook.BALANCE_READ) else 0,
    )


def fault_scripts(
    kinds: Sequence[FaultKind] = INSIDE_F, venues: Sequence[str] = VENUES, max_size: int = 6
) -> st.SearchStrategy[list[Fault]]:
    """Up to ``max_size`` faults, none among them."""
    return st.lists(faults(kinds, venues), max_size=max_size)
