"""Checks a Pairlock journal with Python's standard library and nothing else; this one file is the whole program.

    python3 standalone.py JOURNAL [TABLE] [--anchor SEQ:HASH]

JOURNAL  the journal itself (SQLite, also while an engine writes it), or what `pairlock audit export` printed of it
TABLE    what `pairlock audit table --format json` printed: every recorded move is then held against its cells
--anchor a head that was noted elsewhere (`pairlock audit head`): the journal must still contain it

Prints one JSON object. Exit 0: all that was asked for holds; 1: something does not (`broken` says what); 2: wrong
usage, no journal, or another table than it was recorded under. `moves_ok` is null while no table has judged.

The rule of the chain: hash = sha256(json.dumps([seq, prev, kind, trade, at_ms, body], separators=(",", ":"))), where
prev is the hash of the record before (64 zeros for the first) and body is hashed as the text that is stored. There is
no key in it: who may write the file can compute a whole new chain. Only an anchor kept elsewhere shows that.
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

COLUMNS = ("seq", "prev", "kind", "trade", "at_ms", "body", "hash")
FIRST = {"detected": "DETECTED", "repair": "HEDGING"}  # in which state a record of that kind begins a trade
CLOSED = ("SETTLED", "ROLLED_BACK", "HEDGED")
FORMS = """genesis format, opened table_digest deposits, detected opportunity, repair trade, closed_engine run, alert,
    step fact events state alerts, halt name reason, lift name operator, kill operator, resume operator, drain operator,
    stop operator, adjust venue amount_micros reason, receivable leg venue amount_micros"""
BODIES = {kind: keys for kind, *keys in map(str.split, FORMS.split(","))}  # kind of record -> what its body must hold
Head = tuple[str, int, str]  # where it is written, SEQ, HASH
ANCHOR, META = "the anchor", "its table meta"


def exact(text: str) -> Any:
    """JSON without fractions: a journal has none. Raises ValueError."""
    return json.loads(text, parse_float=int, parse_constant=int)  # int("0.5") and int("NaN") raise


def compact(value: object, sort_keys: bool = False) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=sort_keys)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def head(where: str, text: str) -> Head:
    """Of "SEQ HASH" or "SEQ:HASH". Raises ValueError."""
    seq, own, *_ = [*text.replace(":", " ").split(), "", ""]
    if len(own) != 64 or not seq.isdecimal():
        raise ValueError(f"{where}: {text[:100]!r} is not SEQ:HASH, with the hash in 64 digits")
    return where, int(seq), own.lower()


def rows_of(path: str, heads: list[Head]) -> Iterator[tuple[Any, ...]]:
    """In the order of COLUMNS; ``heads`` gets those that the journal names itself. Raises sqlite3.Error, ValueError."""
    with open(path, "rb") as file:
        if file.read(1) == b"{":
            yield from (tuple(exact(line)[column] for column in COLUMNS) for line in [b"{" + file.readline(), *file])
            return
    if os.path.exists(path + ".head"):  # read before the records: an engine that writes only moves on
        with open(path + ".head", encoding="ascii") as file:
            heads.append(head(path + ".head", file.read()))
    uri = f"file:{quote(os.path.abspath(path))}"
    named = "SELECT value FROM meta WHERE key = 'head'"
    database = sqlite3.connect(uri + "?mode=ro", uri=True, isolation_level=None)
    try:
        database.execute("BEGIN")  # one moment for all that follows
        ((own,),) = database.execute(named)
    except sqlite3.OperationalError:  # in a folder that may not be written only a journal without a WAL reads
        if os.path.exists(path + "-wal") and os.path.getsize(path + "-wal"):
            raise
        database = sqlite3.connect(uri + "?immutable=1", uri=True)
        ((own,),) = database.execute(named)
    heads.append(head(META, own))
    yield from database.execute(f"SELECT {', '.join(COLUMNS)} FROM records ORDER BY seq")
    database.close()


def table_of(path: str) -> tuple[str, dict[tuple[str, str], str]]:
    """The table's digest, computed anew from its cells, and the moves of trades: (state, event) -> state."""
    with open(path, encoding="ascii") as file:
        told = exact(file.read())
    content = {}
    for name, first, repair in (("trade", FIRST["detected"], FIRST["repair"]), ("order", "IDLE", None)):
        states, cells = told[name]["states"], told[name]["cells"]
        ends = [("to", c["to"]) if "to" in c else ("refusal", c["refusal"]) for c in cells]
        content[name] = {
            "states": sorted(state["name"] for state in states),
            "events": sorted(told[name]["events"]),
            "initial": first,
            "initial_repair": repair,
            "closed": sorted(state["name"] for state in states if state["closed"]),
            "cells": sorted([c["state"], c["event"], *e, c["why"]] for c, e in zip(cells, ends, strict=True)),
        }
    if sha256(compact(content, sort_keys=True)) != told["digest"]:
        raise ValueError("it was changed: its cells do not give the digest that it names")
    return told["digest"], {(c["state"], c["event"]): c["to"] for c in told["trade"]["cells"] if "to" in c}


class Check:
    """What the records say, and what is wrong with them. ``moves`` is None where no table was given."""

    def __init__(self, moves: dict[tuple[str, str], str] | None) -> None:
        self.moves, self.seq, self.last = moves, 0, "0" * 64
        self.found = {0: self.last}  # seq -> hash, of the records that a head names
        self.chain, self.format, self.order = list[str](), list[str](), list[str]()
        self.states, self.repairs, self.tables = dict[str, str](), set[str](), set[str]()

    def linked(self, seq: Any, prev: Any, kind: Any, trade: Any, at_ms: Any, body: Any, own: Any) -> bool:
        """Whether this is the next link of the chain."""
        if type(seq) is not int or seq != self.seq + 1:
            self.chain.append(f"record {self.seq + 1} is missing")
        elif type(at_ms) is not int or any(type(each) is not str for each in (prev, kind, trade, body, own)):
            self.chain.append(f"record {seq} is damaged")
        elif prev != self.last or sha256(compact([seq, prev, kind, trade, at_ms, body])) != own:
            self.chain.append(f"record {seq} is not what was written after record {seq - 1}")
        else:
            self.seq, self.last = seq, own
        return not self.chain

    def formed(self, seq: int, kind: str, at_ms: int, text: str) -> dict[str, Any]:
        """The record's body; empty where it has not the form of its kind."""
        try:
            body = exact(text)
            fits = type(body) is dict and compact(body, sort_keys=True) == text and (kind == "genesis") == (seq == 1)
            fits = fits and kind in BODIES and all(key in body for key in BODIES[kind])
            if fits and kind == "step":
                words = [body["state"], *body["events"]]
                fits = body["fact"]["at_ms"] == at_ms and all(type(word) is str for word in words)
        except (ValueError, KeyError, TypeError):
            fits = False
        if not fits:
            self.format.append(f"record {seq} has not the form of a record of kind {kind[:20]!r}")
        return body if fits else {}

    def begun(self, trade: str, kind: str, body: dict[str, Any]) -> str:
        """What is wrong with how a trade begins: once, where it must, a repair only of a trade that began."""
        told = body["trade"] if kind == "repair" else {"state": FIRST[kind], "trade_id": trade, "repairs": trade}
        fits = (told["state"], told["trade_id"]) == (FIRST[kind], trade) and trade not in self.states
        self.states[trade] = FIRST[kind]
        self.repairs.update([trade] if kind == "repair" else [])
        fits = fits and told["repairs"] in self.states and bool(self.tables)
        return "" if fits else f"{trade} begins twice, too early, in another state, or as a repair of nothing"

    def moved(self, trade: str, events: list[str], state: str) -> str:
        """What is wrong with a move: the table decides every event of it, and closed is closed."""
        before = self.states.get(trade, "nowhere")
        now: str | None = before
        for event in events:
            now = state if self.moves is None else self.moves.get((str(now), event))
        self.states[trade] = state
        fits = bool(events) and now == state and before not in ("nowhere", *CLOSED)
        return "" if fits else f"{trade} may not go from {before} by {' + '.join(events)} to {state}"

    def walk(self, rows: Iterator[tuple[Any, ...]], heads: list[Head]) -> None:
        """Every record, up to the first break of the chain; then the heads."""
        try:
            for row in rows:
                if not self.linked(*row):
                    break
                seq, _, kind, trade, at_ms, text, own = row
                self.found.update({seq: own for _, named, _ in heads if named == seq})
                body = self.formed(seq, kind, at_ms, text)
                self.tables.update([body["table_digest"]] if body and kind == "opened" else [])
                wrong = self.begun(trade, kind, body) if body and kind in FIRST else ""
                wrong = self.moved(trade, body["events"], body["state"]) if body and kind == "step" else wrong
                self.order += [f"record {seq}: {wrong}"] if wrong else []
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            self.chain.append(f"after record {self.seq} it does not read ({type(error).__name__}: {error})")
        for where, seq, own in heads:
            if where != ANCHOR and (self.found.get(seq) != own or (where == META and seq != self.seq)):
                self.chain.append(f"{where} names record {seq} as {own}; the chain holds to record {self.seq}")


def check(path: str, table: str | None, anchors: list[Head]) -> tuple[dict[str, Any], int]:
    """What is printed, and the exit code."""
    given, moves = table_of(table) if table is not None else ("", None)
    done, heads = Check(moves), list(anchors)
    done.walk(rows_of(path, heads), heads)
    lost = [f"anchor: record {seq} is not {own}" for _, seq, own in anchors if done.found.get(seq) != own]
    foreign = moves is not None and done.tables != {given}
    order = [f"it was recorded under {sorted(done.tables)}, not {given}"] if foreign else done.order
    ends = [state for trade, state in done.states.items() if trade not in done.repairs]
    told = {
        "trades": len(ends),
        "open": sum(state not in (*CLOSED, "STUCK") for state in ends),
        "stuck": ends.count("STUCK"),
        "repairs": len(done.repairs),
        **{state.lower(): list(done.states.values()).count(state) for state in CLOSED},
        "records": done.seq,
        "chain_ok": not done.chain,
        "format_ok": not done.format,
        "moves_ok": None if moves is None or foreign else not order,
        "anchor_ok": not lost if anchors else None,
        "trace_hash": done.last,
        "digests": sorted(done.tables),
        "broken": (done.chain + done.format + lost + order)[:50],
    }
    return told, 2 if foreign else int(bool(told["broken"]))


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a Pairlock journal with the standard library alone.")
    parser.add_argument("journal", metavar="JOURNAL", help="the journal, or an export of it")
    parser.add_argument("table", metavar="TABLE", nargs="?", help="what `pairlock audit table --format json` printed")
    parser.add_argument("--anchor", metavar="SEQ:HASH", action="append", default=[], help="a head noted elsewhere")
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
