"""Kalshi's words on markets: rules, price grids, books, fees, pauses and results."""

from __future__ import annotations

import re
from math import lcm

from attrs import evolve, frozen

from pairlock.book import Book, Level
from pairlock.fees import FeeSchedule, kalshi_quadratic
from pairlock.model import Outcome, Payout
from pairlock.units import DOLLAR_E4, DOLLAR_MICROS, PPM, ceil_div
from pairlock_adapters.kalshi.fields import (
    Body,
    Unreadable,
    decimal,
    flag,
    inner,
    known,
    rows,
    text,
    time_ms,
    units,
    whole,
)
from pairlock_adapters.kalshi.words import MARKET_STATUS

# The smallest order, 0.01 contract.
MIN_SIZE_E2 = 1
DEFAULT_SHARD = 0
_MICROS_PER_E4 = DOLLAR_MICROS // DOLLAR_E4
_E4_FINER = 100  # a price in millionths of a dollar per one in 1/10,000
# The taker's part of these is the same quadratic; what they add concerns makers.
_QUADRATIC = frozenset({"quadratic", "quadratic_with_maker_fees", "quadratic_with_combo_maker_fees"})
# A change of fees that is due within this is already in force for us: the dearer of both is used.
_FEE_HORIZON_MS = 3_600_000
_MOST_BANDS = 64
_NUMBER = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)


@frozen
class Market:
    """A market as Kalshi tells it. ``settled_e4``: what one YES paid, None before it is known."""

    ticker: str
    event: str
    status: str
    tick_e4: int
    shard: int
    result: str
    settled_e4: int | None

    @property
    def open(self) -> bool:
        return MARKET_STATUS.get(self.status, (False, False))[0]

    @property
    def paid(self) -> bool:
        return MARKET_STATUS.get(self.status, (False, False))[1]


def market(body: object, ticker: str) -> Market:
    """The answer to a market's read."""
    row = inner(body, "market")
    if text(row, "ticker") != ticker:
        raise Unreadable(f"ticker is {row.get('ticker')!r:.60}, not {ticker!r}")
    if (
        row.get("notional_value_dollars") is not None
        and units(row, "notional_value_dollars", 6) != DOLLAR_MICROS
    ):
        raise Unreadable("a contract that does not pay one dollar")
    settled = row.get("settlement_value_dollars")
    return Market(
        ticker,
        text(row, "event_ticker"),
        text(row, "status"),
        tick_e4(row),
        whole(row, "exchange_index") if row.get("exchange_index") is not None else DEFAULT_SHARD,
        str(row.get("result") or ""),
        None if settled is None or settled == "" else _dollar_e4(settled),
    )


def _dollar_e4(value: object) -> int:
    """A price or payout between nothing and a dollar."""
    amount_e4 = decimal(value, 4, "settlement_value_dollars")
    if amount_e4 > DOLLAR_E4:
        raise Unreadable(f"settlement_value_dollars is {value!r:.60}")
    return amount_e4


def tick_e4(row: Body) -> int:
    """The finest tick whose every multiple is a price of the market.

    Kalshi's grid has bands of its own steps (``price_ranges``, finer near 0 and 1 in some markets); the engine knows
    one tick. A coarser one is always valid and costs at most part of a cent.
    """
    bands = [
        (
            decimal(band.get("start"), 6, "start"),
            decimal(band.get("end"), 6, "end"),
            decimal(band.get("step"), 6, "step"),
        )
        for band in rows(row, "price_ranges")
    ]
    if not 0 < len(bands) <= _MOST_BANDS or any(step == 0 or step > DOLLAR_MICROS for _, _, step in bands):
        raise Unreadable("price_ranges without a step, or too many of them")
    tick = lcm(_E4_FINER, *(step for _, _, step in bands))
    on_grid = all(
        any(start <= price <= end and (price - start) % step == 0 for start, end, step in bands)
        for price in range(tick, DOLLAR_MICROS, tick)
    )
    if tick >= DOLLAR_MICROS or not on_grid:
        raise Unreadable("price_ranges that share no tick")
    return tick // _E4_FINER


def _ppm(value: object, name: str) -> int:
    """A number of JSON or a decimal string in millionths, rounded up."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Unreadable(f"{name} is {value!r:.60}")
    found = _NUMBER.fullmatch(str(value))
    if found is None:
        raise Unreadable(f"{name} is {value!r:.60}")
    part = found[2] or ""
    return ceil_div(int(found[1] + part) * PPM, 10 ** len(part))


@frozen
class SeriesFees:
    """The fees of a series or of one event: the taker's multiplier in millionths, and from when (ms since 1970)."""

    fee_type: str
    multiplier_ppm: int
    from_ms: int = 0


def series_fees(body: object, ticker: str) -> SeriesFees:
    """The answer to a series' read."""
    row = inner(body, "series")
    if row.get("ticker") is not None and row["ticker"] != ticker:
        raise Unreadable(f"series {row['ticker']!r:.60}, not {ticker!r}")
    return SeriesFees(text(row, "fee_type"), _ppm(row.get("fee_multiplier"), "fee_multiplier"))


def event_series(body: object, ticker: str) -> tuple[str, SeriesFees | None]:
    """The series of an event, and the fees with which the event overrides it."""
    row = inner(body, "event")
    if text(row, "event_ticker") != ticker:
        raise Unreadable(f"event {row.get('event_ticker')!r:.60}, not {ticker!r}")
    return text(row, "series_ticker"), _override(row, 0)


def _override(row: Body, from_ms: int) -> SeriesFees | None:
    if row.get("fee_type_override") is None and row.get("fee_multiplier_override") is None:
        return None
    multiplier = _ppm(row.get("fee_multiplier_override"), "fee_multiplier_override")
    return SeriesFees(text(row, "fee_type_override"), multiplier, from_ms)


def fee_changes(body: object, series: str) -> tuple[SeriesFees, ...]:
    """Announced changes of a series."""
    return tuple(
        SeriesFees(
            text(row, "fee_type"),
            _ppm(row.get("fee_multiplier"), "fee_multiplier"),
            time_ms(row, "scheduled_ts"),
        )
        for row in rows(body, "series_fee_change_arr")
        if text(row, "series_ticker") == series
    )


def event_fee_changes(body: object, event: str, own: SeriesFees) -> tuple[SeriesFees, ...]:
    """Announced changes of an event's override; one that clears it brings back the series' own fees."""
    found: list[SeriesFees] = []
    for row in rows(body, "event_fee_changes"):
        if text(row, "event_ticker") == event:
            from_ms = time_ms(row, "scheduled_ts")
            found.append(_override(row, from_ms) or evolve(own, from_ms=from_ms))
    return tuple(found)


def fee_schedule(
    now: SeriesFees, changes: tuple[SeriesFees, ...], *, wall_ms: int, direct_member: bool
) -> FeeSchedule:
    """The schedule that an order now meets at the dearest. ``Unreadable`` where the fee cannot be computed."""
    due = [now, *(change for change in changes if change.from_ms <= wall_ms + _FEE_HORIZON_MS)]
    for fees in due:
        if fees.fee_type not in _QUADRATIC:
            raise Unreadable(f"fee_type is {fees.fee_type!r:.60}, whose rate Kalshi's API does not tell")
    return kalshi_quadratic(max(fees.multiplier_ppm for fees in due), direct_member=direct_member)


def levels(found: object, name: str) -> list[Level]:
    """Levels ``[price, count]`` of bids in price_e4 and size_e2; an absent side is an empty one."""
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unreadable(f"{name} is {found!r:.60}")
    levels: list[Level] = []
    for level in found:
        if not isinstance(level, list) or len(level) != 2:
            raise Unreadable(f"a level of {name} is {level!r:.60}")
        price_e4, size_e2 = decimal(level[0], 4, name), decimal(level[1], 2, name)
        if not 0 < price_e4 < DOLLAR_E4:
            raise Unreadable(f"a level of {name} at {level[0]!r:.20}")
        if size_e2:
            levels.append((price_e4, size_e2))
    return levels


def book(body: object, ticker: str, read_ms: int) -> Book:
    """The answer to a book's read: bids of both outcomes, in whichever order, as one book in YES terms.

    ``Unreadable`` where it is crossed or names a price twice: a book that cannot be is not served.
    """
    sides = inner(body, "orderbook_fp")
    for key in ("yes_dollars", "no_dollars"):
        if key not in sides:
            raise Unreadable(f"{key} is missing")
    yes = levels(sides["yes_dollars"], "yes_dollars")
    no = levels(sides["no_dollars"], "no_dollars")
    return ordered(ticker, yes, [(DOLLAR_E4 - price_e4, size_e2) for price_e4, size_e2 in no], read_ms)


def ordered(ticker: str, bids: list[Level], asks: list[Level], read_ms: int) -> Book:
    """Levels of the one book, best first; ``Unreadable`` where they cross or a price comes twice."""
    for side in (bids, asks):
        if len({price_e4 for price_e4, _ in side}) != len(side):
            raise Unreadable("a price that comes twice in one side")
    found = Book(ticker, tuple(sorted(bids, reverse=True)), tuple(sorted(asks)), read_ms)
    if found.bids and found.asks and found.bids[0][0] >= found.asks[0][0]:
        raise Unreadable(f"a crossed book: bid {found.bids[0][0]}, ask {found.asks[0][0]} of 1/10,000 dollar")
    return found


@frozen
class Pauses:
    """``takes_orders``: neither the exchange nor trading is paused on the shard."""

    takes_orders: bool
    said: str


def pauses(body: object, shard: int) -> Pauses:
    """The answer to the exchange's status, which also comes under 500, 503 and 504."""
    row = known(body, "the answer")
    statuses = row.get("exchange_index_statuses")
    if statuses is not None:
        for each in rows(body, "exchange_index_statuses"):
            if whole(each, "exchange_index") == shard:
                row = each
                break
        else:
            if shard != DEFAULT_SHARD:
                raise Unreadable(f"the exchange's status does not name the shard {shard}")
    exchange, trading = flag(row, "exchange_active"), flag(row, "trading_active")
    said = "open" if exchange and trading else "trading is paused" if exchange else "the exchange is paused"
    return Pauses(exchange and trading, said)


def payout(found: Market, outcome: Outcome) -> Payout | None:
    """What one contract of ``outcome`` paid; None before it is paid. ``Unreadable`` where it is paid but not told."""
    if not found.paid:
        return None
    yes_e4 = found.settled_e4
    told_e4 = {"yes": DOLLAR_E4, "no": 0}.get(found.result)
    if yes_e4 is None:
        yes_e4 = told_e4
    if yes_e4 is None:
        raise Unreadable(f"it is settled, result {found.result!r:.20}, without a value")
    if told_e4 is not None and told_e4 != yes_e4:
        raise Unreadable(f"result {found.result!r}, but one YES paid {yes_e4} of 1/10,000 dollar")
    if found.result == "void":
        kind = "void"
    elif yes_e4 in (0, DOLLAR_E4):
        kind = "normal"
    else:
        kind = "fifty_fifty" if 2 * yes_e4 == DOLLAR_E4 else "void"
    return Payout(yes_e4 if outcome is Outcome.YES else DOLLAR_E4 - yes_e4, kind)
