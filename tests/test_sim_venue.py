"""The port over a simulated venue: latency, deadlines, the guard, what survives its caller, and every fault."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve

from pairlock.facts import CancelAcked, Fact, NotFound, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.model import Outcome, Payout
from pairlock.ports import OrderIntent, Venue, VenueError
from pairlock_adapters.simulated.fault_kinds import FOREVER_MS, KINDS, NOTHING, FaultKind
from pairlock_adapters.simulated.faults import Draw, Fault, fault
from pairlock_adapters.simulated.matching import book_of
from pairlock_adapters.simulated.profiles import NONE, Profile
from pairlock_adapters.simulated.rules import kalshi_rules, polymarket_rules
from pairlock_adapters.simulated.state import OnCancel
from pairlock_adapters.simulated.world import World
from sim_support import (
    BOUNDS,
    KX,
    PM,
    buy,
    check_books_balance,
    go,
    go_ahead,
    ioc,
    list_event,
    market_of,
    rows,
    sell,
)

VENUES = ("kalshi", "polymarket")


def soon(world: World, name: str) -> OrderIntent:
    """A buy of 10 with the brief's second to live."""
    return evolve(buy(name, 1_000, 5_000), deadline_ms=world.clock.now_ms() + 1_000)


async def place(world: World, name: str) -> Fact:
    return await world.venues[name].place(soon(world, name), go_ahead)


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
        asked = []

        def guard() -> str:
            asked.append(len(rows(world, "SELECT 1 FROM requests")))
            return "too late" if len(asked) == 1 else ""

        first = await world.kalshi.place(buy("kalshi", 1_000, 5_000), guard)
        assert first == NotSent(first.at_ms, "i1", "too late")
        await world.kalshi.place(buy("kalshi", 1_000, 5_000), guard)
        assert asked == [0, 0]
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


def test_a_delayed_order_is_live_then_matched() -> None:
    async def body(world: World) -> None:
        intent = buy("polymarket", 1_000, 5_000)
        said = await world.polymarket.place(intent, go_ahead)
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6) == (Reported.LIVE, 0)
        refused = await world.polymarket.cancel(intent, said.venue_ref)
        assert isinstance(refused, OutcomeUnknown)
        assert "delayed" in refused.reason
        live = await world.polymarket.read_order(intent, "")
        assert isinstance(live, OrderReport)
        assert live.reported is Reported.LIVE
        await trio.sleep(4)
        done = await world.polymarket.read_order(intent, "")
        assert isinstance(done, OrderReport)
        assert (done.reported, done.matched_e6) == (Reported.TERMINAL, 10_000_000)

    go(body, script=[Fault(FaultKind.DELAYED)])


def test_a_held_kalshi_order_is_canceled_without_its_answer() -> None:
    """The cancel needs the venue's id, which only the lost answer held: it is found by ours."""

    async def body(world: World) -> None:
        intent = soon(world, "kalshi")
        said = await world.kalshi.place(intent, go_ahead)
        assert isinstance(said, OutcomeUnknown)
        acked = await world.kalshi.cancel(intent, "")
        assert isinstance(acked, CancelAcked)
        await trio.sleep(60)
        assert rows(world, "SELECT status,matched_e6 FROM orders") == [("canceled", 0)]

    go(body, script=[fault(FaultKind.DELAYED, change={"hold_ms": 30_000}), Fault(FaultKind.LOST_ANSWER)])


@pytest.mark.parametrize("name", VENUES)
def test_a_fill_beats_the_cancel(name: str) -> None:
    async def body(world: World) -> None:
        intent = ioc(buy(name, 1_000, 5_000))
        said = await world.venues[name].place(intent, go_ahead)
        assert isinstance(said, OrderReport)
        assert said.reported is Reported.LIVE
        told = await world.venues[name].cancel(intent, said.venue_ref)
        assert isinstance(told, OutcomeUnknown)
        read = await world.venues[name].read_order(intent, said.venue_ref)
        assert isinstance(read, OrderReport)
        assert read.matched_e6 == 10_000_000

    go(body, script=[Fault(FaultKind.FILL_BEATS_CANCEL)])


@pytest.mark.parametrize("name", VENUES)
def test_a_fill_after_the_cancels_acknowledgement(name: str) -> None:
    after = fault(FaultKind.FILL_AFTER_CANCEL, change={"after_cancel_ms": FOREVER_MS})

    async def body(world: World) -> None:
        intent = ioc(buy(name, 1_000, 5_000))
        said = await world.venues[name].place(intent, go_ahead)
        assert isinstance(said, OrderReport)
        assert isinstance(await world.venues[name].cancel(intent, said.venue_ref), CancelAcked)
        acked_ms = world.clock.now_ms()
        early = await world.venues[name].read_order(intent, said.venue_ref)
        assert not isinstance(early, OrderReport) or (early.reported, early.matched_e6) == (
            Reported.TERMINAL,
            0,
        )
        await trio.sleep(BOUNDS.fill_lag_ms / 1000)
        late = await world.venues[name].read_order(intent, said.venue_ref)
        assert isinstance(late, OrderReport)
        assert late.matched_e6 == 10_000_000
        ((matched_ms,),) = rows(world, "SELECT matched_ms FROM fills")
        assert acked_ms - 100 < matched_ms <= acked_ms + BOUNDS.fill_lag_ms
        assert rows(world, "SELECT status,on_cancel FROM orders") == [
            ("canceled", OnCancel.FILLS_AFTER_ACK.value)
        ]

    go(body, script=[after])


def test_a_lost_cancel_is_unknown() -> None:
    async def body(world: World) -> None:
        intent = ioc(buy("kalshi", 1_000, 5_000))
        said = await world.kalshi.place(intent, go_ahead)
        assert isinstance(said, OrderReport)
        assert isinstance(await world.kalshi.cancel(intent, said.venue_ref), OutcomeUnknown)
        assert rows(world, "SELECT status FROM orders") == [("held",)]

    go(body, script=[Fault(FaultKind.DELAYED), Fault(FaultKind.LOST_CANCEL)])


def test_a_disabled_venue_refuses_cancels() -> None:
    async def body(world: World) -> None:
        intent = ioc(buy("kalshi", 1_000, 5_000))
        said = await world.kalshi.place(intent, go_ahead)
        assert isinstance(said, OrderReport)
        await world.kalshi.place(buy("kalshi", 1_000, 5_000, intent_id="i2"), go_ahead)
        told = await world.kalshi.cancel(intent, said.venue_ref)
        assert isinstance(told, OutcomeUnknown)
        assert "503" in told.reason

    go(body, script=[Fault(FaultKind.DELAYED), Fault(FaultKind.DISABLED, nth=2)])


def test_a_stale_read_is_exhaustive_within_its_bound() -> None:
    stale = fault(FaultKind.STALE_READ, times=0, change={"lag_ms": FOREVER_MS})

    async def body(world: World) -> None:
        intent = buy("kalshi", 1_000, 5_000)
        await world.kalshi.place(intent, go_ahead)
        assert isinstance(await world.kalshi.read_order(intent, ""), NotFound)
        await trio.sleep(BOUNDS.read_lag_ms / 1000)
        assert isinstance(await world.kalshi.read_order(intent, ""), OrderReport)

    go(body, script=[stale])


def test_a_failed_read_is_no_answer() -> None:
    async def body(world: World) -> None:
        with pytest.raises(VenueError, match="502"):
            await world.kalshi.balance_micros()
        assert await world.kalshi.balance_micros() > 0
        assert isinstance(await world.kalshi.read_order(buy("kalshi", 1_000, 5_000), ""), OutcomeUnknown)

    go(
        body,
        script=[Fault(FaultKind.READ_FAILED, what="balance"), Fault(FaultKind.READ_FAILED, what="order")],
    )


def test_a_revoked_key_reads_nothing_private() -> None:
    async def body(world: World) -> None:
        intent = buy("kalshi", 1_000, 5_000)
        await world.kalshi.place(intent, go_ahead)
        with pytest.raises(VenueError, match="401"):
            await world.kalshi.balance_micros()
        assert isinstance(await world.kalshi.read_order(intent, ""), OutcomeUnknown)
        assert (await world.kalshi.book(KX)).asks

    go(body, script=[Fault(FaultKind.KEY_REVOKED)])


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
    always_killed = evolve(NONE, draws=(Draw(FaultKind.PARTIAL, 1_000_000), Draw(FaultKind.STALE_READ, 0)))

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
