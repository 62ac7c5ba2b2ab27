"""``pairlock audit head PATH``: the head of the chain, to be printed, signed or anchored elsewhere; and anchors."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from pairlock.codec import parse
from pairlock.errors import UserError
from pairlock.journal.errors import JournalTampered
from pairlock.journal.records import GENESIS_HASH, Kind, chain_ok
from pairlock.runner.prepare import open_named_store

_DIGITS = frozenset("0123456789abcdef")


@frozen
class Anchor:
    """A head that was noted elsewhere."""

    seq: int
    hash: str

    @classmethod
    def of(cls, text: str) -> Anchor:
        """Of ``SEQ:HASH``. Raises UserError."""
        seq, _, own = text.partition(":")
        own = own.lower()
        if (
            not (seq.isascii() and seq.isdecimal())
            or len(own) != len(GENESIS_HASH)
            or not set(own) <= _DIGITS
        ):
            raise UserError(
                f"--anchor {text[:100]!r} is not SEQ:HASH; give it as `pairlock audit head` prints it"
            )
        return cls(int(seq), own)


class Anchored:
    """Looks for anchors while the records pass by."""

    def __init__(self, anchors: Sequence[Anchor]) -> None:
        self._anchors = anchors
        self._found = {0: GENESIS_HASH}

    def passed(self, seq: int, own: str) -> None:
        if any(anchor.seq == seq for anchor in self._anchors):
            self._found[seq] = own

    def lost(self, last_seq: int) -> list[str]:
        """One sentence for each anchor that the journal, which ends at ``last_seq``, does not contain."""
        sentences = []
        for anchor in self._anchors:
            found = self._found.get(anchor.seq)
            if anchor.seq > last_seq:
                sentences.append(f"anchor {anchor.seq}: the journal holds only to record {last_seq}")
            elif found != anchor.hash:
                sentences.append(f"anchor {anchor.seq}: the record's hash is {found}, not {anchor.hash}")
        return sentences


def audit_head(path: str) -> dict[str, Any]:
    """The last durable record of a journal whose chain holds. Raises UserError, also where it does not."""
    store = open_named_store(path, readonly=True)
    seq, own, table = 0, GENESIS_HASH, ""
    try:
        for record in store.records():
            report = chain_ok([record], seq, own)
            if not report.ok:
                raise JournalTampered(path, report.why, seq)
            seq, own = record.seq, record.hash
            if record.kind == Kind.OPENED:
                table = parse(record.body)["table_digest"]
    finally:
        store.close()
    return {"seq": seq, "hash": own, "records": seq, "digest": table, "anchor": f"{seq}:{own}"}


def run(args: argparse.Namespace) -> int:
    found = audit_head(args.path)
    if args.json:
        print(json.dumps(found))
        return 0
    print(f"journal  {args.path}")
    for key in ("records", "seq", "hash"):
        print(f"{key:<8} {found[key]}")
    print(f"table    {found['digest']}")
    print(f"anchor   {found['anchor']}")
    return 0


def register(subjects: Any) -> None:
    parser = subjects.add_parser(
        "head",
        help="the head of a journal's chain, to be signed or kept elsewhere",
        description="Prints the last durable record's number and hash; keep it where the journal's owner cannot reach.",
    )
    parser.add_argument("path", metavar="PATH", help="the journal")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.set_defaults(run=run)
