"""What each fault of requests, orders and cancels really does at the venue: the answers, and the truth."""

from __future__ import annotations

import pytest
import trio
from attrs import evolve

from pairlock.facts import CancelAcked, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.world import World
from sim_support import buy, check_books_balance, go, go_ahead, ioc, list_event, place, rows, sell, soon

VENUES = ("kalshi", "polymarket")

# kind, what the refusal says on Kalshi and on Polymarket
REFUSALS = [
    (K.REFUSED_TICK, "400 invalid_price", "400 order"),
    (K.REFUSED_MINIMUM, "400 invalid_count", "400 order"),
    (K.REFUSED_CLOSED, "409 market_inactive", "400 the market is closed"),
    (K.REFUSED_SELF_TRADE, "409 self_cross_attempt", "400 order crosses own order"),
    (K.REFUSED_BANNED, "403 user_banned", "400 the address is banned"),
    (K.REGION_REFUSED, "403 forbidden_region", "403 Trading restricted"),
    (K.ENDPOINT_GONE, "410 deprecated_v1_order_endpoint", "410 this endpoint is gone"),
    (K.MARKET_HALT, "409 market_inactive", "400 the market is closed"),
    (K.KILL_400, "400 fill_or_kill", "400 order couldn't be fully filled"),
    (K.KILL_409, "409 fill_or_kill", "409 order couldn't be fully filled"),
    (K.KILL_500, "500 fill_or_kill", "500 FOK orders are filled or killed"),
]


@pytest.mark.parametrize(("kind", "kalshi", "polymarket"), REFUSALS)
@pytest.mark.parametrize("name", VENUES)
def test_refusals_and_kills_come_in_the_venues_words(
    kind: K, kalshi: str, polymarket: str, name: str
) -> None:
    async def body(world: World) -> None:
        said = await place(world, name)
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
        assert said.reason.startswith(kalshi if name == "kalshi" else polymarket)
        assert rows(world, "SELECT * FROM fills") == []
        assert world.fired == {kind.value: 1}

    go(body, script=[Fault(kind, name)])


@pytest.mark.parametrize(("kind", "after_ms"), [(K.CONNECT_TIMEOUT, 900), (K.TLS_FAILED, 200)])
def test_no_byte_leaves_without_a_connection(kind: K, after_ms: int) -> None:
    async def body(world: World) -> None:
        began_ms = world.clock.now_ms()
        assert isinstance(await place(world, "kalshi"), NotSent)
        assert world.clock.now_ms() - began_ms == after_ms
        assert rows(world, "SELECT * FROM requests") == []

    go(body, script=[Fault(kind)])


@pytest.mark.parametrize("name", VENUES)
@pytest.mark.parametrize("kind", [K.TRUNCATED_BODY, K.ERROR_IN_2XX, K.LATE_PAST_EXPIRY, K.LATE_PAST_RESTART])
def test_an_order_that_fills_though_its_answer_says_nothing_of_use(kind: K, name: str) -> None:
    async def body(world: World) -> None:
        intent = soon(world, name)
        said = await world.venues[name].place(intent, go_ahead)
        assert isinstance(said, OutcomeUnknown)
        await trio.sleep(12)
        ((arrived_ms,),) = rows(world, "SELECT arrived_ms FROM requests")
        assert (arrived_ms > intent.deadline_ms) is (kind in (K.LATE_PAST_EXPIRY, K.LATE_PAST_RESTART))
        assert rows(world, "SELECT sum(qty_e6) FROM fills") == [(10_000_000,)]

    go(body, script=[Fault(kind, name)])


def test_even_a_refusal_may_never_be_read() -> None:
    async def body(world: World) -> None:
        assert isinstance(await place(world, "kalshi"), OutcomeUnknown)
        assert rows(world, "SELECT answer FROM requests")[0][0].startswith("400 ")

    go(body, script=[Fault(K.READ_TIMEOUT), Fault(K.NO_BALANCE)])


@pytest.mark.parametrize("name", VENUES)
def test_a_request_arrives_after_its_own_cancel_found_nothing(name: str) -> None:
    async def body(world: World) -> None:
        intent = soon(world, name)
        assert isinstance(await world.venues[name].place(intent, go_ahead), OutcomeUnknown)
        asked_ms = world.clock.now_ms()
        assert isinstance(await world.venues[name].cancel(intent, ""), OutcomeUnknown)
        await trio.sleep(1)
        ((arrived_ms,),) = rows(world, "SELECT arrived_ms FROM requests")
        assert asked_ms < arrived_ms <= asked_ms + 1_000
        assert rows(world, "SELECT status FROM orders") == [("executed",)]
        assert world.fired == {"late_past_cancel": 1}

    go(body, script=[Fault(K.LATE_PAST_CANCEL)])


def test_a_request_is_overtaken_by_the_next_one() -> None:
    async def body(world: World) -> None:
        async with trio.open_nursery() as nursery:
            for number in range(2):
                intent = evolve(soon(world, "kalshi"), intent_id=f"i{number}")
                nursery.start_soon(world.kalshi.place, intent, go_ahead)
                await trio.sleep(0.3)
        assert [i for (i,) in rows(world, "SELECT intent_id FROM orders ORDER BY accepted_ms")] == [
            "i1",
            "i0",
        ]
        assert world.fired == {"reordered": 1}

    go(body, script=[Fault(K.REORDERED)])


def test_a_restart_is_followed_by_two_minutes_of_post_only() -> None:
    async def body(world: World) -> list[str]:
        list_event(world, resolve_at_ms=300_000)
        said = []
        for number in range(4):
            told = await world.polymarket.place(
                buy("polymarket", 1_000, 5_000, intent_id=f"i{number}"), go_ahead
            )
            assert isinstance(told, OrderReport)
            said.append(told.reason[:3])
            world.reopen()  # no operator can shorten it
            await trio.sleep((6, 100, 30, 0)[number])
        return said

    assert go(body, script=[Fault(K.RESTART)], list_markets=False) == ["425", "503", "503", ""]


def test_a_partly_filled_order_rests_and_then_fills() -> None:
    async def body(world: World) -> None:
        intent = ioc(buy("polymarket", 1_000, 5_000))
        said = await world.polymarket.place(intent, go_ahead)
        assert isinstance(said, OrderReport)
        assert (said.reported, said.matched_e6) == (Reported.LIVE, 4_000_000)
        await trio.sleep(4)
        assert rows(world, "SELECT status,matched_e6 FROM orders") == [("executed", 10_000_000)]
        check_books_balance(world)

    go(body, script=[Fault(K.PARTIAL_RESTS)])


@pytest.mark.parametrize("name", VENUES)
def test_what_rests_of_an_order_can_be_cancelled(name: str) -> None:
    async def body(world: World) -> None:
        intent = ioc(buy(name, 1_000, 5_000))
        said = await world.venues[name].place(intent, go_ahead)
        assert isinstance(said, OrderReport)
        assert isinstance(await world.venues[name].cancel(intent, said.venue_ref), CancelAcked)
        await trio.sleep(10)
        assert rows(world, "SELECT status,matched_e6 FROM orders") == [("canceled", 4_000_000)]

    go(body, script=[Fault(K.PARTIAL_RESTS)])


def test_a_delayed_order_goes_live_and_can_then_be_cancelled() -> None:
    async def body(world: World) -> None:
        intent = buy("polymarket", 1_000, 5_000)
        said = await world.polymarket.place(intent, go_ahead)
        assert isinstance(said, OrderReport)
        assert isinstance(await world.polymarket.cancel(intent, said.venue_ref), OutcomeUnknown)
        await trio.sleep(2)
        assert isinstance(await world.polymarket.cancel(intent, said.venue_ref), CancelAcked)
        assert rows(world, "SELECT status,matched_e6 FROM orders") == [("canceled", 0)]

    go(body, script=[Fault(K.DELAYED_LIVE)])


@pytest.mark.parametrize(
    ("kind", "status"), [(K.DELAYED_KILLED, "killed"), (K.CANCELED_BY_VENUE, "canceled")]
)
@pytest.mark.parametrize("name", VENUES)
def test_a_held_order_may_come_to_nothing(kind: K, status: str, name: str) -> None:
    async def body(world: World) -> None:
        said = await place(world, name)
        assert isinstance(said, OrderReport)
        assert said.reported is Reported.LIVE
        await trio.sleep(5)
        assert rows(world, "SELECT status,matched_e6 FROM orders") == [(status, 0)]

    go(body, script=[Fault(kind)])


def test_a_fill_after_the_orders_own_deadline() -> None:
    async def body(world: World) -> None:
        intent = soon(world, "kalshi")
        await world.kalshi.place(intent, go_ahead)
        await trio.sleep(5)
        assert rows(world, "SELECT matched_ms FROM fills") == [(intent.deadline_ms + 300,)]
        assert world.fired == {"fill_after_expiry": 1}

    go(body, script=[Fault(K.FILL_AFTER_EXPIRY)])


CANCELS = [
    (K.CANCEL_REFUSED, OutcomeUnknown, "held"),
    (K.CANCEL_UNKNOWN, OutcomeUnknown, "canceled"),
    (K.CANCEL_PARTIAL, OutcomeUnknown, "held"),
    (K.CANCEL_ECHOED, CancelAcked, "held"),
    (K.RATE_LIMITED_CANCEL, OutcomeUnknown, "held"),
]


@pytest.mark.parametrize(("kind", "told", "status"), CANCELS)
@pytest.mark.parametrize("name", VENUES)
def test_what_a_cancel_says_and_what_it_does(kind: K, told: type, status: str, name: str) -> None:
    resting = fault(K.PARTIAL_RESTS, change={"rest_ms": 30_000})

    async def body(world: World) -> None:
        intent = ioc(buy(name, 1_000, 5_000))
        said = await world.venues[name].place(intent, go_ahead)
        assert isinstance(said, OrderReport)
        assert isinstance(await world.venues[name].cancel(intent, said.venue_ref), told)
        assert rows(world, "SELECT status FROM orders") == [(status,)]
        assert world.fired == {"partial_rests": 1, kind.value: 1}

    go(body, script=[resting, Fault(kind)])


def test_a_fault_that_could_not_take_hold_is_not_counted() -> None:
    async def body(world: World) -> None:
        await place(world, "kalshi")
        await world.kalshi.place(sell("kalshi", 100, 4_900), go_ahead)

    async def fired(world: World) -> dict[str, int]:
        await body(world)
        return dict(world.fired)

    refused = [Fault(K.NO_BALANCE, times=0), Fault(K.DELAYED, times=0), Fault(K.PART_FAILS, times=0)]
    assert go(fired, script=refused) == {"no_balance": 2}
    assert go(fired, script=[Fault(K.PART_FAILS, times=0), Fault(K.OVERFILL, role="exit", times=0)]) == {}
