"""What a fault can change: the hooks at which it strikes, and its effect as a value. The kinds are in ``fault_kinds``.

A *hook* is the point at which a venue asks its plan, an ``Effect`` the change to what would otherwise happen. Unless a
venue runs beyond the fault model, it bounds what an effect may do by ``FaultBounds``.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import fields, frozen

from pairlock.units import PPM
from pairlock_adapters.simulated.rules import Refused
from pairlock_adapters.simulated.state import OnCancel, OnDue, Result, Veil

FOREVER_MS = 10**12


class Hook(StrEnum):
    """Where a plan is asked."""

    REQUEST = "request"  # the order is about to leave
    ARRIVAL = "arrival"  # the order reaches the venue
    ANSWER = "answer"  # the venue took the order and is about to say so
    FILLED = "filled"  # ... with a fill
    REPLY = "reply"  # any answer to an order is on its way back, a refusal too
    CANCEL = "cancel"  # a cancel reaches the venue
    READ = "read"  # any read
    ORDER_READ = "order read"
    BOOK_READ = "book read"  # the book as the client keeps it from the market's stream
    BALANCE_READ = "balance read"
    POSITION_READ = "position read"
    STREAM = "stream"  # a message of the user's stream
    SETTLEMENT = "settlement"  # a fill was matched: what will become of it
    MARKET = "market"  # a market is listed


class Condition(StrEnum):
    """What a venue as a whole may be in for a while."""

    RESTARTING = "restarting"  # 425, no book
    POST_ONLY = "post_only"
    CANCEL_ONLY = "cancel_only"
    DISABLED = "disabled"  # refuses cancels too
    PAUSED = "paused"
    KEY_REVOKED = "key_revoked"
    RATE_LIMITED = "rate_limited"
    NO_LIQUIDITY = "no_liquidity"  # books are empty


class Arrives(StrEnum):
    """When a request arrives that is late."""

    AFTER_DELAY = ""
    AFTER_CANCEL = "after_cancel"  # soon after its own cancel was asked for
    AFTER_NEXT = "after_next"  # soon after the next request to the venue


class Answered(StrEnum):
    """What becomes of the answer to an order that the venue took."""

    AS_IS = ""
    NEVER = "never"
    SERVER_ERROR = "server_error"
    NO_ORDER = "no_order"
    TIMED_OUT_504 = "timed_out_504"
    ERROR_IN_2XX = "error_in_2xx"
    TRUNCATED = "truncated"


class CancelSaid(StrEnum):
    """What becomes of a cancel that arrived."""

    AS_IS = ""
    REFUSED = "refused"  # and the order lives on
    UNKNOWN = "unknown"  # done, and answered with a 504
    PARTIAL = "partial"  # a batch in which others were canceled and ours was not
    ECHOED = "echoed"  # acknowledged, and nothing was done
    RATE_LIMITED = "rate_limited"


class ReadSaid(StrEnum):
    """How an order's read is told."""

    AS_IS = ""
    NOT_FOUND = "not_found"
    ROW_MISSING = "row_missing"
    ROW_REPEATED = "row_repeated"
    UNKNOWN_WORD = "unknown_word"
    INTEGERS = "integers"  # numbers come as JSON integers
    FIXED_POINT = "fixed_point"  # numbers come as strings of 1/1,000,000
    FOREIGN = "foreign"  # another client of the account has an order in the market, which the read lists too


class BookSaid(StrEnum):
    """How a book is served."""

    AS_IS = ""
    RESET = "reset"  # the stream's sequence began anew: no book until the next snapshot
    RACE = "race"  # deltas that the snapshot already held were applied again: the best levels show double
    CROSSED = "crossed"
    VANISHES = "vanishes"  # what rests at the best prices is gone once the book was shown


class StreamSaid(StrEnum):
    """What becomes of the stream with a message."""

    AS_IS = ""
    REORDERED = "reordered"  # it comes after the next one
    REPLAYED = "replayed"  # the connection was renewed: the last messages come again before it
    SILENT = "silent"  # nothing more for a while, and the connection looks well
    PINGS_LOST = (
        "pings_lost"  # the venue missed the client's pings and hung up; messages are lost until it is back
    )


@frozen(repr=False)
class Effect:
    """What a fault changes. The defaults change nothing; times in ms from the moment of the hook.

    ``kinds``: the faults in it that the venue has to count once they took hold.
    """

    kinds: tuple[str, ...] = ()
    # Of a request.
    not_sent: str = ""
    not_sent_later_ms: int = 0
    lost: bool = False
    arrives: Arrives = Arrives.AFTER_DELAY
    arrive_later_ms: int = 0
    duplicate_after_ms: int = -1
    answer_of_duplicate: bool = False
    accept_twice: bool = False  # beyond the fault model
    # Of an order at its venue.
    refuse: Refused | None = None
    vanish: bool = False  # nothing within the limit is left when the order comes
    slip_e4: int = 0  # ... because the market moved this far away from it (0: it comes back at once)
    kill_status: int = 0  # the status of the kill's answer; 0 is the venue's own
    fill_ppm: int = PPM  # a part fills, the rest is canceled, even for a fill-or-kill
    fill_step_e6: int = 1_000_000
    rest_ms: int = 0  # ... or rests that long, live, before it meets the book again
    parts: int = 1  # each price's fill is split
    fail_first: bool = False  # of a match that is not final, the first fill fails
    improve_e4: int = 0
    extra_ppm: int = 0  # more shares than planned
    hold_ms: int = 0
    hold_past_expiry_ms: int = 0  # held until this long after the order's own deadline
    on_due: OnDue = OnDue.MATCH
    on_cancel: OnCancel = OnCancel.PLAIN
    after_cancel_ms: int = 0
    fee_more_ppm: int = 0
    gap_e4: int = 0  # the event's price jumps against what the order bought, once it was executed
    veil: Veil = Veil.NONE  # beyond the fault model
    veil_ms: int = 0
    # Of a market or a whole venue.
    condition: Condition | None = None
    for_ms: int = 0
    post_only_ms: int = 0  # after that
    market_only: bool = False  # only the order's event, on both venues
    halt_ms: int = 0
    tick_e4: int = 0
    tick_shift_e4: int = 0
    rate_more_ppm: int = 0  # another fee schedule from now on
    resolve_in_ms: int = -1
    close_in_ms: int = -1
    flip_result: bool = False
    result: Result | None = None
    yes_payout_e4: int = 5_000
    # Of answers, cancels, reads and the stream.
    answered: Answered = Answered.AS_IS
    answer_later_ms: int = 0
    cancel: CancelSaid = CancelSaid.AS_IS
    read_error: str = ""
    read_shut: bool = False
    read: ReadSaid = ReadSaid.AS_IS
    book: BookSaid = BookSaid.AS_IS
    lag_ms: int = 0
    order_lag_ms: int = 0
    fills_lag_ms: int = 0
    stream: StreamSaid = StreamSaid.AS_IS
    later_ms: int = 0
    drop: bool = False
    repeat: bool = False
    # Of a match.
    fails: bool = False
    never_broadcast: bool = False
    final_later_ms: int = 0

    def __repr__(self) -> str:
        """Only what is changed: most effects change one thing of thirty."""
        changed = [
            (f.name, getattr(self, f.name)) for f in fields(Effect) if getattr(self, f.name) != f.default
        ]
        return f"Effect({', '.join(f'{name}={value!r}' for name, value in changed)})"


NOTHING = Effect()
