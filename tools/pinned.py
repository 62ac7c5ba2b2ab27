"""Searches the scopes named, and compares their counts with counts.toml. Exit 1: a claim broke, or a count differs.

python tools/pinned.py standard deep
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

COUNTS = Path(__file__).resolve().parent.parent / "specs" / "pairlock_specs" / "counts.toml"


def main() -> int:
    pinned = tomllib.loads(COUNTS.read_text(encoding="utf-8"))
    wrong = False
    for scope in sys.argv[1:]:
        command = [sys.executable, "-m", "pairlock", "verify", "--scope", scope, "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode not in (0, 1):
            return done.returncode
        report = json.loads(done.stdout)
        for claim in report["claims"]:
            if not claim["holds"]:
                print(f"{scope}: BROKEN {claim['name']}: {claim['why']}", *claim["trace"], sep="\n  ")
        counts = {name: report[name] for name in ("states", "edges", "depth")}
        said = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        print(f"{scope}: {said}, {report['seconds']} s, {len(report['claims'])} claims", flush=True)
        if counts != pinned.get(scope):
            print(
                f"{scope}: counts.toml has {pinned.get(scope)}; if the change is meant, pin the new counts."
            )
            wrong = True
        wrong = wrong or done.returncode != 0
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
