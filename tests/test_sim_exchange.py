"""What happens at a simulated venue: money and contracts, ids, finality, what is refused."""

from __future__ import annotations

import pytest
import trio

from pairlock.facts import OrderReport, Reported
from pairlock.limits import FaultBounds
from pairlock.model import FillStatus, Outcome
from pairlock_adapters.simulated.fault_kinds import Effect, FaultKind
from pairlock_adapters.simulated.faults import Fault, fault
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
        assert venue.exchange.account.sellable_e6(PM, Outcome.YES) == 0, "nothing held, and nothing locked"
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


def test_an_effect_changes_nothing_by_default() -> None:
    async def body(world: World) -> int:
        said = await world.kalshi.place(buy("kalshi", 1_000, 5_000), go_ahead)
        assert isinstance(said, OrderReport)
        return said.matched_e6

    assert go(body, script=[Fault(FaultKind.KILL, effect=Effect())]) == go(body)
