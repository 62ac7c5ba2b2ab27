"""Runs the hostile demo for several seeds, and writes what it came to into docs/evidence.md. Takes long.

    python tools/evidence.py [--seeds 10] [--trades 5000] [--processes 2]

Each run is `pairlock demo --in-process --faults hostile` on a journal of its own in a temporary folder. Exit 1 if any
run broke a claim, doubled an order or left a trade open: then nothing is written.
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
BEGIN, END = "<!-- hostile runs: begin -->\n", "<!-- hostile runs: end -->\n"
COLUMNS = (
    "seed trades settled hedged rolled_back refused stuck open repairs claims_broken duplicate_orders".split()
)

Run = dict[str, Any]


def hostile(seed: int, trades: int) -> Run:
    """The report of one run. Raises CalledProcessError if it broke a claim or could not run."""
    with tempfile.TemporaryDirectory(prefix="pairlock-evidence-") as folder:
        command = [sys.executable, "-m", "pairlock", "demo", "--in-process", "--faults", "hostile", "--json"]
        command += ["--trades", str(trades), "--seed", str(seed), "--journal", f"{folder}/journal.db"]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    report: Run = json.loads(done.stdout)
    return report


def section(runs: list[Run]) -> str:
    """The two tables: one row a run, one row a kind of fault."""
    lines = [
        "| " + " | ".join(name.replace("_", " ") for name in COLUMNS) + " |",
        "|" + " ---: |" * len(COLUMNS),
    ]
    lines += ["| " + " | ".join(f"{run[name]:,}" for name in COLUMNS) + " |" for run in runs]
    sums = [f"{sum(run[name] for run in runs):,}" for name in COLUMNS[1:]]
    lines += ["| all | " + " | ".join(sums) + " |", ""]
    lines += ["| fault | fired, all runs | least in one run |", "| --- | ---: | ---: |"]
    for kind in sorted({kind for run in runs for kind in run["faults"]}):
        fired = [run["faults"].get(kind, 0) for run in runs]
        lines.append(f"| `{kind}` | {sum(fired):,} | {min(fired):,} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="seeds 1 to N; default 10")
    parser.add_argument("--trades", type=int, default=5_000, metavar="N", help="of each run; default 5000")
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="runs at a time; default 2")
    asked = parser.parse_args()
    runs: list[Run] = []
    with ThreadPoolExecutor(asked.processes) as pool:
        waiting = [pool.submit(hostile, seed, asked.trades) for seed in range(1, asked.seeds + 1)]
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
                f"seed {run['seed']}: {run['settled']:,} settled, {run['claims_broken']} claims broken",
                flush=True,
            )
    bad = [run["seed"] for run in runs if run["claims_broken"] or run["duplicate_orders"] or run["open"]]
    if bad:
        sys.exit(f"evidence: the runs of the seeds {bad} are not clean; nothing was written.")
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    tables = section(sorted(runs, key=lambda run: int(run["seed"])))
    PAGE.write_text(f"{head}{BEGIN}\n{tables}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    print(f"evidence: wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
