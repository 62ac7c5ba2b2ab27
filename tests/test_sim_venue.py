"""The port over a simulated venue: reads, latency, deadlines, the guard, the stream, what survives its caller."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve

from pairlock.facts import Fact, NotFound, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.model import Outcome
from pairlock.ports import Venue, VenueError
from pairlock_adapters.simulated.fault_kinds import FOREVER_MS, FaultKind
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.rules import kalshi_rules, polymarket_rules
from pairlock_adapters.simulated.world import World
from sim_support import (
    BOUNDS,
    KX,
    PM,
    buy,
    go,
    go_ahead,
    place,
    rows,
    soon,
)

VENUES = ("kalshi", "polymarket")


def test_both_are_venues() -> None:
    async def body(world: World) -> list[str]:
        venues: list[Venue] = [world.kalshi, world.polymarket]
        return [venue.name for venue in venues]

    assert go(body) == ["kalshi", "polymarket"]


def test_the_reads() -> None:
    async def body(world: World) -> None:
        for name, market in (("kalshi", KX), ("polymarket", PM)):
            venue, began = world.venues[name], world.clock.now_ms()
            book = await venue.book(market)
            assert book.bids == ((4_900, 30_000), (4_800, 50_000))
            assert book.asks_of("no")[0] == (5_100, 30_000)
            assert book.read_at_ms == began < world.clock.now_ms()
            assert await venue.balance_micros() == 1_000_000_000
            assert 0 < await venue.ping_ms() < 100
            assert await venue.taker_open(market)
            assert await venue.sellable_e6(market, Outcome.NO) == 0
            rules = await venue.rules(market)
            assert (rules.tick_e4, rules.open) == (100, True)
            with pytest.raises(VenueError):
                await venue.book("nothing")
        assert (await world.polymarket.rules(PM)).min_size_e2 == 500

    go(body)


def test_the_guard_speaks_last_and_a_refusal_writes_no_byte() -> None:
    async def body(world: World) -> None:
        asked: list[int] = []
        spoke_ms: list[int] = []

        def guard() -> str:
            asked.append(len(rows(world, "SELECT 1 FROM requests")))
            spoke_ms.append(world.clock.now_ms())
            return "too late" if len(asked) == 1 else ""

        first = await world.kalshi.place(buy("kalshi", 1_000, 5_000), guard)
        assert first == NotSent(first.at_ms, "i1", "too late")
        await world.kalshi.place(buy("kalshi", 1_000, 5_000), guard)
        assert asked == [0, 0]
        assert rows(world, "SELECT sent_ms FROM requests") == [(spoke_ms[1],)]
        assert len(rows(world, "SELECT 1 FROM requests")) == 1

    go(body)


@pytest.mark.parametrize("name", VENUES)
def test_a_timed_out_order_is_executed_all_the_same(name: str) -> None:
    async def body(world: World) -> None:
        began = world.clock.now_ms()
        intent = soon(world, name)
        said = await world.venues[name].place(intent, go_ahead)
        assert said == OutcomeUnknown(began + 1_000, "i1", "timeout")
        missing = await world.venues[name].read_order(intent, "")
        assert isinstance(missing, NotFound)
        await trio.sleep(5)
        found = await world.venues[name].read_order(intent, "")
        assert isinstance(found, OrderReport)
        assert found.matched_e6 == 10_000_000

    go(body, script=[Fault(FaultKind.LATE_ARRIVAL)])


@pytest.mark.parametrize("name", VENUES)
def test_a_cancelled_caller_changes_nothing_at_the_venue(name: str) -> None:
    async def body(world: World) -> None:
        with trio.move_on_after(0.005):
            await place(world, name)
        assert rows(world, "SELECT count(*) FROM orders") == [(0,)]
        await trio.sleep(1)
        assert rows(world, "SELECT status FROM orders") == [("executed",)]

    go(body)


def test_a_caller_cancelled_before_the_guard_sent_nothing() -> None:
    async def body(world: World) -> None:
        with trio.CancelScope() as scope:
            scope.cancel()
            await place(world, "kalshi")
        await trio.sleep(30)
        assert rows(world, "SELECT count(*) FROM requests") == [(0,)]

    go(body)


def test_a_request_arrives_within_its_bound() -> None:
    late = fault(FaultKind.LATE_ARRIVAL, change={"arrive_later_ms": FOREVER_MS})

    async def body(world: World) -> None:
        await place(world, "kalshi")
        await trio.sleep(BOUNDS.request_death_ms / 1000)
        assert rows(world, "SELECT arrived_ms-sent_ms FROM requests") == [(BOUNDS.request_death_ms,)]

    go(body, script=[late])


def test_polymarkets_killed_order_is_not_found_and_kalshis_is_canceled() -> None:
    async def body(world: World) -> None:
        for name in VENUES:
            await place(world, name)
        kalshi = await world.kalshi.read_order(buy("kalshi", 1_000, 5_000), "")
        assert isinstance(kalshi, OrderReport)
        assert (kalshi.reported, kalshi.matched_e6) == (Reported.TERMINAL, 0)
        assert isinstance(await world.polymarket.read_order(buy("polymarket", 1_000, 5_000), ""), NotFound)

    go(body, script=[Fault(FaultKind.KILL, times=0)])


def test_an_answer_may_name_no_fills() -> None:
    rules = (evolve(kalshi_rules(), names_fills=False), evolve(polymarket_rules(), names_fills=False))

    async def body(world: World) -> None:
        for name in VENUES:
            said = await place(world, name)
            assert isinstance(said, OrderReport)
            assert (said.matched_e6, said.fills) == (10_000_000, ())
            read = await world.venues[name].read_order(buy(name, 1_000, 5_000), "")
            assert isinstance(read, OrderReport)
            assert len(read.fills) == 1

    go(body, rules=rules)


async def follow(world: World, name: str, seconds: int, into: list[OrderReport]) -> None:
    async def deliver(fact: Fact) -> None:
        assert isinstance(fact, OrderReport)
        into.append(fact)

    with trio.move_on_after(seconds):
        await world.venues[name].stream(deliver)


def test_the_stream_tells_of_fills_and_of_their_end() -> None:
    async def body(world: World) -> None:
        facts: list[OrderReport] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow, world, "polymarket", 60, facts)
            await trio.sleep(0.1)
            await place(world, "polymarket")
        assert [[fill.status.value for fill in fact.fills] for fact in facts] == [["pending"], ["final"]]
        assert world.polymarket.exchange.on_order == []

    go(body)


@pytest.mark.parametrize(
    ("kind", "count"),
    [(FaultKind.STREAM_LOST, 0), (FaultKind.STREAM_REPEATED, 2), (FaultKind.STREAM_LATE, 1)],
)
def test_the_stream_loses_repeats_and_delays(kind: FaultKind, count: int) -> None:
    async def body(world: World) -> int:
        facts: list[OrderReport] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow, world, "kalshi", 60, facts)
            await trio.sleep(0.1)
            await place(world, "kalshi")
        return len(facts)

    assert go(body, script=[Fault(kind)]) == count
