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
FORMS = """genesis format, opened table_digest deposits, detected opportunity, repair trade, closed_engine run, alert,
    step fact events state alerts, halt name reason, lift name operator, kill operator, resume operator, drain operator,
    stop operator, adjust venue amount_micros reason, receivable leg venue amount_micros"""
BODIES = {kind: keys for kind, *keys in map(str.split, FORMS.split(","))}
ANCHOR, META = "the anchor", "its table meta"
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


def is_database(path: str) -> bool:
    """Whether it is a journal, and not an export of one. Raises ValueError when neither, OSError."""
    with open(path, "rb") as file:
        start = file.read(100)
    if start.startswith(b'{"') or (start.startswith(b"SQLite format 3\0") and start[68:72] in (b"PLJ1", b"")):
        return not start.startswith(b"{")
    raise ValueError(f"{path} is neither a journal nor an export of one")


def rows_of(path: str, heads: list[Head]) -> Iterator[tuple[Any, ...]]:
    """In the order of COLUMNS; ``heads`` gets those that lie with the journal. Raises what reading it raises."""
    if not is_database(path):
        with open(path, encoding="ascii") as lines:
            yield from (tuple(exact(line)[column] for column in COLUMNS) for line in lines)
        return
    if os.path.exists(path + ".head"):  # read before the records: an engine that writes only moves on
        with open(path + ".head", encoding="ascii") as file:
            heads.append(head("PATH.head", file.read()))
    closed = not os.path.exists(path + "-wal") or os.path.getsize(path + "-wal") == 0
    how = "immutable=1" if closed else "mode=ro"  # the first also reads where nothing may be written
    journal = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?{how}", uri=True, isolation_level=None)
    journal.execute("BEGIN")  # one moment for all that follows
    heads += [head(META, text) for (text,) in journal.execute("SELECT value FROM meta WHERE key = 'head'")]
    yield from journal.execute(f"SELECT {', '.join(COLUMNS)} FROM records ORDER BY seq")


def table_of(path: str) -> tuple[str, dict[tuple[str, str], str]]:
    """The table's digest, computed anew from its cells, and the moves of trades: (state, event) -> state."""
    with open(path, encoding="ascii") as file:
        told = exact(file.read())
    content = {}
    for name, first, repair in (("trade", FIRST["detected"], FIRST["repair"]), ("order", "IDLE", None)):
        states, cells = told[name]["states"], told[name]["cells"]
        decided = [
            [c["state"], c["event"], k, c[k], c["why"]] for c in cells for k in c if k in ("to", "refusal")
        ]
        closed = sorted(state["name"] for state in states if state["closed"])
        content[name] = {
            "initial": first,
            "initial_repair": repair,
            "closed": closed,
            "cells": sorted(decided),
        }
        content[name] |= {"states": sorted(s["name"] for s in states), "events": sorted(told[name]["events"])}
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

    def body(self, kind: str, at_ms: int, text: str) -> dict[str, Any] | None:
        """What the record tells; None where it has not the form of its kind."""
        try:
            body: dict[str, Any] = exact(text)
            fits = json.dumps(body, sort_keys=True, separators=(",", ":")) == text and type(body) is dict
            fits = (
                fits and all(key in body for key in BODIES[kind]) and (kind == "genesis") == (self.seq == 1)
            )
            words = [body["state"], *body["events"]] if kind == "step" else []
            if fits and all(type(w) is str for w in words) and (not words or body["fact"]["at_ms"] == at_ms):
                return body
        except (ValueError, KeyError, TypeError):
            pass
        self.format.append(f"record {self.seq} has not the form of a record of kind {kind[:20]!r}")
        return None

    def follow(self, kind: str, trade: str, body: dict[str, Any]) -> None:
        """A trade begins once and where it must, moves only as the table says, and never again once closed."""
        before = now = self.states.get(trade, "nothing")
        if kind == "step":
            for event in body["events"]:
                now = body["state"] if self.moves is None else self.moves.get((now, event), "nothing")
            fits = body["events"] and now == body["state"] and before not in ("nothing", *CLOSED)
        else:
            told = body.get("trade", {"state": FIRST[kind], "trade_id": trade})
            fits = (
                before == "nothing"
                and (told["state"], told["trade_id"]) == (FIRST[kind], trade)
                and self.tables
            )
            fits = fits and (kind != "repair" or told["repairs"] in self.states)
            self.repairs.update([trade] if kind == "repair" else [])
        self.states[trade] = body.get("state", FIRST.get(kind))
        if not fits:
            moved = f"{before} by {'+'.join(body.get('events', [kind]))} to {self.states[trade]}"
            self.order.append(f"record {self.seq}: trade {trade} may not go from {moved}")

    def walk(self, rows: Iterator[tuple[Any, ...]], heads: list[Head]) -> None:
        """Every record, up to the first break of the chain; then the heads that lie with the journal."""
        try:
            for row in rows:
                if not self.linked(row):
                    break
                _, _, kind, trade, at_ms, text, _ = row
                self.found.update((seq, self.last) for _, seq, _ in heads if seq == self.seq)
                body = self.body(kind, at_ms, text)
                if body is not None and kind == "opened":
                    self.tables.add(body["table_digest"])
                elif body is not None and kind in (*FIRST, "step"):
                    self.follow(kind, trade, body)
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            self.chain.append(f"after record {self.seq} it does not read ({type(error).__name__}: {error})")
        for where, seq, own in heads:
            if where != ANCHOR and (self.found.get(seq) != own or (where == META and seq != self.seq)):
                self.chain.append(f"{where} names record {seq} as {own}, the chain holds to {self.seq}")


def check(path: str, table: str | None, anchors: list[Head]) -> tuple[dict[str, Any], int]:
    """What is printed, and the exit code."""
    is_database(path)
    given, moves = table_of(table) if table is not None else ("", None)
    done, heads = Check(moves), list(anchors)
    done.walk(rows_of(path, heads), heads)
    lost = [f"anchor: record {seq} is not {own}" for _, seq, own in anchors if done.found.get(seq) != own]
    foreign = moves is not None and done.tables != {given}
    order = [f"it was recorded under {sorted(done.tables)}, not {given}"] if foreign else done.order
    broken = done.chain + done.format + lost + order
    ends = [state for trade, state in done.states.items() if trade not in done.repairs]
    told: dict[str, Any] = {"trades": len(ends), "open": sum(e not in (*CLOSED, "STUCK") for e in ends)}
    told |= {
        "states": {state: ends.count(state) for state in sorted(set(ends))},
        "repairs": len(done.repairs),
    }
    told |= {
        "chain_ok": not done.chain,
        "format_ok": not done.format,
        "anchor_ok": not lost if anchors else None,
    }
    told |= {
        "moves_ok": not order
        if moves is not None and not foreign
        else None
        if not order or foreign
        else False
    }
    told |= {
        "trace_hash": done.last,
        "records": done.seq,
        "digests": sorted(done.tables),
        "broken": broken[:50],
    }
    return told, 2 if foreign else 1 if broken else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a Pairlock journal with the standard library alone.")
    parser.add_argument("journal", metavar="JOURNAL", help="the journal, or an export of it")
    parser.add_argument("table", metavar="TABLE", nargs="?", help="the table as JSON, to judge the moves by")
    parser.add_argument(
        "--anchor", metavar="SEQ:HASH", action="append", default=[], help="a head kept elsewhere"
    )
    given = parser.parse_args()
    try:
        told, code = check(given.journal, given.table, [head(ANCHOR, each) for each in given.anchor])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"standalone: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(json.dumps(told))
    return code


if __name__ == "__main__":
    sys.exit(main())
