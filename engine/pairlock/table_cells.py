"""Both tables of ``lifecycle.py`` as values of one shape, and the expansion of their lines into cells.

The checker, the Machine, the digest and the documents all read a ``Table``, so that none of them can hold its own
idea of what a line of the table decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from attrs import frozen

from pairlock.errors import EngineBug
from pairlock.lifecycle import (
    CLOSED,
    INITIAL,
    INITIAL_REPAIR,
    OE,
    ORDER_CLOSED,
    ORDER_INITIAL,
    ORDER_REFUSALS,
    ORDER_ROWS,
    OS,
    REFUSALS,
    ROWS,
    E,
    OrderRefusal,
    OrderRow,
    Refusal,
    Row,
    S,
)

MoveT_co = TypeVar("MoveT_co", bound=Row | OrderRow, covariant=True)
RefusalT_co = TypeVar("RefusalT_co", bound=Refusal | OrderRefusal, covariant=True)

Cell = tuple[str, str]  # (state, event)


@frozen
class Table(Generic[MoveT_co, RefusalT_co]):
    """One transition table.

    ``initial`` is where everything starts, ``initial_repair`` where a linked repair starts (None: no repairs), and
    ``closed`` are the states that absorb. States and events are in the order in which they are declared.
    """

    name: str
    states: tuple[str, ...]
    events: tuple[str, ...]
    rows: tuple[MoveT_co, ...]
    refusals: tuple[RefusalT_co, ...]
    initial: str
    initial_repair: str | None
    closed: tuple[str, ...]

    def decisions(self) -> Iterator[tuple[Cell, MoveT_co | RefusalT_co]]:
        """Every (cell, line) pair as written: a cell decided twice comes twice, an undecided one never."""
        for row in self.rows:
            yield (row.state, row.event), row
        for refusal in self.refusals:
            for state in refusal.states:
                for event in refusal.events:
                    yield (state, event), refusal

    def cells(self) -> Iterator[tuple[Cell, MoveT_co | RefusalT_co]]:
        """Every cell once, by state and then event, with the line that decides it. Raises EngineBug on a gap.

        Meant for a table that ``table_check.validate`` has passed.
        """
        decided = dict(self.decisions())
        for state in self.states:
            for event in self.events:
                line = decided.get((state, event))
                if line is None:
                    raise EngineBug(f"the {self.name} table decides nothing in {cell_name(state, event)}")
                yield (state, event), line


AnyTable = Table[Row | OrderRow, Refusal | OrderRefusal]


def trade_table(
    rows: tuple[Row, ...] = ROWS, refusals: tuple[Refusal, ...] = REFUSALS
) -> Table[Row, Refusal]:
    """The table of trades; other rows than the installed ones are for tests and for mutation."""
    return Table("trade", tuple(S), tuple(E), rows, refusals, INITIAL, INITIAL_REPAIR, CLOSED)


def order_table(
    rows: tuple[OrderRow, ...] = ORDER_ROWS, refusals: tuple[OrderRefusal, ...] = ORDER_REFUSALS
) -> Table[OrderRow, OrderRefusal]:
    """The table of orders; other rows than the installed ones are for tests and for mutation."""
    return Table("order", tuple(OS), tuple(OE), rows, refusals, ORDER_INITIAL, None, ORDER_CLOSED)


def cell_name(state: str, event: str) -> str:
    """How a cell is written in messages: ``EXECUTING/EQUAL``."""
    return f"{state}/{event}"
