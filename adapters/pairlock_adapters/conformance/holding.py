"""The account: cash, what can be sold, a key that is refused, a read that fails."""

from __future__ import annotations

from pairlock.facts import NotFound, OrderReport
from pairlock.model import Outcome
from pairlock.ports import VenueError
from pairlock_adapters.conformance.check import check, expect
from pairlock_adapters.conformance.rig import SIZE_E2, Rig, certain_no, report
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
    "A key that is refused makes private reads errors, never zeros and never NotFound.",
    "401 in the middle of a trade must leave everything as unknown as it was.",
    faults=[Fault(K.KEY_REVOKED, nth=2)],
)
async def refused_key(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    certain_no(await rig.place(rig.intent(rig.market())), "an order under a key that is refused")
    told, true = await _balance(rig), rig.exchange.account.cash_micros
    expect(told is None or true - 10_000 < told <= true, f"the key is refused, and the balance is {told}")
    read = await rig.venue.read_order(intent, "")
    expect(not isinstance(read, NotFound), f"the key is refused, the read says {read}")
    if isinstance(read, OrderReport):
        expect(read.matched_e6 == rig.filled_e6(intent.market), f"the key is refused, the read says {read}")
    rig.world.reopen()
    final = await rig.read_final(intent)
    expect(final.matched_e6 == rig.filled_e6(intent.market), f"the read says {final}")


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
    "A ping is timed from the question to the answer.",
    "The platform gate refuses a slow venue.",
)
async def ping(rig: Rig) -> None:
    took_ms = await rig.venue.ping_ms()
    expect(0 <= took_ms < 5_000, f"a ping of {took_ms} ms")


@check(
    "PL-K76",
    "A ping is a real read of the venue: one that fails is an error, not a time.",
    "A platform that does not answer must not look fast.",
    faults=[Fault(K.READ_FAILED, what="ping", times=0)],
)
async def failed_ping(rig: Rig) -> None:
    try:
        took_ms = await rig.venue.ping_ms()
    except VenueError:
        return
    expect(False, f"the ping failed, and took {took_ms} ms")


@check(
    "PL-K77",
    "With a second key, a refused one is no outage: reads, cancels and the next order go under the other; the refused "
    "order is not sent again.",
    "Keys are revoked and expire in the middle of trades; a second post of the order could be a second fill.",
    faults=[Fault(K.KEY_REVOKED)],
    wire_only=True,
)
async def failover(rig: Rig) -> None:
    first = rig.intent(rig.market())
    certain_no(await rig.place(first), "an order under a key that is refused")
    expect(await _balance(rig) is not None, "there is a second key, and the balance cannot be read")
    second = rig.intent(rig.market())
    report(await rig.place(second))
    told = await rig.read_final(second)
    expect(told.matched_e6 == rig.filled_e6(second.market) > 0, f"the read says {told}")
    await rig.sleep_ms(rig.exchange.default_bounds.request_death_ms)
    expect(rig.requests(first.market) == 1, f"the refused order was sent {rig.requests(first.market)} times")
    expect(rig.orders(first.market) == 0, "the refused order was taken in the end")
