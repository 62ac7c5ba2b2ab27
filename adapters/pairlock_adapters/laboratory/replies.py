"""Answers of the laboratory's faces, whole or bent: cut short, never given, with the connection ended.

A handler takes a request and gives a ``Reply`` (or None: no answer will ever come). ``endpoint`` makes a route of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from attrs import evolve, frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pairlock_adapters.laboratory.wire_json import dumps

# Longer than any client waits: then the laboratory ends the connection.
_NEVER_S = 120
_JSON = "application/json"


@frozen
class Reply:
    """``body``: JSON, or a text as it is. ``truncated``: half of the body comes, then the connection ends."""

    status: int
    body: object
    headers: tuple[tuple[str, str], ...] = ()
    truncated: bool = False

    def with_header(self, name: str, value: str) -> Reply:
        return evolve(self, headers=(*self.headers, (name, value)))


Handler = Callable[[Request], Awaitable[Reply | None]]


def endpoint(method: str, path: str, handler: Handler) -> Route:
    """A route that answers with what ``handler`` gives."""

    async def answer(request: Request) -> Response:
        reply = await handler(request)
        return Unanswered() if reply is None else response_of(reply)

    return Route(path, answer, methods=[method])


def response_of(reply: Reply) -> Response:
    text = reply.body if isinstance(reply.body, str) else dumps(reply.body)
    kind = "text/plain; charset=utf-8" if isinstance(reply.body, str) else _JSON
    made = Truncated if reply.truncated else Response
    return made(text, reply.status, dict(reply.headers), kind)


class Unanswered(Response):
    """Nothing, until the client has had enough; then the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with trio.move_on_after(_NEVER_S):
            while (await receive())["type"] != "http.disconnect":
                pass
        cut(scope)


class Cut(Response):
    """The connection ends at once, and nothing is said."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cut(scope)


class Truncated(Response):
    """Fewer bytes than the header of the length says, and the end of the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        cut(scope)


def cut(scope: Scope) -> None:
    """End the connection of a request with a reset."""
    scope["doorway"].cut(scope.get("client"))
