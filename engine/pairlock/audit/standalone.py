"""Checks a Pairlock journal with Python's standard library and nothing else; this one file is the whole program.

    python3 standalone.py JOURNAL [TABLE] [--anchor SEQ:HASH]

JOURNAL  the journal itself (SQLite, also while an engine writes it), or what `pairlock audit export` printed of it
TABLE    what `pairlock audit table --format json` printed: every recorded move is then held against its cells
--anchor a head that was noted elsewhere (`pairlock audit head`): the journal must still contain it

Prints one JSON object. Exit 0: all that was asked for holds; 1: something does not (`broken` says what); 2: wrong
usage, no journal, or another table than it was recorded under. `moves_ok` is null while no table has judged.

The chain is hash = sha256(json.dumps([seq, prev, kind, trade, at_ms, body], separators=(",", ":"))), prev the hash of
the record before (64 zeros for the first), body the text as stored. There is no key in it: who may write the file can
compute a whole new chain. Only an anchor kept elsewhere shows that.
"""

import argparse
import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

COLUMNS = {"seq": int, "prev": str, "kind": str, "trade": str, "at_ms": int, "body": str, "hash": str}
FIRST = {"detected": "DETECTED", "repair": "HEDGING"}  # in which state a record of that kind begins a trade
CLOSED = ("SETTLED", "ROLLED_BACK", "HEDGED")
# Every kind of record, and what its body must hold.
FORMS = """genesis format, opened table_digest deposits, detected opportunity, step fact events state alerts,
    repair trade, receivable leg venue amount_micros, adjust venue amount_micros reason, halt name reason,
    lift name operator, kill operator, resume operator, drain operator, stop operator, alert, closed_engine run"""
BODIES = {kind: keys for kind, *keys in map(str.split, FORMS.split(","))}
META = "its table meta"
Head = tuple[str, int, str]  # where it is written, SEQ, HASH


def exact(text: str) -> Any:
    """JSON without fractions: a journal has none. Raises ValueError."""
    return json.loads(text, parse_float=int, parse_constant=int)  # int("0.5") and int("NaN") raise


def digest(value: object, sort_keys: bool = False) -> str:
    text = json.dumps(value, separators=(",", ":"), sort_keys=sort_keys)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def head(where: str, text: str) -> Head:
    """Of "SEQ HASH" or "SEQ:HASH". Raises ValueError."""
    seq, own, *_ = [*text.replace(":", " ").split(), "", ""]
    if len(own) != 64 or not seq.isdecimal():
        raise ValueError(f"{where}: {text[:100]!r} is not SEQ:HASH, with the hash in 64 digits")
    return where, int(seq), own.lower()


def is_export(path: str) -> bool:
    """Whether it is an export, and not the journal itself. Raises ValueError when neither, OSError."""
    with open(path, "rb") as file:
        start = file.read(100)
    journal = start.startswith(b"SQLite format 3\0") and start[68:72] in (b"PLJ1", b"")
    if not journal and not start.startswith(b'{"'):
        raise ValueError(f"{path} is neither a journal nor an export of one")
    return not journal


def rows_of(path: str, heads: list[Head]) -> Iterator[tuple[Any, ...]]:
    """In the order of COLUMNS; ``heads`` gets those that lie with the journal. Raises what reading it raises."""
    if is_export(path):
        with open(path, encoding="ascii") as lines:
            yield from (tuple(found[column] for column in COLUMNS) for found in map(exact, lines))
        return
    if os.path.exists(path + ".head"):  # read before the records: an engine that writes only moves on
        with open(path + ".head", encoding="ascii") as file:
            heads.append(head(path + ".head", file.read()))
    closed = not os.path.exists(path + "-wal") or os.path.getsize(path + "-wal") == 0
    how = "immutable=1" if closed else "mode=ro"  # the first also reads where nothing may be written
    journal = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?{how}", uri=True, isolation_level=None)
    journal.execute("BEGIN")  # one moment for all that follows
    heads += [head(META, own) for (own,) in journal.execute("SELECT value FROM meta WHERE key = 'head'")]
    yield from journal.execute(f"SELECT {', '.join(COLUMNS)} FROM records ORDER BY seq")


def table_of(path: str) -> tuple[str, dict[tuple[str, str], str]]:
    """The table's digest, computed anew from its cells, and the moves of trades: (state, event) -> state."""
    with open(path, encoding="ascii") as file:
        told = exact(file.read())
    content = {}
    for name, first, repair in (("trade", FIRST["detected"], FIRST["repair"]), ("order", "IDLE", None)):
        states, cells = told[name]["states"], told[name]["cells"]
        kinds = ["to" if "to" in cell else "refusal" for cell in cells]
        content[name] = {
            "initial": first,
            "initial_repair": repair,
            "states": sorted(state["name"] for state in states),
            "closed": sorted(state["name"] for state in states if state["closed"]),
            "events": sorted(told[name]["events"]),
            "cells": sorted(
                [c["state"], c["event"], k, c[k], c["why"]] for k, c in zip(kinds, cells, strict=True)
            ),
        }
    if digest(content, sort_keys=True) != told["digest"]:
        raise ValueError(f"{path} was changed: its cells do not give the digest that it names")
    return told["digest"], {(c["state"], c["event"]): c["to"] for c in told["trade"]["cells"] if "to" in c}


class Check:
    """What the records say, and what is wrong with them. ``moves`` is None where no table was given."""

    def __init__(self, moves: dict[tuple[str, str], str] | None) -> None:
        self.moves, self.seq, self.last = moves, 0, "0" * 64
        self.found = {0: self.last}  # seq -> hash, of the records that a head names
        self.chain, self.format, self.order = list[str](), list[str](), list[str]()
        self.states, self.repairs, self.tables = dict[str, str](), set[str](), set[str]()

    def linked(self, row: tuple[Any, ...]) -> bool:
        """Whether it is the next link of the chain."""
        if [type(value) for value in row] != list(COLUMNS.values()) or row[0] != self.seq + 1:
            self.chain.append(f"record {self.seq + 1} is missing or damaged")
        elif row[1] != self.last or digest(row[:-1]) != row[-1]:
            self.chain.append(f"record {row[0]} is not what was written after record {self.seq}")
        else:
            self.seq, self.last = row[0], row[-1]
        return not self.chain

    def follow(self, kind: str, trade: str, at_ms: int, text: str) -> None:
        """What the record tells. Raises ValueError, KeyError, TypeError where it has not the form of its kind."""
        body = exact(text)
        if json.dumps(body, sort_keys=True, separators=(",", ":")) != text or set(BODIES[kind]) - set(body):
            raise ValueError(f"not the canonical body of a record of kind {kind!r}")
        if (kind == "genesis") != (self.seq == 1) or (kind == "step" and body["fact"]["at_ms"] != at_ms):
            raise ValueError("genesis comes first, and a step is of the time of its fact")
        if kind == "opened":
            self.tables.add(body["table_digest"])
        elif kind == "step":
            self.moved(trade, body["events"], body["state"])
        elif kind in FIRST:
            self.begun(trade, body.get("trade", {"state": FIRST[kind], "trade_id": trade}), kind == "repair")

    def begun(self, trade: str, told: dict[str, Any], repair: bool) -> None:
        """A trade begins once and where it must, a repair only of a trade that began."""
        right = told["trade_id"] == trade and told["state"] == FIRST["repair" if repair else "detected"]
        if (
            not right
            or trade in self.states
            or not self.tables
            or (repair and told["repairs"] not in self.states)
        ):
            self.order.append(
                f"record {self.seq}: {trade} begins twice, too early, wrongly, or repairs nothing"
            )
        self.states[trade] = told["state"]
        self.repairs.update([trade] if repair else [])

    def moved(self, trade: str, events: list[str], state: str) -> None:
        """A trade moves only as the table says, and never again once it is closed."""
        before = now = self.states.get(trade, "nothing")
        for event in events:
            now = state if self.moves is None else self.moves.get((now, event), "nothing")
        if not events or now != state or before in ("nothing", *CLOSED):
            said = f"from {before} by {' + '.join(events)} to {state}"
            self.order.append(f"record {self.seq}: {trade} may not go {said}")
        self.states[trade] = state

    def walk(self, rows: Iterator[tuple[Any, ...]], heads: list[Head]) -> None:
        """Every record, up to the first break of the chain."""
        for row in rows:
            if not self.linked(row):
                return
            _, _, kind, trade, at_ms, text, _ = row
            self.found.update((seq, self.last) for _, seq, _ in heads if seq == self.seq)
            try:
                self.follow(kind, trade, at_ms, text)
            except (ValueError, KeyError, TypeError) as error:
                self.format.append(f"record {self.seq}: {type(error).__name__} {error}")


def check(path: str, table: str | None, anchors: list[Head]) -> tuple[dict[str, Any], int]:
    """What is printed, and the exit code."""
    is_export(path)
    given, moves = table_of(table) if table is not None else ("", None)
    done, heads = Check(moves), list(anchors)
    try:
        done.walk(rows_of(path, heads), heads)
    except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
        done.chain.append(f"after record {done.seq} it does not read ({type(error).__name__}: {error})")
    for where, seq, own in heads[len(anchors) :]:
        if done.found.get(seq) != own or (where == META and seq != done.seq):
            done.chain.append(f"{where} names record {seq} as {own}, the chain holds to {done.seq}")
    lost = [f"anchor: record {seq} is not {own}" for _, seq, own in anchors if done.found.get(seq) != own]
    foreign = moves is not None and bool(done.tables - {given})
    order = [f"it was recorded under {sorted(done.tables)}, not {given}"] if foreign else done.order
    broken = done.chain + done.format + lost + order
    ends = [state for trade, state in done.states.items() if trade not in done.repairs]
    told: dict[str, Any] = {
        "trades": len(ends),
        "open": sum(state not in (*CLOSED, "STUCK") for state in ends),
        "states": {state: ends.count(state) for state in sorted(set(ends))},
        "repairs": len(done.repairs),
        "records": done.seq,
        "chain_ok": not done.chain,
        "format_ok": not done.format,
        "moves_ok": None if moves is None or foreign else not order,
        "anchor_ok": not lost if anchors else None,
        "trace_hash": done.last,
        "digests": sorted(done.tables),
        "broken": broken[:50],
    }
    return told, 1 if broken and (not foreign or broken != order) else 2 if foreign else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a Pairlock journal with the standard library alone.")
    parser.add_argument("journal", metavar="JOURNAL", help="the journal, or an export of it")
    parser.add_argument("table", metavar="TABLE", nargs="?", help="the table as JSON, to judge the moves by")
    parser.add_argument(
        "--anchor", metavar="SEQ:HASH", action="append", default=[], help="a head kept elsewhere"
    )
    given = parser.parse_args()
    try:
        told, code = check(given.journal, given.table, [head("--anchor", each) for each in given.anchor])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"standalone: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(json.dumps(told))
    return code


if __name__ == "__main__":
    sys.exit(main())
