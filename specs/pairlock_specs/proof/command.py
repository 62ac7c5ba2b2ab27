"""`pairlock verify --proof`: the induction, the claims, the unsafe variants; what z3 leaves undecided is a failure."""

from __future__ import annotations

import json as json_format
import sys
import time
from typing import Any

from pairlock_specs.proof import account, lemmas
from pairlock_specs.proof.check import ACTIONS, Broken, consequences, induction, possible, progress
from pairlock_specs.proof.invariant import CLAIMS
from pairlock_specs.proof.told import differences
from pairlock_specs.proof.unsafe import Shown, shown, variants


def prove(json: bool) -> int:
    """Proves the installed table's claims for any size, prints each, and returns 0 if all hold, else 1."""
    began_ns = time.monotonic_ns()
    broken = [*induction(), *consequences(), *progress()]
    broken += [Broken(action.name, "can never happen", {}, {}) for action in ACTIONS if not possible(action)]
    beside = [*account.broken(), *lemmas.broken()]
    unsafe = [shown(variant) for variant in variants()]
    seconds_ms = (time.monotonic_ns() - began_ns) // 1_000_000
    holds = not broken and not beside and all(each.fails for each in unsafe)
    if json:
        print(json_format.dumps(_as_json(broken, beside, unsafe, seconds_ms, holds)))
    else:
        sys.stdout.write("\n".join(_as_text(broken, beside, unsafe, seconds_ms, holds)) + "\n")
    return 0 if holds else 1


def _broken_claims(broken: list[Broken]) -> set[str]:
    """The claims that no longer follow: those named; all of them where the invariant itself is not kept."""
    named = {each.what.split(":")[0] for each in broken}
    names = {claim.name for claim in CLAIMS}
    if any(each.where.startswith("HEDGING") for each in broken):
        named.add("19-can-exit")
    others = [
        each
        for each in broken
        if each.what.split(":")[0] not in names and not each.where.startswith("HEDGING")
    ]
    return names if others else named & names


def _as_json(
    broken: list[Broken], beside: list[str], unsafe: list[Shown], elapsed_ms: int, holds: bool
) -> dict[str, Any]:
    fallen = _broken_claims(broken)
    return {
        "actions": len(ACTIONS),
        "seconds": elapsed_ms // 1_000,
        "holds": holds,
        "claims": [
            {"name": claim.name, "sentence": claim.sentence, "holds": claim.name not in fallen and not beside}
            for claim in CLAIMS
        ],
        "broken": [
            {"step": each.where, "what": each.what, "before": each.before, "after": each.after}
            for each in broken
        ],
        "lemmas": {"count": len(account.NAMES) + len(lemmas.NAMES), "broken": beside},
        "unsafe": [
            {
                "name": each.variant.name,
                "fails": each.fails,
                "step": each.broken[0].where if each.broken else "",
                "breaks": each.variant.claim,
                "states": each.states,
            }
            for each in unsafe
        ],
    }


def _as_text(
    broken: list[Broken], beside: list[str], unsafe: list[Shown], elapsed_ms: int, holds: bool
) -> list[str]:
    fallen = _broken_claims(broken)
    lines = [
        "For every quantity, price and fee, and any number of attempts, crashes and trades:",
        *(
            f"{'proved' if claim.name not in fallen and not beside else 'BROKEN'}  {claim.name}: {claim.sentence}"
            for claim in CLAIMS
        ),
        "",
    ]
    for each in broken:
        lines += [f"NOT KEPT by {each.where}: {each.what}", *differences([each.before, each.after]), ""]
    lines += [f"NOT PROVED: {words}" for words in beside]
    lines.append("Unsafe variants, each of which must fail:")
    for one in unsafe:
        verdict = "fails" if one.fails else "PASSES, so the proof is too weak"
        step = one.broken[0] if one.broken else None
        where = f", at the step: {step.where}" if step else ""
        lines.append(f"{verdict}  {one.variant.name}: breaks {one.variant.claim}{where}")
        names = ["", *(action.name for action in one.variant.story)]
        lines += differences(one.states, names)
    total = len(account.NAMES) + len(lemmas.NAMES)
    seconds = f"{elapsed_ms // 1_000}.{elapsed_ms % 1_000 // 100} s"
    lines += [
        "",
        f"{len(ACTIONS)} actions keep the invariant, {total} lemmas, {seconds}.",
        "Every claim is proved." if holds else "NOT everything is proved.",
    ]
    return lines
