"""Who trades in the laboratory: one account on each venue that holds the money; any others hold nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from attrs import frozen
from eth_account import Account

from pairlock_adapters.laboratory.settings import PolymarketSettings
from pairlock_adapters.laboratory.wallets import wallet_of

MAIN = "main"
_OWNER_ONLY = 0o600


@frozen
class PolymarketIdentity:
    """``private_key`` as 0x and 64 digits. ``funder`` holds the money: the key's own address for signature type 0,
    else a wallet that the key signs for."""

    private_key: str
    address: str
    funder: str
    signature_type: int
    chain_id: int


def polymarket_identity(seed: int, settings: PolymarketSettings, number: int = 0) -> PolymarketIdentity:
    """The main account (0), or another one; the same seed gives the same key."""
    private_key = "0x" + sha256(f"laboratory key {seed} {number}".encode()).hexdigest()
    address = str(Account.from_key(private_key).address)
    funder = wallet_of(address, settings.signature_type)
    return PolymarketIdentity(private_key, address, funder, settings.signature_type, settings.chain_id)


class KeyFolder:
    """Private keys as files that only the user can read; all of it goes when the laboratory does."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, content: bytes) -> str:
        """The file's absolute path."""
        path = self.path.joinpath(name)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        return str(path)


@contextmanager
def key_folder() -> Iterator[KeyFolder]:
    with tempfile.TemporaryDirectory(prefix="pairlock-sim-") as path:
        yield KeyFolder(Path(path).resolve())
