"""Results, payouts, shut routes, forgetting, and taking up again what a store holds."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from attrs import evolve

from pairlock.facts import OrderReport, Reported
from pairlock.model import Outcome, Payout
from pairlock.ports import VenueError
from pairlock_adapters.simulated.fault_kinds import Condition, FaultKind
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.state import Result
from pairlock_adapters.simulated.truth import Truth, TruthUnreadable
from pairlock_adapters.simulated.world import World
from sim_support import (
    KX,
    PM,
    buy,
    cash,
    check_books_balance,
    go,
    go_ahead,
    ioc,
    list_event,
    rows,
)


@pytest.mark.parametrize(
    ("result", "yes_e4", "no_e4", "kind"),
    [
        (Result.YES, 10_000, 0, "normal"),
        (Result.NO, 0, 10_000, "normal"),
        (Result.FIFTY_FIFTY, 5_000, 5_000, "fifty_fifty"),
        (Result.VOID, 2_600, 7_400, "void"),
    ],
)
def test_a_resolved_market_pays(result: Result, yes_e4: int, no_e4: int, kind: str) -> None:
    async def body(world: World) -> None:
        list_event(world, result=result, resolve_at_ms=60_000, yes_payout_e4=2_600)
        for name in ("kalshi", "polymarket"):
            await world.venues[name].place(buy(name, 10_000, 5_000), go_ahead)
        held = {name: cash(venue) for name, venue in world.venues.items()}
        await trio.sleep(59)
        assert await world.kalshi.resolution(KX, Outcome.YES) is None
        await trio.sleep(20)
        for name, market in (("kalshi", KX), ("polymarket", PM)):
            assert await world.venues[name].resolution(market, Outcome.YES) == Payout(yes_e4, kind)
            assert await world.venues[name].resolution(market, Outcome.NO) == Payout(no_e4, kind)
            assert cash(world.venues[name]) == held[name] + 100 * yes_e4 * 100
        check_books_balance(world)

    go(body, list_markets=False)


def test_a_payout_waits_for_what_is_pending() -> None:
    async def body(world: World) -> None:
        list_event(world, resolve_at_ms=2_000)
        await world.polymarket.place(buy("polymarket", 10_000, 5_000), go_ahead)
        await trio.sleep(15)
        assert await world.polymarket.resolution(PM, Outcome.YES) is None
        await trio.sleep(60)
        assert await world.polymarket.resolution(PM, Outcome.YES) == Payout(10_000)
        check_books_balance(world)

    go(body, list_markets=False, script=[fault(FaultKind.SLOW_FINALITY, change={"final_later_ms": 20_000})])


def test_a_closed_market_refuses_and_says_so_everywhere() -> None:
    async def body(world: World) -> None:
        await trio.sleep(121)
        for name, market in (("kalshi", KX), ("polymarket", PM)):
            venue = world.venues[name]
            assert not await venue.taker_open(market)
            assert not (await venue.rules(market)).open
            with pytest.raises(VenueError) as error:
                await venue.book(market)
            assert error.value.shut
            said = await venue.place(buy(name, 1_000, 5_000), go_ahead)
            assert isinstance(said, OrderReport)
            assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)

    go(body)


def test_a_retired_market_is_forgotten_and_still_answers() -> None:
    async def body(world: World) -> None:
        intent = buy("kalshi", 1_000, 5_000)
        await world.kalshi.place(intent, go_ahead)
        assert not world.kalshi.exchange.settlement.retire(KX)
        before = await world.kalshi.read_order(intent, "")
        await trio.sleep(300)
        exchange = world.kalshi.exchange
        assert (exchange.markets, exchange.orders, len(world.timeline)) == ({}, {}, 0)
        after = await world.kalshi.read_order(intent, "")
        assert isinstance(before, OrderReport)
        assert isinstance(after, OrderReport)
        assert after.fills == before.fills
        assert await world.kalshi.resolution(KX, Outcome.YES) == Payout(10_000)
        duplicate = await world.kalshi.place(intent, go_ahead)
        assert type(duplicate).__name__ == "OutcomeUnknown"

    go(body)


def test_a_shut_venue_serves_nothing_until_it_is_reopened() -> None:
    async def body(world: World) -> None:
        said = await world.polymarket.place(buy("polymarket", 1_000, 5_000), go_ahead)
        assert isinstance(said, OrderReport)
        assert said.reason.startswith("425")
        assert not await world.polymarket.taker_open(PM)
        with pytest.raises(VenueError) as error:
            await world.polymarket.book(PM)
        assert error.value.shut
        assert world.reopen()["polymarket"] == (Condition.RESTARTING,)
        assert await world.polymarket.taker_open(PM)
        said = await world.polymarket.place(buy("polymarket", 1_000, 5_000, intent_id="i2"), go_ahead)
        assert isinstance(said, OrderReport)
        assert said.matched_e6 == 10_000_000

    go(body, script=[Fault(FaultKind.SHUT, "polymarket")])


def test_no_route_outlasts_the_operator() -> None:
    async def body(world: World) -> None:
        venue = world.kalshi
        await venue.place(buy("kalshi", 1_000, 5_000), go_ahead)
        assert (await venue.book(KX)).asks == ()
        world.reopen()
        said = await venue.place(ioc(buy("kalshi", 1_000, 9_000, intent_id="i2")), go_ahead)
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)

    go(body, script=[Fault(FaultKind.NO_ROUTE, "kalshi")])


def test_everything_is_taken_up_again(tmp_path: Path) -> None:
    """A second world on the store of one that just stopped: same books, money, orders; what was to come comes."""
    path = str(tmp_path / "venues")
    held = fault(FaultKind.DELAYED, "kalshi", intent="held", change={"hold_ms": 30_000})
    late = fault(FaultKind.LATE_ARRIVAL, "polymarket", intent="late", change={"arrive_later_ms": 9_000})

    async def first(world: World) -> dict[str, object]:
        await world.polymarket.place(buy("polymarket", 10_000, 5_000, intent_id="ghost"), go_ahead)
        await world.polymarket.place(buy("polymarket", 2_000, 5_000, intent_id="good"), go_ahead)
        await world.kalshi.place(buy("kalshi", 3_000, 5_000, intent_id="plain"), go_ahead)
        await world.kalshi.place(buy("kalshi", 1_000, 5_000, intent_id="held"), go_ahead)
        await world.polymarket.place(
            evolve(buy("polymarket", 1_000, 5_000, intent_id="late"), deadline_ms=world.clock.now_ms() + 500),
            go_ahead,
        )
        world.kalshi.exchange.enter(Condition.PAUSED, 10**9)
        return state_of(world)

    async def second(world: World) -> dict[str, object]:
        now = state_of(world)
        assert world.truth.run == 2
        assert world.kalshi.exchange.is_in(Condition.PAUSED, world.clock.now_ms())
        await trio.sleep(60)
        assert dict(rows(world, "SELECT intent_id,status FROM orders")) == dict.fromkeys(
            ("ghost", "good", "plain", "held", "late"), "executed"
        )
        assert dict(rows(world, "SELECT intent_id,status FROM fills")) == {
            "ghost": "failed", "good": "final", "plain": "final", "held": "final", "late": "final",
        }  # fmt: skip
        await trio.sleep(100)
        assert await world.kalshi.resolution(KX, Outcome.YES) == Payout(10_000)
        check_books_balance(world)
        return now

    before = go(first, truth=Truth(path), script=[Fault(FaultKind.GHOST_FILL, intent="ghost"), held, late])
    assert go(second, truth=Truth(path), list_markets=False) == before


def state_of(world: World) -> dict[str, object]:
    return {
        name: (
            exchange.account.cash_micros,
            repr([(m, s.book, s.status) for m, s in sorted(exchange.markets.items())]),
            repr(sorted(exchange.orders.items())),
            [exchange.account.sellable_e6(m, o) for m in (KX, PM) for o in Outcome],
            exchange.is_in(Condition.PAUSED, world.clock.now_ms()),
        )
        for name, exchange in world.exchanges.items()
    }


def test_a_file_that_is_no_truth_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(b"not a database at all, and long enough to be read as one" * 20)
    with pytest.raises(TruthUnreadable, match="not a truth store"):
        Truth(str(path))


def test_a_failed_write_leaves_no_half(tmp_path: Path) -> None:
    truth = Truth(str(tmp_path / "venues"))

    def half() -> None:
        with truth.commit(5):
            truth.put_meta("seed", 99)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert (truth.meta("seed"), truth.now_ms) == (0, 0)
