"""Which fields of a kind's effect a script may change, and their ranges; and who counts a kind."""

from __future__ import annotations

from attrs import frozen

from pairlock.units import PPM
from pairlock_adapters.simulated.effects import FOREVER_MS, Hook
from pairlock_adapters.simulated.fault_kinds import KINDS, FaultKind


@frozen
class Range:
    """Integers from ``least`` to ``most``, in steps of ``step`` from nought; ``flag``: true or false instead."""

    least: int = 0
    most: int = FOREVER_MS
    step: int = 1
    flag: bool = False

    def refuses(self, value: object) -> str:
        """What is wrong with ``value``, or ""."""
        if self.flag:
            return "" if isinstance(value, bool) else "must be true or false"
        if isinstance(value, bool) or not isinstance(value, int):
            return "must be an integer"
        if not self.least <= value <= self.most:
            return f"must be from {self.least} to {self.most}"
        return f"must be a multiple of {self.step}" if value % self.step else ""


_FLAG = Range(flag=True)
_MS = Range()
RANGES: dict[str, Range] = {
    "not_sent_later_ms": _MS,
    "arrive_later_ms": _MS,
    "duplicate_after_ms": _MS,
    "answer_of_duplicate": _FLAG,
    "slip_e4": Range(0, 9_900),
    "fill_ppm": Range(1, PPM - 1),
    "fill_step_e6": Range(1, 1_000_000),
    "rest_ms": _MS,
    "improve_e4": Range(100, 9_900, 100),
    "extra_ppm": Range(1, PPM),
    "hold_ms": _MS,
    "hold_past_expiry_ms": _MS,
    "after_cancel_ms": _MS,
    "fee_more_ppm": Range(-PPM, PPM),
    "gap_e4": Range(0, 9_900, 100),
    "veil_ms": _MS,
    "for_ms": _MS,
    "post_only_ms": _MS,
    "market_only": _FLAG,
    "halt_ms": _MS,
    "tick_e4": Range(1, 1_000),
    "tick_shift_e4": Range(0, 1_000),
    "rate_more_ppm": Range(-70_000, PPM),
    "resolve_in_ms": _MS,
    "close_in_ms": _MS,
    "yes_payout_e4": Range(0, 10_000),
    "answer_later_ms": _MS,
    "read_shut": _FLAG,
    "lag_ms": _MS,
    "order_lag_ms": _MS,
    "fills_lag_ms": _MS,
    "later_ms": _MS,
    "final_later_ms": _MS,
}

_K = FaultKind
_SHUT = ("for_ms",)
_KILL = ("slip_e4",)
_FINAL = ("final_later_ms",)
PARAMETERS: dict[FaultKind, tuple[str, ...]] = {
    _K.CONNECT_TIMEOUT: ("not_sent_later_ms",),
    _K.TLS_FAILED: ("not_sent_later_ms",),
    _K.READ_TIMEOUT: ("answer_later_ms",),
    _K.DUPLICATED: ("duplicate_after_ms", "answer_of_duplicate"),
    _K.LATE_ARRIVAL: ("arrive_later_ms",),
    _K.LATE_PAST_EXPIRY: ("arrive_later_ms",),
    _K.LATE_PAST_CANCEL: ("arrive_later_ms",),
    _K.LATE_PAST_RESTART: ("arrive_later_ms", "for_ms", "post_only_ms"),
    _K.REORDERED: ("arrive_later_ms",),
    _K.KILL: _KILL,
    _K.KILL_400: _KILL,
    _K.KILL_409: _KILL,
    _K.KILL_500: _KILL,
    _K.SLOW_ANSWER: ("answer_later_ms",),
    _K.RESTART: ("for_ms", "post_only_ms"),
    _K.SHUT: _SHUT,
    _K.POST_ONLY: _SHUT,
    _K.CANCEL_ONLY: _SHUT,
    _K.DISABLED: _SHUT,
    _K.PAUSED: _SHUT,
    _K.KEY_REVOKED: _SHUT,
    _K.DELAYED: ("hold_ms",),
    _K.DELAYED_LIVE: ("hold_ms", "rest_ms"),
    _K.DELAYED_KILLED: ("hold_ms",),
    _K.PARTIAL: ("fill_ppm", "fill_step_e6"),
    _K.PARTIAL_RESTS: ("fill_ppm", "fill_step_e6", "rest_ms"),
    _K.FILL_BEFORE_ANSWER: ("answer_later_ms",),
    _K.FILL_BEATS_CANCEL: ("hold_ms",),
    _K.FILL_AFTER_CANCEL: ("hold_ms", "after_cancel_ms"),
    _K.FILL_AFTER_EXPIRY: ("hold_past_expiry_ms",),
    _K.CANCELED_BY_VENUE: ("hold_ms",),
    _K.IMPROVED: ("improve_e4",),
    _K.OVERFILL: ("extra_ppm",),
    _K.READ_FAILED: ("read_shut",),
    _K.STALE_ORDER: ("lag_ms",),
    _K.STALE_BALANCE: ("lag_ms",),
    _K.STALE_POSITION: ("lag_ms",),
    _K.ORDERS_FILLS_DISAGREE: ("order_lag_ms", "fills_lag_ms"),
    _K.STREAM_LATE: ("later_ms",),
    _K.STREAM_SILENT: _SHUT,
    _K.STREAM_PINGS_LOST: _SHUT,
    _K.NEVER_BROADCAST: _FINAL,
    _K.SLOW_FINALITY: _FINAL,
    _K.FEE_DIFFERS: ("fee_more_ppm",),
    _K.SCHEDULE_CHANGES: ("rate_more_ppm",),
    _K.TICK_CHANGES: ("tick_e4", "tick_shift_e4"),
    _K.VOID: ("yes_payout_e4",),
    _K.MARKET_HALT: ("halt_ms",),
    _K.EARLY_CLOSE: ("close_in_ms",),
    _K.PRICE_GAP: ("gap_e4",),
    _K.NO_ROUTE: ("for_ms", "market_only"),
    _K.EARLY_RESOLUTION: ("resolve_in_ms",),
    _K.RESOLVED_WHILE_EXPOSED: ("resolve_in_ms",),
    _K.ARRIVES_AFTER_DEATH: ("arrive_later_ms",),
    _K.FILL_AFTER_FINALITY: ("hold_ms", "after_cancel_ms"),
    _K.ACCEPTED_TWICE: ("duplicate_after_ms",),
    _K.NEVER_READABLE: ("veil_ms",),
    _K.LYING_STATUS: ("veil_ms",),
}

# A plan cannot know whether these took hold (an order that is refused anyway cannot be delayed): the venue counts them.
_VENUE_COUNTS = (
    Hook.ARRIVAL, Hook.CANCEL, Hook.ORDER_READ, Hook.BOOK_READ, Hook.BALANCE_READ, Hook.POSITION_READ,
)  # fmt: skip
_VENUE_COUNTS_KINDS = (
    _K.LATE_PAST_CANCEL, _K.REORDERED, _K.RESOLVED_WHILE_EXPOSED, _K.ACCEPTED_TWICE, _K.EARLY_CLOSE,
    _K.ARRIVES_AFTER_DEATH,
)  # fmt: skip


def counted_by_venue(kind: FaultKind) -> bool:
    """Whether the venue counts the kind once it really happened; else the plan does when it is asked."""
    return KINDS[kind][0] in _VENUE_COUNTS or kind in _VENUE_COUNTS_KINDS
