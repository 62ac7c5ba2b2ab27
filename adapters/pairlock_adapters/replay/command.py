"""``pairlock replay FILE...``: recorded paired books through detector, gates and engine."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pairlock_adapters.replay.count import rate_ppm
from pairlock_adapters.replay.run import FileReport, replay_file

_SHOWN_BAD = 10
_ADDED = (
    "lines", "bad_lines", "observations", "gross", "net", "windows", "trades", "settled", "rolled_back", "hedged",
    "stuck", "open", "refused", "repairs", "held_back", "promised_micros", "realized_micros", "exit_cost_micros",
    "duplicate_orders", "claims_broken",
)  # fmt: skip
ASSUMED = (
    "The pairs are taken as reviewed; fees are real; how the event ended was not recorded and is taken as NO."
)


def _total(reports: list[FileReport]) -> dict[str, Any]:
    """The sums over all files, and each file's own report."""
    total: dict[str, Any] = {key: sum(report.plain[key] for report in reports) for key in _ADDED}
    gates: dict[str, int] = {}
    for report in reports:
        for gate, count in report.plain["refused_by"].items():
            gates[gate] = gates.get(gate, 0) + count
    total["refused_by"] = dict(sorted(gates.items()))
    total["pairs_assumed_reviewed"] = True
    total["files"] = [report.plain for report in reports]
    return total


def _dollars(micros: int) -> str:
    return f"{'-' if micros < 0 else ''}${abs(micros) // 1_000_000:,}.{abs(micros) % 1_000_000:06d}"


def _ms(value: int | None) -> str:
    return "-" if value is None else f"{value // 1000}.{value % 1000 // 100} s"


def _show(report: FileReport, console: Console) -> None:
    plain = report.plain
    table = Table(title=Path(plain["file"]).name, show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(style="dim")
    window = f"median {_ms(plain['window_median_ms'])}, longest {_ms(plain['window_max_ms'])}"
    ended = f"{plain['settled']} + {plain['rolled_back']} + {plain['hedged']} + {plain['stuck']} + {plain['open']}"
    refused = ", ".join(f"{gate} {count}" for gate, count in plain["refused_by"].items()) or "nothing"
    rows = (
        ("lines", plain["lines"], f"{plain['bad_lines']} of them bad"),
        ("observations", plain["observations"], "cycles with all four prices"),
        ("before fees", plain["gross"], "cost less than $1 at the top"),
        ("after fees", plain["net"], "still do for one contract, both taker fees rounded up"),
        ("windows", plain["windows"], window),
        ("trades", plain["trades"], f"settled + rolled back + hedged + stuck + open = {ended}"),
        ("refused", plain["refused"], f"by gate or later: {refused}"),
        ("promised", _dollars(plain["promised_micros"]), "net profit at the limits of settled trades"),
        ("realized", _dollars(plain["realized_micros"]), "booked result of every closed trade"),
        ("claims broken", plain["claims_broken"], "judged by the simulated venues' own truth"),
    )
    for name, value, note in rows:
        table.add_row(name, str(value), note)
    console.print(table)


def run(args: argparse.Namespace) -> int:
    rate = rate_ppm(args.polymarket_fee_rate)
    reports: list[FileReport] = []
    console = Console()
    bar = Progress(
        TextColumn("{task.description}: {task.completed} lines"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=args.json or not sys.stderr.isatty(),
        transient=True,
    )
    with bar:
        for path in args.files:
            task = bar.add_task(path.name, total=None)
            report = replay_file(path, rate, lambda done, task=task: bar.update(task, completed=done))  # type: ignore[misc]
            reports.append(report)
            for bad in report.bad[:_SHOWN_BAD]:
                print(f"pairlock: {path}: line {bad.number} {bad.reason}; skipped", file=sys.stderr)
            if len(report.bad) > _SHOWN_BAD:
                print(
                    f"pairlock: {path}: {len(report.bad) - _SHOWN_BAD} further bad lines skipped",
                    file=sys.stderr,
                )
    if args.json:
        print(json.dumps(_total(reports)))
    else:
        for report in reports:
            _show(report, console)
        console.print(ASSUMED)
    for report in reports:
        for broken in report.broken[:20]:
            print(
                f"pairlock: claim {broken.claim} broken by trade {broken.trade_id}: {broken.sentence}",
                file=sys.stderr,
            )
    return 1 if any(report.broken for report in reports) else 0


def register(subparsers: Any) -> None:
    """Adds ``replay`` to the command line (entry point of ``pairlock.commands``)."""
    parser = subparsers.add_parser("replay", help="recorded paired books through detector, gates and engine")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSONL, plain or .zst")
    parser.add_argument(
        "--polymarket-fee-rate",
        default="0.05",
        metavar="R",
        help="Polymarket's taker rate (default 0.05: sports)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    parser.set_defaults(run=run)
