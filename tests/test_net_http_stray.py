"""What came between two requests belongs to neither: it is never read as an answer, wherever it lies."""

from __future__ import annotations

import pytest
import trio

from net_kit import Peer, opened, order, recording, served

BOTH = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


@BOTH
@pytest.mark.parametrize("together", [True, False], ids=["one-piece", "later"])
async def test_what_follows_an_answer_is_never_the_answer_to_the_next_order(
    tls: bool, together: bool
) -> None:
    """A second answer that nobody asked for lies in the buffer, under TLS or in the socket: that connection is gone."""
    seen: list[bytes] = []

    async def twice(peer: Peer, count: int) -> None:
        one = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b"
        real = one % (len(seen[-1]), seen[-1])
        stray = one % (8, b'"stray!"')
        if together:
            await peer.send(real + stray)
        else:
            await peer.send(real)
            await peer.send(stray)

    async with served(recording(seen, twice), tls=tls) as server, opened(server.url) as http:
        for turn in range(4):
            answer = await order(http, f'"mine {turn}"'.encode())
            assert answer.body == f"mine {turn}"
            await trio.sleep(0.02)
    assert server.connections == 4


async def test_a_stray_answer_in_the_tls_layer_is_found() -> None:
    """Both records arrive in one segment, and only the first was decrypted when the answer was whole."""
    seen: list[bytes] = []

    async def twice(peer: Peer, count: int) -> None:
        stream = peer.stream
        assert isinstance(stream, trio.SSLStream)
        held: list[bytes] = []
        raw = stream.transport_stream
        stream.transport_stream = _Holding(held)
        for text in (seen[-1], b'"stray"'):
            await peer.answer(text)
        stream.transport_stream = raw
        assert len(held) == 2
        await raw.send_all(b"".join(held))

    async with served(recording(seen, twice), tls=True) as server, opened(server.url) as http:
        for turn in range(3):
            assert (await order(http, f'"mine {turn}"'.encode())).body == f"mine {turn}"
    assert server.connections == 3


class _Holding(trio.abc.Stream):
    """Keeps what is sent instead of sending it."""

    def __init__(self, held: list[bytes]) -> None:
        self._held = held

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        self._held.append(bytes(data))

    async def wait_send_all_might_not_block(self) -> None:
        raise NotImplementedError

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        raise NotImplementedError

    async def aclose(self) -> None:
        raise NotImplementedError


@BOTH
async def test_a_connection_that_the_venue_closed_between_two_requests_is_not_used(tls: bool) -> None:
    seen: list[bytes] = []

    async def script(peer: Peer) -> None:
        _, body = await peer.request()
        seen.append(body)
        await peer.answer()

    async with served(script, tls=tls) as server, opened(server.url) as http:
        for turn in range(3):
            assert (await order(http, b"%d" % turn)).status == 200
            await trio.sleep(0.02)
    assert seen == [b"0", b"1", b"2"]
