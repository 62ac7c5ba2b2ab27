"""The command `pairlock`: finds its subcommands by entry point and turns failures into exit codes.

A subcommand is an entry point of the group `pairlock.commands`, a function `register(subparsers) -> None`. It adds
a parser and sets its default `run`, a callable that takes the parsed arguments and returns the exit code. The
engine's own commands, those of `pairlock_adapters` and `pairlock_specs`, and third parties' register alike.

Exit codes: 0 well; 1 a claim broke; 2 usage or configuration, one sentence on stderr; 70 our own bug, with its
traceback; 130 interrupted; 141 the reader of stdout went away.
"""

import argparse
import os
import select
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points, version
from typing import Any

from pairlock.errors import EngineBug, UserError

GROUP = "pairlock.commands"

EXIT_WELL = 0
EXIT_CLAIM_BROKE = 1
EXIT_USAGE = 2
EXIT_BUG = 70  # EX_SOFTWARE of sysexits.h; 1 would read as a broken claim
EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141

Subparsers = argparse._SubParsersAction  # the only name argparse gives this type


class _Parser(argparse.ArgumentParser):
    """A subcommand's parser; one whose code cannot be loaded says so when it is used, and only then."""

    unusable: str | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # argparse's own signature
        if self.unusable is not None:
            raise UserError(self.unusable)
        return super().parse_known_args(args, namespace)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code (see the top of this file).

    `argv` is without the program's name; None takes the process's own. Raises nothing but SystemExit, by argparse
    on `--help` (0), `--version` (0) and wrong usage (2).
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(arguments)
        print(end="", flush=True)  # now, while a closed pipe can still be told; print bears a missing stdout
        return code
    except UserError as error:
        return _complain(error)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        if _stdout_is_gone():
            return EXIT_PIPE_CLOSED
        return _report_bug()
    except BaseExceptionGroup as group:  # trio wraps what a task raised
        return _exit_for_group(group)
    except Exception:
        return _report_bug()


def _run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="pairlock",
        description="A fail-safe execution engine for two-leg trades across prediction markets.",
        epilog="Exit 0: well; 1: a claim broke; 2: usage or configuration.",
    )
    parser.add_argument("--version", action="version", version=f"pairlock {version('pairlock')}")
    subparsers = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True, parser_class=_Parser
    )
    _register_all(subparsers, _wanted(arguments))
    parsed = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], object] | None = getattr(parsed, "run", None)
    if run is None:
        raise EngineBug(f"the command {parsed.command!r} registered a parser without the default `run`")
    code = run(parsed)
    if not isinstance(code, int):  # None would leave the process as exit 0, which says that all is well
        raise EngineBug(f"the command {parsed.command!r} returned {code!r} instead of an exit code")
    return code


def _wanted(arguments: list[str]) -> dict[str, list[EntryPoint]]:
    """The entry points to load, by command name: only the one used, if its name says so (start-up time)."""
    found: dict[str, list[EntryPoint]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        known = found.setdefault(entry.name, [])
        if all(entry.value != other.value for other in known):
            known.append(entry)
    if arguments and arguments[0] in found:
        return {arguments[0]: found[arguments[0]]}
    return found


def _register_all(subparsers: "Subparsers[_Parser]", wanted: dict[str, list[EntryPoint]]) -> None:
    for name, entries in wanted.items():
        if len(entries) > 1:
            # Running either would be a guess about whose code touches money.
            owners = " and ".join(sorted(f"{_owner(entry)} ({entry.value})" for entry in entries))
            _mark_unusable(
                subparsers, name, f"the command {name!r} is offered by {owners}; uninstall one of them."
            )
            continue
        try:
            entries[0].load()(subparsers)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            message = (
                f"the command {name!r} of {_owner(entries[0])} cannot be loaded from {entries[0].value!r}"
                f" ({reason}); reinstall or uninstall {_owner(entries[0])}."
            )
            _mark_unusable(subparsers, name, message)


def _mark_unusable(subparsers: "Subparsers[_Parser]", name: str, message: str) -> None:
    parser = subparsers.choices.get(name)
    if parser is None:
        parser = subparsers.add_parser(name, help="(cannot be loaded: run it to see why)", add_help=False)
    parser.unusable = message


def _owner(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "an unnamed distribution"


def _complain(error: UserError) -> int:
    sentence = " ".join(str(error).split())
    print(f"pairlock: {sentence}", file=sys.stderr)
    return EXIT_USAGE


def _exit_for_group(group: BaseExceptionGroup[BaseException]) -> int:
    """The group's one exit code: a bug outranks an interrupt, which outranks a user's error."""
    expected, unexpected = group.split((UserError, KeyboardInterrupt))
    if unexpected is not None or expected is None:
        return _report_bug()
    if expected.subgroup(KeyboardInterrupt) is not None:
        return EXIT_INTERRUPTED
    first: BaseException = expected
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return _complain(first) if isinstance(first, UserError) else _report_bug()


def _report_bug() -> int:
    traceback.print_exc()
    print("pairlock: this is a bug in pairlock or in one of its plug-ins; please report it.", file=sys.stderr)
    return EXIT_BUG


def _stdout_is_gone() -> bool:
    """True if stdout's reader closed it; a venue's broken connection raises the same class and is a bug here."""
    try:
        stdout = sys.stdout.fileno()
    except (OSError, ValueError):  # replaced by an object without a descriptor
        return False
    poll = select.poll()
    poll.register(stdout, 0)
    if not any(event & select.POLLERR for _, event in poll.poll(0)):
        return False
    os.dup2(
        os.open(os.devnull, os.O_WRONLY), stdout
    )  # else the interpreter complains when it flushes at exit
    return True
