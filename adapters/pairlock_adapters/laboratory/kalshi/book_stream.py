"""The book channel of one subscription: snapshots and deltas with their sequence, and what faults make of them.

``simulated.books`` bends a book as a client has it for one read; here the same faults come over the wire: a sequence
that begins anew with a snapshot, a delta applied twice and a crossed best level that are taken back a moment later,
and makers at the best prices who leave for good.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define, field

from pairlock.units import DOLLAR_E4
from pairlock_adapters.laboratory.kalshi import frames
from pairlock_adapters.laboratory.kalshi.frames import Frame, Sides
from pairlock_adapters.simulated import books
from pairlock_adapters.simulated.effects import BookSaid, Effect, Hook
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import Occasion
from pairlock_adapters.simulated.state import MarketState

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

# How soon a book that a fault bent is right again.
_MENDED_MS = 300
Say = Callable[[Frame], None]


@define
class BookStream:
    """Of one subscription: its sequence, and the levels that its client has of each market."""

    face: KalshiFace
    sid: int
    yes_price: bool
    say: Say
    seq: int = 0
    levels: dict[str, Sides] = field(factory=dict)
    _snapshots: int = 0

    def snapshot(self, state: MarketState, at_ms: int) -> None:
        ticker, sides = state.spec.market, frames.sides_of(self.face, state, at_ms)
        self.levels[ticker] = sides
        self._snapshots += 1
        self.seq += 1
        self.say(
            frames.snapshot(self.face, ticker, sides, sid=self.sid, seq=self.seq, yes_price=self.yes_price)
        )

    def forget(self, ticker: str) -> None:
        self.levels.pop(ticker, None)

    def changed(self, state: MarketState, at_ms: int) -> None:
        """Tell what is other than the client has it."""
        ticker = state.spec.market
        before = self.levels.get(ticker)
        if before is None:
            return
        now = frames.sides_of(self.face, state, at_ms)
        moved = _moved(before, now)
        if not moved:
            return
        effect = self._struck(ticker, at_ms)
        if effect.book is BookSaid.RESET:
            self._count(effect)
            self.seq = 0
            self.snapshot(state, at_ms)
            return
        self.levels[ticker] = now
        for ask, price_e4, change_e2 in moved:
            self._delta(ticker, ask, price_e4, change_e2)
        self._bent(state, effect, moved, at_ms)

    def _struck(self, ticker: str, at_ms: int) -> Effect:
        exchange = self.face.exchange
        return exchange.faults.consult(Occasion(Hook.BOOK_READ, exchange.name, at_ms, ticker, what="book"))

    def _count(self, effect: Effect) -> None:
        for kind in effect.kinds:
            self.face.exchange.faults.count(FaultKind(kind))

    def _delta(self, ticker: str, ask: bool, price_e4: int, change_e2: int) -> None:
        self.seq += 1
        self.say(
            frames.delta(
                self.face, ticker, price_e4, change_e2, ask=ask, sid=self.sid, seq=self.seq,
                yes_price=self.yes_price,
            )
        )  # fmt: skip

    def _bent(
        self, state: MarketState, effect: Effect, moved: list[tuple[bool, int, int]], at_ms: int
    ) -> None:
        """What a fault adds to a change that was told, and takes back."""
        ticker, (bids, asks) = state.spec.market, self.levels[state.spec.market]
        if effect.book is BookSaid.VANISHES and (bids or asks):
            self._count(effect)
            books.vanishes(self.face.exchange, state, at_ms)
        elif effect.book is BookSaid.RACE and any(change_e2 > 0 for _, _, change_e2 in moved):
            self._count(effect)
            self._for_a_moment(ticker, [each for each in moved if each[2] > 0], at_ms)
        elif effect.book is BookSaid.CROSSED and bids and asks:
            best_e4 = min(asks)
            if best_e4 + state.spec.tick_e4 < DOLLAR_E4:
                self._count(effect)
                self._for_a_moment(ticker, [(False, best_e4 + state.spec.tick_e4, bids[max(bids)])], at_ms)

    def _for_a_moment(self, ticker: str, added: list[tuple[bool, int, int]], at_ms: int) -> None:
        for ask, price_e4, change_e2 in added:
            self._delta(ticker, ask, price_e4, change_e2)
        snapshots = self._snapshots

        def mended(_: int) -> None:
            if self._snapshots == snapshots and ticker in self.levels:  # else a snapshot has mended it
                for ask, price_e4, change_e2 in added:
                    self._delta(ticker, ask, price_e4, -change_e2)

        self.face.exchange.timeline.at(at_ms + _MENDED_MS, mended)


def _moved(before: Sides, now: Sides) -> list[tuple[bool, int, int]]:
    """``(ask, price_e4, change_e2)`` of every level that is another one."""
    found = []
    for ask in (False, True):
        was, is_ = before[ask], now[ask]
        for price_e4 in sorted(set(was) | set(is_)):
            change_e2 = is_.get(price_e4, 0) - was.get(price_e4, 0)
            if change_e2:
                found.append((ask, price_e4, change_e2))
    return found
