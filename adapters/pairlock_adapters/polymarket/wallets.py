"""The configured wallet: its private key, kept out of sight, and what its orders are signed with."""

from __future__ import annotations

import re

from coincurve import PrivateKey
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from pairlock.errors import UserError
from pairlock_adapters.net.secrets import Secret
from pairlock_adapters.polymarket.build import Wallet
from pairlock_adapters.polymarket.config import PolymarketConfig
from pairlock_adapters.polymarket.contracts import Domain, contracts_of
from pairlock_adapters.polymarket.sign.order import ZERO_WORD, OrderFields, SignatureType, signed_order

_KEY = re.compile(r"(0x)?[0-9a-fA-F]{64}", re.ASCII)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_WORD = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)


class Signer:
    """Signs orders of one wallet. Its repr shows the address alone."""

    def __init__(self, secret: Secret) -> None:
        text = secret.reveal().strip()
        if _KEY.fullmatch(text) is None:
            raise UserError(
                f"the private key of polymarket ({secret!r}) is not 64 hex digits; give the wallet's key"
            )
        try:
            key = PrivateKey(bytes.fromhex(text.removeprefix("0x")))
        except ValueError:
            key = None
        if key is None:  # raised here: an exception's context is printed too
            raise UserError(
                f"the private key of polymarket ({secret!r}) is no key of a wallet; give the wallet's key"
            )
        self._key = key
        self._account: LocalAccount = Account.from_key(text)
        self.address = str(self._account.address)

    def __repr__(self) -> str:
        return f"Signer({self.address})"

    def account(self) -> LocalAccount:
        """For L1, which creates and derives API keys."""
        return self._account

    def signed(self, order: OrderFields, domain: Domain) -> tuple[str, str]:
        """The order's id and its signature."""
        return signed_order(order, domain, self._key)


def wallet_of(config: PolymarketConfig, signer: Signer) -> Wallet:
    """Who trades. Raises UserError where funder and signature type do not go together."""
    kind, funder = config.signature_type, config.funder or signer.address
    if _ADDRESS.fullmatch(funder) is None:
        raise UserError("polymarket.funder is not an address; write 0x and 40 hex digits")
    own = funder.lower() == signer.address.lower()
    if own != (kind is SignatureType.EOA):
        raise UserError(
            "polymarket.funder must be the key's own address with signature_type 0, and the wallet's (proxy, Safe or"
            f" deposit) with 1, 2 or 3; signature_type is {int(kind)}"
        )
    if config.builder and _WORD.fullmatch(config.builder) is None:
        raise UserError(
            "polymarket.builder is not a builder code; write 0x and 64 hex digits, or leave it out"
        )
    builder = bytes.fromhex(config.builder.removeprefix("0x")) if config.builder else ZERO_WORD
    return Wallet(config.chain_id, kind, signer.address, str(to_checksum_address(funder)), builder=builder)


def identity_of(wallet: Wallet) -> str:
    """In words: all of the configuration that an order's id hangs on, and whose key signs."""
    chain = contracts_of(wallet.chain_id)
    parts = [
        f"wallet {wallet.funder}",
        f"signer {wallet.signer}",
        f"signature type {int(wallet.signature_type)}",
        f"chain {wallet.chain_id}",
        f"exchanges {'/'.join(chain.exchanges())}",
    ]
    words = {"metadata": wallet.metadata, "builder": wallet.builder}
    return " ".join(
        [*parts, *(f"{name} 0x{word.hex()}" for name, word in words.items() if word != ZERO_WORD)]
    )
