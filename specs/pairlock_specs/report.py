"""What a search is reported as, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from pairlock.lifecycle import ORDER_ROWS, ROWS
from pairlock.table_check import table_digest
from pairlock_specs import trace
from pairlock_specs.claims import ELSEWHERE
from pairlock_specs.explore import Explorer
from pairlock_specs.graph import explored_by
from pairlock_specs.judge import Verdict


@frozen
class Report:
    """``pairs``: how many (trade state, event) pairs were really executed; ``traces``: by the claim that broke."""

    scope: str
    parts: tuple[str, ...]
    states: int
    edges: int
    depth: int
    milliseconds: int
    digest: str
    pairs: int
    order_pairs: int
    verdicts: tuple[Verdict, ...]
    traces: dict[str, list[str]]

    @property
    def holds(self) -> bool:
        return all(verdict.holds for verdict in self.verdicts)


def report_of(explorer: Explorer, taken_ms: Callable[[], int]) -> Report:
    """Judges the graph that ``explorer`` has explored; ``taken_ms`` is asked when that is done.

    A `sometimes` claim about what the scope does not let happen is left out unless it was seen all the same.
    """
    explorer.judge.graph(explored_by(explorer))
    verdicts = tuple(v for v in explorer.judge.verdicts() if v.holds or not _out_of_scope(explorer, v))
    broken = [verdict.violation for verdict in verdicts if verdict.violation is not None]
    traces = {each.claim: trace.lines(explorer, each) for each in broken if each.state >= 0}
    return Report(
        explorer.scope.name,
        tuple(part.name for part in explorer.scope.parts),
        len(explorer.states),
        len(explorer.edge_to),
        explorer.depth,
        taken_ms(),
        explorer.digest(),
        len(explorer.engine.pairs),
        len(explorer.engine.order_pairs),
        verdicts,
        traces,
    )


def _out_of_scope(explorer: Explorer, verdict: Verdict) -> bool:
    """A `sometimes` claim about something that the scope does not let happen."""
    return verdict.name in explorer.scope.never


def as_json(report: Report) -> dict[str, Any]:
    """The report as one JSON object; ``seconds`` is rounded up."""
    return {
        "scope": report.scope,
        "states": report.states,
        "edges": report.edges,
        "depth": report.depth,
        "seconds": -(-report.milliseconds // 1000),
        "milliseconds": report.milliseconds,
        "digest": report.digest,
        "table_digest": table_digest(),
        "trade_events_executed": report.pairs,
        "order_events_executed": report.order_pairs,
        "claims": [_claim(report, verdict) for verdict in report.verdicts],
        "elsewhere": [{"name": name, "where": where} for name, where in ELSEWHERE],
    }


def _claim(report: Report, verdict: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = {"name": verdict.name, "sentence": verdict.sentence, "holds": verdict.holds}
    if not verdict.holds:
        found["why"] = verdict.violation.words if verdict.violation else "it was never seen"
        found["trace"] = report.traces.get(verdict.name, [])
    return found


def as_text(report: Report) -> str:
    """The report for a person: the scope, the counts, every verdict, and the traces of what broke."""
    seconds, rest = divmod(report.milliseconds, 1000)
    lines = [f"scope {report.scope}, {len(report.parts)} parts:"]
    lines += [f"  {part}" for part in report.parts]
    lines += [
        f"{report.states:,} states, {report.edges:,} edges, depth {report.depth}, {seconds}.{rest // 100} s",
        f"digest {report.digest}",
        f"trade table: {len(ROWS)} rows, {report.pairs} (state, event) pairs executed",
        f"order table: {len(ORDER_ROWS)} rows, {report.order_pairs} (state, event) pairs met, refused ones included",
        "",
    ]
    for verdict in report.verdicts:
        lines.append(f"{'holds ' if verdict.holds else 'BROKEN'} {verdict.name}: {verdict.sentence}")
        if not verdict.holds:
            lines.append(f"       {verdict.violation.words if verdict.violation else 'it was never seen'}")
    lines += ["", "judged elsewhere:", *(f"  {name}: {where}" for name, where in ELSEWHERE)]
    for name, told in report.traces.items():
        lines += ["", f"a shortest trace to the failure of {name}:", *told]
    broken = sum(not verdict.holds for verdict in report.verdicts)
    lines += ["", f"{broken} claims broke." if broken else f"All {len(report.verdicts)} claims hold.", ""]
    return "\n".join(lines)
