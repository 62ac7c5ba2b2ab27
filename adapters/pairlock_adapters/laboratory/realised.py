"""How each kind of fault comes about on the wire: as in process, or otherwise, and why. ``docs`` print it.

In process a fault is an effect on a call; here there is a connection between, and only its server's end is ours.
"""

from __future__ import annotations

from pairlock_adapters.simulated.fault_kinds import FaultKind

_K = FaultKind

_CUT = (
    "the order's own connection ends without a word and the order is never taken; {then}. A server learns of an order "
    "only by reading it, so that its client has written: it cannot know that nothing was done"
)
# What is not named here is on the wire what it is in process.
OTHERWISE: dict[FaultKind, str] = {
    _K.CONNECT_REFUSED: _CUT.format(then="for a moment nobody listens at the port, and new connections are refused"),
    _K.CONNECT_TIMEOUT: _CUT.format(then="for a while new connections are not taken up"),
    _K.TLS_FAILED: _CUT.format(then="for a while new connections are reset; on loopback there is no TLS to fail"),
    _K.LOST_REQUEST: "the request is read and dropped; to its client that is a lost answer",
    _K.LOST_ANSWER: "the answer is never sent; after two minutes the connection ends",
    _K.TRUNCATED_BODY: "half of the bytes that the header promises come, then the connection is reset",
    _K.LATE_PAST_CANCEL: "on Kalshi a cancel needs the venue's id, which no client has of an order on its way: it "
    "arrives soon after its client first looked for it; on Polymarket soon after its cancel by the order's hash",
    _K.KEY_REVOKED: "the key that signed the struck order is refused from then on, and no other: a client with "
    "a further key goes on; control, or an operator's reopening, restores it",
    _K.RESTART: "besides 425 or 503 and two minutes post-only, sockets are closed and refused while it lasts",
    _K.SHUT: "as RESTART, without an end",
    _K.LATE_PAST_RESTART: "as RESTART, for the time it names",
    _K.READ_FAILED: "an answer 502, or 503 where the fault says that the venue is shut; it strikes one request",
    _K.NOT_FOUND_IN_FLIGHT: "strikes one request, so the list of orders may hide an order whose fills are listed",
    _K.ORDERS_FILLS_DISAGREE: "strikes one request: that list is late, the other is not",
    _K.STREAM_PINGS_LOST: "the connection ends and is refused for as long; what happened meanwhile is never told",
    _K.STREAM_SILENT: "the account's news stop; the connection, its pings and its books go on",
    _K.BOOK_SEQUENCE_RESET: "on Kalshi's socket a snapshot with number 1 comes amid a subscription; a read of the book "
    "over HTTP is answered 502; Polymarket has no numbers: a book whose hash is of another one",
    _K.BOOK_DELTA_RACE: "a delta comes twice with numbers of their own, and is taken back 0.3 s later",
    _K.BOOK_CROSSED: "a delta puts a bid above the best ask, and is taken back 0.3 s later",
}  # fmt: skip
# Where matches are final at once there is nothing to fail, and shares can be sold as soon as they are bought.
ONLY_WHERE_MATCHES_ARE_PENDING = frozenset({
    _K.GHOST_FILL, _K.PART_FAILS, _K.NEVER_BROADCAST, _K.SLOW_FINALITY,
})  # fmt: skip


def as_in_process() -> tuple[FaultKind, ...]:
    """The kinds that are on the wire what they are in process."""
    return tuple(kind for kind in FaultKind if kind not in OTHERWISE)
