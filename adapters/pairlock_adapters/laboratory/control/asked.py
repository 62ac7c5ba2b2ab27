"""What control was asked, checked: every mistake is one sentence that says what to mend."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from pairlock.errors import UserError
from pairlock_adapters.laboratory.names import condition_id, event_name, kalshi_ticker
from pairlock_adapters.laboratory.replies import Reply, endpoint
from pairlock_adapters.simulated.exchange import Exchange
from pairlock_adapters.simulated.fault_parameters import Range
from pairlock_adapters.simulated.state import MarketState
from pairlock_adapters.simulated.worldgen import KALSHI, POLYMARKET

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_KINDS = ("application/json", "application/toml")
_EVENT = "event-"

Handled = Callable[[Request], Awaitable[object]]


def control_route(method: str, path: str, handler: Handled) -> Route:
    """A route whose handler gives the body of a 200; a ``UserError`` is a 400 of one sentence."""

    async def handle(request: Request) -> Reply:
        refused = _refused(request)
        if refused:
            return Reply(403, {"error": refused})
        try:
            return Reply(200, await handler(request))
        except UserError as error:
            return Reply(400, {"error": " ".join(str(error).split())})

    return endpoint(method, path, handle)


def _refused(request: Request) -> str:
    """Why a request is not let in: a web page that a browser shows must not be able to drive the laboratory."""
    host = request.headers.get("host", "").rpartition(":")[0]
    if host not in _LOOPBACK:
        return "the Host must be this machine's loopback address"
    if "origin" in request.headers:
        return "requests of web pages are not taken"
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if request.method in ("POST", "PUT") and kind not in _KINDS:
        return f"the Content-Type must be {' or '.join(_KINDS)}"
    return ""


async def body_of(request: Request, *keys: str) -> dict[str, Any]:
    """The body as a JSON object with no other keys than these. Raises UserError."""
    try:
        body = json.loads(await request.body() or b"{}", parse_float=str)
    except (ValueError, RecursionError) as error:
        raise UserError(f"the body is not JSON ({error}); send an object") from None
    if not isinstance(body, dict):
        raise UserError("the body is not an object; send one")
    for key in body:
        if key not in keys:
            raise UserError(f"{key!r} is no key of this request; use {', '.join(keys)}")
    return body


def choice(body: Mapping[str, Any], key: str, allowed: tuple[str, ...], default: str = "") -> str:
    value = body.get(key, default)
    if value not in allowed:
        raise UserError(f"{key} is {value!r}; use one of {', '.join(each for each in allowed if each)}")
    return str(value)


def whole(body: Mapping[str, Any], key: str, allowed: Range, default: int | None = None) -> int:
    value = body.get(key, default)
    problem = allowed.refuses(value)
    if problem:
        raise UserError(f"{key} is {value!r}, which {problem}")
    return int(value)  # the range refuses what is no integer


def event_of(body: Mapping[str, Any]) -> str:
    """The event's name, from its id, or its market on either venue."""
    given = body.get("event_id", body.get("market"))
    if not isinstance(given, str) or not given:
        raise UserError("event_id is missing; give it, or the market on either venue as market")
    if given.startswith(_EVENT):
        return given.removeprefix(_EVENT)
    try:
        return event_name(given)
    except ValueError:
        raise UserError(f"{given!r} is no event_id and no market; see `pairs` of GET /ready") from None


def market_on(lab: Laboratory, venue: str, event: str) -> tuple[Exchange, MarketState]:
    """The event's market on a venue, if it is not over. Raises UserError."""
    exchange = lab.world.exchanges[venue]
    market = kalshi_ticker(event) if venue == KALSHI else _condition(event)
    state = exchange.markets.get(market)
    if state is None:
        raise UserError(f"there is no event {event!r} on {venue}, or it is over; see `pairs` of GET /ready")
    return exchange, state


def _condition(event: str) -> str:
    try:
        return condition_id(event)
    except ValueError as error:
        raise UserError(f"{error}; see `pairs` of GET /ready") from None


def venues_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The venue that is named, or both."""
    venue = choice(body, "venue", ("", KALSHI, POLYMARKET))
    return (venue,) if venue else (KALSHI, POLYMARKET)


def venue_of(body: Mapping[str, Any]) -> str:
    if not body.get("venue"):
        raise UserError(f"venue is missing; use {KALSHI} or {POLYMARKET}")
    return choice(body, "venue", (KALSHI, POLYMARKET))
