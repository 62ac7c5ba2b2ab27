"""Many requests at once, warm connections, and what the client never does: other hosts, proxies, redirects, secrets."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

import pytest
import trio

from net_kit import CLOCK, HandClock, Peer, opened, order, recording, served, well
from pairlock.errors import UserError
from pairlock_adapters.net.answers import NoAnswer
from pairlock_adapters.net.http import VenueHttp
from pairlock_adapters.net.hurry import Hurry

BOTH = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


async def echo(peer: Peer) -> None:
    while True:
        head, body = await peer.request()
        if not head:
            return
        await trio.sleep(0.001 * (len(body) % 3))
        await peer.answer(body)


@BOTH
async def test_many_at_once_get_their_own_answers_on_a_bounded_number_of_connections(tls: bool) -> None:
    async with served(echo, tls=tls) as server, opened(server.url, most=3) as http:
        answers: dict[int, object] = {}

        async def one(number: int) -> None:
            body = b'"%s"' % (b"x" * number)
            answers[number] = (await order(http, body)).body

        async with trio.open_nursery() as nursery:
            for number in range(40):
                nursery.start_soon(one, number)
        assert answers == {number: "x" * number for number in range(40)}
        assert server.connections == 3
        assert http.orders.idle == 3


async def test_a_read_that_hangs_does_not_keep_an_order_waiting() -> None:
    async def script(peer: Peer) -> None:
        head, _ = await peer.request()
        if head.startswith("GET"):
            await trio.sleep_forever()
        await peer.answer()

    async with (
        served(script) as server,
        opened(server.url, most=1) as http,
        trio.open_nursery() as nursery,
    ):

        async def read() -> None:
            await http.request("GET", "/book", timeout_ms=60_000)

        nursery.start_soon(read)
        await trio.sleep(0.02)
        assert (await order(http)).status == 200
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_hangs_leaves_connections_for_what_is_urgent(method: str) -> None:
    """Entries or books that a venue does not answer must not keep an exit, or the read of an order, waiting."""
    hung: list[str] = []

    async def script(peer: Peer) -> None:
        while head := (await peer.request())[0]:
            if "/hangs" in head:
                hung.append(head)
                await trio.sleep_forever()
            await peer.answer()

    async with (
        served(script) as server,
        opened(server.url) as http,
        trio.open_nursery() as nursery,
    ):

        async def hangs() -> None:
            with suppress(NoAnswer):
                await http.request(method, "/hangs", timeout_ms=60_000, hurry=Hurry.NONE)

        for _ in range(20):
            nursery.start_soon(hangs)
        with trio.fail_after(10):
            while len(hung) < 5:  # noqa: ASYNC110 (it happens on the other side of a socket)
                await trio.sleep(0.01)
        await trio.sleep(0.05)
        assert len(hung) == 5, "of eight connections three are for a hurry"
        for _ in range(3):
            answer = await http.request(method, "/now", timeout_ms=5_000, hurry=Hurry.ORDERS)
            assert answer.status == 200
        nursery.cancel_scope.cancel()


async def test_of_a_single_connection_nothing_is_kept_back() -> None:
    async with served(echo) as server, opened(server.url, most=1) as http:
        assert (await http.request("POST", "/", body=b"1", timeout_ms=5_000, hurry=Hurry.NONE)).status == 200


@BOTH
async def test_warm_connections_are_used_and_replaced_when_stale(tls: bool) -> None:
    leave = trio.Event()

    async def script(peer: Peer) -> None:
        if peer.number <= 2:
            if tls:
                assert isinstance(peer.stream, trio.SSLStream)
                await peer.stream.do_handshake()
            await leave.wait()
            return
        await recording([], well)(peer)

    async with served(script, tls=tls) as server, opened(server.url, warm=2) as http:
        await http.orders.warm(2)
        assert (server.connections, http.orders.idle) == (2, 2)
        await http.orders.warm(2)
        assert server.connections == 2
        leave.set()
        await trio.sleep(0.02)
        await http.orders.warm(2)
        assert server.connections == 4
        await order(http)
        assert server.connections == 4


async def test_a_connection_that_was_idle_too_long_is_not_used() -> None:
    clock = HandClock()
    async with served(recording([], well)) as server, opened(server.url, clock, keep_ms=30) as http:
        for moved_ms, connections in ((0, 1), (29, 1), (29, 1), (30, 2)):
            clock.ms += moved_ms
            await order(http)
            assert server.connections == connections


async def test_on_this_machine_an_idle_connection_is_kept_for_long_and_elsewhere_not() -> None:
    clock = HandClock()
    async with served(recording([], well)) as server, opened(server.url, clock) as http:
        for moved_ms, connections in ((0, 1), (3_599_999, 1), (3_600_000, 2)):
            clock.ms += moved_ms
            await order(http)
            assert server.connections == connections
        assert http.orders.keep_ms == 3_600_000
    async with opened("https://venue.example") as http:
        assert http.orders.keep_ms == http.reads.keep_ms == 50_000


async def test_warming_replaces_what_would_soon_be_stale_and_does_not_make_it_young() -> None:
    clock = HandClock()
    async with served(recording([], well)) as server, opened(server.url, clock, keep_ms=100) as http:
        for moved_ms, connections in ((0, 1), (49, 1), (1, 2), (49, 2), (1, 3)):
            clock.ms += moved_ms
            await http.orders.warm(1)
            assert server.connections == connections
        clock.ms += 99
        await order(http)
        assert server.connections == 3


@pytest.mark.parametrize(
    ("extra", "connections"),
    [
        ("", 1),
        ("keep-alive: timeout=60, max=100\r\n", 1),
        ("keep-alive: max=5, timeout=1\r\n", 3),
        ("keep-alive: timeout=0\r\n", 3),
        ("connection: close\r\n", 3),
    ],
)
async def test_a_connection_is_used_as_long_as_the_venue_keeps_it(extra: str, connections: int) -> None:
    async def reply(peer: Peer, count: int) -> None:
        await peer.answer(extra=extra)

    async with served(recording([], reply)) as server, opened(server.url) as http:
        for _ in range(3):
            await order(http)
        assert server.connections == connections


async def test_keep_warm_survives_a_host_that_is_away() -> None:
    async with served(recording([], well)) as server:
        url = server.url
    async with opened(url) as http:
        with trio.move_on_after(0.1) as scope:
            await http.keep_warm(every_ms=5)
        assert scope.cancelled_caught
        with pytest.raises(NoAnswer):
            await http.warm()


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    elsewhere: list[bytes] = []

    async def sends_away(peer: Peer, count: int) -> None:
        await peer.answer(b"", "307 Temporary Redirect", f"location: {other.url}/orders\r\n")

    async with (
        served(recording(elsewhere, well)) as other,
        served(recording([], sends_away)) as server,
        opened(server.url) as http,
    ):
        answer = await order(http)
        assert (answer.status, answer.body) == (307, "")
    assert elsewhere == []


async def test_the_environment_changes_neither_route_nor_trust(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[bytes] = []
    async with served(recording(seen, well)) as proxy, served(recording([], well), tls=True) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
            monkeypatch.setenv(name.lower(), proxy.url)
        keys = tmp_path / "keys"
        monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
        async with opened(server.url) as http:
            assert (await order(http)).status == 200
    assert seen == []
    assert not keys.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://api.example/", "this machine alone"),
        ("http://127.0.0.1.example/", "this machine alone"),
        ("http://0.0.0.0/", "this machine alone"),
        ("https://key:word@api.example/", "user name or password"),
        ("https://api.example/?key=hunter2", "query"),
        ("ftp://api.example/", "not a https address"),
        ("//api.example/", "not a https address"),
        ("https://", "not a https address"),
        ("https://api.example/\r\nx: y", "not a https address"),
        ("https://b\u00fccher.example/", "not a https address"),
        ("https://api.example:port/", "not an address"),
    ],
)
def test_an_address_that_must_not_be_used_is_refused_without_repeating_it(url: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        VenueHttp(url, CLOCK)
    assert "hunter2" not in str(caught.value)
    assert "key:word" not in str(caught.value)


async def test_nothing_secret_is_logged_or_raised(caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, of every library, for an answer, for a failure, and for a request that HTTP does not allow."""
    secrets = ("s3cret-header", "s3cret-query", "s3cret-body", "s3cret-path", "s3cret-answer")

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.answer(b'{"secret": "s3cret-answer"}')
        await peer.request()

    errors: list[NoAnswer] = []
    with caplog.at_level(logging.DEBUG):
        async with served(script, tls=True) as server, opened(server.url) as http:
            for tail in ("", "", "\r\nsmuggled: 1"):
                try:
                    await http.request(
                        "POST",
                        "/s3cret-path",
                        params=[("k", "s3cret-query")],
                        body=b"s3cret-body",
                        headers={"x-key": f"s3cret-header{tail}"},
                        timeout_ms=1_000,
                    )
                except NoAnswer as error:
                    errors.append(error)
    assert [error.wrote for error in errors] == [True, False]
    # A traceback shows causes and contexts too.
    assert [(error.__cause__, error.__context__) for error in errors] == [(None, None)] * 2
    shown = f"{caplog.text} {http!r} {errors!r} {[str(error) for error in errors]}"
    assert [each for each in secrets if each in shown] == []


async def test_a_header_that_would_smuggle_another_is_not_written() -> None:
    seen: list[bytes] = []
    async with served(recording(seen, well)) as server, opened(server.url) as http:
        for headers in ({"x": "a\r\nb: c"}, {"x y": "a"}, {"x": "a\0"}):
            with pytest.raises(NoAnswer) as caught:
                await order(http, headers=headers)
            assert not caught.value.wrote
        for path in ("/a b", "/a\r\nx: y", "/ü"):
            with pytest.raises(NoAnswer) as caught:
                await http.request("GET", path, timeout_ms=1_000)
            assert not caught.value.wrote
        await order(http)
    assert len(seen) == 1
