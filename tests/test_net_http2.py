"""Public reads over HTTP/2 against hypercorn; what is signed or guarded stays on HTTP/1.1."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import net_kit
from net_kit import opened, order
from pairlock_adapters.net.answers import NoAnswer


async def _version(request: Request) -> Response:
    body = await request.body()
    return JSONResponse(
        {"http": request.scope["http_version"], "body": body.decode(), "q": request.url.query}
    )


async def _large(request: Request) -> Response:
    return Response(b" " * 300_000)


async def _slow(request: Request) -> Response:
    await trio.sleep(5)
    return Response(b"late")


@asynccontextmanager
async def hypercorn() -> AsyncIterator[str]:
    net_kit.server_context()
    pem = str(net_kit.folder() / "localhost.pem")
    config = Config.from_mapping(bind=["127.0.0.1:0"], certfile=pem, keyfile=pem, loglevel="CRITICAL")
    app = Starlette(
        routes=[
            Route("/v", _version, methods=["GET", "POST"]),
            Route("/large", _large),
            Route("/slow", _slow),
        ]
    )
    async with trio.open_nursery() as nursery:
        leave = trio.Event()
        binds = await nursery.start(partial(serve, app, config, shutdown_trigger=leave.wait))  # type: ignore[arg-type]
        port = binds[0].rpartition(":")[2]
        yield f"https://localhost:{port}"
        nursery.cancel_scope.cancel()


async def test_public_reads_use_http2_and_everything_else_does_not() -> None:
    async with hypercorn() as url, opened(url, http2=True) as http:
        read = await http.request("GET", "/v", params=[("a", "b c")], timeout_ms=5_000)
        assert read.body == {"http": "2", "body": "", "q": "a=b+c"}
        assert read.sent_ms <= read.at_ms
        signed = await http.request("GET", "/v", headers={"x-key": "k"}, timeout_ms=5_000)
        assert signed.body == {"http": "1.1", "body": "", "q": ""}
        guarded = await http.request("GET", "/v", guard=lambda: "", timeout_ms=5_000)
        assert guarded.body == {"http": "1.1", "body": "", "q": ""}
        posted = await http.request("POST", "/v", body=b"x", timeout_ms=5_000)
        assert posted.body == {"http": "1.1", "body": "x", "q": ""}


async def test_many_reads_share_one_connection_and_get_their_own_answers() -> None:
    answers: dict[int, object] = {}
    async with hypercorn() as url, opened(url, http2=True) as http:

        async def one(number: int) -> None:
            answer = await http.request("GET", "/v", params=[("n", str(number))], timeout_ms=5_000)
            answers[number] = answer.body

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(one, number)
    assert answers == {number: {"http": "2", "body": "", "q": f"n={number}"} for number in range(20)}


async def test_what_fails_over_http2_is_never_proved_unwritten() -> None:
    async with hypercorn() as url, opened(url, http2=True, most_bytes=200_000) as http:
        for path, words in (("/large", "longer than 200000"), ("/slow", "within 200 ms")):
            with pytest.raises(NoAnswer, match=words) as caught:
                await http.request("GET", path, timeout_ms=200)
            assert caught.value.wrote
        # Cancelled and cut reads leave a connection that still answers.
        assert (await http.request("GET", "/v", timeout_ms=5_000)).status == 200
    async with opened(url, http2=True) as http:
        with pytest.raises(NoAnswer, match="ConnectError") as caught:
            await http.request("GET", "/v", timeout_ms=1_000)
        assert caught.value.wrote
        assert caught.value.__context__ is None


async def test_an_untrusted_certificate_is_not_read_from() -> None:
    from contextlib import aclosing

    from pairlock_adapters.net.http import VenueHttp

    async with hypercorn() as url, aclosing(VenueHttp(url, net_kit.CLOCK, http2=True)) as http:
        with pytest.raises(NoAnswer, match="ConnectError"):
            await http.request("GET", "/v", timeout_ms=1_000)
        with pytest.raises(NoAnswer, match="not trusted"):
            await order(http)
