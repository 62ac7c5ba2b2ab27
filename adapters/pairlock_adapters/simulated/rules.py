"""What the two venues accept and charge, as data; and the words with which they refuse.

Sources: the venues' public documentation as of autumn 2026. What is known only from second hand, or differs between
documents (Polymarket's fee rounding), is a field. The fee is computed here on its own, not with the engine's code:
a venue that shared it could never disagree with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from attrs import frozen

from pairlock.fees import FeeKind, FeeSchedule
from pairlock.ports import OrderIntent
from pairlock.units import DOLLAR_E4, PPM, size_to_fill_e6
from pairlock_adapters.simulated.matching import Tif
from pairlock_adapters.simulated.wire_order import WireOrder, tif_of


class VenueKind(StrEnum):
    KALSHI = "kalshi"
    POLYMARKET = "polymarket"


class Rounding(StrEnum):
    UP = "up"
    NEAREST = "nearest"
    FLOOR = "floor"


class Refused(StrEnum):
    """Why a venue does not take an order. The words of each are in ``_WORDS``."""

    KILLED = "killed"
    KILLED_500 = "killed_500"
    DUPLICATE = "duplicate"
    BALANCE = "balance"
    TICK = "tick"
    MINIMUM = "minimum"
    SIZE_STEP = "size_step"
    NOTIONAL = "notional"
    NOTIONAL_STEP = "notional_step"
    CLOSED = "closed"
    NO_MARKET = "no_market"
    SELF_TRADE = "self_trade"
    CROSSES = "crosses"  # a post-only order that would take
    RESTARTING = "restarting"
    POST_ONLY = "post_only"
    CANCEL_ONLY = "cancel_only"
    DISABLED = "disabled"
    PAUSED = "paused"
    UNAUTHORIZED = "unauthorized"
    REGION = "region"
    RATE_LIMITED = "rate_limited"
    BANNED = "banned"
    GONE = "gone"


@frozen
class Raw:
    """An answer as it comes over the wire; ``at_ms`` is when the venue made it."""

    status: int
    body: object
    at_ms: int = -1


@frozen
class VenueRules:
    """``complete_sets_net``: YES and NO held together become cash at once. ``fills_final``: a match is final at once.

    ``notional_step_micros``: size times price must be a multiple of it for a taker order. ``kills_readable``: a
    killed order can be read by its id. ``pending_sellable``: shares of a match can be sold before it is final.
    ``void_pays_half``: a void pays 50 cents for either outcome, whatever a fault says (as Polymarket does on the wire).
    ``names_fills``: the answer to an order carries its fills one by one, as the fill channel does; without it the
    answer has only totals, and fills must be read.
    """

    kind: VenueKind
    fee_rounding: Rounding
    fee_step_micros: int
    fee_per_fill: bool
    min_size_e2: int
    size_step_e2: int
    min_buy_notional_micros: int
    notional_step_micros: int
    complete_sets_net: bool
    fills_final: bool
    kills_readable: bool
    held_cancellable: bool
    payout_delay_ms: int
    pending_sellable: bool = False
    names_fills: bool = True
    void_pays_half: bool = False
    retire_after_ms: int = 60_000


def kalshi_rules(*, payout_delay_ms: int = 5_000) -> VenueRules:
    """Kalshi: 0.01 contract steps, fee rounded up to $0.0001 on the order's total, complete sets net at once."""
    return VenueRules(
        VenueKind.KALSHI, Rounding.UP, 100, False, 1, 1, 0, 1, True, True, True, True, payout_delay_ms
    )  # fmt: skip


def polymarket_rules(*, fee_rounding: Rounding = Rounding.UP, payout_delay_ms: int = 8_000) -> VenueRules:
    """Polymarket: 5 shares, $1 for a marketable buy, size x price to the cent, fees of each match to $0.00001."""
    return VenueRules(
        VenueKind.POLYMARKET, fee_rounding, 10, True, 500, 1, 1_000_000, 10_000, False, False, False, False,
        payout_delay_ms,
    )  # fmt: skip


def check(rules: VenueRules, tick_e4: int, intent: OrderIntent) -> Refused | None:
    """The first rule of the venue that the order breaks; None if it breaks none."""
    if intent.limit_e4 % tick_e4 or not tick_e4 <= intent.limit_e4 <= DOLLAR_E4 - tick_e4:
        return Refused.TICK
    if isinstance(intent, WireOrder) and intent.budget_micros >= 0:
        return Refused.NOTIONAL if intent.budget_micros < rules.min_buy_notional_micros else None
    if intent.size_e2 < rules.min_size_e2:
        return Refused.MINIMUM
    if intent.size_e2 % rules.size_step_e2:
        return Refused.SIZE_STEP
    if tif_of(intent) == Tif.GOOD_TILL_CANCELED:
        return None  # an order that may rest has no minimum in dollars
    notional_micros = intent.size_e2 * intent.limit_e4  # 1/100 contract x 1/10,000 dollar = one micro-dollar
    if intent.buys and notional_micros < rules.min_buy_notional_micros:
        return Refused.NOTIONAL
    if notional_micros % rules.notional_step_micros:
        return Refused.NOTIONAL_STEP
    return None


def charges_micros(
    rules: VenueRules,
    schedule: FeeSchedule,
    parts: Sequence[tuple[int, int]],
    before: Sequence[tuple[int, int]] = (),
) -> tuple[int, ...]:
    """The taker fee of each part ``(price_e4, qty_e6)``, after the parts ``before`` of the same order were charged."""
    if schedule.kind is not FeeKind.CURVE:
        raise ValueError(
            f"the fee schedule {schedule.name!r} is not a curve; a simulated venue charges curves only"
        )
    denominator = PPM * (DOLLAR_E4 * DOLLAR_E4) ** schedule.exponent
    exact = [
        qty_e6 * schedule.rate_ppm * (p_e4 * (DOLLAR_E4 - p_e4)) ** schedule.exponent
        for p_e4, qty_e6 in parts
    ]
    if rules.fee_per_fill:
        return tuple(_rounded(rules, numerator, denominator) for numerator in exact)
    total = sum(q * schedule.rate_ppm * (p * (DOLLAR_E4 - p)) ** schedule.exponent for p, q in before)
    charged, fees = _rounded(rules, total, denominator), []
    for numerator in exact:
        total += numerator
        fees.append(_rounded(rules, total, denominator) - charged)
        charged += fees[-1]
    return tuple(fees)


def _rounded(rules: VenueRules, numerator: int, denominator: int) -> int:
    step = rules.fee_step_micros
    unit = denominator * step
    if rules.fee_rounding is Rounding.UP:
        return -(-numerator // unit) * step
    if rules.fee_rounding is Rounding.NEAREST:
        return (2 * numerator + unit) // (2 * unit) * step
    return numerator // unit * step


def dearest_micros(rules: VenueRules, schedule: FeeSchedule, size_e2: int, limit_e4: int) -> int:
    """What a buy needs in cash at its limit, fee included."""
    return size_e2 * limit_e4 + charges_micros(rules, schedule, [(limit_e4, size_to_fill_e6(size_e2))])[0]


# status, then Kalshi's `code` or Polymarket's `error`.
_KALSHI: dict[Refused, tuple[int, str]] = {
    Refused.KILLED: (409, "fill_or_kill_insufficient_resting_volume"),
    Refused.KILLED_500: (409, "fill_or_kill_insufficient_resting_volume"),
    Refused.DUPLICATE: (409, "order_already_exists"),
    Refused.BALANCE: (400, "insufficient_balance"),
    Refused.TICK: (400, "invalid_price"),
    Refused.MINIMUM: (400, "invalid_count"),
    Refused.SIZE_STEP: (400, "invalid_count"),
    Refused.NOTIONAL: (400, "invalid_count"),
    Refused.NOTIONAL_STEP: (400, "invalid_count"),
    Refused.CLOSED: (409, "market_inactive"),
    Refused.NO_MARKET: (404, "market_not_found"),
    Refused.SELF_TRADE: (409, "self_cross_attempt"),
    Refused.CROSSES: (400, "post_only_cross"),
    Refused.RESTARTING: (503, "exchange_is_paused"),
    Refused.POST_ONLY: (409, "trading_is_paused"),
    Refused.CANCEL_ONLY: (409, "trading_is_paused"),
    Refused.DISABLED: (503, "exchange_is_paused"),
    Refused.PAUSED: (409, "trading_is_paused"),
    Refused.UNAUTHORIZED: (401, "authentication_error"),
    Refused.REGION: (403, "forbidden_region"),
    Refused.RATE_LIMITED: (429, "too many requests"),
    Refused.BANNED: (403, "user_banned"),
    Refused.GONE: (410, "deprecated_v1_order_endpoint"),
}
_POLYMARKET: dict[Refused, tuple[int, str]] = {
    Refused.KILLED: (400, "order couldn't be fully filled. FOK orders are fully filled or killed."),
    Refused.KILLED_500: (500, "FOK orders are filled or killed"),
    Refused.DUPLICATE: (400, "order {id} is invalid. Duplicated."),
    Refused.BALANCE: (400, "not enough balance / allowance: the balance is not enough"),
    Refused.TICK: (400, "order {id} is invalid. Price breaks minimum tick size rule"),
    Refused.MINIMUM: (400, "order {id} is invalid. Size lower than the minimum"),
    Refused.SIZE_STEP: (400, "invalid amounts, size supports a max accuracy of 2 decimals"),
    Refused.NOTIONAL: (400, "invalid amount for a marketable BUY order, min size: $1"),
    Refused.NOTIONAL_STEP: (400, "invalid amounts, size times price supports a max accuracy of 2 decimals"),
    Refused.CLOSED: (400, "the market is closed: not accepting orders"),
    Refused.NO_MARKET: (400, "the orderbook does not exist"),
    Refused.SELF_TRADE: (400, "order crosses own order"),
    Refused.CROSSES: (400, "invalid post-only order: order crosses book"),
    Refused.RESTARTING: (425, "matching engine is restarting"),
    Refused.POST_ONLY: (503, "post-only mode: only post-only orders and cancels are allowed"),
    Refused.CANCEL_ONLY: (
        503,
        "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
    ),
    Refused.DISABLED: (503, "Trading is currently disabled. Check polymarket.com for updates"),
    Refused.PAUSED: (503, "Trading is currently disabled. Check polymarket.com for updates"),
    Refused.UNAUTHORIZED: (401, "Unauthorized/Invalid api key"),
    Refused.REGION: (403, "Trading restricted in your region"),
    Refused.RATE_LIMITED: (429, "Too Many Requests"),
    Refused.BANNED: (400, "the address is banned: closed only mode"),
    Refused.GONE: (410, "this endpoint is gone"),
}
_NO_MATCH_FAK = (
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
)


def words(
    kind: VenueKind, refused: Refused, *, order_id: str = "", fak: bool = False, as_status: int = 0
) -> Raw:
    """The venue's answer for a refusal; ``as_status`` not 0: under another status than its own."""
    if kind is VenueKind.KALSHI:
        own_status, code = _KALSHI[refused]
        status = as_status or own_status
        if refused is Refused.RATE_LIMITED:
            return Raw(status, {"error": code})
        return Raw(status, {"error": {"code": code, "message": code.replace("_", " "), "details": ""}})
    own_status, text = _POLYMARKET[refused]
    status = as_status or own_status
    if fak and refused is Refused.KILLED:
        text = _NO_MATCH_FAK
    body: dict[str, object] = {"error": text.replace("{id}", order_id)}
    if refused is Refused.POST_ONLY:
        body |= {"code": "post_only_mode", "retry_after_seconds": 79}
    return Raw(status, body)
