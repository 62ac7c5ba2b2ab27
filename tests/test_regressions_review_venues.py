"""Findings of the first review, about venues that hang, are slow, or fall silent."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from crash_kit import Place
from engine_kit import LONG_LIVES, Bench, Gone, Setup, on_bench
from pairlock import E, S
from pairlock.book import Book
from pairlock.ports import VenueError
from pairlock.positions import nets_e6
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from venue_kit import Switched, Wrapped, hang

KILLED = Fault(K.KILL, "kalshi", role="entry")
# Everything that a hang could keep waiting must be over long before a market ends (a quarter of an hour).
SOON_MS = 90_000


# 4. A venue that hangs, is slow, or falls silent.


class BookHangs(Switched):
    async def book(self, market: str) -> Book:
        if self.bad:
            await hang()
        return await super().book(market)


class StatusSlow(Switched):
    async def taker_open(self, market: str) -> bool:
        if self.bad:
            await trio.sleep(20)
            raise VenueError("kalshi", "read timeout")
        return await super().taker_open(market)


@pytest.mark.parametrize("how", [BookHangs, StatusSlow])
def test_4_a_venue_that_does_not_answer_keeps_no_exit_on_the_other_waiting(how: type[Switched]) -> None:
    """Both venues' reads had to come back before an exit was sized: a naked leg waited for ever, or for 20 s and was
    then traded on a book that was 20 s old."""
    on: list[int] = []
    reads: list[tuple[int, int]] = []

    class Watched(how):  # type: ignore[misc, valid-type]
        async def book(self, market: str) -> Book:
            found: Book = await super().book(market)
            if self.on and self.name == "polymarket":
                reads.append((found.read_at_ms, self.now_ms()))
            return found

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state is S.HEDGING)
        on.append(1)
        await bench.until(lambda: len(trade.value.orders) > 2, within_ms=SOON_MS)
        sized_ms = trade.value.orders[2].deadline_ms - bench.setup.limits.execution.exit_timeout_ms
        newest_ms = max(read for read, heard in reads if heard <= sized_ms)
        assert sized_ms - newest_ms <= bench.setup.limits.gates.max_book_age_ms
        await bench.until(lambda: trade.state is S.HEDGED, within_ms=SOON_MS)
        assert nets_e6(trade.value) == (0, 0)
        assert bench.broken == []

    setup = Setup(script=(KILLED,), wrap=lambda venue: Watched(venue, on), sizes=LONG_LIVES)
    on_bench(setup, body)


def test_4_a_trade_whose_last_look_hangs_gives_its_reservations_back() -> None:
    """LOCKED waited for a book for ever: cash of both accounts held, both markets locked."""

    class SecondBookHangs(Wrapped):
        read = 0

        async def book(self, market: str) -> Book:
            self.read += 1
            if self.read == 2 and self.name == "kalshi":
                await hang()
            return await super().book(market)

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state is S.ROLLED_BACK, within_ms=10_000)
        assert E.LOCKS_DURABLE in {event for _, events, _ in bench.steps for event in events}
        assert "book" in trade.value.refusal
        ledger = bench.engine.recorder.ledger
        assert ledger.locks == {}
        assert {account.held_micros for account in ledger.accounts.values()} == {0}
        assert trade.value.orders == ()

    on_bench(Setup(wrap=SecondBookHangs, sizes=LONG_LIVES), body)


def test_4_a_recovered_trade_goes_on_before_the_first_ping_is_answered(tmp_path: Any) -> None:
    """open_engine pinged every venue first: one that never answers kept a recovered naked leg from its exit."""
    place = Place(tmp_path, Setup(script=(KILLED,), sizes=LONG_LIVES))

    async def stops_naked(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state is S.HEDGING)
        bench.scope.cancel()
        await trio.sleep_forever()

    with pytest.raises(Gone):
        place.run(stops_naked, operator=False)
    hung: list[int] = []

    class PingHangs(Wrapped):
        async def ping_ms(self) -> int:
            if self.name == "kalshi":
                hung.append(self.now_ms())
                await hang()
            return await super().ping_ms()

    async def goes_on(bench: Bench) -> None:
        (trade,) = bench.engine.recovered
        begun = [r for r in bench.engine.store.trade_records(trade.trade_id) if "Restarted" in r.body]
        assert [r.at_ms <= hung[0] for r in begun] == [True]
        await bench.until(lambda: trade.state in (S.HEDGED, S.PAIRED), within_ms=SOON_MS)
        assert bench.broken == []

    place.run(goes_on, operator=False, wrap=PingHangs, script=())


def test_4_a_venue_whose_ping_never_answers_is_called_silent() -> None:
    """The check for silence stood behind the ping, which never came back: nothing halted."""
    since_ms = 20_000

    class FallsSilent(Wrapped):
        async def ping_ms(self) -> int:
            if self.name == "kalshi" and self.now_ms() > since_ms:
                await hang()
            return await super().ping_ms()

    async def body(bench: Bench) -> None:
        most_ms = bench.setup.limits.breakers.max_data_age_ms + bench.setup.limits.polls.read_timeout_ms
        await bench.engine.sleep_ms(since_ms)
        assert bench.engine.refusal() == ""
        await bench.until(lambda: bool(bench.engine.halts), within_ms=most_ms + 2_000)
        assert [halt.name for halt in bench.engine.halts] == ["stale"]
        assert "kalshi" in bench.engine.refusal()

    on_bench(Setup(wrap=FallsSilent), body)
