"""`pairlock verify` itself: the kill scope first, then the scope asked for, printed with every claim's verdict."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

from pairlock.errors import UserError
from pairlock_specs.scope import KILL, Scope

if TYPE_CHECKING:
    from pairlock_specs.report import Report


def explore(wanted: Scope, *, json_wanted: bool, processes: int | None, scripts: str) -> int:
    """Explores the kill scope, then ``wanted``; prints, and returns 0 if every claim holds, else 1.

    ``scripts``: the directory into which what broke is written as scripts. Raises UserError when there is none.
    """
    from pairlock_specs.report import as_json, as_text
    from pairlock_specs.search import processes_by_default

    if not os.path.isdir(scripts):
        raise UserError(f"--scripts {scripts} is no directory; name one that exists")
    report = _explore(KILL, 1)
    if report.holds and wanted is not KILL:
        report = _explore(wanted, processes or processes_by_default())
    paths = _written(report, scripts)
    if json_wanted:
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
