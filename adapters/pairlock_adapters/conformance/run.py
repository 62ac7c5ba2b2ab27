"""Runs the checks, each in a world of its own, and says which hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import trio
from attrs import evolve, frozen

from pairlock.ports import Venue
from pairlock_adapters.conformance import (
    cancelling,
    filling,
    holding,
    keeping,
    placing,
    reading,
    resolving,
    streaming,
)
from pairlock_adapters.conformance.check import CHECKS, Check, NotConforming
from pairlock_adapters.conformance.rig import Rig
from pairlock_adapters.simulated.clock import run_virtual
from pairlock_adapters.simulated.faults import ScriptedFaults
from pairlock_adapters.simulated.profiles import NONE
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import WorldSizes

__all__ = ["GROUPS", "Outcome", "Result", "Wrap", "held_to_in_process", "run_in_process"]

# Importing them makes their checks.
GROUPS = (placing, cancelling, reading, filling, keeping, holding, resolving, streaming)

# Markets live longer than any check takes; no events with flaws.
LONG_LIVES = WorldSizes(flaw_ppm=0, shortest_life_ms=3_600_000, longest_life_ms=3_600_000)
# A check that takes longer than this, of the venue's time, hangs.
_LONGEST_S = 1_800

Wrap = Callable[[Venue], Venue]


class Outcome(StrEnum):
    HOLDS = "holds"
    FAILS = "fails"
    ABSENT = "absent"  # it means nothing for this venue


@frozen
class Result:
    """``told``: why it fails or is absent."""

    number: str
    outcome: Outcome
    told: str = ""


async def run_check(check: Check, rig: Rig) -> Result:
    """One check on an open rig."""
    try:
        with trio.fail_after(_LONGEST_S):
            await check.body(rig)
    except trio.TooSlowError:
        return Result(check.number, Outcome.FAILS, f"it hangs: not over within {_LONGEST_S} s")
    except Exception as error:
        return Result(check.number, Outcome.FAILS, _told(error))
    return Result(check.number, Outcome.HOLDS)


def _told(error: BaseException) -> str:
    """What a check or an adapter raised, out of trio's groups; an adapter may raise nothing but ``VenueError``."""
    if isinstance(error, BaseExceptionGroup):
        return " and ".join(_told(each) for each in error.exceptions)
    return str(error) if isinstance(error, NotConforming) else f"it raises {type(error).__name__}: {error}"


def script_of(check: Check, venue: str) -> ScriptedFaults:
    """The check's faults, on the venue that is checked."""
    return ScriptedFaults([evolve(fault, venue=venue) for fault in check.faults])


def run_in_process(venue: str, check: Check, wrap: Wrap | None = None) -> Result:
    """One check on a simulated venue in this process, in virtual time; ``wrap`` puts an adapter around it."""
    if not check.means_something(venue, on_wire=False):
        return Result(check.number, Outcome.ABSENT, check.absent or "it needs a connection")

    async def main() -> Result:
        world = World.of(
            Truth(seed=1), NONE, 1, script=script_of(check, venue), sizes=LONG_LIVES, cash_micros=10**12
        )
        inner: Venue = world.venues[venue]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.run)
            result = await run_check(check, Rig(wrap(inner) if wrap else inner, world, venue))
            nursery.cancel_scope.cancel()
        return result

    return run_virtual(main, 1)


def require(results: Sequence[Result]) -> None:
    """Raises ``NotConforming`` with every check that fails."""
    failed = [f"{each.number} ({CHECKS[each.number].sentence}): {each.told}" for each in results
              if each.outcome is Outcome.FAILS]  # fmt: skip
    if failed:
        raise NotConforming("\n".join(failed))


def held_to_in_process(venue: str, wrap: Wrap | None = None) -> list[Result]:
    """Every check on a simulated venue, or on what ``wrap`` makes of it. Raises ``NotConforming``."""
    results = [run_in_process(venue, check, wrap) for check in CHECKS.values()]
    require(results)
    return results
