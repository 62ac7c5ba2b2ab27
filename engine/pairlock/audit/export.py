"""``pairlock audit export``, ``backup`` and ``standalone``: the journal, and its check, for somebody else's machine."""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Any

from pairlock.audit.head import audit_head
from pairlock.journal.errors import JournalTampered
from pairlock.journal.records import GENESIS_HASH, chain_ok
from pairlock.runner.prepare import open_named_store


def run_export(args: argparse.Namespace) -> int:
    """Every record that was durable when it began: an engine that goes on writing would never let it end."""
    store = open_named_store(args.path, readonly=True)
    seq, own = 0, GENESIS_HASH
    try:
        last_seq, _ = store.head()
        for record in store.records():
            if record.seq > last_seq:
                break
            report = chain_ok([record], seq, own)
            if not report.ok:
                raise JournalTampered(args.path, report.why, seq)
            seq, own = record.seq, record.hash
            line = {
                "seq": record.seq,
                "prev": record.prev_hash,
                "kind": record.kind,
                "trade": record.trade_id,
                "at_ms": record.at_ms,
                "body": record.body,
                "hash": record.hash,
            }
            sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    finally:
        store.close()
    return 0


def _same_store(path: str, to: str) -> str:
    """``to`` under the store that ``path`` names, as ``name:rest`` or by default."""
    name, _, rest = path.partition(":")
    named = bool(rest) and name in {point.name for point in entry_points(group="pairlock.stores")}
    return f"{name}:{to}" if named else to


def run_backup(args: argparse.Namespace) -> int:
    store = open_named_store(args.path, readonly=True)
    try:
        store.backup(args.to)
    finally:
        store.close()
    found = {
        "backup": args.to,
        **audit_head(_same_store(args.path, args.to)),
    }  # opening it checks the whole copy
    if args.json:
        print(json.dumps(found))
    else:
        print(f"{args.to} holds {found['records']} records, checked; anchor {found['anchor']}")
    return 0


def run_standalone(_: argparse.Namespace) -> int:
    sys.stdout.write(files("pairlock.audit").joinpath("standalone.py").read_text(encoding="ascii"))
    return 0


def register(subjects: Any) -> None:
    """Adds the three subjects."""
    export = subjects.add_parser(
        "export",
        help="every record as one line of JSON",
        description="Prints every record as one line of JSON; `body` stays the text that was hashed.",
    )
    export.add_argument("path", metavar="PATH", help="the journal; an engine may be writing it")
    export.add_argument("--jsonl", action="store_true", help="JSON lines (the default, and the only form)")
    export.set_defaults(run=run_export)
    backup = subjects.add_parser(
        "backup",
        help="a consistent copy of a journal, also of one in use",
        description="Copies a journal as of one moment, and checks the copy. Never replaces a file.",
    )
    backup.add_argument("path", metavar="PATH", help="the journal; an engine may be writing it")
    backup.add_argument("to", metavar="TO", help="a file that does not exist yet")
    backup.add_argument("--json", action="store_true", help="one JSON object on stdout")
    backup.set_defaults(run=run_backup)
    standalone = subjects.add_parser(
        "standalone",
        help="a verifier in one file that needs only Python",
        description="Prints a verifier that needs nothing but Python's standard library.",
    )
    standalone.set_defaults(run=run_standalone)
