"""One request to a venue over real connections: what is written, when the guard speaks, and what is known after."""

from __future__ import annotations

from contextlib import aclosing

import pytest
import trio

import net_kit
from net_kit import CLOCK, Peer, opened, order, recording, served, well
from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.http import VenueHttp

BOTH = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


@BOTH
async def test_an_answer_is_read_whole_and_its_connection_used_again(tls: bool) -> None:
    async def script(peer: Peer) -> None:
        while (await peer.request())[0]:
            await peer.answer(
                b'{"price": 0.56, "count": 3}', "201 Created", "Retry-After: 7\r\nX-Two: a\r\nX-Two: b\r\n"
            )

    async with served(script, tls=tls) as server, opened(server.url) as http:
        for _ in range(3):
            answer = await order(http)
            assert answer.status == 201
            assert answer.body == {"price": "0.56", "count": 3}
            assert answer.headers["x-two"] == "a, b"
            assert answer.retry_after_ms() == 7_000
            assert answer.sent_ms <= answer.at_ms
        assert server.connections == 1


@BOTH
async def test_a_request_is_what_was_asked(tls: bool) -> None:
    seen: list[tuple[str, bytes]] = []

    async def script(peer: Peer) -> None:
        seen.append(await peer.request())
        await peer.answer()

    async with served(script, tls=tls) as server, opened(f"{server.url}/trade-api/v2") as http:
        assert http.path_of("/orders") == "/trade-api/v2/orders"
        await http.request(
            "DELETE",
            "/orders/a",
            params=[("q", "a b&c"), ("q", "ü")],
            body=b'{"x":1}',
            headers={"K": "v"},
            timeout_ms=5_000,
        )
    head, body = seen[0]
    first, *rest = head.split("\r\n")
    assert first == "DELETE /trade-api/v2/orders/a?q=a+b%26c&q=%C3%BC HTTP/1.1"
    assert body == b'{"x":1}'
    lines = {line.partition(":")[0].lower(): line.partition(": ")[2] for line in rest}
    assert lines["host"] == f"localhost:{server.port}"
    assert lines["k"] == "v"
    assert lines["content-type"] == "application/json"
    assert lines["accept-encoding"] == "identity"


@BOTH
async def test_the_guard_speaks_after_connecting_and_directly_before_the_first_byte(tls: bool) -> None:
    """It is asked on the open connection, before the server has seen anything of the request."""
    seen: list[bytes] = []
    at_guard: list[tuple[int, int]] = []

    async with served(recording(seen, well), tls=tls) as server, opened(server.url) as http:

        def guard() -> str:
            at_guard.append((server.connections, len(seen)))
            return ""

        await order(http, guard=guard)
        await order(http, guard=guard)
    assert at_guard == [(1, 0), (1, 1)]


@BOTH
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
async def test_a_refused_write_writes_nothing(tls: bool, warm: bool) -> None:
    seen: list[bytes] = []
    async with served(recording(seen, well), tls=tls) as server, opened(server.url) as http:
        if warm:
            await order(http, b"first")
        with pytest.raises(NoAnswer) as caught:
            await order(http, b"second", guard=lambda: "too late")
        assert (caught.value.wrote, caught.value.refused) == (False, "too late")
        await order(http, b"third")
        await trio.sleep(0.05)
    assert seen == ([b"first"] if warm else []) + [b"third"]


async def test_a_host_that_does_not_listen_was_not_written_to() -> None:
    async with served(recording([], well)) as server:
        url = server.url
    async with opened(url) as http:
        with pytest.raises(NoAnswer) as caught:
            await order(http)
    assert not caught.value.wrote
    assert "could not connect" in caught.value.reason


@pytest.mark.parametrize("named", ["localhost", "elsewhere.example"])
async def test_a_certificate_that_proves_nothing_is_not_written_to(named: str) -> None:
    """Of an authority that nobody named, or for another host."""
    seen: list[bytes] = []
    known = net_kit.ca_file() if named != "localhost" else ""
    async with (
        served(recording(seen, well), tls=True, named=named) as server,
        aclosing(VenueHttp(server.url, CLOCK, ca_file=known)) as http,
    ):
        with pytest.raises(NoAnswer, match="not trusted") as caught:
            await order(http)
    assert not caught.value.wrote
    assert seen == []
