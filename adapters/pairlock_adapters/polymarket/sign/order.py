"""An order's EIP-712 hash, which is its id at the venue, and its signature.

The struct is eleven fixed words, so its encoding is written out here: joining eleven 32-byte words and two Keccak-256
calls take some ten microseconds, where a general encoder of typed data takes hundreds. The tests hold every hash and
signature against both official clients. Domain separators never change and are kept.

A deposit wallet (signature type 3, ERC-1271) does not sign the order's own hash. It signs a ``TypedDataSign`` around
it (ERC-7739, in the form of the Solady library), and appends what the wallet needs to rebuild that: the application's
domain separator, the hash of the contents, their type and its length. All of it is computed offline.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from attrs import frozen
from coincurve import PrivateKey
from eth_utils.crypto import keccak

from pairlock_adapters.polymarket.contracts import DOMAIN_NAME, Domain

ZERO_WORD = bytes(32)

_DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_ORDER_TYPE = (
    b"Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,"
    b"uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
)
_WRAPPED_TYPE = (
    b"TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
    + _ORDER_TYPE
)
_DOMAIN_TYPE_HASH = keccak(_DOMAIN_TYPE)
_ORDER_TYPE_HASH = keccak(_ORDER_TYPE)
_WRAPPED_TYPE_HASH = keccak(_WRAPPED_TYPE)
_NAME_HASH = keccak(DOMAIN_NAME.encode())
_WALLET_HASHES = keccak(b"DepositWallet") + keccak(b"1")
_TYPE_TRAILER = _ORDER_TYPE + len(_ORDER_TYPE).to_bytes(2, "big")


class SignatureType(IntEnum):
    EOA = 0  # the key's own address holds the money
    PROXY = 1  # a Polymarket proxy wallet of the key
    SAFE = 2  # a Gnosis Safe of the key
    POLY_1271 = 3  # a deposit wallet: a contract that checks signatures itself


@frozen
class OrderFields:
    """What is signed. Addresses in hex, amounts in 1/1,000,000 (dollars and shares alike), time in ms."""

    salt: int
    maker: str
    signer: str
    token_id: int
    maker_amount: int
    taker_amount: int
    sells: bool
    signature_type: SignatureType
    timestamp_ms: int
    metadata: bytes = ZERO_WORD
    builder: bytes = ZERO_WORD


@lru_cache(maxsize=64)
def _address_word(address: str) -> bytes:
    return bytes(12) + bytes.fromhex(address.removeprefix("0x"))


@lru_cache(maxsize=64)
def domain_separator(domain: Domain) -> bytes:
    """The hash of the EIP-712 domain."""
    return keccak(
        _DOMAIN_TYPE_HASH
        + _NAME_HASH
        + keccak(domain.version.encode())
        + domain.chain_id.to_bytes(32, "big")
        + _address_word(domain.exchange)
    )


def _struct_hash(order: OrderFields) -> bytes:
    return keccak(
        b"".join((
            _ORDER_TYPE_HASH,
            order.salt.to_bytes(32, "big"),
            _address_word(order.maker),
            _address_word(order.signer),
            order.token_id.to_bytes(32, "big"),
            order.maker_amount.to_bytes(32, "big"),
            order.taker_amount.to_bytes(32, "big"),
            order.sells.to_bytes(32, "big"),
            order.signature_type.to_bytes(32, "big"),
            order.timestamp_ms.to_bytes(32, "big"),
            order.metadata,
            order.builder,
        ))
    )  # fmt: skip


def order_hash(order: OrderFields, domain: Domain) -> str:
    """The order's id at the venue, in hex, for any signature type: known before it is signed or sent."""
    return "0x" + keccak(b"\x19\x01" + domain_separator(domain) + _struct_hash(order)).hex()


def _signed(key: PrivateKey, digest: bytes) -> bytes:
    """65 bytes r, s, v with v 27 or 28, as Ethereum has it; deterministic (RFC 6979), low s."""
    found = key.sign_recoverable(digest, hasher=None)
    return found[:64] + bytes((27 + found[64],))


def signed_order(order: OrderFields, domain: Domain, key: PrivateKey) -> tuple[str, str]:
    """The order's id and its signature, both in hex."""
    separator, contents = domain_separator(domain), _struct_hash(order)
    digest = keccak(b"\x19\x01" + separator + contents)
    if order.signature_type is not SignatureType.POLY_1271:
        return "0x" + digest.hex(), "0x" + _signed(key, digest).hex()
    wrapped = keccak(
        _WRAPPED_TYPE_HASH
        + contents
        + _WALLET_HASHES
        + domain.chain_id.to_bytes(32, "big")
        + _address_word(order.signer)
        + ZERO_WORD
    )
    inner = _signed(key, keccak(b"\x19\x01" + separator + wrapped))
    return "0x" + digest.hex(), "0x" + (inner + separator + contents + _TYPE_TRAILER).hex()
