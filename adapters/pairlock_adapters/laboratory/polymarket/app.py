"""The services of the Polymarket face as ASGI applications: signatures checked, faults met, bodies written."""

from __future__ import annotations

from attrs import evolve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, WebSocketRoute

from pairlock.ports import OrderIntent
from pairlock_adapters.laboratory.polymarket.answers import reply
from pairlock_adapters.laboratory.polymarket.ask import Ask
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.laboratory.polymarket.refusal import INVALID_API_KEY, Refusal
from pairlock_adapters.laboratory.polymarket.routes import SERVICES, Route
from pairlock_adapters.laboratory.polymarket.socket_market import market_socket
from pairlock_adapters.laboratory.polymarket.socket_user import user_socket
from pairlock_adapters.laboratory.replies import Handler, Reply, endpoint
from pairlock_adapters.simulated.effects import NOTHING, Effect
from pairlock_adapters.simulated.rules import Raw


def applications(desk: Desk) -> dict[str, Starlette]:
    """``clob`` (with both sockets), ``gamma`` and ``data``, each to be served at the root of its own address."""
    apps = {}
    for name, routes in SERVICES.items():
        found: list[BaseRoute] = [endpoint(each.method, each.path, _handler(desk, each)) for each in routes]
        if name == "clob":
            found.append(WebSocketRoute("/ws/market", market_socket(desk)))
            found.append(WebSocketRoute("/ws/user", user_socket(desk)))
        apps[name] = Starlette(routes=found)
    return apps


def _handler(desk: Desk, route: Route) -> Handler:
    async def answers(request: Request) -> Reply | None:
        body = await request.body()
        try:
            return await _answer(desk, route, request, body)
        except Refusal as refused:
            return reply(Raw(refused.status, refused.body))

    return answers


async def _answer(desk: Desk, route: Route, request: Request, body: bytes) -> Reply | None:
    key = None
    if route.private:
        path = str(request.scope["path"])
        key = desk.logins.asks(request.headers, request.method, path, body, desk.wall_ms())
        if key.key in desk.revoked:
            raise Refusal(401, INVALID_API_KEY)
    ask = Ask(request.path_params, request.query_params.multi_items(), body, request.headers, key, request)
    if route.done is not None:
        return await route.done(desk, ask)
    assert route.told is not None
    effect = await _read(desk, route, ask)
    told = route.told(desk, evolve(ask, effect=effect))
    return reply(Raw(200, told))


async def _read(desk: Desk, route: Route, ask: Ask) -> Effect:
    """One round trip to the venue; ``Refusal`` where a fault gives no answer."""
    effect = NOTHING
    if route.what != "key":
        market = ask.one("market") or ask.path.get("condition_id", "")
        latency = desk.door.latency.ping if route.what == "ping" else None
        of_shares = route.what == "balance" and ask.one("asset_type") != "COLLATERAL"
        effect, _ = await desk.door.read(
            "sellable" if of_shares else route.what,
            _concerned(desk, route, ask),
            market=market,
            latency=latency,
        )
    if effect.read_error:
        status, _, text = effect.read_error.partition(" ")
        raise Refusal(int(status) if status.isdecimal() else 502, text or effect.read_error)
    return effect


def _concerned(desk: Desk, route: Route, ask: Ask) -> OrderIntent | None:
    """The order that a read is about: the one it names, else the last one of the market it names."""
    if route.what != "order":
        return None
    if "order_id" in ask.path:
        return desk.sent(ask.path["order_id"])
    state = desk.exchange.markets.get(ask.one("market"))
    last = next(reversed(state.orders.values()), None) if state is not None else None
    return None if last is None else last.intent(desk.exchange.name)
