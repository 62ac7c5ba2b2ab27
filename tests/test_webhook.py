"""The webhook channel against a real HTTP server on loopback: what it posts, what it raises, and what it never says."""

import json
import logging
import socket
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import trio

from pairlock import AlertChannel, AlertKind, UserError
from pairlock.commands import RaiseAlert
from pairlock.runner.alerts import AlertDesk, payload_of
from pairlock.runner.clock import SystemClock
from pairlock_adapters.alerting.webhook import WebhookChannel, WebhookFailed

SECRET = "T0KEN-that-nobody-may-see"
PAYLOAD: dict[str, object] = payload_of(
    AlertKind.STUCK, "routes: nets 5000000 / 0 e6", None, 1_790_000_000_000
)


class Server(ThreadingHTTPServer):
    """Answers with ``status`` after ``delay_s``; remembers what came."""

    status = 204
    body = b""
    location = ""
    refusals = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.go_on = threading.Event()
        self.go_on.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks/{SECRET}?key={SECRET}"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        self.server.go_on.wait(20)
        status = self.server.status
        if len(self.server.seen) <= self.server.refusals:
            status = 503
        self.send_response(status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        if status != 204:
            self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name for it
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.go_on.set()
        running.shutdown()
        thread.join()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_posts_the_payload_as_json(server: Server) -> None:
    channel: AlertChannel = WebhookChannel(server.url, headers={"Authorization": "Bearer x"})
    await channel.deliver(PAYLOAD)
    ((path, headers, body),) = server.seen
    assert path == f"/hooks/{SECRET}?key={SECRET}"
    assert json.loads(body, parse_float=str) == PAYLOAD
    assert set(PAYLOAD) == {"type", "details", "timestamp", "advice"}
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "Bearer x"
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"


async def test_the_same_channel_serves_many_alerts_and_leaves_no_connection(server: Server) -> None:
    server.status, server.body = 200, b"x" * 100_000
    channel = WebhookChannel(server.url)
    for _ in range(3):
        await channel.deliver(PAYLOAD)
    assert len(server.seen) == 3
    # With a connection left open its socket would warn when collected, and warnings are errors here.


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
async def test_anything_but_2xx_raises(server: Server, status: int) -> None:
    server.status, server.body = status, SECRET.encode()
    with pytest.raises(WebhookFailed) as caught:
        await WebhookChannel(server.url).deliver(PAYLOAD)
    assert caught.value.status == status
    assert str(caught.value) == (
        f"the webhook at 127.0.0.1:{server.server_port} answered {status}, the alert was not taken"
    )


async def test_a_redirect_is_not_followed(server: Server) -> None:
    """Following one would hand the payload, and headers that may hold a token, to another host."""
    server.status, server.location = 307, server.url
    with pytest.raises(WebhookFailed):
        await WebhookChannel(server.url).deliver(PAYLOAD)
    assert len(server.seen) == 1


async def test_a_server_that_does_not_answer_times_out(server: Server) -> None:
    server.go_on.clear()
    with trio.fail_after(5), pytest.raises(WebhookFailed, match=r"did not answer within 1 s$"):
        await WebhookChannel(server.url, timeout_s=1).deliver(PAYLOAD)


async def test_nobody_listening_raises() -> None:
    with pytest.raises(WebhookFailed, match=r"could not be reached \(ConnectError\)$"):
        await WebhookChannel(f"http://127.0.0.1:{free_port()}/{SECRET}").deliver(PAYLOAD)


async def test_a_server_that_hangs_up_or_talks_nonsense_raises() -> None:
    for words in (b"", b"not http at all\r\n\r\n"):
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listeners[0].socket.getsockname()[1]

        async def babble(stream: trio.SocketStream, words: bytes = words) -> None:
            await stream.receive_some()
            if words:
                await stream.send_all(words)
            await stream.aclose()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, babble, listeners)
            with pytest.raises(WebhookFailed, match=r"could not be reached"):
                await WebhookChannel(f"http://127.0.0.1:{port}/{SECRET}").deliver(PAYLOAD)
            nursery.cancel_scope.cancel()


async def test_a_cancelled_delivery_is_cancelled_and_not_a_failure(server: Server) -> None:
    server.go_on.clear()
    with trio.move_on_after(0.2) as scope:
        await WebhookChannel(server.url).deliver(PAYLOAD)
    assert scope.cancelled_caught


async def failures(server: Server) -> list[BaseException]:
    """One of every kind that ``deliver`` raises."""
    closed = f"http://127.0.0.1:{free_port()}/{SECRET}"
    found: list[BaseException] = []
    server.status = 500
    for channel in (WebhookChannel(server.url), WebhookChannel(closed)):
        try:
            await channel.deliver(PAYLOAD)
        except WebhookFailed as error:
            found.append(error)
    server.go_on.clear()
    try:
        await WebhookChannel(server.url, timeout_s=1).deliver(PAYLOAD)
    except WebhookFailed as error:
        found.append(error)
    return found


async def test_the_address_is_in_no_message_traceback_log_or_repr(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        good = WebhookChannel(server.url, headers={"Authorization": SECRET})
        await good.deliver(PAYLOAD)
        raised = await failures(server)
    assert len(raised) == 3
    for error in raised:
        assert error.__cause__ is None
        assert error.__context__ is None
        assert SECRET not in "".join(traceback.format_exception(error))
    assert caplog.records, "httpcore logs at DEBUG; without a record this test would see nothing"
    assert SECRET not in caplog.text
    assert not [record for record in caplog.records if SECRET in str(record.__dict__)]
    assert SECRET not in repr(good)


async def test_httpx_itself_would_have_logged_the_address(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Why the channel uses the transport alone. When this fails httpx has changed, and the reason is gone."""
    with caplog.at_level(logging.INFO):
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.post(server.url, content=b"{}")
    assert SECRET in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks/x",
        f"ftp://host/{SECRET}",
        f"https:///{SECRET}",
        f"http://[::1/{SECRET}",
        f"http://h:x/{SECRET}",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UserError, match=r"is not an http or https address") as caught:
        WebhookChannel(url)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_an_address_with_a_password_is_refused() -> None:
    with pytest.raises(UserError, match=r"send it in `headers`") as caught:
        WebhookChannel(f"https://me:{SECRET}@example.org/x")
    assert SECRET not in str(caught.value)


def test_a_timeout_of_nothing_is_refused() -> None:
    with pytest.raises(UserError, match="timeout_s is 0"):
        WebhookChannel("https://example.org/x", timeout_s=0)


async def test_the_engines_alert_desk_retries_it_and_its_log_keeps_the_secret(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """The desk logs what a channel raises, with its traceback: that is where an address would get out."""
    server.refusals = 1
    desk = AlertDesk((WebhookChannel(server.url),), SystemClock())
    with caplog.at_level(logging.DEBUG):
        desk.raise_alert(RaiseAlert(AlertKind.HALT, "latency: kalshi answered a ping in 900 ms"), None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(desk.run)
            with trio.fail_after(10):
                while len(server.seen) < 2:  # noqa: ASYNC110 - the server lives in a thread
                    await trio.sleep(0.02)
                await trio.sleep(0.1)
            nursery.cancel_scope.cancel()
    assert desk.undelivered == 0
    assert "WebhookChannel failed" in caplog.text
    assert SECRET not in caplog.text
    assert json.loads(server.seen[-1][2], parse_float=str)["type"] == "HALT"
