"""Scaled time: never too fast, never back, waits in full, and neither work nor a stall of the machine is a delay."""

from __future__ import annotations

import time

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from pairlock_adapters.simulated.clock import VirtualClock
from pairlock_adapters.simulated.scaled import (
    LONGEST_WAIT_MS,
    LONGEST_WORK_MS,
    NS_PER_MS,
    ScaledClock,
    run_scaled,
)

S_NS = 1_000 * NS_PER_MS
# The clock counts in integers; trio hears of it in binary seconds.
CLOSE_NS = 1_000


class Machine:
    """A machine's time that goes only as it is told."""

    def __init__(self) -> None:
        self.ns = 5 * S_NS

    def __call__(self) -> int:
        return self.ns


def stall(seconds: float) -> None:
    """The machine does nothing for so long, trio's loop included."""
    time.sleep(seconds)


def ns(seconds: float) -> int:
    return round(seconds * S_NS)


rates = st.integers(1, 200)
passed = st.integers(0, 20 * S_NS)
# What trio does: a look, or a wait of so many scaled ns (-1: no deadline at all); and what passes in reality meanwhile.
steps = st.lists(
    st.one_of(
        st.tuples(st.just("look"), st.just(0), passed),
        st.tuples(st.just("wait"), st.integers(-1, 10 * S_NS), passed),
    ),
    max_size=40,
)


@given(rates, steps)
def test_time_goes_forward_and_never_faster_than_its_rate(
    rate: int, taken: list[tuple[str, int, int]]
) -> None:
    machine = Machine()
    clock = ScaledClock(rate, machine)
    began_ns, last_ns = machine.ns, 0
    for what, wait_ns, passes_ns in taken:
        if what == "wait":
            deadline = float("inf") if wait_ns < 0 else clock.current_time() + wait_ns / S_NS
            clock.deadline_to_sleep_time(deadline)
        machine.ns += passes_ns
        if what == "wait":
            clock.after_io_wait(0)
        now_ns = ns(clock.current_time())
        assert last_ns <= now_ns <= (machine.ns - began_ns) * rate + CLOSE_NS
        last_ns = now_ns


@given(rates, st.integers(-1, 10 * S_NS), passed, st.lists(passed, max_size=5))
def test_a_stall_costs_at_most_one_wait_and_work_almost_nothing(
    rate: int, wait_ns: int, stalled_ns: int, works_ns: list[int]
) -> None:
    machine = Machine()
    clock = ScaledClock(rate, machine)
    began = clock.current_time()
    most_ns = LONGEST_WAIT_MS * NS_PER_MS if wait_ns < 0 else min(wait_ns, LONGEST_WAIT_MS * NS_PER_MS)
    asked = clock.deadline_to_sleep_time(float("inf") if wait_ns < 0 else began + wait_ns / S_NS)
    assert 0 <= ns(asked) * rate <= most_ns + CLOSE_NS, "it waits past its deadline"
    assert ns(asked) % NS_PER_MS == 0
    machine.ns += stalled_ns
    clock.after_io_wait(asked)
    waited = clock.current_time()
    assert ns(waited - began) <= most_ns + CLOSE_NS
    for work_ns in works_ns:
        machine.ns += work_ns
        clock.current_time()
    assert ns(clock.current_time() - waited) <= LONGEST_WORK_MS * NS_PER_MS + CLOSE_NS


@given(rates, st.integers(0, 20 * S_NS))
def test_a_wait_that_the_machine_keeps_counts_in_full_and_ends(rate: int, wait_ns: int) -> None:
    machine = Machine()
    clock = ScaledClock(rate, machine)
    deadline = clock.current_time() + wait_ns / S_NS
    began_ns = machine.ns
    for _ in range(20 * 1_000 + 1_000):
        if clock.current_time() >= deadline:
            break
        asked = clock.deadline_to_sleep_time(deadline)
        machine.ns += ns(asked) or 20_000  # an empty round of trio takes so long
        clock.after_io_wait(asked)
    assert clock.current_time() >= deadline
    # Rounds of work and of waiting pass both: the run takes no longer than the time that it was to take, and a round.
    assert (machine.ns - began_ns) * rate <= wait_ns + 25_000 * rate


def test_a_rate_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="rate 0"):
        ScaledClock(0)


def test_sleeps_end_in_their_order_and_not_before_their_time() -> None:
    async def main() -> list[tuple[int, int]]:
        clock, woken = VirtualClock(), []
        clock.now_ms()

        async def sleeps(ms: int) -> None:
            await clock.sleep_until_ms(ms)
            woken.append((ms, clock.now_ms()))

        async with trio.open_nursery() as nursery:
            for ms in (700, 20, 5_000, 21, 350):
                nursery.start_soon(sleeps, ms)
        return woken

    began_ns = time.perf_counter_ns()
    woken = run_scaled(main, 50)
    assert [ms for ms, _ in woken] == [20, 21, 350, 700, 5_000]
    assert all(ms <= at_ms <= ms + LONGEST_WAIT_MS for ms, at_ms in woken)
    assert time.perf_counter_ns() - began_ns < 5 * S_NS, "five seconds took five seconds"


def test_a_machine_that_stalls_lets_no_deadline_of_ours_pass() -> None:
    """Regression: at a rate of 50 a garbage collection of 40 ms would be two seconds of a venue that did nothing."""

    async def main() -> bool:
        with trio.move_on_after(1) as waited:
            for _ in range(5):
                stall(0.04)
                await trio.lowlevel.checkpoint()
            await trio.sleep(0.5)
        return waited.cancelled_caught

    assert run_scaled(main, 50) is False


def test_what_never_waits_comes_to_its_deadline() -> None:
    async def main() -> bool:
        with trio.move_on_after(0.2) as worked:
            while True:
                stall(0.000_1)
                await trio.lowlevel.checkpoint()
        return worked.cancelled_caught

    assert run_scaled(main, 50) is True
