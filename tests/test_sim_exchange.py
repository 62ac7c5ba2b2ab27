"""What happens at a simulated venue: money and contracts, finality, results, payouts, forgetting, taking up again."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from attrs import evolve

from pairlock.facts import OrderReport, Reported
from pairlock.limits import FaultBounds
from pairlock.model import FillStatus, Outcome, Payout
from pairlock.ports import VenueError
from pairlock_adapters.simulated.fault_kinds import Condition, Effect, FaultKind
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.state import Result
from pairlock_adapters.simulated.truth import Truth, TruthUnreadable
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
    ioc,
    list_event,
    rows,
    sell,
)


def test_kalshi_buys_final_at_once_and_to_the_micro_dollar() -> None:
    async def body(world: World) -> None:
        before = cash(world.kalshi)
        said = await world.kalshi.place(buy("kalshi", 10_000, 5_000), go_ahead)
        assert isinstance(said, OrderReport)
        (fill,) = said.fills
        assert (said.reported, said.matched_e6, fill.status) == (
            Reported.CERTAIN,
            100_000_000,
            FillStatus.FINAL,
        )
        assert (fill.cost_micros, fill.fee_micros) == (50_000_000, 1_750_000)
        assert cash(world.kalshi) == before - 51_750_000
        assert await world.kalshi.sellable_e6(KX, Outcome.YES) == 100_000_000
        check_books_balance(world)

    go(body)


def test_kalshi_nets_a_complete_set_into_a_dollar_at_once() -> None:
    async def body(world: World) -> None:
        await world.kalshi.place(buy("kalshi", 10_000, 5_000), go_ahead)
        before = cash(world.kalshi)
        # NO is offered at 1 - 0.49.
        said = await world.kalshi.place(buy("kalshi", 6_000, 5_100, Outcome.NO, intent_id="i2"), go_ahead)
        assert isinstance(said, OrderReport)
        assert said.fills[0].cost_micros == 30_600_000
        assert cash(world.kalshi) == before - 30_600_000 - said.fills[0].fee_micros + 60_000_000
        assert await world.kalshi.sellable_e6(KX, Outcome.YES) == 40_000_000
        assert await world.kalshi.sellable_e6(KX, Outcome.NO) == 0
        check_books_balance(world)

    go(body)


def test_a_kalshi_sale_beyond_the_position_opens_the_other_outcome() -> None:
    async def body(world: World) -> None:
        await world.kalshi.place(buy("kalshi", 1_000, 5_000), go_ahead)
        before = cash(world.kalshi)
        said = await world.kalshi.place(sell("kalshi", 3_000, 4_900), go_ahead)
        assert isinstance(said, OrderReport)
        # 30 at 0.49 is 14.70; 20 of them are NO bought, which needs their dollar.
        assert cash(world.kalshi) == before + 14_700_000 - said.fills[0].fee_micros - 20_000_000
        assert world.kalshi.exchange.account.held_e6(KX, Outcome.NO) == 20_000_000
        check_books_balance(world)

    go(body)


def test_polymarket_holds_both_outcomes_and_locks_them_until_confirmed() -> None:
    async def body(world: World) -> None:
        venue = world.polymarket
        said = await venue.place(buy("polymarket", 10_000, 5_000), go_ahead)
        await venue.place(buy("polymarket", 10_000, 5_100, Outcome.NO, intent_id="i2"), go_ahead)
        assert isinstance(said, OrderReport)
        assert (said.reported, said.fills[0].status) == (Reported.CERTAIN, FillStatus.PENDING)
        account = venue.exchange.account
        assert account.held_e6(PM, Outcome.YES) == account.held_e6(PM, Outcome.NO) == 100_000_000
        assert await venue.sellable_e6(PM, Outcome.YES) == 0
        refused = await venue.place(sell("polymarket", 1_000, 4_900), go_ahead)
        assert isinstance(refused, OrderReport)
        assert "not enough balance" in refused.reason
        assert world.fired == {"unsellable": 1}
        await trio.sleep(51)
        assert await venue.sellable_e6(PM, Outcome.YES) == 100_000_000
        read = await venue.read_order(buy("polymarket", 10_000, 5_000), "")
        assert isinstance(read, OrderReport)
        assert (read.reported, read.fills[0].status) == (Reported.TERMINAL, FillStatus.FINAL)
        assert read.fills[0].fill_id == said.fills[0].fill_id
        with world.truth.commit(world.clock.now_ms()):
            assert account.merge(PM, 200_000_000, world.clock.now_ms()) == 100_000_000
        check_books_balance(world)

    go(body)


def test_a_ghost_fill_gives_the_cash_back_and_takes_the_shares() -> None:
    async def body(world: World) -> None:
        venue, before = world.polymarket, cash(world.polymarket)
        await venue.place(buy("polymarket", 10_000, 5_000), go_ahead)
        assert cash(venue) < before
        await trio.sleep(BOUNDS.finality_ms / 1000)
        assert cash(venue) == before
        assert venue.exchange.account.held_e6(PM, Outcome.YES) == 0
        read = await venue.read_order(buy("polymarket", 10_000, 5_000), "")
        assert isinstance(read, OrderReport)
        assert [fill.status for fill in read.fills] == [FillStatus.FAILED]
        assert world.fired == {"ghost_fill": 1}
        check_books_balance(world)

    go(body, script=[Fault(FaultKind.GHOST_FILL)])


def test_a_failed_sale_gives_the_shares_back() -> None:
    async def body(world: World) -> None:
        venue = world.polymarket
        await venue.place(buy("polymarket", 10_000, 5_000), go_ahead)
        await trio.sleep(51)
        before = cash(venue)
        await venue.place(sell("polymarket", 4_000, 4_900), go_ahead)
        assert venue.exchange.account.held_e6(PM, Outcome.YES) == 60_000_000
        assert cash(venue) == before, "what a sale brings comes when it is final"
        check_books_balance(world)
        await trio.sleep(51)
        assert venue.exchange.account.held_e6(PM, Outcome.YES) == 100_000_000
        assert cash(venue) == before
        check_books_balance(world)

    go(body, script=[Fault(FaultKind.GHOST_FILL, role="exit")])


def test_finality_stays_within_the_bound_of_the_fault_model() -> None:
    bounds = FaultBounds(finality_ms=20_000)
    slow = fault(FaultKind.SLOW_FINALITY, times=0, change={"final_later_ms": 10**9})

    async def body(world: World) -> int:
        await world.polymarket.place(buy("polymarket", 1_000, 5_000), go_ahead)
        ((matched_ms, final_ms),) = rows(world, "SELECT matched_ms,final_at_ms FROM fills")
        return int(final_ms - matched_ms)

    assert go(body, script=[slow], bounds=bounds) == 20_000
    assert go(body, script=[slow], bounds=None) > 10**9


def test_one_id_is_one_order_even_after_a_kill() -> None:
    async def body(world: World) -> None:
        for name in ("kalshi", "polymarket"):
            venue = world.venues[name]
            killed = await venue.place(buy(name, 100_000, 5_000), go_ahead)
            assert isinstance(killed, OrderReport)
            assert (killed.reported, killed.matched_e6) == (Reported.CERTAIN, 0)
            again = await venue.place(buy(name, 1_000, 5_000), go_ahead)
            assert type(again).__name__ == "OutcomeUnknown"
        assert rows(world, "SELECT status,matched_e6 FROM orders") == [("killed", 0), ("killed", 0)]
        answers = [answer for (answer,) in rows(world, "SELECT answer FROM requests ORDER BY id")]
        assert "fill_or_kill_insufficient_resting_volume" in answers[0]
        assert "order_already_exists" in answers[1]
        assert "fully filled or killed" in answers[2]
        assert "Duplicated" in answers[3]

    go(body)


def test_a_copy_of_a_refused_request_is_refused_too() -> None:
    """Else an order told to be dead would live: the fault model has duplicates refused by their id."""

    async def body(world: World) -> None:
        said = await world.kalshi.place(buy("kalshi", 1_000, 5_000), go_ahead)
        assert isinstance(said, OrderReport)
        assert said.reason.startswith("400 insufficient_balance")
        await trio.sleep(5)
        assert rows(world, "SELECT count(*) FROM orders") == [(0,)]
        assert rows(world, "SELECT fault_duplicate,answer LIKE '409%' FROM requests ORDER BY id") == [
            (0, 0),
            (1, 1),
        ]

    go(body, script=[Fault(FaultKind.DUPLICATED), Fault(FaultKind.NO_BALANCE)])


@pytest.mark.parametrize(("name", "need"), [("kalshi", 51_750_000), ("polymarket", 51_000_000)])
def test_what_the_cash_does_not_cover_is_refused(name: str, need: int) -> None:
    async def body(world: World) -> bool:
        said = await world.venues[name].place(buy(name, 10_000, 5_000), go_ahead)
        assert isinstance(said, OrderReport)
        assert world.venues[name].exchange.account.cash_micros >= 0
        return said.matched_e6 > 0

    assert go(body, cash_micros=need)
    assert not go(body, cash_micros=need - 1)


def test_a_closing_kalshi_order_needs_no_cash_of_its_own() -> None:
    async def body(world: World) -> None:
        await world.kalshi.place(buy("kalshi", 10_000, 5_000), go_ahead)
        assert cash(world.kalshi) < 5_000_000
        said = await world.kalshi.place(buy("kalshi", 10_000, 5_100, Outcome.NO, intent_id="i2"), go_ahead)
        assert isinstance(said, OrderReport)
        assert said.matched_e6 == 100_000_000
        check_books_balance(world)

    go(body, cash_micros=54_000_000)


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
    with pytest.raises(RuntimeError), truth.commit(5):
        truth.put_meta("seed", 99)
        raise RuntimeError
    assert (truth.meta("seed"), truth.now_ms) == (0, 0)


def test_an_effect_changes_nothing_by_default() -> None:
    async def body(world: World) -> int:
        said = await world.kalshi.place(buy("kalshi", 1_000, 5_000), go_ahead)
        assert isinstance(said, OrderReport)
        return said.matched_e6

    assert go(body, script=[Fault(FaultKind.KILL, effect=Effect())]) == go(body)
