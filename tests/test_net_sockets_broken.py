"""The reconnecting socket against peers that break the protocol, end early, or say nothing."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
import trio
from attrs import evolve

from net_kit import CLOCK, Peer, served
from net_sockets_kit import QUICK, Heard, listening
from pairlock_adapters.net.sockets import VenueSocket


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
    # All but the one that hangs are told at once, and not when the time for connecting is over.
    times = QUICK if how == "hang" else evolve(QUICK, connect_ms=60_000)
    async with served(script) as server, listening(server.url.replace("http", "ws"), heard, times=times):
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
