"""What goes wrong with a request after, or before, its first byte: each time over a real connection, against a server
that does it on purpose. What must hold: never written twice, never "not written" unless it is so, never half an answer.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

from net_kit import CLOCK, Peer, opened, order, recording, served, well
from pairlock_adapters.net.answers import NoAnswer

Reply = Callable[[Peer], Awaitable[None]]

BOTH = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


async def closes(peer: Peer) -> None:
    return None


async def resets(peer: Peer) -> None:
    await peer.reset()


async def cuts_the_body_short(peer: Peer) -> None:
    await peer.send(b'HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{"order_id": "abc"}')


async def cuts_a_chunk_short(peer: Peer) -> None:
    await peer.send(b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n12\r\n{"order_id": "abc"')


async def cuts_the_head_short(peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\ncontent-le")


async def sends_garbage(peer: Peer) -> None:
    await peer.send(os.urandom(2_000) + b"\r\n\r\n")


async def sends_an_endless_head(peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\n")
    for _ in range(4_000):
        await peer.send(b"x-more: " + b"y" * 90 + b"\r\n")


async def sends_too_much(peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n")
    for _ in range(1_000):
        await peer.send(b" " * 10_000)


async def compresses(peer: Peer) -> None:
    await peer.answer(b"\x1f\x8b\x08\x00", extra="content-encoding: gzip\r\n")


async def switches_protocols(peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n")


async def says_two_lengths(peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 20\r\n\r\n{}")


async def never_answers(peer: Peer) -> None:
    await trio.sleep_forever()


async def drips(peer: Peer) -> None:
    for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + b" " * 5_000:
        await peer.send(bytes([byte]))
        await trio.sleep(0.01)


async def only_continues(peer: Peer) -> None:
    while True:
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await trio.sleep(0.01)


AFTER: dict[Reply, str] = {
    closes: "no answer of",
    resets: "broke before the answer was whole|no answer of",
    cuts_the_body_short: "broke off",
    cuts_a_chunk_short: "broke off",
    cuts_the_head_short: "no answer of",
    sends_garbage: "no answer of",
    sends_an_endless_head: "no answer of",
    sends_too_much: "longer than 100000 bytes",
    compresses: "encoded",
    switches_protocols: "no answer of",
    says_two_lengths: "no answer of",
    never_answers: "within 400 ms",
    drips: "within 400 ms",
    only_continues: "within 400 ms",
}


@BOTH
@pytest.mark.parametrize("reply", AFTER, ids=lambda reply: reply.__name__)
async def test_whatever_happens_after_the_first_byte_is_unknown_and_written_once(
    reply: Reply, tls: bool
) -> None:
    seen: list[bytes] = []

    async def once(peer: Peer, count: int) -> None:
        if seen[-1] == b"good":
            await peer.answer(b'"good"')
        else:
            await reply(peer)
            raise trio.BrokenResourceError

    async with (
        served(recording(seen, once), tls=tls) as server,
        opened(server.url, most_bytes=100_000) as http,
    ):
        await order(http, b"good")
        with pytest.raises(NoAnswer, match=AFTER[reply]) as caught:
            await order(http, b"bad", timeout_ms=400)
        assert caught.value.wrote
        assert caught.value.refused == ""
        assert caught.value.__cause__ is None
        assert (await order(http, b"good")).body == "good"
        await trio.sleep(0.02)
    assert seen == [b"good", b"bad", b"good"]
    assert server.connections == 2


@BOTH
async def test_informational_answers_come_before_the_real_one(tls: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")
        await peer.answer(b'{"a": 1}')

    async with served(script, tls=tls) as server, opened(server.url) as http:
        assert (await order(http)).body == {"a": 1}


@BOTH
async def test_a_connection_that_is_closed_as_the_request_leaves_is_an_unknown_outcome(tls: bool) -> None:
    """The race that no client can see: the venue closes while our bytes are on the way. Not asked again."""
    go = trio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.answer()
        await go.wait()

    def guard() -> str:
        go.set()
        return ""

    async with served(script, tls=tls) as server, opened(server.url) as http:
        await order(http)
        with pytest.raises(NoAnswer) as caught:
            await order(http, b"second", guard=guard)
        assert caught.value.wrote
        assert server.connections == 1


@BOTH
async def test_the_kernel_that_takes_nothing_proves_that_nothing_was_written(
    tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The peer's RST is there before our write: the first system call fails, and took no byte."""
    seen: list[bytes] = []
    async with served(recording(seen, well), tls=tls) as server, opened(server.url) as http:
        await order(http, b"first")

        def broken(fd: int, data: bytes) -> int:
            raise OSError(errno.EPIPE, "Broken pipe")

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", broken)
            with pytest.raises(NoAnswer) as caught:
                await order(http, b"second")
        assert not caught.value.wrote
        await order(http, b"third")
    assert seen == [b"first", b"third"]


async def test_a_part_that_was_written_is_not_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second system call of one request fails: the first bytes are out."""
    seen: list[bytes] = []
    real, calls = os.write, 0

    def a_little(fd: int, data: memoryview) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(errno.ECONNRESET, "reset")
        return real(fd, data[:5])

    async with served(recording(seen, well)) as server, opened(server.url) as http:
        await http.warm()
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", a_little)
            with pytest.raises(NoAnswer) as caught:
                await order(http)
        assert caught.value.wrote
    assert seen == []


async def test_a_full_buffer_waits_and_asks_the_guard_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    asked: list[int] = []
    real = os.write

    def full_twice(fd: int, data: memoryview) -> int:
        if len(asked) <= 2:
            raise BlockingIOError
        return real(fd, data)

    def guard() -> str:
        asked.append(CLOCK.now_ms())
        return "too late by now" if len(asked) == 4 else ""

    async with served(recording(seen, well)) as server, opened(server.url) as http:
        await http.warm()
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full_twice)
            await order(http, b"a", guard=guard)
            assert len(asked) == 3
            with pytest.raises(NoAnswer, match="too late by now") as caught:
                await order(http, b"b", guard=guard)
        assert not caught.value.wrote
    assert seen == [b"a"]


async def test_a_handshake_that_hangs_is_out_of_time_and_not_written() -> None:
    async def script(peer: Peer) -> None:
        await trio.sleep_forever()

    async with served(script) as server:
        url = server.url.replace("http:", "https:")
        async with opened(url) as http:
            with pytest.raises(NoAnswer, match="within 100 ms") as caught:
                await order(http, timeout_ms=100)
    assert not caught.value.wrote
    assert server.connections == 1


async def test_waiting_for_a_connection_is_out_of_time_and_not_written() -> None:
    seen: list[bytes] = []

    async def hang(peer: Peer, count: int) -> None:
        await trio.sleep_forever()

    async with (
        served(recording(seen, hang)) as server,
        opened(server.url, most=1) as http,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(_swallowed, http)
        await trio.testing.wait_all_tasks_blocked(0.05)
        with pytest.raises(NoAnswer) as caught:
            await order(http, b"second", timeout_ms=100)
        assert not caught.value.wrote
        nursery.cancel_scope.cancel()
    assert seen == [b"{}"]


async def _swallowed(http: object) -> None:
    with pytest.raises(NoAnswer):
        await order(http, timeout_ms=60_000)  # type: ignore[arg-type]
