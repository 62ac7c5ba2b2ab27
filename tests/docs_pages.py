"""The documentation as data: its fenced blocks with the marks above them, and the rows of its tables.

A mark is an HTML comment in the line above a fence, which a reader of the rendered page does not see:

    <!-- run -->                        a console block: every `$` line is run in the page's folder, and must exit 0
    <!-- run columns=112 compare -->    ... and what follows its command is the command's output
    $ COMMAND > NAME &                  ... is left running, once it has printed a line, until the page ends
    <!-- file: NAME -->                 the block is written to NAME in that folder before anything is run
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]

_FENCE = re.compile(
    r"(?:^<!-- (?P<mark>[^>\n]*) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


class Block(NamedTuple):
    """One fenced block; ``start`` and ``end`` bound its text within the page."""

    page: Path
    language: str
    mark: str
    text: str
    start: int
    end: int

    @property
    def runs(self) -> bool:
        return self.mark.split(" ")[0] == "run"

    @property
    def file(self) -> str:
        return self.mark.removeprefix("file: ") if self.mark.startswith("file: ") else ""

    @property
    def commands(self) -> list[str]:
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]

    @property
    def columns(self) -> int:
        match = re.search(r"columns=(\d+)", self.mark)
        return int(match[1]) if match else 80


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@cache
def blocks(page: Path) -> tuple[Block, ...]:
    text = page.read_text(encoding="utf-8")
    return tuple(
        Block(
            page,
            found["language"],
            found["mark"] or "",
            found["text"],
            found.start("text"),
            found.end("text"),
        )
        for found in _FENCE.finditer(text)
    )


def rows(page: Path, heading: str = "") -> list[list[str]]:
    """The cells of every table row of the page, or of the part under one heading; header rows are left out."""
    text = page.read_text(encoding="utf-8")
    if heading:
        match = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
        assert match, f"{name_of(page)} has no heading {heading!r}"
        text = text[match.end() :]
        after = re.search(rf"^#{{1,{len(match[1])}}} ", text, re.MULTILINE)
        text = text[: after.start()] if after else text
    found: list[list[str]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("|") or set(line) <= set("|- :"):
            continue
        if (
            number + 1 < len(lines)
            and lines[number + 1].startswith("|")
            and set(lines[number + 1]) <= set("|- :")
        ):
            continue
        cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
        found.append([cell.strip() for cell in cells])
    return found


def code(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)
