"""Kalshi's adapter in the laboratory: trades for real over the wire, and never says more than the venue's truth."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from attrs import evolve

from kalshi_lab import account, config, intent, truth_e6
from kalshi_server import go
from kalshi_socket import until
from lab_kit import laboratory
from pairlock.facts import CancelAcked, Fact, NotFound, NotSent, OrderReport, OutcomeUnknown, Reported
from pairlock.fees import fee_of_fills_micros, kalshi_quadratic
from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.kalshi.build import client_order_id
from pairlock_adapters.kalshi.venue import open_kalshi
from pairlock_adapters.laboratory.lab import Laboratory
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import fault


async def test_an_order_fills_its_fills_are_read_and_money_and_position_agree() -> None:
    async with account() as (lab, venue):
        assert any("works" in each for each in venue.findings)
        order = intent(lab)
        before = await venue.balance_micros()
        said = await venue.place(order, go)
        assert isinstance(said, OrderReport), said
        assert (said.reported, said.matched_e6, said.fills) == (Reported.CERTAIN, 10_000_000, ())
        read = await venue.read_order(order, said.venue_ref)
        assert isinstance(read, OrderReport), read
        assert (read.reported, read.matched_e6, read.venue_ref) == (
            Reported.CERTAIN,
            10_000_000,
            said.venue_ref,
        )
        cost = sum(each.cost_micros for each in read.fills)
        fees = sum(each.fee_micros for each in read.fills)
        assert cost == 10 * order.limit_e4 * 100
        assert fees == fee_of_fills_micros(kalshi_quadratic(), [(order.limit_e4, 10_000_000)])
        assert before - await venue.balance_micros() == cost + fees
        assert await venue.sellable_e6(order.market, Outcome.YES) == 10_000_000
        assert await venue.sellable_e6(order.market, Outcome.NO) == 0


async def test_no_is_bought_as_an_ask_and_sold_again() -> None:
    async with account() as (lab, venue):
        book = await venue.book(intent(lab).market)
        buys = intent(lab, outcome=Outcome.NO, limit_e4=10_000 - book.bids[0][0])
        said = await venue.place(buys, go)
        assert isinstance(said, OrderReport), said
        read = await venue.read_order(buys, "")
        assert isinstance(read, OrderReport), read
        assert sum(each.cost_micros for each in read.fills) == 10 * buys.limit_e4 * 100
        assert await venue.sellable_e6(buys.market, Outcome.NO) == 10_000_000
        sells = evolve(
            intent(lab, 1), outcome=Outcome.NO, buys=False, limit_e4=10_000 - book.asks[0][0],
            time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
        )  # fmt: skip
        sold = await venue.place(sells, go)
        assert isinstance(sold, OrderReport), sold
        assert (sold.reported, sold.matched_e6) == (Reported.CERTAIN, 10_000_000)
        assert await venue.sellable_e6(buys.market, Outcome.NO) == 0


async def test_kills_misses_and_duplicates() -> None:
    async with account() as (lab, venue):
        killed = intent(lab, limit_e4=100)
        said = await venue.place(killed, go)
        assert isinstance(said, OrderReport), said
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
        again = await venue.place(evolve(killed, limit_e4=intent(lab).limit_e4), go)
        assert isinstance(again, OutcomeUnknown)
        assert "order_already_exists" in again.reason
        missed = intent(lab, 1, limit_e4=100, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
        said = await venue.place(missed, go)
        assert isinstance(said, OrderReport), said
        assert (said.reported, said.matched_e6) == (Reported.CERTAIN, 0)
        huge = intent(lab, 2, size_e2=50_000_000)
        said = await venue.place(huge, go)
        assert isinstance(said, OrderReport), said
        assert "insufficient_balance" in said.reason


async def test_rules_books_pauses_and_pings() -> None:
    async with account() as (lab, venue):
        market = intent(lab).market
        rules = await venue.rules(market)
        assert (rules.tick_e4, rules.min_size_e2, rules.fees, rules.open) == (
            100,
            1,
            kalshi_quadratic(),
            True,
        )
        book = await venue.book(market)
        assert book.asks[0][0] == intent(lab).limit_e4
        assert await venue.taker_open(market)
        assert await venue.ping_ms() < 2_000
        assert await venue.resolution(market, Outcome.YES) is None


async def test_a_key_of_another_account_sees_none_of_ours_and_trades_nothing() -> None:
    async with laboratory() as lab:
        other = lab.faces["kalshi"].make_identity()
        async with open_kalshi(await config(lab), lab.clock) as venue:
            order = intent(lab)
            assert isinstance(await venue.place(order, go), OrderReport)
        stranger = evolve(await config(lab, other), keys=(await config(lab, other)).keys[:1])
        async with open_kalshi(stranger, lab.clock) as venue:
            assert isinstance(await venue.read_order(order, ""), NotFound)
            assert await venue.balance_micros() == 0


async def test_a_key_that_is_revoked_in_the_middle_is_replaced_without_a_second_order() -> None:
    async with laboratory() as lab:
        face: Any = lab.faces["kalshi"]
        second = face.make_login("main")
        async with open_kalshi(await config(lab, second), lab.clock) as venue:
            face.logins.revoke(second["key_id"])
            order = intent(lab)
            said = await venue.place(order, go)
            assert isinstance(said, OrderReport), said
            assert (said.reported, said.matched_e6, truth_e6(lab, order)) == (Reported.CERTAIN, 0, None)
            following = intent(lab, 1)
            said = await venue.place(following, go)
            assert isinstance(said, OrderReport), said
            assert (said.matched_e6, truth_e6(lab, following)) == (10_000_000, 10_000_000)
            assert list(venue.client.keys.troubles()) == ["number 0"]


REQUEST_FAULTS = [
    FaultKind.CONNECT_REFUSED, FaultKind.CONNECT_TIMEOUT, FaultKind.TLS_FAILED, FaultKind.READ_TIMEOUT,
    FaultKind.LOST_REQUEST, FaultKind.LOST_ANSWER, FaultKind.DUPLICATED, FaultKind.LATE_ARRIVAL,
    FaultKind.TRUNCATED_BODY, FaultKind.ERROR_IN_2XX, FaultKind.NO_ORDER_IN_ANSWER, FaultKind.KILL,
    FaultKind.KILL_400, FaultKind.KILL_409, FaultKind.KILL_500, FaultKind.SERVER_ERROR, FaultKind.GATEWAY_TIMEOUT,
    FaultKind.SLOW_ANSWER, FaultKind.UNAUTHORIZED, FaultKind.REGION_REFUSED, FaultKind.RATE_LIMITED,
    FaultKind.POST_ONLY, FaultKind.CANCEL_ONLY, FaultKind.DISABLED, FaultKind.PAUSED, FaultKind.ENDPOINT_GONE,
    FaultKind.NO_BALANCE, FaultKind.REFUSED_TICK, FaultKind.REFUSED_CLOSED, FaultKind.REFUSED_SELF_TRADE,
    FaultKind.REFUSED_BANNED, FaultKind.DELAYED, FaultKind.DELAYED_KILLED, FaultKind.PARTIAL,
    FaultKind.FILL_BEFORE_ANSWER, FaultKind.IMPROVED, FaultKind.OVERFILL, FaultKind.READ_FAILED,
    FaultKind.NOT_FOUND_IN_FLIGHT, FaultKind.STALE_ORDER, FaultKind.ORDERS_FILLS_DISAGREE, FaultKind.ROWS_MISSING,
    FaultKind.ROWS_REPEATED, FaultKind.UNKNOWN_WORD, FaultKind.NUMBER_DRIFT, FaultKind.FIXED_POINT_DRIFT,
    FaultKind.FOREIGN_ORDER,
]  # fmt: skip


@pytest.mark.parametrize("kind", REQUEST_FAULTS)
async def test_whatever_goes_wrong_what_is_said_for_certain_is_the_venues_truth(kind: FaultKind) -> None:
    async with account(fault(kind, "kalshi", times=1)) as (lab, venue):
        order = intent(lab, in_ms=1_500)
        said: Any = await venue.place(order, go)
        check(lab, order, said)
        with trio.fail_after(30):
            while True:
                read = await venue.read_order(order, getattr(said, "venue_ref", ""))
                check(lab, order, read)
                if settled(lab, order, read):
                    break
                await trio.sleep(0.2)
        assert lab.world.exchanges["kalshi"].faults.fired == {kind.value: 1}
        check_only_order(lab, order)


def check(lab: Laboratory, order: OrderIntent, said: Fact) -> None:
    truth = truth_e6(lab, order)
    if isinstance(said, NotSent):
        assert truth is None
    if isinstance(said, OrderReport):
        assert said.matched_e6 <= (truth or 0)
        assert sum(each.qty_e6 for each in said.fills) <= (truth or 0)
        if said.reported is Reported.CERTAIN:
            assert said.matched_e6 == (truth or 0)


def settled(lab: Laboratory, order: OrderIntent, read: Fact) -> bool:
    """The read tells all that there is to tell."""
    truth = truth_e6(lab, order)
    if isinstance(read, NotFound):
        return truth is None and not lab.world.exchanges["kalshi"].ledger.is_on_its_way(
            client_order_id(order.intent_id)
        )
    if not isinstance(read, OrderReport) or read.reported is Reported.LIVE:
        return False
    return sum(each.qty_e6 for each in read.fills) == truth


def check_only_order(lab: Laboratory, order: OrderIntent) -> None:
    """No second order was made of the intent."""
    ours = [name for name in lab.world.exchanges["kalshi"].orders if not name.startswith("other-")]
    assert ours in ([], [client_order_id(order.intent_id)])


async def test_an_order_that_is_held_is_cancelled_by_kalshis_id() -> None:
    async with account(fault(FaultKind.DELAYED_LIVE, "kalshi", times=1)) as (lab, venue):
        order = intent(lab, limit_e4=100, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
        said = await venue.place(order, go)
        check(lab, order, said)
        cancelled = await venue.cancel(order, "")
        assert isinstance(cancelled, CancelAcked | OutcomeUnknown)
        with trio.fail_after(20):
            while True:
                read = await venue.read_order(order, "")
                check(lab, order, read)
                if settled(lab, order, read):
                    return
                await trio.sleep(0.2)


async def test_the_laboratorys_socket_serves_books_and_tells_of_orders() -> None:
    async with account(sockets=True) as (lab, venue):
        order = intent(lab)
        told: list[OrderReport] = []

        async def deliver(said: Fact) -> None:
            assert isinstance(said, OrderReport)
            told.append(said)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(venue.stream, deliver)
            first = await venue.book(order.market)
            await until(lambda: venue.feed.messages)
            said = await venue.place(order, go)
            assert isinstance(said, OrderReport), said
            await until(lambda: sum(each.qty_e6 for one in told for each in one.fills) >= 10_000_000)
            await until(lambda: any(one.reported is Reported.CERTAIN for one in told))
            for one in told:
                assert one.intent_id == order.intent_id
                assert one.matched_e6 <= 10_000_000
            kept = venue.feed.book(order.market, not_before_ms=0, most_late_ms=5_000)
            assert kept is not None, (venue.feed.last_error, venue.feed.last_loss, venue.feed.upside_down)
            assert kept.bids == first.bids
            assert kept.asks[0] == (first.asks[0][0], first.asks[0][1] - 1_000)
            nursery.cancel_scope.cancel()


async def test_a_key_that_the_venue_revokes_in_the_middle_of_a_trade_leaves_the_trade_whole() -> None:
    """The order that it signed is known, read and cancelled under the next key, and is one order."""
    async with laboratory(fault(FaultKind.KEY_REVOKED, "kalshi", times=1)) as lab:
        face: Any = lab.faces["kalshi"]
        second = face.make_login("main")
        async with open_kalshi(await config(lab, second), lab.clock) as venue:
            order = intent(lab)
            said = await venue.place(order, go)
            check(lab, order, said)
            assert lab.world.exchanges["kalshi"].faults.fired == {"key_revoked": 1}
            read = await venue.read_order(order, "")
            check(lab, order, read)
            assert settled(lab, order, read)
            exits = evolve(
                intent(lab, 1), buys=False, limit_e4=100, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
                size_e2=max(100, (truth_e6(lab, order) or 0) // 10_000),
            )  # fmt: skip
            sold = await venue.place(exits, go)
            assert isinstance(sold, OrderReport), sold
            assert sold.matched_e6 == truth_e6(lab, exits)
            assert list(venue.client.keys.troubles()) == ["number 0"]
            assert set(lab.world.exchanges["kalshi"].orders) <= {
                client_order_id(order.intent_id), client_order_id(exits.intent_id),
            }  # fmt: skip
