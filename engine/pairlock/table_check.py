"""Is the table a table? Checked when an engine opens, by ``verify`` (claim 19) and in ``make check``; not on import.

Not on import, because ``verify`` must be able to load a broken table in order to say what is broken in it.

These are the checks that need nothing but the table. Whether every row is *taken* in some run, and whether labels
are true of the money, only the explorer can say.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from attrs import frozen

from pairlock.errors import UserError
from pairlock.lifecycle import (
    ORDER_REFUSALS,
    ORDER_ROWS,
    REFUSALS,
    ROWS,
    OrderRefusal,
    OrderRow,
    R,
    Refusal,
    Row,
)
from pairlock.table_cells import AnyTable, cell_name, order_table, trade_table

_FINDINGS_IN_MESSAGE = 12


class Code(StrEnum):
    """What can be wrong with a table."""

    UNKNOWN_STATE = "UNKNOWN_STATE"
    UNKNOWN_EVENT = "UNKNOWN_EVENT"
    UNKNOWN_TARGET = "UNKNOWN_TARGET"
    UNKNOWN_REASON = "UNKNOWN_REASON"
    NO_WHY = "NO_WHY"
    EMPTY_REFUSAL = "EMPTY_REFUSAL"
    MOVED_TWICE = "MOVED_TWICE"
    REFUSED_TWICE = "REFUSED_TWICE"
    MOVED_AND_REFUSED = "MOVED_AND_REFUSED"
    UNDECIDED = "UNDECIDED"
    CLOSED_MOVES = "CLOSED_MOVES"
    UNREACHABLE = "UNREACHABLE"
    TRAP = "TRAP"
    NO_WAY_TO_CLOSED = "NO_WAY_TO_CLOSED"


# With one of these no Machine can be built: it would pick one of two lines, or a state that does not exist.
UNBUILDABLE = frozenset(
    {
        Code.UNKNOWN_STATE,
        Code.UNKNOWN_EVENT,
        Code.UNKNOWN_TARGET,
        Code.MOVED_TWICE,
        Code.REFUSED_TWICE,
        Code.MOVED_AND_REFUSED,
    }
)


@frozen
class Finding:
    """One thing that is wrong. ``where`` is a state or a cell (``EXECUTING/EQUAL``) of the table named."""

    table: str
    code: Code
    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.table} table, {self.where}: {self.sentence}"


class TableInvalid(UserError):
    """The table is not one that may run. ``findings`` holds all; the message the first dozen."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings)
        self.findings = tuple(findings)

    def __str__(self) -> str:
        shown = "; ".join(str(finding) for finding in self.findings[:_FINDINGS_IN_MESSAGE])
        hidden = len(self.findings) - _FINDINGS_IN_MESSAGE
        more = f"; and {hidden} more" if hidden > 0 else ""
        return f"the transition table in lifecycle.py cannot be run, mend these lines: {shown}{more}."


def validate(
    rows: tuple[Row, ...] = ROWS,
    refusals: tuple[Refusal, ...] = REFUSALS,
    order_rows: tuple[OrderRow, ...] = ORDER_ROWS,
    order_refusals: tuple[OrderRefusal, ...] = ORDER_REFUSALS,
) -> list[Finding]:
    """Everything that is wrong with both tables; empty if they may run. Names may be any strings."""
    return [*check(trade_table(rows, refusals)), *check(order_table(order_rows, order_refusals))]


def require_valid(
    rows: tuple[Row, ...] = ROWS,
    refusals: tuple[Refusal, ...] = REFUSALS,
    order_rows: tuple[OrderRow, ...] = ORDER_ROWS,
    order_refusals: tuple[OrderRefusal, ...] = ORDER_REFUSALS,
) -> None:
    """Raises TableInvalid with every finding of ``validate``, if there is one."""
    findings = validate(rows, refusals, order_rows, order_refusals)
    if findings:
        raise TableInvalid(findings)


def check(table: AnyTable) -> list[Finding]:
    """What is wrong with one table, names first, then cells, then paths."""
    return [*_names(table), *_cells(table), *_paths(table)]


def _names(table: AnyTable) -> Iterator[Finding]:
    for row in table.rows:
        where = cell_name(row.state, row.event)
        yield from _unknown(table, where, (row.state,), (row.event,))
        if row.to not in table.states:
            yield Finding(
                table.name, Code.UNKNOWN_TARGET, where, f"its row leads to {row.to!s}, which is no state"
            )
        if not row.why.strip():
            yield Finding(table.name, Code.NO_WHY, where, "its row gives no reason")
    for refusal in table.refusals:
        where = " ".join(refusal.states) + "/" + " ".join(refusal.events)
        yield from _unknown(table, where, refusal.states, refusal.events)
        if not refusal.states or not refusal.events:
            yield Finding(table.name, Code.EMPTY_REFUSAL, where, "the refusal names no cell")
        if refusal.reason not in tuple(R):
            yield Finding(table.name, Code.UNKNOWN_REASON, where, f"{refusal.reason!s} is no reason of R")
        if not refusal.why.strip():
            yield Finding(table.name, Code.NO_WHY, where, "the refusal gives no reason in words")


def _unknown(table: AnyTable, where: str, states: Iterable[str], events: Iterable[str]) -> Iterator[Finding]:
    for state in states:
        if state not in table.states:
            yield Finding(
                table.name, Code.UNKNOWN_STATE, where, f"{state!s} is no state of the {table.name} table"
            )
    for event in events:
        if event not in table.events:
            yield Finding(
                table.name, Code.UNKNOWN_EVENT, where, f"{event!s} is no event of the {table.name} table"
            )


def _cells(table: AnyTable) -> Iterator[Finding]:
    moved: defaultdict[tuple[str, str], int] = defaultdict(int)
    refused: defaultdict[tuple[str, str], int] = defaultdict(int)
    for cell, line in table.decisions():
        (moved if isinstance(line, Row | OrderRow) else refused)[cell] += 1
    for state in table.states:
        for event in table.events:
            moves, refusals = moved[state, event], refused[state, event]
            where = cell_name(state, event)
            if moves > 1:
                yield Finding(table.name, Code.MOVED_TWICE, where, f"{moves} rows move it; leave one")
            if refusals > 1:
                yield Finding(
                    table.name, Code.REFUSED_TWICE, where, f"{refusals} refusals name it; leave one"
                )
            if moves and refusals:
                yield Finding(
                    table.name, Code.MOVED_AND_REFUSED, where, "a row moves it and a refusal names it"
                )
            if not moves and not refusals:
                yield Finding(table.name, Code.UNDECIDED, where, "neither a row nor a refusal decides it")
            if moves and state in table.closed:
                yield Finding(
                    table.name, Code.CLOSED_MOVES, where, "a row moves a closed state; closed is closed"
                )


def _paths(table: AnyTable) -> Iterator[Finding]:
    """Reachability from ``initial`` alone: a state that only repairs could reach would leave trades without it."""
    forward: defaultdict[str, set[str]] = defaultdict(set)
    backward: defaultdict[str, set[str]] = defaultdict(set)
    for row in table.rows:
        forward[row.state].add(row.to)
        backward[row.to].add(row.state)
    reached = _closure({table.initial}, forward)
    can_close = _closure(set(table.closed), backward)
    for state in table.states:
        if state not in reached:
            yield Finding(table.name, Code.UNREACHABLE, state, f"no moves lead to it from {table.initial}")
        if state in table.closed:
            continue
        if not forward[state] - {state}:
            yield Finding(table.name, Code.TRAP, state, "it is open and no move leaves it")
        elif state not in can_close:
            yield Finding(table.name, Code.NO_WAY_TO_CLOSED, state, "no moves lead from it to a closed state")


def _closure(start: set[str], edges: defaultdict[str, set[str]]) -> set[str]:
    seen, todo = set(start), list(start)
    while todo:
        new = edges[todo.pop()] - seen
        seen |= new
        todo.extend(new)
    return seen


def table_digest(
    rows: tuple[Row, ...] = ROWS,
    refusals: tuple[Refusal, ...] = REFUSALS,
    order_rows: tuple[OrderRow, ...] = ORDER_ROWS,
    order_refusals: tuple[OrderRefusal, ...] = ORDER_REFUSALS,
) -> str:
    """The sha256, in hex, of what both tables decide, cell by cell, with targets, reasons and whys.

    The order of lines and the way refusals are grouped do not count; any other change does, wording included. It is
    defined for an invalid table too. About a millisecond: compute it once.
    """
    return digest_of(trade_table(rows, refusals), order_table(order_rows, order_refusals))


def digest_of(trade: AnyTable, order: AnyTable) -> str:
    """As ``table_digest``, of two tables."""
    content = {table.name: _content(table) for table in (trade, order)}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _content(table: AnyTable) -> dict[str, Any]:
    cells = []
    for (state, event), line in table.decisions():
        if isinstance(line, Row | OrderRow):
            cells.append([state, event, "to", line.to, line.why])
        else:
            cells.append([state, event, "refusal", line.reason, line.why])
    return {
        "states": sorted(table.states),
        "events": sorted(table.events),
        "initial": table.initial,
        "initial_repair": table.initial_repair,
        "closed": sorted(table.closed),
        "cells": sorted(cells),
    }
