"""The truth: everything that happened at the simulated venues, in SQLite, beside and apart from the engine's journal.

It outlives a kill -9 of the process (what SQLite has written is the kernel's), not a loss of power: synchronous=OFF.
Every acceptance is committed before it is answered. Money in micro-dollars, quantities in 1/1,000,000 contract.

=============  ==================================================================================================
table          one row is
=============  ==================================================================================================
``meta``       ``key, value``: ``seed``, ``now_ms`` (virtual time reached), ``run`` (times opened), ``schema``
``balances``   cash of the account on one venue, and what was paid in
``positions``  contracts of one outcome held now; ``locked_e6`` of them are not final yet
``markets``    a listed market: its rules, its book now (``levels``), how and when it resolves, ``status``
               open | resolved | paid; until ``halted_until_ms`` no trading, until ``dry_until_ms`` an empty book
``requests``   one order request that left a client, whatever became of it: ``due_ms`` -1 was lost, ``arrived_ms``
               NULL is on its way, ``answer`` what the venue said; ``fault_duplicate`` 1: a copy made by a fault
``orders``     an order that the venue took: ``status`` held (``live`` 1: resting) | executed | canceled | killed;
               ``on_due`` at ``due_ms`` match | kill | cancel | live; ``fault_duplicate`` 1: made by a duplicated
               request; ``veil`` until ``veil_until_ms``: what reads say instead (beyond the fault model)
``fills``      one venue trade of one order: ``status`` pending | final | failed; ``fails``: what a pending one
               will become at ``final_at_ms`` (1 fails, 2 fails and was never broadcast); ``maker`` 1: the order rested
``terms``      of an order that came over the wire: the venue order id that came with it, and its terms as JSON
``payouts``    money paid for contracts: ``kind`` normal | void | fifty_fifty, and of complete sets (outcome "both")
               netted | merged | split (negative: a set paid for, one half of which was sold)
``conditions`` what a venue as a whole is in, until when
=============  ==================================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw

SCHEMA_VERSION = 3

# Keys begin with what is selective: a plan that walks every row of a venue is what SQLite takes for granted else.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS balances(
  venue TEXT PRIMARY KEY, cash_micros INTEGER NOT NULL, deposited_micros INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions(
  venue TEXT, market TEXT, outcome TEXT, qty_e6 INTEGER NOT NULL, locked_e6 INTEGER NOT NULL,
  PRIMARY KEY(market, outcome, venue)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS markets(
  venue TEXT, market TEXT, event_id TEXT NOT NULL, fees TEXT NOT NULL, tick_e4 INTEGER NOT NULL,
  listed_ms INTEGER NOT NULL, resolve_at_ms INTEGER NOT NULL, result TEXT NOT NULL, yes_payout_e4 INTEGER NOT NULL,
  status TEXT NOT NULL, paid_ms INTEGER, levels TEXT NOT NULL, halted_until_ms INTEGER NOT NULL DEFAULT -1,
  dry_until_ms INTEGER NOT NULL DEFAULT -1, PRIMARY KEY(market, venue)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS markets_unpaid ON markets(venue) WHERE status <> 'paid';
CREATE TABLE IF NOT EXISTS requests(
  id INTEGER PRIMARY KEY, venue TEXT NOT NULL, intent_id TEXT NOT NULL, market TEXT NOT NULL, outcome TEXT NOT NULL,
  buys INTEGER NOT NULL, size_e2 INTEGER NOT NULL, limit_e4 INTEGER NOT NULL, tif TEXT NOT NULL,
  deadline_ms INTEGER NOT NULL, sent_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, arrived_ms INTEGER, answer TEXT,
  fault_duplicate INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS requests_on_their_way ON requests(venue) WHERE arrived_ms IS NULL AND due_ms >= 0;
CREATE INDEX IF NOT EXISTS requests_by_intent ON requests(intent_id, venue);
CREATE TABLE IF NOT EXISTS orders(
  venue TEXT, venue_order_id TEXT, intent_id TEXT NOT NULL, market TEXT NOT NULL, outcome TEXT NOT NULL,
  buys INTEGER NOT NULL, size_e2 INTEGER NOT NULL, limit_e4 INTEGER NOT NULL, tif TEXT NOT NULL,
  accepted_ms INTEGER NOT NULL, status TEXT NOT NULL, closed_ms INTEGER NOT NULL, matched_e6 INTEGER NOT NULL,
  due_ms INTEGER NOT NULL, on_cancel TEXT NOT NULL, after_cancel_ms INTEGER NOT NULL,
  fault_duplicate INTEGER NOT NULL, on_due TEXT NOT NULL, then_ms INTEGER NOT NULL, live INTEGER NOT NULL,
  veil TEXT NOT NULL, veil_until_ms INTEGER NOT NULL, PRIMARY KEY(venue_order_id, venue)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_by_intent ON orders(intent_id, venue);
CREATE INDEX IF NOT EXISTS orders_by_market ON orders(market, venue);
CREATE TABLE IF NOT EXISTS fills(
  venue TEXT, fill_id TEXT, intent_id TEXT NOT NULL, venue_order_id TEXT NOT NULL, market TEXT NOT NULL,
  outcome TEXT NOT NULL, buys INTEGER NOT NULL, qty_e6 INTEGER NOT NULL, price_e4 INTEGER NOT NULL,
  cost_micros INTEGER NOT NULL, fee_micros INTEGER NOT NULL, status TEXT NOT NULL, matched_ms INTEGER NOT NULL,
  final_at_ms INTEGER NOT NULL, fails INTEGER NOT NULL, maker INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(fill_id, venue)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fills_by_order ON fills(venue_order_id, venue);
CREATE TABLE IF NOT EXISTS payouts(
  id INTEGER PRIMARY KEY, venue TEXT NOT NULL, market TEXT NOT NULL, outcome TEXT NOT NULL, qty_e6 INTEGER NOT NULL,
  per_contract_e4 INTEGER NOT NULL, paid_micros INTEGER NOT NULL, kind TEXT NOT NULL, paid_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS terms(
  venue TEXT, intent_id TEXT, venue_order_id TEXT NOT NULL, terms TEXT NOT NULL,
  PRIMARY KEY(intent_id, venue)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conditions(
  venue TEXT, condition TEXT, until_ms INTEGER NOT NULL, PRIMARY KEY(venue, condition)) WITHOUT ROWID;
"""


class TruthUnreadable(Exception):
    """The file is not a truth store of this version."""


class Truth:
    """One connection to the store at ``path`` (":memory:" for none). ``existed``: there was something in it."""

    def __init__(self, path: str = ":memory:", *, seed: int = 0) -> None:
        self.path = path
        self._db = apsw.Connection(path)
        self._depth = 0
        try:
            self._open(seed)
        except (apsw.NotADBError, apsw.SQLError) as error:
            self._db.close()
            raise TruthUnreadable(f"{path} is not a truth store of simulated venues ({error})") from error

    def _open(self, seed: int) -> None:
        self._db.set_busy_timeout(5_000)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(_SCHEMA)
        schema = self.meta("schema")
        self.existed = schema is not None
        if schema is None:
            self.put_meta("schema", SCHEMA_VERSION)
            self.put_meta("seed", seed)
            self.put_meta("now_ms", 0)
        elif schema != SCHEMA_VERSION:
            raise TruthUnreadable(f"{self.path} has schema {schema}; this version reads {SCHEMA_VERSION}")
        self.run = (self.meta("run") or 0) + 1
        self.put_meta("run", self.run)
        self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def commit(self, at_ms: int) -> Iterator[None]:
        """What is written inside is one transaction (nested: the outermost), stamped with the virtual time."""
        if self._depth:
            yield
            return
        self._depth = 1
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("UPDATE meta SET value=max(value,?) WHERE key='now_ms'", (at_ms,))
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        else:
            self._db.execute("COMMIT")
        finally:
            self._depth = 0

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Rows of any query."""
        return iter(self._db.execute(sql, values))

    def write(self, sql: str, values: tuple[Any, ...]) -> None:
        self._db.execute(sql, values)

    def insert(self, sql: str, values: tuple[Any, ...]) -> int:
        """Insert a row and return its number."""
        self._db.execute(sql, values)
        return self._db.last_insert_rowid()

    def meta(self, key: str) -> int | None:
        for (value,) in self._db.execute("SELECT value FROM meta WHERE key=?", (key,)):
            return int(value)
        return None

    def put_meta(self, key: str, value: int) -> None:
        sql = "INSERT INTO meta VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value"
        self._db.execute(sql, (key, value))

    @property
    def now_ms(self) -> int:
        """The last virtual time that anything was written: a resumed run goes on from here."""
        return self.meta("now_ms") or 0
