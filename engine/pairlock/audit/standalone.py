"""Checks a Pairlock journal with Python's standard library and nothing else; this one file is the whole program.

    python3 standalone.py JOURNAL [TABLE] [--anchor SEQ:HASH]

JOURNAL  the journal itself (SQLite, also while an engine writes it), or what `pairlock audit export` printed of it
TABLE    what `pairlock audit table --format json` printed: every recorded move is then held against its cells
--anchor a head that was noted elsewhere (`pairlock audit head`): the journal must still contain it

Prints one JSON object. Exit 0: everything that was asked for holds; 1: something does not (`broken` says what);
2: wrong usage, no journal, or a table that the journal was not recorded under.

The rule of the chain: hash = sha256(json.dumps([seq, prev, kind, trade, at_ms, body], separators=(",", ":"))), where
prev is the hash of the record before (64 zeros for the first) and body is hashed as the text that is stored. There is
no key in it: who may write the file can compute a whole new chain. Only an anchor kept elsewhere shows that.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

ZEROS = "0" * 64
COLUMNS = ("seq", "prev", "kind", "trade", "at_ms", "body", "hash")
FIRST = {"detected": "DETECTED", "repair": "HEDGING"}  # the state in which a record of that kind begins a trade
CLOSED = ("SETTLED", "ROLLED_BACK", "HEDGED")
# kind of record -> what its body must hold
BODIES: dict[str, dict[str, type]] = {
    "genesis": {"format": int},
    "opened": {"table_digest": str, "deposits": dict},
    "detected": {"opportunity": dict},
    "repair": {"trade": dict},
    "step": {"fact": dict, "events": list, "state": str, "alerts": list},
    "halt": {"name": str, "reason": str},
    "lift": {"name": str, "operator": str},
    "adjust": {"venue": str, "amount_micros": int, "reason": str},
    "receivable": {"leg": int, "venue": str, "amount_micros": int},
    "closed_engine": {"run": int},
    "alert": {},
    **{kind: {"operator": str} for kind in ("kill", "resume", "drain", "stop")},
}


class Unusable(Exception):
    """Nothing can be said: exit 2."""


def exact(text: str) -> Any:
    """JSON without fractions: there is none in a journal, and a float would hide a cent."""

    def refuse(number: str) -> None:
        raise ValueError(f"{number} is no integer")

    return json.loads(text, parse_float=refuse, parse_constant=refuse)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()


# --- reading: rows in the order of COLUMNS, and the heads that the journal names itself -----------------------------


def rows_of_database(path: str, heads: dict[str, tuple[int, str]]) -> Iterator[tuple[Any, ...]]:
    if os.path.exists(path + ".head"):  # read before the records: an engine that is writing only moves on
        with open(path + ".head", encoding="ascii", errors="replace") as file:
            seq, own = (file.read().split() + ["", ""])[:2]
        heads[path + ".head"] = (int(seq) if seq.isdigit() else -1, own)
    database = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?mode=ro", uri=True, isolation_level=None)
    try:
        database.execute("BEGIN").execute("SELECT 1 FROM records LIMIT 1")  # one moment for all that follows
    except sqlite3.OperationalError:  # a folder that may not be written: only a journal without a WAL reads there
        if os.path.exists(path + "-wal") and os.path.getsize(path + "-wal"):
            raise
        database = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?immutable=1", uri=True)
    for (head,) in database.execute("SELECT value FROM meta WHERE key = 'head'"):
        seq, _, own = str(head).partition(" ")
        heads["its table meta"] = (int(seq) if seq.isdigit() else -1, own)
    yield from database.execute(f"SELECT {', '.join(COLUMNS)} FROM records ORDER BY seq")
    database.close()


def rows_of_lines(path: str) -> Iterator[tuple[Any, ...]]:
    with open(path, encoding="ascii") as file:
        for line in file:
            found = exact(line)
            yield tuple(found[column] for column in COLUMNS)


def rows_of(path: str, heads: dict[str, tuple[int, str]]) -> Iterator[tuple[Any, ...]]:
    try:
        with open(path, "rb") as file:
            start = file.read(100)
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}; name a journal or an export of one") from None
    if start[:1] == b"{":
        return rows_of_lines(path)
    if not start.startswith(b"SQLite format 3\0") or (len(start) == 100 and start[68:72] != b"PLJ1"):
        raise Unusable(f"{path} is neither a journal nor an export of one")
    return rows_of_database(path, heads)


def table_of(path: str) -> tuple[str, dict[tuple[str, str], str]]:
    """The table's digest, computed anew from its cells, and its moves: (state, event) -> state."""
    try:
        with open(path, encoding="utf-8") as file:
            told = exact(file.read())
        content = {}
        for name, first, repair in (("trade", "DETECTED", "HEDGING"), ("order", "IDLE", None)):
            cells = [
                [c["state"], c["event"], *(("to", c["to"]) if "to" in c else ("refusal", c["refusal"])), c["why"]]
                for c in told[name]["cells"]
            ]
            content[name] = {
                "states": sorted(state["name"] for state in told[name]["states"]),
                "events": sorted(told[name]["events"]),
                "initial": first,
                "initial_repair": repair,
                "closed": sorted(state["name"] for state in told[name]["states"] if state["closed"]),
                "cells": sorted(cells),
            }
        own = digest(json.dumps(content, sort_keys=True, separators=(",", ":")))
        moves = {(c["state"], c["event"]): c["to"] for c in told["trade"]["cells"] if "to" in c}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unusable(f"{path} is no table of `pairlock audit table --format json` ({error})") from None
    if own != told.get("digest"):
        raise Unusable(f"{path} names the digest {told.get('digest')}, its cells give {own}: it was changed")
    return own, moves


# --- checking -------------------------------------------------------------------------------------------------------


class Check:
    def __init__(self, moves: dict[tuple[str, str], str] | None) -> None:
        self.moves = moves
        self.seq, self.head = 0, ZEROS
        self.chain: list[str] = []  # what is wrong, in three kinds
        self.format: list[str] = []
        self.order: list[str] = []
        self.states: dict[str, str] = {}  # trade -> where it stands
        self.repairs: set[str] = set()
        self.tables: list[str] = []

    def linked(self, row: tuple[Any, ...]) -> bool:
        """Whether the row is the next link of the chain."""
        seq, prev, kind, trade, at_ms, body, own = row
        if type(seq) is not int or seq != self.seq + 1:
            self.chain.append(f"record {self.seq + 1} is missing")
        elif type(at_ms) is not int or any(type(each) is not str for each in (prev, kind, trade, body, own)):
            self.chain.append(f"record {seq} is damaged")
        elif prev != self.head:
            self.chain.append(f"record {seq} does not follow the record before it")
        elif digest(json.dumps([seq, prev, kind, trade, at_ms, body], separators=(",", ":"))) != own:
            self.chain.append(f"record {seq} is not what was written")
        else:
            self.seq, self.head = seq, own
        return not self.chain

    def formed(self, seq: int, kind: str, at_ms: int, text: str) -> Any:
        """The body, or None where the record has not the form of its kind."""
        try:
            body = exact(text)
            fits = kind in BODIES and type(body) is dict and (kind == "genesis") == (seq == 1)
            fits = fits and json.dumps(body, sort_keys=True, separators=(",", ":")) == text
            fits = fits and all(type(body.get(key)) is of for key, of in BODIES[kind].items())
            if fits and kind == "step":
                fits = body["fact"].get("at_ms") == at_ms and all(type(e) is str for e in body["events"])
        except ValueError:
            fits = False
        if not fits:
            self.format.append(f"record {seq} has not the form of a {kind[:20]!r} record")
        return body if fits else None

    def moved(self, seq: int, kind: str, trade: str, body: dict[str, Any]) -> None:
        """Trades begin once and where they must, move only as the table says, and never again once closed."""
        state = self.states.get(trade)
        if kind in FIRST:
            whole = body.get("trade", {"state": FIRST[kind], "trade_id": trade, "repairs": ""})
            if state is not None or not self.tables:
                self.order.append(f"record {seq} begins trade {trade} a second time, or before any engine opened")
            elif (whole.get("state"), whole.get("trade_id")) != (FIRST[kind], trade):
                self.order.append(f"record {seq} begins trade {trade} in another state or under another name")
            elif kind == "repair" and whole.get("repairs") not in self.states:
                self.order.append(f"record {seq} repairs trade {whole.get('repairs')}, which never began")
            self.states[trade] = FIRST[kind]
            self.repairs.update([trade] if kind == "repair" else [])
        elif state is None or state in CLOSED:
            self.order.append(f"record {seq} moves trade {trade}, which {'was closed' if state else 'never began'}")
        else:
            now: str | None = state
            for event in body["events"] if self.moves is not None else ():
                now = self.moves.get((now or "", event)) if self.moves is not None else now
            if self.moves is not None and (now != body["state"] or not body["events"]):
                said = f"{' '.join([state, *body['events']])} -> {body['state']}"
                self.order.append(f"record {seq}: the table does not allow {said} of trade {trade}")
            self.states[trade] = body["state"]

    def walk(self, rows: Iterator[tuple[Any, ...]], anchors: dict[int, str]) -> dict[int, str]:
        """Every record to the first break; the hashes found at the sequence numbers of the anchors."""
        found = {0: ZEROS}
        try:
            for row in rows:
                if not self.linked(row):
                    break
                seq, _, kind, trade, at_ms, text, own = row
                if seq in anchors:
                    found[seq] = own
                body = self.formed(seq, kind, at_ms, text)
                if body is not None and kind == "opened":
                    self.tables.append(body["table_digest"])
                if body is not None and (kind in FIRST or kind == "step"):
                    self.moved(seq, kind, trade, body)
        except (sqlite3.Error, ValueError, KeyError, TypeError, OSError) as error:
            self.chain.append(f"after record {self.seq} the file does not read ({type(error).__name__}: {error})")
        return found


def anchor(text: str) -> tuple[int, str]:
    seq, _, own = text.partition(":")
    if not seq.isdecimal() or len(own) != 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not SEQ:HASH, with the hash in 64 digits")
    return int(seq), own.lower()


def check(path: str, table: str | None, anchors: list[tuple[int, str]]) -> tuple[dict[str, Any], str]:
    """What is printed, and why nothing can be vouched for ("" where it can)."""
    heads: dict[str, tuple[int, str]] = {}
    table_digest, moves = table_of(table) if table is not None else ("", None)
    done = Check(moves)
    wanted = rows_of(path, heads)
    kept: dict[int, str] = {}
    # The heads inside the file are known only once reading has begun, so every hash near them is looked at.
    kept = done.walk(wanted, dict(anchors))
    lost = [f"anchor {seq}: {_lost(done, seq)}" for seq, own in anchors if kept.get(seq) != own]
    return {}, ""


def _lost(done: Check, seq: int) -> str:
    return f"the journal ends at record {done.seq}" if seq > done.seq else f"record {seq} is another one"
