"""How the simulated venues behave: ``none``, ``typical``, ``hostile`` (all of fault model F) and ``beyond`` it.

``typical`` follows 1,292 live two-leg attempts on 15-minute crypto markets (February 2026): Polymarket's leg filled
41 % of the time and answered in 576 ms at the median, 1.1 s at the 95th percentile; Kalshi's, sent after it, filled
68 % in 84-337 ms; leaving a leg cost 3 cents a contract on average and 8 at the 90th percentile, because the market
had moved on both venues. Finality on Polymarket takes 10-50 s; about one match in a hundred fails.
"""

from __future__ import annotations

from random import Random

from attrs import frozen

from pairlock.errors import UserError
from pairlock.units import PPM
from pairlock_adapters.simulated.beyond import BEYOND_TURNS
from pairlock_adapters.simulated.fault_kinds import FaultKind
from pairlock_adapters.simulated.faults import BothFaults, Draw, DrawnFaults, FaultPlan, NoFaults
from pairlock_adapters.simulated.hostile import HOSTILE_TURNS
from pairlock_adapters.simulated.quantiles import Quantiles, always, between
from pairlock_adapters.simulated.rotation import RotatingFaults, Turns
from pairlock_adapters.simulated.rules import Rounding, VenueKind


@frozen
class Latency:
    """Round trips in ms: an order, a cancel or private read, a book, a ping; and how late the stream is."""

    order: Quantiles
    read: Quantiles
    book: Quantiles
    ping: Quantiles
    stream: Quantiles


@frozen
class Profile:
    """``finality``: ms from a match to its end; ``market_moves``: whether a kill moves the pair's other venue too,
    and ``follow_ppm`` how often it does: where it does not, the arbitrage itself is gone. ``turns``: faults that take
    turns, besides those drawn. ``beyond``: the venues may break the bounds of fault model F."""

    name: str
    kalshi: Latency
    polymarket: Latency
    finality: Quantiles
    draws: tuple[Draw, ...]
    fee_rounding: Rounding
    market_moves: bool
    follow_ppm: int = PPM
    turns: tuple[Turns, ...] = ()
    beyond: bool = False

    def latency(self, kind: VenueKind) -> Latency:
        return self.kalshi if kind is VenueKind.KALSHI else self.polymarket

    def faults(self, rng: Random) -> FaultPlan:
        """A fresh plan of this profile."""
        if self.turns:
            return BothFaults(RotatingFaults(self.turns, rng), DrawnFaults(self.draws, rng))
        return DrawnFaults(self.draws, rng) if self.draws else NoFaults()


_QUICK = Latency(
    order=between(20, 60), read=between(10, 30), book=between(5, 20), ping=between(5, 20), stream=always(5)
)

NONE = Profile("none", _QUICK, _QUICK, between(10_000, 50_000), (), Rounding.UP, market_moves=False)

_KALSHI = Latency(
    order=Quantiles(
        (
            (0, 84),
            (100_000, 89),
            (250_000, 92),
            (500_000, 243),
            (900_000, 254),
            (990_000, 264),
            (1_000_000, 337),
        )
    ),
    read=between(60, 180),
    book=between(30, 90),
    ping=between(15, 60),
    stream=between(20, 80),
)
_POLYMARKET = Latency(
    order=Quantiles(
        ((0, 555), (250_000, 566), (500_000, 576), (750_000, 643), (900_000, 856), (950_000, 1_106), (980_000, 1_789),
         (990_000, 2_795), (1_000_000, 5_407))
    ),
    read=between(80, 250),
    book=between(30, 90),
    ping=between(20, 70),
    stream=between(50, 300),
)  # fmt: skip

# How far a market has moved when a fill-or-kill finds too little, in 1/10,000 dollar; exits then pay it.
_SLIP = Quantiles(
    ((0, 100), (350_000, 110), (550_000, 210), (700_000, 310), (800_000, 410), (870_000, 600), (900_000, 800),
     (960_000, 1_000), (1_000_000, 1_300))
)  # fmt: skip
_SLOW = Quantiles(((0, 800), (500_000, 2_000), (900_000, 5_000), (1_000_000, 9_000)))

TYPICAL = Profile(
    "typical",
    _KALSHI,
    _POLYMARKET,
    Quantiles(((0, 10_000), (500_000, 18_000), (900_000, 35_000), (1_000_000, 50_000))),
    (
        Draw(FaultKind.KILL, 585_000, "polymarket", "entry", vary=(("slip_e4", _SLIP),)),
        Draw(FaultKind.KILL, 315_000, "kalshi", "entry", vary=(("slip_e4", _SLIP),)),
        Draw(FaultKind.KILL, 60_000, role="exit", vary=(("slip_e4", always(100)),)),
        Draw(FaultKind.PARTIAL, 30_000, role="exit", vary=(("fill_ppm", between(200_000, 900_000)),)),
        Draw(FaultKind.IMPROVED, 20_000),
        Draw(FaultKind.CONNECT_REFUSED, 2_000),
        Draw(FaultKind.LOST_REQUEST, 3_000),
        Draw(FaultKind.LATE_ARRIVAL, 2_000, vary=(("arrive_later_ms", _SLOW),)),
        Draw(FaultKind.DUPLICATED, 3_000),
        Draw(FaultKind.SLOW_ANSWER, 10_000, vary=(("answer_later_ms", _SLOW),)),
        Draw(FaultKind.LOST_ANSWER, 3_000),
        Draw(FaultKind.SERVER_ERROR, 5_000),
        Draw(FaultKind.NO_ORDER_IN_ANSWER, 1_000),
        Draw(FaultKind.DELAYED, 3_000, "polymarket", vary=(("hold_ms", between(150, 3_000)),)),
        Draw(FaultKind.RATE_LIMITED, 3_000),
        Draw(FaultKind.NO_BALANCE, 3_000, role="entry"),
        Draw(FaultKind.GHOST_FILL, 10_000, "polymarket"),
        Draw(FaultKind.READ_FAILED, 5_000),
        Draw(FaultKind.STALE_ORDER, 10_000, what="order", vary=(("lag_ms", between(200, 2_000)),)),
        Draw(FaultKind.STREAM_LOST, 20_000),
        Draw(FaultKind.STREAM_REPEATED, 10_000),
    ),
    Rounding.NEAREST,
    market_moves=True,
    follow_ppm=500_000,
)

_SOME = Latency(
    order=between(30, 250),
    read=between(10, 120),
    book=between(5, 60),
    ping=between(5, 60),
    stream=between(5, 300),
)
HOSTILE = Profile(
    "hostile", _SOME, _SOME, between(5_000, 50_000), (), Rounding.NEAREST, market_moves=True, follow_ppm=500_000,
    turns=HOSTILE_TURNS,
)  # fmt: skip
BEYOND = Profile(
    "beyond", _SOME, _SOME, between(5_000, 50_000), (), Rounding.NEAREST, market_moves=False, turns=BEYOND_TURNS,
    beyond=True,
)  # fmt: skip

PROFILES = {profile.name: profile for profile in (NONE, TYPICAL, HOSTILE, BEYOND)}


def profile_named(name: str) -> Profile:
    """The profile; ``UserError`` for a name that is none."""
    if name not in PROFILES:
        raise UserError(
            f"the fault profile {name!r} does not exist; use one of {', '.join(sorted(PROFILES))}, or a script's .toml"
        )
    return PROFILES[name]
