"""``pairlock audit journal PATH``: chain, moves and money, re-walked from the journal alone."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from pairlock.audit.walk import walk_records
from pairlock.errors import UserError
from pairlock.journal.errors import JournalTampered, JournalTruncated
from pairlock.journal.records import GENESIS_HASH, Record, chain_ok
from pairlock.journal.store import Store
from pairlock.runner.prepare import open_named_store
from pairlock.table_check import table_digest


class _Chained:
    """Passes records on while the chain holds; remembers where it ended."""

    def __init__(self) -> None:
        self.head = GENESIS_HASH
        self.why = ""

    def through(self, store: Store) -> Iterator[Record]:
        seq = 0
        for record in store.records():
            report = chain_ok([record], seq, self.head)
            if not report.ok:
                self.why = report.why
                return
            seq, self.head = record.seq, record.hash
            yield record


def audit_journal(path: str) -> dict[str, Any]:
    """What the audit found, as the JSON that it prints. Raises UserError when ``path`` is no readable journal."""
    damage = ""
    try:
        store = open_named_store(path, readonly=True)
    except (JournalTampered, JournalTruncated) as error:
        damage = str(error)
        store = open_named_store(path, readonly=True, verified=False)
    chain = _Chained()
    try:
        walk = walk_records(chain.through(store))
    finally:
        store.close()
    broken = list(walk.broken)
    damage = damage or (f"journal {path}: {chain.why}" if chain.why else "")
    if damage:
        broken.append(damage)
    installed = table_digest()
    foreign = [digest for digest in walk.tables if digest != installed]
    return {
        "trades": walk.trades,
        "open": walk.neither,
        "stuck": walk.stuck,
        "settled": walk.counts.get("SETTLED", 0),
        "rolled_back": walk.counts.get("ROLLED_BACK", 0),
        "hedged": walk.counts.get("HEDGED", 0),
        "repairs": walk.repairs,
        "records": walk.last_seq,
        "claims_broken": len(broken),
        "broken": broken[:50],
        "trace_hash": chain.head,
        "chain_ok": not damage,
        "digest": walk.table_digest,
        "digest_installed": installed,
        "vouched": not foreign,
    }


def _print(found: dict[str, Any], path: str) -> None:
    print(f"journal    {path}")
    for key in ("records", "trades", "settled", "rolled_back", "hedged", "stuck", "open", "repairs"):
        print(f"{key:<10} {found[key]}")
    print(f"chain      {'holds' if found['chain_ok'] else 'BROKEN'}, head {found['trace_hash']}")
    print(f"table      {found['digest']}")
    print(f"claims     {found['claims_broken']} broken")
    for sentence in found["broken"]:
        print(f"  {sentence}")


def run(args: argparse.Namespace) -> int:
    found = audit_journal(args.path)
    if args.json:
        print(json.dumps(found))
    else:
        _print(found, args.path)
    if not found["vouched"]:
        raise UserError(
            f"journal {args.path} was recorded under transition table {found['digest'][:12]}, this version runs "
            f"{found['digest_installed'][:12]} and cannot vouch for it; audit it with the version that wrote it"
        )
    if found["claims_broken"]:
        print(f"pairlock: {found['claims_broken']} claims are broken in {args.path}", file=sys.stderr)
        return 1
    return 0


def register(subjects: Any) -> None:
    parser = subjects.add_parser("journal", help="check chain, moves and money from the journal alone")
    parser.add_argument("path", metavar="PATH", help="the journal")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.set_defaults(run=run)
