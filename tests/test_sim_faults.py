"""Every fault of an order on its way and at the venue, by script and by chance."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve

from pairlock.facts import NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.model import Outcome, Payout
from pairlock_adapters.simulated.fault_kinds import KINDS, NOTHING, FaultKind
from pairlock_adapters.simulated.faults import Draw, Fault, fault
from pairlock_adapters.simulated.matching import book_of
from pairlock_adapters.simulated.profiles import NONE, Profile
from pairlock_adapters.simulated.world import World
from sim_support import (
    KX,
    PM,
    buy,
    check_books_balance,
    go,
    go_ahead,
    ioc,
    list_event,
    market_of,
    place,
    rows,
    sell,
    soon,
)

VENUES = ("kalshi", "polymarket")


# kind, venue, what the client is told, contracts filled in the end (of 10)
ENTRY_FAULTS = [
    (FaultKind.CONNECT_REFUSED, "kalshi", NotSent, 0),
    (FaultKind.LOST_REQUEST, "kalshi", OutcomeUnknown, 0),
    (FaultKind.LATE_ARRIVAL, "polymarket", OutcomeUnknown, 10),
    (FaultKind.DUPLICATED, "polymarket", OrderReport, 10),
    (FaultKind.KILL, "kalshi", OrderReport, 0),
    (FaultKind.KILL, "polymarket", OrderReport, 0),
    (FaultKind.KILL_500, "polymarket", OrderReport, 0),
    (FaultKind.PARTIAL, "kalshi", OrderReport, 4),
    (FaultKind.PARTIAL, "polymarket", OrderReport, 4),
    (FaultKind.IMPROVED, "kalshi", OrderReport, 10),
    (FaultKind.DELAYED, "polymarket", OrderReport, 10),
    (FaultKind.DELAYED, "kalshi", OrderReport, 10),
    (FaultKind.NO_BALANCE, "polymarket", OrderReport, 0),
    (FaultKind.SHUT, "polymarket", OrderReport, 0),
    (FaultKind.POST_ONLY, "polymarket", OrderReport, 0),
    (FaultKind.CANCEL_ONLY, "polymarket", OrderReport, 0),
    (FaultKind.DISABLED, "polymarket", OrderReport, 0),
    (FaultKind.PAUSED, "kalshi", OrderReport, 0),
    (FaultKind.KEY_REVOKED, "kalshi", OrderReport, 0),
    (FaultKind.NO_ROUTE, "kalshi", OrderReport, 0),
    (FaultKind.UNAUTHORIZED, "kalshi", OrderReport, 0),
    (FaultKind.RATE_LIMITED, "kalshi", OrderReport, 0),
    (FaultKind.RESTARTING, "polymarket", OrderReport, 0),
    (FaultKind.SLOW_ANSWER, "kalshi", OutcomeUnknown, 10),
    (FaultKind.LOST_ANSWER, "polymarket", OutcomeUnknown, 10),
    (FaultKind.SERVER_ERROR, "kalshi", OutcomeUnknown, 10),
    (FaultKind.GATEWAY_TIMEOUT, "polymarket", OutcomeUnknown, 10),
    (FaultKind.NO_ORDER_IN_ANSWER, "kalshi", OutcomeUnknown, 10),
    (FaultKind.NO_ORDER_IN_ANSWER, "polymarket", OutcomeUnknown, 10),
]


@pytest.mark.parametrize(("kind", "name", "told", "filled"), ENTRY_FAULTS)
def test_a_fault_of_an_entry(kind: FaultKind, name: str, told: type, filled: int) -> None:
    async def body(world: World) -> None:
        intent = soon(world, name)
        said = await world.venues[name].place(intent, go_ahead)
        assert isinstance(said, told), said
        if isinstance(said, OrderReport) and kind is not FaultKind.DELAYED:
            assert said.matched_e6 == filled * 1_000_000
            assert said.reported in (Reported.CERTAIN, Reported.TERMINAL)
        await trio.sleep(20)
        world.reopen()
        assert rows(world, "SELECT coalesce(sum(qty_e6),0) FROM fills") == [(filled * 1_000_000,)]
        assert world.fired == {kind.value: 1}
        assert len(rows(world, "SELECT 1 FROM orders")) <= 1
        check_books_balance(world)
        read = await world.venues[name].read_order(intent, "")
        if filled:
            assert isinstance(read, OrderReport)
            assert read.matched_e6 == filled * 1_000_000

    go(body, script=[Fault(kind, name)])


def test_every_kind_has_a_hook_and_changes_something() -> None:
    assert set(KINDS) == set(FaultKind)
    assert [kind for kind, (_, effect) in KINDS.items() if effect == NOTHING] == []


@pytest.mark.parametrize(("profile", "elsewhere"), [(NONE, 5_000), (evolve(NONE, market_moves=True), 5_300)])
def test_a_kill_moves_the_event_on_the_other_venue_too(profile: Profile, elsewhere: int) -> None:
    """Leaving the leg that filled then costs what the market moved, on whichever venue."""

    async def body(world: World) -> list[int]:
        await place(world, "kalshi")
        return [(await world.venues[name].book(market_of(name))).asks[0][0] for name in VENUES]

    assert go(body, script=[Fault(FaultKind.KILL)], profile=profile) == [5_300, elsewhere]


def test_a_kill_far_from_the_limit_is_a_flicker() -> None:
    """An exit's limit may lie 15 cents away: the market does not move that far, the depth is gone for an instant."""

    async def body(world: World) -> None:
        said = await world.kalshi.place(ioc(buy("kalshi", 1_000, 7_000)), go_ahead)
        assert isinstance(said, OrderReport)
        assert said.matched_e6 == 0
        assert (await world.kalshi.book(KX)).asks[0] == (5_000, 30_000)

    go(body, script=[Fault(FaultKind.KILL)])


@pytest.mark.parametrize(("bid_e4", "cost"), [(4_000, 49_000_000), (4_900, 50_000_000)])
def test_an_improvement_goes_to_the_taker_and_never_crosses(bid_e4: int, cost: int) -> None:
    async def body(world: World) -> None:
        list_event(world, book=book_of([(bid_e4, 30_000)], [(5_000, 30_000)]))
        said = await world.kalshi.place(buy("kalshi", 10_000, 5_000), go_ahead)
        assert isinstance(said, OrderReport)
        assert [fill.cost_micros for fill in said.fills] == [cost]

    go(body, script=[Fault(FaultKind.IMPROVED)], list_markets=False)


def test_more_shares_than_planned_and_never_more_than_the_cash() -> None:
    over = fault(FaultKind.OVERFILL, change={"extra_ppm": 31_415})

    async def filled(world: World, name: str = "polymarket") -> int:
        said = await world.venues[name].place(buy(name, 10_000, 5_000), go_ahead)
        assert isinstance(said, OrderReport)
        assert said.matched_e6 == sum(fill.qty_e6 for fill in said.fills)
        assert world.venues[name].exchange.account.cash_micros >= 0
        check_books_balance(world)
        return said.matched_e6

    assert go(filled, script=[over]) == 103_141_500
    assert go(lambda world: filled(world, "kalshi"), script=[over]) == 103_140_000
    assert 100_000_000 <= go(filled, script=[over], cash_micros=51_000_000) < 101_000_000


def test_a_script_picks_its_moment() -> None:
    script = [
        fault(FaultKind.KILL, "kalshi", nth=2, times=1, role="entry", outcome="yes", intent="i"),
        fault(FaultKind.KILL, "kalshi", role="exit", from_ms=10**6),
    ]

    async def body(world: World) -> list[int]:
        filled = []
        for number in range(4):
            said = await world.kalshi.place(buy("kalshi", 100, 5_300, intent_id=f"i{number}"), go_ahead)
            assert isinstance(said, OrderReport)
            filled.append(said.matched_e6)
        said = await world.kalshi.place(sell("kalshi", 100, 1_000), go_ahead)
        assert isinstance(said, OrderReport)
        return [*filled, said.matched_e6]

    assert go(body, script=script) == [1_000_000, 0, 1_000_000, 1_000_000, 1_000_000]


def test_the_script_wins_over_what_is_drawn_and_both_are_counted() -> None:
    always_killed = evolve(NONE, draws=(Draw(FaultKind.PARTIAL, 1_000_000), Draw(FaultKind.STALE_ORDER, 0)))

    async def body(world: World) -> None:
        said = await world.kalshi.place(buy("kalshi", 1_000, 5_000), go_ahead)
        assert isinstance(said, OrderReport)
        assert said.matched_e6 == 7_000_000
        assert world.fired == {"partial": 2}

    script = [fault(FaultKind.PARTIAL, change={"fill_ppm": 700_000})]
    go(body, script=script, profile=always_killed)


def test_shares_may_stay_unsellable() -> None:
    async def body(world: World) -> None:
        await world.kalshi.place(buy("kalshi", 1_000, 5_000), go_ahead)
        refused = await world.kalshi.place(sell("kalshi", 1_000, 4_900), go_ahead)
        assert isinstance(refused, OrderReport)
        assert (refused.reported, refused.matched_e6) == (Reported.CERTAIN, 0)

    go(body, script=[Fault(FaultKind.UNSELLABLE, role="exit")])


@pytest.mark.parametrize(
    ("kind", "kalshi", "polymarket"),
    [
        (FaultKind.OTHER_RESULT, Payout(10_000), Payout(0)),
        (FaultKind.VOID, Payout(10_000), Payout(5_000, "void")),
        (FaultKind.FIFTY_FIFTY, Payout(10_000), Payout(5_000, "fifty_fifty")),
        (FaultKind.EARLY_RESOLUTION, Payout(10_000), Payout(10_000)),
    ],
)
def test_the_venues_may_resolve_differently(kind: FaultKind, kalshi: Payout, polymarket: Payout) -> None:
    async def body(world: World) -> None:
        await trio.sleep(20)
        early = await world.polymarket.resolution(PM, Outcome.YES)
        assert (early is not None) == (kind is FaultKind.EARLY_RESOLUTION)
        await trio.sleep(120)
        assert await world.kalshi.resolution(KX, Outcome.YES) == kalshi
        assert await world.polymarket.resolution(PM, Outcome.YES) == polymarket

    go(body, script=[Fault(kind, "polymarket")])
