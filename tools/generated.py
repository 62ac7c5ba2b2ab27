"""Writes the files that are generated from the table and the tests, or with --check says which are stale (exit 1)."""

import argparse
import difflib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# file -> the arguments of python whose output it is
GENERATED = {
    "docs/lifecycle.md": ["-m", "pairlock", "audit", "table", "--format", "md"],
    "docs/regressions.md": ["tools/regressions.py"],
    "docs/assurance.md": ["tools/assurance.py"],
    "docs/conformance.md": ["tools/conformance.py"],
    "docs/world.md": ["-m", "pairlock_specs.world_table"],
    "docs/served.md": ["tools/served.py"],
    "docs/venues.md": ["-m", "pairlock_adapters.words_page"],
}


def produce(arguments: list[str]) -> str:
    """The command's output; its failure ends this script with the command's own message."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not done.stdout.strip():
        sys.exit(f"generated: `python {' '.join(arguments)}` gave nothing to write (exit {done.returncode}).")
    return done.stdout.rstrip("\n") + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    check: bool = parser.parse_args().check
    stale = False
    for name, arguments in GENERATED.items():
        path = ROOT / name
        new = produce(arguments)
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old == new:
            continue
        if not check:
            path.write_text(new, encoding="utf-8")
            print(f"generated: wrote {name}")
            continue
        stale = True
        diff = difflib.unified_diff(old.splitlines(), new.splitlines(), name, "as generated now", lineterm="")
        print("\n".join(list(diff)[:40]), file=sys.stderr)
        print(f"generated: {name} is stale; run `make generated` and commit it.", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
