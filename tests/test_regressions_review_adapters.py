"""Findings of the first review, about adapters and hosts that raise, and about books that nobody should trade on."""

from __future__ import annotations

import logging

import pytest
import trio
from attrs import evolve

from engine_kit import LONG_LIVES, Bench, Setup, on_bench
from pairlock import E, S
from pairlock.book import Book
from pairlock.facts import CancelAcked, NotFound, OrderReport, OutcomeUnknown
from pairlock.lifecycle import OS
from pairlock.model import Trade as TradeValue
from pairlock.ports import Deliver, OrderIntent, VenueError
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.venue import SimulatedVenue
from venue_kit import Switched, Wrapped

KILLED = Fault(K.KILL, "kalshi", role="entry")

# 5. Exceptions of an adapter, and of the host.


class Raises(Switched):
    """One call of the adapter raises what no port allows. The secret stands for what such a message may hold."""

    what = ""
    streams = 0

    def _fails(self, what: str) -> None:
        if self.what == what and self.bad:
            raise KeyError("yes_dollars secret-in-a-message")

    async def book(self, market: str) -> Book:
        self._fails("book")
        return await super().book(market)

    async def taker_open(self, market: str) -> bool:
        if self.what == "another name" and self.bad:
            raise VenueError("Kalshi, not our name for it", "502")
        return await super().taker_open(market)

    async def read_order(
        self, intent: OrderIntent, venue_ref: str
    ) -> OrderReport | NotFound | OutcomeUnknown:
        self._fails("read_order")
        return await super().read_order(intent, venue_ref)

    async def cancel(self, intent: OrderIntent, venue_ref: str) -> CancelAcked | OrderReport | OutcomeUnknown:
        self._fails("cancel")
        return await super().cancel(intent, venue_ref)

    async def ping_ms(self) -> int:
        self._fails("ping")
        return await super().ping_ms()

    async def stream(self, deliver: Deliver) -> None:
        self.streams += 1
        if self.name == "kalshi" and self.streams <= 3:
            if self.what == "stream ends":
                return
            if self.what == "stream":
                await trio.sleep(2.5)
                raise ConnectionResetError("stream")
        await super().stream(deliver)


CALLS = ["book", "another name", "read_order", "cancel", "ping", "stream", "stream ends"]


@pytest.mark.parametrize("call", CALLS)
def test_5_what_an_adapter_raises_ends_no_trade_and_not_the_engine(call: str) -> None:
    """Any exception but VenueError, or one under another name, ended the engine with every trade that was open."""
    on: list[int] = []
    made: list[Raises] = []

    class Bad(Raises):
        what = call

    def wrap(venue: SimulatedVenue) -> Raises:
        made.append(Bad(venue, on))
        return made[-1]

    unanswered = (Fault(K.LOST_ANSWER, "kalshi", role="entry"), Fault(K.STREAM_LOST, times=0))
    script = unanswered if call in ("read_order", "cancel") else (KILLED,)

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state in (S.EXECUTING, S.HEDGING, S.PAIRED))
        on.append(1)
        await bench.engine.sleep_ms(30_000)
        on.clear()
        await bench.until(
            lambda: trade.state in (S.PAIRED, S.HEDGED, S.STUCK) and _at_rest(trade.value), within_ms=200_000
        )
        assert bench.broken == []
        assert "secret-in-a-message" not in str(bench.alerts)
        # A stream that failed or ended is begun again, after a pause, until it holds.
        begun = {venue.name: venue.streams for venue in made}
        assert begun == {"kalshi": 4 if call.startswith("stream") else 1, "polymarket": 1}

    on_bench(Setup(script=script, wrap=wrap, sizes=LONG_LIVES), body, operator=True)


def _at_rest(trade: TradeValue) -> bool:
    return all(order.state is OS.FINAL for order in trade.orders)


def test_5_an_order_whose_call_raises_may_have_filled_and_is_read_to_its_end() -> None:
    """An adapter that fails after the bytes left has not said no: nothing is doubled, and the fill is found."""

    class PlaceRaises(Wrapped):
        async def place(self, intent, guard):  # type: ignore[no-untyped-def]
            await super().place(intent, guard)
            raise RuntimeError("the answer was not read")

    async def body(bench: Bench) -> None:
        trade = await bench.submit(bench.pair("polymarket"))
        await bench.until(lambda: trade.state is S.PAIRED, within_ms=60_000)
        assert len(trade.value.orders) == 2
        assert bench.judge.duplicate_orders() == 0
        assert bench.broken == []

    silent = Fault(K.STREAM_LOST, times=0)
    on_bench(Setup(script=(silent,), wrap=PlaceRaises, sizes=LONG_LIVES), body)


@pytest.mark.parametrize("hook", ["on_step", "on_closed"])
def test_5_a_callback_of_the_host_that_raises_is_logged_and_goes_no_further(
    hook: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A ZeroDivisionError in a host's on_step ended the engine in the middle of an exit."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    async def body(bench: Bench) -> None:
        getattr(bench.engine, hook).insert(0, broken)
        trade = await bench.submit(bench.pair("polymarket"))
        assert (await trade.closed()).state in (S.SETTLED, S.HEDGED)
        # Those behind it are called all the same.
        await bench.until(lambda: trade.trade_id in bench.closed_ms, within_ms=1_000)
        assert bench.broken == []

    with caplog.at_level(logging.ERROR, "pairlock"):
        on_bench(Setup(script=(KILLED,)), body)
    assert "a callback of the host failed" in caplog.text


# 7. The look under the reservations.


class Yesterday(Wrapped):
    """From the second read on, what a cache hands out whose feed fell silent a minute ago."""

    reads = 0

    def bent(self, book: Book) -> Book:
        return evolve(book, read_at_ms=book.read_at_ms - 60_000)

    async def book(self, market: str) -> Book:
        self.reads += 1
        book = await super().book(market)
        return self.bent(book) if self.reads >= 2 else book


class Crossed(Yesterday):
    def bent(self, book: Book) -> Book:
        return evolve(book, bids=((9_000, 10_000_000), *book.bids))


@pytest.mark.parametrize(("how", "said"), [(Yesterday, "ms old: stale"), (Crossed, "is unusable: its bid")])
def test_7_the_last_look_refuses_stale_and_crossed_books(how: type[Wrapped], said: str) -> None:
    """VerifyEntry looked at depth alone: both legs were sent on books that no gate would have passed."""

    async def body(bench: Bench) -> None:
        trade = await bench.submit()
        await bench.until(lambda: trade.state is S.ROLLED_BACK, within_ms=10_000)
        assert said in trade.value.refusal
        assert E.LOCKS_DURABLE in {event for _, events, _ in bench.steps for event in events}
        assert trade.value.orders == ()

    on_bench(Setup(wrap=how, sizes=LONG_LIVES), body)
