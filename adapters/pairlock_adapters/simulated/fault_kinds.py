"""The closed set of faults: every kind, the hook at which it strikes, and its effect.

To add a kind: one member of ``FaultKind`` and one line of ``KINDS``. A *hook* is the point at which a venue asks its
plan, an ``Effect`` the change to what would otherwise happen. Plans, which say when, are in ``faults.py``. Unless a
venue runs beyond the fault model, it bounds what an effect may do by ``FaultBounds``.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from pairlock.units import PPM
from pairlock_adapters.simulated.rules import Refused
from pairlock_adapters.simulated.state import OnCancel, Result


class Hook(StrEnum):
    """Where a plan is asked."""

    REQUEST = "request"  # the order is about to leave
    ARRIVAL = "arrival"  # the order reaches the venue
    ANSWER = "answer"  # the venue took the order and is about to say so
    CANCEL = "cancel"  # a cancel reaches the venue
    READ = "read"
    STREAM = "stream"
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


class Answered(StrEnum):
    """What becomes of the answer to an order that the venue took."""

    AS_IS = ""
    NEVER = "never"
    SERVER_ERROR = "server_error"
    NO_ORDER = "no_order"
    TIMED_OUT_504 = "timed_out_504"


@frozen
class Effect:
    """What a fault changes. The defaults change nothing; times in ms from the moment of the hook."""

    not_sent: str = ""
    lost: bool = False
    arrive_later_ms: int = 0
    duplicate_after_ms: int = -1
    answer_of_duplicate: bool = False
    refuse: Refused | None = None
    vanish: bool = False  # nothing within the limit is left when the order comes
    slip_e4: int = 0  # ... because the market moved this far away from it (0: it comes back at once)
    kill_as_500: bool = False
    fill_ppm: int = PPM  # a part fills, the rest is canceled, even for a fill-or-kill
    fill_step_e6: int = 1_000_000
    improve_e4: int = 0
    extra_ppm: int = 0  # more shares than planned
    hold_ms: int = 0
    on_cancel: OnCancel = OnCancel.PLAIN
    after_cancel_ms: int = 0
    condition: Condition | None = None
    for_ms: int = 0
    answered: Answered = Answered.AS_IS
    answer_later_ms: int = 0
    read_error: str = ""
    read_shut: bool = False
    lag_ms: int = 0
    later_ms: int = 0
    drop: bool = False
    repeat: bool = False
    fails: bool = False
    final_later_ms: int = 0
    flip_result: bool = False
    result: Result | None = None
    yes_payout_e4: int = 5_000
    resolve_in_ms: int = -1


NOTHING = Effect()


class FaultKind(StrEnum):
    """Every fault that a simulated venue can have."""

    CONNECT_REFUSED = "connect_refused"
    LOST_REQUEST = "lost_request"
    LATE_ARRIVAL = "late_arrival"
    DUPLICATED = "duplicated"
    KILL = "kill"
    KILL_500 = "kill_500"
    PARTIAL = "partial"
    IMPROVED = "improved"
    OVERFILL = "overfill"
    DELAYED = "delayed"
    FILL_BEATS_CANCEL = "fill_beats_cancel"
    FILL_AFTER_CANCEL = "fill_after_cancel"
    NO_BALANCE = "no_balance"
    SHUT = "shut"
    POST_ONLY = "post_only"
    CANCEL_ONLY = "cancel_only"
    DISABLED = "disabled"
    PAUSED = "paused"
    KEY_REVOKED = "key_revoked"
    NO_ROUTE = "no_route"
    UNAUTHORIZED = "unauthorized"
    RATE_LIMITED = "rate_limited"
    RESTARTING = "restarting"
    SLOW_ANSWER = "slow_answer"
    LOST_ANSWER = "lost_answer"
    SERVER_ERROR = "server_error"
    GATEWAY_TIMEOUT = "gateway_timeout"
    NO_ORDER_IN_ANSWER = "no_order_in_answer"
    LOST_CANCEL = "lost_cancel"
    READ_FAILED = "read_failed"
    STALE_READ = "stale_read"
    STREAM_LOST = "stream_lost"
    STREAM_REPEATED = "stream_repeated"
    STREAM_LATE = "stream_late"
    GHOST_FILL = "ghost_fill"
    SLOW_FINALITY = "slow_finality"
    UNSELLABLE = "unsellable"
    OTHER_RESULT = "other_result"
    VOID = "void"
    FIFTY_FIFTY = "fifty_fifty"
    EARLY_RESOLUTION = "early_resolution"


_MINUTE_MS = 60_000
FOREVER_MS = 10**12

KINDS: dict[FaultKind, tuple[Hook, Effect]] = {
    FaultKind.CONNECT_REFUSED: (Hook.REQUEST, Effect(not_sent="connection refused")),
    FaultKind.LOST_REQUEST: (Hook.REQUEST, Effect(lost=True)),
    FaultKind.LATE_ARRIVAL: (Hook.REQUEST, Effect(arrive_later_ms=4_000)),
    FaultKind.DUPLICATED: (Hook.REQUEST, Effect(duplicate_after_ms=150)),
    FaultKind.KILL: (Hook.ARRIVAL, Effect(vanish=True, slip_e4=300)),
    FaultKind.KILL_500: (Hook.ARRIVAL, Effect(vanish=True, slip_e4=300, kill_as_500=True)),
    FaultKind.PARTIAL: (Hook.ARRIVAL, Effect(fill_ppm=400_000)),
    FaultKind.IMPROVED: (Hook.ARRIVAL, Effect(improve_e4=100)),
    FaultKind.OVERFILL: (Hook.ARRIVAL, Effect(extra_ppm=30_000)),
    FaultKind.DELAYED: (Hook.ARRIVAL, Effect(hold_ms=3_000)),
    FaultKind.FILL_BEATS_CANCEL: (Hook.ARRIVAL, Effect(hold_ms=_MINUTE_MS, on_cancel=OnCancel.FILLS_FIRST)),
    FaultKind.FILL_AFTER_CANCEL: (
        Hook.ARRIVAL,
        Effect(hold_ms=_MINUTE_MS, on_cancel=OnCancel.FILLS_AFTER_ACK, after_cancel_ms=800),
    ),
    FaultKind.NO_BALANCE: (Hook.ARRIVAL, Effect(refuse=Refused.BALANCE)),
    FaultKind.SHUT: (Hook.ARRIVAL, Effect(condition=Condition.RESTARTING, for_ms=FOREVER_MS)),
    FaultKind.POST_ONLY: (Hook.ARRIVAL, Effect(condition=Condition.POST_ONLY, for_ms=2 * _MINUTE_MS)),
    FaultKind.CANCEL_ONLY: (Hook.ARRIVAL, Effect(condition=Condition.CANCEL_ONLY, for_ms=_MINUTE_MS)),
    FaultKind.DISABLED: (Hook.ARRIVAL, Effect(condition=Condition.DISABLED, for_ms=_MINUTE_MS)),
    FaultKind.PAUSED: (Hook.ARRIVAL, Effect(condition=Condition.PAUSED, for_ms=_MINUTE_MS)),
    FaultKind.KEY_REVOKED: (Hook.ARRIVAL, Effect(condition=Condition.KEY_REVOKED, for_ms=FOREVER_MS)),
    FaultKind.NO_ROUTE: (Hook.ARRIVAL, Effect(condition=Condition.NO_LIQUIDITY, for_ms=FOREVER_MS)),
    FaultKind.UNAUTHORIZED: (Hook.ARRIVAL, Effect(refuse=Refused.UNAUTHORIZED)),
    FaultKind.RATE_LIMITED: (Hook.ARRIVAL, Effect(refuse=Refused.RATE_LIMITED)),
    FaultKind.RESTARTING: (Hook.ARRIVAL, Effect(refuse=Refused.RESTARTING)),
    FaultKind.SLOW_ANSWER: (Hook.ANSWER, Effect(answer_later_ms=4_000)),
    FaultKind.LOST_ANSWER: (Hook.ANSWER, Effect(answered=Answered.NEVER)),
    FaultKind.SERVER_ERROR: (Hook.ANSWER, Effect(answered=Answered.SERVER_ERROR)),
    FaultKind.GATEWAY_TIMEOUT: (Hook.ANSWER, Effect(answered=Answered.TIMED_OUT_504)),
    FaultKind.NO_ORDER_IN_ANSWER: (Hook.ANSWER, Effect(answered=Answered.NO_ORDER)),
    FaultKind.LOST_CANCEL: (Hook.CANCEL, Effect(lost=True)),
    FaultKind.READ_FAILED: (Hook.READ, Effect(read_error="502 Bad Gateway")),
    FaultKind.STALE_READ: (Hook.READ, Effect(lag_ms=1_500)),
    FaultKind.STREAM_LOST: (Hook.STREAM, Effect(drop=True)),
    FaultKind.STREAM_REPEATED: (Hook.STREAM, Effect(repeat=True)),
    FaultKind.STREAM_LATE: (Hook.STREAM, Effect(later_ms=5_000)),
    FaultKind.GHOST_FILL: (Hook.SETTLEMENT, Effect(fails=True)),
    FaultKind.SLOW_FINALITY: (Hook.SETTLEMENT, Effect(final_later_ms=60_000)),
    FaultKind.UNSELLABLE: (Hook.ARRIVAL, Effect(refuse=Refused.BALANCE)),
    FaultKind.OTHER_RESULT: (Hook.MARKET, Effect(flip_result=True)),
    FaultKind.VOID: (Hook.MARKET, Effect(result=Result.VOID)),
    FaultKind.FIFTY_FIFTY: (Hook.MARKET, Effect(result=Result.FIFTY_FIFTY)),
    FaultKind.EARLY_RESOLUTION: (Hook.MARKET, Effect(resolve_in_ms=4_000)),
}
