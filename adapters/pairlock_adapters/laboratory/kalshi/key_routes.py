"""API keys over the API itself: listed, made, brought along, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from starlette.routing import Route

from pairlock_adapters.laboratory.kalshi.logins import Login, new_key
from pairlock_adapters.laboratory.kalshi.rest import Call, error, private_route, wrong
from pairlock_adapters.laboratory.kalshi.wire_orders import text_of
from pairlock_adapters.laboratory.replies import Reply

if TYPE_CHECKING:
    from pairlock_adapters.laboratory.kalshi.face import KalshiFace

_SCOPES = ("read", "write")


def key_routes(face: KalshiFace) -> list[Route]:
    keys = Keys(face)
    return [
        private_route(face, "GET", "/api_keys", keys.listed),
        private_route(face, "POST", "/api_keys", keys.brought),
        private_route(face, "POST", "/api_keys/generate", keys.made),
        private_route(face, "DELETE", "/api_keys/{api_key}", keys.revoked),
    ]


class Keys:
    """Of whichever account asks; each account sees its own."""

    def __init__(self, face: KalshiFace) -> None:
        self._face = face

    async def listed(self, call: Call) -> Reply:
        assert call.login is not None
        rows = [
            {"api_key_id": login.key_id, "name": login.name, "scopes": list(login.scopes)}
            for login in self._face.logins.known.values()
            if login.account == call.login.account
        ]
        return Reply(200, {"api_keys": rows})

    async def brought(self, call: Call) -> Reply:
        body = await call.body()
        try:
            key = load_pem_public_key(text_of(body, "public_key").encode())
        except (ValueError, UnsupportedAlgorithm):
            raise wrong("invalid_parameters", "public_key must be a PEM") from None
        if not isinstance(key, rsa.RSAPublicKey):
            raise wrong("invalid_parameters", "public_key must be of RSA")
        return Reply(201, {"api_key_id": self._added(call, body, key)})

    async def made(self, call: Call) -> Reply:
        body = await call.body()
        key, pem = new_key()
        return Reply(201, {"api_key_id": self._added(call, body, key), "private_key": pem.decode()})

    def _added(self, call: Call, body: dict[str, object], key: rsa.RSAPublicKey) -> str:
        assert call.login is not None
        name, scopes = text_of(body, "name"), body.get("scopes", list(_SCOPES))
        if not isinstance(scopes, list) or not scopes or not all(scope in _SCOPES for scope in scopes):
            raise wrong("invalid_parameters", "scopes must be of read and write")
        key_id = self._face.new_key_id()
        self._face.logins.add(Login(key_id, call.login.account, key, name, tuple(scopes)))
        return key_id

    async def revoked(self, call: Call) -> Reply:
        assert call.login is not None
        login = self._face.logins.known.get(call.part("api_key"))
        if login is None or login.account != call.login.account:
            return error(404, "api_key_not_found")
        self._face.logins.revoke(login.key_id)
        return Reply(204, "")
