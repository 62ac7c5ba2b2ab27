"""open_engine: the one way in. Opens the journal, recovers, and runs the engine until the block ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from secrets import token_hex

import trio

from pairlock.commands import AlertKind, RaiseAlert
from pairlock.errors import PairlockError, UserError
from pairlock.facts import Restarted
from pairlock.journal.errors import JournalFailed
from pairlock.journal.records import Entry, Kind
from pairlock.journal.store import Store
from pairlock.lifecycle import S
from pairlock.limits import Limits
from pairlock.model import PlanKind
from pairlock.ports import AlertChannel, Clock, PairRegistry, Venue, VenueError
from pairlock.runner.alerts import AlertDesk, LogChannel
from pairlock.runner.clock import SystemClock
from pairlock.runner.engine import Engine
from pairlock.runner.lately import lately_closed, read_finals_again
from pairlock.runner.prepare import Accepted, Prepared, open_named_store, prepare
from pairlock.runner.receivables import watch_receivables
from pairlock.runner.recorder import ROOM_BYTES
from pairlock.table_check import require_valid


def plan_of(name: str) -> PlanKind | None:
    """``auto`` (None: by measured fill rates), ``simultaneous`` or ``riskier_first``."""
    if name == "auto":
        return None
    try:
        return PlanKind(name)
    except ValueError:
        raise UserError(f"plan {name!r} is unknown; use auto, simultaneous or riskier_first") from None


async def _balance_twice(engine: Engine, venue: Venue, believed: int) -> int:
    """The venue's balance; one that differs counts only if a read beyond the read lag shows the same."""
    try:
        first = await venue.balance_micros()
        if first == believed:
            return first
        await engine.sleep_ms(engine.limits.bounds.read_lag_ms + 1)
        again = await venue.balance_micros()
    except VenueError:
        return believed  # counted as an error of the venue; the next start compares again
    return again if again == first else believed


async def _reconcile(engine: Engine, open_count: int) -> None:
    """What the venues show and we cannot explain enters as a journalled adjustment, with an alert.

    Judged only while nothing of ours is open: then every cent must be known. A late fact whose match is pending
    explains what is missing: its repair will book it.
    """
    if engine.recorder.control.halted_by("late_fact") is not None:
        return
    if open_count or engine.open_trades() or engine.recorder.ledger.receivables:
        return
    for name, venue in engine.venues.items():
        believed = engine.recorder.ledger.accounts[name].cash_micros
        shown = await _balance_twice(engine, venue, believed)
        if shown != believed:
            reason = f"{name} shows {shown} micro-dollars, the ledger has {believed}: traded or moved by hand"
            await engine.commit(engine.recorder.adjusted(name, shown - believed, reason))
            engine.desk.raise_alert(RaiseAlert(AlertKind.HALT, reason), None)


async def _start(engine: Engine, ready: Prepared, nursery: trio.Nursery) -> None:
    trades = ready.trades
    lately = lately_closed(ready.store)
    control = engine.recorder.control
    body: dict[str, object] = {
        "run": control.run,
        "nonce": control.nonce,
        "version": version("pairlock"),
        "table_digest": engine.digests.table,
        "config_digest": engine.digests.config,
        "deposits": {name: a.deposits_micros for name, a in sorted(engine.recorder.ledger.accounts.items())},
        "was_unclean": ready.was_unclean,
        "open": [trade.trade_id for trade in trades],
    }
    if ready.accounts:
        body["accounts"] = ready.accounts
    await engine.commit(engine.recorder.opened(body))
    nursery.start_soon(engine.desk.run)
    nursery.start_soon(watch_receivables, engine)
    for trade in trades:
        if trade.reservation is not None:
            engine.store.reserve(ROOM_BYTES)
        engine.recovered.append(engine.begin(trade, Restarted(engine.clock.now_ms())))
        if trade.state in (S.HEDGING, S.STUCK):
            # The alert is in the journal; whether it went out before the restart is not known: say it again.
            kind = AlertKind.STUCK if trade.state is S.STUCK else AlertKind.EMERGENCY_EXIT
            engine.desk.raise_alert(RaiseAlert(kind, f"still {trade.state} after a restart"), trade)
    # Recovered trades go first: a venue that does not answer must not keep a naked leg waiting.
    for name, venue in engine.venues.items():
        nursery.start_soon(engine.monitor.watch, name)
        nursery.start_soon(_streamed, engine, venue)
    await read_finals_again(engine, trades, lately, nursery)
    await _reconcile(engine, len(trades))
    async with trio.open_nursery() as pings:
        for name in engine.venues:
            pings.start_soon(engine.monitor.ping_once, name)


async def _streamed(engine: Engine, venue: Venue) -> None:
    async def deliver(fact: object) -> None:
        engine.route(fact)  # type: ignore[arg-type]

    await venue.stream(deliver)


@asynccontextmanager
async def open_engine(
    *,
    venues: Sequence[Venue],
    journal: str | Store,
    pairs: PairRegistry,
    limits: Limits | None = None,
    plan: str = "auto",
    clock: Clock | None = None,
    alerts: Sequence[AlertChannel] | None = None,
    slowest_to_finality: str = "polymarket",
    accept_table: str = "",
    accept_accounts: Sequence[str] = (),
    nonce: str | None = None,
) -> AsyncIterator[Engine]:
    """An engine over ``journal`` (a path, or a store), recovered and running.

    ``accept_table``: the digest of another transition table under which open trades may have been recorded; they are
    then replayed under the installed one, and refused unless every recorded move comes out the same.
    ``accept_accounts``: digests, as refusals name them, of accounts that are the same although no word of their
    identity is (all API keys were replaced): else a venue with open trades that is not recognized is refused.
    ``nonce``: part of every id of this run, drawn at random unless a simulation gives its own.
    When the block ends well the engine stops: trades that sent nothing abort, and it waits until nothing is EXECUTING
    or HEDGING; PAIRED and STUCK trades stay open in the journal and go on at the next start. When the block raises or
    is cancelled everything is cancelled at once: the next start recovers. Raises UserError (a journal that cannot be
    used, a table that is not valid) before anything is sent, and JournalFailed when the journal fails under way.
    """
    require_valid()
    chosen_plan = plan_of(plan)
    nonce = token_hex(4) if nonce is None else nonce
    store = open_named_store(journal) if isinstance(journal, str) else journal
    # Made before the journal is written to: a disk that fails at the very start must be told of as well.
    desk = AlertDesk(tuple(alerts) if alerts is not None else (LogChannel(),), clock or SystemClock())
    try:
        try:
            ready = await prepare(
                store,
                {venue.name: venue for venue in venues},
                limits or Limits(),
                clock,
                Accepted(accept_table, tuple(accept_accounts)),
                nonce,
            )
        except JournalFailed as failed:
            await _last_words(desk, failed)
            raise
        try:
            async with trio.open_nursery() as nursery:
                engine = Engine(
                    ready=ready,
                    pairs=pairs,
                    desk=desk,
                    plan=chosen_plan,
                    slowest_to_finality=slowest_to_finality,
                    nursery=nursery,
                )
                await _start(engine, ready, nursery)
                yield engine
                await engine.stop()
                nursery.cancel_scope.cancel()
            engine.hub.close()
            await _finish(engine)
        except BaseException as ended:
            # The host may have met the journal's failure in a task of its own, and this block only its cancellation.
            failure = ready.journal.failure or _failure_in(ended)
            if failure is not None:
                await _last_words(desk, failure)
            raise
    finally:
        store.close()


async def _last_words(desk: AlertDesk, failed: BaseException) -> None:
    """Nothing more is sent; what people must know goes out of band before the process ends."""
    desk.raise_alert(RaiseAlert(AlertKind.HALT, f"the engine ends: {_told(failed)}"), None)
    with trio.move_on_after(10, shield=True):
        await desk.flush()


def _failure_in(ended: BaseException) -> Exception | None:
    """The first failure in what ended the engine, out of trio's nested groups; None for a mere cancellation."""
    if isinstance(ended, BaseExceptionGroup):
        return next(filter(None, map(_failure_in, ended.exceptions)), None)
    return ended if isinstance(ended, Exception) else None


def _told(error: BaseException) -> str:
    """Our own errors in their words; of any other only the name, for its message may hold a secret."""
    return str(error) if isinstance(error, PairlockError) else type(error).__name__


async def _finish(engine: Engine) -> None:
    engine.recorder.journal.append(
        Entry(Kind.CLOSED_ENGINE, "", engine.clock.now_ms(), {"run": engine.recorder.control.run})
    )
    engine.journal.flush_now()
    with trio.move_on_after(10, shield=True):
        await engine.desk.flush()
