"""What the venues say and what Pairlock makes of it, as a Markdown page: `python -m pairlock_adapters.words_page`.

The tables are the data that the adapters decide by, printed; `docs/venues.md` is this output (`make generated`), so
the page cannot say anything that the code does not do. A venue adds itself by a module that holds a ``PAGE``.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module

from attrs import frozen

# Modules with a ``PAGE: VenuePage``, in the order of the page.
VENUES = ("pairlock_adapters.kalshi.page", "pairlock_adapters.polymarket.page")

_HEAD = """\
# What the venues say

How each answer of a real venue is read. Generated from the tables that the adapters decide by. An answer is *certain
no* (nothing was done and nothing will be), *certain yes* (it was done, and this is what) or *unknown*: then the order
is read by its own id until it is known, and nothing is assumed meanwhile. Whatever a table does not name is unknown.
A venue's own documentation may call more answers a refusal; a read costs less than one wrong zero.
"""


class Certainty(StrEnum):
    """What may be concluded from an answer alone."""

    NO = "certain no"
    YES = "certain yes"
    UNKNOWN = "unknown"


@frozen
class Table:
    """One table of the page: rows of Markdown cells, as many as there are columns."""

    title: str
    before: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@frozen
class VenuePage:
    """A venue's part of the page."""

    name: str
    before: str
    tables: tuple[Table, ...]


def coded(text: str) -> str:
    """Text as it is on the wire, in backticks; a word in brackets or nothing stays as it is."""
    return text if not text or text.startswith("(") else f"`{text}`"


def _cells(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _table(table: Table) -> Iterator[str]:
    yield f"### {table.title}\n"
    if table.before:
        yield f"{table.before}\n"
    yield _cells(table.columns)
    yield _cells(("---",) * len(table.columns))
    yield from (_cells(row) for row in table.rows)
    yield ""


def pages() -> tuple[VenuePage, ...]:
    """The parts of every venue that this package has."""
    return tuple(import_module(name).PAGE for name in VENUES)


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield _HEAD
    for page in pages():
        yield f"## {page.name}\n"
        if page.before:
            yield f"{page.before}\n"
        for table in page.tables:
            yield from _table(table)


if __name__ == "__main__":
    print("\n".join(lines()))
