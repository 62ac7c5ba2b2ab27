"""Recorded paired books (JSONL, plain or zstandard) as cycles: what both venues showed of one pair at one time.

A line holds ``ts`` (ms), ``venue``, ``pair`` (``KALSHITICKER:POLYTOKEN``), ``bid`` and ``ask`` of YES in cents, and
``bid_sz`` and ``ask_sz`` in contracts; a side that is empty is null. Other keys are passed over. Prices become
integers exactly or the line is refused; sizes finer than 1/100 contract are cut, for what is not offered in full
is not offered.

A line that does not hold together is a ``BadLine`` and changes nothing else: never a crash, never a zero. What the
format leaves open is decided here:

* *Repeated line.* A second line of the same time, pair and venue is bad, whether or not it says the same: the first
  stands, so that a recording appended twice counts once.
* *Late line.* A pair's time only goes on. The second venue's line may come up to ``MAX_OPEN_CYCLES`` cycles after
  the first; any other line that is not newer than its pair's last cycle is bad.
* *One venue missing.* The cycle is given with an empty quote for it; it is no observation.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attrs import evolve, frozen

from pairlock.book import Book, Level
from pairlock_adapters.replay.line import KALSHI, VENUES, Quote, Reading, parse_line
from pairlock_adapters.replay.source import MAX_LINE_BYTES, Broken, read_lines

MAX_OPEN_CYCLES = 256
MAX_PAIRS = 10_000
EMPTY = Quote(None, None, None, None)


@frozen
class Cycle:
    """What both venues showed of ``pair`` at ``ts_ms``; ``lines`` of the file told it (1 or 2)."""

    ts_ms: int
    pair: str
    kalshi: Quote
    polymarket: Quote
    lines: int = 2

    @property
    def complete(self) -> bool:
        """Whether all four prices are there: what counts as an observation."""
        quotes = (self.kalshi, self.polymarket)
        return all(quote.bid_e4 is not None and quote.ask_e4 is not None for quote in quotes)

    @property
    def markets(self) -> tuple[str, str]:
        """The Kalshi ticker and the Polymarket token of YES."""
        ticker, _, token = self.pair.partition(":")
        return ticker, token


@frozen
class BadLine:
    """Line ``number`` (from 1) says nothing that can be used, and why."""

    number: int
    reason: str


def read_cycles(path: Path) -> Iterator[Cycle | BadLine]:
    """The recording at ``path``, streamed. Raises UserError, at the first item, when the file cannot be read."""
    cycles = _Cycles()
    for line in read_lines(path):
        if isinstance(line, Broken):
            yield BadLine(line.number, f"{line.reason}; what follows is lost")
            continue
        if line.text is None:
            yield BadLine(line.number, f"is longer than {MAX_LINE_BYTES} bytes")
            continue
        reading = parse_line(line.text)
        refused = reading if isinstance(reading, str) else cycles.refusal(reading)
        if refused or isinstance(reading, str):
            yield BadLine(line.number, refused)
        else:
            yield from cycles.add(reading, line.number)
    yield from cycles.rest()


def quote_book(quote: Quote, market: str, read_at_ms: int) -> Book:
    """The one-level book that a quote shows; a side without a price or with size 0 is empty."""
    return Book(market, _level(quote.bid_e4, quote.bid_e2), _level(quote.ask_e4, quote.ask_e2), read_at_ms)


def _level(price_e4: int | None, size_e2: int | None) -> tuple[Level, ...]:
    return ((price_e4, size_e2),) if price_e4 is not None and size_e2 else ()


class _Cycles:
    """The cycles that are not yet handed out, in the order of their first lines."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, str], Cycle] = {}
        self._told: dict[tuple[int, str], dict[str, int]] = {}  # venue -> number of the line that told it
        self._newest_ms: dict[str, int] = {}  # pair -> time of its last cycle begun

    def refusal(self, reading: Reading) -> str:
        """Why a sound line cannot be used where it stands; "" when it can."""
        key = (reading.ts_ms, reading.pair)
        before = self._told.get(key, {}).get(reading.venue)
        if before is not None:
            return f"repeats line {before}: the same ts, pair and venue"
        newest_ms = self._newest_ms.get(reading.pair)
        if newest_ms is None:
            full = len(self._newest_ms) >= MAX_PAIRS
            return f"is of more than {MAX_PAIRS} pairs in one recording" if full else ""
        late = reading.ts_ms <= newest_ms and key not in self._open
        return f"is late: ts {reading.ts_ms} is not after {newest_ms}, the pair's last" if late else ""

    def add(self, reading: Reading, number: int) -> Iterator[Cycle]:
        key = (reading.ts_ms, reading.pair)
        cycle = self._open.get(key) or Cycle(*key, EMPTY, EMPTY, 0)
        quotes = (
            (reading.quote, cycle.polymarket) if reading.venue == KALSHI else (cycle.kalshi, reading.quote)
        )
        self._open[key] = evolve(cycle, kalshi=quotes[0], polymarket=quotes[1], lines=cycle.lines + 1)
        self._told.setdefault(key, {})[reading.venue] = number
        self._newest_ms[reading.pair] = max(reading.ts_ms, self._newest_ms.get(reading.pair, 0))
        while len(self._open) > MAX_OPEN_CYCLES:
            yield self._handed_out(next(iter(self._open)))

    def rest(self) -> Iterator[Cycle]:
        for key in list(self._open):
            yield self._handed_out(key)

    def _handed_out(self, key: tuple[int, str]) -> Cycle:
        del self._told[key]
        return self._open.pop(key)


__all__ = ["EMPTY", "KALSHI", "VENUES", "BadLine", "Cycle", "Quote", "quote_book", "read_cycles"]
