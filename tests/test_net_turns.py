"""Turns on a venue's connections: bounded, the last kept for a hurry, which goes first; no cancellation loses one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from pairlock_adapters.net.hurry import Hurry
from pairlock_adapters.net.turns import Turns


async def has_one(turns: Turns, told: list[str], name: str, *, hurry: Hurry, until: trio.Event) -> None:
    async with turns.turn(hurry):
        told.append(name)
        await until.wait()


def taken(turns: Turns, hurry: Hurry) -> int:
    """How many more turns of this step there are."""
    count = 0
    while turns.take_now(hurry):
        count += 1
    return count


@pytest.mark.parametrize(
    ("most", "expected"), [(1, (1, 0, 0)), (2, (1, 0, 1)), (3, (1, 0, 2)), (4, (1, 1, 2)), (8, (5, 1, 2))]
)
async def test_each_step_leaves_some_to_the_next(most: int, expected: tuple[int, int, int]) -> None:
    turns = Turns(most)
    assert tuple(taken(turns, hurry) for hurry in Hurry) == expected
    turns = Turns(most)
    assert taken(turns, Hurry.ORDERS) == most


async def test_the_urgent_go_before_those_who_waited_longer() -> None:
    turns, told, done = Turns(3), list[str](), [trio.Event() for _ in range(6)]
    async with trio.open_nursery() as nursery:

        async def comes(number: int, name: str, *, hurry: Hurry) -> None:
            nursery.start_soon(lambda: has_one(turns, told, name, hurry=hurry, until=done[number]))
            await wait_all_tasks_blocked()

        for number in range(3):
            await comes(number, f"order {number}", hurry=Hurry.ORDERS)
        await comes(3, "anybody", hurry=Hurry.NONE)
        await comes(4, "late but of an order", hurry=Hurry.ORDERS)
        done[0].set()
        await wait_all_tasks_blocked()
        assert told[3:] == ["late but of an order"]
        done[1].set()
        await wait_all_tasks_blocked()
        assert told[4:] == ["anybody"]
        assert not turns.take_now(Hurry.ORDERS), "three are at work"
        for event in done:
            event.set()
    assert [turns.take_now(Hurry.ORDERS) for _ in range(4)] == [True, True, True, False]


async def test_what_is_for_anybody_comes_back_to_anybody() -> None:
    turns, told, first, second = Turns(3), list[str](), trio.Event(), trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: has_one(turns, told, "first", hurry=Hurry.NONE, until=first))
        await wait_all_tasks_blocked()
        nursery.start_soon(lambda: has_one(turns, told, "second", hurry=Hurry.NONE, until=second))
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
@pytest.mark.parametrize("hurry", list(Hurry))
async def test_a_cancelled_wait_loses_no_turn(
    end: Callable[[trio.CancelScope, trio.Event], None], hurry: Hurry
) -> None:
    turns, told, at_work = Turns(1), list[str](), trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: has_one(turns, told, "at work", hurry=Hurry.NONE, until=at_work))
        await wait_all_tasks_blocked()
        scope = trio.CancelScope()

        async def waits() -> None:
            with scope:
                await has_one(turns, told, "waits", hurry=hurry, until=trio.Event())

        nursery.start_soon(waits)
        await wait_all_tasks_blocked()
        end(scope, at_work)
        await wait_all_tasks_blocked()
        at_work.set()
    assert turns.take_now(hurry)
