"""Which contract an order is signed for: chains, exchange addresses and the EIP-712 domain's version.

Sources: the project's gathered facts of October 2026 and the official clients' own configuration, which the tests
compare. Two generations of position ids live side by side. An id whose bits 40 to 103 are all zero is of the newer
one and trades on Exchange V3 (domain version "3"); every other id trades on V2 (domain version "2"), on the standard
or the neg-risk contract as its market says.
"""

from __future__ import annotations

from attrs import frozen

from pairlock.errors import UserError

POLYGON = 137
AMOY = 80_002

DOMAIN_NAME = "Polymarket CTF Exchange"

_NEW_POSITION_BITS = ((1 << 64) - 1) << 40
_UINT256 = 1 << 256


@frozen
class Contracts:
    """The addresses of one chain, checksummed as documented."""

    chain_id: int
    exchange_v2: str
    neg_risk_exchange_v2: str
    exchange_v3: str
    collateral: str
    conditional_tokens: str

    def exchanges(self) -> tuple[str, ...]:
        return self.exchange_v2, self.neg_risk_exchange_v2, self.exchange_v3


@frozen
class Domain:
    """Where an order's signature is valid: exchange contract and EIP-712 version on a chain."""

    chain_id: int
    version: str
    exchange: str


CHAINS: dict[int, Contracts] = {
    POLYGON: Contracts(
        POLYGON,
        exchange_v2="0xE111180000d2663C0091e4f400237545B87B996B",
        neg_risk_exchange_v2="0xe2222d279d744050d28e00520010520000310F59",
        exchange_v3="0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
        collateral="0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB",
        conditional_tokens="0x4D97DCd97eC945f40cF65F87097ACe5EA0476045",
    ),
    AMOY: Contracts(
        AMOY,
        exchange_v2="0xE111180000d2663C0091e4f400237545B87B996B",
        neg_risk_exchange_v2="0xe2222d279d744050d28e00520010520000310F59",
        exchange_v3="0x9fE6e61422AdB6F610d8597F9684b16912D50C3D",
        collateral="0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB",
        conditional_tokens="0x69308FB512518e39F9b16112fA8d994F4e2Bf8bB",
    ),
}  # fmt: skip


def contracts_of(chain_id: int) -> Contracts:
    """The addresses of a chain; ``UserError`` for a chain that Polymarket does not trade on."""
    found = CHAINS.get(chain_id)
    if found is None:
        raise UserError(
            f"chain_id {chain_id} of the venue polymarket is not a chain it trades on:"
            f" write {POLYGON} (Polygon) or {AMOY} (its test chain)"
        )
    return found


def is_new_position(token_id: int) -> bool:
    """Whether the id is a position id of the newer protocol, which only Exchange V3 trades."""
    return 0 <= token_id < _UINT256 and token_id & _NEW_POSITION_BITS == 0


def domain_of(chain_id: int, token_id: int, *, neg_risk: bool) -> Domain:
    """The domain that an order for this token must be signed for."""
    contracts = contracts_of(chain_id)
    if is_new_position(token_id):
        return Domain(chain_id, "3", contracts.exchange_v3)
    exchange = contracts.neg_risk_exchange_v2 if neg_risk else contracts.exchange_v2
    return Domain(chain_id, "2", exchange)
