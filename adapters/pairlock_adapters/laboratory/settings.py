"""What a laboratory is set up with: markets, money, ports, faults. A file of it is read by ``config``."""

from __future__ import annotations

from random import Random

from attrs import field, frozen

from pairlock.book import Level
from pairlock.limits import FaultBounds
from pairlock.units import DOLLAR_E4, PPM
from pairlock_adapters.simulated.profiles import NONE, Profile
from pairlock_adapters.simulated.quantiles import between
from pairlock_adapters.simulated.scripts import Script
from pairlock_adapters.simulated.state import Result

TICK_E4 = 100
DAY_MS = 86_400_000
KALSHI_CASH_MICROS = 10_000_000_000
POLYMARKET_CASH_MICROS = 10_000_000_000
FINALITY_MS = 2_000
_LEVELS = 5
# Where the YES price of the default pairs lies, and how much is at each level (1/100 contract).
_PRICES = between(20, 75)
_SIZES = between(100, 5_000)


@frozen
class BookSettings:
    """``bids`` and ``asks`` in YES terms, best first: (price in 1/10,000 dollar, size in 1/100 contract)."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


@frozen
class PairSettings:
    """One event on both venues. ``name`` is what its ids are made of (``names``); ``resolve_in_ms`` after the start.

    ``yes_payout_e4`` only counts where the result is void.
    """

    name: str
    kalshi: BookSettings
    polymarket: BookSettings
    title: str = ""
    tick_e4: int = TICK_E4
    resolve_in_ms: int = 30 * DAY_MS
    result: Result = Result.YES
    yes_payout_e4: int = DOLLAR_E4 // 2
    neg_risk: bool = False


def default_pairs(seed: int, count: int = 4) -> tuple[PairSettings, ...]:
    """Pairs that live for a month: YES between 0.20 and 0.80, 100 to 5,000 contracts at each level, a tick apart.

    What YES costs on Kalshi and NO on Polymarket together is 97 cents, so that there is something to find.
    """
    rng = Random(f"laboratory:{seed}")
    pairs = []
    for number in range(1, count + 1):
        ask_e4 = _PRICES.draw(rng) * TICK_E4
        pairs.append(
            PairSettings(
                f"LAB{seed}-{number}",
                _book(rng, ask_e4 - TICK_E4, ask_e4),
                _book(rng, ask_e4 + 3 * TICK_E4, ask_e4 + 4 * TICK_E4),
                title=f"Laboratory event {number}",
            )
        )
    return tuple(pairs)


def _book(rng: Random, bid_e4: int, ask_e4: int) -> BookSettings:
    def levels(best_e4: int, step_e4: int) -> tuple[Level, ...]:
        return tuple((best_e4 + n * step_e4, _SIZES.draw(rng) * 100) for n in range(_LEVELS))

    return BookSettings(levels(bid_e4, -TICK_E4), levels(ask_e4, TICK_E4))


@frozen
class KalshiSettings:
    """``multiplier_ppm``: the series' fee multiplier, 1 is 1,000,000."""

    cash_micros: int = KALSHI_CASH_MICROS
    multiplier_ppm: int = PPM


@frozen
class PolymarketSettings:
    """``rate_ppm``: the taker rate of every market listed from these settings."""

    cash_micros: int = POLYMARKET_CASH_MICROS
    signature_type: int = 0
    chain_id: int = 137
    rate_ppm: int = 40_000


@frozen
class LabSettings:
    """``script``: faults on top of the profile's own. ``finality_ms``: from a match to its end; -1: as the profile
    has it. ``bounds`` None: beyond the fault model. ``ports``: by the app's name (``Face.apps``, and ``control``); a
    free one where none is named. ``truth``: where everything that happens is kept (":memory:" for nowhere)."""

    seed: int = 1
    profile: Profile = NONE
    script: Script = Script()  # noqa: RUF009 - frozen
    finality_ms: int = FINALITY_MS
    bounds: FaultBounds | None = FaultBounds()  # noqa: RUF009 - frozen
    pairs: tuple[PairSettings, ...] = ()
    kalshi: KalshiSettings = KalshiSettings()
    polymarket: PolymarketSettings = PolymarketSettings()
    ports: dict[str, int] = field(factory=dict)
    truth: str = ":memory:"
    recorded: bool = False
