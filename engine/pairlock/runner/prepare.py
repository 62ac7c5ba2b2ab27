"""From a journal to everything that an engine needs: lock, recovery, ledger, recorder. Nothing is sent here."""

from __future__ import annotations

from importlib.metadata import entry_points

from attrs import evolve, frozen

from pairlock.errors import UserError
from pairlock.journal.journal import Journal
from pairlock.journal.records import Entry, Kind
from pairlock.journal.store import Store
from pairlock.ledger import Account, Ledger
from pairlock.limits import Limits
from pairlock.model import Trade
from pairlock.ports import Clock, Venue, VenueError
from pairlock.runner.clock import SystemClock
from pairlock.runner.digests import Digests, digests_of
from pairlock.runner.guarded import GuardedVenue
from pairlock.runner.recorder import Recorder
from pairlock.runner.recovery import last_opened, open_values, refuse_other_table, saved_state
from pairlock.runner.whose import busy_venues, identities_of, refuse_other_account


@frozen
class Prepared:
    """A recovered journal and what was made of it. ``trades``: the open ones, as last recorded.

    ``accounts``: whose each venue is, in its own words."""

    store: Store
    journal: Journal
    recorder: Recorder
    venues: dict[str, GuardedVenue]
    limits: Limits
    clock: Clock
    digests: Digests
    accounts: dict[str, list[str]]
    trades: list[Trade]
    was_unclean: bool


def open_named_store(path: str, **how: bool) -> Store:
    """The store for ``path``: ``name:rest`` picks one of the entry-point group ``pairlock.stores``, else SQLite.

    ``how``: ``readonly`` (no writer will be acquired), ``verified`` False (read what reads, for an audit)."""
    name, _, rest = path.partition(":")
    points = {point.name: point for point in entry_points(group="pairlock.stores")}
    chosen, where = (name, rest) if name in points and rest else ("sqlite", path)
    if chosen not in points:
        raise UserError(f"no store named {chosen} is installed; install pairlock whole, with its adapters")
    store: Store = points[chosen].load()(where, **how)
    return store


def _clock_after(store: Store, given: Clock | None) -> Clock:
    """The clock to run on, which never shows a time that the journal has seen already.

    An order's deadline lies in the times of its own record: before it nobody asks for the order. On a clock that went
    back an open trade would wait for hours. Raises UserError for a given clock that did."""
    last_ms = max((record.at_ms for record in store.records()), default=0)
    if given is None:
        return SystemClock(last_ms)
    if given.now_ms() < last_ms:
        raise UserError(
            f"the clock given shows {given.now_ms()} ms, and journal {store.path} has records up to {last_ms} ms; give "
            f"one that goes on from there, or leave the clock out"
        )
    return given


async def _accounts(venues: dict[str, GuardedVenue], known: Ledger) -> Ledger:
    """The ledger with an account for every venue; a new account's deposit is the balance that the venue shows."""
    accounts = dict(known.accounts)
    for name, venue in venues.items():
        if name not in accounts:
            try:
                accounts[name] = Account(await venue.balance_micros())
            except VenueError as error:
                raise UserError(
                    f"{error}, so the account's cash is unknown; open the engine when it answers"
                ) from error
    return evolve(known, accounts=accounts)


def _refuse_missing_venue(
    store: Store, trades: list[Trade], ledger: Ledger, venues: dict[str, Venue]
) -> None:
    """An open trade, or money owed, must not be left alone on a venue that was not given."""
    for owed in ledger.receivables:
        if owed.venue not in venues:
            raise UserError(
                f"journal {store.path} has money owed by {owed.venue} (trade {owed.trade_id}), which is not among the "
                f"venues given ({', '.join(sorted(venues))}); open the engine with it"
            )
    for trade in trades:
        for name in (trade.opportunity.platform_a, trade.opportunity.platform_b):
            if name not in venues:
                raise UserError(
                    f"journal {store.path} has open trade {trade.trade_id} on {name}, which is not among the venues "
                    f"given ({', '.join(sorted(venues))}); open the engine with it"
                )


@frozen
class Accepted:
    """What the operator vouches for: the digest of another table, and those of changes of accounts."""

    table: str = ""
    accounts: tuple[str, ...] = ()


async def prepare(
    store: Store,
    venues: dict[str, Venue],
    limits: Limits,
    clock: Clock | None,
    accepted: Accepted,
    nonce: str,
) -> Prepared:
    """Take the journal over, replay what is open and check it. Raises UserError; changes only the fencing epoch."""
    was_unclean = store.was_unclean
    run = store.acquire()
    digests = digests_of(limits)
    opened = last_opened(store)
    refuse_other_table(store, opened, digests.table, accepted.table)
    trades = open_values(store)
    empty = Ledger({}, {}, (), limits.size.repair_reserve_micros, limits.size.max_total_risk_micros)
    ledger, control = saved_state(store, empty, trades)
    _refuse_missing_venue(store, trades, ledger, venues)
    accounts = identities_of(venues)
    busy = busy_venues(trades, ledger, control, venues)
    refuse_other_account(store, accounts, busy, accepted.accounts)
    clock = _clock_after(store, clock)
    journal = Journal(store, clock.now_ms)
    if opened is None:
        journal.append(Entry(Kind.GENESIS, "", clock.now_ms(), {"format": 1, "program": "pairlock"}))
    control = evolve(control, run=run, next_trade=1, nonce=nonce)
    guarded = {
        name: GuardedVenue(venue, limits.polls.read_timeout_ms, clock) for name, venue in venues.items()
    }
    recorder = Recorder(store, journal, await _accounts(guarded, ledger), control, clock.now_ms)
    return Prepared(store, journal, recorder, guarded, limits, clock, digests, accounts, trades, was_unclean)
