"""The body of ``POST /order``, read strictly: every field that is signed or decides what happens must be there."""

from __future__ import annotations

import re

from attrs import frozen

from pairlock_adapters.laboratory.polymarket.hashing import SignedOrder
from pairlock_adapters.laboratory.polymarket.refusal import (
    INVALID_EXPIRATION,
    INVALID_PAYLOAD,
    POST_ONLY_TYPE,
    VERSION_MISMATCH,
    Refusal,
)

MOST_ORDERS = 15
# Only the old exchange's orders have these fields, and only the new one's have a timestamp.
_OLD_FIELDS = ("nonce", "feeRateBps", "taker")
_TYPES = ("GTC", "GTD", "FOK", "FAK")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_HEX = re.compile(r"0x([0-9a-fA-F]{2})*", re.ASCII)
_DIGITS = re.compile(r"\d{1,78}", re.ASCII)
# A GTD order must live at least this long beyond now (the venue's threshold, in seconds).
GTD_AHEAD_S = 60


@frozen
class OrderRequest:
    """One order as posted. ``expiration_s``: Unix seconds, 0 for none; it is not signed."""

    order: SignedOrder
    signature: bytes
    owner: str
    order_type: str
    expiration_s: int
    post_only: bool
    defer_exec: bool

    @property
    def buys(self) -> bool:
        return self.order.side == 0

    @property
    def spends(self) -> bool:
        """Whether the amount is dollars to spend, so that a better price buys more shares."""
        return self.buys and self.order_type in ("FOK", "FAK")


def order_request(body: object) -> OrderRequest:
    """Read a body; ``Refusal`` with the venue's 400 if it cannot be one."""
    if not isinstance(body, dict) or not isinstance(body.get("order"), dict):
        raise Refusal(400, INVALID_PAYLOAD)
    inner = body["order"]
    if "timestamp" not in inner and any(name in inner for name in _OLD_FIELDS):
        raise Refusal(400, VERSION_MISMATCH)
    order_type = body.get("orderType", "GTC")
    side = {"BUY": 0, "SELL": 1}.get(inner.get("side")) if isinstance(inner.get("side"), str) else None
    if order_type not in _TYPES or side is None:
        raise Refusal(400, INVALID_PAYLOAD)
    signature_type = inner.get("signatureType")
    if isinstance(signature_type, bool) or signature_type not in (0, 1, 2, 3):
        raise Refusal(400, INVALID_PAYLOAD)
    order = SignedOrder(
        salt=_number(inner, "salt"), maker=_address(inner, "maker"), signer=_address(inner, "signer"),
        token_id=_number(inner, "tokenId"), maker_amount=_number(inner, "makerAmount"),
        taker_amount=_number(inner, "takerAmount"), side=side, signature_type=signature_type,
        timestamp_ms=_number(inner, "timestamp"), metadata=_bytes32(inner, "metadata"),
        builder=_bytes32(inner, "builder"),
    )  # fmt: skip
    post_only = _flag(body, "postOnly")
    if post_only and order_type in ("FOK", "FAK"):
        raise Refusal(400, POST_ONLY_TYPE)
    if order.maker_amount == 0 or order.taker_amount == 0:
        raise Refusal(400, INVALID_PAYLOAD)
    owner, signature = body.get("owner"), inner.get("signature")
    if not isinstance(owner, str) or not isinstance(signature, str) or not _HEX.fullmatch(signature):
        raise Refusal(400, INVALID_PAYLOAD)
    return OrderRequest(
        order, bytes.fromhex(signature[2:]), owner, order_type, _number(inner, "expiration", default="0"),
        post_only, _flag(body, "deferExec"),
    )  # fmt: skip


def checked_expiration(request: OrderRequest, wall_ms: int) -> None:
    """``Refusal`` where a GTD order is over too soon, or another one has an end at all."""
    if request.order_type != "GTD":
        if request.expiration_s:
            raise Refusal(400, INVALID_EXPIRATION)
    elif request.expiration_s * 1000 < wall_ms + GTD_AHEAD_S * 1000:
        raise Refusal(400, INVALID_EXPIRATION)


def _number(fields: dict[str, object], name: str, default: str | None = None) -> int:
    """A whole number, or its digits in a string."""
    value = fields.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    raise Refusal(400, INVALID_PAYLOAD)


def _address(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise Refusal(400, INVALID_PAYLOAD)
    return value.lower()


def _bytes32(fields: dict[str, object], name: str) -> bytes:
    """32 bytes in hex; absent or empty is zero."""
    value = fields.get(name) or "0x"
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) > 66:
        raise Refusal(400, INVALID_PAYLOAD)
    return bytes.fromhex(value[2:]).rjust(32, b"\0")


def _flag(body: dict[str, object], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Refusal(400, INVALID_PAYLOAD)
    return value
