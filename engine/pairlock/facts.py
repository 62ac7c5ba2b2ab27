"""Facts: everything that the world may tell a trade. A closed set; each fact is journalled as it was absorbed.

An adapter turns its venue's words into these. What it cannot read with certainty it says as
``OutcomeUnknown``; it never says zero for "I do not know". Times are in ms of the engine's clock.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from pairlock.book import Book
from pairlock.model import Fill, Payout, Reservation, Terms


class Reported(StrEnum):
    """How much a report says about whether the order may still fill."""

    LIVE = "live"  # it may
    TERMINAL = "terminal"  # a terminal word; fills may still appear for fill_lag_ms + read_lag_ms
    CERTAIN = "certain"  # it cannot: the answer names our id with nothing remaining, or the venue's kill


@frozen
class GatesJudged:
    """Every gate's verdict came in; ``terms`` are set iff all passed."""

    at_ms: int
    passed: bool
    terms: Terms | None
    reason: str = ""


@frozen
class LocksJudged:
    """The ledger granted (``reservation``) or refused both reservations, in one transaction with this record."""

    at_ms: int
    reservation: Reservation | None
    reason: str = ""


@frozen
class EntryVerified:
    """Books and clocks were read anew under the reservations: still profitable and deep enough, or not."""

    at_ms: int
    ok: bool
    reason: str = ""


@frozen
class Aborted:
    """A breaker, a stop, a restart or a host's request ended a trade that had sent nothing."""

    at_ms: int
    reason: str


@frozen
class Killed:
    """An operator's kill: no new step; exits go on."""

    at_ms: int


@frozen
class NotSent:
    """It is proved that no byte of the request was written."""

    at_ms: int
    intent_id: str
    reason: str


@frozen
class OutcomeUnknown:
    """The request may have arrived (timeout, broken connection, 5xx, an answer with no order in it)."""

    at_ms: int
    intent_id: str
    reason: str


@frozen
class OrderReport:
    """What a venue said of one order. ``asked_at_ms`` is when the read began (or the answer's own time)."""

    at_ms: int
    intent_id: str
    asked_at_ms: int
    reported: Reported
    matched_e6: int
    fills: tuple[Fill, ...]
    venue_ref: str = ""
    reason: str = ""


@frozen
class NotFound:
    """Neither orders nor fills name the id, in a read that began at ``asked_at_ms``."""

    at_ms: int
    intent_id: str
    asked_at_ms: int


@frozen
class CancelAcked:
    """The venue acknowledged our cancel; fills may still appear."""

    at_ms: int
    intent_id: str


@frozen
class DeadlinePassed:
    """The execution deadline of the trade passed."""

    at_ms: int


@frozen
class FinalityOverdue:
    """An order is neither known nor final for longer than the alarm allows."""

    at_ms: int
    intent_id: str


@frozen
class LegResolved:
    """The leg's venue resolved its market and the payout per contract was read."""

    at_ms: int
    leg: int
    payout: Payout


@frozen
class ExitBooksRead:
    """Live books for an exit. ``None`` for a leg: the route is shut (restart, post-only, halted, closed, not read).

    ``sellable_e6``: what each venue lets us sell now of the leg's token (shares may be locked until final).
    """

    at_ms: int
    books: tuple[Book | None, Book | None]
    sellable_e6: tuple[int, int]


@frozen
class Granted:
    """An operator's durable grant: further exit attempts, and further cash and loss for them."""

    at_ms: int
    attempts: int
    cash_micros: tuple[int, int]
    exit_loss_micros: int
    operator: str
    dearest_buy_e4: int
    cheapest_sale_e4: int


@frozen
class Restarted:
    """The engine restarted: the bounds of F start anew at ``at_ms``; nothing unsent is ever sent."""

    at_ms: int


Fact = (
    GatesJudged
    | LocksJudged
    | EntryVerified
    | Aborted
    | Killed
    | NotSent
    | OutcomeUnknown
    | OrderReport
    | NotFound
    | CancelAcked
    | DeadlinePassed
    | FinalityOverdue
    | LegResolved
    | ExitBooksRead
    | Granted
    | Restarted
)
