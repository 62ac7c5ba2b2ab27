"""Findings of the first review, about replays of recordings, alert channels, and pairs that nobody could reinstate."""

from __future__ import annotations

import json
import logging
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from engine_kit import Bench, Setup, on_bench
from pairlock import CallChannel, S, TradingHalted, UserError
from pairlock.commands import AlertKind, RaiseAlert
from pairlock.journal.records import Kind
from pairlock.model import Verdict
from pairlock.ports import AlertChannel
from pairlock.runner.alerts import AlertDesk
from pairlock_adapters.replay.run import LONGEST_SILENCE_MS, FileReport, replay_file
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.worldgen import opportunity_of
from pairlock_adapters.sqlite.store import open_store

START_MS = 1_783_000_000_000
YEAR_MS = 31_536_000_000

# 9. Replays.


def recording(path: Path, times_ms: list[int]) -> Path:
    """One pair, both venues at each time; every second cycle costs less than a dollar."""
    lines = []
    for number, at_ms in enumerate(times_ms):
        far = 44 if number % 2 else 40
        for venue, bid, ask in (("kalshi", 39, 40), ("polymarket", far, far + 1)):
            row = {"ts": START_MS + at_ms, "t_fetch": START_MS + at_ms, "venue": venue, "pair": "KX-1:7"}
            row |= {"bid": bid, "ask": ask, "mid": bid, "spread": 1, "bid_sz": "900", "ask_sz": "900"}
            lines.append(json.dumps(row | {"venue_ts": None}))
    path.write_text("\n".join(lines) + "\n")
    return path


def replayed(path: Path) -> FileReport:
    report = replay_file(path, 50_000, lambda lines: None)
    assert report.broken == []
    assert report.bad == []
    return report


def test_9_a_recording_from_a_pipe_is_replayed_as_the_same_file_is(tmp_path: Path) -> None:
    """The file was read twice: of a pipe the second pass saw nothing, and the report said "0 trades" without a word."""
    path = recording(tmp_path / "r.jsonl", [n * 3_000 for n in range(12)])
    of_file = replayed(path)
    assert of_file.plain["trades"] > 0
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    stop = threading.Event()

    def write() -> None:
        pipe.write_bytes(path.read_bytes())
        while not stop.wait(0.01):
            # Whoever opens the pipe a second time finds it empty (and does not wait for ever).
            with suppress(OSError):
                os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        of_pipe = replayed(pipe)
    finally:
        stop.set()
        writer.join()
    own = ("file", "journal")
    assert {k: v for k, v in of_pipe.plain.items() if k not in own} == {
        k: v for k, v in of_file.plain.items() if k not in own
    }


def test_9_a_folder_is_no_recording(tmp_path: Path) -> None:
    """Said in a sentence, now that anything but a plain file is copied first."""
    with pytest.raises(UserError, match="is a folder"):
        replay_file(tmp_path, 50_000, lambda lines: None)


def lasted_ms(report: FileReport) -> int:
    store = open_store(report.plain["journal"], readonly=True)
    try:
        times = [record.at_ms for record in store.records()]
    finally:
        store.close()
    return times[-1] - times[0]


@pytest.mark.parametrize("silence_ms", [6 * 3_600_000, pytest.param(50 * YEAR_MS, id="50 years")])
def test_9_a_long_silence_of_a_recording_is_shortened(tmp_path: Path, silence_ms: int) -> None:
    """The engine pinged through every virtual second of it: one line with a far date kept the replay for years."""
    before = [0, 3_000, 6_000, 9_000]
    after = [9_000 + silence_ms + n * 3_000 for n in range(4)]
    short = replayed(recording(tmp_path / "short.jsonl", before))
    if silence_ms > YEAR_MS:
        # Without the mend this would not end: watch the clock of the played recording alone.
        from pairlock_adapters.replay.run import _counted

        _, _, length_ms = _counted(recording(tmp_path / "far.jsonl", before + after), 50_000)
        assert length_ms == 9_000 + LONGEST_SILENCE_MS + 9_000
    long = replayed(recording(tmp_path / "long.jsonl", before + after))
    assert long.plain["trades"] > short.plain["trades"] > 0
    assert lasted_ms(long) < 4 * LONGEST_SILENCE_MS


# 18. Alert channels.


class Dead:
    """A channel that never answers, of which no message may be logged."""

    async def deliver(self, payload: dict[str, Any]) -> None:
        await trio.sleep_forever()


class StandStill:
    def now_ms(self) -> int:
        return 0

    def wall_ms(self) -> int:
        return 0


@pytest.mark.parametrize("dead_first", [True, False])
async def test_18_a_dead_alert_channel_delays_no_other(
    dead_first: bool, autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """One queue for all channels: behind a dead one the alert that a trade is STUCK came after a quarter of an hour."""
    caplog.set_level(logging.ERROR, "pairlock.alerts")
    got: list[tuple[str, int]] = []
    began = trio.current_time()

    def heard(payload: dict[str, Any]) -> None:
        got.append((payload["details"]["reason"], round(trio.current_time() - began)))

    channels: list[AlertChannel] = [Dead(), CallChannel(heard)]
    desk = AlertDesk(channels if dead_first else channels[::-1], StandStill())
    for number in range(30):
        desk.raise_alert(RaiseAlert(AlertKind.EXIT_FAILED, str(number)), None)
    desk.raise_alert(RaiseAlert(AlertKind.STUCK, "stuck"), None)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(desk.run)
        await trio.sleep(1)
        assert got == [*((str(number), 0) for number in range(30)), ("stuck", 0)]
        await trio.sleep(3_600)
        nursery.cancel_scope.cancel()
    assert len(got) == 31, "delivered once each"
    assert desk.undelivered == 31, "what the dead channel lost is counted"


async def test_18_the_last_words_of_an_ending_engine_reach_the_living_channel(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """An ending engine waits ten seconds for its alerts: a dead channel first in line used them all up."""
    got: list[str] = []
    desk = AlertDesk([Dead(), CallChannel(lambda p: got.append(p["details"]["reason"]))], StandStill())
    for number in range(3):
        desk.raise_alert(RaiseAlert(AlertKind.HALT, str(number)), None)
    with trio.move_on_after(10):
        await desk.flush()
    assert got == ["0", "1", "2"]


# 19. A pair that a payout breach suspended.


def test_19_an_operator_can_reinstate_a_suspended_pair() -> None:
    """Nothing took back the suspension: a pair that a person had looked at and cleared was refused for ever."""

    async def body(bench: Bench) -> None:
        engine = bench.engine
        pair = bench.pair("polymarket")
        trade = await bench.submit(pair)
        await trade.closed()
        assert (trade.state, trade.value.verdict) == (S.SETTLED, Verdict.PAYOUT_BREACH)
        for halt in engine.halts:
            await engine.lift(halt.name, "op")
        again = opportunity_of(pair, bench.world.clock.now_ms())
        with pytest.raises(TradingHalted, match="suspended after a payout breach"):
            await engine.submit(_as(again, "second"))
        assert not engine.reviewed(again)
        with pytest.raises(UserError, match="is not suspended"):
            await engine.reinstate("another event", "op")
        await engine.reinstate(pair.event_id, "op")
        assert engine.refusal(pair.event_id) == ""
        assert engine.reviewed(again)
        assert engine.recorder.control.suspended == ()
        last = [r for r in engine.store.records() if r.kind == Kind.LIFT][-1]
        assert f"suspended:{pair.event_id}" in last.body
        await (await engine.submit(_as(again, "second"))).closed()  # refused by a gate: the market is over
        with pytest.raises(UserError, match="is not suspended"):
            await engine.reinstate(pair.event_id, "op")

    on_bench(Setup(script=(Fault(K.OTHER_RESULT, "kalshi", times=0),)), body)


def _as(opportunity: Any, ident: str) -> Any:
    from attrs import evolve

    return evolve(opportunity, opportunity_id=ident)
