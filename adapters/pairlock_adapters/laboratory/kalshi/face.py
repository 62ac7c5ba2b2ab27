"""The Kalshi face as a whole: its app, its keys, and what a client must know of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.types import ASGIApp

from pairlock_adapters.laboratory.identities import MAIN
from pairlock_adapters.laboratory.kalshi.key_routes import key_routes
from pairlock_adapters.laboratory.kalshi.logins import Login, Logins, Refused, new_key
from pairlock_adapters.laboratory.kalshi.market_data import market_routes
from pairlock_adapters.laboratory.kalshi.more_data import more_routes
from pairlock_adapters.laboratory.kalshi.order_entry import order_routes
from pairlock_adapters.laboratory.kalshi.portfolio import portfolio_routes
from pairlock_adapters.laboratory.kalshi.rest import PREFIX
from pairlock_adapters.laboratory.kalshi.sockets import SOCKET_PATH, Hub
from pairlock_adapters.laboratory.kalshi.tape import Tape
from pairlock_adapters.simulated.effects import Condition
from pairlock_adapters.simulated.wire_order import WireOrder
from pairlock_adapters.simulated.worldgen import KALSHI

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.lab import Laboratory


class KalshiFace:
    """Over the laboratory's Kalshi exchange (``laboratory.face.Face``)."""

    def __init__(self, lab: Laboratory) -> None:
        self.lab = lab
        self.exchange = lab.world.exchanges[KALSHI]
        self.door = lab.door(KALSHI)
        self.logins = Logins()
        self.user_id = lab.ident("kalshi user")
        self.last_sent: dict[str, str] = {}  # the last order that was sent to each market, by intent id
        self.tape = Tape()
        self.fee_changes: list[dict[str, object]] = []
        self._others = 0
        self._keys = 0
        self.hub = Hub(self)
        self._main = self.make_login(MAIN)
        self.exchange.fill_id = lambda order, n: lab.ident("kalshi fill", order.venue_order_id, n)

    @property
    def venue(self) -> str:
        return KALSHI

    @cached_property
    def apps(self) -> Mapping[str, ASGIApp]:
        return {
            KALSHI: Starlette(
                routes=[
                    *more_routes(self),
                    *market_routes(self),
                    *portfolio_routes(self),
                    *order_routes(self),
                    *key_routes(self),
                    self.hub.route(),
                ]
            )
        }

    def ready(self, urls: Mapping[str, str]) -> dict[str, object]:
        url = urls[KALSHI]
        addresses = {"rest": url + PREFIX, "ws": url.replace("http://", "ws://", 1) + SOCKET_PATH}
        return addresses | self._main

    def pair(self, market: str) -> dict[str, object]:
        return {"kalshi_ticker": market}

    async def run(self) -> None:
        await self.hub.run()

    def market_id(self, ticker: str) -> str:
        return self.lab.ident("kalshi market", ticker)

    # Keys.

    def make_login(self, account: str) -> dict[str, object]:
        """A key for ``account``; what its client must know."""
        public_key, pem = new_key()
        key_id = self.new_key_id()
        self.logins.add(Login(key_id, account, public_key))
        path = self.lab.keys.write(f"kalshi-{key_id}.pem", pem)
        return {"key_id": key_id, "private_key_pem": path}

    def new_key_id(self) -> str:
        self._keys += 1
        return self.lab.ident("kalshi key", self._keys)

    def make_key(self) -> dict[str, object]:
        return self.make_login(MAIN)

    def make_identity(self) -> dict[str, object]:
        self._others += 1
        return self.make_login(f"other-{self._others}")

    def sent_by(self, order: WireOrder, login: Login | None) -> None:
        """Take note of an order that is about to be sent."""
        self.last_sent[order.market] = order.intent_id
        if login is not None:
            self.lab.revoked[KALSHI].signed(order.intent_id, login.key_id)

    def _no_key_is_taken(self) -> bool:
        """A condition of the whole venue, which control may set; a fault strikes one key only."""
        return self.exchange.is_in(Condition.KEY_REVOKED, self.exchange.timeline.now_ms())

    def login(self, method: str, path: str, headers: Mapping[str, str]) -> Login:
        """Whose request it is. Raises Refused."""
        login = self.logins.checked(method, path, headers, self.lab.clock.wall_ms())
        if login.key_id in self.lab.revoked[KALSHI] or self._no_key_is_taken():
            raise Refused("authentication_error", "NOT_FOUND")
        return login
