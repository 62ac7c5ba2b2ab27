"""REST of the Kalshi face: who asks, and errors in the venue's words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from attrs import frozen
from starlette.requests import Request
from starlette.routing import Route

from pairlock_adapters.laboratory.kalshi.logins import Login, Refused
from pairlock_adapters.laboratory.replies import Reply, endpoint
from pairlock_adapters.simulated.effects import Condition, Effect

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

PREFIX = "/trade-api/v2"
_OPENING_CODES = {
    400: "bad_request",
    401: "authentication_error",
    404: "not_found",
    405: "method_not_allowed",
}


def error(status: int, code: str, details: str = "") -> Reply:
    """An error in the nested form (the flat one is documented too: clients must accept both)."""
    body = {
        "error": {"code": code, "message": code.replace("_", " "), "details": details, "service": "trade"}
    }
    return Reply(status, body)


class Wrong(Exception):
    """A request that cannot be understood; it is answered with ``reply``."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def wrong(code: str, details: str = "") -> Wrong:
    return Wrong(error(400, code, details))


@frozen
class Call:
    """One request that was let in. ``login`` None: an open endpoint."""

    request: Request
    login: Login | None = None

    @property
    def is_main(self) -> bool:
        """Whether it is the account that holds the money."""
        return self.login is not None and self.login.account == "main"

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default)

    def whole(self, name: str, default: int, *, least: int = 0, most: int = 2**62) -> int:
        """A query parameter that is a whole number. Raises Wrong."""
        text = self.query(name)
        if not text:
            return default
        if not text.isdecimal() or not least <= int(text) <= most:
            raise wrong("invalid_parameters", f"{name} must be a whole number from {least} to {most}")
        return int(text)

    async def body(self) -> dict[str, object]:
        """The body as a JSON object. Raises Wrong."""
        try:
            # Numbers with a point stay texts: money is a string on this venue, and nothing else is read.
            plain = json.loads(await self.request.body() or b"{}", parse_float=str)
        except (ValueError, RecursionError):
            raise wrong("invalid_json") from None
        if not isinstance(plain, dict):
            raise wrong("invalid_json", "an object is expected")
        return plain


Handled = Callable[[Call], Awaitable[Reply | None]]


def open_route(method: str, path: str, handler: Handled) -> Route:
    """An endpoint that asks for no key."""

    async def handle(request: Request) -> Reply | None:
        try:
            return await handler(Call(request))
        except Wrong as error:
            return error.reply

    return endpoint(method, PREFIX + path, handle)


def private_route(face: KalshiFace, method: str, path: str, handler: Handled) -> Route:
    """An endpoint for whoever signs with a key that the venue knows."""

    async def handle(request: Request) -> Reply | None:
        try:
            login = face.login(request.method, request.url.path, request.headers)
        except Refused as refused:
            return error(401, refused.code, refused.details)
        try:
            return await handler(Call(request, login))
        except Wrong as wrong:
            return wrong.reply

    return endpoint(method, PREFIX + path, handle)


def unread(face: KalshiFace, effect: Effect) -> Reply | None:
    """What a read is answered with where a fault gives no answer."""
    if not effect.read_error:
        return None
    if effect.read_shut:
        return error(503, "exchange_is_paused")
    return Reply(502, effect.read_error.removeprefix("502 "))


def revoked(face: KalshiFace) -> bool:
    """Whether the venue takes no key at all now."""
    return face.exchange.is_in(Condition.KEY_REVOKED, face.exchange.timeline.advance())
