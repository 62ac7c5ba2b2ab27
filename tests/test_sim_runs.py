"""The same run again: in this process, in another, after a kill; virtual time and the timeline."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from pairlock.facts import Fact
from pairlock.model import Outcome, Payout
from pairlock_adapters.simulated.clock import EPOCH_WALL_MS, VirtualClock, run_virtual
from pairlock_adapters.simulated.profiles import NONE, TYPICAL
from pairlock_adapters.simulated.timeline import Timeline
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import (
    EventPair,
)
from sim_support import check_books_balance, entry, go, go_ahead, ioc, rows


async def eventful(seed: int) -> str:
    """A run with timeouts, kills, cancels, streams and concurrent tasks; a digest of everything seen."""
    seen: list[str] = []
    world = World.of(Truth(seed=seed), TYPICAL, seed)

    async def deliver(fact: Fact) -> None:
        seen.append(f"stream {fact}")

    async def attempt(pair: EventPair, name: str) -> None:
        venue, intent = world.venues[name], entry(pair, name, 1_000, world)
        seen.append(repr(await venue.place(intent, go_ahead)))
        seen.append(repr(await venue.read_order(intent, "")))
        seen.append(repr(await venue.cancel(ioc(intent), "")))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.run)
        for name in ("kalshi", "polymarket"):
            nursery.start_soon(world.venues[name].stream, deliver)
        async with trio.open_nursery() as attempts:
            for _ in range(60):
                pair = world.open_pair()
                for name in ("kalshi", "polymarket"):
                    attempts.start_soon(attempt, pair, name)
                await world.clock.sleep_ms(37)
        await trio.sleep(300)
        nursery.cancel_scope.cancel()
    for table in ("requests", "orders", "fills", "payouts", "balances", "markets"):
        seen += [repr(row) for row in world.truth.rows(f"SELECT * FROM {table}")]
    seen.append(repr(sorted(world.fired.items())) + str(world.naked_contract_ms()))
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


def test_the_same_seed_gives_the_same_run() -> None:
    first = run_virtual(eventful, 5, 5)
    assert run_virtual(eventful, 5, 5) == first
    assert run_virtual(eventful, 6, 6) != first


def search_path() -> str:
    """Where another process finds these tests' modules, and whatever this one was told."""
    return os.pathsep.join(filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_the_same_seed_gives_the_same_run_in_another_process(hash_seed: str) -> None:
    code = (
        "from test_sim_runs import eventful\n"
        "from pairlock_adapters.simulated.clock import run_virtual\n"
        "print(run_virtual(eventful, 5, 5))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": search_path()}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == run_virtual(eventful, 5, 5)


def test_run_virtual_leaves_trio_as_it_was() -> None:
    scheduler = trio._core._run
    before = (scheduler._ALLOW_DETERMINISTIC_SCHEDULING, scheduler._r.getstate())

    async def fails() -> None:
        await trio.sleep(10**6)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run_virtual(fails, 9)
    assert (scheduler._ALLOW_DETERMINISTIC_SCHEDULING, scheduler._r.getstate()) == before


def test_the_clock_counts_milliseconds_and_goes_on_from_its_base() -> None:
    async def main() -> None:
        clock = VirtualClock(base_ms=5_000)
        assert clock.now_ms() == 5_000
        for step in range(1, 2_000):
            await clock.sleep_ms(step % 7)
        assert clock.now_ms() == 5_000 + sum(step % 7 for step in range(1, 2_000))
        assert clock.wall_ms() == EPOCH_WALL_MS + clock.now_ms()
        await clock.sleep_until_ms(10**9 + 1)
        assert clock.now_ms() == 10**9 + 1

    run_virtual(main, 1)


def test_the_timeline_keeps_one_order_and_wakes_for_what_comes_sooner() -> None:
    async def main() -> list[str]:
        clock = VirtualClock()
        line, seen = Timeline(clock), []

        def note(name: str, also: int = 0) -> object:
            def happens(at_ms: int) -> None:
                seen.append(f"{name}@{at_ms}/{line.now_ms()}")
                if also:
                    line.at(also, note(f"{name}+"))  # type: ignore[arg-type]

            return happens

        async with trio.open_nursery() as nursery:
            nursery.start_soon(line.run)
            await clock.sleep_ms(1)
            line.at(500, note("late"))  # type: ignore[arg-type]
            await clock.sleep_ms(1)
            line.at(10, note("a"))  # type: ignore[arg-type]
            line.at(10, note("b", also=20))  # type: ignore[arg-type]
            line.at(0, note("past"))  # type: ignore[arg-type]
            await clock.sleep_ms(1_000)
            nursery.cancel_scope.cancel()
        return seen

    assert run_virtual(main, 1) == ["past@2/2", "a@10/10", "b@10/10", "b+@20/20", "late@500/500"]


KILLED = """
import os, signal, sys, trio
from attrs import evolve
from sim_support import buy, go_ahead, list_event
from pairlock_adapters.simulated.clock import run_virtual
from pairlock_adapters.simulated.profiles import NONE
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World

async def main():
    world = World.of(Truth(sys.argv[1], seed=1), NONE, 1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.run)
        list_event(world, resolve_at_ms=10**6)
        number = 0
        while True:
            number += 1
            intent = buy("polymarket", 500, 5_000, intent_id=f"i{number}")
            said = await world.polymarket.place(intent, go_ahead)
            os.write(1, f"{said.matched_e6} {world.clock.now_ms()}\\n".encode())
            if number == 25:
                nursery.start_soon(world.polymarket.place, buy("polymarket", 500, 5_000, intent_id="flying"), go_ahead)
                await trio.sleep(0.003)
                os.kill(os.getpid(), signal.SIGKILL)

run_virtual(main, 1)
"""


def test_what_was_answered_outlives_a_kill_of_the_process(tmp_path: Path) -> None:
    path = str(tmp_path / "venues")
    environment = {**os.environ, "PYTHONPATH": search_path()}
    command = [sys.executable, "-c", KILLED, path]
    done = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=120)
    assert done.returncode == -9, done.stderr.decode()
    answered = [line.split() for line in done.stdout.decode().splitlines()]
    assert len(answered) == 25

    async def after(world: World) -> None:
        assert world.clock.now_ms() >= int(answered[-1][1]) - 60
        assert rows(world, "SELECT count(*),sum(qty_e6) FROM fills") == [(25, 125_000_000)]
        assert world.exchanges["polymarket"].account.held_e6("0xE1", Outcome.YES) == 125_000_000
        await trio.sleep(60)
        # The request that was on its way when the process died arrived.
        assert rows(world, "SELECT count(*),sum(status='final') FROM fills") == [(26, 26)]
        assert await world.polymarket.sellable_e6("0xE1", Outcome.YES) == 130_000_000
        check_books_balance(world)

    go(after, truth=Truth(path), list_markets=False)


def test_names_never_repeat_in_a_store_that_is_taken_up_again(tmp_path: Path) -> None:
    path = str(tmp_path / "venues")

    async def body(world: World) -> list[str]:
        return [world.open_pair().event_id for _ in range(5)]

    first = go(body, truth=Truth(path), list_markets=False)
    second = go(body, truth=Truth(path), list_markets=False, seed=99)
    assert len({*first, *second}) == 10


def test_payouts_come_once_over_restarts(tmp_path: Path) -> None:
    path = str(tmp_path / "venues")

    async def first(world: World) -> str:
        pair = world.open_pair()
        await world.kalshi.place(entry(pair, "kalshi", 1_000, world), go_ahead)
        await trio.sleep(190)
        return pair.kalshi.market

    async def second(world: World) -> tuple[int, Payout | None]:
        await trio.sleep(190)
        ((count,),) = rows(world, "SELECT count(*) FROM payouts WHERE venue='kalshi'")
        check_books_balance(world)
        return count, await world.kalshi.resolution(market, Outcome.YES)

    market = go(first, truth=Truth(path), list_markets=False, profile=NONE)
    count, paid = go(second, truth=Truth(path), list_markets=False)
    assert count == 1
    assert paid is not None
