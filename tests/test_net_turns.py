"""Turns on a venue's connections: bounded, two kept for the urgent, who go first, and none lost by a cancellation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from pairlock_adapters.net.turns import Turns


async def has_one(turns: Turns, told: list[str], name: str, *, urgent: bool, until: trio.Event) -> None:
    async with turns.turn(urgent=urgent):
        told.append(name)
        await until.wait()


@pytest.mark.parametrize(("most", "for_anybody"), [(1, 1), (2, 1), (3, 1), (8, 6)])
async def test_all_but_two_are_for_anybody(most: int, for_anybody: int) -> None:
    turns = Turns(most)
    assert [turns.take_now(urgent=False) for _ in range(most + 1)].count(True) == for_anybody
    assert [turns.take_now(urgent=True) for _ in range(most + 1)].count(True) == most - for_anybody


async def test_the_urgent_go_before_those_who_waited_longer() -> None:
    turns, told, done = Turns(3), list[str](), [trio.Event() for _ in range(6)]
    async with trio.open_nursery() as nursery:

        async def comes(number: int, name: str, *, urgent: bool) -> None:
            nursery.start_soon(lambda: has_one(turns, told, name, urgent=urgent, until=done[number]))
            await wait_all_tasks_blocked()

        for number in range(3):
            await comes(number, f"urgent {number}", urgent=True)
        await comes(3, "anybody", urgent=False)
        await comes(4, "late but urgent", urgent=True)
        done[0].set()
        await wait_all_tasks_blocked()
        assert told[3:] == ["late but urgent"]
        done[1].set()
        await wait_all_tasks_blocked()
        assert told[4:] == ["anybody"]
        assert not turns.take_now(urgent=True), "three are at work"
        for event in done:
            event.set()
    assert [turns.take_now(urgent=True) for _ in range(4)] == [True, True, True, False]


async def test_what_is_for_anybody_comes_back_to_anybody() -> None:
    turns, told, first, second = Turns(3), list[str](), trio.Event(), trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: has_one(turns, told, "first", urgent=False, until=first))
        await wait_all_tasks_blocked()
        nursery.start_soon(lambda: has_one(turns, told, "second", urgent=False, until=second))
        await wait_all_tasks_blocked()
        assert told == ["first"], "two free ones are for the urgent"
        first.set()
        await wait_all_tasks_blocked()
        assert told == ["first", "second"]
        second.set()


def _cancelled(scope: trio.CancelScope, event: trio.Event) -> None:
    scope.cancel()


def _cancelled_as_it_is_given(scope: trio.CancelScope, event: trio.Event) -> None:
    event.set()
    scope.cancel()


@pytest.mark.parametrize("end", [_cancelled, _cancelled_as_it_is_given])
@pytest.mark.parametrize("urgent", [True, False])
async def test_a_cancelled_wait_loses_no_turn(
    end: Callable[[trio.CancelScope, trio.Event], None], urgent: bool
) -> None:
    turns, told, at_work = Turns(1), list[str](), trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: has_one(turns, told, "at work", urgent=False, until=at_work))
        await wait_all_tasks_blocked()
        scope = trio.CancelScope()

        async def waits() -> None:
            with scope:
                await has_one(turns, told, "waits", urgent=urgent, until=trio.Event())

        nursery.start_soon(waits)
        await wait_all_tasks_blocked()
        end(scope, at_work)
        await wait_all_tasks_blocked()
        at_work.set()
    assert turns.take_now(urgent=urgent)
