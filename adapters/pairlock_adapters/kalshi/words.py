"""Kalshi's words and what may be concluded from each: the one place. Data with sources; ``page`` prints it.

Sources, named in short: *facts* the project's gathered facts of October 2026; *errors* docs.kalshi.com
getting_started/order_errors; *FIX* docs.kalshi.com fix/order-entry, whose words the matching engine also uses over
REST; *spec* Kalshi's OpenAPI and AsyncAPI files 3.15; *seen* in answers that users published (second hand).

Kalshi says that any unknown code under 400, 403, 404, 409, 410 or 429 is a rejection. Here it is unknown all the same:
a word that nobody has written down may be new, and a read costs less than one wrong zero.
"""

from __future__ import annotations

from attrs import frozen

from pairlock.facts import Reported
from pairlock_adapters.net.keys import KeyTrouble
from pairlock_adapters.words_page import Certainty

# Under these an error names what the exchange refused; under 408 and 5xx nobody knows what became of the request.
REFUSING = (400, 403, 404, 409, 410, 429)


@frozen
class Word:
    """One row: an answer to a new order. ``code`` "" stands for any, ``statuses`` () for those of ``REFUSING``."""

    statuses: tuple[int, ...]
    code: str
    certainty: Certainty
    meaning: str
    source: str


NO, UNKNOWN = Certainty.NO, Certainty.UNKNOWN

# The first row that matches decides.
ORDER_WORDS: tuple[Word, ...] = (
    Word(
        (400, 409, 500),
        "fill_or_kill_insufficient_resting_volume",
        NO,
        "the kill: FINAL with nothing filled",
        "facts",
    ),
    Word((), "FOK_INSUFFICIENT_VOLUME", NO, "the kill in the matching engine's word", "FIX"),
    Word(
        (), "order_already_exists", UNKNOWN, "an order of this id came first: it is read by its id", "facts"
    ),
    Word((), "ORDER_ALREADY_EXISTS", UNKNOWN, "the same, in the matching engine's word", "FIX"),
    Word((), "self_cross_attempt", UNKNOWN, "it met our own order; what matched before stays", "spec, facts"),
    Word((), "SELF_CROSS_ATTEMPT", UNKNOWN, "the same, in the matching engine's word", "FIX"),
    Word(
        (), "SELF_CROSS_ATTEMPT_PARTIALLY_FILLED", UNKNOWN, "part of it filled before it met our own", "FIX"
    ),
    Word(
        (), "TAKER_CANCEL_FOR_SELF_TRADE_PREVENTION", UNKNOWN, "cancelled; what matched before stays", "FIX"
    ),
    Word(
        (), "MAKER_CANCEL_FOR_SELF_TRADE_PREVENTION", UNKNOWN, "cancelled; what matched before stays", "FIX"
    ),
    Word((), "EXCHANGE_UNAVAILABLE", UNKNOWN, "the gateway could not tell whether it was applied", "FIX"),
    Word((), "insufficient_balance", NO, "not enough money on the shard", "facts"),
    Word((), "INSUFFICIENT_BALANCE", NO, "the same, in the matching engine's word", "FIX"),
    Word((), "user_not_found", NO, "the wrong shard: collateral is placed per shard", "facts"),
    Word((), "CUSTOMER_ACCOUNT_NOT_FOUND", NO, "no such account", "FIX"),
    Word((), "market_not_found", NO, "no such market", "errors"),
    Word((), "MARKET_NOT_FOUND", NO, "the same, in the matching engine's word", "FIX"),
    Word((), "market_inactive", NO, "the market is closed or paused", "facts"),
    Word((), "MARKET_INACTIVE", NO, "the same, in the matching engine's word", "facts, FIX"),
    Word((), "MARKET_ALREADY_CLOSED", NO, "the market has closed", "FIX"),
    Word((), "trading_is_paused", NO, "trading is paused: new orders are not taken", "seen"),
    Word((), "TRADING_PAUSED", NO, "the same, in the matching engine's word", "FIX"),
    Word(
        (409, 503),
        "exchange_is_paused",
        NO,
        "the exchange is paused: it takes no request at all",
        "seen (under 409)",
    ),
    Word((), "EXCHANGE_PAUSED", NO, "the same, in the matching engine's word", "FIX"),
    Word((), "invalid_price", NO, "off the market's ticks", "facts"),
    Word((), "invalid_count", NO, "not a count that the market takes", "facts"),
    Word((), "invalid_order", NO, "not an order that the market takes", "errors"),
    Word((), "INVALID_ORDER", NO, "the same, in the matching engine's word", "FIX"),
    Word((), "invalid_parameters", NO, "a field of another form; a point in the client id is one", "seen"),
    Word((), "missing_parameters", NO, "a required field is missing", "errors"),
    Word((), "bad_request", NO, "a body that cannot be read", "errors"),
    Word((), "EXCEEDED_PER_MARKET_RISK_LIMIT", NO, "beyond the account's limit in the market", "FIX"),
    Word((), "EXCEEDED_SELL_POSITION_FLOOR", NO, "beyond the account's limit in the market", "FIX"),
    Word((), "POST_ONLY_CROSS", NO, "a post-only order that would have matched", "FIX"),
    Word((), "deprecated_v1_order_endpoint", NO, "the old order path is gone", "facts"),
    Word(
        (401,), "", NO, "the key is not accepted: the gateway turned it away; the key is put aside", "facts"
    ),
    Word((403,), "", NO, "not permitted, or the region is closed to us", "facts"),
    Word((410,), "", NO, "the path is gone", "facts"),
    Word((425,), "", NO, "turned away before the exchange", "facts"),
    Word((429,), "", NO, "too many requests: turned away; the key is rested", "facts"),
)

# What an order's own status says of whether it may still fill. Any other word makes the whole read unknown.
ORDER_STATUS: dict[str, tuple[Reported, str]] = {
    "resting": (Reported.LIVE, "it may still fill"),
    "executed": (Reported.CERTAIN, "it cannot, if it filled and nothing remains; else as `canceled`"),
    "canceled": (Reported.TERMINAL, "over, but a fill may appear within the bounds of the fault model"),
}

# Whether a market takes orders, and whether its result stands and was paid.
MARKET_STATUS: dict[str, tuple[bool, bool, str]] = {
    "initialized": (False, False, "not open yet"),
    "active": (True, False, "open"),
    "inactive": (False, False, "paused; resting orders are cancelled when it opens again"),
    "closed": (False, False, "closed; even cancels are refused"),
    "determined": (False, False, "a result is known, not yet paid"),
    "disputed": (False, False, "the result is disputed"),
    "amended": (False, False, "the result was changed"),
    "finalized": (False, True, "paid"),
}


KEY_TROUBLE: tuple[KeyTrouble, ...] = (
    KeyTrouble(401, 60_000, "revoked, expired or not this account's"),
    KeyTrouble(403, 10_000, "it may not do this, or the region is closed to us"),
    KeyTrouble(429, 1_000, "its budget is spent; no Retry-After comes with it"),
)

# Socket errors after which what the socket told is in doubt, so that the connection begins anew. The others say that
# a command of ours was wrong: our own mistake, reported and not repeated.
SOCKET_DOUBT: dict[int, str] = {
    10: "channel error",
    17: "internal error",
    18: "command timeout",
    25: "our buffer overflowed",
}


def code_of(body: object) -> str:
    """The word that an error is told by: ``code``, flat or under ``error``, or ``error`` where that is a text."""
    if not isinstance(body, dict):
        return ""
    inner = body.get("error")
    for found in (inner.get("code") if isinstance(inner, dict) else inner, body.get("code")):
        if isinstance(found, str) and found:
            return found
    return ""


def order_word(status: int, body: object) -> Word | None:
    """The row that an error answer to a new order falls under; None where no row names it: unknown."""
    code = code_of(body)
    for word in ORDER_WORDS:
        if status in (word.statuses or REFUSING) and word.code in ("", code):
            return word
    return None


def certainly_nothing(status: int, body: object) -> str:
    """The refusal in few words if it is certain that nothing was done, else ""."""
    word = order_word(status, body) if status >= 400 else None
    if word is None or word.certainty is not Certainty.NO:
        return ""
    return f"{status} {word.code or code_of(body) or word.meaning}"[:200]


@frozen
class Cost:
    """Tokens of our rate limit that a request takes; a batch takes them for each of its parts."""

    method: str
    path: str
    tokens: int
    source: str


# ``{}`` stands for an id. What no row names costs ``DEFAULT_COST``.
DEFAULT_COST = 10
COSTS: tuple[Cost, ...] = (
    Cost("DELETE", "/portfolio/events/orders/{}", 2, "facts"),
    Cost("DELETE", "/portfolio/events/orders/batched", 2, "spec"),
    Cost("GET", "/portfolio/orders/{}", 2, "spec"),
)


def cost_of(method: str, path: str) -> int:
    """Tokens of one request, or of one part of a batch."""
    for cost in COSTS:
        head, _, _ = cost.path.partition("{}")
        one_id = cost.path.endswith("{}") and path.startswith(head) and "/" not in path[len(head) :]
        if cost.method == method and (path == cost.path or one_id):
            return cost.tokens
    return DEFAULT_COST
