"""The process ends at an exact send boundary: before a byte is written, after it, or after its answer.

Also what a run came to, and what runs without a crash can come to (claim 18).
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from enum import StrEnum
from itertools import islice, product
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from crash_kit import Place
from engine_kit import QUICK_DISK, Bench, Setup
from own_side_kit import leaves
from pairlock.journal.errors import JournalFailed
from pairlock.journal.records import Record
from pairlock.journal.store import TradeRow
from pairlock.lifecycle import S
from pairlock.model import FillStatus, Trade
from pairlock_adapters.demo.judge import Judge
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.sqlite.store import open_store


class PowerOff(BaseException):
    """The process is gone: nothing may catch it, and nothing that it does afterwards counts."""


class At(StrEnum):
    BEFORE = "before the order is written"
    WRITTEN = "written, not answered"
    ANSWERED = "answered, not recorded"
    CANCEL_BEFORE = "before the cancel is written"
    CANCEL_WRITTEN = "cancel written, not answered"
    CANCEL_ANSWERED = "cancel answered, not recorded"


@define
class Power:
    """Goes off at the ``nth`` boundary of kind ``at`` (from 1); None counts only."""

    at: At | None = None
    nth: int = 0
    off: bool = False
    seen: Counter[At] = field(factory=Counter)

    def passes(self, at: At) -> None:
        self.live()
        self.seen[at] += 1
        if at is self.at and self.seen[at] == self.nth:
            self.off = True
            raise PowerOff

    def live(self) -> None:
        if self.off:
            raise PowerOff


class CutStore:
    """A store on which nothing is written any more once the power is off."""

    def __init__(self, path: str, power: Power) -> None:
        self._inner = open_store(path)
        self._power = power

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def append(self, records: Sequence[Record], trades: Sequence[TradeRow], ledger: str | None) -> None:
        self._power.live()
        self._inner.append(records, trades, ledger)

    def close(self) -> None:
        self._inner._let_go(clean=False) if self._power.off else self._inner.close()


class CutVenue:
    """The simulated venue, with the power in between."""

    def __init__(self, inner: Any, power: Power) -> None:
        self._inner = inner
        self._power = power
        leave, cancel = inner.door.leave, inner.exchange.held.cancel

        def left(*args: Any) -> Any:
            waiting = leave(*args)
            power.passes(At.WRITTEN)
            return waiting

        def canceled(*args: Any) -> Any:
            reply = cancel(*args)
            power.passes(At.CANCEL_WRITTEN)
            return reply

        inner.door.leave, inner.exchange.held.cancel = left, canceled

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def place(self, intent: Any, guard: Callable[[], str]) -> Any:
        def guarded() -> str:
            reason = guard()
            if not reason:
                self._power.passes(At.BEFORE)
            return reason

        fact = await self._inner.place(intent, guarded)
        self._power.passes(At.ANSWERED)
        return fact

    async def cancel(self, intent: Any, venue_ref: str) -> Any:
        self._power.passes(At.CANCEL_BEFORE)
        fact = await self._inner.cancel(intent, venue_ref)
        self._power.passes(At.CANCEL_ANSWERED)
        return fact


def run_until(place: Place, body: Callable[[Bench], Awaitable[None]], power: Power) -> bool:
    """One life that ends where ``power`` says; False when it came to its own end before."""
    ended: list[BaseException] = []
    try:
        place.run(body, store=lambda path: CutStore(path, power), wrap=lambda venue: CutVenue(venue, power))
    except BaseExceptionGroup as group:
        ended = leaves(group)
    assert {type(leaf) for leaf in ended} <= {PowerOff, JournalFailed}
    assert bool(ended) == power.off
    return power.off


# --- what a run came to ---------------------------------------------------------------------------------------------

Outcome = tuple[str, str, tuple[tuple[object, ...], ...], tuple[int, int]]


def outcome_of(place: Place, value: Trade) -> Outcome:
    """State, verdict, what each order finally did with its money, and each account's cash by the venues' truth.

    Orders that did nothing are left out: how often an attempt came to nothing depends on what was answered when.
    """
    orders: list[tuple[object, ...]] = []
    for order in value.orders:
        final = [f for f in order.fills if f.status is FillStatus.FINAL]
        if final:
            money = sum(f.cost_micros for f in final), sum(f.fee_micros for f in final)
            orders.append((order.leg, str(order.role), sum(f.qty_e6 for f in final), *money))
    truth = Truth(str(place.folder / "venues"))
    try:
        judge = Judge(truth)
        cash = judge.cash("kalshi"), judge.cash("polymarket")
    finally:
        truth.close()
    return str(value.state), str(value.verdict), tuple(orders), cash


_SILENT = (
    Fault(K.STREAM_LOST, times=0, until_ms=6_500),
    Fault(K.READ_FAILED, what="order", times=0, until_ms=6_500),
)


def _entry_fates(venue: str) -> Iterator[tuple[Fault, ...]]:
    """What may become of a venue's entry, without any crash."""
    yield ()
    yield (Fault(K.LOST_REQUEST, venue, role="entry"),)
    yield (Fault(K.LOST_ANSWER, venue, role="entry"), Fault(K.STREAM_LOST, venue, times=0))
    yield (Fault(K.LOST_ANSWER, venue, role="entry"), *_SILENT)


def _exit_fates() -> Iterator[tuple[Fault, ...]]:
    """What may become of one of the first three exits."""
    yield ()
    for nth in (1, 2, 3):
        yield (Fault(K.LOST_REQUEST, role="exit", nth=nth),)
        yield (Fault(K.LOST_ANSWER, role="exit", nth=nth), Fault(K.STREAM_LOST, times=0))


def twins(setup: Setup) -> Iterator[Outcome]:
    """What runs of this script without a crash come to, each with a further fate for its orders.

    The fates are those that a crash can give: a trade that is halted before it sends, an entry that is never written
    or whose answer never comes, a venue that tells nothing until EXECUTING is over, an exit never written or never
    answered.
    """
    yield _lived(setup, halts_when_locked)
    fates = list(product(_entry_fates("kalshi"), _entry_fates("polymarket"), _exit_fates()))
    for kalshi, polymarket, exits in sorted(fates, key=lambda each: sum(map(len, each))):
        yield _lived(evolve(setup, script=(*setup.script, *kalshi, *polymarket, *exits)), one_trade)


async def one_trade(bench: Bench) -> None:
    await bench.submit()
    await bench.close_all()


async def halts_when_locked(bench: Bench) -> None:
    def locked(trade: Trade, events: object) -> None:
        if trade.state is S.LOCKED:
            bench.engine.halt("test", "as a crash before anything was sent")

    bench.engine.on_step.append(locked)
    await one_trade(bench)


def _lived(setup: Setup, body: Callable[[Bench], Awaitable[None]]) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="pairlock-", dir=QUICK_DISK) as folder:
        place = Place(Path(folder), setup)
        place.run(body)
        (value,) = place.values()
        return outcome_of(place, value)


@define
class Reachable:
    """Outcomes of uncrashed runs of one setup, found as far as they are asked for."""

    setup: Setup
    found: set[Outcome] = field(factory=set)
    runs: int = 0
    most_runs: int = 1_000
    _more: Iterator[Outcome] | None = None

    def has(self, outcome: Outcome) -> bool:
        if self._more is None:
            self._more = twins(self.setup)
        for found in islice(self._more, self.most_runs - self.runs if outcome not in self.found else 0):
            self.found.add(found)
            self.runs += 1
            if found == outcome:
                break
        return outcome in self.found
