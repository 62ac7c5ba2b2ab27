"""Kalshi's API keys: RSA key pairs, and the signature that every private request must carry.

The signed text is the timestamp (ms), the method and the path without its query; never the body. RSA-PSS with SHA-256,
the salt as long as the digest. Source: Kalshi's public API documentation, autumn 2026.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping

from attrs import define, field, frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY, TIMESTAMP, SIGNATURE = "kalshi-access-key", "kalshi-access-timestamp", "kalshi-access-signature"
# How far a request's timestamp may be from the venue's clock.
MAX_SKEW_MS = 10_000
_BITS = 2048
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)


@frozen
class Login:
    """One API key. ``account``: whose it is; ``name`` as its owner calls it."""

    key_id: str
    account: str
    public_key: rsa.RSAPublicKey
    name: str = "laboratory"
    scopes: tuple[str, ...] = ("read", "write")


class Refused(Exception):
    """A request that is not signed as it must be; ``code`` and ``details`` in the venue's words."""

    def __init__(self, code: str, details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


def new_key() -> tuple[rsa.RSAPublicKey, bytes]:
    """A fresh pair: the public key, and the private one as PEM."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.public_key(), pem


@define
class Logins:
    """The keys that the venue knows, by key id; those revoked are refused."""

    known: dict[str, Login] = field(factory=dict)

    def add(self, login: Login) -> None:
        self.known[login.key_id] = login

    def revoke(self, key_id: str) -> bool:
        return self.known.pop(key_id, None) is not None

    def checked(self, method: str, path: str, headers: Mapping[str, str], now_wall_ms: int) -> Login:
        """Whose request it is. Raises Refused."""
        key_id, stamp, signature = (headers.get(name, "") for name in (KEY, TIMESTAMP, SIGNATURE))
        if not key_id or not stamp or not signature:
            raise Refused("authentication_error", "MISSING_HEADER")
        login = self.known.get(key_id)
        if login is None:
            raise Refused("authentication_error", "NOT_FOUND")
        if not stamp.isdecimal() or abs(int(stamp) - now_wall_ms) > MAX_SKEW_MS:
            raise Refused("authentication_error", "INCORRECT_API_KEY_TIMESTAMP")
        try:
            signed = b64decode(signature, validate=True)
            text = f"{stamp}{method}{path}".encode()
            login.public_key.verify(signed, text, _PSS, hashes.SHA256())
        except (binascii.Error, ValueError, InvalidSignature):
            raise Refused("authentication_error", "INCORRECT_API_KEY_SIGNATURE") from None
        return login
