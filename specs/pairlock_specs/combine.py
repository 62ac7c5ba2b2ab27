"""What one search found, in a form that can be sent to another process, and what several found together.

Jobs are a matter of the scope alone, never of the number of processes; so are counts, digest and traces. All searches
begin with the same few states, before a part is picked: those are counted once.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence

from attrs import evolve, frozen

from pairlock.lifecycle import OE, OS, E, S
from pairlock_specs import script, trace
from pairlock_specs.claim import Explored
from pairlock_specs.explore import Explorer
from pairlock_specs.graph import explored_by
from pairlock_specs.judge import Judge, Verdict, Violation


@frozen
class Broken:
    """A violation with its trace: how many actions long, as lines, and as a script for the simulated venues."""

    violation: Violation
    length: int
    trace: list[str]
    script: str


@frozen
class Found:
    """Counts, digest and verdicts of one search; ``shared_*`` is what every search of the scope begins with."""

    states: int
    edges: int
    shared_states: int
    shared_edges: int
    depth: int
    peak_mb: int
    digest: str
    complete: bool
    pairs: frozenset[tuple[S, E]]
    order_pairs: frozenset[tuple[OS, OE]]
    seen: frozenset[str]
    broken: tuple[Broken, ...]


@frozen
class Whole:
    """What the searches of a scope found together."""

    states: int
    edges: int
    depth: int
    peak_mb: int
    digest: str
    pairs: int
    order_pairs: int
    verdicts: list[Verdict]
    traces: dict[str, list[str]]
    scripts: dict[str, str]


def peak_mb() -> int:
    """The most memory that this process ever had, in 1,000,000 bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # not a POSIX system
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit // 1_000_000


def _broken(explorer: Explorer, violation: Violation) -> Broken:
    if violation.state < 0:
        return Broken(violation, 0, [], "")
    length = len(explorer.path_to(violation.state)) + bool(violation.action)
    return Broken(violation, length, trace.lines(explorer, violation), script.text(explorer, violation))


def found_by(explorer: Explorer) -> Found:
    """What ``explorer`` found; the claims about its graph are judged here."""
    explored = explored_by(explorer)
    explorer.judge.graph(explored)
    violations = [each for each in explorer.judge.violations.values() if not _of_the_whole(each)]
    return Found(
        len(explorer.states),
        explorer.edges,
        explorer.shared_states,
        explorer.shared_edges,
        explorer.depth,
        peak_mb(),
        explorer.digest(),
        explored.complete,
        explored.pairs,
        explored.order_pairs,
        frozenset(explorer.judge.witnesses),
        tuple(_broken(explorer, each) for each in violations),
    )


def _of_the_whole(violation: Violation) -> bool:
    """Whether no state shows it: then it is judged once more, on what all searches found together."""
    return violation.state < 0


def combined(founds: Sequence[Found]) -> Whole:
    """All searches of a scope as one."""
    pairs = frozenset(pair for found in founds for pair in found.pairs)
    order_pairs = frozenset(pair for found in founds for pair in found.order_pairs)
    judge = Judge()
    judge.graph(Explored(pairs, order_pairs, -1, -1, all(found.complete for found in founds)))
    judge.witnesses = {name: 0 for found in founds for name in found.seen}
    shortest: dict[str, Broken] = {}
    for each in sorted((b for found in founds for b in found.broken), key=lambda broken: broken.length):
        shortest.setdefault(each.violation.claim, each)
    for name, each in shortest.items():
        judge.violations[name] = evolve(each.violation, state=-1)
    digests = hashlib.sha256("\n".join(found.digest for found in founds).encode()).hexdigest()
    again = len(founds) - 1
    return Whole(
        sum(found.states for found in founds) - again * founds[0].shared_states,
        sum(found.edges for found in founds) - again * founds[0].shared_edges,
        max(found.depth for found in founds),
        max(found.peak_mb for found in founds),
        digests if again else founds[0].digest,
        len(pairs),
        len(order_pairs),
        judge.verdicts(),
        {name: each.trace for name, each in shortest.items() if each.trace},
        {name: each.script for name, each in shortest.items() if each.script},
    )
