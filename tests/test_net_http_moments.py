"""The moments of one request: where the guard speaks, and a cancellation at every scheduling point in between."""

from __future__ import annotations

import os

import pytest
import trio

import net_kit
from net_kit import CLOCK, Peer, opened, order, recording, served, well
from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.http1 import Raw, Request
from pairlock_adapters.net.hurry import Hurry
from pairlock_adapters.net.origins import origin_of, tls_context
from pairlock_adapters.net.pool import Pool
from pairlock_adapters.net.wire import Ticket

BOTH = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


class Steps(trio.abc.Instrument):
    """Counts the scheduler's steps, and those of one task; cancels ``scope`` before the task's step ``stop_at``."""

    def __init__(self, scope: trio.CancelScope | None = None, stop_at: int = 0) -> None:
        self.all = 0
        self.own = 0
        self._task = trio.lowlevel.current_task()
        self._scope = scope
        self._stop_at = stop_at

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self.all += 1
        if task is self._task:
            self.own += 1
            if self._scope is not None and self.own == self._stop_at:
                self._scope.cancel()


@BOTH
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
async def test_no_task_has_a_turn_between_the_guard_and_the_first_byte(
    tls: bool, warm: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_guard: list[int] = []
    at_write: list[int] = []
    steps = Steps()
    real = os.write

    def write(fd: int, data: memoryview) -> int:
        at_write.append(steps.all)
        return real(fd, data)

    def guard() -> str:
        at_guard.append(steps.all)
        at_write.clear()
        return ""

    async with served(recording([], well), tls=tls) as server, opened(server.url) as http:
        if warm:
            await http.warm()
        monkeypatch.setattr(os, "write", write)
        trio.lowlevel.add_instrument(steps)
        await order(http, guard=guard)
        trio.lowlevel.remove_instrument(steps)
    assert len(at_guard) == 1
    assert at_write == at_guard


class Echo:
    """A server's memory: every byte of each connection, as text where it is not TLS, and the whole requests."""

    def __init__(self) -> None:
        self.whole: list[bytes] = []

    async def script(self, peer: Peer) -> None:
        while True:
            head, body = await peer.request()
            if not head:
                return
            self.whole.append(body)
            await peer.answer(body)


@BOTH
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
async def test_a_cancellation_at_every_step_leaves_no_doubt_and_no_half_used_connection(
    tls: bool, warm: bool
) -> None:
    """For each k, a request cancelled before its task's k-th step. What the server read was told as written; what was
    told as not written, the server never reads; the next request on the same pool gets its own answer."""
    echo = Echo()
    told: dict[bytes, bool] = {}
    spoke: dict[bytes, bool] = {}
    async with served(echo.script, tls=tls) as server:
        context = tls_context(net_kit.ca_file()) if tls else None
        pool = Pool(origin_of(server.url), context, CLOCK, most=1, keep_ms=60_000)
        for stop_at in range(1, 200):
            if warm:
                await pool.warm(1)
            else:
                pool.close()
            body = b"%d" % stop_at
            asked: list[bytes] = []

            def guard(asked: list[bytes] = asked, body: bytes = body) -> str:
                asked.append(body)
                return ""

            ticket = Ticket(CLOCK, guard)
            raw = await _cancelled_at(stop_at, pool, ticket, body)
            told[body], spoke[body] = ticket.wrote, bool(asked)
            follow = b"after %d" % stop_at
            assert (await pool.exchange(_post(follow), Ticket(CLOCK), 1_000, hurry=Hurry.NONE)).body == follow
            if raw is not None:
                assert raw.body == body
                break
        else:
            pytest.fail("the request never ended")
        await trio.sleep(0.05)
        pool.close()
    read = {body for body in echo.whole if not body.startswith(b"after")}
    assert {body for body, wrote in told.items() if not wrote} & read == set()
    assert all(spoke[body] for body in read)
    # Both kinds of cancellation were met, or the test proves nothing.
    assert {wrote for body, wrote in told.items() if body != b"%d" % len(told)} == {False, True}


def _post(body: bytes) -> Request:
    return Request("POST", "/orders", (), body)


async def _cancelled_at(stop_at: int, pool: Pool, ticket: Ticket, body: bytes) -> Raw | None:
    raw: Raw | None = None
    with trio.CancelScope() as scope:
        steps = Steps(scope, stop_at)
        trio.lowlevel.add_instrument(steps)
        try:
            raw = await pool.exchange(_post(body), ticket, 1_000, hurry=Hurry.NONE)
        finally:
            trio.lowlevel.remove_instrument(steps)
    return raw


@BOTH
async def test_a_guard_that_said_go_before_a_cancellation_that_came_first_is_not_written(tls: bool) -> None:
    """A cancellation that already waits is heard before the guard is asked."""
    seen: list[bytes] = []
    asked: list[int] = []

    def guard() -> str:
        asked.append(1)
        return ""

    async with served(recording(seen, well), tls=tls) as server, opened(server.url) as http:
        await http.warm()
        with trio.CancelScope() as scope:
            scope.cancel()
            await order(http, guard=guard)
        assert scope.cancelled_caught
        await trio.sleep(0.02)
    assert (asked, seen) == ([], [])


async def test_out_of_time_and_cancelled_from_outside_are_told_apart() -> None:
    async def hang(peer: Peer, count: int) -> None:
        await trio.sleep_forever()

    async with served(recording([], hang)) as server, opened(server.url) as http:
        with trio.move_on_after(0.05) as outer:
            await order(http, timeout_ms=60_000)
        assert outer.cancelled_caught
        with pytest.raises(NoAnswer, match="within 50 ms"):
            await order(http, timeout_ms=50)


async def test_a_time_limit_of_nothing_writes_nothing() -> None:
    seen: list[bytes] = []
    async with served(recording(seen, well)) as server, opened(server.url) as http:
        await http.warm()
        for timeout_ms in (0, -5):
            with pytest.raises(NoAnswer) as caught:
                await order(http, timeout_ms=timeout_ms)
            assert not caught.value.wrote
    assert seen == []
