"""Kalshi's signatures: RSA-PSS over time, method and path; neither query nor body is signed.

So a set of headers for a path that is known beforehand can be signed before it is needed: `Presigned` keeps one fresh
set for each such path, and makes the next one outside the hurry (a signature takes about a millisecond).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

from attrs import frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pairlock.errors import UserError

Headers = tuple[tuple[str, str], ...]

_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
# A presigned set is used for at most this long; Kalshi takes timestamps that are some seconds old.
FRESH_MS = 2_000


@frozen(repr=False)
class Signer:
    """One API key. Nothing of the private key is ever shown."""

    key_id: str
    private_key: rsa.RSAPrivateKey

    def __repr__(self) -> str:
        return f"Signer({self.key_id!r})"

    def headers(self, wall_ms: int, method: str, path: str) -> Headers:
        """The three headers. ``path`` is the whole one, from ``/trade-api`` on; a query is cut off."""
        message = f"{wall_ms}{method}{path.partition('?')[0]}".encode()
        signature = self.private_key.sign(message, _PSS, hashes.SHA256())
        return (
            ("KALSHI-ACCESS-KEY", self.key_id),
            ("KALSHI-ACCESS-TIMESTAMP", str(wall_ms)),
            ("KALSHI-ACCESS-SIGNATURE", b64encode(signature).decode()),
        )


def signer(key_id: str, pem: bytes) -> Signer:
    """A signer of a private key in PEM. ``UserError`` without a word of the key where it is not one."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UserError(
            f"the private key of the Kalshi key {key_id!r} is not an unencrypted RSA key in PEM;"
            " give the file that Kalshi let you download."
        )
    return Signer(key_id, key)


class Presigned:
    """Headers that lie ready for the paths that are in a hurry. ``wall_ms`` is the venue's time as we know it."""

    def __init__(self, found: Signer, wall_ms: Callable[[], int], paths: tuple[tuple[str, str], ...]) -> None:
        self._signer = found
        self._wall_ms = wall_ms
        self._ready: dict[tuple[str, str], tuple[int, Headers]] = {}
        self._paths = paths

    def refresh(self) -> None:
        """Sign anew whatever is half way to being stale; called in quiet moments."""
        now_ms = self._wall_ms()
        for key in self._paths:
            signed_ms, _ = self._ready.get(key, (None, ()))
            if signed_ms is None or not 0 <= now_ms - signed_ms < FRESH_MS // 2:
                self._ready[key] = (now_ms, self._signer.headers(now_ms, *key))

    def take(self, method: str, path: str) -> Headers:
        """Headers for a request that is written now: a fresh set if one lies ready, else signed here."""
        now_ms = self._wall_ms()
        signed_ms, ready = self._ready.pop((method, path), (None, ()))
        if signed_ms is not None and 0 <= now_ms - signed_ms < FRESH_MS:
            return ready
        return self._signer.headers(now_ms, method, path)
