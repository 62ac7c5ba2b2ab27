"""Polymarket's words and what may be concluded from each: the one place. Data with sources; ``page`` prints it.

Sources, named in short: *facts* the project's gathered facts of October 2026; *bodies* the documented and captured
status and body pairs gathered with them; *docs* docs.polymarket.com resources/error-codes; *spec* the venue's OpenAPI
and AsyncAPI files of May 2026; *client* the texts that the official clients branch on; *seen* in answers that users
published (second hand).

Errors are sentences, so a row names a part of one. A refusal counts only under the statuses of its row: the same
sentence under a 502 may come from a proxy that never heard of the order. Whatever no row names is unknown: the order
is read by its own id.
"""

from __future__ import annotations

from attrs import frozen

from pairlock.facts import Reported
from pairlock.model import FillStatus
from pairlock_adapters.net.keys import KeyTrouble
from pairlock_adapters.words_page import Certainty

NO, UNKNOWN = Certainty.NO, Certainty.UNKNOWN


@frozen
class Word:
    """One row: an answer to a new order that carries no order. ``text`` is a part of its sentence, in any case of
    letters; "" stands for any body. ``whole``: the sentence is that and no more.

    ``shuts_ms``: for so long no taker order is taken (Retry-After wins where it comes); 0: it says nothing of that.
    """

    statuses: tuple[int, ...]
    text: str
    certainty: Certainty
    meaning: str
    source: str
    shuts_ms: int = 0
    whole: bool = False

    def fits(self, sentence: str) -> bool:
        said, text = sentence.lower(), self.text.lower()
        return said == text if self.whole else text in said


_POST_ONLY_MS = 120_000  # two minutes follow a restart of the matching engine
_LOOK_AGAIN_MS = 5_000

# The first row that fits decides.
ORDER_WORDS: tuple[Word, ...] = (
    Word((400,), "order couldn't be fully filled", NO, "the kill of a fill-or-kill order", "docs"),
    Word(
        (400, 500), "FOK orders are filled or killed", NO, "the same kill, told by the engine", "docs, facts"
    ),
    Word((400,), "no orders found to match with FAK order", NO, "nothing to match: killed", "docs"),
    Word((400,), "Duplicated", UNKNOWN, "the order came before: it is read by its id", "docs"),
    Word((400,), "match delayed due to market conditions", UNKNOWN, "it may still match", "docs"),
    Word((400,), "context canceled", UNKNOWN, "the venue gave up in the middle, whatever it did", "docs"),
    Word((400,), "order_version_mismatch", NO, "signed for another exchange version", "bodies"),
    Word((400,), "not enough balance / allowance", NO, "too little money, shares or allowance", "docs"),
    Word((400,), "invalid post-only order", NO, "a post-only order that would have matched", "docs"),
    Word((400,), "crosses the book", NO, "the same", "docs"),
    Word((400,), "crosses own order", NO, "it would have met our own order", "the laboratory's word alone"),
    Word((400,), "lower than the minimum", NO, "below the market's minimum size", "docs"),
    Word((400,), "breaks minimum tick size rule", NO, "off the market's ticks", "docs"),
    Word((400,), "invalid amount for a marketable BUY order", NO, "a marketable buy below a dollar", "seen"),
    Word((400,), "invalid amounts", NO, "amounts finer than the market takes", "seen"),
    Word((400,), "not accepting orders", NO, "the market takes no orders", "seen"),
    Word((400,), "the orderbook", NO, "there is no such order book", "seen"),
    Word((400,), "not yet ready to process new orders", NO, "the market is not open yet", "docs"),
    Word((400,), "canceled in the CTF exchange contract", NO, "cancelled on the chain before", "docs"),
    Word(
        (400,), "maker address not allowed", NO, "this wallet must trade as a deposit wallet (type 3)", "seen"
    ),
    Word((400,), "invalid nonce", NO, "a field of the order is refused", "client"),
    Word((400,), "invalid expiration", NO, "a field of the order is refused", "docs"),
    Word((400,), "invalid signature", NO, "not signed as the wallet's type must", "seen"),
    Word((400,), "Invalid order payload", NO, "a body that cannot be read", "docs"),
    Word((400,), "has to be the owner of the API KEY", NO, "another key's order", "docs"),
    Word((400,), "has to be the address of the API KEY", NO, "another wallet's order", "docs"),
    Word((400,), "address banned", NO, "the address is banned", "docs"),
    Word((400,), "address is banned", NO, "the same", "seen"),
    Word((400,), "closed only mode", NO, "the address may only close positions", "docs"),
    Word((401,), "Invalid api key", NO, "the key is not accepted: turned away; the key rests", "docs"),
    Word((401,), "Invalid L1 Request headers", NO, "the same", "docs"),
    Word((401,), "Unauthorized", NO, "the same, if that is all that it says", "seen", whole=True),
    Word((401,), "", NO, "the same, if it says nothing", "seen", whole=True),
    Word((401,), "", UNKNOWN, "an error within that names `unauthorized` comes as a 401 too", "docs"),
    Word((403,), "", NO, "the region is refused, or the address: turned away at the gateway", "bodies"),
    Word((410,), "", NO, "the path is gone", "seen"),
    Word((425,), "", NO, "the matching engine restarts: nothing reaches it", "docs", _LOOK_AGAIN_MS),
    Word((429,), "", NO, "too many requests: turned away; the key rests", "docs"),
    Word((500,), "order timed out", NO, "documented as never booked", "facts"),
    Word((500,), "could not run the execution", UNKNOWN, "the engine took it and failed", "seen"),
    Word((500,), "could not insert order", UNKNOWN, "it may be in or out", "spec"),
    Word((500,), "there are no matching orders", UNKNOWN, "an error of the engine, not a kill", "docs"),
    Word((500,), "the trade contains rounding issues", UNKNOWN, "an error of the engine", "docs"),
    Word((500,), "discrepancy greater than allowed", UNKNOWN, "an error of the engine", "docs"),
    Word((503,), "post-only mode", NO, "only post-only orders are taken", "docs", _POST_ONLY_MS),
    Word((503,), "cancel-only", NO, "only cancels are taken", "docs", _LOOK_AGAIN_MS),
    Word((503,), "Trading is currently disabled", NO, "nothing is taken", "docs", _LOOK_AGAIN_MS),
)

# ``status`` of the answer to an order that the venue took. Any other word is unknown.
ANSWER_STATUS: dict[str, tuple[Reported, str]] = {
    "matched": (
        Reported.TERMINAL,
        "over, with so many shares; if that is the whole order, it can fill no more",
    ),
    "live": (Reported.LIVE, "on the book, though it was not to rest: it may still fill"),
    "delayed": (Reported.LIVE, "held before matching; it may still fill, and is not cancellable meanwhile"),
}

# An order's own status, read or pushed, without ``ORDER_STATUS_``. Every word that begins with CANCELED is a kill.
ORDER_STATUS: dict[str, tuple[Reported, str]] = {
    "LIVE": (Reported.LIVE, "it may still fill"),
    "DELAYED": (Reported.LIVE, "held before matching"),
    "MATCHED": (Reported.TERMINAL, "over; its trades tell how much is final"),
    "CANCELED": (Reported.TERMINAL, "over, by our cancel or the venue's kill"),
    "CANCELED_MARKET_RESOLVED": (Reported.TERMINAL, "over: the market resolved"),
    "CANCELED_…": (Reported.TERMINAL, "over: any other kill (balance, expiry, time out, no market)"),
    "INVALID": (Reported.TERMINAL, "over: found invalid after it was taken"),
}

# A trade's status, without ``TRADE_STATUS_``. Only two are final.
TRADE_STATUS: dict[str, tuple[FillStatus, str]] = {
    "MATCHED": (FillStatus.PENDING, "matched, not yet sent to the chain"),
    "MATCHED_NOT_BROADCASTED": (FillStatus.PENDING, "the same"),
    "MINED": (FillStatus.PENDING, "on the chain, may still be undone"),
    "RETRYING": (FillStatus.PENDING, "its transaction failed and is sent again"),
    "CONFIRMED": (FillStatus.FINAL, "final"),
    "FAILED": (FillStatus.FAILED, "final: it never was"),
}


KEY_TROUBLE: tuple[KeyTrouble, ...] = (
    KeyTrouble(401, 60_000, "revoked, expired or not this wallet's"),
    KeyTrouble(429, 1_000, "over its limit; Retry-After wins where it comes"),
)


def text_of(body: object) -> str:
    """The sentence of an error: ``error``, or ``errorMsg`` of an answer that should have held an order."""
    if not isinstance(body, dict):
        return ""
    for name in ("error", "errorMsg"):
        found = body.get(name)
        if isinstance(found, str) and found:
            return found.replace("\u2019", "'")
    return ""


def order_word(status: int, body: object) -> Word | None:
    """The row that an answer without an order falls under; None where no row names it: unknown.

    Under a 2xx the sentence alone decides (a batch answers so): rows without a sentence never fit there.
    """
    text = text_of(body)
    says = any(body.values()) if isinstance(body, dict) else bool(body)
    for word in ORDER_WORDS:
        if word.whole and says and not text:
            continue  # it says something, though not where its words are looked for
        if (status in word.statuses or (status < 300 and word.text)) and word.fits(text):
            return word
    return None


def order_status(word: str) -> Reported | None:
    """What an order's own status says of whether it may still fill; None for a word never seen."""
    word = word.removeprefix("ORDER_STATUS_")
    if word.startswith("CANCELED"):
        return Reported.TERMINAL
    known = ORDER_STATUS.get(word)
    return None if known is None else known[0]


def trade_status(word: str) -> FillStatus | None:
    """Whether a trade is final; None for a word never seen."""
    known = TRADE_STATUS.get(word.removeprefix("TRADE_STATUS_"))
    return None if known is None else known[0]
