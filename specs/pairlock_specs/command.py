"""`pairlock verify`: explores the installed engine, prints every claim's verdict, and a shortest trace if one fails.

The kill scope runs first and ends the run when a claim fails in it. Exit 0: every claim holds; 1: a claim broke.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from typing import Any

from pairlock_specs.report import Report, as_json, as_text, report_of
from pairlock_specs.scope import DEEP, KILL, SCOPES, SMALL, Scope


def register(subparsers: Any) -> None:
    """Adds `verify` to the command line (entry point of ``pairlock.commands``)."""
    parser = subparsers.add_parser(
        "verify",
        help="explore every interleaving of the installed engine and judge every claim",
        description="Explores the installed engine against every behaviour of two venues that the fault model allows,"
        " within a scope, and judges every claim by the venues' own truth.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--deep", action="store_true", help="the widest scope; takes long")
    scope.add_argument(
        "--scope", choices=sorted(SCOPES), default=SMALL.name, help="which scope (default: small)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explores the kill scope, then the scope asked for; prints, and returns 0 if every claim holds, else 1."""
    wanted = DEEP if arguments.deep else SCOPES[arguments.scope]
    report = _explore(KILL)
    if report.holds and wanted is not KILL:
        report = _explore(wanted)
    if arguments.json:
        print(json.dumps(as_json(report)))
    else:
        sys.stdout.write(as_text(report))
    return 0 if report.holds else 1


def _explore(scope: Scope) -> Report:
    from pairlock_specs.explore import Explorer

    began_ns = time.monotonic_ns()
    live = sys.stderr.isatty()

    def show(explorer: Explorer) -> None:
        seconds = (time.monotonic_ns() - began_ns) // 1_000_000_000
        waiting = len(explorer.states) - explorer.expanded
        print(
            f"\r{scope.name}: {len(explorer.states):,} states, {len(explorer.edge_to):,} edges, depth {explorer.depth},"
            f" {waiting:,} waiting, {seconds} s \x1b[K",
            end="",
            file=sys.stderr,
            flush=True,
        )

    explorer = Explorer(scope, progress=show if live else None)
    # The search makes millions of values and no cycles; the collector would look through them again and again.
    collects = gc.isenabled()
    gc.disable()
    try:
        explorer.run()
        report = report_of(explorer, lambda: (time.monotonic_ns() - began_ns) // 1_000_000)
    finally:
        if collects:
            gc.enable()
    if live:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return report
