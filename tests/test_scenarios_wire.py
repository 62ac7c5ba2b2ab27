"""Defect 18 of public bots, over the wire: keys that start to answer 401 in the middle of a trade, a region that is
refused, a restart with two minutes of post-only. The real adapters, with two keys an account, against the laboratory.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine_kit import Setup
from pairlock import S, Trade
from pairlock.lifecycle import CLOSED, E
from pairlock.model import Trade as TradeValue
from pairlock_adapters.simulated.effects import Condition
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from truth_kit import exits, owed, rows
from wire_kit import OnWire, Posted, on_wire

VENUES = ("kalshi", "polymarket")
BOTH = pytest.mark.parametrize("venue", VENUES)


def when(wire: OnWire, state: S, act: Callable[[], None]) -> None:
    """Call ``act`` once, in the step that brings the trade into ``state``: its orders of that step have not left."""
    done: list[bool] = []

    def stepped(trade: TradeValue, events: tuple[E, ...]) -> None:
        if trade.state is state and not done:
            done.append(True)
            act()

    wire.bench.engine.on_step.append(stepped)


async def closed(wire: OnWire, trade: Trade) -> None:
    """To the end of everything, with every claim held: nothing owed, nothing sent twice, both sides agree."""
    await wire.bench.close_all()
    assert wire.bench.broken == []
    assert trade.state in CLOSED
    assert owed(wire.bench.world.truth) == 0
    assert wire.posted_twice() == []
    assert wire.bench.judge.duplicate_orders() == 0


@BOTH
def test_scenario_18_a_key_that_dies_as_an_entry_arrives_is_followed_by_the_next(venue: str) -> None:
    """The entry is refused for certain and never posted again under the other key; an exit is another order."""

    async def body(wire: OnWire) -> None:
        dead, good = wire.key_ids(venue)

        def dies(found: Posted) -> None:
            if found.venue == venue and not wire.revoked:
                wire.revoke(venue, 0)

        wire.on_posted.append(dies)
        trade = await wire.bench.submit()
        await wire.bench.until(lambda: wire.keys(venue) == ("spare",))
        await closed(wire, trade)
        assert trade.state in (S.SETTLED, S.HEDGED)
        keys = [each.key for each in wire.posted if each.venue == venue]
        assert keys[0] == dead
        assert set(keys[1:]) <= {good}

    on_wire(Setup(), body, operator=True)


@BOTH
def test_scenario_18_a_key_that_dies_once_paired_changes_nothing_but_who_reads(venue: str) -> None:
    async def body(wire: OnWire) -> None:
        when(wire, S.PAIRED, lambda: wire.revoke(venue, 0))
        trade = await wire.bench.submit()
        if venue == "polymarket":
            # Whether its trades become final is read until they are; of Kalshi nothing more is asked under a key.
            await wire.bench.until(lambda: wire.keys(venue) == ("spare",))
        await closed(wire, trade)
        assert trade.state is S.SETTLED
        assert len(wire.posted) == 2

    on_wire(Setup(), body, operator=True)


@BOTH
def test_scenario_18_the_next_trade_uses_the_key_that_is_left(venue: str) -> None:
    async def body(wire: OnWire) -> None:
        first = await wire.bench.submit()
        await wire.bench.until(lambda: first.state is S.PAIRED)
        wire.revoke(venue, 0)
        second = await wire.bench.submit_when_possible()
        await closed(wire, second)
        # The reads before the entry met the dead key; the entry itself never did.
        assert (first.state, second.state) == (S.SETTLED, S.SETTLED)
        assert [each.key for each in wire.posted if each.venue == venue] == list(wire.key_ids(venue))

    on_wire(Setup(), body, operator=True)


@BOTH
def test_scenario_18_without_any_key_nothing_is_believed_and_nothing_is_lost(venue: str) -> None:
    """Both keys die with the orders out; a minute later one is good again. Until then the venue is silent for us."""

    async def body(wire: OnWire) -> None:
        def both() -> None:
            wire.revoke(venue, 0)
            wire.revoke(venue, 1)

        when(wire, S.EXECUTING, both)
        trade = await wire.bench.submit()
        await wire.bench.until(lambda: wire.keys(venue) == ())
        await wire.bench.engine.sleep_ms(60_000)
        held = owed(wire.bench.world.truth)
        assert trade.state not in CLOSED or held == 0
        wire.restore(venue, 1)
        await closed(wire, trade)

    on_wire(Setup(), body, operator=True)


@BOTH
def test_scenario_18_a_region_that_is_refused_is_a_certain_no_and_costs_an_exit(venue: str) -> None:
    async def body(wire: OnWire) -> None:
        trade = await wire.bench.submit()
        await closed(wire, trade)
        assert wire.bench.world.fired["region_refused"] == 1
        assert trade.state in (S.HEDGED, S.SETTLED)
        assert exits(trade.value)

    on_wire(Setup(script=(Fault(K.REGION_REFUSED, venue, role="entry"),)), body, operator=True)


def test_scenario_18_a_region_that_both_refuse_fills_nothing() -> None:
    script = tuple(Fault(K.REGION_REFUSED, venue, role="entry") for venue in VENUES)

    async def body(wire: OnWire) -> None:
        trade = await wire.bench.submit()
        await closed(wire, trade)
        assert trade.state is S.ROLLED_BACK
        assert rows(wire.bench.world.truth, "SELECT * FROM fills") == []

    on_wire(Setup(script=script), body, operator=True)


@pytest.mark.parametrize("alone", [True, False], ids=["one-venue", "both"])
def test_scenario_18_a_restart_and_two_minutes_of_post_only_are_waited_for(alone: bool) -> None:
    """Polymarket restarts as its entry leaves; with Kalshi shut for takers as well no exit is possible at all."""

    async def body(wire: OnWire) -> None:
        world = wire.bench.world
        polymarket, kalshi = world.exchanges["polymarket"], world.exchanges["kalshi"]

        def restarts() -> None:
            now_ms = world.clock.now_ms()
            polymarket.enter(Condition.RESTARTING, now_ms + 5_000)
            polymarket.enter(Condition.POST_ONLY, now_ms + 125_000)

        def kalshi_follows() -> None:
            if not alone:
                kalshi.enter(Condition.PAUSED, world.clock.now_ms() + 90_000)

        when(wire, S.EXECUTING, restarts)
        when(wire, S.HEDGING, kalshi_follows)
        trade = await wire.bench.submit()
        await wire.bench.until(lambda: trade.state in (S.HEDGING, *CLOSED))
        assert not await wire.polymarket.taker_open(trade.value.opportunity.market_b)
        sent = len(wire.posted)
        if not alone:
            await wire.bench.engine.sleep_ms(60_000)
            assert trade.state not in CLOSED
            # A shut route is not knocked at again and again.
            assert len(wire.posted) - sent <= 2
        await closed(wire, trade)
        assert trade.state in (S.HEDGED, S.SETTLED)

    on_wire(Setup(), body, operator=True)
