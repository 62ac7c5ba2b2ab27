"""Helpers of the simulated venues' tests: a world under virtual time, intents, and ways to look at the truth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import trio
from attrs import evolve

from pairlock.facts import NotSent, OrderReport, OutcomeUnknown
from pairlock.fees import kalshi_quadratic, polymarket_curve
from pairlock.limits import FaultBounds
from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.simulated.clock import run_virtual
from pairlock_adapters.simulated.faults import Fault, ScriptedFaults
from pairlock_adapters.simulated.matching import book_of
from pairlock_adapters.simulated.profiles import NONE, Profile
from pairlock_adapters.simulated.rules import VenueRules
from pairlock_adapters.simulated.state import MarketSpec, Result
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.venue import SimulatedVenue
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import EventPair, outcome_on

T = TypeVar("T")
KX, PM = "KXE1", "0xE1"
BOUNDS = FaultBounds()
BIDS = ((4_900, 30_000), (4_800, 50_000))
ASKS = ((5_000, 30_000), (5_100, 50_000), (5_300, 20_000))


def go(
    body: Callable[[World], Awaitable[T]],
    *,
    script: Sequence[Fault] = (),
    profile: Profile = NONE,
    truth: Truth | None = None,
    seed: int = 1,
    bounds: FaultBounds | None = BOUNDS,
    list_markets: bool = True,
    cash_micros: int = 1_000_000_000,
    rules: tuple[VenueRules, VenueRules] | None = None,
) -> T:
    """Run ``body(world)`` under virtual time, with one event listed on both venues."""

    async def main() -> T:
        own = truth or Truth(seed=seed)
        world = World.of(
            own,
            profile,
            seed,
            script=ScriptedFaults(script),
            bounds=bounds,
            cash_micros=cash_micros,
            rules=rules,
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.run)
            if list_markets:
                list_event(world)
            result = await body(world)
            nursery.cancel_scope.cancel()
        return result

    return run_virtual(main, seed)


def list_event(
    world: World, *, result: Result = Result.YES, resolve_at_ms: int = 120_000, **spec: Any
) -> None:
    """The event E1, with the same book on both venues."""
    book = book_of(BIDS, ASKS, makers_per_level=2)
    kalshi = MarketSpec(KX, "event-E1", kalshi_quadratic(), book, resolve_at_ms, result)
    polymarket = MarketSpec(PM, "event-E1", polymarket_curve(40_000), book, resolve_at_ms, result)
    world.exchanges["kalshi"].list_market(evolve(kalshi, **spec))
    world.exchanges["polymarket"].list_market(evolve(polymarket, **spec))


def market_of(venue: str) -> str:
    return KX if venue == "kalshi" else PM


def buy(
    venue: str,
    size_e2: int,
    limit_e4: int,
    outcome: Outcome = Outcome.YES,
    *,
    intent_id: str = "i1",
    **more: Any,
) -> OrderIntent:
    """A fill-or-kill buy with a deadline far away."""
    plain = OrderIntent(
        intent_id, venue, market_of(venue), outcome, True, size_e2, limit_e4, TimeInForce.FILL_OR_KILL, 10**9
    )
    return evolve(plain, **more)


def ioc(intent: OrderIntent) -> OrderIntent:
    return evolve(intent, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)


def sell(
    venue: str, size_e2: int, limit_e4: int, outcome: Outcome = Outcome.YES, *, intent_id: str = "s1"
) -> OrderIntent:
    """An immediate-or-cancel sale."""
    return ioc(evolve(buy(venue, size_e2, limit_e4, outcome, intent_id=intent_id), buys=False))


def entry(pair: EventPair, venue: str, size_e2: int, world: World, *, wait_ms: int = 1_000) -> OrderIntent:
    """The leg of ``pair`` on ``venue`` at its best price."""
    outcome = outcome_on(pair, venue)
    price = pair.yes_price_e4 if outcome is Outcome.YES else pair.no_price_e4
    market = pair.spec(venue).market
    return OrderIntent(
        f"{pair.event_id}-{venue}", venue, market, outcome, True, size_e2, price, TimeInForce.FILL_OR_KILL,
        world.clock.now_ms() + wait_ms,
    )  # fmt: skip


def soon(world: World, name: str) -> OrderIntent:
    """A buy of 10 with the brief's second to live."""
    return evolve(buy(name, 1_000, 5_000), deadline_ms=world.clock.now_ms() + 1_000)


async def place(world: World, name: str) -> OrderReport | OutcomeUnknown | NotSent:
    return await world.venues[name].place(soon(world, name), go_ahead)


def go_ahead() -> str:
    """A guard that lets everything pass."""
    return ""


def rows(world: World, sql: str) -> list[tuple[Any, ...]]:
    return list(world.truth.rows(sql))


def cash(venue: SimulatedVenue) -> int:
    return venue.exchange.account.cash_micros


def check_books_balance(world: World) -> None:
    """Every dollar of both accounts is explained by the rows of the truth store, and so is every contract."""
    for name, exchange in world.exchanges.items():
        (deposited,) = next(world.truth.rows("SELECT deposited_micros FROM balances WHERE venue=?", (name,)))
        expected = deposited
        held: dict[tuple[str, str], int] = {}
        for market, outcome, buys, qty, cost, fee, status in world.truth.rows(
            "SELECT market,outcome,buys,qty_e6,cost_micros,fee_micros,status FROM fills WHERE venue=?",
            (name,),
        ):
            if status == "failed":
                continue
            if buys:
                expected -= cost + fee
            elif status == "final":
                expected += cost - fee
            held[market, outcome] = held.get((market, outcome), 0) + (qty if buys else -qty)
        for market, outcome, qty, paid in world.truth.rows(
            "SELECT market,outcome,qty_e6,paid_micros FROM payouts WHERE venue=?", (name,)
        ):
            expected += paid
            for each in ("yes", "no") if outcome == "both" else (outcome,):
                held[market, each] = held.get((market, each), 0) - qty
        for (market, outcome), qty_e6 in held.items():
            assert exchange.account.held_e6(market, Outcome(outcome)) == qty_e6 >= 0
            if exchange.rules.complete_sets_net:
                assert 0 in (qty_e6, held.get((market, Outcome(outcome).other.value), 0))
        assert exchange.account.cash_micros == expected
        (stored,) = next(world.truth.rows("SELECT cash_micros FROM balances WHERE venue=?", (name,)))
        assert stored == expected
