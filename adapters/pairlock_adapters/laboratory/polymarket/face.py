"""The Polymarket face of a laboratory: order book, Gamma and Data, each on a port of its own, and both sockets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import trio
from starlette.types import ASGIApp

from pairlock.model import Outcome
from pairlock_adapters.laboratory.identities import polymarket_identity
from pairlock_adapters.laboratory.polymarket.app import applications
from pairlock_adapters.laboratory.polymarket.catalog import token_of
from pairlock_adapters.laboratory.polymarket.desk import Desk
from pairlock_adapters.simulated.worldgen import POLYMARKET

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.identities import PolymarketIdentity
    from pairlock_adapters.laboratory.lab import Laboratory


class PolymarketFace:
    """Implements ``laboratory.face.Face``. The account's key of nonce 0 exists from the start."""

    def __init__(self, lab: Laboratory) -> None:
        self._lab = lab
        self._strangers = 0
        self._keys = 0
        self.desk = Desk(lab)
        self.desk.logins.create(self.desk.account.signer, 0)
        self.desk.exchange.fill_id = lambda order, n: lab.ident("polymarket trade", order.venue_order_id, n)
        self.apps: Mapping[str, ASGIApp] = applications(self.desk)

    @property
    def venue(self) -> str:
        return POLYMARKET

    def ready(self, urls: Mapping[str, str]) -> dict[str, object]:
        """What a client must know, its secrets included: they are worth nothing outside."""
        sockets = urls["clob"].replace("http://", "ws://", 1)
        return {
            **urls,
            "ws_market": f"{sockets}/ws/market",
            "ws_user": f"{sockets}/ws/user",
            **self._told(self._lab.polymarket_identity),
        }

    def _told(self, who: PolymarketIdentity) -> dict[str, object]:
        key = self.desk.logins.made(who.address, 0)
        return {
            "chain_id": who.chain_id,
            "private_key": who.private_key,
            "signature_type": who.signature_type,
            "funder": who.funder,
            "api_key": key.key,
            "secret": key.secret,
            "passphrase": key.passphrase,
        }

    def pair(self, market: str) -> dict[str, object]:
        return {
            "polymarket_condition_id": market,
            "yes_token": token_of(market, Outcome.YES),
            "no_token": token_of(market, Outcome.NO),
        }

    async def run(self) -> None:
        """Everything runs on the exchange's own timeline, or for a connection."""
        await trio.sleep_forever()

    def make_key(self) -> dict[str, object]:
        """The account's key of the next nonce."""
        self._keys += 1
        key = self.desk.logins.create(self.desk.account.signer, self._keys)
        return {"api_key": key.key, "secret": key.secret, "passphrase": key.passphrase}

    def make_identity(self) -> dict[str, object]:
        """A stranger with an API key, and without money."""
        self._strangers += 1
        who = polymarket_identity(self._lab.settings.seed, self._lab.settings.polymarket, self._strangers)
        self.desk.logins.create(who.address, 0)
        return self._told(who)
