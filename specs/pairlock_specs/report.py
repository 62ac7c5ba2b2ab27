"""What a search is reported as, for people and for programs. Everything in it can be sent between processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from pairlock.lifecycle import ORDER_ROWS, ROWS
from pairlock.table_check import table_digest
from pairlock_specs.claims import ELSEWHERE
from pairlock_specs.combine import Found, combined, found_by
from pairlock_specs.explore import Explorer
from pairlock_specs.judge import Verdict
from pairlock_specs.scope import Scope


@frozen
class Report:
    """``pairs``: how many (trade state, event) pairs were really executed; ``traces``: by the claim that broke, and
    ``scripts`` the same for the simulated venues. ``peak_mb``: the largest process in MB; 0: not known."""

    scope: str
    parts: tuple[str, ...]
    states: int
    edges: int
    depth: int
    milliseconds: int
    peak_mb: int
    digest: str
    pairs: int
    order_pairs: int
    verdicts: tuple[Verdict, ...]
    traces: dict[str, list[str]]
    scripts: dict[str, str]

    @property
    def holds(self) -> bool:
        return all(verdict.holds for verdict in self.verdicts)


def report_of(explorer: Explorer, taken_ms: Callable[[], int]) -> Report:
    """Judges the graph that ``explorer`` has explored; ``taken_ms`` is asked when that is done."""
    return report_on(explorer.scope, [found_by(explorer)], taken_ms)


def report_on(scope: Scope, founds: Sequence[Found], taken_ms: Callable[[], int]) -> Report:
    """The report on ``scope``, of which each job found something.

    A `sometimes` claim about what the scope does not let happen is left out unless it was seen all the same.
    """
    whole = combined(founds)
    verdicts = tuple(v for v in whole.verdicts if v.holds or v.name not in scope.never)
    return Report(
        scope.name,
        tuple(part.name for part in scope.parts),
        whole.states,
        whole.edges,
        whole.depth,
        taken_ms(),
        whole.peak_mb,
        whole.digest,
        whole.pairs,
        whole.order_pairs,
        verdicts,
        whole.traces,
        whole.scripts,
    )


def as_json(report: Report, paths: dict[str, str] | None = None) -> dict[str, Any]:
    """The report as one JSON object; ``seconds`` is rounded up. ``paths``: where each script was written."""
    return {
        "scope": report.scope,
        "states": report.states,
        "edges": report.edges,
        "depth": report.depth,
        "seconds": -(-report.milliseconds // 1000),
        "milliseconds": report.milliseconds,
        "peak_mb": report.peak_mb,
        "digest": report.digest,
        "table_digest": table_digest(),
        "trade_events_executed": report.pairs,
        "order_events_executed": report.order_pairs,
        "claims": [_claim(report, verdict, paths or {}) for verdict in report.verdicts],
        "elsewhere": [{"name": name, "where": where} for name, where in ELSEWHERE],
    }


def _claim(report: Report, verdict: Verdict, paths: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": verdict.name, "sentence": verdict.sentence, "holds": verdict.holds}
    if not verdict.holds:
        found["why"] = verdict.violation.words if verdict.violation else "it was never seen"
        found["trace"] = report.traces.get(verdict.name, [])
        if verdict.name in paths:
            found["script"] = paths[verdict.name]
    return found


def as_text(report: Report, paths: dict[str, str] | None = None) -> str:
    """The report for a person: the scope, the counts, every verdict, and the traces of what broke."""
    seconds, rest = divmod(report.milliseconds, 1000)
    memory = f", {report.peak_mb:,} MB in the largest process" if report.peak_mb else ""
    lines = [f"scope {report.scope}, {len(report.parts)} parts:"]
    lines += [f"  {part}" for part in report.parts]
    lines += [
        f"{report.states:,} states, {report.edges:,} edges, depth {report.depth}, {seconds}.{rest // 100} s{memory}",
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
        if name in (paths or {}):
            lines.append(f"   the same as a script for the simulated venues: {(paths or {})[name]}")
    broken = sum(not verdict.holds for verdict in report.verdicts)
    lines += ["", f"{broken} claims broke." if broken else f"All {len(report.verdicts)} claims hold.", ""]
    return "\n".join(lines)
