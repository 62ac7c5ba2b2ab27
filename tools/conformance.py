"""Prints docs/conformance.md: its opening from tools/conformance.head.md, the tables from the checks themselves."""

import sys
from itertools import groupby
from pathlib import Path

from pairlock_adapters.conformance import CHECKS, Check
from pairlock_adapters.conformance.run import GROUPS

HEAD = Path(__file__).with_name("conformance.head.md")


def row(check: Check) -> str:
    venues = ", ".join(check.venues) or "every venue"
    only = f" ({check.absent} elsewhere)" if check.absent else ""
    faults = ", ".join(dict.fromkeys(f"`{fault.kind.value}`" for fault in check.faults)) or "none"
    where = f"{venues}{only}{'; over the wire' if check.wire_only else ''}"
    return f"| {check.number} | {check.sentence} | {check.why} | {faults} | {where} |"


def main() -> None:
    titles = {module.__name__.rpartition(".")[2]: (module.__doc__ or "").strip() for module in GROUPS}
    sys.stdout.write(HEAD.read_text(encoding="utf-8"))
    for group, checks in groupby(CHECKS.values(), key=lambda check: check.group):
        sys.stdout.write(f"\n## {titles[group].rstrip('.')}\n\n")
        sys.stdout.write("| check | what must hold | why | faults that strike | where |\n")
        sys.stdout.write("| --- | --- | --- | --- | --- |\n")
        for check in checks:
            sys.stdout.write(row(check) + "\n")


if __name__ == "__main__":
    main()
