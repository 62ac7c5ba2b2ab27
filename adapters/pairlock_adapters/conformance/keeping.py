"""Books: which side is which, never stale, never in doubt, and shut where the venue is."""

from __future__ import annotations

from pairlock.book import Book
from pairlock.model import Outcome
from pairlock.opportunity_checks import book_problem
from pairlock.ports import VenueError
from pairlock_adapters.conformance.check import check, expect
from pairlock_adapters.conformance.rig import Rig
from pairlock_adapters.simulated.effects import Condition
from pairlock_adapters.simulated.execution import move
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.state import MarketState

_FOLLOWS_MS = 2_000


async def _book(rig: Rig, state: MarketState) -> Book | None:
    """The book as the adapter has it, None where it has none."""
    try:
        return await rig.venue.book(state.spec.market)
    except VenueError:
        return None


def _is_true(rig: Rig, state: MarketState, book: Book) -> bool:
    true = rig.levels(state)
    return (book.bids, book.asks) == (true.bids, true.asks)


async def _follows(rig: Rig, state: MarketState, what: str) -> None:
    async def right() -> bool:
        book = await _book(rig, state)
        return book is not None and _is_true(rig, state, book)

    await rig.when(f"the book shows {what}", right, _FOLLOWS_MS)


@check(
    "PL-K60",
    "A book is in YES terms, best first; what NO costs is one less the YES bid.",
    "One venue lists NO bids, the other two tokens: a book on its head is a loss on every trade.",
)
async def sides(rig: Rig) -> None:
    state = rig.market()
    await _follows(rig, state, "every level of the venue's")
    book = await rig.venue.book(state.spec.market)
    for outcome in Outcome:
        best_e4 = book.asks_of(outcome.value)[0][0]
        expect(best_e4 == rig.best_e4(state, outcome, buys=True), f"{outcome} is offered at {best_e4}")
    expect(book.market == state.spec.market, f"the book is of {book.market}")


@check(
    "PL-K61",
    "A book follows the venue's: after a fill of ours, and after the market moved.",
    "A book that stands still is a price that is gone.",
)
async def follows(rig: Rig) -> None:
    state = rig.market()
    await _follows(rig, state, "the listing")
    await rig.place(rig.intent(state))
    await _follows(rig, state, "what our own order took")
    with rig.world.truth.commit(rig.now_ms()):
        move(rig.exchange, state, state.spec.tick_e4)
    for told in rig.exchange.on_shift:
        told(rig.now_ms(), state.spec.market, state.spec.tick_e4)
    await _follows(rig, state, "a market that moved by a tick")


@check(
    "PL-K62",
    "A book in doubt is not served: no book, or one that shows itself to be wrong, never a wrong one that looks well.",
    "A sequence that began anew, a delta applied twice and a crossed book look like arbitrage.",
    faults=[Fault(K.BOOK_SEQUENCE_RESET, nth=1), Fault(K.BOOK_CROSSED, nth=2)],
)
async def in_doubt(rig: Rig) -> None:
    state = rig.market()
    for _ in range(6):
        book = await _book(rig, state)
        fine = book is None or bool(book_problem(book)) or _is_true(rig, state, book)
        expect(fine, f"the book {book} is not the venue's {rig.levels(state)}")
        await rig.sleep_ms(100)
    await _follows(rig, state, "the venue's again")


@check(
    "PL-K63",
    "A book says when it was last known to be right, and never later than it is asked.",
    "Its age is what makes it stale.",
)
async def honest_age(rig: Rig) -> None:
    state = rig.market()
    await _follows(rig, state, "the listing")
    asked_ms = rig.now_ms()
    book = await rig.venue.book(state.spec.market)
    expect(book.read_at_ms <= rig.now_ms(), f"it is of {book.read_at_ms}, now is {rig.now_ms()}")
    expect(book.read_at_ms <= asked_ms + 5, f"asked at {asked_ms}, it is of {book.read_at_ms}")


_SHUT = (
    Condition.RESTARTING,
    Condition.POST_ONLY,
    Condition.CANCEL_ONLY,
    Condition.DISABLED,
    Condition.PAUSED,
)


@check(
    "PL-K64",
    "A venue that takes no taker orders is shut: restarting, post-only, cancel-only, disabled, paused; then open.",
    "A shut route waits; an exit sent to it is an attempt spent.",
)
async def shut(rig: Rig) -> None:
    state = rig.market()
    await _open_is(rig, state, "nothing shuts it", wanted=True)
    for condition in _SHUT:
        rig.exchange.enter(condition, rig.now_ms() + 600_000)
        await _open_is(rig, state, condition.value, wanted=False)
        rig.exchange.enter(condition, rig.now_ms())
        await _open_is(rig, state, f"{condition.value} is over", wanted=True)


async def _open_is(rig: Rig, state: MarketState, told: str, *, wanted: bool) -> None:
    async def so() -> bool:
        try:
            return await rig.venue.taker_open(state.spec.market) is wanted
        except VenueError as error:
            return error.shut and not wanted

    await rig.when(f"{told}: taker_open {wanted}", so, 15_000)


@check(
    "PL-K65",
    "A market that is halted or closed is shut, and only that one.",
    "Exits go elsewhere, or wait.",
)
async def shut_market(rig: Rig) -> None:
    halted, other = rig.market(), rig.market()
    halted.halted_until_ms = rig.now_ms() + 600_000
    await _open_is(rig, halted, "the market is halted", wanted=False)
    await _open_is(rig, other, "another one is not", wanted=True)


@check(
    "PL-K66",
    "A market that does not exist is an error, not an empty book.",
    "An empty book is a fact about a market; a spelling is not.",
)
async def no_such_market(rig: Rig) -> None:
    state = rig.market()
    name = state.spec.market[:-1] + ("0" if state.spec.market[-1] != "0" else "1")
    expect(name not in rig.exchange.markets, f"{name} exists: the check means nothing")
    try:
        book = await rig.venue.book(name)
    except VenueError:
        return
    expect(False, f"it says {book}")


@check(
    "PL-K67",
    "Tick, minimum and fees are the market's own.",
    "They differ from market to market and changed three times in a year.",
)
async def rules(rig: Rig) -> None:
    for _ in range(3):
        spec = rig.market().spec
        told = await rig.venue.rules(spec.market)
        expect(told.tick_e4 == spec.tick_e4, f"the tick is {spec.tick_e4}, it says {told.tick_e4}")
        mine, true = told.fees, spec.fees
        same = (mine.kind, mine.rate_ppm, mine.exponent) == (true.kind, true.rate_ppm, true.exponent)
        expect(same, f"the fees are {true}, it says {mine}")
        least = rig.exchange.rules.min_size_e2
        expect(told.min_size_e2 >= least, f"the least size is {least}, it says {told.min_size_e2}")
        expect(told.open, "the market is open")
