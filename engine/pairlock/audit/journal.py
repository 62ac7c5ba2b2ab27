"""``pairlock audit journal PATH``: chain, moves and money, re-walked from the journal alone."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from pairlock.audit.head import Anchor, Anchored
from pairlock.audit.walk import walk_records
from pairlock.errors import UserError
from pairlock.journal.errors import JournalTampered, JournalTruncated
from pairlock.journal.records import GENESIS_HASH, Record, chain_ok
from pairlock.journal.store import Store
from pairlock.runner.prepare import open_named_store
from pairlock.table_check import table_digest


class _Chained:
    """Passes records on while the chain holds; remembers where it ended."""

    def __init__(self, anchored: Anchored) -> None:
        self._anchored = anchored
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
            self._anchored.passed(seq, self.head)
            yield record


def audit_journal(path: str, anchors: Sequence[Anchor] = ()) -> dict[str, Any]:
    """What the audit found, as the JSON that it prints. Raises UserError when ``path`` is no readable journal.

    ``anchors``: heads noted elsewhere, which the journal must still contain (``anchor_ok`` is None without any).
    """
    damage = ""
    try:
        store = open_named_store(path, readonly=True)
    except (JournalTampered, JournalTruncated) as error:
        damage = str(error)
        store = open_named_store(path, readonly=True, verified=False)
    anchored = Anchored(anchors)
    chain = _Chained(anchored)
    try:
        walk = walk_records(chain.through(store))
    finally:
        store.close()
    broken = list(walk.broken)
    damage = damage or (f"journal {path}: {chain.why}" if chain.why else "")
    if damage:
        broken.append(damage)
    lost = anchored.lost(walk.last_seq)
    broken.extend(lost)
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
        "anchor_ok": not lost if anchors else None,
        "digest": walk.table_digest,
        "digest_installed": installed,
        "vouched": not foreign,
    }


def _print(found: dict[str, Any], path: str) -> None:
    print(f"journal    {path}")
    for key in ("records", "trades", "settled", "rolled_back", "hedged", "stuck", "open", "repairs"):
        print(f"{key:<10} {found[key]}")
    print(f"chain      {'holds' if found['chain_ok'] else 'BROKEN'}, head {found['trace_hash']}")
    if found["anchor_ok"] is not None:
        print(f"anchor     {'found' if found['anchor_ok'] else 'NOT FOUND'}")
    print(f"table      {found['digest']}")
    print(f"claims     {found['claims_broken']} broken")
    for sentence in found["broken"]:
        print(f"  {sentence}")


def run(args: argparse.Namespace) -> int:
    found = audit_journal(args.path, [Anchor.of(text) for text in args.anchor])
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
    parser.add_argument(
        "--anchor",
        metavar="SEQ:HASH",
        action="append",
        default=[],
        help="a head noted elsewhere (`pairlock audit head`), which the journal must still contain",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.set_defaults(run=run)
