"""Explored paths as a real journal: the engine's own records, in the installed store, in memory.

Several paths lie in one journal, each as a trade of its own with its own markets, cut off where the path ends: what a
crash there would leave behind.
"""

from __future__ import annotations

from itertools import pairwise

from attrs import define, evolve, field

from pairlock.absorb import quiet
from pairlock.codec import opportunity_to_plain
from pairlock.facts import Fact, GatesJudged, LocksJudged
from pairlock.journal.journal import Journal
from pairlock.journal.records import Entry, Kind
from pairlock.journal.store import Store
from pairlock.ledger import Account, Ledger
from pairlock.lifecycle import CLOSED
from pairlock.model import Terms, Trade
from pairlock.runner.control import Control, Halt
from pairlock.runner.prepare import open_named_store
from pairlock.runner.recorder import ROOM_BYTES, Recorder, row_of
from pairlock.step import step
from pairlock_specs.explore import Explorer
from pairlock_specs.mutants.money import DEPOSIT_MICROS, VENUES
from pairlock_specs.scope import OPPORTUNITY

DIGEST = "the digest of the installed table"


def facts_to(explorer: Explorer, state: int) -> list[Fact]:
    """What the engine was told on the shortest path to ``state``."""
    path = explorer.path_to(state)
    told: list[Fact] = []
    for (before, _), (_, label) in pairwise(path):
        move = next(m for m in explorer.moves_of(before) if m.label == label)
        if move.fact >= 0:
            told.append(explorer.engine.facts[move.fact])
    return told


def sampled(explorer: Explorer) -> list[list[Fact]]:
    """Paths to the first and to the last state met of every label."""
    ends: dict[str, list[int]] = {}
    for state in range(len(explorer.states)):
        ends.setdefault(explorer.trade_of(state).state, []).append(state)
    chosen = sorted({end for each in ends.values() for end in (each[0], each[-1])})
    return [facts_to(explorer, end) for end in chosen]


def _own_terms(terms: Terms, number: int) -> Terms:
    first, second = (evolve(leg, market=f"{leg.market}.{number}") for leg in terms.legs)
    return evolve(terms, legs=(first, second))


def _own(fact: Fact, trade_id: str, number: int) -> Fact:
    """The fact as it would be told of this journal's own trade."""
    if isinstance(fact, GatesJudged):
        return evolve(fact, terms=fact.terms and _own_terms(fact.terms, number))
    intent_id = getattr(fact, "intent_id", None)
    if intent_id is None:
        return fact
    changed: Fact = evolve(fact, intent_id=trade_id + intent_id.removeprefix("t"))
    return changed


def empty_ledger() -> Ledger:
    """As a new engine begins: no money known yet, the settings as installed."""
    return Ledger({}, {}, (), 7, 10**15)


@define
class Written:
    """A journal and what was in memory when its writer ended. ``trades``: all of them, open and closed."""

    store: Store
    recorder: Recorder
    trades: list[Trade] = field(factory=list)

    @property
    def open(self) -> list[Trade]:
        return [quiet(trade) for trade in self.trades if trade.state not in CLOSED]

    def walk(self, facts: list[Fact]) -> Trade:
        """Records one more trade that is told ``facts``."""
        number = len(self.trades)
        trade_id = f"trade-{number}"
        markets = f"{OPPORTUNITY.market_a}.{number}", f"{OPPORTUNITY.market_b}.{number}"
        opportunity = evolve(OPPORTUNITY, market_a=markets[0], market_b=markets[1])
        trade = Trade(trade_id, opportunity, entered_ms=3)
        body = {"opportunity": opportunity_to_plain(opportunity)}
        self.append(Entry(Kind.DETECTED, trade_id, 3, body), trade)
        for fact in (_own(each, trade_id, number) for each in facts):
            done = step(trade, fact)
            if done is None or done.late:
                continue
            if isinstance(fact, LocksJudged) and fact.reservation is not None:
                self.store.reserve(ROOM_BYTES)
            self.recorder.step(trade, done, fact)
            trade = done.trade
        self.trades.append(trade)
        return trade

    def append(self, entry: Entry, trade: Trade | None = None) -> None:
        self.recorder.journal.append(entry, None if trade is None else row_of(trade))

    def opened(self, digest: str) -> None:
        self.recorder.opened({"table_digest": digest})

    def halt_for(self, trade: Trade) -> None:
        """A record that names a trade and is no step of it."""
        self.recorder.halt(Halt(f"stuck:{trade.trade_id}", "as the table says", trade.trade_id))

    def flush(self) -> None:
        self.recorder.journal.flush_now()


def new_journal() -> Written:
    """A journal in memory, opened by an engine that has seen both accounts."""
    store = open_named_store(":memory:")
    store.acquire()
    ledger = evolve(empty_ledger(), accounts={venue: Account(DEPOSIT_MICROS) for venue in VENUES})
    journal = Journal(store, lambda: 0)
    return Written(store, Recorder(store, journal, ledger, Control(run=1, nonce="n"), lambda: 0))
