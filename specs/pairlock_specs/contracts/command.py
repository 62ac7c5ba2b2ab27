"""`pairlock verify --contracts`: CrossHair's verdict on every contract, and what Hypothesis only sampled."""

from __future__ import annotations

import json as json_text
import sys
from typing import Any

from attrs import frozen

from pairlock_specs.contracts.catalog import contracts as all_contracts
from pairlock_specs.contracts.run import EXAMPLES, SECONDS, Verdict, Word, check, sample
from pairlock_specs.contracts.sampled import SAMPLED


@frozen
class Report:
    """``planted`` holds the verdicts with each planted bug, if asked for; ``sampled`` what broke each, or ""."""

    verdicts: tuple[Verdict, ...]
    planted: tuple[Verdict, ...]
    sampled: tuple[str, ...]

    @property
    def holds(self) -> bool:
        confirmed = all(each.word is Word.CONFIRMED for each in self.verdicts)
        caught = all(each.word is Word.COUNTEREXAMPLE for each in self.planted)
        return bool(self.verdicts) and confirmed and caught and not any(self.sampled)


def as_json(report: Report) -> dict[str, Any]:
    """The report as one JSON object."""
    return {
        "holds": report.holds,
        "contracts": [
            {
                "name": each.contract.name,
                "sentence": each.contract.sentence,
                "verdict": each.word.value,
                "said": each.detail,
            }
            for each in report.verdicts
        ],
        "planted": [
            {"name": each.contract.name, "verdict": each.word.value, "said": each.detail}
            for each in report.planted
        ],
        "sampled": [
            {
                "name": promise.name,
                "sentence": promise.sentence,
                "reason": promise.reason,
                "holds": not broken,
                "broken_by": broken,
            }
            for promise, broken in zip(SAMPLED, report.sampled, strict=True)
        ],
    }


def as_text(report: Report) -> str:
    """The report for a person: every contract's verdict, the planted bugs, and what was only sampled and why."""
    lines = ["CrossHair, over all values:"]
    for each in report.verdicts:
        lines.append(f"  {each.word.value:14} {each.contract.name}: {each.contract.sentence}")
        if each.word is not Word.CONFIRMED:
            lines.append(f"  {'':14} CrossHair said: {each.detail}")
    if report.planted:
        lines += ["", "CrossHair, with each contract's planted bug in the engine:"]
        for each in report.planted:
            told = "refuted" if each.word is Word.COUNTEREXAMPLE else "MISSED"
            lines.append(f"  {told:14} {each.contract.name}: {each.detail}")
    lines += ["", f"Not confirmable; checked by Hypothesis on {EXAMPLES} drawn examples each:"]
    for promise, broken in zip(SAMPLED, report.sampled, strict=True):
        lines.append(f"  {'BROKEN' if broken else 'not broken':14} {promise.name}: {promise.sentence}")
        lines.append(f"  {'':14} {'broken by ' + broken if broken else 'why: ' + promise.reason}")
    confirmed = sum(each.word is Word.CONFIRMED for each in report.verdicts)
    lines += ["", f"{confirmed} of {len(report.verdicts)} contracts confirmed over all paths."]
    if report.planted:
        caught = sum(each.word is Word.COUNTEREXAMPLE for each in report.planted)
        lines.append(f"{caught} of {len(report.planted)} planted bugs refuted.")
    return "\n".join([*lines, ""])


def contracts(json: bool, *, planted: bool = False, seconds: int = SECONDS) -> int:
    """Checks every contract, with ``planted`` each planted bug too; prints; 0 if all of it holds, else 1."""
    wanted = all_contracts()
    report = Report(
        check(wanted, seconds=seconds),
        check(wanted, planted=True, seconds=seconds) if planted else (),
        tuple(sample(promise) for promise in SAMPLED),
    )
    if json:
        print(json_text.dumps(as_json(report)))
    else:
        sys.stdout.write(as_text(report))
    return 0 if report.holds else 1
