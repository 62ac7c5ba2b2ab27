"""One run of the kill scope with everything that may kill a mutant: the explorer's claims, the money's, the probes.

An exception that the engine raises is the failure of the claim being judged; within a step it ends the search, and the
claim that no step fails is broken. One that the specs raise is not: the mutant counts as invalid.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from pairlock.model import PlanKind
from pairlock_specs.claim import Claim, Compare, Flaw
from pairlock_specs.claims import CLAIMS
from pairlock_specs.engine import NEVER_REFUSED
from pairlock_specs.explore import Explorer
from pairlock_specs.graph import explored_by
from pairlock_specs.judge import Judge
from pairlock_specs.mutants.money import MONEY_CLAIMS
from pairlock_specs.mutants.mutant import package_folder
from pairlock_specs.mutants.probe import Probe
from pairlock_specs.mutants.probe_ledger import LEDGER_PROBES
from pairlock_specs.mutants.probe_recovery import RECOVERY_PROBES
from pairlock_specs.mutants.probe_reserve import RESERVE_PROBES
from pairlock_specs.scope import KILL, Part, Scope

_UNEXPLORED: tuple[Probe, ...] = (*LEDGER_PROBES, *RESERVE_PROBES)  # they look at no path
PROBES: tuple[Probe, ...] = (*_UNEXPLORED, *RECOVERY_PROBES)
# The kill scope and one part more, in which complete sets are bought: the ledger's receivables need one.
SCOPE: Scope = evolve(
    KILL,
    name="kill-mutants",
    parts=(*KILL.parts, Part(plan=PlanKind.RISKIER_FIRST, routes=("complement",))),
    most_states=30_000,  # more than twice what the engine needs: a broken one may never end
)
_SPECS = str(Path(__file__).resolve().parent.parent)
_JUDGES = ("order", "state", "told", "trade", "step", "chain", "send", "graph")


@frozen
class Outcome:
    """``broken``: what was found, by claim. ``claims``: (name, sentence) of all that were judged."""

    broken: dict[str, str]
    claims: tuple[tuple[str, str], ...]
    states: int
    cpu_ms: int


def raised_by_engine(error: BaseException) -> bool:
    """Whether, of the engine and the specs, the engine stood last on the way to the error."""
    engine, trace, found = str(package_folder()), error.__traceback__, False
    while trace is not None:
        where = trace.tb_frame.f_code.co_filename
        if where.startswith((engine, _SPECS)):
            found = where.startswith(engine)
        trace = trace.tb_next
    return found


def _told(error: Exception) -> str:
    if not raised_by_engine(error):
        raise error
    return f"the engine raised {type(error).__name__}: {error}"


def _guarded(judge: Callable[..., Any], graph: bool) -> Callable[..., Any]:
    def guarded(*what: Any) -> Any:
        try:
            return judge(*what)
        except Exception as error:
            words = _told(error)
            return Flaw(words) if graph else words

    return guarded


@frozen
class _Raised:
    """In place of a figure that the engine could not give."""

    words: str


def _figure(figure: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def guarded(value: Any) -> Any:
        try:
            return figure(value)
        except Exception as error:
            return _Raised(_told(error))

    return guarded


def _compared(compare: Compare) -> Compare:
    def wrong(truth: Any, trade: Any) -> Any:
        for figure in (truth, trade):
            if isinstance(figure, _Raised):
                return figure.words
        return _guarded(compare.wrong, False)(truth, trade)

    return Compare(_figure(compare.truth), _figure(compare.trade), wrong)


def guarded(claim: Claim) -> Claim:
    """The claim, failing where the engine raises while it is judged."""
    judges = {name: getattr(claim, name) for name in _JUDGES if getattr(claim, name) is not None}
    changes: dict[str, Any] = {name: _guarded(judge, name == "graph") for name, judge in judges.items()}
    if claim.compare is not None:
        changes["compare"] = _compared(claim.compare)
    return evolve(claim, **changes)


def _judge() -> Judge:
    return Judge(claims=tuple(guarded(claim) for claim in (*CLAIMS, *MONEY_CLAIMS)))


def _explore(scope: Scope, first: bool) -> Explorer:
    explorer = Explorer(scope, judge=_judge(), stop_at_first=first)
    try:
        explorer.run()
        if not first:
            explorer.judge.graph(explored_by(explorer))
    except Exception as error:
        explorer.judge.broken(NEVER_REFUSED, _told(error), -1)
    return explorer


def _probed(probes: tuple[Probe, ...], explorer: Explorer) -> dict[str, str]:
    found: dict[str, str] = {}
    for probe in probes:
        try:
            words = probe.judge(explorer)
        except Exception as error:
            words = _told(error)
        if words is not None:
            found[probe.name] = words
    return found


def _first(explored: Explorer) -> dict[str, str]:
    """The first claims that break, the cheapest first: probes that need no path, then part by part. Often quick."""
    found = _probed(_UNEXPLORED, explored)
    for part in reversed(SCOPE.parts):
        if found:
            break
        judge = _explore(evolve(SCOPE, parts=(part,)), first=True).judge
        found = {name: each.words for name, each in judge.violations.items()}
    return found


def _whole(explorer: Explorer) -> dict[str, str]:
    broken = {
        v.name: v.violation.words if v.violation else "it was never seen"
        for v in explorer.judge.verdicts()
        if not v.holds and v.name not in SCOPE.never
    }
    return broken | _probed(PROBES, explorer)


def run(*, first: bool = False) -> Outcome:
    """Judges the installed engine; with ``first`` only until some claim fails. Deterministic, but for the time."""
    began_ns = time.process_time_ns()
    gc.disable()
    explorer = Explorer(SCOPE, judge=_judge())
    broken = _first(explorer) if first else {}
    if not broken:
        explorer = _explore(SCOPE, first=False)
        broken = _whole(explorer)
    verdicts = [v for v in explorer.judge.verdicts() if v.name not in SCOPE.never or v.holds]
    claims = tuple((v.name, v.sentence) for v in verdicts)
    claims += tuple((probe.name, probe.sentence) for probe in PROBES)
    cpu_ms = (time.process_time_ns() - began_ns) // 1_000_000
    return Outcome(broken, claims, len(explorer.states), cpu_ms)
