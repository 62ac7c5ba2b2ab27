"""The rate budget under virtual time: a model of its own replays every grant, for drawn requests and for named ones."""

from __future__ import annotations

import pytest
import trio
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from pairlock.errors import UserError
from pairlock_adapters.net.budget import Budget
from pairlock_adapters.simulated.clock import VirtualClock, run_virtual


@frozen
class Ask:
    """One caller. ``by_ms`` and ``gives_up_ms`` count from its start; None: waits as long as it takes."""

    at_ms: int
    cost: int
    urgent: bool
    by_ms: int | None
    gives_up_ms: int | None


@frozen
class Grant:
    at_ms: int
    ask: Ask
    taken: bool


@frozen
class Rate:
    per_s: int
    burst: int
    reserve: int


rates = st.builds(
    lambda per_s, burst, share: Rate(per_s, burst, min(burst - 1, burst * share // 100)),
    st.integers(1, 300),
    st.integers(1, 60),
    st.integers(0, 100),
)
asks = st.builds(
    Ask,
    st.integers(0, 1_500),
    st.integers(0, 30),
    st.booleans(),
    st.none() | st.integers(0, 2_000),
    st.none() | st.integers(1, 2_000),
)


def played(rate: Rate, drawn: list[Ask], overdrawn_at_ms: int | None = None) -> list[Grant]:
    """What each caller got and when; a caller that gave up got nothing and is not listed."""
    grants: list[Grant] = []

    async def main() -> None:
        clock = VirtualClock()
        budget = Budget(clock, per_s=rate.per_s, burst=rate.burst, reserve=rate.reserve)

        async def call(ask: Ask) -> None:
            await clock.sleep_until_ms(ask.at_ms)
            with trio.CancelScope() as scope:
                if ask.gives_up_ms is not None:
                    scope.deadline = clock.deadline(ask.at_ms + ask.gives_up_ms)
                by_ms = None if ask.by_ms is None else ask.at_ms + ask.by_ms
                taken = await budget.take(ask.cost, urgent=ask.urgent, by_ms=by_ms)
                grants.append(Grant(clock.now_ms(), ask, taken))

        async with trio.open_nursery() as nursery:
            for ask in drawn:
                nursery.start_soon(call, ask)
            if overdrawn_at_ms is not None:
                await clock.sleep_until_ms(overdrawn_at_ms)
                budget.overdrawn()

    run_virtual(main, 1)
    return grants


@settings(max_examples=300, deadline=None)
@given(rates, st.lists(asks, max_size=25))
def test_never_above_the_rate_and_the_reserve_is_left(rate: Rate, drawn: list[Ask]) -> None:
    grants = played(rate, drawn)
    level_milli, at_ms = rate.burst * 1_000, 0
    for grant in grants:
        if not grant.taken:
            continue
        level_milli = min(rate.burst * 1_000, level_milli + (grant.at_ms - at_ms) * rate.per_s)
        at_ms = grant.at_ms
        level_milli -= grant.ask.cost * 1_000
        assert level_milli >= (0 if grant.ask.urgent else rate.reserve * 1_000)
        if grant.ask.by_ms is not None:
            assert grant.at_ms <= grant.ask.at_ms + grant.ask.by_ms


@settings(max_examples=300, deadline=None)
@given(rates, st.lists(asks, max_size=25))
def test_whoever_does_not_give_up_is_answered_and_refused_only_for_a_reason(
    rate: Rate, drawn: list[Ask]
) -> None:
    grants = played(rate, drawn)
    answered = [grant.ask for grant in grants]
    for ask in drawn:
        assert answered.count(ask) == drawn.count(ask) or ask.gives_up_ms is not None
    for grant in grants:
        most = rate.burst - (0 if grant.ask.urgent else rate.reserve)
        if grant.ask.cost > most:
            assert not grant.taken
        elif grant.ask.by_ms is None:
            assert grant.taken


@settings(max_examples=200, deadline=None)
@given(rates, st.lists(asks.map(lambda ask: Ask(ask.at_ms, ask.cost, False, None, None)), max_size=25))
def test_an_urgent_call_within_the_reserve_never_waits_for_the_others(rate: Rate, drawn: list[Ask]) -> None:
    exit_ = Ask(700, rate.reserve, True, None, None)
    found = [grant for grant in played(rate, [*drawn, exit_]) if grant.ask == exit_]
    assert [(grant.taken, grant.at_ms) for grant in found] == [(True, 700)]


def test_the_wait_is_as_short_as_the_rate_allows() -> None:
    """10 a second, 5 saved up: the sixth waits 100 ms, the seventh 200, in the order in which they came."""
    drawn = [Ask(0, 1, False, None, None)] * 7
    assert [grant.at_ms for grant in played(Rate(10, 5, 0), drawn)] == [0, 0, 0, 0, 0, 100, 200]


def test_the_urgent_go_before_those_who_wait_longer() -> None:
    patient = Ask(0, 5, False, None, None)
    urgent = Ask(100, 3, True, None, None)
    grants = played(Rate(10, 5, 0), [patient, patient, urgent])
    assert [(grant.ask.urgent, grant.at_ms) for grant in grants] == [(False, 0), (True, 300), (False, 800)]


def test_one_who_gives_up_moves_the_others_forward() -> None:
    first, gone = Ask(0, 5, False, None, None), Ask(1, 5, False, None, 50)
    last = Ask(2, 1, False, None, None)
    grants = played(Rate(10, 5, 0), [first, gone, last])
    assert [(grant.ask.cost, grant.at_ms) for grant in grants] == [(5, 0), (1, 100)]


def test_a_wait_that_would_end_too_late_is_not_begun() -> None:
    grants = played(Rate(10, 5, 0), [Ask(0, 5, False, None, None), Ask(1, 5, False, 498, None)])
    assert [(grant.taken, grant.at_ms) for grant in grants] == [(True, 0), (False, 1)]


def test_those_ahead_count_when_a_wait_is_judged() -> None:
    """The second waits for 500 ms; the third could have its one token by 600 at the earliest, and asks for 300."""
    drawn = [Ask(0, 5, False, None, None), Ask(1, 5, False, None, None), Ask(2, 1, False, 298, None)]
    assert [(grant.ask.at_ms, grant.taken, grant.at_ms) for grant in played(Rate(10, 5, 0), drawn)] == [
        (0, True, 0),
        (2, False, 2),
        (1, True, 500),
    ]


def test_what_the_venue_calls_too_many_empties_the_budget() -> None:
    grants = played(Rate(10, 5, 2), [Ask(1, 1, True, None, None), Ask(1, 1, False, None, None)], 0)
    assert [(grant.ask.urgent, grant.at_ms) for grant in grants] == [(True, 100), (False, 400)]


def test_a_pause_that_the_venue_named_holds_entries_and_not_exits() -> None:
    got: list[tuple[str, int]] = []

    async def main() -> None:
        clock = VirtualClock()
        budget = Budget(clock, per_s=1_000, burst=10, reserve=2)
        budget.overdrawn(until_ms=2_000)

        async def call(name: str, urgent: bool) -> None:
            assert await budget.take(1, urgent=urgent)
            got.append((name, clock.now_ms()))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call, "entry", False)
            nursery.start_soon(call, "exit", True)
        assert budget.free() == 9

    run_virtual(main, 1)
    assert got == [("exit", 1), ("entry", 2_000)]


@pytest.mark.parametrize("rate", [Rate(0, 1, 0), Rate(1, 0, 0), Rate(1, 5, 5), Rate(1, 5, -1)])
def test_a_budget_that_cannot_be_kept_is_refused(rate: Rate) -> None:
    with pytest.raises(UserError, match="cannot be kept"):
        Budget(VirtualClock(7), per_s=rate.per_s, burst=rate.burst, reserve=rate.reserve)
