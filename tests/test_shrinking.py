"""The search for the shortest case, on failures whose shortest case is known."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from pairlock_adapters.demo.shrinking import MOST_RUNS, Case, Shrinker
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.scripts import Script

NOISE = (K.STREAM_LOST, K.READ_FAILED, K.STALE_ORDER)


def whole(trades: int, faults: tuple[Fault, ...] = (), profile: str = "hostile") -> Case:
    return Case(Script(faults, profile), trades, 5)


def search(
    case: Case, fails: Callable[[Case], bool], culprit: int | None = None
) -> tuple[Case | None, list[Case]]:
    ran: list[Case] = []

    def breaks(candidate: Case) -> tuple[Fault, ...] | None:
        ran.append(candidate)
        return candidate.script.faults if fails(candidate) else None

    return Shrinker(breaks, case, lambda runs, shorter: None).shrunk(culprit), ran


def events(case: Case) -> set[int]:
    return {case.script.event(index) for index in range(case.trades)}


@settings(max_examples=60, deadline=None)
@given(
    needed=st.sets(st.integers(0, 39), min_size=1, max_size=3),
    kinds=st.sets(st.sampled_from((K.KILL, K.PARTIAL, K.GHOST_FILL))),
)
def test_what_is_needed_is_left_and_nothing_else(needed: set[int], kinds: set[K]) -> None:
    def fails(case: Case) -> bool:
        return needed <= events(case) and kinds <= {each.kind for each in case.script}

    noise = tuple(Fault(kind, nth=nth) for nth in range(1, 9) for kind in NOISE)
    case = whole(40, (*noise, *(Fault(kind, "kalshi", market="KX") for kind in sorted(kinds))))
    found, ran = search(case, fails, culprit=max(needed))
    assert found is not None
    assert events(found) == needed
    assert set(found.script.faults) == {Fault(kind) for kind in kinds}
    assert found.script.profile == "none"
    assert len(ran) == len(set(ran)) <= MOST_RUNS


def test_a_fault_keeps_what_it_needs() -> None:
    needed = fault(K.PARTIAL, "kalshi", role="entry", market="KX-7", nth=3, change={"fill_ppm": 123_456})

    def fails(case: Case) -> bool:
        return any(
            (each.market, each.nth) == ("KX-7", 3) and each.effect == needed.effect for each in case.script
        )

    found, _ = search(whole(9, (needed,)), fails)
    assert found is not None
    assert found.script.faults == (fault(K.PARTIAL, market="KX-7", nth=3, change={"fill_ppm": 123_456}),)


def test_the_first_trades_are_tried_where_no_trade_is_to_blame() -> None:
    found, ran = search(whole(1_000), lambda case: {3, 5} <= events(case))
    assert found is not None
    assert events(found) == {3, 5}
    assert max(case.trades for case in ran) == 8


def test_the_work_is_bounded_and_a_failure_that_is_gone_is_not_found() -> None:
    found, ran = search(whole(1_000), lambda case: False, culprit=500)
    assert found is None
    assert ran[-1].trades == 1_000
    assert sum(case.trades for case in ran) <= 5_500
    kills = tuple(Fault(K.KILL, nth=n) for n in range(1, 300))
    never, ran = search(whole(30, kills), lambda case: len(case.script) > 250)
    assert never is not None
    assert len(ran) <= MOST_RUNS
