"""Fills: how much, of which outcome, at what cost, final or not."""

from __future__ import annotations

from pairlock.facts import Reported
from pairlock.model import FillStatus, Outcome
from pairlock.ports import OrderIntent
from pairlock_adapters.conformance.check import check, expect
from pairlock_adapters.conformance.rig import Rig, report
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault
from pairlock_adapters.simulated.worldgen import POLYMARKET

_FINAL_AT_ONCE = "a match is final at once there"


async def _agrees(rig: Rig, intent: OrderIntent) -> None:
    """Every final fill is what the venue's books say: quantity and cost exactly, the fee never below."""
    told = await rig.read_final(intent)
    true = {
        (fill.qty_e6, fill.cost_micros): fill for fill in rig.fills(intent.market) if fill.status == "final"
    }
    believed = [fill for fill in told.fills if fill.status is FillStatus.FINAL]
    quantities = sorted((fill.qty_e6, fill.cost_micros) for fill in believed)
    wanted = sorted(
        (fill.qty_e6, fill.cost_micros) for fill in rig.fills(intent.market) if fill.status == "final"
    )
    expect(quantities == wanted, f"(quantity, cost) of the fills: told {quantities}, truly {wanted}")
    for fill in believed:
        charged = true[fill.qty_e6, fill.cost_micros].fee_micros
        expect(fill.fee_micros >= charged, f"a fee of {charged} micros is told as {fill.fee_micros}")


@check(
    "PL-K50",
    "Fills are told in the outcome that the intent names, YES and NO, bought and sold; the cost to the micro-dollar.",
    "Kalshi writes everything as bids and asks of YES; a leg of the other sign is a doubled position.",
)
async def orientation(rig: Rig) -> None:
    for outcome in Outcome:
        state = rig.market()
        await _bought_and_sold(rig, state.spec.market, outcome)


async def _bought_and_sold(rig: Rig, market: str, outcome: Outcome) -> None:
    state = rig.exchange.markets[market]
    buying = rig.intent(state, outcome)
    report(await rig.place(buying))
    told = await rig.read_final(buying)
    limit_micros = buying.size_e2 * buying.limit_e4
    expect(told.matched_e6 == buying.size_e2 * 10_000, f"bought {told.matched_e6} e6")
    expect(sum(f.cost_micros for f in told.fills) <= limit_micros, f"paid more than the limit: {told.fills}")
    await _agrees(rig, buying)
    held = rig.exchange.account.held_e6(market, outcome)
    expect(held == told.matched_e6, f"the venue holds {held} e6 of {outcome}")
    before = {fill.fill_id for fill in rig.fills(market)}
    selling = rig.intent(state, outcome, buys=False, fok=False, size_e2=500)
    await rig.place(selling)
    sold = await rig.read_final(selling)
    got = sum(fill.cost_micros for fill in sold.fills)
    true = [fill for fill in rig.fills(market) if fill.fill_id not in before]
    expect(got == sum(fill.cost_micros for fill in true), f"sold for {got} micros, truly {true}")
    expect(got >= sold.matched_e6 * selling.limit_e4 // 10_000, f"sold below the limit: {sold.fills}")


@check(
    "PL-K51",
    "A partial fill of an immediate-or-cancel is what filled, and the rest is over.",
    "An exit is sized by what filled.",
)
async def partial(rig: Rig) -> None:
    state = rig.market()
    asks = rig.levels(state).asks
    intent = rig.intent(state, size_e2=asks[0][1] + 1_000, limit_e4=asks[0][0], fok=False)
    said = report(await rig.place(intent))
    expect(said.reported is not Reported.LIVE, f"nothing of it can fill any more, it says {said}")
    told = await rig.read_final(intent)
    expect(
        told.matched_e6 == asks[0][1] * 10_000, f"{asks[0][1]} e2 were there, it says {told.matched_e6} e6"
    )
    await _agrees(rig, intent)


@check(
    "PL-K52",
    "A fill-or-kill that filled in part is what filled.",
    "A self-crossing fill-or-kill behaves as an immediate-or-cancel: both 'all' and 'nothing' would be wrong.",
    faults=[Fault(K.PARTIAL)],
)
async def partial_fill_or_kill(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    told = await rig.read_final(intent)
    true = rig.filled_e6(intent.market)
    expect(0 < true < intent.size_e2 * 10_000, "it did not fill in part: the check means nothing")
    expect(told.matched_e6 == true, f"{true} e6 filled, it says {told.matched_e6}")
    await _agrees(rig, intent)


@check(
    "PL-K53",
    "A better price than the limit is booked as it was paid.",
    "The limit times the size is not the cost.",
    faults=[Fault(K.IMPROVED)],
)
async def improved(rig: Rig) -> None:
    state = rig.market()
    best_e4 = rig.best_e4(state, Outcome.YES, buys=True)
    intent = rig.intent(state, limit_e4=best_e4 + 3 * state.spec.tick_e4)
    await rig.place(intent)
    paid = sum(fill.cost_micros for fill in rig.fills(intent.market))
    expect(
        paid < intent.size_e2 * intent.limit_e4, "nothing was better than the limit: the check means nothing"
    )
    await _agrees(rig, intent)


@check(
    "PL-K54",
    "More shares than ordered are told as they are.",
    "Act on filled shares, never on planned ones.",
    faults=[fault(K.OVERFILL, change={"extra_ppm": 100_000})],
)
async def overfilled(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    told = await rig.read_final(intent)
    true = rig.filled_e6(intent.market)
    expect(true > intent.size_e2 * 10_000, "it was not overfilled: the check means nothing")
    expect(told.matched_e6 == true, f"{true} e6 filled, it says {told.matched_e6}")


@check(
    "PL-K55",
    "A fee above the schedule is never told below what was charged.",
    "The venue's operator sets it at the match.",
    faults=[Fault(K.FEE_DIFFERS)],
)
async def fee_differs(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    await _agrees(rig, intent)


@check(
    "PL-K56",
    "A match is pending until the venue confirms it, and only then final.",
    "A match is not a fill.",
    venues=(POLYMARKET,),
    absent=_FINAL_AT_ONCE,
)
async def pending_first(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    while any(fill.status == "pending" for fill in rig.fills(intent.market)):
        read = await rig.venue.read_order(intent, "")
        still = [fill.status for fill in rig.fills(intent.market)]
        final = [f for f in getattr(read, "fills", ()) if f.status is FillStatus.FINAL]
        expect(not final or "final" in still, f"the match is pending, it says {final}")
        await rig.sleep_ms(1_000)
    await _agrees(rig, intent)


@check(
    "PL-K57",
    "A match that fails is told as failed, alone or as one of several, also if it was never broadcast.",
    "Buying the missing side of a ghost fill doubles the position.",
    faults=[Fault(K.GHOST_FILL, nth=1), Fault(K.PART_FAILS, nth=2), Fault(K.NEVER_BROADCAST, nth=3)],
    venues=(POLYMARKET,),
    absent=_FINAL_AT_ONCE,
)
async def failed_matches(rig: Rig) -> None:
    for _ in range(3):
        intent = rig.intent(rig.market())
        await rig.place(intent)
        told = await rig.read_final(intent)
        ends = sorted((fill.qty_e6, fill.status.value) for fill in told.fills)
        true = sorted((fill.qty_e6, fill.status) for fill in rig.fills(intent.market))
        expect(ends == true, f"told {ends}, truly {true}")
    failed = "SELECT count(*) FROM fills WHERE venue=? AND status='failed'"
    expect(next(rig.world.truth.rows(failed, (rig.name,)))[0], "no match failed: the check means nothing")
