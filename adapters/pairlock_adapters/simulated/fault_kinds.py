"""The closed set of faults: every item of fault model F, and beyond it, as a kind of its own with its parameters.

To add a kind: one member of ``FaultKind``, one line of ``KINDS`` and, if it has parameters, one of
``fault_parameters.py``. Plans, which say when, are in ``faults.py`` and ``rotation.py``; files in ``scripts.py``.
"""

from __future__ import annotations

from enum import StrEnum

from pairlock_adapters.simulated.effects import (
    FOREVER_MS,
    NOTHING,
    Answered,
    Arrives,
    BookSaid,
    CancelSaid,
    Condition,
    Effect,
    Hook,
    ReadSaid,
    StreamSaid,
)
from pairlock_adapters.simulated.rules import Refused
from pairlock_adapters.simulated.state import OnCancel, OnDue, Result, Veil

__all__ = ["BEYOND", "FOREVER_MS", "KINDS", "NOTHING", "Condition", "Effect", "FaultKind", "Hook"]


class FaultKind(StrEnum):
    """Every fault that a simulated venue can have."""

    # Requests.
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_FAILED = "tls_failed"
    READ_TIMEOUT = "read_timeout"
    LOST_REQUEST = "lost_request"
    LOST_ANSWER = "lost_answer"
    DUPLICATED = "duplicated"
    LATE_ARRIVAL = "late_arrival"
    LATE_PAST_EXPIRY = "late_past_expiry"
    LATE_PAST_CANCEL = "late_past_cancel"
    LATE_PAST_RESTART = "late_past_restart"
    REORDERED = "reordered"
    TRUNCATED_BODY = "truncated_body"
    ERROR_IN_2XX = "error_in_2xx"
    NO_ORDER_IN_ANSWER = "no_order_in_answer"
    KILL = "kill"
    KILL_400 = "kill_400"
    KILL_409 = "kill_409"
    KILL_500 = "kill_500"
    SERVER_ERROR = "server_error"
    GATEWAY_TIMEOUT = "gateway_timeout"
    SLOW_ANSWER = "slow_answer"
    UNAUTHORIZED = "unauthorized"
    REGION_REFUSED = "region_refused"
    RATE_LIMITED = "rate_limited"
    RATE_LIMITED_CANCEL = "rate_limited_cancel"
    RESTARTING = "restarting"
    RESTART = "restart"
    SHUT = "shut"
    POST_ONLY = "post_only"
    CANCEL_ONLY = "cancel_only"
    DISABLED = "disabled"
    PAUSED = "paused"
    KEY_REVOKED = "key_revoked"
    ENDPOINT_GONE = "endpoint_gone"
    # Orders.
    NO_BALANCE = "no_balance"
    REFUSED_TICK = "refused_tick"
    REFUSED_MINIMUM = "refused_minimum"
    REFUSED_CLOSED = "refused_closed"
    REFUSED_SELF_TRADE = "refused_self_trade"
    REFUSED_BANNED = "refused_banned"
    DELAYED = "delayed"
    DELAYED_LIVE = "delayed_live"
    DELAYED_KILLED = "delayed_killed"
    PARTIAL = "partial"
    PARTIAL_RESTS = "partial_rests"
    FILL_BEFORE_ANSWER = "fill_before_answer"
    FILL_BEATS_CANCEL = "fill_beats_cancel"
    FILL_AFTER_CANCEL = "fill_after_cancel"
    FILL_AFTER_EXPIRY = "fill_after_expiry"
    LOST_CANCEL = "lost_cancel"
    CANCEL_REFUSED = "cancel_refused"
    CANCEL_UNKNOWN = "cancel_unknown"
    CANCEL_PARTIAL = "cancel_partial"
    CANCEL_ECHOED = "cancel_echoed"
    CANCELED_BY_VENUE = "canceled_by_venue"
    IMPROVED = "improved"
    OVERFILL = "overfill"
    # Reads.
    READ_FAILED = "read_failed"
    NOT_FOUND_IN_FLIGHT = "not_found_in_flight"
    STALE_ORDER = "stale_order"
    STALE_BALANCE = "stale_balance"
    STALE_POSITION = "stale_position"
    ORDERS_FILLS_DISAGREE = "orders_fills_disagree"
    ROWS_MISSING = "rows_missing"
    ROWS_REPEATED = "rows_repeated"
    UNKNOWN_WORD = "unknown_word"
    NUMBER_DRIFT = "number_drift"
    FIXED_POINT_DRIFT = "fixed_point_drift"
    FOREIGN_ORDER = "foreign_order"
    # Streams: the user's own, and the market's, from which a client keeps its book.
    STREAM_LOST = "stream_lost"
    STREAM_REPEATED = "stream_repeated"
    STREAM_LATE = "stream_late"
    STREAM_REORDERED = "stream_reordered"
    STREAM_REPLAYED = "stream_replayed"
    STREAM_SILENT = "stream_silent"
    STREAM_PINGS_LOST = "stream_pings_lost"
    BOOK_SEQUENCE_RESET = "book_sequence_reset"
    BOOK_DELTA_RACE = "book_delta_race"
    BOOK_CROSSED = "book_crossed"
    BOOK_SIZE_VANISHES = "book_size_vanishes"
    # Settlement.
    GHOST_FILL = "ghost_fill"
    PART_FAILS = "part_fails"
    NEVER_BROADCAST = "never_broadcast"
    SLOW_FINALITY = "slow_finality"
    UNSELLABLE = "unsellable"
    FEE_DIFFERS = "fee_differs"
    SCHEDULE_CHANGES = "schedule_changes"
    TICK_CHANGES = "tick_changes"
    OTHER_RESULT = "other_result"
    VOID = "void"
    FIFTY_FIFTY = "fifty_fifty"
    # Markets.
    MARKET_HALT = "market_halt"
    EARLY_CLOSE = "early_close"
    PRICE_GAP = "price_gap"
    NO_ROUTE = "no_route"
    EARLY_RESOLUTION = "early_resolution"
    RESOLVED_WHILE_EXPOSED = "resolved_while_exposed"
    # Beyond fault model F.
    ARRIVES_AFTER_DEATH = "arrives_after_death"
    FILL_AFTER_FINALITY = "fill_after_finality"
    ACCEPTED_TWICE = "accepted_twice"
    NEVER_READABLE = "never_readable"
    LYING_STATUS = "lying_status"


_K = FaultKind
_MINUTE_MS = 60_000
BEYOND = frozenset({
    _K.ARRIVES_AFTER_DEATH, _K.FILL_AFTER_FINALITY, _K.ACCEPTED_TWICE, _K.NEVER_READABLE, _K.LYING_STATUS,
})  # fmt: skip


def _refused(why: Refused) -> tuple[Hook, Effect]:
    return Hook.ARRIVAL, Effect(refuse=why)


def _shut(condition: Condition, for_ms: int, post_only_ms: int = 0) -> tuple[Hook, Effect]:
    return Hook.ARRIVAL, Effect(condition=condition, for_ms=for_ms, post_only_ms=post_only_ms)


def _killed(status: int = 0) -> tuple[Hook, Effect]:
    return Hook.ARRIVAL, Effect(vanish=True, slip_e4=300, kill_status=status)


def _answered(how: Answered) -> tuple[Hook, Effect]:
    return Hook.ANSWER, Effect(answered=how)


def _canceled(how: CancelSaid) -> tuple[Hook, Effect]:
    return Hook.CANCEL, Effect(cancel=how)


def _read(how: ReadSaid) -> tuple[Hook, Effect]:
    return Hook.ORDER_READ, Effect(read=how)


def _book(how: BookSaid) -> tuple[Hook, Effect]:
    return Hook.BOOK_READ, Effect(book=how)


def _stream(how: StreamSaid, for_ms: int = 0) -> tuple[Hook, Effect]:
    return Hook.STREAM, Effect(stream=how, for_ms=for_ms)


KINDS: dict[FaultKind, tuple[Hook, Effect]] = {
    _K.CONNECT_REFUSED: (Hook.REQUEST, Effect(not_sent="connection refused")),
    _K.CONNECT_TIMEOUT: (Hook.REQUEST, Effect(not_sent="connect timeout", not_sent_later_ms=900)),
    _K.TLS_FAILED: (Hook.REQUEST, Effect(not_sent="TLS handshake failed", not_sent_later_ms=200)),
    _K.READ_TIMEOUT: (Hook.REPLY, Effect(answer_later_ms=30_000)),
    _K.LOST_REQUEST: (Hook.REQUEST, Effect(lost=True)),
    _K.LOST_ANSWER: _answered(Answered.NEVER),
    _K.DUPLICATED: (Hook.REQUEST, Effect(duplicate_after_ms=150)),
    _K.LATE_ARRIVAL: (Hook.REQUEST, Effect(arrive_later_ms=4_000)),
    _K.LATE_PAST_EXPIRY: (Hook.REQUEST, Effect(arrive_later_ms=8_000)),
    _K.LATE_PAST_CANCEL: (Hook.REQUEST, Effect(arrives=Arrives.AFTER_CANCEL, arrive_later_ms=9_500)),
    _K.LATE_PAST_RESTART: (
        Hook.REQUEST,
        Effect(condition=Condition.RESTARTING, for_ms=3_000, arrive_later_ms=3_500),
    ),
    _K.REORDERED: (Hook.REQUEST, Effect(arrives=Arrives.AFTER_NEXT, arrive_later_ms=3_000)),
    _K.TRUNCATED_BODY: _answered(Answered.TRUNCATED),
    _K.ERROR_IN_2XX: _answered(Answered.ERROR_IN_2XX),
    _K.NO_ORDER_IN_ANSWER: _answered(Answered.NO_ORDER),
    _K.KILL: _killed(),
    _K.KILL_400: _killed(400),
    _K.KILL_409: _killed(409),
    _K.KILL_500: _killed(500),
    _K.SERVER_ERROR: _answered(Answered.SERVER_ERROR),
    _K.GATEWAY_TIMEOUT: _answered(Answered.TIMED_OUT_504),
    _K.SLOW_ANSWER: (Hook.ANSWER, Effect(answer_later_ms=4_000)),
    _K.UNAUTHORIZED: _refused(Refused.UNAUTHORIZED),
    _K.REGION_REFUSED: _refused(Refused.REGION),
    _K.RATE_LIMITED: _refused(Refused.RATE_LIMITED),
    _K.RATE_LIMITED_CANCEL: _canceled(CancelSaid.RATE_LIMITED),
    _K.RESTARTING: _refused(Refused.RESTARTING),
    _K.RESTART: _shut(Condition.RESTARTING, 5_000, post_only_ms=2 * _MINUTE_MS),
    _K.SHUT: _shut(Condition.RESTARTING, FOREVER_MS),
    _K.POST_ONLY: _shut(Condition.POST_ONLY, 2 * _MINUTE_MS),
    _K.CANCEL_ONLY: _shut(Condition.CANCEL_ONLY, _MINUTE_MS),
    _K.DISABLED: _shut(Condition.DISABLED, _MINUTE_MS),
    _K.PAUSED: _shut(Condition.PAUSED, _MINUTE_MS),
    _K.KEY_REVOKED: _shut(Condition.KEY_REVOKED, FOREVER_MS),
    _K.ENDPOINT_GONE: _refused(Refused.GONE),
    _K.NO_BALANCE: _refused(Refused.BALANCE),
    _K.REFUSED_TICK: _refused(Refused.TICK),
    _K.REFUSED_MINIMUM: _refused(Refused.MINIMUM),
    _K.REFUSED_CLOSED: _refused(Refused.CLOSED),
    _K.REFUSED_SELF_TRADE: _refused(Refused.SELF_TRADE),
    _K.REFUSED_BANNED: _refused(Refused.BANNED),
    _K.DELAYED: (Hook.ARRIVAL, Effect(hold_ms=3_000)),
    _K.DELAYED_LIVE: (Hook.ARRIVAL, Effect(hold_ms=1_500, on_due=OnDue.LIVE, rest_ms=4_000)),
    _K.DELAYED_KILLED: (Hook.ARRIVAL, Effect(hold_ms=3_000, on_due=OnDue.KILL)),
    _K.PARTIAL: (Hook.ARRIVAL, Effect(fill_ppm=400_000)),
    _K.PARTIAL_RESTS: (Hook.ARRIVAL, Effect(fill_ppm=400_000, rest_ms=3_000)),
    _K.FILL_BEFORE_ANSWER: (Hook.FILLED, Effect(answer_later_ms=500)),
    _K.FILL_BEATS_CANCEL: (Hook.ARRIVAL, Effect(hold_ms=_MINUTE_MS, on_cancel=OnCancel.FILLS_FIRST)),
    _K.FILL_AFTER_CANCEL: (
        Hook.ARRIVAL,
        Effect(hold_ms=_MINUTE_MS, on_cancel=OnCancel.FILLS_AFTER_ACK, after_cancel_ms=800),
    ),
    _K.FILL_AFTER_EXPIRY: (Hook.ARRIVAL, Effect(hold_past_expiry_ms=300)),
    _K.LOST_CANCEL: (Hook.CANCEL, Effect(lost=True)),
    _K.CANCEL_REFUSED: _canceled(CancelSaid.REFUSED),
    _K.CANCEL_UNKNOWN: _canceled(CancelSaid.UNKNOWN),
    _K.CANCEL_PARTIAL: _canceled(CancelSaid.PARTIAL),
    _K.CANCEL_ECHOED: _canceled(CancelSaid.ECHOED),
    _K.CANCELED_BY_VENUE: (Hook.ARRIVAL, Effect(hold_ms=700, on_due=OnDue.CANCEL)),
    _K.IMPROVED: (Hook.ARRIVAL, Effect(improve_e4=100)),
    _K.OVERFILL: (Hook.ARRIVAL, Effect(extra_ppm=30_000)),
    _K.READ_FAILED: (Hook.READ, Effect(read_error="502 Bad Gateway")),
    _K.NOT_FOUND_IN_FLIGHT: _read(ReadSaid.NOT_FOUND),
    _K.STALE_ORDER: (Hook.ORDER_READ, Effect(lag_ms=1_500)),
    _K.STALE_BALANCE: (Hook.BALANCE_READ, Effect(lag_ms=1_500)),
    _K.STALE_POSITION: (Hook.POSITION_READ, Effect(lag_ms=1_500)),
    _K.ORDERS_FILLS_DISAGREE: (Hook.ORDER_READ, Effect(fills_lag_ms=1_500)),
    _K.ROWS_MISSING: _read(ReadSaid.ROW_MISSING),
    _K.ROWS_REPEATED: _read(ReadSaid.ROW_REPEATED),
    _K.UNKNOWN_WORD: _read(ReadSaid.UNKNOWN_WORD),
    _K.NUMBER_DRIFT: _read(ReadSaid.INTEGERS),
    _K.FIXED_POINT_DRIFT: _read(ReadSaid.FIXED_POINT),
    _K.FOREIGN_ORDER: _read(ReadSaid.FOREIGN),
    _K.STREAM_LOST: (Hook.STREAM, Effect(drop=True)),
    _K.STREAM_REPEATED: (Hook.STREAM, Effect(repeat=True)),
    _K.STREAM_LATE: (Hook.STREAM, Effect(later_ms=5_000)),
    _K.STREAM_REORDERED: _stream(StreamSaid.REORDERED),
    _K.STREAM_REPLAYED: _stream(StreamSaid.REPLAYED),
    _K.STREAM_SILENT: _stream(StreamSaid.SILENT, 10_000),
    _K.STREAM_PINGS_LOST: _stream(StreamSaid.PINGS_LOST, 10_000),
    _K.BOOK_SEQUENCE_RESET: _book(BookSaid.RESET),
    _K.BOOK_DELTA_RACE: _book(BookSaid.RACE),
    _K.BOOK_CROSSED: _book(BookSaid.CROSSED),
    _K.BOOK_SIZE_VANISHES: _book(BookSaid.VANISHES),
    _K.GHOST_FILL: (Hook.SETTLEMENT, Effect(fails=True)),
    _K.PART_FAILS: (Hook.ARRIVAL, Effect(parts=2, fail_first=True)),
    _K.NEVER_BROADCAST: (Hook.SETTLEMENT, Effect(fails=True, never_broadcast=True, final_later_ms=30_000)),
    _K.SLOW_FINALITY: (Hook.SETTLEMENT, Effect(final_later_ms=60_000)),
    _K.UNSELLABLE: _refused(Refused.BALANCE),
    _K.FEE_DIFFERS: (Hook.ARRIVAL, Effect(fee_more_ppm=200_000)),
    _K.SCHEDULE_CHANGES: (Hook.ARRIVAL, Effect(rate_more_ppm=10_000)),
    _K.TICK_CHANGES: (Hook.ARRIVAL, Effect(tick_e4=10, tick_shift_e4=30)),
    _K.OTHER_RESULT: (Hook.MARKET, Effect(flip_result=True)),
    _K.VOID: (Hook.MARKET, Effect(result=Result.VOID)),
    _K.FIFTY_FIFTY: (Hook.MARKET, Effect(result=Result.FIFTY_FIFTY)),
    _K.MARKET_HALT: (Hook.ARRIVAL, Effect(halt_ms=20_000)),
    _K.EARLY_CLOSE: (Hook.MARKET, Effect(close_in_ms=1_000)),
    _K.PRICE_GAP: (Hook.ARRIVAL, Effect(gap_e4=1_000)),
    _K.NO_ROUTE: _shut(Condition.NO_LIQUIDITY, 10 * _MINUTE_MS),
    _K.EARLY_RESOLUTION: (Hook.MARKET, Effect(resolve_in_ms=4_000)),
    _K.RESOLVED_WHILE_EXPOSED: (Hook.FILLED, Effect(resolve_in_ms=300)),
    _K.ARRIVES_AFTER_DEATH: (Hook.REQUEST, Effect(arrive_later_ms=25_000)),
    _K.FILL_AFTER_FINALITY: (
        Hook.ARRIVAL,
        Effect(hold_ms=_MINUTE_MS, on_cancel=OnCancel.FILLS_AFTER_ACK, after_cancel_ms=30_000),
    ),
    _K.ACCEPTED_TWICE: (Hook.REQUEST, Effect(duplicate_after_ms=5_000, accept_twice=True)),
    _K.NEVER_READABLE: (Hook.ARRIVAL, Effect(veil=Veil.HIDDEN, veil_ms=30_000)),
    _K.LYING_STATUS: (Hook.ARRIVAL, Effect(veil=Veil.LIES, veil_ms=30_000)),
}
