"""The detector: whether two books of one event offer YES and NO together for less than the payout. Pure.

It looks at the top of both books only, in both directions (YES here and NO there, or the reverse). Depth, size and
everything that needs an account belong to the sizer and the gates.
"""

from __future__ import annotations

from attrs import frozen

from pairlock.book import Book, depth_e2
from pairlock.errors import EngineBug
from pairlock.fees import FeeSchedule, fee_micros
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.opportunity_checks import MICROS_PER_E4, book_problem, make_opportunity
from pairlock.ports import MarketRules
from pairlock.units import CONTRACT_E6, DOLLAR_E4


@frozen
class Edge:
    """What one contract of YES and one of NO bring at two prices, if both pay as one contract should.

    ``gross_e4``: payout less both prices, 1/10,000 dollar. ``net_micros``: less both taker fees for one contract,
    each rounded up as its venue rounds.
    """

    gross_e4: int
    fees_micros: int

    @property
    def net_micros(self) -> int:
        return self.gross_e4 * MICROS_PER_E4 - self.fees_micros


@frozen
class MarketView:
    """One venue's side of a pair: its market's book and rules."""

    platform: str
    book: Book
    rules: MarketRules


def edge(yes_e4: int, yes_fees: FeeSchedule, no_e4: int, no_fees: FeeSchedule) -> Edge:
    """The edge of buying YES at ``yes_e4`` on one venue and NO at ``no_e4`` on the other."""
    fees_micros = fee_micros(yes_fees, yes_e4, CONTRACT_E6) + fee_micros(no_fees, no_e4, CONTRACT_E6)
    return Edge(DOLLAR_E4 - yes_e4 - no_e4, fees_micros)


def detect(
    one: MarketView,
    other: MarketView,
    *,
    event_id: str,
    execution_window_ms: int,
    market_class: str = "general",
    opportunity_id: str = "",
) -> ArbitrageOpportunity | None:
    """The direction with the larger net profit per contract at the top of both books; None if neither has any.

    ``execution_window_ms`` is the caller's estimate of how long the prices will stand. ``detected_at_ms`` becomes
    the older of the two reads, so that the opportunity is never fresher than what it was seen in. A book that is
    crossed or malformed offers nothing. Raises EngineBug when a book and its rules are of different markets.
    """
    for view in (one, other):
        if view.book.market != view.rules.market:
            raise EngineBug(f"the book of {view.book.market} came with the rules of {view.rules.market}")
    if book_problem(one.book) or book_problem(other.book) or not (one.rules.open and other.rules.open):
        return None
    best: ArbitrageOpportunity | None = None
    for yes, no in ((one, other), (other, one)):
        found = _at_the_top(yes, no, event_id, execution_window_ms, market_class, opportunity_id)
        if found and found.net_profit_micros > (best.net_profit_micros if best else 0):
            best = found
    return best


def _at_the_top(
    yes: MarketView, no: MarketView, event_id: str, window_ms: int, market_class: str, opportunity_id: str
) -> ArbitrageOpportunity | None:
    yes_asks, no_asks = yes.book.asks_of("yes"), no.book.asks_of("no")
    if not yes_asks or not no_asks:
        return None
    yes_e4, no_e4 = yes_asks[0][0], no_asks[0][0]
    return make_opportunity(
        event_id=event_id,
        platform_a=yes.platform,
        market_a=yes.rules.market,
        price_a_e4=yes_e4,
        fees_a=yes.rules.fees,
        liquidity_a_e2=depth_e2(yes_asks, yes_e4, buying=True),
        platform_b=no.platform,
        market_b=no.rules.market,
        price_b_e4=no_e4,
        fees_b=no.rules.fees,
        liquidity_b_e2=depth_e2(no_asks, no_e4, buying=True),
        execution_window_ms=window_ms,
        detected_at_ms=min(yes.book.read_at_ms, no.book.read_at_ms),
        market_class=market_class,
        opportunity_id=opportunity_id,
    )
