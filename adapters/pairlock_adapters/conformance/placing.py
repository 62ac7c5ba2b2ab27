"""Sending an order: the guard, the one write, and what its answer proves."""

from __future__ import annotations

from pairlock.facts import NotSent, OrderReport, OutcomeUnknown
from pairlock_adapters.conformance.check import check, expect
from pairlock_adapters.conformance.rig import Rig, certain_no, report, unknown
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault, fault

# How much later than the guard a request may be seen to leave, where nothing is awaited between the two.
_AT_ONCE_MS = 50
_SOON_MS = 300


@check(
    "PL-K01",
    "The guard is asked exactly once, and right before the write.",
    "It holds the deadline and the epoch: what is awaited after it may end after both.",
)
async def guard_right_before_the_write(rig: Rig) -> None:
    state, asked = rig.market(), list[int]()
    rig.exchange.timeline.advance()

    def guard() -> str:
        asked.append(rig.now_ms())
        return ""

    report(await rig.venue.place(rig.intent(state), guard))
    expect(len(asked) == 1, f"the guard was asked {len(asked)} times")
    sql = "SELECT sent_ms FROM requests WHERE venue=? AND market=?"
    (sent_ms,) = next(rig.world.truth.rows(sql, (rig.name, state.spec.market)))
    expect(
        abs(sent_ms - asked[0]) <= _AT_ONCE_MS,
        f"the guard spoke at {asked[0]}, the request left at {sent_ms}",
    )


@check(
    "PL-K02",
    "A guard that refuses is NotSent with its words, and nothing reaches the venue.",
    "The engine takes NotSent for proof: a byte that was written all the same would be a leg that nobody watches.",
)
async def refused_by_the_guard(rig: Rig) -> None:
    state = rig.market()
    said = await rig.venue.place(rig.intent(state), lambda: "the deadline passed")
    expect(isinstance(said, NotSent), f"it says {said}")
    expect("the deadline passed" in str(said), f"the guard's words are not in {said}")
    await rig.sleep_ms(rig.exchange.default_bounds.request_death_ms)
    expect(rig.requests(state.spec.market) == 0, "the request reached the venue")


@check(
    "PL-K03",
    "NotSent is said only of a request of which no byte left.",
    "A failed connection proves it, a silent one does not.",
    faults=[Fault(K.CONNECT_REFUSED, nth=1), Fault(K.LOST_REQUEST, nth=2)],
)
async def not_sent_is_proved(rig: Rig) -> None:
    for _ in range(2):
        state = rig.market()
        said = await rig.place(rig.intent(state))
        expect(isinstance(said, NotSent | OutcomeUnknown), f"nothing is known of the order, it says {said}")
        if isinstance(said, NotSent):
            expect(rig.requests(state.spec.market) == 0, "NotSent, and the request is on its way")


@check(
    "PL-K04",
    "An answer that does not come in time is an unknown outcome, told soon after the deadline; the order may be there.",
    "The commonest way to a naked leg is to take a timeout for a zero.",
    faults=[Fault(K.LOST_ANSWER)],
)
async def no_answer_is_unknown(rig: Rig) -> None:
    state = rig.market()
    intent = rig.intent(state)
    unknown(await rig.place(intent), "no answer came")
    late_ms = rig.now_ms() - intent.deadline_ms
    expect(late_ms <= _SOON_MS, f"told {late_ms} ms after the deadline")
    expect((await rig.read_final(intent)).matched_e6 == rig.filled_e6(state.spec.market), "the read is wrong")


_PROVES_NOTHING = (
    K.SERVER_ERROR, K.GATEWAY_TIMEOUT, K.NO_ORDER_IN_ANSWER, K.ERROR_IN_2XX, K.TRUNCATED_BODY,
)  # fmt: skip


@check(
    "PL-K05",
    "A 502, a 504, a 2xx without an order, a 2xx with an error in it and a body cut short are unknown outcomes.",
    "Each of them has been seen after the order was taken.",
    faults=[Fault(kind, nth=number) for number, kind in enumerate(_PROVES_NOTHING, 1)],
)
async def answers_that_prove_nothing(rig: Rig) -> None:
    for kind in _PROVES_NOTHING:
        state = rig.market()
        intent = rig.intent(state)
        unknown(await rig.place(intent), kind.value)
        told = await rig.read_final(intent)
        expect(told.matched_e6 == rig.filled_e6(state.spec.market) > 0, f"{kind.value}: the read is wrong")


@check(
    "PL-K06",
    "A killed fill-or-kill is certainly nothing, in whichever status the venue says it.",
    "Told as unknown it would hold up the other leg for seconds.",
    faults=[Fault(K.KILL, nth=1), Fault(K.KILL_400, nth=2), Fault(K.KILL_500, nth=3)],
)
async def killed(rig: Rig) -> None:
    for _ in range(3):
        state = rig.market()
        intent = rig.intent(state)
        said = await rig.place(intent)
        certain_no(said, "a killed order")
        expect(rig.filled_e6(state.spec.market) == 0, "it filled")


_REFUSALS = (K.NO_BALANCE, K.REFUSED_TICK, K.REFUSED_CLOSED, K.REFUSED_SELF_TRADE, K.UNAUTHORIZED,
             K.REGION_REFUSED, K.RATE_LIMITED, K.RESTARTING)  # fmt: skip


@check(
    "PL-K07",
    "The venue's documented refusals, and those of its gateway (401, 403, 425, 429), are certainly nothing.",
    "The engine goes on at once where it is certain, and waits where it is not.",
    faults=[Fault(kind, nth=number) for number, kind in enumerate(_REFUSALS, 1)],
)
async def refused(rig: Rig) -> None:
    for kind in _REFUSALS:
        state = rig.market()
        said = await rig.place(rig.intent(state))
        expect(not isinstance(said, OutcomeUnknown) or rig.orders(state.spec.market) == 0, "it was taken")
        if not isinstance(said, NotSent):
            certain_no(said, kind.value)


@check(
    "PL-K08",
    "One intent is one order: the same intent again makes no second one, and the refusal of its id is no zero.",
    "The id is known to the venue because the first request came through: what it did must be read.",
)
async def a_duplicate_is_read(rig: Rig) -> None:
    state = rig.market()
    intent = rig.intent(state)
    report(await rig.place(intent))
    again = await rig.place(intent)
    expect(rig.orders(state.spec.market) == 1, f"{rig.orders(state.spec.market)} orders of one intent")
    if isinstance(again, OrderReport):
        expect(
            again.matched_e6 == rig.filled_e6(state.spec.market),
            f"the duplicate's refusal is told as {again}",
        )
    told = await rig.read_final(intent)
    expect(told.matched_e6 == rig.filled_e6(state.spec.market), f"the read says {told}")


@check(
    "PL-K09",
    "A request is written once, whatever its answer: no retry of an order under its own or any other id.",
    "Retries turned three failures into three fills.",
    faults=[Fault(K.LOST_ANSWER, nth=1), Fault(K.SERVER_ERROR, nth=2), Fault(K.RATE_LIMITED, nth=3)],
)
async def never_again(rig: Rig) -> None:
    for _ in range(3):
        state = rig.market()
        await rig.place(rig.intent(state))
        await rig.sleep_ms(3_000)
        sent = rig.requests(state.spec.market)
        expect(sent == 1, f"{sent} requests of one intent")


@check(
    "PL-K10",
    "An order that the venue holds is live; its later fill is seen.",
    "Sports markets hold a taker's order for seconds and validate it again.",
    faults=[fault(K.DELAYED, change={"hold_ms": 2_000})],
)
async def held(rig: Rig) -> None:
    state = rig.market()
    intent = rig.intent(state)
    said = await rig.place(intent)
    expect(isinstance(said, OutcomeUnknown) or "live" in str(said), f"it is held, and told as {said}")
    told = await rig.read_final(intent)
    expect(told.matched_e6 == rig.filled_e6(state.spec.market) > 0, f"it filled later, the read says {told}")
