"""Scopes: how much of the world one search covers. Everything that is bounded is bounded here, by name.

A scope fixes the plans and sizes that GATED may choose, and how often each rare thing may happen in one run. Within
it the search is exhaustive. Quantities are in 1/100 contract, prices in 1/10,000 dollar, times in ms.
"""

from __future__ import annotations

from attrs import evolve, frozen

from pairlock.fees import kalshi_quadratic, polymarket_curve
from pairlock.model import ExitOn, LegTerms, Outcome, PlanKind, Terms
from pairlock.opportunity import ArbitrageOpportunity

CONTRACT_E2 = 100


@frozen
class Config:
    """One choice of terms; the world picks it when the gates pass."""

    name: str
    plan: PlanKind
    first_leg: int
    size_e2: int
    exit_on: ExitOn


@frozen
class Scope:
    """``blows``: crashes and kills together. ``alarms``: overdue alarms. ``odd_fills``: fills that are a millionth of a contract short of the order, or above it.

    ``resolutions``: how the markets may resolve. ``depths``: contracts offered on each exit route. ``most_states``:
    the search gives up there and says so (no claim holds of a search that was cut short).
    """

    name: str
    configs: tuple[Config, ...]
    crashes: int = 1
    blows: int = 1
    alarms: int = 1
    grants: int = 1
    odd_fills: int = 0
    resolutions: tuple[str, ...] = ("yes", "differ")
    depths: tuple[int, ...] = (1,)
    max_exit_attempts: int = 1
    max_routeless_reads: int = 1
    most_states: int = 5_000_000


def _configs(contracts: tuple[int, ...], exit_on: ExitOn, plans: str) -> tuple[Config, ...]:
    kinds = {
        "s": (PlanKind.SIMULTANEOUS, 0, "both at once"),
        "0": (PlanKind.RISKIER_FIRST, 0, "leg 0 first"),
        "1": (PlanKind.RISKIER_FIRST, 1, "leg 1 first"),
    }
    return tuple(
        Config(f"{count} contract{'s' * (count > 1)}, {words}, exit on {exit_on}", plan, first, count * CONTRACT_E2, exit_on)
        for count in contracts
        for plan, first, words in (kinds[letter] for letter in plans)
    )


KILL = Scope("kill", _configs((1,), ExitOn.FINAL, "s0"))
SMALL = Scope("small", _configs((1, 2), ExitOn.FINAL, "s01") + _configs((1,), ExitOn.MATCHED, "s0"), depths=(1, 2), blows=2, alarms=2)
DEEP = evolve(SMALL, name="deep")
SCOPES = {scope.name: scope for scope in (KILL, SMALL, DEEP)}

# Leg 0 is Polymarket-like (a match is pending, then final or failed), leg 1 Kalshi-like (final at once).
LEGS = (
    LegTerms("polymarket", "m0", Outcome.YES, 4_500, 10, 1, 0, polymarket_curve(50_000)),
    LegTerms("kalshi", "m1", Outcome.NO, 5_000, 100, 1, 0, kalshi_quadratic()),
)
PENDS = (True, False)


def terms_of(scope: Scope, config: Config) -> Terms:
    """The terms that a config stands for."""
    return Terms(
        legs=LEGS,
        plan=config.plan,
        first_leg=config.first_leg,
        size_e2=config.size_e2,
        exit_on=config.exit_on,
        entry_timeout_ms=1_000,
        execution_deadline_ms=5_000,
        request_death_ms=10_000,
        read_lag_ms=2_000,
        fill_lag_ms=2_000,
        exit_timeout_ms=2_000,
        max_exit_attempts=scope.max_exit_attempts,
        max_routeless_reads=scope.max_routeless_reads,
        promised_micros=10_000,
    )


OPPORTUNITY = ArbitrageOpportunity(
    "event", "polymarket", "kalshi", "m0", "m1", 4_500, 5_000, 9_500, 10_000, 500, 30_000, 20_000, 1_000, 1_000, 5_000, 0
)
