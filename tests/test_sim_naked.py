"""Naked time by the venues' own truth."""

from __future__ import annotations

import trio
from attrs import evolve

from pairlock.facts import OrderReport
from pairlock.model import Outcome
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.world import World
from sim_support import buy, go, go_ahead, ioc, rows


def test_naked_time_by_the_venues_truth() -> None:
    async def body(world: World) -> None:
        first = await world.kalshi.place(buy("kalshi", 1_000, 5_000), go_ahead)
        await trio.sleep(3)
        second = await world.polymarket.place(buy("polymarket", 1_000, 5_100, Outcome.NO), go_ahead)
        assert isinstance(first, OrderReport)
        assert isinstance(second, OrderReport)
        apart_ms = second.asked_at_ms - first.asked_at_ms
        assert apart_ms > 3_000
        assert world.naked_contract_ms() == 10 * apart_ms
        ((failed_ms,),) = rows(world, "SELECT final_at_ms FROM fills WHERE venue='polymarket'")
        await trio.sleep(60)  # the match failed: naked again
        assert world.naked_contract_ms() == 10 * (apart_ms + world.clock.now_ms() - failed_ms)
        await world.kalshi.place(buy("kalshi", 1_000, 5_100, Outcome.NO, intent_id="i3"), go_ahead)
        flat = world.naked_contract_ms()
        await trio.sleep(5)
        assert world.naked_contract_ms() == flat
        await world.kalshi.place(buy("kalshi", 100, 5_300, intent_id="i4"), go_ahead)
        ((matched_ms,),) = rows(world, "SELECT matched_ms FROM fills WHERE intent_id='i4'")
        await trio.sleep(600)  # the result at 120 s ends it
        assert world.naked_contract_ms() == flat + 120_000 - matched_ms

    go(body, script=[Fault(FaultKind.GHOST_FILL)])


def test_a_sale_and_a_sale_of_the_other_outcome_count_with_their_sign() -> None:
    async def body(world: World) -> None:
        await world.kalshi.place(buy("kalshi", 1_000, 5_000), go_ahead)
        sale = evolve(ioc(buy("kalshi", 1_000, 4_900, intent_id="s")), buys=False)
        await world.kalshi.place(sale, go_ahead)
        flat = world.naked_contract_ms()
        await trio.sleep(9)
        assert world.naked_contract_ms() == flat > 0

    go(body)
