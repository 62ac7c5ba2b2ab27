"""The wallets that belong to a key at Polymarket: contracts whose addresses follow from the key's own (CREATE2).

Factories, implementations and init codes are those of the chain, as the venue's official client names them. Nothing
is deployed here; only the addresses are right, so that clients which derive them find the laboratory's account.
"""

from __future__ import annotations

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

_PROXY_FACTORY = "ab45c5a4b0c941a2f231c04c3f49182e1a254052"
_PROXY_IMPLEMENTATION = "44e999d5c2f66ef0861317f9a4805ac2e90aeb4f"
_SAFE_FACTORY = "aacfeea03eb1561c4e67d661e40682bd20e3541b"
_SAFE_INIT_CODE_HASH = "2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf"
_DEPOSIT_FACTORY = "00000000000fb5c9adea0298d729a0cb3823cc07"
_DEPOSIT_BEACON = "7a18edfe055488a3128f01f563e5b479d92ffc3a"


def wallet_of(address: str, signature_type: int) -> str:
    """The wallet that the key of ``address`` signs for with this type: itself (0), its proxy (1), its Safe (2), its
    deposit wallet (3). With a checksum."""
    if signature_type == 0:
        return str(to_checksum_address(address))
    own = bytes.fromhex(address.removeprefix("0x"))
    find = {1: _proxy, 2: _safe, 3: _deposit}[signature_type]
    factory, salt, init_code_hash = find(own)
    digest = keccak(b"\xff" + bytes.fromhex(factory) + salt + init_code_hash)
    return str(to_checksum_address(digest[12:]))


def _proxy(own: bytes) -> tuple[str, bytes, bytes]:
    code = (
        f"3d3d606380380380913d393d73{_PROXY_FACTORY}5af4602a57600080fd5b602d8060366000396000f3"
        f"363d3d373d3d3d363d73{_PROXY_IMPLEMENTATION}5af43d82803e903d91602b57fd5bf352e831dd"
        f"{32:064x}{0:064x}"
    )
    return _PROXY_FACTORY, keccak(own), keccak(bytes.fromhex(code))


def _safe(own: bytes) -> tuple[str, bytes, bytes]:
    return _SAFE_FACTORY, keccak(own.rjust(32, b"\0")), bytes.fromhex(_SAFE_INIT_CODE_HASH)


def _deposit(own: bytes) -> tuple[str, bytes, bytes]:
    """A beacon proxy (ERC-1967) whose arguments are its factory and its owner."""
    arguments = bytes.fromhex(_DEPOSIT_FACTORY).rjust(32, b"\0") + own.rjust(32, b"\0")
    head = (0x6100523D8160233D3973 + (len(arguments) << 56)).to_bytes(10, "big")
    code = (
        f"{_DEPOSIT_BEACON}60195155f3363d3d373d3d363d602036600436635c60da"
        "1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6c"
        "b3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3"
    )
    return _DEPOSIT_FACTORY, keccak(arguments), keccak(head + bytes.fromhex(code) + arguments)
