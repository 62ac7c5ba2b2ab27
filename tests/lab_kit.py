"""A laboratory for tests, and clients of it that sign by themselves: nothing here is the adapters' code."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import trio
from attrs import define, evolve
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pairlock_adapters.laboratory.lab import Laboratory, open_laboratory
from pairlock_adapters.laboratory.names import Names
from pairlock_adapters.laboratory.settings import LabSettings, default_pairs
from pairlock_adapters.simulated.clock import RealClock
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.scripts import Script

PATH = "/trade-api/v2"


@asynccontextmanager
async def laboratory(
    *faults: Fault, names: Names | None = None, settings: LabSettings | None = None
) -> AsyncIterator[Laboratory]:
    """On real time, with the default pairs."""
    own = settings or LabSettings(pairs=default_pairs(1))
    own = evolve(own, script=Script(faults)) if faults else own
    async with open_laboratory(own, RealClock(), names=names) as lab:
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
