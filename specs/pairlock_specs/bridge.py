"""The bridge: where each fault of the simulated venues is met in the explorer's world, or why it is not.

Data only, by the faults' names: specs do not know the simulator. ``tests/test_bridge.py`` holds that every kind of the
simulator has its line and that every action named here exists; what no fault needs is the course of a healthy trade.
"""

from __future__ import annotations

from attrs import frozen

_WRITTEN = "the request of {} is written"
_NOT_WRITTEN = "no byte of {} was written"
_ACCEPTED = "{} arrives and is accepted"
_REFUSED = "{} arrives and is refused"
_LOST = "{} is lost before it arrives"
_MATCH = "match: {}"
_ODD = "odd match: {}"
_ENDED = "the venue ends {}"
_CANCELED = "our cancel ends {}"
_FINAL = "final: {}"
_FAILED = "failed: {}"
_RESOLVE = "the markets resolve: {}"
_READ = "{}"
_NO_ORDER = "an answer with no order in it, for {}"
_ACKED = "the cancel of {} is acknowledged"
_DEADLINE = "the deadline passes"
_OVERDUE = "{} is overdue"
_PAYOUT = "the payout of {} is read"
_BOOKS = "books: {}"
_MOVED = "the market moved"
_GATE = "a gate refuses"
_BREAKER = "a breaker aborts"
_CRASH = "crash and restart"


@frozen
class Met:
    """The actions by which the world does the same; ``how`` says it where their names alone do not."""

    actions: tuple[str, ...]
    how: str = ""


@frozen
class Outside:
    """Not part of the search, and what checks it instead."""

    reason: str


_UNKNOWN = Met((_ACCEPTED, _NO_ORDER), "the order is at the venue and no answer names it")
_LATE = Met((_ACCEPTED, _DEADLINE), "a request in flight arrives at any time, or never")
_KILLED = Met((_ACCEPTED, _ENDED, _REFUSED), "ended before anything matched, told by any answer or read")
_SHUT = Met((_REFUSED, _BOOKS), "orders are refused, and no book opens a route")
_NO_CANCEL = Met(
    (_REFUSED, _BOOKS, _MATCH, _ENDED),
    "as when it is shut, and our cancels have no effect either: what is there goes on",
)
_UNCANCELED = Met(
    (_MATCH, _ENDED), "our cancel has no effect: the order goes on as if it had not been asked for"
)
_RESOLVED = Met(
    (_RESOLVE, _PAYOUT),
    "both markets at one moment, payouts read leg by leg; one alone in the simulator's runs",
)
_STALE = Met((_READ,), "early reads: not found, live although closed, fills missing, totals without fills")
_UNTOLD = Met((_READ,), "nothing tells until a read does, at any time")
_TRANSLATED = Outside("translated before the core sees it: the adapters' tests and the demo's judge")
_MONEY = Outside(
    "it changes money, not what is held: the judge's comparison with the venues' cash, and the fee contracts"
)
_BEYOND = Outside("beyond fault model F: `pairlock demo --faults beyond`")

FAULTS: dict[str, Met | Outside] = {
    # Requests.
    "connect_refused": Met((_NOT_WRITTEN,)),
    "connect_timeout": Met((_NOT_WRITTEN,)),
    "tls_failed": Met((_NOT_WRITTEN,)),
    "read_timeout": _UNKNOWN,
    "lost_request": Met((_WRITTEN, _LOST)),
    "lost_answer": _UNKNOWN,
    "duplicated": Met(
        (_NO_ORDER,), "the copy is refused by its id: it makes no order, and its answer names none"
    ),
    "late_arrival": _LATE,
    "late_past_expiry": _LATE,
    "late_past_cancel": Met(
        (_NO_ORDER, _ACCEPTED),
        "our cancel stands while the request is in flight; it finds and tells nothing, then the request arrives",
    ),
    "late_past_restart": Met(
        (_BOOKS, _ACCEPTED, _REFUSED),
        "no book opens a route while the venue restarts; the request arrives after that, and may be taken",
    ),
    "reordered": _LATE,
    "truncated_body": _UNKNOWN,
    "error_in_2xx": _UNKNOWN,
    "no_order_in_answer": _UNKNOWN,
    "kill": _KILLED,
    "kill_400": _KILLED,
    "kill_409": _KILLED,
    "kill_500": _KILLED,
    "server_error": _UNKNOWN,
    "gateway_timeout": _UNKNOWN,
    "slow_answer": _UNKNOWN,
    "unauthorized": Met((_REFUSED,)),
    "region_refused": Met((_REFUSED,)),
    "rate_limited": Met((_REFUSED,)),
    "rate_limited_cancel": _UNCANCELED,
    "restarting": Met((_REFUSED,)),
    "restart": _NO_CANCEL,
    "shut": _NO_CANCEL,
    "post_only": _SHUT,
    "cancel_only": _SHUT,
    "disabled": _NO_CANCEL,
    "paused": _SHUT,
    "key_revoked": _NO_CANCEL,
    "endpoint_gone": Met((_REFUSED,)),
    # Orders.
    "no_balance": Met((_REFUSED,)),
    "refused_tick": Met((_REFUSED,)),
    "refused_minimum": Met((_REFUSED,)),
    "refused_closed": Met((_REFUSED,)),
    "refused_self_trade": Met((_REFUSED,)),
    "refused_banned": Met((_REFUSED,)),
    "delayed": Met((_ACCEPTED, _MATCH)),
    "delayed_live": Met((_ACCEPTED, _READ, _MATCH)),
    "delayed_killed": Met((_ACCEPTED, _READ, _ENDED)),
    "partial": Met((_MATCH, _ENDED)),
    "partial_rests": Met((_MATCH, _READ, _ENDED)),
    "fill_before_answer": Met((_MATCH, _READ)),
    "fill_beats_cancel": Met((_MATCH, _ACKED)),
    "fill_after_cancel": Met((_ACKED, _MATCH), "an acknowledged cancel may have had no effect yet"),
    "fill_after_expiry": Met((_DEADLINE, _MATCH)),
    "lost_cancel": _UNCANCELED,
    "cancel_refused": _UNCANCELED,
    "cancel_unknown": _UNCANCELED,
    "cancel_partial": _UNCANCELED,
    "cancel_echoed": Met((_ACKED, _MATCH)),
    "canceled_by_venue": Met((_ENDED,)),
    "improved": _MONEY,
    "overfill": Met(
        (_ODD,),
        "of a purchase on leg 0, by one millionth of a contract; by more, and on both legs, in the simulator's runs",
    ),
    # Reads.
    "read_failed": _UNTOLD,
    "not_found_in_flight": _STALE,
    "stale_order": _STALE,
    "stale_balance": Outside("one trade's step reads no balance: the runner's tests of hand trades"),
    "stale_position": Outside("positions only cross-check, in the runner: its tests of hand trades"),
    "orders_fills_disagree": _STALE,
    "rows_missing": Met(
        (_READ,), "the latest fill is missing: the total without its fills, after a read of the earlier ones"
    ),
    "rows_repeated": _TRANSLATED,
    "unknown_word": Met((_NO_ORDER,), "what is not understood is an unknown outcome"),
    "number_drift": _TRANSLATED,
    "fixed_point_drift": _TRANSLATED,
    "foreign_order": Outside("it belongs to no trade: the runner's tests of foreign orders"),
    # Streams.
    "stream_lost": _UNTOLD,
    "stream_repeated": _STALE,
    "stream_late": _STALE,
    "stream_reordered": _STALE,
    "stream_replayed": _STALE,
    "stream_silent": _UNTOLD,
    "stream_pings_lost": _UNTOLD,
    "book_sequence_reset": Met(
        (_BOOKS, _MOVED), "a book in doubt opens no route, and no entry is verified on it"
    ),
    "book_delta_race": Met((_BOOKS, _MOVED)),
    "book_crossed": Met((_BOOKS, _MOVED)),
    "book_size_vanishes": Met(
        (_BOOKS, _MATCH, _ENDED), "what was offered is not there when the order arrives"
    ),
    # Settlement.
    "ghost_fill": Met((_FAILED,)),
    "part_fails": Met((_FAILED, _FINAL)),
    "never_broadcast": Met((_FAILED,)),
    "slow_finality": Met((_OVERDUE, _FINAL)),
    "unsellable": Met((_BOOKS,), "no route, or the complement only, until the shares can be sold"),
    "fee_differs": _MONEY,
    "schedule_changes": _MONEY,
    "tick_changes": Met((_REFUSED, _BOOKS)),
    "other_result": Met((_RESOLVE, _PAYOUT)),
    "void": Met((_RESOLVE, _PAYOUT)),
    "fifty_fifty": Met((_RESOLVE, _PAYOUT)),
    # Markets.
    "market_halt": _SHUT,
    "early_close": Met((_REFUSED, _BOOKS)),
    "price_gap": Met((_MOVED, _BOOKS), "the entry is not verified; a route is gone"),
    "no_route": Met((_BOOKS,)),
    "early_resolution": _RESOLVED,
    "resolved_while_exposed": _RESOLVED,
    # Beyond fault model F.
    "arrives_after_death": _BEYOND,
    "fill_after_finality": _BEYOND,
    "accepted_twice": _BEYOND,
    "never_readable": _BEYOND,
    "lying_status": _BEYOND,
}

# What happens to a trade with no fault of a venue at all, on our own side or in the ordinary course.
ORDINARY: tuple[str, ...] = (
    _GATE,
    _BREAKER,
    _CANCELED,
    _CRASH,
    "kill",
    "the gates pass: {}",
    "both reservations are durable",
    "a reservation is refused",
    "the market still holds",
    "an operator grants one more exit",
)
