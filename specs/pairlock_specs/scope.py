"""Scopes: how much of the world one search covers. Everything that is bounded is bounded here, by name.

A scope is a list of parts. A part fixes plan and size, and how often each rare thing may happen in one run; within
each part the search is exhaustive, so that a scope covers the sum of its parts instead of their product. Quantities
are in 1/100 contract, prices in 1/10,000 dollar, times in ms.
"""

from __future__ import annotations

from functools import cache

from attrs import evolve, frozen

from pairlock.fees import kalshi_quadratic, polymarket_curve
from pairlock.model import ExitOn, LegTerms, Outcome, PlanKind, Terms
from pairlock.opportunity import ArbitrageOpportunity

CONTRACT_E2 = 100


@frozen
class Part:
    """One choice of terms with what may happen to it; the world picks a part when the gates pass.

    ``crashes``, ``kills``; ``blows``: both together; ``alarms``: overdue alarms; ``grants``: an operator's; ``odd``:
    fills a millionth of a contract short of the order or above it; ``resolutions``: how the markets may resolve;
    ``routes`` and ``depths``: what exit books may offer, and how many contracts deep.
    """

    plan: PlanKind = PlanKind.SIMULTANEOUS
    first_leg: int = 0
    contracts: int = 1
    exit_on: ExitOn = ExitOn.FINAL
    crashes: int = 0
    kills: int = 0
    blows: int = 1
    alarms: int = 0
    grants: int = 0
    odd: int = 0
    resolutions: tuple[str, ...] = ()
    routes: tuple[str, ...] = ("complete", "sell", "complement")
    depths: tuple[int, ...] = (1,)
    max_exit_attempts: int = 1
    max_routeless_reads: int = 1

    @property
    def name(self) -> str:
        order = "both at once" if self.plan is PlanKind.SIMULTANEOUS else f"leg {self.first_leg} first"
        budget = {
            "crash": self.crashes,
            "kill": self.kills,
            "alarm": self.alarms,
            "grant": self.grants,
            "odd fill": self.odd,
            "resolution": len(self.resolutions),
        }
        happens = ", ".join(word for word, count in budget.items() if count) or "nothing rare"
        return f"{self.contracts} x {order}, exits on {self.exit_on} fills ({happens})"


@frozen
class Scope:
    """``most_states``: a job gives up there and says so (nothing is proved by a search that was cut short).

    ``never``: the `sometimes` claims about what the scope does not let happen; they are not judged in it.
    ``reduced``: searched with the reductions (``reduced.py``).
    """

    name: str
    parts: tuple[Part, ...]
    most_states: int = 5_000_000
    never: frozenset[str] = frozenset()
    reduced: bool = False

    def jobs(self) -> tuple[Scope, ...]:
        """What is searched by itself: the parts of the kill scope together, every other part alone."""
        light = tuple(part for part in self.parts if part in KILL.parts)
        alone = [(part,) for part in self.parts if part not in light]
        return tuple(evolve(self, parts=parts) for parts in (light, *alone) if parts)


_FIRST0 = Part(plan=PlanKind.RISKIER_FIRST)
_FIRST1 = Part(plan=PlanKind.RISKIER_FIRST, first_leg=1)
_BOTH = Part()
_MATCHED = ExitOn.MATCHED
_TWO = ("complete", "sell")

# Small enough to be run at every change: every way in which a claim is known to break shows here.
KILL = Scope(
    "kill",
    (
        evolve(_BOTH, routes=("sell",)),
        evolve(_FIRST0, crashes=1, kills=1, routes=("sell",)),
        evolve(_FIRST0, alarms=1, routes=("sell",)),
        evolve(_FIRST0, resolutions=("yes",), routes=("sell",)),
    ),
    most_states=60_000,  # several times what the engine needs: a broken one may never end
    never=frozenset(
        f"sometimes-{what}"
        for what in (
            "breach stuck-dust exit-complete exit-complement plan-simultaneous over-filled bought-back".split()
        )
    ),
)
SMALL = Scope(
    "small",
    (
        *KILL.parts,
        evolve(_BOTH, crashes=1, kills=1, blows=2),
        evolve(_BOTH, alarms=1, resolutions=("yes", "differ"), routes=_TWO),
        evolve(_BOTH, alarms=1, grants=1, routes=_TWO),
        evolve(_FIRST0, crashes=1, kills=1, alarms=1, resolutions=("yes",), routes=("complete",)),
        evolve(_FIRST1, crashes=1, kills=1, resolutions=("yes",), routes=("complete",)),
        evolve(_BOTH, contracts=2, routes=("sell",), depths=(1, 2)),
        evolve(_FIRST0, contracts=2, kills=1, routes=_TWO, depths=(1, 2)),
        evolve(_BOTH, odd=1),
        evolve(_FIRST0, odd=1, kills=1),
        evolve(_BOTH, exit_on=_MATCHED, kills=1, alarms=1),
        evolve(_BOTH, exit_on=_MATCHED, max_exit_attempts=2, routes=_TWO),
    ),
)
STANDARD = Scope(
    "standard",
    (
        *SMALL.parts,
        evolve(_FIRST0, crashes=1, kills=1, alarms=1, resolutions=("yes", "differ"), routes=("sell",)),
        evolve(_BOTH, crashes=1, kills=1, blows=2, alarms=2, grants=1),
        evolve(_BOTH, crashes=1, resolutions=("yes", "no", "differ", "void", "fifty_fifty")),
        evolve(_BOTH, contracts=2, depths=(1, 2), routes=_TWO),
    ),
)
DEEP = Scope(
    "deep",
    (
        *STANDARD.parts,
        evolve(_BOTH, contracts=2, depths=(1, 2)),
        evolve(_FIRST0, crashes=1, kills=1, alarms=1, resolutions=("yes", "differ")),
        evolve(
            _BOTH, crashes=1, kills=1, blows=2, resolutions=("yes", "no", "differ", "void", "fifty_fifty")
        ),
        evolve(_FIRST0, crashes=2, kills=1, blows=3, alarms=2, grants=1, resolutions=("yes",), routes=_TWO),
        evolve(_FIRST1, contracts=2, crashes=1, kills=1, resolutions=("yes",), depths=(1, 2)),
        evolve(_BOTH, contracts=2, crashes=1, odd=1, max_routeless_reads=2, routes=_TWO, depths=(1, 2)),
        evolve(_BOTH, exit_on=_MATCHED, crashes=1, max_exit_attempts=2, resolutions=("yes",)),
        evolve(
            _FIRST0,
            contracts=2,
            crashes=1,
            kills=1,
            alarms=1,
            resolutions=("yes", "differ"),
            depths=(1, 2),
        ),
        evolve(_BOTH, contracts=2, alarms=1, grants=1, routes=_TWO, depths=(1, 2)),
        evolve(_BOTH, crashes=2, kills=1, blows=3, alarms=1, resolutions=("yes",)),
    ),
    most_states=12_000_000,  # about 12 GB of memory
)
# What the reductions make room for: fuller combinations, three contracts, two exits of partial fills.
WIDEST = Scope(
    "widest",
    (
        evolve(_BOTH, contracts=2, crashes=1, kills=1, blows=2, alarms=1, routes=_TWO, depths=(1, 2)),
        evolve(_FIRST0, contracts=2, crashes=1, kills=1, alarms=1, odd=1, routes=_TWO, depths=(1, 2)),
        evolve(_BOTH, exit_on=_MATCHED, contracts=2, kills=1, alarms=1, routes=_TWO, depths=(1, 2)),
        evolve(
            _BOTH, exit_on=_MATCHED, kills=1, max_exit_attempts=2, resolutions=("yes", "differ"), routes=_TWO
        ),
        evolve(_BOTH, contracts=2, max_exit_attempts=2, routes=_TWO, depths=(1, 2)),
        evolve(_BOTH, contracts=3, routes=_TWO, depths=(1, 3)),
        evolve(_BOTH, crashes=1, kills=1, blows=2, alarms=2, grants=1, resolutions=("yes",)),
        evolve(_BOTH, contracts=3, crashes=1, kills=1, blows=2, alarms=1, routes=("sell",), depths=(1, 3)),
        evolve(_FIRST0, contracts=3, crashes=1, kills=1, routes=("sell",), depths=(1, 3)),
        evolve(
            _FIRST1,
            contracts=3,
            crashes=1,
            kills=1,
            blows=2,
            resolutions=("yes", "differ"),
            routes=("complement",),
            depths=(1, 3),
        ),
        evolve(_BOTH, contracts=3, max_exit_attempts=2, routes=("sell",), depths=(1, 2)),
        evolve(_BOTH, contracts=2, crashes=1, max_exit_attempts=2, routes=("sell",), depths=(1, 2)),
        evolve(
            _BOTH, contracts=2, kills=1, alarms=1, resolutions=("yes", "differ"), routes=_TWO, depths=(1, 2)
        ),
        evolve(
            _BOTH,
            exit_on=_MATCHED,
            contracts=2,
            crashes=1,
            kills=1,
            max_exit_attempts=2,
            routes=("sell",),
            depths=(1, 2),
        ),
        evolve(
            _BOTH,
            contracts=2,
            crashes=2,
            kills=1,
            blows=3,
            alarms=1,
            resolutions=("yes",),
            routes=("sell",),
            depths=(1, 2),
        ),
        evolve(
            _FIRST0,
            crashes=2,
            kills=1,
            blows=3,
            alarms=2,
            grants=1,
            resolutions=("yes", "no", "differ", "void", "fifty_fifty"),
        ),
        evolve(_BOTH, crashes=1, alarms=1, grants=1, max_exit_attempts=3, routes=_TWO),
    ),
    most_states=12_000_000,
    reduced=True,
)
SCOPES = {scope.name: scope for scope in (KILL, SMALL, STANDARD, DEEP, WIDEST)}

# Leg 0 is Polymarket-like (a match is pending, then final or failed), leg 1 Kalshi-like (final at once).
LEGS = (
    LegTerms("polymarket", "m0", Outcome.YES, 4_500, 10, 1, 0, polymarket_curve(50_000)),
    LegTerms("kalshi", "m1", Outcome.NO, 5_000, 100, 1, 0, kalshi_quadratic()),
)
PENDS = (True, False)


@cache
def terms_of(part: Part) -> Terms:
    """The terms that a part stands for."""
    return Terms(
        legs=LEGS,
        plan=part.plan,
        first_leg=part.first_leg,
        size_e2=part.contracts * CONTRACT_E2,
        exit_on=part.exit_on,
        entry_timeout_ms=1_000,
        execution_deadline_ms=5_000,
        request_death_ms=10_000,
        read_lag_ms=2_000,
        fill_lag_ms=2_000,
        exit_timeout_ms=2_000,
        max_exit_attempts=part.max_exit_attempts,
        max_routeless_reads=part.max_routeless_reads,
        promised_micros=10_000,
    )


OPPORTUNITY = ArbitrageOpportunity(
    "event",
    "polymarket",
    "kalshi",
    "m0",
    "m1",
    4_500,
    5_000,
    9_500,
    10_000,
    500,
    30_000,
    20_000,
    1_000,
    1_000,
    5_000,
    0,
)
