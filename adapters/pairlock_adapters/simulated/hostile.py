"""The profile ``hostile``: every fault of fault model F at the venues and in the world, each as often as every other.

Rates are set so that two thousand trades meet each kind several times, and that enough of them still fill, settle and
are hedged: an engine that is safe because nothing ever trades proves nothing.
"""

from __future__ import annotations

from typing import Any

from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import Draw
from pairlock_adapters.simulated.quantiles import Quantiles, between
from pairlock_adapters.simulated.rotation import Turns

_K = FaultKind
_SLIP = between(100, 1_000)


def _draw(
    kind: FaultKind,
    venue: str = "",
    *,
    role: str = "",
    side: str = "",
    change: dict[str, Any] | None = None,
    **vary: Quantiles,
) -> Draw:
    return Draw(
        kind, 1, venue, role, side=side, vary=tuple(vary.items()), change=tuple((change or {}).items())
    )


_REQUEST = Turns(
    45_000,
    (
        _draw(_K.CONNECT_REFUSED),
        _draw(_K.CONNECT_TIMEOUT),
        _draw(_K.TLS_FAILED),
        _draw(_K.LOST_REQUEST),
        _draw(_K.DUPLICATED, duplicate_after_ms=between(10, 9_000)),
        _draw(_K.LATE_ARRIVAL, arrive_later_ms=between(900, 4_500)),
        _draw(_K.LATE_PAST_EXPIRY, arrive_later_ms=between(4_500, 9_900)),
        _draw(_K.LATE_PAST_CANCEL),
        _draw(_K.LATE_PAST_RESTART, for_ms=between(1_000, 3_000)),
        _draw(_K.REORDERED),
    ),
)

# What an order meets at its venue, and what only strikes that order or its market.
_ARRIVAL = Turns(
    170_000,
    (
        _draw(_K.KILL, slip_e4=_SLIP),
        _draw(_K.KILL_400, "polymarket", slip_e4=_SLIP),
        _draw(_K.KILL_409, "kalshi", slip_e4=_SLIP),
        _draw(_K.KILL_500, slip_e4=_SLIP),
        _draw(_K.PARTIAL, fill_ppm=between(100_000, 900_000)),
        _draw(_K.PARTIAL_RESTS, fill_ppm=between(100_000, 900_000), rest_ms=between(500, 30_000)),
        _draw(_K.IMPROVED),
        _draw(_K.OVERFILL, side="buy", extra_ppm=between(10_000, 100_000)),
        _draw(_K.DELAYED, hold_ms=between(150, 8_000)),
        _draw(_K.DELAYED_LIVE, hold_ms=between(150, 3_000), rest_ms=between(500, 30_000)),
        _draw(_K.DELAYED_KILLED, hold_ms=between(150, 8_000)),
        _draw(_K.FILL_BEATS_CANCEL),
        _draw(_K.FILL_AFTER_CANCEL, after_cancel_ms=between(0, 2_000)),
        _draw(_K.FILL_AFTER_EXPIRY, role="entry", hold_past_expiry_ms=between(50, 3_000)),
        _draw(_K.CANCELED_BY_VENUE, hold_ms=between(50, 3_000)),
        _draw(_K.NO_BALANCE),
        _draw(_K.REFUSED_TICK),
        _draw(_K.REFUSED_MINIMUM),
        _draw(_K.REFUSED_CLOSED),
        _draw(_K.REFUSED_SELF_TRADE),
        _draw(_K.REFUSED_BANNED),
        _draw(_K.UNAUTHORIZED),
        _draw(_K.REGION_REFUSED),
        _draw(_K.RATE_LIMITED),
        _draw(_K.RESTARTING),
        _draw(_K.ENDPOINT_GONE),
        _draw(_K.PART_FAILS, "polymarket"),
        _draw(_K.FEE_DIFFERS, fee_more_ppm=between(-200_000, 400_000)),
        _draw(_K.SCHEDULE_CHANGES, rate_more_ppm=between(-30_000, 30_000)),
        _draw(_K.TICK_CHANGES),
        _draw(_K.MARKET_HALT, halt_ms=between(1_000, 40_000)),
        _draw(_K.PRICE_GAP, change={"gap_e4": 1_200}),
        _draw(_K.NO_ROUTE, change={"market_only": True}, for_ms=between(20_000, 600_000)),
    ),
)
# Sales are rare: what only strikes them has a turn of its own.
_SALES = Turns(150_000, (_draw(_K.UNSELLABLE, side="sell"),))
# A whole venue: rarer, since every trade of the next seconds or minutes meets it.
_VENUE = Turns(
    16_000,
    (
        _draw(_K.RESTART, for_ms=between(1_000, 8_000)),
        _draw(_K.SHUT),
        _draw(_K.POST_ONLY, for_ms=between(5_000, 30_000)),
        _draw(_K.CANCEL_ONLY, for_ms=between(2_000, 20_000)),
        _draw(_K.DISABLED, for_ms=between(2_000, 20_000)),
        _draw(_K.PAUSED, for_ms=between(2_000, 20_000)),
        _draw(_K.KEY_REVOKED),
    ),
)
_ANSWER = Turns(
    45_000,
    (
        _draw(_K.LOST_ANSWER),
        _draw(_K.TRUNCATED_BODY),
        _draw(_K.ERROR_IN_2XX),
        _draw(_K.NO_ORDER_IN_ANSWER),
        _draw(_K.SERVER_ERROR),
        _draw(_K.GATEWAY_TIMEOUT),
        _draw(_K.SLOW_ANSWER, answer_later_ms=between(600, 12_000)),
    ),
)
_FILLED = (
    Turns(10_000, (_draw(_K.FILL_BEFORE_ANSWER),)),
    Turns(25_000, (_draw(_K.RESOLVED_WHILE_EXPOSED, role="entry", resolve_in_ms=between(50, 2_000)),)),
)
_REPLY = Turns(6_000, (_draw(_K.READ_TIMEOUT),))
_CANCEL = Turns(
    500_000,
    (
        _draw(_K.RATE_LIMITED_CANCEL),
        _draw(_K.LOST_CANCEL),
        _draw(_K.CANCEL_REFUSED),
        _draw(_K.CANCEL_UNKNOWN),
        _draw(_K.CANCEL_PARTIAL),
        _draw(_K.CANCEL_ECHOED),
    ),
)
_READS = (
    Turns(3_000, (_draw(_K.READ_FAILED),)),
    Turns(
        200_000,
        (
            _draw(_K.NOT_FOUND_IN_FLIGHT),
            _draw(_K.STALE_ORDER, lag_ms=between(100, 2_000)),
            _draw(_K.ORDERS_FILLS_DISAGREE, fills_lag_ms=between(100, 2_000)),
            _draw(_K.ORDERS_FILLS_DISAGREE, change={"fills_lag_ms": 0}, order_lag_ms=between(100, 2_000)),
            _draw(_K.ROWS_MISSING),
            _draw(_K.ROWS_REPEATED),
            _draw(_K.UNKNOWN_WORD),
            _draw(_K.NUMBER_DRIFT),
            _draw(_K.FIXED_POINT_DRIFT),
            _draw(_K.FOREIGN_ORDER),
        ),
    ),
    Turns(200_000, (_draw(_K.STALE_BALANCE, lag_ms=between(100, 2_000)),)),
    Turns(500_000, (_draw(_K.STALE_POSITION, lag_ms=between(100, 2_000)),)),
    Turns(
        20_000,
        (
            _draw(_K.BOOK_SEQUENCE_RESET),
            _draw(_K.BOOK_DELTA_RACE),
            _draw(_K.BOOK_CROSSED),
            _draw(_K.BOOK_SIZE_VANISHES),
        ),
    ),
)
_STREAM = Turns(
    40_000,
    (
        _draw(_K.STREAM_LOST),
        _draw(_K.STREAM_REPEATED),
        _draw(_K.STREAM_LATE, later_ms=between(1_000, 60_000)),
        _draw(_K.STREAM_REORDERED),
        _draw(_K.STREAM_REPLAYED),
        _draw(_K.STREAM_SILENT, for_ms=between(1_000, 20_000)),
        _draw(_K.STREAM_PINGS_LOST, for_ms=between(1_000, 20_000)),
    ),
)
_SETTLEMENT = Turns(
    45_000,
    (
        _draw(_K.GHOST_FILL),
        _draw(_K.NEVER_BROADCAST, final_later_ms=between(0, 90_000)),
        _draw(_K.SLOW_FINALITY, final_later_ms=between(30_000, 110_000)),
    ),
)
_MARKET = Turns(
    15_000,
    (
        _draw(_K.OTHER_RESULT),
        _draw(_K.VOID, yes_payout_e4=between(0, 10_000)),
        _draw(_K.FIFTY_FIFTY),
        _draw(_K.EARLY_CLOSE, close_in_ms=between(300, 3_000)),
        _draw(_K.EARLY_RESOLUTION, resolve_in_ms=between(500, 10_000)),
    ),
)

HOSTILE_TURNS = (
    _REQUEST, _ARRIVAL, _SALES, _VENUE, _ANSWER, *_FILLED, _REPLY, _CANCEL, *_READS, _STREAM, _SETTLEMENT, _MARKET,
)  # fmt: skip
