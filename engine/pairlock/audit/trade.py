"""``pairlock audit trade ID --journal PATH``: what happened to one trade, why, and what it cost."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from pairlock.audit.story import story
from pairlock.runner.prepare import open_named_store


def audit_trade(path: str, trade_id: str) -> dict[str, Any]:
    """The trade's story as the JSON that it prints. Raises UserError."""
    store = open_named_store(path, readonly=True)
    try:
        return story(store, trade_id)
    finally:
        store.close()


def run(args: argparse.Namespace) -> int:
    told = audit_trade(args.journal, args.id)
    if args.json:
        print(json.dumps(told))
    else:
        from pairlock.audit.page import show

        show(told)
    if told["claims_broken"]:
        print(
            f"pairlock: {told['claims_broken']} claims are broken by trade {told['trade_id']}",
            file=sys.stderr,
        )
        return 1
    return 0


def register(subjects: Any) -> None:
    parser = subjects.add_parser(
        "trade",
        help="one trade's timeline: what happened, why, and the money",
        description="Tells one trade record by record, with its money, and its repairs after it.",
    )
    parser.add_argument("id", metavar="ID", help="the trade's id, its opportunity's, or its number")
    parser.add_argument("--journal", metavar="PATH", required=True, help="the journal")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.set_defaults(run=run)
