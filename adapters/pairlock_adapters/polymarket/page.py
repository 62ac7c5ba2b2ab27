"""Polymarket's part of `docs/venues.md`, from the data that the adapter decides by."""

from __future__ import annotations

from pairlock_adapters.polymarket.contracts import CHAINS
from pairlock_adapters.polymarket.words import (
    ANSWER_STATUS,
    KEY_TROUBLE,
    ORDER_STATUS,
    ORDER_WORDS,
    TRADE_STATUS,
    Word,
)
from pairlock_adapters.words_page import Certainty, Table, VenuePage, coded

_BEFORE = """\
The international CLOB, V2, `adapters/pairlock_adapters/polymarket`. Polymarket US is another venue with another API and
is not spoken here. The engine's market is the condition id; YES and NO are told apart by their labels (Yes/No,
Up/Down), or by `yes_tokens` of the configuration, never by their place in a list.

**Orders** are limit orders in shares (FOK to enter, FAK to exit), signed for Exchange V2, neg-risk or V3 as the
market's tokens say, with signature type 0, 1, 2 or 3. The order's id is its EIP-712 hash. Salt and time come from the
intent, so the id is known before the send and again after a restart. Size × price must be whole cents, a marketable
buy a dollar.

**Final** is an order that is over, all of whose trades are CONFIRMED or FAILED and add up to what matched. The venue
knows active orders only: an order that is over is rebuilt from every page of the market's trades.

**Fees** are the market's curve `shares · r · (p(1−p))^e`, rounded up to $0.00001 for each trade, and never less than a
row's own `fee_rate_bps` implies; no row tells the charge itself. A trade costs what its makers' prices come to where
their amounts add up, and the worse of that and the row's own price.

**Units.** Documents differ on whether amounts are decimals or 1/1,000,000. It is settled for all amounts of an order at
once: a point anywhere, decimals; more than four times the order as shares, millionths; a whole FOK as shares, decimals;
less than 1/100 share in all as millionths, decimals; where both fit or none does, unknown, and it is read again.

**Not offered by any API**, and so not done: redeeming winning shares of a plain wallet (type 0) is a transaction on the
chain, and so are approvals (`allowances`). Proxy, Safe and deposit wallets redeem through the venue's relayer, which
needs builder credentials and is not spoken here either. A payout is therefore booked when the market has resolved; the
money is a claim until it is redeemed.

Sources: *facts* gathered by October 2026; *bodies* documented and captured status and body pairs; *docs*
docs.polymarket.com `resources/error-codes`, which also says that any error within that names `unauthorized` comes as a
401, `not found` as a 404 and `context canceled` as a 400; *spec* the OpenAPI and AsyncAPI files of May 2026; *client*
texts that the official clients branch on; *seen* in answers that users published."""

_YES = (
    (
        "200, 201",
        "(an order: our `orderID`, `success`, no `errorMsg`, a known `status`)",
        str(Certainty.YES),
        "as its `status` says, below",
        "spec",
    ),
    (
        "200, 201",
        "(an empty `orderID` and a sentence of a row below)",
        str(Certainty.NO),
        "a rejection, even beside `success: true`",
        "bodies",
    ),
    (
        "2xx",
        "(an empty `orderID` without such a sentence, another id, a missing field, a unit that is not settled)",
        str(Certainty.UNKNOWN),
        "read by its id",
        "facts",
    ),
)
_UNKNOWN = (
    "any other",
    "(any other sentence, no answer, a broken or unreadable one, any other 5xx)",
    str(Certainty.UNKNOWN),
    "read by its id",
    "facts",
)
_CANCELS = (
    ("200", "(`canceled` lists our id)", "acknowledged; fills may still appear, it is read", "spec"),
    (
        "200",
        "(`not_canceled`, or another id)",
        "unknown: gone or held says nothing of its fills; read",
        "spec",
    ),
    ("503", "Trading is currently disabled", "unknown: even cancels are refused; read", "bodies"),
    ("any other", "", "unknown: read", "facts"),
)
_READS = (
    ("an active order of our id, and its trades", "a report: its status, the larger of its total and its trades"),
    ("no active order, trades that name our id", "a report: over, rebuilt from its trades"),
    ("neither, in every page of the market's trades", "not found; twice, bounds apart, it is proved absent"),
    ("a status not listed here, a missing field, a JSON number for an amount", "unknown"),
    ("a trade of our id in another token or direction", "unknown"),
    ("more than four times the order's size", "unknown: a number in another unit"),
    ("any status but 200 (or 404 `Order not found`), or a page that does not answer", "unknown"),
)  # fmt: skip
_SIGNS = {"live": "may fill", "terminal": "over", "certain": "over for certain"}


def _sentence(word: Word) -> str:
    if word.whole:
        return f"{coded(word.text)} and no more" if word.text else "(none)"
    return coded(word.text) or "(any)"


def _orders() -> Table:
    rows = [
        (
            ", ".join(map(str, word.statuses)),
            _sentence(word),
            str(word.certainty),
            word.meaning
            + (
                f"; taker orders shut for {word.shuts_ms:,} ms unless Retry-After says"
                if word.shuts_ms
                else ""
            ),
            word.source,
        )
        for word in ORDER_WORDS
    ]
    return Table(
        "Polymarket: answers to a new order",
        "The first row that fits decides; a row names a part of the sentence in `error` or `errorMsg`.",
        ("status", "words", "certainty", "what it is taken for", "source"),
        (*_YES, *rows, _UNKNOWN),
    )


def _addresses() -> Table:
    rows = [
        (str(chain), coded(found.exchange_v2), coded(found.neg_risk_exchange_v2), coded(found.exchange_v3))
        for chain, found in CHAINS.items()
    ]
    before = "Domain version 2 for the first two, 3 for the last, which trades the newer position ids."
    return Table(
        "Polymarket: contracts that orders are signed for",
        before,
        ("chain", "standard", "neg-risk", "V3"),
        tuple(rows),
    )


PAGE = VenuePage(
    "Polymarket",
    _BEFORE,
    (
        _orders(),
        Table(
            "Polymarket: `status` of an order that was taken",
            "",
            ("status", "may it still fill", "how it is taken"),
            tuple((coded(word), _SIGNS[said.value], how) for word, (said, how) in ANSWER_STATUS.items()),
        ),
        Table(
            "Polymarket: an order's own status",
            "Read with the prefix `ORDER_STATUS_`, pushed without it.",
            ("status", "may it still fill", "how it is taken"),
            tuple((coded(word), _SIGNS[said.value], how) for word, (said, how) in ORDER_STATUS.items()),
        ),
        Table(
            "Polymarket: a trade's status",
            "Read with the prefix `TRADE_STATUS_`, pushed without it.",
            ("status", "fill", "meaning"),
            tuple((coded(word), said.value, how) for word, (said, how) in TRADE_STATUS.items()),
        ),
        Table(
            "Polymarket: answers to a cancel",
            "",
            ("status", "body", "what it is taken for", "source"),
            tuple((status, coded(body), taken, source) for status, body, taken, source in _CANCELS),
        ),
        Table(
            "Polymarket: reads of an order",
            "The order is read first, then every page of the market's trades.",
            ("found", "taken for"),
            _READS,
        ),
        Table(
            "Polymarket: keys",
            "An order is never posted again under another key; reads, cancels and the next order take the next key.",
            ("status", "the key rests, ms", "why"),
            tuple((str(each.status), f"{each.rest_ms:,}", each.why) for each in KEY_TROUBLE),
        ),
        _addresses(),
    ),
)
