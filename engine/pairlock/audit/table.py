"""`pairlock audit table`: the installed transition table, every cell with its reason.

A table that ``table_check`` does not pass is not printed but refused (exit 2), so `make check`, which generates
docs/lifecycle.md with this command, fails on it too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pairlock.table_cells import AnyTable, order_table, trade_table
from pairlock.table_check import require_valid
from pairlock.table_view import as_csv, as_dot, as_json, as_markdown, as_mermaid

FORMATS: Mapping[str, Callable[[AnyTable, AnyTable], str]] = MappingProxyType(
    {"md": as_markdown, "csv": as_csv, "json": as_json, "dot": as_dot, "mermaid": as_mermaid}
)


def register(subjects: Any) -> None:
    """Adds `table` to the subjects of `pairlock audit`."""
    parser = subjects.add_parser(
        "table",
        help="the transition table of trades and of orders, every cell with its reason",
        description="Prints both transition tables, every cell with its reason.",
    )
    parser.add_argument(
        "--format", choices=FORMATS, default="md", help="md for people (default), or one for programs"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the tables and returns 0; raises TableInvalid if they are not valid."""
    require_valid()
    sys.stdout.write(FORMATS[arguments.format](trade_table(), order_table()))
    return 0
