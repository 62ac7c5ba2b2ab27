"""Builds consistent opportunities, and says in one sentence why another's cannot be used.

An opportunity comes from outside: every field is checked before any of them is computed with. Pure.
"""

from __future__ import annotations

from collections.abc import Collection

from attrs import fields

from pairlock.book import Book, Level
from pairlock.fees import FeeSchedule, fee_micros
from pairlock.limits import Limits
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.units import CONTRACT_E6, DOLLAR_E4

PLATFORMS = ("kalshi", "polymarket")
MICROS_PER_E4 = 100

# Wider than any market, narrow enough for every product to be stored in 64 bits.
MAX_NUMBER = 10**15
MAX_TEXT = 256

_TEXTS = ("event_id", "platform_a", "platform_b", "market_a", "market_b", "market_class", "opportunity_id")
_MAY_BE_EMPTY = ("opportunity_id",)
_MAY_BE_NEGATIVE = ("gross_profit_e4", "net_profit_micros")


def make_opportunity(
    *,
    event_id: str,
    platform_a: str,
    market_a: str,
    price_a_e4: int,
    fees_a: FeeSchedule,
    liquidity_a_e2: int,
    platform_b: str,
    market_b: str,
    price_b_e4: int,
    fees_b: FeeSchedule,
    liquidity_b_e2: int,
    execution_window_ms: int,
    detected_at_ms: int,
    market_class: str = "general",
    opportunity_id: str = "",
) -> ArbitrageOpportunity:
    """An opportunity to buy YES on a and NO on b whose figures agree with each other.

    Prices in 1/10,000 dollar of the outcome bought, liquidity in 1/100 contract. ``fees_total_micros`` is what both
    venues take for one contract, each rounded up as that venue rounds. Nothing is checked: ``check_opportunity``.
    """
    combined_e4 = price_a_e4 + price_b_e4
    gross_e4 = DOLLAR_E4 - combined_e4
    fees_micros = fee_micros(fees_a, price_a_e4, CONTRACT_E6) + fee_micros(fees_b, price_b_e4, CONTRACT_E6)
    return ArbitrageOpportunity(
        event_id=event_id,
        platform_a=platform_a,
        platform_b=platform_b,
        market_a=market_a,
        market_b=market_b,
        price_a_e4=price_a_e4,
        price_b_e4=price_b_e4,
        combined_cost_e4=combined_e4,
        guaranteed_payout_e4=DOLLAR_E4,
        gross_profit_e4=gross_e4,
        fees_total_micros=fees_micros,
        net_profit_micros=gross_e4 * MICROS_PER_E4 - fees_micros,
        min_liquidity_a_e2=liquidity_a_e2,
        min_liquidity_b_e2=liquidity_b_e2,
        execution_window_ms=execution_window_ms,
        detected_at_ms=detected_at_ms,
        market_class=market_class,
        opportunity_id=opportunity_id,
    )


def check_opportunity(
    opportunity: ArbitrageOpportunity,
    now_ms: int,
    limits: Limits,
    *,
    platforms: Collection[str] = PLATFORMS,
) -> str:
    """Why ``opportunity`` cannot be used, in one sentence; "" when it can. Never raises, whatever its fields hold."""
    return inconsistency(opportunity, platforms=platforms) or staleness(opportunity, now_ms, limits)


def inconsistency(opportunity: ArbitrageOpportunity, *, platforms: Collection[str] = PLATFORMS) -> str:
    """The first way in which the fields are not of their kind, out of range, or disagree; "" for none."""
    return _wrong_kind(opportunity) or _wrong_value(opportunity, platforms) or _disagreement(opportunity)


def kind_problem(opportunity: object) -> str:
    """The first field that is not of its kind (type, size of number, printable text), so that it cannot even be
    recorded; "" for none."""
    return _wrong_kind(opportunity)


def staleness(opportunity: ArbitrageOpportunity, now_ms: int, limits: Limits) -> str:
    """Why a consistent opportunity is too old, or from the future; "" when fresh. An age of exactly the limit is."""
    age_ms = now_ms - opportunity.detected_at_ms
    most_ms = limits.gates.max_opportunity_age_ms
    if age_ms < 0:
        return f"detected_at_ms {opportunity.detected_at_ms} is {-age_ms} ms in the future of now_ms {now_ms}"
    if age_ms > most_ms:
        return (
            f"the opportunity is stale: detected_at_ms {opportunity.detected_at_ms} is {age_ms} ms old at now_ms"
            f" {now_ms}, more than max_opportunity_age_ms {most_ms}"
        )
    return ""


def book_problem(book: Book) -> str:
    """Why a book's levels cannot be trusted (crossed, unsorted, price or size out of range); "" when they can."""
    for side, levels, falling in (("bids", book.bids, True), ("asks", book.asks, False)):
        problem = _levels_problem(levels, falling=falling)
        if problem:
            return f"the book of {book.market} is unusable: its {side} {problem}"
    if book.bids and book.asks and book.bids[0][0] >= book.asks[0][0]:
        return (
            f"the book of {book.market} is unusable: its bid {book.bids[0][0]} is not below its ask"
            f" {book.asks[0][0]} (1/10,000 dollar)"
        )
    return ""


def _levels_problem(levels: tuple[Level, ...], *, falling: bool) -> str:
    before_e4 = DOLLAR_E4 if falling else 0
    for price_e4, size_e2 in levels:
        if not 0 < price_e4 < DOLLAR_E4:
            return f"hold the price {price_e4}, which is not within 1..{DOLLAR_E4 - 1}"
        if size_e2 <= 0:
            return f"hold the size {size_e2} at {price_e4}"
        if price_e4 > before_e4 if falling else price_e4 < before_e4:
            return f"are not best first: {price_e4} after {before_e4}"
        before_e4 = price_e4
    return ""


def _shown(value: object) -> str:
    text = "a huge number" if isinstance(value, int) and abs(value) > MAX_NUMBER else ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _wrong_kind(opportunity: object) -> str:
    if not isinstance(opportunity, ArbitrageOpportunity):
        return f"an ArbitrageOpportunity is wanted, not a {type(opportunity).__name__}"
    for field in fields(ArbitrageOpportunity):
        value = getattr(opportunity, field.name)
        if field.name in _TEXTS:
            if not isinstance(value, str):
                return f"{field.name} must be a string, not {_shown(value)}"
            if (
                (not value and field.name not in _MAY_BE_EMPTY)
                or len(value) > MAX_TEXT
                or not value.isprintable()
            ):
                return f"{field.name} must be 1 to {MAX_TEXT} printable characters, not {_shown(value)}"
        elif type(value) is not int:  # a bool is an int, and no number of ours
            return f"{field.name} must be an integer, not {_shown(value)}"
        elif abs(value) > MAX_NUMBER:
            return f"{field.name} must be within {MAX_NUMBER}, not {_shown(value)}"
        elif value < 0 and field.name not in _MAY_BE_NEGATIVE:
            return f"{field.name} must not be negative, not {value}"
    return ""


def _wrong_value(opportunity: ArbitrageOpportunity, platforms: Collection[str]) -> str:
    for name in ("platform_a", "platform_b"):
        platform = getattr(opportunity, name)
        if platform not in platforms:
            return f"{name} {_shown(platform)} is not one of {', '.join(sorted(platforms))}"
    if opportunity.platform_a == opportunity.platform_b:
        return f"platform_a and platform_b are both {_shown(opportunity.platform_a)}; two venues are needed"
    for name in ("price_a_e4", "price_b_e4"):
        price_e4 = getattr(opportunity, name)
        if not 0 < price_e4 < DOLLAR_E4:
            return f"{name} {price_e4} is not within 1..{DOLLAR_E4 - 1}"
    if opportunity.guaranteed_payout_e4 != DOLLAR_E4:
        return f"guaranteed_payout_e4 {opportunity.guaranteed_payout_e4} is not {DOLLAR_E4}"
    return ""


def _disagreement(o: ArbitrageOpportunity) -> str:
    combined_e4 = o.price_a_e4 + o.price_b_e4
    if o.combined_cost_e4 != combined_e4:
        return (
            f"combined_cost_e4 {o.combined_cost_e4} is not price_a_e4 {o.price_a_e4} + price_b_e4"
            f" {o.price_b_e4} = {combined_e4}"
        )
    gross_e4 = o.guaranteed_payout_e4 - o.combined_cost_e4
    if o.gross_profit_e4 != gross_e4:
        return (
            f"gross_profit_e4 {o.gross_profit_e4} is not guaranteed_payout_e4 {o.guaranteed_payout_e4}"
            f" - combined_cost_e4 {o.combined_cost_e4} = {gross_e4}"
        )
    net_micros = o.gross_profit_e4 * MICROS_PER_E4 - o.fees_total_micros
    if o.net_profit_micros != net_micros:
        return (
            f"net_profit_micros {o.net_profit_micros} is not gross_profit_e4 {o.gross_profit_e4} x"
            f" {MICROS_PER_E4} - fees_total_micros {o.fees_total_micros} = {net_micros}"
        )
    return ""
