"""Both tables in five forms: Markdown for people; CSV, JSON, Graphviz and Mermaid for programs.

Every form is a pure function of the tables given, ends in one newline and is plain ASCII as long as the table is, so
that it prints on any terminal and compares byte for byte.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from pairlock.lifecycle import MEANING, ORDER_MEANING, OrderRow, R, Row
from pairlock.table_cells import AnyTable
from pairlock.table_check import digest_of

_MEANINGS = {str(state): said for state, said in (*MEANING.items(), *ORDER_MEANING.items())}
COMMAND = "pairlock audit table --format md"

_WORDS = """\
A cell is a state and an event, and every cell is decided: one row moves it, or one refusal says why nothing moves.
There are no guards, wildcards or callbacks. What stands here is what runs.

*Net* of a leg = bought - sold - complements bought on the same venue. *Paired*: both nets are equal and > 0.
*FINAL*: the order can fill no more and every fill of it is final. *Closed*: no event moves it again."""


def as_json(trade: AnyTable, order: AnyTable) -> str:
    """``{digest, trade: {states: [{name, closed}], events, cells: [{state, event, to | refusal, why}]}, order}``.

    Cells come by state and then event, in the order in which ``lifecycle.py`` declares them.
    """
    content = {"digest": digest_of(trade, order), "trade": _json_table(trade), "order": _json_table(order)}
    return json.dumps(content, indent=1) + "\n"


def _json_table(table: AnyTable) -> dict[str, Any]:
    return {
        "states": [{"name": state, "closed": state in table.closed} for state in table.states],
        "events": list(table.events),
        "cells": [_json_cell(state, event, line) for (state, event), line in table.cells()],
    }


def _json_cell(state: str, event: str, line: Any) -> dict[str, str]:
    outcome = {"to": line.to} if isinstance(line, Row | OrderRow) else {"refusal": line.reason}
    return {"state": state, "event": event, **outcome, "why": line.why}


def as_csv(trade: AnyTable, order: AnyTable) -> str:
    """One line a cell: ``table,state,event,to,refusal,why``, of which ``to`` or ``refusal`` is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["table", "state", "event", "to", "refusal", "why"])
    for table in (trade, order):
        for (state, event), line in table.cells():
            if isinstance(line, Row | OrderRow):
                writer.writerow([table.name, state, event, line.to, "", line.why])
            else:
                writer.writerow([table.name, state, event, "", line.reason, line.why])
    return out.getvalue()


def as_dot(trade: AnyTable, order: AnyTable) -> str:
    """Graphviz: one cluster a table, one arrow a pair of states; what stays put is listed in the state's label."""
    lines = ["digraph pairlock {", "  rankdir=LR;", "  node [shape=box, style=rounded];"]
    for table in (trade, order):
        lines += [f'  subgraph "cluster_{table.name}" {{', f'    label="{table.name}";']
        for state in table.states:
            stays = _events_between(table, state, state)
            label = _dot(state) + (
                r"\nstays on" + "".join(r"\n" + _dot(each) for each in stays) if stays else ""
            )
            closed = ", peripheries=2" if state in table.closed else ""
            lines.append(f'    "{_dot(state)}" [label="{label}"{closed}];')
        for start, note in _starts(table):
            lines.append(f'    "{table.name} start {start}" [shape=point, label=""];')
            lines.append(f'    "{table.name} start {start}" -> "{_dot(start)}" [label="{note}"];')
        for source, target, events in _arrows(table):
            label = r"\n".join(_dot(event) for event in events)
            lines.append(f'    "{_dot(source)}" -> "{_dot(target)}" [label="{label}"];')
        lines.append("  }")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _dot(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def as_mermaid(trade: AnyTable, order: AnyTable) -> str:
    """One Mermaid ``stateDiagram-v2`` in which each table is a composite state."""
    lines = ["stateDiagram-v2"]
    for table in (trade, order):
        lines += [f'    state "{table.name}" as {table.name} {{']
        lines += ["    " + line for line in _mermaid_body(table)]
        lines += ["    }"]
    return "\n".join(lines) + "\n"


def _mermaid_body(table: AnyTable) -> list[str]:
    lines = []
    for state in table.states:
        stays = _events_between(table, state, state)
        if stays:
            lines.append(f"    {state} : {state}<br/>stays on<br/>" + "<br/>".join(stays))
    for start, note in _starts(table):
        lines.append(f"    [*] --> {start}" + (f" : {note}" if note else ""))
    for source, target, events in _arrows(table):
        lines.append(f"    {source} --> {target} : " + "<br/>".join(events))
    lines += [f"    {state} --> [*]" for state in table.closed]
    return lines


def as_markdown(trade: AnyTable, order: AnyTable) -> str:
    """The page for people: diagram, moves by state, refusals by reason, of trades and then of orders."""
    lines = [
        "# The lifecycle of a trade and of an order",
        "",
        f"Generated from `engine/pairlock/lifecycle.py` by `{COMMAND}`; do not edit.",
        "After a change of the table run `make generated`; `make check` fails while this page is stale.",
        "",
        f"Digest of both tables: `{digest_of(trade, order)}`",
        "",
        _WORDS,
    ]
    for table in (trade, order):
        lines += _md_table(table)
    return "\n".join(lines) + "\n"


def _md_table(table: AnyTable) -> list[str]:
    cells = list(table.cells())
    moves = sum(isinstance(line, Row | OrderRow) for _, line in cells)
    lines = [
        "",
        f"## The {table.name} table",
        "",
        f"{len(table.states)} states x {len(table.events)} events = {len(cells)} cells: {moves} moves,",
        f"{len(cells) - moves} refusals. Closed, so that nothing moves them: {', '.join(table.closed)}.",
        "",
        *_md_grid(
            ["state", "meaning"], [[state, _MEANINGS[state]] for state in table.states if state in _MEANINGS]
        ),
        "",
        "```mermaid",
        "stateDiagram-v2",
        *_mermaid_body(table),
        "```",
        "",
        f"### Moves of the {table.name} table",
    ]
    for state in table.states:
        found = [[row.event, _md_target(row), row.why] for row in table.rows if row.state == state]
        if found:
            lines += ["", f"**{state}**", "", *_md_grid(["event", "to", "why"], found)]
    return lines + _md_refusals(table)


def _md_refusals(table: AnyTable) -> list[str]:
    lines = ["", f"### Refusals of the {table.name} table"]
    for reason in R:
        refusals = [refusal for refusal in table.refusals if refusal.reason == reason]
        if not refusals:
            continue
        count = sum(_size(refusal) for refusal in refusals)
        lines += ["", f"**{reason}** ({count} cells)", ""]
        found = [[", ".join(each.states), _md_events(table, each.events), each.why] for each in refusals]
        lines += _md_grid(["in", "refuses", "why"], found)
    return lines


def _size(refusal: Any) -> int:
    return len(refusal.states) * len(refusal.events)


def _md_target(row: Row | OrderRow) -> str:
    return f"{row.to} (stays)" if row.to == row.state else row.to


def _md_events(table: AnyTable, events: Sequence[str]) -> str:
    """The events by name; nearly all of them by the few left out, which are what a reader looks for."""
    if len(events) == len(table.events):
        return "every event"
    others = [event for event in table.events if event not in events]
    if len(others) <= 3:
        return "every event but " + ", ".join(others)
    return ", ".join(events)


def _md_grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return lines + ["| " + " | ".join(_md(text) for text in row) + " |" for row in rows]


def _md(text: str) -> str:
    for special in ("\\", "|", "*", "`"):
        text = text.replace(special, "\\" + special)
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").split())


def _starts(table: AnyTable) -> list[tuple[str, str]]:
    repair = [(table.initial_repair, "repair")] if table.initial_repair is not None else []
    return [(table.initial, ""), *repair]


def _arrows(table: AnyTable) -> list[tuple[str, str, list[str]]]:
    """(state, other state, events) for every pair with a move, in the order of the states."""
    pairs = [(source, target) for source in table.states for target in table.states if source != target]
    found = [(source, target, _events_between(table, source, target)) for source, target in pairs]
    return [arrow for arrow in found if arrow[2]]


def _events_between(table: AnyTable, source: str, target: str) -> list[str]:
    return [row.event for row in table.rows if row.state == source and row.to == target]
