"""The matrix: which claims each mutant breaks, and what each claim is needed for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from attrs import frozen

from pairlock_specs.mutants.hunt import Baseline, Fate, Hunted
from pairlock_specs.mutants.survivors import Judged


@frozen
class Need:
    """``breaks``: how many mutants break the claim; ``alone``: how many of them break no other."""

    name: str
    sentence: str
    breaks: int
    alone: int

    @property
    def verdict(self) -> str:
        if self.alone:
            return "needed"
        return (
            f"redundant: no mutant needs it ({'others break with it' if self.breaks else 'none breaks it'})"
        )


@frozen
class Result:
    """``whole``: every mutant was hunted, so that a claim which none needs is redundant by these mutants."""

    baseline: Baseline
    hunted: tuple[Hunted, ...]
    judged: Judged
    total: int

    @property
    def whole(self) -> bool:
        return len(self.hunted) == self.total

    @property
    def holds(self) -> bool:
        invalid = any(each.fate is Fate.INVALID for each in self.hunted)
        return not (self.baseline.broken or invalid or self.judged.open or self.judged.stale)

    def count(self, fate: Fate) -> int:
        return sum(each.fate is fate for each in self.hunted)

    def needs(self) -> list[Need]:
        breaks = Counter(name for each in self.hunted for name in each.broken)
        alone = Counter(next(iter(each.broken)) for each in self.hunted if len(each.broken) == 1)
        return [Need(name, words, breaks[name], alone[name]) for name, words in self.baseline.claims]


def as_json(result: Result) -> dict[str, Any]:
    """Everything as one JSON object. ``matrix``: the claims that each mutant breaks."""
    return {
        "holds": result.holds,
        "mutants": result.total,
        "hunted": len(result.hunted),
        "killed": result.count(Fate.KILLED),
        "survived": result.count(Fate.SURVIVED),
        "invalid": {each.name: each.why for each in result.hunted if each.fate is Fate.INVALID},
        "kill_scope": {
            "states": result.baseline.states,
            "cpu_ms": result.baseline.cpu_ms,
            "broken": result.baseline.broken,
        },
        "claims": [
            {
                "name": need.name,
                "sentence": need.sentence,
                "broken_by": need.breaks,
                "alone": need.alone,
                "needed": need.alone > 0 if result.whole else None,
            }
            for need in result.needs()
        ],
        "matrix": {each.name: sorted(each.broken) for each in result.hunted},
        "equivalent": result.judged.proved,
        "unproved": list(result.judged.open),
        "stale_proofs": list(result.judged.stale),
    }


def _rows(result: Result) -> Iterator[str]:
    columns = [need.name for need in result.needs() if need.breaks]
    yield "claims that were broken, by column:"
    yield from (f"  {number:>3} {name}" for number, name in enumerate(columns, start=1))
    yield ""
    numbers = {name: number for number, name in enumerate(columns, start=1)}
    for each in result.hunted:
        said = " ".join(str(numbers[name]) for name in columns if name in each.broken)
        yield (
            f"{each.fate:<8} {each.name}"
            + (f": {said}" if said else "")
            + (f": {each.why}" if each.why else "")
        )


def _claims(result: Result) -> Iterator[str]:
    yield "what each claim is needed for (mutants that break it, those that break it alone):"
    for need in result.needs():
        verdict = need.verdict if result.whole else ""
        yield f"  {need.breaks:>4} {need.alone:>4}  {need.name}  {verdict}".rstrip()


def as_text(result: Result) -> str:
    """The matrix for a person."""
    lines = [*_rows(result), "", *_claims(result), ""]
    for name, why in result.judged.proved.items():
        lines += [f"equivalent: {name}", f"  {why}"]
    lines += [f"SURVIVED without a proof: {name}" for name in result.judged.open]
    lines += [f"STALE proof, its mutant is killed or gone: {name}" for name in result.judged.stale]
    lines += [f"BROKEN without any mutant: {name}: {words}" for name, words in result.baseline.broken.items()]
    base, proved = result.baseline, len(result.judged.proved)
    fates = (
        f"{result.count(Fate.KILLED)} killed by a named claim, {result.count(Fate.SURVIVED)} survived"
        f" ({proved} proved equivalent), {result.count(Fate.INVALID)} invalid"
    )
    last = (
        "Every mutant is killed or proved equivalent."
        if result.holds
        else "The claims have a hole, see above."
    )
    lines += [
        f"kill scope: {base.states:,} states, {base.cpu_ms} ms of CPU time",
        f"{len(result.hunted)} of {result.total} mutants: {fates}",
        last,
        "",
    ]
    return "\n".join(lines)
