"""What each fault of reads, streams, settlement and markets really does: the answers, and the truth."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve

from pairlock.facts import Fact, NotFound, OrderReport, OutcomeUnknown
from pairlock.model import FillStatus, Outcome, Payout
from pairlock.ports import VenueError
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World
from sim_support import (
    BOUNDS,
    KX,
    PM,
    buy,
    cash,
    check_books_balance,
    go,
    go_ahead,
    list_event,
    market_of,
    place,
    rows,
)

VENUES = ("kalshi", "polymarket")
LAG_S = BOUNDS.read_lag_ms / 1_000


@pytest.mark.parametrize("name", VENUES)
@pytest.mark.parametrize(
    "kind", [K.NOT_FOUND_IN_FLIGHT, K.STALE_ORDER, K.ORDERS_FILLS_DISAGREE, K.ROWS_MISSING]
)
def test_a_read_may_lag_but_never_beyond_its_bound(kind: K, name: str) -> None:
    late = {K.STALE_ORDER: {"lag_ms": 10**6}, K.ORDERS_FILLS_DISAGREE: {"fills_lag_ms": 10**6}}
    bent = fault(kind, times=0, change=late.get(kind))

    async def body(world: World) -> None:
        intent = buy(name, 1_000, 5_000)
        await world.venues[name].place(intent, go_ahead)
        early = await world.venues[name].read_order(intent, "")
        assert isinstance(early, NotFound) or (isinstance(early, OrderReport) and early.fills == ())
        assert world.fired == {kind.value: 1}
        await trio.sleep(LAG_S)
        late = await world.venues[name].read_order(intent, "")
        assert isinstance(late, OrderReport)
        assert sum(fill.qty_e6 for fill in late.fills) == late.matched_e6 == 10_000_000
        assert world.fired == {kind.value: 1}  # it shows what is true: not stale

    go(body, script=[bent])


@pytest.mark.parametrize("name", VENUES)
@pytest.mark.parametrize("kind", [K.ROWS_REPEATED, K.FOREIGN_ORDER])
def test_rows_that_are_told_twice_or_are_anothers_change_nothing(kind: K, name: str) -> None:
    async def body(world: World) -> None:
        intent = buy(name, 1_000, 5_000)
        await world.venues[name].place(intent, go_ahead)
        await trio.sleep(3)
        said = await world.venues[name].read_order(intent, "")
        assert isinstance(said, OrderReport)
        assert (said.matched_e6, len(said.fills)) == (10_000_000, 1)
        others = rows(world, "SELECT status,matched_e6 FROM orders WHERE intent_id LIKE 'other-%'")
        assert others == ([("held", 0)] if kind is K.FOREIGN_ORDER else [])
        await trio.sleep(10)
        assert rows(world, "SELECT count(*) FROM orders WHERE status='held'") == [(0,)]

    go(body, script=[Fault(kind)])


@pytest.mark.parametrize("name", VENUES)
@pytest.mark.parametrize("kind", [K.UNKNOWN_WORD, K.NUMBER_DRIFT, K.FIXED_POINT_DRIFT])
def test_what_cannot_be_read_for_certain_is_unknown(kind: K, name: str) -> None:
    async def body(world: World) -> None:
        intent = buy(name, 1_000, 5_000)
        await world.venues[name].place(intent, go_ahead)
        await trio.sleep(3)
        assert isinstance(await world.venues[name].read_order(intent, ""), OutcomeUnknown)
        assert isinstance(await world.venues[name].read_order(intent, ""), OrderReport)

    go(body, script=[Fault(kind)])


def test_a_stale_balance_and_position_are_those_of_a_moment_ago() -> None:
    script = [Fault(K.STALE_BALANCE, times=0), Fault(K.STALE_POSITION, times=0)]

    async def body(world: World) -> None:
        before = await world.kalshi.balance_micros()
        assert world.fired == {}
        await place(world, "kalshi")
        assert await world.kalshi.balance_micros() == before
        assert await world.kalshi.sellable_e6(KX, Outcome.YES) == 0
        assert world.fired == {"stale_balance": 1, "stale_position": 1}
        await trio.sleep(2)
        assert await world.kalshi.balance_micros() == cash(world.kalshi) < before
        assert await world.kalshi.sellable_e6(KX, Outcome.YES) == 10_000_000

    go(body, script=script)


def test_a_book_kept_from_a_stream_goes_wrong_in_four_ways() -> None:
    kinds = [K.BOOK_SEQUENCE_RESET, K.BOOK_DELTA_RACE, K.BOOK_CROSSED, K.BOOK_SIZE_VANISHES]
    script = [Fault(kind, nth=number) for number, kind in enumerate(kinds, 1)]

    async def body(world: World) -> None:
        with pytest.raises(VenueError) as error:
            await world.kalshi.book(KX)
        assert not error.value.shut
        plain = await world.polymarket.book(PM)
        doubled = await world.kalshi.book(KX)
        assert (doubled.asks[0][1], doubled.bids[0][1]) == (2 * plain.asks[0][1], 2 * plain.bids[0][1])
        crossed = await world.kalshi.book(KX)
        assert crossed.bids[0][0] > crossed.asks[0][0]
        shown = await world.kalshi.book(KX)
        assert shown.asks == plain.asks
        assert (await world.kalshi.book(KX)).asks == plain.asks[1:]

    go(body, script=[evolve(each, venue="kalshi") for each in script])


STREAMED = [
    (K.STREAM_LOST, ["i1", "i2", "i3"]),
    (K.STREAM_REPEATED, ["i0", "i0", "i1", "i2", "i3"]),
    (K.STREAM_REORDERED, ["i1", "i0", "i2", "i3"]),
    (K.STREAM_SILENT, ["i3"]),
    (K.STREAM_PINGS_LOST, ["i3"]),
]


@pytest.mark.parametrize(("kind", "heard"), STREAMED)
def test_what_the_stream_tells(kind: K, heard: list[str]) -> None:
    short = {"for_ms": 2_500} if kind in (K.STREAM_SILENT, K.STREAM_PINGS_LOST) else None
    assert go(streamed, script=[fault(kind, change=short)]) == heard


def test_the_stream_tells_again_when_its_connection_is_renewed() -> None:
    assert go(streamed, script=[Fault(K.STREAM_REPLAYED, nth=3)]) == ["i0", "i1", "i0", "i1", "i2", "i3"]


async def streamed(world: World) -> list[str]:
    heard: list[str] = []

    async def deliver(fact: Fact) -> None:
        assert isinstance(fact, OrderReport)
        heard.append(fact.intent_id)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.kalshi.stream, deliver)
        for number in range(4):
            await trio.sleep(1)
            await world.kalshi.place(buy("kalshi", 100, 5_000, intent_id=f"i{number}"), go_ahead)
        await trio.sleep(10)
        nursery.cancel_scope.cancel()
    return heard


def test_a_part_of_an_orders_fills_fails() -> None:
    async def body(world: World) -> None:
        before = cash(world.polymarket)
        await place(world, "polymarket")
        await trio.sleep(60)
        ends = rows(world, "SELECT status,qty_e6,cost_micros+fee_micros FROM fills ORDER BY fill_id")
        assert [end[:2] for end in ends] == [("failed", 5_000_000), ("final", 5_000_000)]
        assert cash(world.polymarket) == before - ends[1][2]
        check_books_balance(world)

    go(body, script=[Fault(K.PART_FAILS)])


def test_a_match_that_is_never_broadcast_fails_in_the_end() -> None:
    async def body(world: World) -> None:
        await place(world, "polymarket")
        seen = world.exchanges["polymarket"].seen("i1", world.clock.now_ms())
        assert seen is not None
        assert [word for _, word in seen.fills] == ["MATCHED_NOT_BROADCASTED"]
        await trio.sleep(90)
        intent = buy("polymarket", 1_000, 5_000)
        said = await world.polymarket.read_order(intent, "")
        assert isinstance(said, OrderReport)
        assert [fill.status for fill in said.fills] == [FillStatus.FAILED]

    go(body, script=[Fault(K.NEVER_BROADCAST)])


def test_fees_and_rules_may_be_others_than_were_read() -> None:
    script = [
        Fault(K.FEE_DIFFERS, "kalshi"),
        Fault(K.SCHEDULE_CHANGES, "polymarket", nth=2),
        Fault(K.TICK_CHANGES, nth=4),
    ]

    async def body(world: World) -> None:
        plain = (await world.polymarket.rules(PM)).fees.rate_ppm
        for venue, ident in (("kalshi", "a"), ("polymarket", "b"), ("polymarket", "c"), ("kalshi", "d")):
            await world.venues[venue].place(buy(venue, 1_000, 5_000, intent_id=ident), go_ahead)
        fees = dict(rows(world, "SELECT intent_id,fee_micros FROM fills"))
        assert fees["a"] == 210_000  # 0.175 and a fifth more
        assert fees["c"] == fees["b"] * (plain + 10_000) // plain
        assert (await world.polymarket.rules(PM)).fees.rate_ppm == plain + 10_000
        assert (await world.kalshi.rules(KX)).tick_e4 == 10
        assert (await world.kalshi.book(KX)).asks[0][0] % 100 == 30
        assert "d" not in fees  # its limit was no longer met

    go(body, script=script)


def test_a_market_may_close_before_its_result() -> None:
    async def body(world: World) -> None:
        await trio.sleep(2)
        assert not await world.kalshi.taker_open(KX)
        assert (await world.kalshi.rules(KX)).open is False
        assert await world.polymarket.taker_open(PM)
        await trio.sleep(130)
        assert await world.kalshi.resolution(KX, Outcome.YES) == Payout(10_000)

    go(body, script=[Fault(K.EARLY_CLOSE, "kalshi")])


def test_a_price_gap_goes_against_the_holder_on_both_venues() -> None:
    async def body(world: World) -> list[int]:
        await world.kalshi.place(buy("kalshi", 1_000, 5_100, Outcome.NO), go_ahead)
        return [(await world.venues[name].book(market_of(name))).asks[0][0] for name in VENUES]

    assert go(body, script=[Fault(K.PRICE_GAP)]) == [6_000, 6_000]


def test_no_liquidity_may_be_one_events_only() -> None:
    async def body(world: World) -> None:
        await place(world, "kalshi")
        for name in VENUES:
            assert (await world.venues[name].book(market_of(name))).asks == ()
        pair = world.open_pair()
        assert (await world.kalshi.book(pair.kalshi.market)).asks != ()
        await trio.sleep(60)
        assert (await world.kalshi.book(KX)).asks != ()

    go(body, script=[fault(K.NO_ROUTE, change={"market_only": True, "for_ms": 60_000})])


@pytest.mark.parametrize("hedged", [False, True])
def test_a_resolution_counts_only_while_legs_are_unequal(hedged: bool) -> None:
    script = [fault(K.RESOLVED_WHILE_EXPOSED, "kalshi", change={"resolve_in_ms": 500})]

    async def body(world: World) -> None:
        await place(world, "kalshi")
        if hedged:
            await world.polymarket.place(
                buy("polymarket", 1_000, 5_100, Outcome.NO, intent_id="i2"), go_ahead
            )
        await trio.sleep(60)
        assert await world.kalshi.resolution(KX, Outcome.YES) == Payout(10_000)
        assert world.fired == ({} if hedged else {"resolved_while_exposed": 1})
        check_books_balance(world)

    go(body, script=script)


def test_halts_and_emptiness_outlive_a_restart_of_the_venues(tmp_path: object) -> None:
    path = f"{tmp_path}/venues"
    script = [
        fault(K.MARKET_HALT, "kalshi", change={"halt_ms": 60_000}),
        fault(K.NO_ROUTE, "polymarket", change={"market_only": True, "for_ms": 60_000}),
    ]

    async def first(world: World) -> None:
        list_event(world)
        await place(world, "kalshi")
        await place(world, "polymarket")

    async def second(world: World) -> None:
        assert not await world.kalshi.taker_open(KX)
        assert (await world.polymarket.book(PM)).asks == ()
        await trio.sleep(60)
        assert await world.kalshi.taker_open(KX)
        assert (await world.polymarket.book(PM)).asks != ()

    go(first, truth=Truth(path), script=script, list_markets=False)
    go(second, truth=Truth(path), list_markets=False)
