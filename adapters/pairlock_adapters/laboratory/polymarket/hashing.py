"""EIP-712 hashes of what Polymarket has signed: orders (exchange versions 2 and 3) and logins; and who signed them.

Written from EIP-712, ERC-7739 (wallets that are contracts) and the venue's published types, and not with the code of
our own client: a laboratory that shared it could never disagree with it. Bytes in, bytes out; addresses are lower case.
"""

from __future__ import annotations

from attrs import frozen
from coincurve import PublicKey
from eth_utils.crypto import keccak

ORDER_TYPE = (
    "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,"
    "uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
)
_AUTH_TYPE = "ClobAuth(address address,string timestamp,uint256 nonce,string message)"
_AUTH_MESSAGE = "This message attests that I control the given wallet"
_DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_AUTH_DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId)"
_NESTED_TYPE = (
    "TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
    + ORDER_TYPE
)
_ORDER_TYPE_HASH = keccak(text=ORDER_TYPE)
_NESTED_TYPE_HASH = keccak(text=_NESTED_TYPE)
_AUTH_TYPE_HASH = keccak(text=_AUTH_TYPE)
_WALLET = keccak(text="DepositWallet") + keccak(text="1")
_SIGNATURE_BYTES = 65
_WORD = 2**256

STANDARD_EXCHANGE = "0xe111180000d2663c0091e4f400237545b87b996b"
NEG_RISK_EXCHANGE = "0xe2222d279d744050d28e00520010520000310f59"
EXCHANGE_V3 = {
    137: "0xe3333700ca9d93003f00f0f71f8515005f6c00aa",
    80002: "0x9fe6e61422adb6f610d8597f9684b16912d50c3d",
}
_NEW_POSITION_BITS = (2**64 - 1) << 40


@frozen
class SignedOrder:
    """The fields of an order that are signed. ``side``: 0 buys, 1 sells. Amounts in 1/1,000,000."""

    salt: int
    maker: str
    signer: str
    token_id: int
    maker_amount: int
    taker_amount: int
    side: int
    signature_type: int
    timestamp_ms: int
    metadata: bytes
    builder: bytes


def is_new_position(token_id: int) -> bool:
    """Whether the token belongs to exchange version 3."""
    return token_id & _NEW_POSITION_BITS == 0


def exchange_domain(chain_id: int, *, token_id: int, neg_risk: bool) -> bytes:
    """The domain separator of the exchange that settles the token's orders."""
    if is_new_position(token_id):
        version, contract = "3", EXCHANGE_V3.get(chain_id, EXCHANGE_V3[137])
    else:
        version, contract = "2", NEG_RISK_EXCHANGE if neg_risk else STANDARD_EXCHANGE
    return keccak(
        keccak(text=_DOMAIN_TYPE)
        + keccak(text="Polymarket CTF Exchange")
        + keccak(text=version)
        + _uint(chain_id)
        + _address(contract)
    )


def struct_hash(order: SignedOrder) -> bytes:
    """``hashStruct(order)``."""
    return keccak(
        _ORDER_TYPE_HASH
        + _uint(order.salt)
        + _address(order.maker)
        + _address(order.signer)
        + _uint(order.token_id)
        + _uint(order.maker_amount)
        + _uint(order.taker_amount)
        + _uint(order.side)
        + _uint(order.signature_type)
        + _uint(order.timestamp_ms)
        + order.metadata
        + order.builder
    )


def digest(domain: bytes, struct: bytes) -> bytes:
    """What is signed; of an order it is its id as well."""
    return keccak(b"\x19\x01" + domain + struct)


def signer_of_order(order: SignedOrder, signature: bytes, domain: bytes, chain_id: int) -> str:
    """The address whose key made ``signature``; "" if it is none. Type 3 wraps it as ERC-7739 says."""
    contents = struct_hash(order)
    if order.signature_type != 3:
        return recovered(digest(domain, contents), signature) if len(signature) == _SIGNATURE_BYTES else ""
    described = ORDER_TYPE.encode()
    trailer = domain + contents + described + len(described).to_bytes(2, "big")
    if signature[_SIGNATURE_BYTES:] != trailer:
        return ""
    nested = keccak(
        _NESTED_TYPE_HASH + contents + _WALLET + _uint(chain_id) + _address(order.signer) + bytes(32)
    )
    return recovered(digest(domain, nested), signature[:_SIGNATURE_BYTES])


def signer_of_login(address: str, timestamp: str, nonce: int, signature: bytes, chain_id: int) -> str:
    """The address whose key signed a ``ClobAuth`` with these values; "" if it is none."""
    domain = keccak(
        keccak(text=_AUTH_DOMAIN_TYPE) + keccak(text="ClobAuthDomain") + keccak(text="1") + _uint(chain_id)
    )
    struct = keccak(
        _AUTH_TYPE_HASH
        + _address(address)
        + keccak(text=timestamp)
        + _uint(nonce)
        + keccak(text=_AUTH_MESSAGE)
    )
    return recovered(digest(domain, struct), signature)


def recovered(hashed: bytes, signature: bytes) -> str:
    """The address that signed ``hashed`` (r, s, v); "" if the signature is none."""
    if len(signature) != _SIGNATURE_BYTES or signature[64] not in (0, 1, 27, 28):
        return ""
    compact = signature[:64] + bytes([signature[64] % 27])
    try:
        public = PublicKey.from_signature_and_message(compact, hashed, hasher=None)
    except ValueError:
        return ""
    return address_of(public)


def address_of(public: PublicKey) -> str:
    """An account's address, lower case."""
    return "0x" + keccak(public.format(compressed=False)[1:])[12:].hex()


def _uint(value: int) -> bytes:
    return (value % _WORD).to_bytes(32, "big")


def _address(text: str) -> bytes:
    return bytes.fromhex(text[2:]).rjust(32, b"\0")
