"""Events that both venues list, made one at a time by seed: books that hold a net arbitrage of a few cents, or a flaw.

Names are unique for each (run, index), whatever the seed, so that a store taken up again never sees a name twice.
"""

from __future__ import annotations

from enum import StrEnum
from random import Random

from attrs import frozen

from pairlock.book import Level
from pairlock.fees import FeeSchedule, fee_micros, kalshi_quadratic, polymarket_curve
from pairlock.model import Outcome
from pairlock.opportunity import ArbitrageOpportunity
from pairlock.units import CONTRACT_E6, DOLLAR_E4, PPM
from pairlock_adapters.simulated.matching import book_of
from pairlock_adapters.simulated.quantiles import Quantiles
from pairlock_adapters.simulated.state import MarketSpec, Result

TICK_E4 = 100
KALSHI = "kalshi"
POLYMARKET = "polymarket"

# Polymarket's taker rates of September 2026, by market class (second-hand figures: configuration, not constants).
POLYMARKET_RATES_PPM = {"crypto_15m": 70_000, "sports": 50_000, "politics": 40_000, "geopolitics": 0}


class Flaw(StrEnum):
    """What a gate must find. The opportunity itself looks as its books are."""

    NONE = ""
    UNPROFITABLE = "unprofitable"  # fees eat the gross profit
    THIN = "thin"  # less than a contract at the best
    SHORT_WINDOW = "short_window"
    UNREVIEWED = "unreviewed"  # nobody found the two markets to be the same contract


_FLAW_PPM = 60_000
_DEPTH_E2 = Quantiles(((0, 100), (500_000, 600), (900_000, 2_500), (1_000_000, 5_000)))


@frozen
class WorldSizes:
    """Times in virtual ms: how long a market lives."""

    shortest_life_ms: int = 60_000
    longest_life_ms: int = 180_000
    levels: int = 6
    flaw_ppm: int = _FLAW_PPM


@frozen
class EventPair:
    """One event on both venues. ``yes_on`` sells YES cheaply, the other venue NO; prices in 1/10,000 dollar."""

    event_id: str
    market_class: str
    kalshi: MarketSpec
    polymarket: MarketSpec
    yes_on: str
    yes_price_e4: int
    no_price_e4: int
    yes_size_e2: int
    no_size_e2: int
    window_ms: int
    flaw: Flaw

    def spec(self, venue: str) -> MarketSpec:
        return self.kalshi if venue == KALSHI else self.polymarket

    @property
    def no_on(self) -> str:
        return POLYMARKET if self.yes_on == KALSHI else KALSHI


def make_pair(seed: int, run: int, index: int, listed_ms: int, sizes: WorldSizes | None = None) -> EventPair:
    """The pair of this index; the same arguments give the same pair."""
    sizes = sizes or WorldSizes()
    rng = Random(f"pair:{seed}:{run}:{index}")
    flaw = rng.choice([f for f in Flaw if f]) if rng.randrange(PPM) < sizes.flaw_ppm else Flaw.NONE
    market_class = rng.choice(sorted(POLYMARKET_RATES_PPM))
    fees = {KALSHI: kalshi_quadratic(), POLYMARKET: polymarket_curve(POLYMARKET_RATES_PPM[market_class])}
    yes_on = rng.choice((KALSHI, POLYMARKET))
    no_on = POLYMARKET if yes_on == KALSHI else KALSHI
    yes_e4 = rng.randrange(20, 76) * TICK_E4
    net_micros = 3_000 if flaw is Flaw.UNPROFITABLE else rng.randrange(10_000, 40_001)
    no_e4 = _no_price_e4(
        yes_e4, net_micros, fees[yes_on], fees[no_on], profitable=flaw is not Flaw.UNPROFITABLE
    )
    yes_size_e2, no_size_e2 = (_DEPTH_E2.draw(rng) * 100 for _ in range(2))
    if flaw is Flaw.THIN:
        yes_size_e2 = no_size_e2 = 40
    name = f"R{run}-{index:07d}"
    resolve_at_ms = listed_ms + rng.randrange(sizes.shortest_life_ms, sizes.longest_life_ms + 1)
    result = Result.YES if rng.randrange(PPM) * DOLLAR_E4 < yes_e4 * PPM else Result.NO

    def sizes_from(best_e2: int) -> list[int]:
        return [best_e2, *(_DEPTH_E2.draw(rng) * 100 for _ in range(sizes.levels - 1))]

    def others() -> list[int]:
        return sizes_from(_DEPTH_E2.draw(rng) * 100)

    # YES is offered at yes_e4 on one venue; NO at no_e4 on the other is a YES bid at 1 - no_e4.
    bid_e4 = DOLLAR_E4 - no_e4
    cheap = _levels(ask_e4=yes_e4, asks=sizes_from(yes_size_e2), bid_e4=yes_e4 - TICK_E4, bids=others())
    dear = _levels(ask_e4=bid_e4 + TICK_E4, asks=others(), bid_e4=bid_e4, bids=sizes_from(no_size_e2))
    specs = {
        venue: MarketSpec(
            f"{'KX' if venue == KALSHI else '0x'}{name}", f"event-{name}", fees[venue],
            book_of(*(cheap if venue == yes_on else dear), makers_per_level=2), resolve_at_ms, result,
            DOLLAR_E4 - no_e4, TICK_E4,
        )
        for venue in (KALSHI, POLYMARKET)
    }  # fmt: skip
    window_ms = 400 if flaw is Flaw.SHORT_WINDOW else rng.randrange(3_000, 12_000)
    return EventPair(
        f"event-{name}", market_class, specs[KALSHI], specs[POLYMARKET], yes_on, yes_e4, no_e4, yes_size_e2,
        no_size_e2, window_ms, flaw,
    )  # fmt: skip


def _no_price_e4(
    yes_e4: int, net_micros: int, yes_fees: FeeSchedule, no_fees: FeeSchedule, *, profitable: bool
) -> int:
    """The dearest NO price on the grid that leaves the wanted net profit (or, unprofitable, leaves a loss)."""
    no_e4 = DOLLAR_E4 - yes_e4 - TICK_E4
    if not profitable:
        # One cent of gross profit, or none where the venues charge less than that.
        fees = fee_micros(yes_fees, yes_e4, CONTRACT_E6) + fee_micros(no_fees, no_e4, CONTRACT_E6)
        return no_e4 if fees >= TICK_E4 * 100 else no_e4 + TICK_E4
    while no_e4 > TICK_E4:
        fees = fee_micros(yes_fees, yes_e4, CONTRACT_E6) + fee_micros(no_fees, no_e4, CONTRACT_E6)
        if (DOLLAR_E4 - yes_e4 - no_e4) * 100 - fees >= net_micros:
            break
        no_e4 -= TICK_E4
    return no_e4


def _levels(*, ask_e4: int, asks: list[int], bid_e4: int, bids: list[int]) -> tuple[list[Level], list[Level]]:
    """(bids, asks), one tick apart, as far as prices go."""
    shown_asks = [(ask_e4 + n * TICK_E4, s) for n, s in enumerate(asks) if ask_e4 + n * TICK_E4 < DOLLAR_E4]
    shown_bids = [(bid_e4 - n * TICK_E4, s) for n, s in enumerate(bids) if bid_e4 - n * TICK_E4 > 0]
    return shown_bids, shown_asks


def opportunity_of(pair: EventPair, now_ms: int) -> ArbitrageOpportunity:
    """What a detector that saw both books at ``now_ms`` would report: YES leg first."""
    cost_e4 = pair.yes_price_e4 + pair.no_price_e4
    fees_micros = fee_micros(pair.spec(pair.yes_on).fees, pair.yes_price_e4, CONTRACT_E6) + fee_micros(
        pair.spec(pair.no_on).fees, pair.no_price_e4, CONTRACT_E6
    )
    return ArbitrageOpportunity(
        event_id=pair.event_id,
        platform_a=pair.yes_on,
        platform_b=pair.no_on,
        market_a=pair.spec(pair.yes_on).market,
        market_b=pair.spec(pair.no_on).market,
        price_a_e4=pair.yes_price_e4,
        price_b_e4=pair.no_price_e4,
        combined_cost_e4=cost_e4,
        guaranteed_payout_e4=DOLLAR_E4,
        gross_profit_e4=DOLLAR_E4 - cost_e4,
        fees_total_micros=fees_micros,
        net_profit_micros=(DOLLAR_E4 - cost_e4) * 100 - fees_micros,
        min_liquidity_a_e2=pair.yes_size_e2,
        min_liquidity_b_e2=pair.no_size_e2,
        execution_window_ms=pair.window_ms,
        detected_at_ms=now_ms,
        market_class=pair.market_class,
        opportunity_id=pair.event_id,
    )


def is_reviewed(pair: EventPair) -> bool:
    """Whether the pair belongs into the reviewed registry."""
    return pair.flaw is not Flaw.UNREVIEWED


def outcome_on(pair: EventPair, venue: str) -> Outcome:
    """What is bought on ``venue``."""
    return Outcome.YES if venue == pair.yes_on else Outcome.NO
