"""What reads and pushes of an order say: the order itself (active ones only) and its trades, as facts.

A trade is one taker against makers. Ours is found by the order's id, as the taker or among the makers, and by nothing
else. Its cost is what its makers' prices make of it, where their amounts add up to the trade's; the row's own price
where they do not; where both speak, the one that is worse for us.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from pairlock.facts import NotFound, OrderReport, OutcomeUnknown, Reported
from pairlock.fees import FeeSchedule, fee_micros, with_rate
from pairlock.model import Fill
from pairlock.ports import OrderIntent
from pairlock.units import DOLLAR_E4, PPM, size_to_fill_e6
from pairlock_adapters.polymarket.quantities import (
    MOST_TIMES,
    Unreadable,
    decimal_in,
    decimal_parts,
    is_pointed,
    number,
    paid_micros,
    rows_of,
    shares_e6,
    text,
)
from pairlock_adapters.polymarket.words import order_status, trade_status

Price = tuple[int, int]  # integer, number of decimals
Row = dict[str, object]
_Pieces = tuple[tuple[Price, int], ...]


@frozen
class Asked:
    """Whose trades are looked for: the order's id and token, and the market's fees."""

    intent: OrderIntent
    order_id: str
    token_id: str
    fees: FeeSchedule


@frozen
class _Part:
    """What one row says of our order: amount as written, price, and whether another maker's amounts add up to it."""

    fill_id: str
    amount: str
    prices: tuple[tuple[str, Price], ...]
    price: Price
    rate_ppm: int
    row: Row


def _is(value: object, order_id: str) -> bool:
    return isinstance(value, str) and value.lower() == order_id.lower()


def makers_of(row: Row) -> list[Row]:
    """The makers of a trade's row; none where the field is missing."""
    return rows_of(row, "maker_orders") if row.get("maker_orders") is not None else []


def is_named(row: Row, order_id: str) -> bool:
    """Whether a trade's row names the order."""
    return _is(text(row, "taker_order_id"), order_id) or any(
        _is(maker.get("order_id"), order_id) for maker in makers_of(row)
    )


def _price(value: object, name: str) -> Price:
    found = decimal_parts(value, name)
    if not 0 < found[0] < 10 ** found[1]:
        raise Unreadable(f"{name} is {value!r:.80}, not a price")
    return found


def _mirrored(price: Price) -> Price:
    return 10 ** price[1] - price[0], price[1]


def _side(asked: Asked, row: Row, *, takes: bool) -> None:
    """``Unreadable`` unless the row trades our token in our direction."""
    if text(row, "asset_id") != asked.token_id:
        raise Unreadable(f"a trade of the token {row.get('asset_id')!r:.80}")
    side = row.get("side")
    if side not in (("BUY",) if asked.intent.buys else ("SELL",)) and (takes or side is not None):
        raise Unreadable(f"a trade of side {side!r:.80}")


def _rate_ppm(row: Row) -> int:
    """What a row says of its fee rate; a basis point is 100 millionths."""
    told = row.get("fee_rate_bps")
    rate_ppm = 0 if told in (None, "") else number(told, 2, "fee_rate_bps")
    if rate_ppm > PPM:
        raise Unreadable(f"fee_rate_bps is {told!r:.80}")
    return rate_ppm


def _fill_id(row: Row) -> str:
    """A trade's id. Its bucket is not part of it: one that settles in several transactions comes as trades with ids of
    their own, and a trade's bucket may change between its match and its confirmation."""
    return text(row, "id")


def _parts(asked: Asked, row: Row) -> Iterator[_Part]:
    """What a row says of the order: one part, or two if it met itself."""
    fill_id = _fill_id(row)
    makers = makers_of(row)
    if _is(row.get("taker_order_id"), asked.order_id):
        _side(asked, row, takes=True)
        prices = []
        # Makers of whom one names no token do not tell which way their prices are: the row's own price counts.
        named = all(maker.get("asset_id") for maker in makers)
        for maker in makers if named else ():
            price = _price(maker.get("price"), "price")
            own = maker.get("asset_id") == asked.token_id
            prices.append((text(maker, "matched_amount"), price if own else _mirrored(price)))
        yield _Part(
            fill_id, text(row, "size"), tuple(prices), _price(row.get("price"), "price"), _rate_ppm(row), row
        )
    for maker in makers:
        if _is(maker.get("order_id"), asked.order_id):
            _side(asked, maker, takes=False)
            price = _price(maker.get("price"), "price")
            yield _Part(fill_id, text(maker, "matched_amount"), (), price, _rate_ppm(maker), row)


def _fee(asked: Asked, rate_ppm: int, pieces: _Pieces) -> int:
    """By the market's schedule, rounded up, and never below what the row's own rate implies."""
    fees = with_rate(asked.fees, max(asked.fees.rate_ppm, rate_ppm))
    total = 0
    for (digits, decimals), qty_e6 in pieces:
        scaled = digits * DOLLAR_E4
        down_e4 = scaled // 10**decimals
        around = {down_e4, -(-scaled // 10**decimals)}
        total += max(fee_micros(fees, price_e4, qty_e6) for price_e4 in around)
    return total


def fills_of(asked: Asked, rows: Sequence[Row]) -> tuple[Fill, ...]:
    """The order's fills among ``rows`` of trades; every unit settled or ``Unreadable``."""
    unique: dict[str, Row] = {}
    for row in rows:
        if not is_named(row, asked.order_id):
            continue
        key = _fill_id(row)
        if unique.setdefault(key, row) != row:
            raise Unreadable(f"two different rows of the trade {key!r:.80}")
    parts = [part for row in unique.values() for part in _parts(asked, row)]
    if len({part.fill_id for part in parts}) != len(parts):
        raise Unreadable("an order that met itself")
    pointed = any(
        is_pointed(row.get("size"))
        or any(is_pointed(maker.get("matched_amount")) for maker in makers_of(row))
        for row in rows
    )
    quantities, places = shares_e6([part.amount for part in parts], asked.intent, pointed=pointed)
    return tuple(_fill(asked, part, qty_e6, places) for part, qty_e6 in zip(parts, quantities, strict=True))


def _fill(asked: Asked, part: _Part, qty_e6: int, places: int) -> Fill:
    status = trade_status(text(part.row, "status"))
    if status is None:
        raise Unreadable(f"a trade of status {part.row.get('status')!r:.80}")
    plain: _Pieces = ((part.price, qty_e6),)
    makers = tuple((price, decimal_in(amount, places, "matched_amount")) for amount, price in part.prices)
    split = makers if makers and sum(each for _, each in makers) == qty_e6 else plain
    costs = [
        sum(paid_micros(price, each, up=asked.intent.buys) for price, each in pieces)
        for pieces in (plain, split)
    ]
    cost_micros = max(costs) if asked.intent.buys else min(costs)
    fee_micros = max(_fee(asked, part.rate_ppm, pieces) for pieces in (plain, split))
    return Fill(part.fill_id, qty_e6, cost_micros, fee_micros, status)


def order_row(asked: Asked, row: Row) -> tuple[Reported, int]:
    """Whether the order may still fill, and how much of it matched (1/1,000,000 share)."""
    if not _is(row.get("id"), asked.order_id):
        raise Unreadable(f"the order {row.get('id')!r:.80}")
    reported = order_status(text(row, "status"))
    if reported is None:
        raise Unreadable(f"order status {row.get('status')!r:.80}")
    matched, original = text(row, "size_matched"), text(row, "original_size")
    size_e6 = size_to_fill_e6(asked.intent.size_e2)
    # The row tells the order's own size in the same unit, and we know that size.
    if decimal_in(original, 6, "original_size") == size_e6:
        return reported, _plausible(asked, decimal_in(matched, 6, "size_matched"))
    if not is_pointed(original) and decimal_in(original, 0, "original_size") == size_e6:
        return reported, _plausible(asked, decimal_in(matched, 0, "size_matched"))
    return reported, shares_e6([matched], asked.intent, pointed=is_pointed(original))[0][0]


def _plausible(asked: Asked, matched_e6: int) -> int:
    if matched_e6 > MOST_TIMES * size_to_fill_e6(asked.intent.size_e2):
        raise Unreadable(f"{matched_e6} of 1/1,000,000 share filled of {asked.intent.size_e2} of 1/100 share")
    return matched_e6


def order_read(
    asked: Asked, order: object, trades: Sequence[Row], asked_at_ms: int, now_ms: int
) -> OrderReport | NotFound | OutcomeUnknown:
    """What the order's own read (None: not active) and all pages of the market's trades say of it."""
    ident = asked.intent.intent_id
    try:
        fills = fills_of(asked, trades)
        total_e6 = sum(fill.qty_e6 for fill in fills)
        if order is None:
            if not fills:
                return NotFound(now_ms, ident, asked_at_ms)
            # No longer active: rebuilt from its trades.
            reported, matched_e6 = Reported.TERMINAL, total_e6
        elif isinstance(order, dict):
            reported, matched_e6 = order_row(asked, order)
        else:
            raise Unreadable("an order that is not an object")
    except Unreadable as error:
        return OutcomeUnknown(now_ms, ident, f"unreadable: {error}"[:200])
    return OrderReport(now_ms, ident, asked_at_ms, reported, max(total_e6, matched_e6), fills, asked.order_id)
