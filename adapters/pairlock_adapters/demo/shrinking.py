"""The shortest run that breaks the same claim: fewest trades, then fewest faults, then the plainest parameters.

Delta debugging: leave something out, run again from nothing, keep what still breaks. No chance and no clock is in it,
so the same failure shrinks to the same script; the work is bounded by a count of runs and of trades.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve, fields, frozen

from pairlock_adapters.simulated.effects import Effect
from pairlock_adapters.simulated.fault_kinds import KINDS
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.simulated.profiles import NONE
from pairlock_adapters.simulated.scripts import Script

MOST_RUNS = 200
# Where no trade is to blame, so many are tried alone.
_MOST_ALONE = 60
# A few times the whole run, and enough for a short one.
_TRADES_PER_TRADE, _TRADES_MORE = 3, 1_500
_ROUNDS = 3


@frozen
class Case:
    """One run: a script, how many of its events are traded, the seed of everything that is drawn."""

    script: Script
    trades: int
    seed: int


# Runs a case from nothing: what struck in it if it breaks the same claim, None if not.
Breaks = Callable[[Case], tuple[Fault, ...] | None]
Told = Callable[[int, Case], None]


class Shrinker:
    """Looks for the shortest case. ``told(runs, case)`` hears of every shorter one."""

    def __init__(self, breaks: Breaks, whole: Case, told: Told) -> None:
        self._breaks = breaks
        self._whole = whole
        self._told = told
        self._tried: set[Case] = set()
        self._trades_left = whole.trades * _TRADES_PER_TRADE + _TRADES_MORE
        self.runs = 0

    def shrunk(self, culprit: int | None) -> Case | None:
        """The shortest case found, None if not even the whole one breaks the claim again.

        ``culprit``: the index of the trade that broke the claim, where there is one.
        """
        case = self._window(culprit)
        if case is None:
            return None
        before = None
        for _ in range(_ROUNDS):
            if case == before:
                break
            before = case
            case = self._fewer_events(case)
            case = self._fewer_faults(case)
            case = self._simpler_world(case)
            case = self._simpler_faults(case)
        return self._first_events(case)

    def _still(self, case: Case) -> tuple[Fault, ...] | None:
        """What struck in ``case`` if it breaks the claim too; None also for one tried before, or out of work."""
        if case in self._tried or self.runs >= MOST_RUNS or case.trades > self._trades_left:
            return None
        self._tried.add(case)
        self.runs += 1
        self._trades_left -= case.trades
        struck = self._breaks(case)
        if struck is not None:
            self._told(self.runs, case)
        return struck

    def _if_still(self, case: Case) -> Case | None:
        """The case, without the faults that did not even strike."""
        struck = self._still(case)
        if struck is None:
            return None
        fewer = len(struck) < len(case.script)
        return evolve(case, script=evolve(case.script, faults=struck)) if fewer else case

    def _window(self, culprit: int | None) -> Case | None:
        """A few events that suffice, taken whole: the culprit's and those before it, or any one, or the first ones."""
        whole = self._whole
        numbers = [whole.script.event(index) for index in range(whole.trades)]
        last, wide = len(numbers), 1
        if culprit is not None:
            last = culprit + 1
        if culprit is None:
            alone = (self._if_still(self._with_events(whole, [each])) for each in numbers[:_MOST_ALONE])
            found = next((each for each in alone if each is not None), None)
            if found is not None:
                return found
        while wide < last:
            chosen = numbers[:wide] if culprit is None else numbers[last - wide : last]
            few = self._with_events(whole, chosen)
            # Where other trades are left out the profile's times fall otherwise: the plain ones are as likely to do.
            found = self._if_still(few) or self._if_still(self._plain_world(few))
            if found is not None:
                return found
            wide *= 2
        found = None if last == len(numbers) else self._if_still(self._with_events(whole, numbers[:last]))
        # The whole run as it was is never out of work: whether it breaks again must be known.
        self._trades_left = max(self._trades_left, whole.trades)
        return found or self._if_still(self._with_events(whole, numbers))

    @staticmethod
    def _with_events(case: Case, numbers: list[int]) -> Case:
        return evolve(case, script=evolve(case.script, events=tuple(numbers)), trades=len(numbers))

    def _fewer_events(self, case: Case) -> Case:
        def without(now: Case, chunk: tuple[int, int]) -> Case | None:
            events = now.script.events
            kept = [*events[: chunk[0]], *events[chunk[1] :]]
            return self._if_still(self._with_events(now, kept)) if kept else None

        return _minimized(case, lambda now: now.trades, without)

    def _fewer_faults(self, case: Case) -> Case:
        def without(now: Case, chunk: tuple[int, int]) -> Case | None:
            faults = now.script.faults[: chunk[0]] + now.script.faults[chunk[1] :]
            return self._if_still(evolve(now, script=evolve(now.script, faults=faults)))

        return _minimized(case, lambda now: len(now.script), without)

    @staticmethod
    def _plain_world(case: Case) -> Case:
        return evolve(case, script=evolve(case.script, profile=NONE.name))

    def _simpler_world(self, case: Case) -> Case:
        simpler = self._plain_world(case)
        return simpler if simpler != case and self._still(simpler) is not None else case

    def _simpler_faults(self, case: Case) -> Case:
        for number in range(len(case.script)):
            for make in _MAKES:
                for fault in make(case.script.faults[number]):
                    faults = list(case.script.faults)
                    if fault == faults[number]:
                        continue
                    faults[number] = fault
                    simpler = evolve(case, script=evolve(case.script, faults=tuple(faults)))
                    if self._still(simpler) is not None:
                        case = simpler
                        break
        return case

    def _first_events(self, case: Case) -> Case:
        """The first events of all, of the first seed, if those do as well: then the script need not name any."""
        first = evolve(case, script=evolve(case.script, events=()))
        for simpler in (evolve(first, seed=1), first):
            if simpler == case or self._still(simpler) is not None:
                return simpler
        return case


def _minimized(
    case: Case, size: Callable[[Case], int], without: Callable[[Case, tuple[int, int]], Case | None]
) -> Case:
    """Leave out ever smaller parts, from the end on, as long as what is left still breaks."""
    part = size(case)
    while part > 0:
        end = size(case)
        while end > 0:
            shorter = without(case, (max(0, end - part), end))
            # What did not strike is gone as well: go on where the shorter one ends.
            case, end = (case, end - part) if shorter is None else (shorter, min(end - part, size(shorter)))
        part = min(part // 2, size(case))
    return case


def _plain(fault: Fault) -> Iterator[Fault]:
    yield Fault(fault.kind)
    yield Fault(fault.kind, fault.venue)
    yield Fault(fault.kind, fault.venue, fault.role)


def _own_effect(fault: Fault) -> Iterator[Fault]:
    yield evolve(fault, effect=None)


def _any_occasion(fault: Fault) -> Iterator[Fault]:
    yield evolve(fault, market="", outcome="", what="")


def _without(name: str, default: Any) -> Callable[[Fault], Iterator[Fault]]:
    def simpler(fault: Fault) -> Iterator[Fault]:
        yield evolve(fault, **{name: default})

    return simpler


def _own_fields(fault: Fault) -> Iterator[Fault]:
    """One changed parameter after the other as the kind has it."""
    own = KINDS[fault.kind][1]
    if fault.effect is not None:
        for each in fields(Effect):
            value = getattr(own, each.name)
            if getattr(fault.effect, each.name) != value:
                yield evolve(fault, effect=evolve(fault.effect, **{each.name: value}))


_MAKES: tuple[Callable[[Fault], Iterator[Fault]], ...] = (
    _plain,
    _own_effect,
    _own_fields,
    _any_occasion,
    _without("market", ""),
    _without("outcome", ""),
    _without("what", ""),
    _without("role", ""),
    _without("venue", ""),
    _without("nth", 1),
)
