"""``pairlock demo``: the main job, with nothing to configure."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pairlock.errors import UserError
from pairlock_adapters.demo.settings import DEFAULT_SCALE, Report, Settings
from pairlock_adapters.demo.shrinking import MOST_RUNS
from pairlock_adapters.simulated.profiles import PROFILES

if TYPE_CHECKING:
    from pairlock_adapters.demo.failing import Failure

DEFAULT_TRADES = 200
_MOST_SENTENCES = 20


def _at_least(least: int) -> Any:
    def count(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{text} is too small; give at least {least}")
        return value

    return count


def _journal_path(given: str | None) -> str:
    if given is None:
        return os.path.join(tempfile.mkdtemp(prefix="pairlock-demo-"), "journal.db")
    folder = os.path.dirname(os.path.abspath(given))
    if not os.path.isdir(folder):
        raise UserError(f"the folder {folder} for --journal does not exist; make it, or name another path")
    return given


def _table(report: Report, wall_s: str, settings: Settings) -> Table:
    from pairlock_adapters.demo.telling import dollars

    plain = report.plain
    title = f"pairlock demo: profile {settings.faults}, seed {plain['seed']}"
    if settings.time_scale:
        title += f"\nover the wire, time {settings.time_scale} times as fast"
    table = Table(title=title, show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(style="dim")
    ended = f"{plain['settled']} + {plain['rolled_back']} + {plain['hedged']} + {plain['stuck']} + {plain['open']}"
    rows = (
        ("trades", plain["trades"], "settled + rolled back + hedged + stuck + open"),
        ("ended as", ended, f"{plain['refused']} of the rolled back were refused by a gate"),
        (
            "repairs / recovered",
            f"{plain['repairs']} / {plain['recovered']}",
            "linked repairs; trades of an earlier run",
        ),
        ("claims broken", plain["claims_broken"], "judged by the venues' own truth"),
        ("duplicate orders", plain["duplicate_orders"], "further orders of one intent, not made by a fault"),
        ("promised", dollars(plain["promised_micros"]), "net profit at the limits of settled trades"),
        ("realized", dollars(plain["realized_micros"]), "booked result of every closed trade"),
        ("exit cost", dollars(plain["exit_cost_micros"]), "what leaving or completing late cost"),
        (
            "worst loss",
            dollars(plain["worst_loss_micros"]),
            "peak, if everything had stopped and nothing ever paid",
        ),
        (
            "naked",
            f"{plain['naked_contract_ms']:,}",
            "contract-milliseconds with legs unequal, by venue truth",
        ),
        ("longest execution", f"{plain['max_execution_ms']} ms", "EXECUTING, from first intent to verdict"),
        (
            "completion / loss rate",
            f"{plain['completion_rate']} / {plain['loss_rate']}",
            "of all / of closed trades",
        ),
        ("faults fired", sum(plain["faults"].values()), f"{len(plain['faults'])} kinds"),
        ("time", wall_s, f"{report.virtual_ms // 1000} virtual seconds"),
    )
    for name, value, note in rows:
        table.add_row(name, str(value), note)
    return table


def _explained(settings: Settings, report: Report, *, shrink: bool, quiet: bool) -> list[Failure]:
    """Each claim that broke, by the shortest run that breaks it again."""
    if not report.broken:
        return []
    from pairlock_adapters.demo.failing import Explainer

    bar = Progress(
        TextColumn("shrinking: runs"),
        MofNCompleteColumn(),
        TextColumn("{task.fields[found]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
        transient=True,
    )
    with bar:
        task = bar.add_task("runs", total=MOST_RUNS, found="")
        return Explainer(
            settings,
            report,
            lambda runs, case: bar.update(
                task, completed=runs, found=f"{case.trades} trades, {len(case.script)} faults"
            ),
            shrink=shrink,
        ).failures()


def _complain(report: Report) -> None:
    for broken in report.broken[:_MOST_SENTENCES]:
        by = f"trade {broken.trade_id}" if broken.trade_id else "the whole run"
        print(f"pairlock: claim {broken.claim} broken by {by}: {broken.sentence}", file=sys.stderr)
    if len(report.broken) > _MOST_SENTENCES:
        print(f"pairlock: {len(report.broken) - _MOST_SENTENCES} more", file=sys.stderr)


def run(args: argparse.Namespace) -> int:
    from pairlock_adapters.demo.run import run_demo
    from pairlock_adapters.demo.telling import told

    scale = 0 if args.in_process else args.time_scale
    settings = Settings(args.trades, args.seed, args.faults, _journal_path(args.journal), time_scale=scale)
    began = time.monotonic_ns()
    quiet = args.json or not sys.stderr.isatty()
    bar = Progress(
        TextColumn("trades closed"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
        transient=True,
    )
    with bar:
        task = bar.add_task("trades", total=settings.trades)
        report = run_demo(
            settings, lambda done, total: bar.update(task, completed=done, total=max(done, total))
        )
    if not args.json:
        tenths = (time.monotonic_ns() - began) // 100_000_000
        console = Console()
        console.print(_table(report, f"{tenths // 10}.{tenths % 10} s", settings))
        console.print(f"journal     {report.plain['journal']}", soft_wrap=True)
        if report.plain["trace_hash"] is not None:
            console.print(f"trace hash  {report.plain['trace_hash']}", soft_wrap=True)
        console.print(f"check it    pairlock audit journal {report.plain['journal']}", soft_wrap=True)
    _complain(report)
    failures = _explained(settings, report, shrink=not args.no_shrink, quiet=quiet)
    if args.json:
        print(json.dumps(report.plain | {"broken": [failure.as_plain() for failure in failures]}))
    for text in told(failures):
        sys.stderr.write(text)
    return 1 if report.broken else 0


def register(subparsers: Any) -> None:
    """Adds ``demo`` to the command line (entry point of ``pairlock.commands``)."""
    parser = subparsers.add_parser("demo", help="the engine and its journal against two simulated venues")
    parser.add_argument(
        "--trades", type=_at_least(0), default=DEFAULT_TRADES, metavar="N", help="default 200"
    )
    parser.add_argument("--seed", type=_at_least(0), default=1, metavar="S", help="default 1")
    parser.add_argument(
        "--faults",
        default="typical",
        metavar="PROFILE",
        help=f"{', '.join(PROFILES)}, or a script's FILE.toml; default typical",
    )
    parser.add_argument(
        "--in-process",
        action="store_true",
        help="simulated venues without a wire, in virtual time: the same seed gives the same journal",
    )
    parser.add_argument(
        "--time-scale",
        type=_at_least(1),
        default=DEFAULT_SCALE,
        metavar="N",
        help="over the wire: divide the venues' delays and the engine's deadlines by N; default 50",
    )
    parser.add_argument(
        "--journal", metavar="PATH", help="keep the journal here; an existing one is recovered first"
    )
    parser.add_argument(
        "--no-shrink", action="store_true", help="if a claim breaks, do not look for the shortest script"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    parser.set_defaults(run=run)
