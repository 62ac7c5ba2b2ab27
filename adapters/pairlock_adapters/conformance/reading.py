"""Reads of an order by our own id: nothing found, something doubtful, and rows that are not what they seem."""

from __future__ import annotations

from pairlock.facts import NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.model import FillStatus
from pairlock_adapters.conformance.check import check, expect
from pairlock_adapters.conformance.rig import Rig, report
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault


@check(
    "PL-K30",
    "An id that the venue never saw is NotFound, as of the time at which the read began.",
    "The engine waits for a read that began late enough; one that says when it ended would end the wait too soon.",
)
async def never_sent(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    began_ms = rig.now_ms()
    read = await rig.venue.read_order(intent, "")
    expect(isinstance(read, NotFound), f"it says {read}")
    assert isinstance(read, NotFound)
    expect(read.asked_at_ms <= began_ms + 5, f"asked at {read.asked_at_ms}, the read began at {began_ms}")


@check(
    "PL-K31",
    "An order that is there and not found yet is NotFound or unknown, never a zero.",
    "Reads lag behind the matching engine.",
    faults=[Fault(K.NOT_FOUND_IN_FLIGHT, nth=1)],
)
async def not_found_in_flight(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    read = await rig.venue.read_order(intent, "")
    if isinstance(read, OrderReport):
        expect(read.matched_e6 == rig.filled_e6(intent.market), f"it filled, the read says {read}")
    told = await rig.read_final(intent)
    expect(told.matched_e6 == rig.filled_e6(intent.market), f"the read says {told}")


@check(
    "PL-K32",
    "A read that fails is unknown, never NotFound and never a zero.",
    "An error counted as nothing is how a leg is forgotten.",
    faults=[Fault(K.READ_FAILED, what="order", times=3)],
)
async def failed_read(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    expect(rig.filled_e6(intent.market), "nothing filled: the check means nothing")
    for _ in range(2):
        read = await rig.venue.read_order(intent, "")
        if isinstance(read, OrderReport):
            expect(read.matched_e6 == rig.filled_e6(intent.market), f"it says {read}")
        else:
            expect(isinstance(read, OutcomeUnknown), f"the read failed, it says {read}")


@check(
    "PL-K33",
    "Where orders and fills disagree for a while, more counts: what either shows is matched, and it may not be final.",
    "The two are read at two moments, from two systems.",
    faults=[Fault(K.ORDERS_FILLS_DISAGREE, nth=1), Fault(K.ROWS_MISSING, nth=2)],
)
async def orders_and_fills_disagree(rig: Rig) -> None:
    for _ in range(2):
        intent = rig.intent(rig.market())
        await rig.place(intent)
        read = await rig.venue.read_order(intent, "")
        if isinstance(read, OrderReport):
            shown_e6 = sum(fill.qty_e6 for fill in read.fills)
            over = read.reported is Reported.CERTAIN and max(read.matched_e6, shown_e6) == 0
            expect(not over, f"it filled, and is told as certainly nothing: {read}")
            expect(read.matched_e6 >= shown_e6, f"its fills are more than it matched: {read}")
        told = await rig.read_final(intent)
        expect(told.matched_e6 == rig.filled_e6(intent.market), f"the read says {told}")


@check(
    "PL-K34",
    "A row that comes twice, on one page or on two, counts once.",
    "Pages shift under the reader while new rows come in.",
    faults=[Fault(K.ROWS_REPEATED, times=0)],
)
async def rows_twice(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    told = await rig.read_final(intent)
    names = [fill.fill_id for fill in told.fills]
    expect(len(names) == len(set(names)), f"a fill is told twice: {names}")
    expect(told.matched_e6 == rig.filled_e6(intent.market), f"the read says {told}")


@check(
    "PL-K35",
    "A word that no document names is unknown: not live, not closed, not nothing.",
    "Venues add statuses; a guess would be an outcome that nobody read.",
    faults=[Fault(K.UNKNOWN_WORD, times=2)],
)
async def unknown_word(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    read = await rig.venue.read_order(intent, "")
    expect(isinstance(read, OutcomeUnknown | NotFound) is isinstance(read, OutcomeUnknown), f"it says {read}")
    if isinstance(read, OrderReport):
        ended = [fill for fill in read.fills if fill.status is not FillStatus.PENDING]
        fine = read.reported is not Reported.CERTAIN and not ended
        expect(fine, f"a word that nobody knows is taken for {read.reported}, {read.fills}")
    told = await rig.read_final(intent)
    expect(told.matched_e6 == rig.filled_e6(intent.market), f"the read says {told}")


@check(
    "PL-K36",
    "A number in another form is read exactly or not at all.",
    "Integers, strings and fixed point are all in use; a factor of a million is not an opinion.",
    faults=[Fault(K.NUMBER_DRIFT, nth=1), Fault(K.FIXED_POINT_DRIFT, nth=2)],
)
async def number_drift(rig: Rig) -> None:
    for _ in range(2):
        intent = rig.intent(rig.market())
        await rig.place(intent)
        read = await rig.venue.read_order(intent, "")
        if isinstance(read, OrderReport):
            expect(read.matched_e6 == rig.filled_e6(intent.market), f"it says {read}")
        told = await rig.read_final(intent)
        expect(told.matched_e6 == rig.filled_e6(intent.market), f"the read says {told}")


@check(
    "PL-K37",
    "Orders and fills of another client of the account are not ours.",
    "People trade by hand on the same account.",
    faults=[Fault(K.FOREIGN_ORDER, times=2)],
)
async def another_clients_orders(rig: Rig) -> None:
    state = rig.market()
    nothing = await rig.venue.read_order(rig.intent(state), "")
    expect(isinstance(nothing, NotFound), f"an order of ours was never there, it says {nothing}")
    intent = rig.intent(state)
    await rig.place(intent)
    told = await rig.read_final(intent)
    true = sum(f.qty_e6 for f in rig.fills(intent.market))
    expect(told.matched_e6 == true, f"the read says {told}")


_MANY = 120


@check(
    "PL-K38",
    "An order with more fills than a page holds is read whole.",
    "A page that is taken for everything is a fill that was never read.",
    faults=[fault(K.PART_FAILS, change={"parts": _MANY, "fail_first": False})],
)
async def pages(rig: Rig) -> None:
    intent = rig.intent(rig.market(), size_e2=60_000)
    await rig.place(intent)
    told = await rig.read_final(intent)
    true = rig.fills(intent.market)
    expect(len(true) >= _MANY, f"only {len(true)} fills were made: the check means nothing")
    expect(len(told.fills) == len(true), f"{len(true)} fills, {len(told.fills)} read")
    expect(told.matched_e6 == sum(fill.qty_e6 for fill in true), "the sums differ")


@check(
    "PL-K39",
    "An order that was killed is closed or not found when it is read, and nothing filled.",
    "After an unknown answer the read decides; a killed order that reads as live would hold the trade for ever.",
    faults=[Fault(K.KILL), Fault(K.READ_TIMEOUT)],
)
async def killed_and_unknown(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    await rig.sleep_ms(rig.exchange.default_bounds.read_lag_ms)
    read = await rig.venue.read_order(intent, "")
    if isinstance(read, OrderReport):
        expect(read.reported is not Reported.LIVE, f"it was killed, the read says {read}")
        expect(read.matched_e6 == 0, f"it was killed, the read says {read}")
    else:
        expect(isinstance(read, NotFound), f"it says {read}")


@check(
    "PL-K40",
    "Nothing that was read as final is ever told otherwise.",
    "Final is what trades are closed on.",
)
async def final_stays_final(rig: Rig) -> None:
    intent = rig.intent(rig.market())
    await rig.place(intent)
    first = await rig.read_final(intent)
    await rig.sleep_ms(20_000)
    again = report(await rig.venue.read_order(intent, ""))
    expect(set(first.fills) == set(again.fills), f"first {first.fills}, then {again.fills}")
    expect(all(fill.status is not FillStatus.PENDING for fill in again.fills), f"pending again: {again}")
