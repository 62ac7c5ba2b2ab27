"""A request that the venue refuses before any order is looked at, in its own words."""

from __future__ import annotations


class Refusal(Exception):
    """``status`` and ``error``: the answer is ``{"error": …}`` with that status; ``more`` is added to the body."""

    def __init__(self, status: int, error: str, **more: object) -> None:
        super().__init__(error)
        self.status = status
        self.body: dict[str, object] = {"error": error, **more}


INVALID_PAYLOAD = "Invalid order payload"
VERSION_MISMATCH = "order_version_mismatch"
OWNER_MISMATCH = "the order owner has to be the owner of the API KEY"
SIGNER_MISMATCH = "the order signer address has to be the address of the API KEY"
INVALID_SIGNATURE = "invalid signature"
INVALID_EXPIRATION = "invalid expiration"
POST_ONLY_TYPE = "invalid post-only order: post-only is only supported for GTC and GTD orders"
POST_ONLY_CROSSES = "invalid post-only order: order crosses book"
EMPTY_PAYLOAD = "No orders in payload"
INVALID_API_KEY = "Unauthorized/Invalid api key"
INVALID_L1 = "Invalid L1 Request headers"
