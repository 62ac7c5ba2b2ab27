"""Kalshi's part of `docs/venues.md`, from the data that the adapter decides by."""

from __future__ import annotations

from pairlock_adapters.kalshi.words import (
    COSTS,
    DEFAULT_COST,
    KEY_TROUBLE,
    MARKET_STATUS,
    ORDER_STATUS,
    ORDER_WORDS,
    REFUSING,
    SOCKET_DOUBT,
)
from pairlock_adapters.words_page import Certainty, Table, VenuePage, coded

_BEFORE = """\
Trade API v2 with V2 orders, `adapters/pairlock_adapters/kalshi`. Buying NO at *q* is an ask at 1 − *q* of the one book;
fills come back in YES terms and are turned into the order's own outcome. An order's client id is the engine's intent
id with its points written as `_` (Kalshi takes letters, digits, `_`, `-`, at most 64), else a hash of it.

Sources: *facts* gathered by October 2026; *errors* docs.kalshi.com `getting_started/order_errors`; *FIX*
docs.kalshi.com `fix/order-entry`; *spec* the OpenAPI and AsyncAPI files 3.15; *seen* in answers that users showed."""

_YES = (
    (
        "200, 201",
        "(an order: `order_id`, our `client_order_id`, `fill_count`, `remaining_count`)",
        str(Certainty.YES),
        "totals only, the fills are read by its id; nothing remaining: it can fill no more",
        "facts",
    ),
    (
        "2xx",
        "(an error, no order, another id, a missing field, a count in another unit, the old V1 shape in cents)",
        str(Certainty.UNKNOWN),
        "read by its id",
        "facts",
    ),
)
_UNKNOWN = (
    "any other",
    "(any other word, no answer, a broken or unreadable one)",
    str(Certainty.UNKNOWN),
    "read by its id",
    "errors",
)
_CANCELS = (
    ("200", "(our `order_id` and `reduced_by`)", "acknowledged; fills may still appear, it is read", "spec"),
    ("200", "(a batch: a row of our `order_id` without an error)", "acknowledged, this order alone", "spec"),
    ("200", "(another id, an error, no `reduced_by`)", "unknown: read", "facts"),
    ("404", "(gone or never there)", "unknown: says nothing of its fills; read", "facts"),
    ("409", "MARKET_INACTIVE", "unknown: after the close even cancels fail; read", "facts"),
    ("any other", "", "unknown: read", "facts"),
)
_READS = (
    ("an order of our client id, and its fills", "a report: its status, its total, its fills"),
    ("fills that name our client id, no order", "a report: it may still fill"),
    ("neither, in every page of the market's orders and fills", "not found; twice, bounds apart, it is proved absent"),
    ("a fill of an order that no page lists, not older than the intent", "unknown: it may be ours"),
    ("two orders of our client id", "a report of both together: nothing certain of one is of the other"),
    ("a status not listed above, a missing field, another unit, the old V1 shape", "unknown"),
    ("more than four times the order's size", "unknown: a number in another unit"),
    ("a fill of the other side of the book", "unknown: not a fill of this order"),
    ("any status but 200, or a page that does not answer", "unknown; 401, 403 and 429 are asked again by another key"),
)  # fmt: skip


def _statuses(statuses: tuple[int, ...]) -> str:
    return ", ".join(str(status) for status in statuses or REFUSING)


def _orders() -> Table:
    rows = [
        (
            _statuses(word.statuses),
            coded(word.code) or "(any)",
            str(word.certainty),
            word.meaning,
            word.source,
        )
        for word in ORDER_WORDS
    ]
    return Table(
        "Kalshi: answers to a new order",
        "The first row that fits decides. The word is `code`, flat or under `error`.",
        ("status", "word", "certainty", "what it is taken for", "source"),
        (*_YES, *rows, _UNKNOWN),
    )


def _markets() -> Table:
    rows = tuple(
        (coded(word), "yes" if opens else "no", "yes" if paid else "no", meaning)
        for word, (opens, paid, meaning) in MARKET_STATUS.items()
    )
    before = (
        "Payouts are read of a `finalized` market: `settlement_value_dollars` is what one YES paid. A result `yes` or"
        " `no` that agrees with it is *normal*; a scalar or void one is told by its value: 0.50 is `fifty_fifty`, any"
        " other `void`. A market whose status is another word is taken for closed and unpaid."
    )
    return Table("Kalshi: market statuses", before, ("status", "takes orders", "paid", "meaning"), rows)


PAGE = VenuePage(
    "Kalshi",
    _BEFORE,
    (
        _orders(),
        Table(
            "Kalshi: an order's own status",
            "",
            ("status", "may it still fill", "how it is taken"),
            tuple((coded(word), str(said), how) for word, (said, how) in ORDER_STATUS.items()),
        ),
        Table(
            "Kalshi: answers to a cancel",
            "Kalshi cancels by its own id: where only ours is known, the order is read first.",
            ("status", "body", "what it is taken for", "source"),
            tuple((status, coded(body), taken, source) for status, body, taken, source in _CANCELS),
        ),
        Table(
            "Kalshi: reads of an order",
            "The orders and the fills of the market are read, every page. That an order is absent or over counts"
            " from the time up to which Kalshi's account data went (`/exchange/user_data_timestamp`).",
            ("found", "taken for"),
            _READS,
        ),
        _markets(),
        Table(
            "Kalshi: keys",
            "An order is never posted again under another key; reads, cancels and the next order take the next key.",
            ("status", "the key rests, ms", "why"),
            tuple((str(each.status), f"{each.rest_ms:,}", each.why) for each in KEY_TROUBLE),
        ),
        Table(
            "Kalshi: what a request costs",
            f"Tokens of the account's rate limit (Basic: 200 for reads and 100 for writes a second). Any other request"
            f" costs {DEFAULT_COST}. A part is kept for cancels, exits and reads of orders.",
            ("method", "path", "tokens, for each part", "source"),
            tuple((cost.method, coded(cost.path), str(cost.tokens), cost.source) for cost in COSTS),
        ),
        Table(
            "Kalshi: socket errors that begin the connection anew",
            "Books are not served from the doubt until a new snapshot.",
            ("code", "meaning"),
            tuple((str(code), meaning) for code, meaning in SOCKET_DOUBT.items()),
        ),
    ),
)
