"""A laboratory for tests, and clients of it that sign by themselves: nothing here is the adapters' code."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import trio
from attrs import define, evolve
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from trio_websocket import WebSocketConnection, wrap_client_stream

from pairlock_adapters.laboratory.lab import Laboratory, open_laboratory
from pairlock_adapters.laboratory.names import Names
from pairlock_adapters.laboratory.settings import LabSettings, default_pairs
from pairlock_adapters.simulated.clock import RealClock, VirtualClock
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import Script

PATH = "/trade-api/v2"


@asynccontextmanager
async def laboratory(
    *faults: Fault,
    names: Names | None = None,
    settings: LabSettings | None = None,
    clock: VirtualClock | None = None,
) -> AsyncIterator[Laboratory]:
    """With the default pairs; on real time, if no other clock is given (``VirtualClock`` under ``run_scaled``)."""
    own = settings or LabSettings(pairs=default_pairs(1))
    own = evolve(own, script=Script(faults)) if faults else own
    async with open_laboratory(own, clock or RealClock(), names=names) as lab:
        yield lab


@define
class KalshiClient:
    """Speaks to the Kalshi face; signs each request anew."""

    http: httpx.AsyncClient
    rest: str
    key_id: str
    key: rsa.RSAPrivateKey
    lab: Laboratory

    def headers(self, method: str, path: str, *, stamp_ms: int | None = None) -> dict[str, str]:
        stamp = str(self.lab.clock.wall_ms() if stamp_ms is None else stamp_ms)
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)
        signature = self.key.sign(f"{stamp}{method}{path}".encode(), pss, hashes.SHA256())
        return {
            "KALSHI-ACCESS-KEY": self.key_id,
            "KALSHI-ACCESS-TIMESTAMP": stamp,
            "KALSHI-ACCESS-SIGNATURE": b64encode(signature).decode(),
        }

    async def call(self, method: str, path: str, body: object = None, **query: Any) -> httpx.Response:
        """One signed request; ``path`` behind the prefix."""
        return await self.http.request(
            method, self.rest + path, params=query, headers=self.headers(method, PATH + path),
            json=body if body is not None else None,
        )  # fmt: skip

    async def get(self, path: str, **query: Any) -> Any:
        """The body of a read that must succeed."""
        answer = await self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()


def kalshi_ready(lab: Laboratory) -> dict[str, Any]:
    return json.loads(json.dumps(lab.ready["kalshi"]), parse_float=str)  # type: ignore[no-any-return]


@asynccontextmanager
async def kalshi_client(lab: Laboratory, ready: dict[str, Any] | None = None) -> AsyncIterator[KalshiClient]:
    """With the main key, or that of another identity."""
    own = kalshi_ready(lab)
    who = own | (ready or {})
    pem = await trio.Path(who["private_key_pem"]).read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
        yield KalshiClient(http, own["rest"], who["key_id"], key, lab)


class Socket:
    """One connection to the Kalshi face; reads frames as they come."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._commands = 0

    async def command(self, cmd: str, **params: Any) -> int:
        self._commands += 1
        body = {"id": self._commands, "cmd": cmd, "params": params}
        await self._connection.send_message(json.dumps(body))
        return self._commands

    async def next(self, kind: str = "", *, within_s: float = 5) -> dict[str, Any]:
        """The next frame of that type (of any, if none is named)."""
        with trio.fail_after(within_s):
            while True:
                frame = json.loads(await self._connection.get_message(), parse_float=str)
                if kind in ("", frame["type"]):
                    return frame  # type: ignore[no-any-return]

    async def quiet(self, kind: str, for_s: float) -> bool:
        """Whether no frame of that type comes for a while."""
        with trio.move_on_after(for_s):
            await self.next(kind, within_s=for_s * 10)
            return False
        return True


@asynccontextmanager
async def kalshi_socket(client: KalshiClient) -> AsyncIterator[Socket]:
    """Signed, and connected."""
    url = kalshi_ready(client.lab)["ws"]
    path = "/trade-api/ws/v2"
    signed = [(name, value) for name, value in client.headers("GET", path).items()]
    async with websocket(url, signed) as connection:
        yield Socket(connection)


@asynccontextmanager
async def websocket(url: str, headers: Sequence[tuple[str, str]] = ()) -> AsyncIterator[WebSocketConnection]:
    """A connection whose stream is closed whatever happens (the library leaks that of a failed handshake)."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    stream = await trio.open_tcp_stream(parts.hostname, parts.port)
    try:
        async with trio.open_nursery() as nursery:
            connection = await wrap_client_stream(
                nursery, stream, parts.netloc, parts.path, extra_headers=[(n.encode(), v.encode()) for n, v in headers]
            )  # fmt: skip
            yield connection
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise
    finally:
        await trio.aclose_forcefully(stream)
