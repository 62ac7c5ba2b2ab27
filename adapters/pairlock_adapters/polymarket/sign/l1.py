"""L1: the wallet's own signature that creates or derives API keys (EIP-712 ``ClobAuthDomain``, version 1).

Rare and not urgent, so the general encoder of eth-account does it.
"""

from __future__ import annotations

from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

_MESSAGE = "This message attests that I control the given wallet"
_TYPES = {
    "ClobAuth": [
        {"name": "address", "type": "address"},
        {"name": "timestamp", "type": "string"},
        {"name": "nonce", "type": "uint256"},
        {"name": "message", "type": "string"},
    ]
}


def l1_headers(
    account: LocalAccount, *, chain_id: int, timestamp_s: int, nonce: int = 0
) -> tuple[tuple[str, str], ...]:
    """Headers of a request that creates or derives an API key; ``nonce`` numbers the keys of one wallet."""
    message = encode_typed_data(
        {"name": "ClobAuthDomain", "version": "1", "chainId": chain_id},
        _TYPES,
        {"address": account.address, "timestamp": str(timestamp_s), "nonce": nonce, "message": _MESSAGE},
    )
    signature = account.sign_message(message).signature.hex()
    return (
        ("POLY_ADDRESS", account.address),
        ("POLY_SIGNATURE", "0x" + signature.removeprefix("0x")),
        ("POLY_TIMESTAMP", str(timestamp_s)),
        ("POLY_NONCE", str(nonce)),
    )
