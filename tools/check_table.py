"""Validates the installed transition tables and prints every finding (exit 1 if there is one)."""

import sys

from pairlock.table_check import validate


def main() -> int:
    findings = validate()
    for finding in findings:
        print(f"table: {finding}", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
