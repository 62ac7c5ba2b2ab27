"""`pairlock verify` on the command line: the search, and beside it proof, contracts, mutants and exports.

Exit 0: every claim holds; 1: a claim broke, or a check that must fail did not. Each option loads what it needs.
"""

from __future__ import annotations

import argparse
from typing import Any

from pairlock.errors import UserError
from pairlock_specs.scope import DEEP, SCOPES, STANDARD


def register(subparsers: Any) -> None:
    """Adds `verify` to the command line (entry point of ``pairlock.commands``)."""
    parser = subparsers.add_parser(
        "verify",
        help="explore every interleaving of the installed engine and judge every claim",
        description="Explores the installed engine against every behaviour of two venues that the fault model allows,"
        " within a scope, and judges every claim by the venues' own truth. Or, with one of the options: checks it"
        " in another way.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--deep", action="store_true", help="the widest scope; takes long")
    way.add_argument(
        "--proof", action="store_true", help="the inductive proof, for any quantity and any number of steps"
    )
    way.add_argument(
        "--contracts", action="store_true", help="CrossHair's verdict on every contract of the arithmetic"
    )
    way.add_argument(
        "--mutants",
        nargs="?",
        const=0,
        type=_count,
        metavar="N",
        help="break the engine N times, or in every way known",
    )
    way.add_argument(
        "--export",
        nargs=2,
        metavar=("KIND", "DIR"),
        help="write a scope down for SPIN (promela) or TLC (tla)",
    )
    parser.add_argument("--scope", choices=sorted(SCOPES), help=f"which scope (default: {STANDARD.name})")
    parser.add_argument(
        "--planted", action="store_true", help="with --contracts: each contract's planted bug too"
    )
    parser.add_argument("--processes", type=_count, metavar="N", help="how many to use (default: all cores)")
    parser.add_argument(
        "--scripts", default=".", metavar="DIR", help="where to write what broke, as a script (default: here)"
    )
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is too small or no number; give 1 or more")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """The check that was asked for; 0 if all of it holds, else 1. Raises UserError for options that do not fit."""
    if arguments.planted and not arguments.contracts:
        raise UserError("--planted goes with --contracts; add --contracts, or leave --planted out")
    searches = not (arguments.deep or arguments.proof or arguments.contracts or arguments.mutants is not None)
    if arguments.scope and not searches:
        raise UserError("--scope goes with a search or --export; leave it out")
    if arguments.processes and (arguments.proof or arguments.contracts or arguments.export):
        raise UserError("--processes goes with a search or --mutants; leave it out")
    if arguments.export and arguments.json:
        raise UserError("--export writes files and has no --json; leave one of them out")
    if arguments.proof:
        from pairlock_specs.proof.command import prove

        return prove(arguments.json)
    if arguments.contracts:
        from pairlock_specs.contracts.command import contracts

        return contracts(arguments.json, planted=arguments.planted)
    if arguments.mutants is not None:
        from pairlock_specs.mutants.command import PROCESSES, mutants

        return mutants(
            arguments.mutants or None, json=arguments.json, processes=arguments.processes or PROCESSES
        )
    if arguments.export:
        from pairlock_specs.export.command import COMMON
        from pairlock_specs.export.command import run as export

        kind, folder = arguments.export
        return export(kind, folder, SCOPES[arguments.scope] if arguments.scope else COMMON)
    from pairlock_specs.exploring import explore

    wanted = DEEP if arguments.deep else SCOPES[arguments.scope or STANDARD.name]
    return explore(
        wanted, json_wanted=arguments.json, processes=arguments.processes, scripts=arguments.scripts
    )
