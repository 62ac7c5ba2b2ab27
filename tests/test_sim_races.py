"""Cancels, delays and reads that lag: what is not zero, and the bounds of the fault model."""

from __future__ import annotations

import pytest
import trio

from pairlock.facts import CancelAcked, NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.ports import VenueError
from pairlock_adapters.simulated.fault_kinds import FOREVER_MS, FaultKind
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.state import OnCancel
from pairlock_adapters.simulated.world import World
from sim_support import (
    BOUNDS,
    KX,
    buy,
    go,
    go_ahead,
    ioc,
    rows,
    soon,
)

VENUES = ("kalshi", "polymarket")


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
    stale = fault(FaultKind.STALE_ORDER, times=0, change={"lag_ms": FOREVER_MS})

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


def test_a_stale_read_shows_the_order_as_it_was() -> None:
    """Held at 0 s, matched at 3 s, final within 50 s: what a read two seconds late says at each step."""
    script = [Fault(FaultKind.DELAYED), fault(FaultKind.STALE_ORDER, times=0, change={"lag_ms": 2_000})]

    async def body(world: World) -> None:
        intent = buy("polymarket", 1_000, 5_000)
        await world.polymarket.place(intent, go_ahead)

        async def said() -> tuple[str, int, list[str]]:
            read = await world.polymarket.read_order(intent, "")
            assert isinstance(read, OrderReport)
            return read.reported.value, read.matched_e6, [fill.status.value for fill in read.fills]

        await trio.sleep(3.5)
        assert rows(world, "SELECT status FROM orders") == [("executed",)]
        assert await said() == ("live", 0, [])
        await trio.sleep(2)
        assert await said() == ("terminal", 10_000_000, ["pending"])
        ((final_ms,),) = rows(world, "SELECT final_at_ms FROM fills")
        await world.clock.sleep_until_ms(final_ms + 1_500)
        assert await said() == ("terminal", 10_000_000, ["pending"])
        await trio.sleep(1)
        assert await said() == ("terminal", 10_000_000, ["final"])

    go(body, script=script)


@pytest.mark.parametrize("name", VENUES)
def test_the_answer_of_a_copy_is_no_zero(name: str) -> None:
    async def body(world: World) -> None:
        intent = buy(name, 1_000, 5_000)
        told = await world.venues[name].place(intent, go_ahead)
        assert isinstance(told, OutcomeUnknown)
        read = await world.venues[name].read_order(intent, "")
        assert isinstance(read, OrderReport)
        assert read.matched_e6 == 10_000_000

    go(body, script=[fault(FaultKind.DUPLICATED, change={"answer_of_duplicate": True})])
