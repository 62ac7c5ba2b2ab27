"""Counts what a recording offers before and after real fees, and how long each offer stood.

``observations`` are cycles with all four prices. ``gross`` counts those where YES on one venue and NO on the other
cost less than $1 at the top, in either direction; ``net`` those that still do for one contract after both taker fees,
each rounded up (Kalshi to $0.0001, Polymarket to $0.00001). The arithmetic is the detector's own.
"""

from __future__ import annotations

import re
from array import array
from enum import StrEnum

from attrs import define, field

from pairlock.detect import Edge, edge
from pairlock.errors import UserError
from pairlock.fees import FeeSchedule, kalshi_quadratic, polymarket_curve
from pairlock.units import DOLLAR_E4, PPM
from pairlock_adapters.replay.reader import BadLine, Cycle

# Recorded about every 3.7 s: after four cycles without a word nobody knows that the prices stood.
MAX_GAP_MS = 15_000
_RATE = re.compile(r"(\d)(?:\.(\d{1,6}))?", re.ASCII)


class Direction(StrEnum):
    YES_KALSHI = "yes_kalshi_no_polymarket"
    YES_POLYMARKET = "yes_polymarket_no_kalshi"


def rate_ppm(text: str) -> int:
    """A fee rate as written (``0.05``) in millionths. Raises UserError unless 0 <= rate < 1 in at most six decimals."""
    match = _RATE.fullmatch(text.strip())
    rate = int(match[1]) * PPM + int((match[2] or "").ljust(6, "0")) if match else PPM
    if rate >= PPM:
        raise UserError(f"the Polymarket fee rate {text!r} is not a number from 0 up to 1; write it as 0.05")
    return rate


def edges(cycle: Cycle, kalshi: FeeSchedule, polymarket: FeeSchedule) -> dict[Direction, Edge]:
    """The edge of both directions at the top of the books; those whose prices are not there are left out."""
    found: dict[Direction, Edge] = {}
    near, far = cycle.kalshi, cycle.polymarket
    if near.ask_e4 is not None and far.bid_e4 is not None:
        found[Direction.YES_KALSHI] = edge(near.ask_e4, kalshi, DOLLAR_E4 - far.bid_e4, polymarket)
    if far.ask_e4 is not None and near.bid_e4 is not None:
        found[Direction.YES_POLYMARKET] = edge(far.ask_e4, polymarket, DOLLAR_E4 - near.bid_e4, kalshi)
    return found


@define
class _Window:
    first_ms: int
    last_ms: int


@define
class Windows:
    """How long net profit stood, over consecutive observations of one pair in one direction.

    Known only by sampling, so twice: ``at_least_ms`` from the first to the last observation that showed it (0 for a
    single one); ``until_gone_ms`` from the first to the next observation, which did not, and so only where there was
    one. An incomplete cycle or a silence of more than ``MAX_GAP_MS`` ends a window without telling when.
    """

    at_least_ms: array[int] = field(factory=lambda: array("q"))
    until_gone_ms: array[int] = field(factory=lambda: array("q"))


@define
class Counter:
    """Feed it every item of ``read_cycles``, then ``finish`` it. Grows by 16 bytes for each window."""

    polymarket_rate_ppm: int
    lines: int = 0
    bad_lines: int = 0
    cycles: int = 0
    observations: int = 0
    gross: int = 0
    net: int = 0
    windows: Windows = field(factory=Windows)
    _standing: dict[tuple[str, Direction], _Window] = field(factory=dict, repr=False)

    def feed(self, item: Cycle | BadLine) -> None:
        if isinstance(item, BadLine):
            self.lines += 1
            self.bad_lines += 1
            return
        self.lines += item.lines
        self.cycles += 1
        if not item.complete:
            for direction in Direction:
                self._end((item.pair, direction))
            return
        self.observations += 1
        found = edges(item, kalshi_quadratic(), polymarket_curve(self.polymarket_rate_ppm))
        self.gross += any(seen.gross_e4 > 0 for seen in found.values())
        self.net += any(seen.net_micros > 0 for seen in found.values())
        for direction, seen in found.items():
            self._observe((item.pair, direction), item.ts_ms, seen.net_micros > 0)

    def finish(self) -> None:
        """End the windows that still stand: when they went is not known."""
        for key in list(self._standing):
            self._end(key)

    def _observe(self, key: tuple[str, Direction], ts_ms: int, stands: bool) -> None:
        window = self._standing.get(key)
        if window is not None and ts_ms - window.last_ms > MAX_GAP_MS:
            self._end(key)
            window = None
        if stands and window is None:
            self._standing[key] = _Window(ts_ms, ts_ms)
        elif stands and window is not None:
            window.last_ms = ts_ms
        elif window is not None:
            self.windows.until_gone_ms.append(ts_ms - window.first_ms)
            self._end(key)

    def _end(self, key: tuple[str, Direction]) -> None:
        window = self._standing.pop(key, None)
        if window is not None:
            self.windows.at_least_ms.append(window.last_ms - window.first_ms)


def median_ms(lengths_ms: array[int]) -> int | None:
    """The lower median, against us: a window is not longer than it was seen to be. None of nothing."""
    return sorted(lengths_ms)[(len(lengths_ms) - 1) // 2] if lengths_ms else None
