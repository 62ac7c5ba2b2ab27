"""The account: cash, what can be sold, a key that is refused, a read that fails."""

from __future__ import annotations

from pairlock.model import Outcome
from pairlock.ports import VenueError
from pairlock_adapters.conformance.check import check, expect
from pairlock_adapters.conformance.rig import SIZE_E2, Rig
from pairlock_adapters.simulated.effects import Condition
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.worldgen import POLYMARKET


async def _balance(rig: Rig) -> int | None:
    try:
        return await rig.venue.balance_micros()
    except VenueError:
        return None


@check(
    "PL-K70",
    "The balance is the cash that can be traded with, to the micro-dollar or rounded down; it follows what was paid.",
    "Kalshi says it in cents and in dollars, Polymarket in millionths.",
)
async def balance(rig: Rig) -> None:
    async def right() -> bool:
        told, true = await _balance(rig), rig.exchange.account.cash_micros
        return told is not None and true - 10_000 < told <= true

    await rig.when("the balance is the venue's", right)
    await rig.bought(rig.market())
    await rig.when("the balance is the venue's after a fill", right, rig.exchange.default_bounds.read_lag_ms)


@check(
    "PL-K71",
    "A balance that cannot be read is an error, never a zero.",
    "A zero would refuse every trade, and an old one would grant too much.",
    faults=[Fault(K.READ_FAILED, what="balance", times=2)],
)
async def no_balance(rig: Rig) -> None:
    told = await _balance(rig)
    expect(told is None or told == rig.exchange.account.cash_micros, f"the read failed, it says {told}")


@check(
    "PL-K72",
    "A key that is refused is an error of private reads, and no answer to an order that was not read.",
    "401 in the middle of a trade must leave everything as unknown as it was.",
)
async def refused_key(rig: Rig) -> None:
    state = rig.market()
    intent = rig.intent(state)
    await rig.place(intent)
    rig.exchange.enter(Condition.KEY_REVOKED, rig.now_ms() + 600_000)
    expect(await _balance(rig) is None, "the key is refused, and a balance is told")
    read = await rig.venue.read_order(intent, "")
    expect("OutcomeUnknown" in type(read).__name__, f"the key is refused, the read says {read}")
    rig.exchange.enter(Condition.KEY_REVOKED, rig.now_ms())
    told = await rig.read_final(intent)
    expect(told.matched_e6 == rig.filled_e6(intent.market), f"the read says {told}")


@check(
    "PL-K73",
    "What can be sold is what is held and final, of the outcome that is asked for.",
    "An exit of shares that are not there is refused, and its attempt spent.",
)
async def sellable(rig: Rig) -> None:
    for outcome in Outcome:
        state = rig.market()
        market = state.spec.market
        expect(await rig.venue.sellable_e6(market, outcome) == 0, "nothing was bought yet")
        await rig.bought(state, outcome)

        async def right(outcome: Outcome = outcome, market: str = market) -> bool:
            return await rig.venue.sellable_e6(market, outcome) == SIZE_E2 * 10_000

        await rig.when(f"what was bought of {outcome} can be sold", right)
        other = await rig.venue.sellable_e6(market, outcome.other)
        expect(other == 0, f"{other} e6 of {outcome.other} can be sold, and none was bought")


@check(
    "PL-K74",
    "Shares of a match that is pending cannot be sold yet.",
    "The venue refuses them; the engine buys the complement instead.",
    venues=(POLYMARKET,),
    absent="a match is final at once there",
)
async def pending_is_not_sellable(rig: Rig) -> None:
    state = rig.market()
    await rig.place(rig.intent(state))
    pending = any(fill.status == "pending" for fill in rig.fills(state.spec.market))
    expect(pending, "the match is final already: the check means nothing")
    told = await rig.venue.sellable_e6(state.spec.market, Outcome.YES)
    expect(told == 0, f"{told} e6 of a pending match are called sellable")


@check(
    "PL-K75",
    "A ping is a real read of the venue, timed; one that fails is an error.",
    "A platform that does not answer must not look fast.",
    faults=[Fault(K.READ_FAILED, what="ping", nth=2)],
)
async def ping(rig: Rig) -> None:
    took_ms = await rig.venue.ping_ms()
    expect(0 <= took_ms < 5_000, f"a ping of {took_ms} ms")
    try:
        took_ms = await rig.venue.ping_ms()
    except VenueError:
        return
    expect(False, f"the ping failed, and took {took_ms} ms")
