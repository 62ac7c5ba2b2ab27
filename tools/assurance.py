"""Prints docs/assurance.md: the claims with everything that checks them, joined from the checks themselves."""

import ast
import sys
from pathlib import Path

from pairlock_specs.assurance import BACKED, Backed
from pairlock_specs.claims import CLAIMS, ELSEWHERE
from pairlock_specs.contracts.catalog import contracts
from pairlock_specs.proof.invariant import CLAIMS as PROVED

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"


def belongs(name: str, number: int) -> bool:
    """Whether a check's name begins with the claim's number."""
    digits = name[: len(name) - len(name.lstrip("0123456789"))]
    return digits == str(number)


def said_by(file: str) -> str:
    """The first sentence of a test file. Ends this script when the file is missing."""
    path = ROOT / "tests" / f"{file}.py"
    if not path.exists():
        sys.exit(f"assurance: tests/{file}.py does not exist; mend specs/pairlock_specs/assurance.py.")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def one(claim: Backed) -> list[str]:
    """One claim: its sentence and the table of what checks it. Ends this script when nothing does."""
    lines = [
        f"### Claim {claim.number}",
        "",
        claim.sentence,
        "",
        "| how | what is checked | again |",
        "| --- | --- | --- |",
    ]
    lines += [
        f"| exhaustive | {judged.sentence} | `pairlock verify` (`{judged.name}`) |"
        for judged in CLAIMS
        if belongs(judged.name, claim.number)
    ]
    lines += [
        f"| proved | {proved.sentence} | `pairlock verify --proof` (`{proved.name}`) |"
        for proved in PROVED
        if belongs(proved.name, claim.number)
    ]
    lines += [
        f"| confirmed | {contract.sentence} | `pairlock verify --contracts` (`{contract.name}`) |"
        for contract in contracts()
        if contract.module in claim.confirmed
    ]
    lines += [f"| sampled | {each.what} | `{each.command}` |" for each in claim.sampled]
    lines += [f"| tested | {said_by(file)} | `make test ARGS=tests/{file}.py` |" for file in claim.tested]
    if len(lines) == 6:
        sys.exit(f"assurance: nothing checks claim {claim.number}; mend specs/pairlock_specs/assurance.py.")
    return [*lines, ""]


def main() -> int:
    out = [(TOOLS / "assurance.head.md").read_text(encoding="utf-8"), "## The claims", ""]
    for claim in BACKED:
        out += one(claim)
    out += ["Judged only elsewhere than in the search:", ""]
    out += [f"- {name}: {where}" for name, where in ELSEWHERE]
    out += ["", (TOOLS / "assurance.tail.md").read_text(encoding="utf-8")]
    print("\n".join(out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
