"""Runs the hostile demo for several seeds, in process and over the wire, and writes docs/evidence.md. Takes long.

    python tools/evidence.py [--seeds 10] [--trades 5000] [--wire-trades 500] [--processes 2]

Each run is `pairlock demo --faults hostile` on a journal of its own in a temporary folder. Exit 1 if any run broke a
claim, doubled an order or left a trade open or stuck: then nothing is written.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "evidence.md"
COLUMNS = (
    "seed trades settled hedged rolled_back refused stuck open repairs claims_broken duplicate_orders".split()
)

Run = dict[str, Any]


def hostile(seed: int, trades: int, wire: bool) -> Run:
    """The report of one run. Raises CalledProcessError if it broke a claim or could not run."""
    with tempfile.TemporaryDirectory(prefix="pairlock-evidence-") as folder:
        command = [sys.executable, "-m", "pairlock", "demo", "--faults", "hostile", "--json"]
        command += [] if wire else ["--in-process"]
        command += ["--trades", str(trades), "--seed", str(seed), "--journal", f"{folder}/journal.db"]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    report: Run = json.loads(done.stdout)
    return report


def table(runs: list[Run]) -> list[str]:
    """One row a run, and their sums."""
    lines = [
        "| " + " | ".join(name.replace("_", " ") for name in COLUMNS) + " |",
        "|" + " ---: |" * len(COLUMNS),
    ]
    lines += ["| " + " | ".join(f"{run[name]:,}" for name in COLUMNS) + " |" for run in runs]
    sums = [f"{sum(run[name] for run in runs):,}" for name in COLUMNS[1:]]
    return [*lines, "| all | " + " | ".join(sums) + " |", ""]


def faults(runs: list[Run], kinds: set[str]) -> list[str]:
    """One row a kind of fault."""
    lines = ["| fault | fired, all runs | least in one run |", "| --- | ---: | ---: |"]
    for kind in sorted(kinds):
        fired = [run["faults"].get(kind, 0) for run in runs]
        lines.append(f"| `{kind}` | {sum(fired):,} | {min(fired):,} |")
    return [*lines, ""]


def write(marker: str, lines: list[str]) -> None:
    """Put ``lines`` between the page's two marks of this name."""
    begin, end = f"<!-- {marker}: begin -->\n", f"<!-- {marker}: end -->\n"
    head, rest = PAGE.read_text(encoding="utf-8").split(begin)
    text = "\n".join(lines).strip("\n")
    PAGE.write_text(f"{head}{begin}\n{text}\n\n{end}{rest.split(end)[1]}", encoding="utf-8")


def run_all(seeds: int, trades: int, processes: int, *, wire: bool) -> list[Run]:
    """Every run, in the order of the seeds. Exits where one of them is not clean."""
    runs: list[Run] = []
    with ThreadPoolExecutor(processes) as pool:
        waiting = [pool.submit(hostile, seed, trades, wire) for seed in range(1, seeds + 1)]
        for done in as_completed(waiting):
            try:
                run = done.result()
            except subprocess.CalledProcessError as error:
                pool.shutdown(cancel_futures=True)
                sys.exit(
                    f"evidence: `{' '.join(error.cmd[1:])}` ended with {error.returncode}; nothing was written."
                )
            runs.append(run)
            print(
                f"{'over the wire' if wire else 'in process'}, seed {run['seed']}: {run['settled']:,} settled,"
                f" {run['hedged']:,} hedged, {run['claims_broken']} claims broken",
                flush=True,
            )
    wrong = ("claims_broken", "duplicate_orders", "open", "stuck")
    bad = [run["seed"] for run in runs if any(run[name] for name in wrong)]
    if bad:
        sys.exit(f"evidence: the runs of the seeds {bad} are not clean; nothing was written.")
    return sorted(runs, key=lambda run: int(run["seed"]))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="seeds 1 to N; default 10")
    parser.add_argument(
        "--trades", type=int, default=5_000, metavar="N", help="of each run in process; default 5000"
    )
    parser.add_argument(
        "--wire-trades", type=int, default=500, metavar="N", help="of each run over the wire; default 500"
    )
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="runs at a time; default 2")
    asked = parser.parse_args()
    inside = run_all(asked.seeds, asked.trades, asked.processes, wire=False)
    wired = run_all(asked.seeds, asked.wire_trades, asked.processes, wire=True)
    kinds = {kind for run in inside for kind in run["faults"]}
    write("hostile runs", table(inside) + faults(inside, kinds))
    write("hostile runs over the wire", table(wired) + faults(wired, kinds))
    print(f"evidence: wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
