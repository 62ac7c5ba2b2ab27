"""L2: the HMAC that every private call carries, over timestamp, method, path without query, and body.

The body is signed byte for byte as it is sent. The official Python client replaces single quotes in it by double ones
before it signs; our bodies hold none (a test), so both sign the same bytes.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from pairlock.errors import UserError


def decoded_secret(secret: str) -> bytes:
    """The HMAC key behind an API secret; ``UserError`` where it is not urlsafe base64. Never shows the secret."""
    try:
        return urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    except (binascii.Error, ValueError):
        raise UserError(
            "the API secret of the venue polymarket is not urlsafe base64: give the secret that came with the API key"
        ) from None


def l2_signature(key: bytes, timestamp_s: int, method: str, path: str, body: bytes = b"") -> str:
    """The signature in urlsafe base64."""
    message = f"{timestamp_s}{method}{path}".encode() + body
    return urlsafe_b64encode(hmac.digest(key, message, "sha256")).decode("ascii")


def l2_headers(
    *, address: str, api_key: str, passphrase: str, key: bytes, timestamp_s: int, method: str, path: str,
    body: bytes = b"",
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """Headers of a private call; ``key`` from ``decoded_secret``, ``address`` the signer's."""
    return (
        ("POLY_ADDRESS", address),
        ("POLY_SIGNATURE", l2_signature(key, timestamp_s, method, path, body)),
        ("POLY_TIMESTAMP", str(timestamp_s)),
        ("POLY_API_KEY", api_key),
        ("POLY_PASSPHRASE", passphrase),
    )
