"""`pairlock verify`: explores the installed engine, prints every claim's verdict, and a shortest trace if one fails.

The kill scope runs first and ends the run when a claim fails in it. Exit 0: every claim holds; 1: a claim broke.
Each option loads what it needs when it is asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from pairlock.errors import UserError
from pairlock_specs.scope import DEEP, KILL, SCOPES, STANDARD, Scope

if TYPE_CHECKING:
    from pairlock_specs.report import Report


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
        "--scope", choices=sorted(SCOPES), default=STANDARD.name, help="which scope (default: standard)"
    )
    parser.add_argument("--processes", type=_count, metavar="N", help="how many to use (default: all cores)")
    parser.add_argument(
        "--scripts", default=".", metavar="DIR", help="where to write what broke, as a script (default: here)"
    )
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; give 1 or more")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Explores the kill scope, then the scope asked for; prints, and returns 0 if every claim holds, else 1."""
    from pairlock_specs.report import as_json, as_text
    from pairlock_specs.search import processes_by_default

    if not os.path.isdir(arguments.scripts):
        raise UserError(f"--scripts {arguments.scripts} is no directory; name one that exists")
    wanted = DEEP if arguments.deep else SCOPES[arguments.scope]
    report = _explore(KILL, 1)
    if report.holds and wanted is not KILL:
        report = _explore(wanted, arguments.processes or processes_by_default())
    paths = _written(report, arguments.scripts)
    if arguments.json:
        print(json.dumps(as_json(report, paths)))
    else:
        sys.stdout.write(as_text(report, paths))
    return 0 if report.holds else 1


def _written(report: Report, directory: str) -> dict[str, str]:
    """The path of each script, by the claim that broke; what cannot be written is said on stderr."""
    paths: dict[str, str] = {}
    for name, text in report.scripts.items():
        path = os.path.join(directory, f"verify-{name}.toml")
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            print(f"{path} cannot be written ({error.strerror}); name another --scripts DIR", file=sys.stderr)
            continue
        paths[name] = path
    return paths


def _explore(scope: Scope, processes: int) -> Report:
    from pairlock_specs.report import report_on
    from pairlock_specs.search import search

    began_ns = time.monotonic_ns()
    live = sys.stderr.isatty()

    def show(words: str) -> None:
        seconds = (time.monotonic_ns() - began_ns) // 1_000_000_000
        print(f"\r{scope.name}: {words}, {seconds} s \x1b[K", end="", file=sys.stderr, flush=True)

    founds = search(scope, processes, show if live else None)
    if live:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return report_on(scope, founds, lambda: (time.monotonic_ns() - began_ns) // 1_000_000)
