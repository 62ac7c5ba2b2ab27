"""`pairlock audit`: each subject is a module of this package that adds its own parser."""

from __future__ import annotations

from typing import Any

from pairlock.audit import export, head, journal, table, trade


def register(subparsers: Any) -> None:
    """Adds `audit` and its subjects to the command line (entry point of ``pairlock.commands``)."""
    parser = subparsers.add_parser(
        "audit", help="what an auditor reads: the transition table, a journal, a trade"
    )
    subjects = parser.add_subparsers(title="subjects", dest="subject", metavar="SUBJECT", required=True)
    table.register(subjects)
    journal.register(subjects)
    trade.register(subjects)
    head.register(subjects)
    export.register(subjects)
