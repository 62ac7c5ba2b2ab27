"""SPIN's and TLC's counts beside the explorer's: exports a scope, runs both, and prints what each came to.

``python tools/second_opinion.py [--scope NAME] [--spin] [--tlc JAR]``. Exit 0: all agree and every claim holds; 1: one
does not; 2: usage, or a program is missing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from attrs import evolve

from pairlock.errors import UserError
from pairlock.lifecycle import S
from pairlock_specs.explore import Explorer
from pairlock_specs.export.command import COMMON, write
from pairlock_specs.export.opinion import Opinion, by_spin, by_tlc
from pairlock_specs.export.tabulate import NotOneTable, Tables, tabulate
from pairlock_specs.scope import SCOPES

PLANTED = "5-closed-is-quiet"
_ROW = "{:<10} {:<32} {:>12} {:>12} {:>8}  {}"


def planted(tables: Tables) -> Tables:
    """The same engine, but of an order that it knows nothing of it says ROLLED_BACK: ``PLANTED`` must fail."""
    closed = next(n for n, shell in enumerate(tables.shells) if shell.state is S.ROLLED_BACK)
    steps = [
        {
            word: evolve(done, trade=closed, sends=()) if word.word == "OUTCOME_UNKNOWN" else done
            for word, done in of_trade.items()
        }
        for of_trade in tables.steps
    ]
    return evolve(tables, steps=tuple(steps))


def _agrees(opinion: Opinion, tables: Tables) -> bool:
    return (opinion.states, opinion.edges, opinion.broken) == (tables.states, tables.edges, ())


def _line(scope: str, who: str, counts: tuple[int, int], seconds: int, verdict: str) -> None:
    print(_ROW.format(scope, who, f"{counts[0]:,}", f"{counts[1]:,}", seconds, verdict), flush=True)


def _asked(kind: str, tables: Tables, ask: Callable[[Path], Opinion]) -> tuple[Opinion, int]:
    with tempfile.TemporaryDirectory() as folder:
        write(kind, Path(folder), tables)
        began_ns = time.monotonic_ns()
        opinion = ask(Path(folder))
        return opinion, (time.monotonic_ns() - began_ns) // 1_000_000_000


def main() -> int:
    """Runs what was asked for; see the top of this file."""
    parser = argparse.ArgumentParser(description="SPIN's and TLC's counts beside the explorer's.")
    parser.add_argument("--scope", choices=sorted(SCOPES), default=COMMON.name)
    parser.add_argument("--spin", action="store_true", help="ask SPIN (needs spin and gcc)")
    parser.add_argument(
        "--tlc", metavar="JAR", type=Path, help="ask TLC (needs Java 17), in this tla2tools.jar"
    )
    arguments = parser.parse_args()
    asked: list[tuple[str, str, Callable[[Path], Opinion]]] = []
    if arguments.spin:
        asked.append(("SPIN", "promela", by_spin))
    if arguments.tlc is not None:
        asked.append(("TLC", "tla", lambda folder: by_tlc(folder, arguments.tlc)))
    if not asked:
        parser.error("name --spin, --tlc JAR, or both")
    began_ns = time.monotonic_ns()
    tables = tabulate(Explorer(SCOPES[arguments.scope]).run())
    print(_ROW.format("scope", "who", "states", "edges", "seconds", "verdict"))
    seconds = (time.monotonic_ns() - began_ns) // 1_000_000_000
    _line(arguments.scope, "explorer", (tables.states, tables.edges), seconds, "")
    well = True
    for who, kind, ask in asked:
        opinion, seconds = _asked(kind, tables, ask)
        well &= _agrees(opinion, tables)
        verdict = "agrees, every claim holds" if _agrees(opinion, tables) else f"DIFFERS {opinion.broken}"
        _line(arguments.scope, who, (opinion.states, opinion.edges), seconds, verdict)
        opinion, seconds = _asked(kind, planted(tables), ask)
        found = PLANTED in opinion.broken
        well &= found
        verdict = f"finds {PLANTED}" if found else f"MISSES {PLANTED}, says {opinion.broken}"
        print(
            _ROW.format(arguments.scope, f"{who}, an unsafe step planted", "", "", seconds, verdict),
            flush=True,
        )
    return 0 if well else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (UserError, NotOneTable) as error:
        print(f"second opinion: {error}", file=sys.stderr)
        sys.exit(2)
