"""The reconnecting socket against real servers: trio-websocket's own, and raw streams that break the protocol."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

import net_kit
from net_kit import CLOCK, Peer, served
from pairlock.errors import UserError
from pairlock_adapters.net.sockets import Resync, Send, SocketTimes, VenueSocket

QUICK = SocketTimes(ping_ms=20, silence_ms=80, connect_ms=300, first_pause_ms=1, most_pause_ms=8)

Use = Callable[[WebSocketConnection, int], Awaitable[None]]


class Heard:
    """A listener that notes everything. ``until`` losses or messages end the test's wait."""

    def __init__(self, subscribe: str = "") -> None:
        self.subscribe = subscribe
        self.texts: list[str] = []
        self.lost: list[tuple[str, int]] = []
        self.connects = 0
        self.changed = trio.Event()

    async def on_connect(self, send: Send) -> None:
        self.connects += 1
        if self.subscribe:
            await send(f"{self.subscribe} {self.connects}")
        self._tell()

    async def on_text(self, text: str, at_ms: int) -> None:
        assert at_ms <= CLOCK.now_ms()
        self.texts.append(text)
        self._tell()

    def on_lost(self, reason: str, status: int) -> None:
        self.lost.append((reason, status))
        self._tell()

    def _tell(self) -> None:
        self.changed.set()
        self.changed = trio.Event()

    async def until(self, *, texts: int = 0, lost: int = 0, connects: int = 0) -> None:
        with trio.fail_after(5):
            while len(self.texts) < texts or len(self.lost) < lost or self.connects < connects:
                await self.changed.wait()


@asynccontextmanager
async def serving(use: Use, *, tls: bool = False, refuse: int = 0) -> AsyncIterator[tuple[str, list[Any]]]:
    """A WebSocket server on trio-websocket; yields its address and the handshakes' headers."""
    handshakes: list[Any] = []

    async def handler(request: WebSocketRequest) -> None:
        handshakes.append({name.decode().lower(): value.decode() for name, value in request.headers})
        if len(handshakes) <= refuse:
            await request.reject(401, body=b'{"code":"no"}')
            return
        connection = await request.accept()
        try:
            await use(connection, len(handshakes))
        except ConnectionClosed:
            pass
        finally:
            await connection.aclose()

    async with trio.open_nursery() as nursery:
        context = net_kit.server_context() if tls else None
        start = partial(
            serve_websocket, handler, "127.0.0.1", 0, ssl_context=context, handler_nursery=nursery
        )
        server = await nursery.start(start)
        yield f"ws{'s' if tls else ''}://localhost:{server.port}/ws", handshakes
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def listening(url: str, heard: Heard, **options: Any) -> AsyncIterator[VenueSocket]:
    options = {"times": QUICK, "ca_file": net_kit.ca_file(), **options}
    socket = VenueSocket(url, CLOCK, **options)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(socket.run, heard)
        yield socket
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_it_subscribes_delivers_in_order_and_comes_back(tls: bool) -> None:
    async def use(connection: WebSocketConnection, number: int) -> None:
        subscribed = str(await connection.get_message())
        for index in range(3):
            await connection.send_message(f"{subscribed}: {index}")

    heard = Heard("subscribe")
    async with serving(use, tls=tls) as (url, _), listening(url, heard):
        await heard.until(texts=6, lost=2)
    assert heard.texts[:6] == [f"subscribe {turn}: {index}" for turn in (1, 2) for index in range(3)]
    assert heard.lost[0] == ("the connection closed (1000)", 0)


async def test_a_refused_handshake_tells_its_status_and_each_attempt_is_signed_anew() -> None:
    async def use(connection: WebSocketConnection, number: int) -> None:
        await connection.send_message("in")
        await connection.get_message()

    signed = iter(range(10))
    heard = Heard()
    async with (
        serving(use, refuse=2) as (url, handshakes),
        listening(url, heard, headers=lambda: [("x-signed", str(next(signed)))]),
    ):
        await heard.until(texts=1)
    assert [status for _, status in heard.lost] == [401, 401]
    assert [each["x-signed"] for each in handshakes] == ["0", "1", "2"]


async def test_sending_outside_a_subscription() -> None:
    async def use(connection: WebSocketConnection, number: int) -> None:
        while True:
            await connection.send_message("heard " + str(await connection.get_message()))

    heard = Heard()
    async with serving(use) as (url, _):
        socket = VenueSocket(url, CLOCK, times=QUICK)
        assert not await socket.send("nobody")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(socket.run, heard)
            await heard.until(connects=1)
            assert socket.connected
            assert await socket.send("more")
            await heard.until(texts=1)
            nursery.cancel_scope.cancel()
        assert not await socket.send("nobody any more")
    assert heard.texts == ["heard more"]


async def _upgrade(peer: Peer) -> bool:
    """Answer a WebSocket handshake by hand; False where the client has gone."""
    head, _ = await peer.request()
    key = next((line for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key:")), "")
    if not key:
        return False
    magic = key.partition(":")[2].strip() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(magic.encode()).digest()).decode()
    await peer.send(
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        b"sec-websocket-accept: " + accept.encode() + b"\r\n\r\n"
    )
    return True


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "no answer to a ping"), ({"text_ping": "PING"}, "nothing heard")],
    ids=["frames", "text"],
)
async def test_a_connection_that_says_nothing_is_lost(options: dict[str, Any], words: str) -> None:
    """The peer reads everything and answers nothing: TCP is well, the venue is not."""

    async def script(peer: Peer) -> None:
        if await _upgrade(peer):
            while await peer.stream.receive_some():
                pass

    heard = Heard()
    async with served(script) as server, listening(server.url.replace("http", "ws"), heard, **options):
        await heard.until(lost=2)
    assert words in heard.lost[0][0]
    assert heard.connects >= 2


async def test_a_quiet_market_is_not_a_lost_connection() -> None:
    """Only pongs, frames or text, for many times the silence: still the first connection, and no pong is delivered."""
    pings: list[str] = []

    async def use(connection: WebSocketConnection, number: int) -> None:
        while True:
            pings.append(str(await connection.get_message()))
            await connection.send_message("PONG")

    frames, text = Heard(), Heard()
    async with serving(use) as (url, _), listening(url, frames), listening(url, text, text_ping="PING"):
        await trio.sleep(0.3)
    assert (frames.connects, text.connects) == (1, 1)
    assert (frames.lost, text.lost, text.texts) == ([], [], [])
    assert set(pings) == {"PING"}
    assert len(pings) > 5


async def test_what_is_not_text_or_too_long_ends_the_connection() -> None:
    async def use(connection: WebSocketConnection, number: int) -> None:
        await connection.send_message("first")
        await connection.send_message(b"binary" if number == 1 else "x" * 2_000)
        await connection.send_message("never")
        await connection.get_message()

    heard = Heard()
    async with serving(use) as (url, _), listening(url, heard, most_bytes=1_000):
        await heard.until(lost=2)
    assert set(heard.texts) == {"first"}
    assert heard.lost[:2] == [("a message that is not text", 0), ("the connection closed (1009)", 0)]


@pytest.mark.parametrize("how", ["garbage", "reset", "hang", "cut", "http"])
async def test_a_peer_that_is_no_websocket_is_tried_again(how: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        if how == "garbage":
            await peer.send(b"\x00\xff" * 500)
        elif how == "reset":
            await peer.reset()
        elif how == "hang":
            await trio.sleep_forever()
        elif how == "cut":
            await peer.send(b"HTTP/1.1 101 Switching")
        else:
            await peer.answer(b"hello")

    heard = Heard()
    async with served(script) as server, listening(server.url.replace("http", "ws"), heard):
        await heard.until(lost=2)
        assert server.connections >= 2
    assert heard.connects == 0


async def test_frames_that_break_the_protocol_end_the_connection() -> None:
    async def script(peer: Peer) -> None:
        if await _upgrade(peer):
            await peer.send(b"\xff\xff\xff\xff")
            await peer.request()

    heard = Heard()
    async with served(script) as server, listening(server.url.replace("http", "ws"), heard):
        await heard.until(lost=2)


async def test_a_certificate_that_nobody_trusts_is_never_connected() -> None:
    async def use(connection: WebSocketConnection, number: int) -> None:
        raise AssertionError("connected")

    heard = Heard("key and secret")
    async with serving(use, tls=True) as (url, handshakes), listening(url, heard, ca_file=""):
        await heard.until(lost=2)
    assert (handshakes, heard.connects) == ([], 0)


async def test_resync_connects_anew_and_a_bug_of_the_listener_ends_the_run() -> None:
    async def use(connection: WebSocketConnection, number: int) -> None:
        await connection.send_message("gap" if number == 1 else "bug")
        await connection.get_message()

    class Strict(Heard):
        async def on_text(self, text: str, at_ms: int) -> None:
            if text == "gap":
                raise Resync("seq 7 after 5")
            raise ValueError("our own bug")

    heard = Strict()
    async with serving(use) as (url, _):
        with pytest.raises(ValueError, match="our own bug"), trio.fail_after(5):
            await VenueSocket(url, CLOCK, times=QUICK).run(heard)
    assert heard.lost == [("to be connected anew: seq 7 after 5", 0)]
    assert heard.connects == 2


async def test_the_pause_doubles_up_to_the_cap_whatever_the_jitter_says() -> None:
    async with served(_leave) as server:
        url = server.url.replace("http", "ws")
    asked: list[int] = []

    def jitter(most_ms: int) -> int:
        asked.append(most_ms)
        return most_ms * 50 if len(asked) % 2 else -3

    heard = Heard()
    began_ms = CLOCK.now_ms()
    async with listening(url, heard, jitter=jitter):
        await heard.until(lost=7)
    assert asked[:6] == [2, 4, 8, 8, 8, 8]
    assert CLOCK.now_ms() - began_ms < 2_000


async def _leave(peer: Peer) -> None:
    return None


class _HandClock:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        self.ms = 0

    def now_ms(self) -> int:
        return self.ms

    def wall_ms(self) -> int:
        raise AssertionError("no wall clock is needed here")


async def test_a_connection_that_lasted_starts_the_pauses_anew() -> None:
    clock = _HandClock()

    async def use(connection: WebSocketConnection, number: int) -> None:
        clock.ms += 25 if number == 4 else 24

    asked: list[int] = []

    def jitter(most_ms: int) -> int:
        asked.append(most_ms)
        return 1

    heard = Heard()
    times = SocketTimes(first_pause_ms=1, most_pause_ms=25)
    async with serving(use) as (url, _), trio.open_nursery() as nursery:
        nursery.start_soon(VenueSocket(url, clock, times=times, jitter=jitter).run, heard)
        await heard.until(lost=6)
        nursery.cancel_scope.cancel()
    assert asked[:5] == [2, 4, 8, 1, 2]


async def test_a_cancellation_ends_it_at_once_even_where_the_peer_says_nothing() -> None:
    async def script(peer: Peer) -> None:
        await _upgrade(peer)
        await trio.sleep_forever()

    async with served(script) as server:
        heard = Heard()
        socket = VenueSocket(server.url.replace("http", "ws"), CLOCK)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(socket.run, heard)
            await heard.until(connects=1)
            nursery.cancel_scope.cancel()
            began_ms = CLOCK.now_ms()
        assert CLOCK.now_ms() - began_ms < 300
        assert heard.lost == []


def test_an_address_that_must_not_be_used_is_refused() -> None:
    with pytest.raises(UserError, match="this machine alone"):
        VenueSocket("ws://socket.example/", CLOCK)
    with pytest.raises(UserError, match="not a wss address"):
        VenueSocket("https://socket.example/", CLOCK)
