"""The tables of the documentation's page on contracts; `python -m pairlock_specs.contracts.page FILE` renews them."""

from __future__ import annotations

import sys
from pathlib import Path

from pairlock_specs.contracts.catalog import contracts
from pairlock_specs.contracts.sampled import SAMPLED

BEGIN = "<!-- contracts: generated -->\n"
END = "<!-- contracts: end -->\n"


def as_markdown() -> str:
    """Both tables: what CrossHair must confirm, and what is only sampled."""
    lines = [
        "## Confirmed over all paths",
        "",
        "| module | contract | what is promised | verdict |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {each.module} | `{each.name.partition('.')[2]}` | {each.sentence} | confirmed |"
        for each in contracts()
    ]
    lines += ["", "## Not confirmable, checked on drawn values", ""]
    lines += ["| promise | what is promised | why it cannot be confirmed |", "| --- | --- | --- |"]
    lines += [f"| `{each.promise.__name__}` | {each.sentence} | {each.reason} |" for each in SAMPLED]
    return "\n".join([*lines, ""])


def renewed(text: str) -> str:
    """The page with its tables as they are now. Raises ValueError if it has no place for them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no generated part")
    return f"{before}{BEGIN}\n{as_markdown()}\n{END}{after}"


def main() -> None:
    page = Path(sys.argv[1])
    page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
