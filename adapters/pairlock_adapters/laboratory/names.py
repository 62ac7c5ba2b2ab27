"""How the laboratory names things on the wire, and how it knows an order of the wire again.

An event NAME is the Kalshi market ``KX<NAME>`` and the Polymarket condition whose id is NAME itself: its bytes in
hexadecimal, with zeros before them. So the same event is found on the other venue, from either side.
"""

from __future__ import annotations

from hashlib import sha256

from attrs import frozen

from pairlock.model import Outcome

KALSHI_PREFIX = "KX"
_ID_DIGITS = 64
# A condition id has 32 bytes.
LONGEST_NAME = 32


def condition_id(name: str) -> str:
    """The Polymarket condition id of the event ``name`` (ASCII, 1 to 32 characters). ValueError for another."""
    if not name.isascii() or not 1 <= len(name) <= LONGEST_NAME or "\0" in name:
        raise ValueError(f"{name!r} cannot be an event's name: 1 to {LONGEST_NAME} ASCII characters")
    return "0x" + name.encode().hex().rjust(_ID_DIGITS, "0")


def kalshi_ticker(name: str) -> str:
    """The Kalshi ticker of the event ``name``."""
    return KALSHI_PREFIX + name


def event_name(market: str) -> str:
    """The event of a Kalshi ticker or a Polymarket condition id. ValueError for anything else."""
    if market.startswith(KALSHI_PREFIX):
        return market.removeprefix(KALSHI_PREFIX)
    digits = market.removeprefix("0x")
    if not market.startswith("0x") or len(digits) != _ID_DIGITS:
        raise ValueError(f"{market!r} is neither a ticker of the laboratory nor a condition id")
    return bytes.fromhex(digits).lstrip(b"\0").decode("ascii")


def sibling_of(market: str) -> str:
    """The same event's market on the other venue; "" for a market that is not the laboratory's."""
    try:
        name = event_name(market)
    except ValueError:
        return ""
    return condition_id(name) if market.startswith(KALSHI_PREFIX) else kalshi_ticker(name)


def token_id(condition: str, outcome: Outcome) -> int:
    """The ERC-1155 position id of an outcome: any 256-bit number, as far as clients know."""
    return int(sha256(f"{condition}:{outcome.value}".encode()).hexdigest(), 16)


@frozen
class Meaning:
    """An order as its sender meant it: under which id, and buying or selling which outcome."""

    intent_id: str
    outcome: Outcome
    buys: bool


class Names:
    """A hook: what an order of the wire is to its sender. By itself nothing more than the wire says."""

    def meaning(self, venue: str, wire_id: str) -> Meaning | None:
        """``wire_id``: Kalshi's client_order_id, or the hash of a Polymarket order. None: take it as it came.

        A meaning that is economically another order than the one on the wire is not used.
        """
        return None
