"""Recorded books through detector, gates and engine: every opportunity of the recording, traded on simulated venues.

The venues show what was recorded, in the recording's own time (virtual here), and fill at those prices and sizes.
What the recording cannot tell is said in the report: the pairs count as reviewed, and how the event ended is assumed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trio
from attrs import define, field, frozen

from pairlock import Engine, Limits, TradingHalted, UserError, open_engine
from pairlock.detect import MarketView, detect
from pairlock.lifecycle import E, S
from pairlock.model import Trade
from pairlock.opportunity import ArbitrageOpportunity
from pairlock_adapters.demo.judge import Broken, Judge, require_judged
from pairlock_adapters.demo.operator import operate
from pairlock_adapters.demo.tally import Tally
from pairlock_adapters.replay.count import Counter, median_ms
from pairlock_adapters.replay.market import RecordedMarkets
from pairlock_adapters.replay.reader import BadLine, Cycle, quote_book, read_cycles
from pairlock_adapters.simulated.clock import run_virtual
from pairlock_adapters.simulated.profiles import profile_named
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET
from pairlock_adapters.sqlite.store import open_store

# Until windows were measured in the file, prices are taken to stand for one interval of the recorder.
FIRST_WINDOW_MS = 3_700
_AFTER_END_MS = 60_000
_CLOSING_S = 3_600
LONGEST_SILENCE_MS = 300_000

Progress = Callable[[int], None]


@frozen
class FileReport:
    """``plain``: the keys of ``--json`` for one file."""

    plain: dict[str, Any]
    broken: list[Broken]
    bad: list[BadLine]


class _AllReviewed:
    """The recording's pairs are taken as reviewed; the report says so."""

    def reviewed(self, event_id: str, venue_a: str, market_a: str, venue_b: str, market_b: str) -> bool:
        return True


@define
class _Refusals:
    """What each gate refused, and what ended later without a fill."""

    by_gate: dict[str, int] = field(factory=dict)

    def stepped(self, trade: Trade, events: tuple[E, ...]) -> None:
        if trade.state is not S.ROLLED_BACK:
            return
        if E.GATE_REFUSED in events:
            self._count(trade.refusal.partition(":")[0])
        elif E.LOCK_REFUSED in events:
            self._count("locks")
        elif E.ABORTED in events:
            self._count("verification")

    def _count(self, gate: str) -> None:
        self.by_gate[gate] = self.by_gate.get(gate, 0) + 1


class _Played:
    """When each cycle is played: in the recording's own time, its silences shortened to ``LONGEST_SILENCE_MS``."""

    def __init__(self) -> None:
        self._last_ms: int | None = None
        self._at_ms = 0

    def at_ms(self, ts_ms: int) -> int:
        if self._last_ms is not None and ts_ms > self._last_ms:
            self._at_ms += min(ts_ms - self._last_ms, LONGEST_SILENCE_MS)
        self._last_ms = ts_ms if self._last_ms is None else max(ts_ms, self._last_ms)
        return self._at_ms


@contextmanager
def _spooled(path: Path) -> Iterator[Path]:
    """The recording as a file that can be read twice: a pipe is copied first."""
    if path.is_file() or not path.exists():
        yield path
        return
    if path.is_dir():
        raise UserError(f"{path}: is a folder; give the path of a recording")
    with tempfile.TemporaryDirectory(prefix="pairlock-replay-") as folder:
        copy = Path(folder) / "recording"
        with path.open("rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield copy


def _detected(
    cycle: Cycle, markets: RecordedMarkets, now_ms: int, window_ms: int
) -> ArbitrageOpportunity | None:
    views = [
        MarketView(venue, quote_book(quote, market, now_ms), markets.rules(venue, market))
        for venue, market, quote in zip(
            (KALSHI, POLYMARKET), cycle.markets, (cycle.kalshi, cycle.polymarket), strict=True
        )
    ]
    return detect(
        views[0],
        views[1],
        event_id=cycle.pair,
        execution_window_ms=window_ms,
        opportunity_id=f"{cycle.pair}@{cycle.ts_ms}",
    )


async def _play(
    path: Path, engine: Engine, markets: RecordedMarkets, world: World, rate_ppm: int, done: Progress
) -> int:
    """Show every cycle at its own time and submit what the detector finds; how many were held back by a halt."""
    seen = Counter(rate_ppm)
    played = _Played()
    held_back = 0
    for item in read_cycles(path):
        seen.feed(item)
        if isinstance(item, BadLine):
            continue
        await world.clock.sleep_until_ms(played.at_ms(item.ts_ms))
        markets.show(item)
        done(seen.lines)
        if not item.complete:
            continue
        window_ms = median_ms(seen.windows.until_gone_ms) or FIRST_WINDOW_MS
        found = _detected(item, markets, world.clock.now_ms(), window_ms)
        if found is None:
            continue
        try:
            await engine.submit(found)
        except TradingHalted:
            held_back += 1
    return held_back


def _counted(path: Path, rate_ppm: int) -> tuple[Counter, list[BadLine], int]:
    """First pass: the counts, the bad lines, and how long the recording is."""
    counter, bad = Counter(rate_ppm), []
    played, length_ms = _Played(), 0
    for item in read_cycles(path):
        counter.feed(item)
        if isinstance(item, BadLine):
            bad.append(item)
        else:
            length_ms = max(length_ms, played.at_ms(item.ts_ms))
    counter.finish()
    return counter, bad, length_ms


def _windows(counter: Counter) -> dict[str, int | None]:
    windows = counter.windows
    return {
        "windows": len(windows.at_least_ms),
        "window_median_ms": median_ms(windows.at_least_ms),
        "window_max_ms": max(windows.at_least_ms, default=None),
        "window_until_gone_median_ms": median_ms(windows.until_gone_ms),
    }


def replay_file(path: Path, rate_ppm: int, done: Progress, limits: Limits | None = None) -> FileReport:
    """Replay one recording. Raises UserError when it cannot be read."""
    with _spooled(path) as readable:
        return _replayed(path, readable, rate_ppm, done, limits)


def _replayed(path: Path, readable: Path, rate_ppm: int, done: Progress, limits: Limits | None) -> FileReport:
    counter, bad, length_ms = _counted(readable, rate_ppm)
    journal = os.path.join(tempfile.mkdtemp(prefix="pairlock-replay-"), "journal.db")
    tally, refusals, broken = Tally(), _Refusals(), list[Broken]()

    async def main() -> dict[str, Any]:
        truth = Truth(f"{journal}.venues")
        world = World.of(truth, profile_named("none"), 1)
        markets = RecordedMarkets(world, rate_ppm, length_ms + _AFTER_END_MS)
        judge = Judge(truth)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.run)
            async with open_engine(
                venues=[world.kalshi, world.polymarket],
                journal=open_store(journal),
                pairs=_AllReviewed(),
                limits=limits,
                clock=world.clock,
                alerts=(),
                nonce="replay",
            ) as engine:
                engine.on_step += [tally.stepped, refusals.stepped]
                engine.on_step.append(lambda trade, _: broken.extend(judge.stepped(trade)))
                engine.on_closed += [tally.closed, lambda trade: broken.extend(judge.closed(trade))]
                nursery.start_soon(operate, engine, world.reopen)
                held_back = await _play(readable, engine, markets, world, rate_ppm, done)
                with trio.move_on_after(_CLOSING_S):
                    await engine.drain("replay")
                require_judged(engine)
                left = engine.open_trades()
                head = engine.journal.head[1]
            nursery.cancel_scope.cancel()
        stuck = sum(1 for handle in left if handle.state is S.STUCK)
        plain = tally.as_plain(stuck=stuck, open_=len(left) - stuck)
        plain |= {"held_back": held_back, "duplicate_orders": judge.duplicate_orders(), "trace_hash": head}
        truth.close()
        return plain

    traded = run_virtual(main, 1)
    plain = {
        "file": str(path),
        "lines": counter.lines,
        "bad_lines": counter.bad_lines,
        "observations": counter.observations,
        "gross": counter.gross,
        "net": counter.net,
        **_windows(counter),
        **traded,
        "refused_by": dict(sorted(refusals.by_gate.items())),
        "claims_broken": len(broken),
        "journal": journal,
    }
    return FileReport(plain, broken, bad)
