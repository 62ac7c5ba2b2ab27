"""The services of the Polymarket face as ASGI applications: signatures checked, faults met, bodies written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.routing import Route as AsgiRoute

from pairlock.ports import OrderIntent
from pairlock_adapters.laboratory.polymarket.ask import Ask
from pairlock_adapters.laboratory.polymarket.face import Face
from pairlock_adapters.laboratory.polymarket.json_text import written
from pairlock_adapters.laboratory.polymarket.refusal import INVALID_API_KEY, Refusal
from pairlock_adapters.laboratory.polymarket.routes import SERVICES, Route
from pairlock_adapters.laboratory.polymarket.socket_market import market_socket
from pairlock_adapters.laboratory.polymarket.socket_user import user_socket
from pairlock_adapters.simulated.effects import NOTHING, Condition, Effect
from pairlock_adapters.simulated.rules import Raw

Endpoint = Callable[[Request], Awaitable[Response]]


def applications(face: Face) -> dict[str, Starlette]:
    """``clob`` (with both sockets), ``gamma`` and ``data``, each to be served at the root of its own address."""
    apps = {}
    for name, routes in SERVICES.items():
        found: list[BaseRoute] = [
            AsgiRoute(route.path, _endpoint(face, route), methods=[route.method]) for route in routes
        ]
        if name == "clob":
            found.append(WebSocketRoute("/ws/market", market_socket(face)))
            found.append(WebSocketRoute("/ws/user", user_socket(face)))
        apps[name] = Starlette(routes=found)
    return apps


def _endpoint(face: Face, route: Route) -> Endpoint:
    async def answers(request: Request) -> Response:
        body = await request.body()
        try:
            raw = await _raw(face, route, request, body)
        except Refusal as refused:
            raw = Raw(refused.status, refused.body)
        return response(raw) if raw is not None else Response(status_code=599)

    return answers


async def _raw(face: Face, route: Route, request: Request, body: bytes) -> Raw | None:
    key = None
    if route.private:
        path = str(request.scope["path"])
        key = face.logins.asks(request.headers, request.method, path, body, face.wall_ms())
    ask = Ask(request.path_params, request.query_params.multi_items(), body, request.headers, key)
    if route.done is not None:
        return await route.done(face, ask)
    assert route.told is not None
    effect = await _read(face, route, ask)
    told = route.told(face, Ask(ask.path, ask.query, ask.body, ask.headers, ask.key, effect))
    return Raw(200, told)


async def _read(face: Face, route: Route, ask: Ask) -> Effect:
    """One round trip to the venue; ``Refusal`` where a fault, or a revoked key, gives no answer."""
    intent = _concerned(face, route, ask)
    market = ask.one("market") or ask.path.get("condition_id", "")
    latency = face.door.latency.ping if route.what == "ping" else None
    if route.what == "key":
        effect = NOTHING
    else:
        effect, _ = await face.door.read(route.what, intent, market=market, latency=latency)
    if effect.read_error:
        status, _, text = effect.read_error.partition(" ")
        raise Refusal(int(status) if status.isdecimal() else 502, text or effect.read_error)
    if route.private and face.is_in(Condition.KEY_REVOKED):
        raise Refusal(401, INVALID_API_KEY)
    return effect


def _concerned(face: Face, route: Route, ask: Ask) -> OrderIntent | None:
    """The order that a read is about: the one it names, else the last one of the market it names."""
    if route.what != "order":
        return None
    if "order_id" in ask.path:
        return face.sent(ask.path["order_id"])
    market = ask.one("market")
    state = face.exchange.markets.get(market)
    last = next(reversed(state.orders.values()), None) if state is not None and state.orders else None
    return None if last is None else last.intent(face.exchange.name)


def response(raw: Raw) -> Response:
    """A whole answer: JSON, or the text that a gateway says."""
    headers = {}
    if raw.status == 425:
        headers["Retry-After"] = "1"
    elif isinstance(raw.body, dict) and "retry_after_seconds" in raw.body:
        headers["Retry-After"] = str(raw.body["retry_after_seconds"])
    if isinstance(raw.body, str) and raw.status >= 300:
        return Response(raw.body, raw.status, headers, "text/plain")
    return Response(written(raw.body), raw.status, headers, "application/json")
