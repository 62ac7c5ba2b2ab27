"""A whole engine on a disk that fails at one picked operation, and what was seen of it from outside."""

from __future__ import annotations

import itertools
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import apsw
from attrs import define, field, frozen

from crash_kit import Place
from engine_kit import Bench
from journal_disk import Disk, DiskVFS, Op, Sync, Truncate, Write, after_power_loss, open_on
from pairlock import CallChannel, E
from pairlock.codec import parse
from pairlock.journal.records import Kind
from pairlock.lifecycle import CLOSED
from pairlock.model import Trade
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.sqlite.store import open_store

_NAMES = itertools.count()
FULL, BAD_WRITE, BAD_SYNC = "ENOSPC", "EIO on write", "EIO on fsync"
_STRUCK_BY: dict[str, tuple[tuple[type, ...], Callable[[], Exception]]] = {
    FULL: ((Write, Truncate), lambda: apsw.FullError("no space left on device")),
    BAD_WRITE: ((Write, Truncate), lambda: apsw.IOError("input/output error")),
    BAD_SYNC: ((Sync,), lambda: apsw.IOError("input/output error on fsync")),
}


def suits(kind: str, op: Op) -> bool:
    return isinstance(op, _STRUCK_BY[kind][0])


@frozen
class Point:
    """The ``index``-th operation of a run is refused; a full disk stays full, a bad one recovers at once."""

    kind: str
    index: int


@define
class Watch:
    """What was seen of one run. ``state``: the trade's last durable state when the disk struck, "" for no trade."""

    disk: Disk
    struck: bool = False
    state: str = ""
    strike_ms: int = -1
    sent_after: list[str] = field(factory=list)
    canceled_after: list[str] = field(factory=list)
    steps_after: int = 0
    alerts: list[dict[str, Any]] = field(factory=list)
    failures: list[BaseException] = field(factory=list)
    bench: Bench | None = None
    base: dict[str, bytes] = field(factory=dict)

    def strikes(self) -> None:
        self.struck = True
        if self.bench is None:
            self.state = "opening"
            return
        handles = self.bench.engine.open_trades()
        self.state = str(handles[0].state) if handles else ("closing" if self.bench.values else "before")

    @property
    def said(self) -> list[str]:
        return [str(alert["details"]["reason"]) for alert in self.alerts]


class WatchedVenue:
    """The venue itself, with a note of every order and every cancel that leaves after the disk has struck."""

    def __init__(self, inner: Any, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def place(self, intent: Any, guard: Callable[[], str]) -> Any:
        def watched() -> str:
            reason = guard()
            if not reason and self._watch.struck:
                self._watch.sent_after.append(intent.intent_id)
            return reason

        return await self._inner.place(intent, watched)

    async def cancel(self, intent: Any, venue_ref: str) -> Any:
        if self._watch.struck:
            self._watch.canceled_after.append(intent.intent_id)
        return await self._inner.cancel(intent, venue_ref)


def run_on_disk(
    place: Place,
    body: Callable[[Bench], Awaitable[None]],
    refuse: Callable[[Watch, int, Op], None] = lambda watch, index, op: None,
) -> Watch:
    """One life of an engine on a watched disk; its failure, if it failed, is in ``failures``, leaf by leaf."""
    watch = Watch(Disk())
    name = f"own{next(_NAMES)}"
    vfs = DiskVFS(name, watch.disk)
    count = itertools.count()
    watch.disk.refuse = lambda op: refuse(watch, next(count), op)

    def store(path: str) -> Any:
        opened = open_on(path, name)
        watch.base = {os.path.basename(path): Path(path).read_bytes()}
        return opened

    async def seen(bench: Bench) -> None:
        watch.bench = bench
        bench.engine.on_step.append(stepped)
        await body(bench)

    def stepped(trade: Trade, events: tuple[E, ...]) -> None:
        watch.steps_after += watch.struck

    def wrap(venue: Any) -> Any:
        return WatchedVenue(venue, watch)

    channels = (CallChannel(watch.alerts.append),)
    try:
        place.run(seen, store=store, wrap=wrap, channels=channels)
    except BaseExceptionGroup as group:
        watch.failures = leaves(group)
    except Exception as error:
        watch.failures = [error]
    finally:
        del vfs
    return watch


def struck_at(point: Point) -> Callable[[Watch, int, Op], None]:
    """Refuse what ``point`` picks."""

    def refuse(watch: Watch, index: int, op: Op) -> None:
        on = index == point.index or (point.kind == FULL and index > point.index)
        if on and suits(point.kind, op):
            if not watch.struck:
                watch.strikes()
            raise _STRUCK_BY[point.kind][1]()

    return refuse


def leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in leaves(inner)]
    return [error]


def lose_power(place: Place, watch: Watch, rng: Random) -> None:
    """What an fsync that failed may leave: of all that was not synced, any sectors, in any order."""
    image = after_power_loss(watch.base, watch.disk.log, rng)
    for name, data in image.items():
        (place.folder / name).write_bytes(data)


def durable_alerts(journal: str) -> dict[str, set[str]]:
    """For each state that asks for one, the trades that came to it without a durable alert: none is well."""
    store = open_store(journal, readonly=True)
    missing: dict[str, set[str]] = {"HEDGING": set(), "STUCK": set()}
    wanted = {"HEDGING": {"EMERGENCY_EXIT", "STUCK"}, "STUCK": {"STUCK"}}
    try:
        for (trade_id,) in store._rows("SELECT trade FROM trades"):
            states, alerts = set(), set()
            for record in store.trade_records(trade_id):
                if record.kind == Kind.STEP:
                    plain = parse(record.body)
                    states.add(plain["state"])
                    alerts |= {kind for kind, _ in plain["alerts"]}
            for state, kinds in wanted.items():
                if state in states and not kinds & alerts:
                    missing[state].add(trade_id)
    finally:
        store.close()
    return missing


def sent_without_an_intent(place: Place) -> list[str]:
    """Requests at the venues whose intent the journal does not hold as it lies on the disk (claim 7)."""
    durable = {order.intent_id: order for value in place.values() for order in value.orders}
    truth = Truth(str(place.folder / "venues"))
    try:
        rows = list(truth.rows("SELECT intent_id, buys, size_e2, limit_e4 FROM requests"))
    finally:
        truth.close()
    return [
        str(intent_id)
        for intent_id, buys, size_e2, limit_e4 in rows
        if intent_id not in durable
        or (bool(buys), size_e2, limit_e4)
        != (durable[intent_id].buys, durable[intent_id].size_e2, durable[intent_id].limit_e4)
    ]


def all_closed(values: list[Trade]) -> bool:
    return all(value.state in CLOSED for value in values)


@define
class FillsUp:
    """Full from ``fill(True)`` on, until the ballast is given up."""

    ballast: str
    full: bool = False

    def fill(self, now: bool) -> None:
        self.full = self.full or now

    def __call__(self, op: Op) -> None:
        if self.full and isinstance(op, (Write, Truncate)) and os.path.getsize(self.ballast) > 0:
            raise apsw.FullError("no space left on device")
