"""The reconnecting socket against trio-websocket's own server."""

from __future__ import annotations

import pytest
import trio
from trio_websocket import WebSocketConnection

from net_kit import CLOCK, HandClock, Peer, served
from net_sockets_kit import QUICK, Heard, listening, serving
from pairlock.errors import UserError
from pairlock_adapters.net.sockets import Resync, SocketTimes, VenueSocket, drawn


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


def test_the_drawn_pause_is_never_short_and_never_too_long() -> None:
    for most_ms in (1, 2, 3, 250, 30_000):
        pauses = {drawn(most_ms) for _ in range(300)}
        assert min(pauses) >= most_ms // 2
        assert max(pauses) <= most_ms
    assert len({drawn(30_000) for _ in range(20)}) > 1


async def _leave(peer: Peer) -> None:
    return None


async def test_a_connection_that_lasted_starts_the_pauses_anew() -> None:
    clock = HandClock()

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


def test_an_address_that_must_not_be_used_is_refused() -> None:
    with pytest.raises(UserError, match="this machine alone"):
        VenueSocket("ws://socket.example/", CLOCK)
    with pytest.raises(UserError, match="not a wss address"):
        VenueSocket("https://socket.example/", CLOCK)
