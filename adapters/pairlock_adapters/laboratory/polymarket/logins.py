"""Who asks: logins signed by an address's key (L1), API keys made of them, and requests signed with an API key (L2).

Anybody may make keys, as at the venue; only one address owns the money of the laboratory's account. Keys are a pure
function of (seed, address, nonce), so deriving one again gives the same, also after a restart.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from hashlib import sha256

from attrs import frozen

from pairlock_adapters.laboratory.polymarket.hashing import signer_of_login
from pairlock_adapters.laboratory.polymarket.refusal import INVALID_API_KEY, INVALID_L1, Refusal

# How far a request's clock may be off ours.
CLOCK_TOLERANCE_MS = 60_000
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_HEX = re.compile(r"0x([0-9a-fA-F]{2})*", re.ASCII)


@frozen
class ApiKey:
    """``secret`` is urlsafe base64; ``address`` lower case."""

    key: str
    secret: str
    passphrase: str
    address: str

    def __repr__(self) -> str:
        return f"ApiKey({self.key})"

    def told(self) -> dict[str, object]:
        """The answer to its creation."""
        return {"apiKey": self.key, "secret": self.secret, "passphrase": self.passphrase}


class Logins:
    """The API keys of one laboratory. ``seed``: of its secrets."""

    def __init__(self, seed: str, chain_id: int) -> None:
        self._seed = seed
        self._chain_id = chain_id
        self._keys: dict[str, ApiKey] = {}

    def made(self, address: str, nonce: int) -> ApiKey:
        """The key of (address, nonce), whether or not it exists."""
        address = address.lower()

        def part(name: str) -> bytes:
            return sha256(f"{self._seed}:{name}:{address}:{nonce}".encode()).digest()

        digits = part("key").hex()
        key = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
        secret = base64.urlsafe_b64encode(part("secret")).decode()
        return ApiKey(key, secret, part("passphrase").hex(), address)

    def create(self, address: str, nonce: int) -> ApiKey:
        """A new key; ``Refusal`` where it exists."""
        made = self.made(address, nonce)
        if made.key in self._keys:
            raise Refusal(400, "Could not create api key")
        self._keys[made.key] = made
        return made

    def derive(self, address: str, nonce: int) -> ApiKey:
        """A key that exists; ``Refusal`` where it does not."""
        made = self.made(address, nonce)
        if made.key not in self._keys:
            raise Refusal(400, "Could not derive api key!")
        return made

    def of_address(self, address: str) -> list[str]:
        return [each.key for each in self._keys.values() if each.address == address]

    def delete(self, key: ApiKey) -> None:
        self._keys.pop(key.key, None)

    def login(self, headers: Mapping[str, str], wall_ms: int) -> tuple[str, int]:
        """(address, nonce) of a request with L1 headers; ``Refusal`` 401 if they are not good."""
        address, stamp = headers.get("poly_address", ""), headers.get("poly_timestamp", "")
        nonce, signature = headers.get("poly_nonce", "0"), headers.get("poly_signature", "")
        well_formed = (
            _ADDRESS.fullmatch(address)
            and _DIGITS.fullmatch(stamp)
            and _DIGITS.fullmatch(nonce)
            and _HEX.fullmatch(signature)
        )
        if not well_formed or abs(int(stamp) * 1000 - wall_ms) > CLOCK_TOLERANCE_MS:
            raise Refusal(401, INVALID_L1)
        signed = signer_of_login(address, stamp, int(nonce), bytes.fromhex(signature[2:]), self._chain_id)
        if signed != address.lower():
            raise Refusal(401, INVALID_L1)
        return signed, int(nonce)

    def asks(self, headers: Mapping[str, str], method: str, path: str, body: bytes, wall_ms: int) -> ApiKey:
        """The key that signed a request (L2); ``Refusal`` 401 if none did. ``path`` without its query."""
        found = self._keys.get(headers.get("poly_api_key", ""))
        stamp = headers.get("poly_timestamp", "")
        if found is None or not _DIGITS.fullmatch(stamp):
            raise Refusal(401, INVALID_API_KEY)
        message = f"{stamp}{method}{path}".encode() + body
        expected = base64.urlsafe_b64encode(
            hmac.digest(base64.urlsafe_b64decode(found.secret), message, "sha256")
        ).decode()
        good = (
            hmac.compare_digest(expected.encode(), headers.get("poly_signature", "").encode())
            and self.knows(found.key, found.secret, headers.get("poly_passphrase", "")) is not None
            and headers.get("poly_address", "").lower() == found.address
            and abs(int(stamp) * 1000 - wall_ms) <= CLOCK_TOLERANCE_MS
        )
        if not good:
            raise Refusal(401, INVALID_API_KEY)
        return found

    def knows(self, key: str, secret: str, passphrase: str) -> ApiKey | None:
        """The key, if the three parts (as a socket sends them) belong together."""
        found = self._keys.get(key)
        if found is None:
            return None
        same = hmac.compare_digest(found.secret.encode(), secret.encode()) and hmac.compare_digest(
            found.passphrase.encode(), passphrase.encode()
        )
        return found if same else None
