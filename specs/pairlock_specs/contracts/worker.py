"""CrossHair's own process: ``python -m pairlock_specs.contracts.worker SECONDS SEED [--planted] NAME...``.

For each name ("module.function") prints a line "# name", then what ``crosshair check`` says of it; with ``--planted``
while its planted bug is in the engine. ``run`` reads this output.

One thing is abstracted: words. A number that CrossHair leaves open is written "#" inside a text, or each of its values
would be a path of its own and no verdict that explains itself in words could be confirmed. The engine's code under test
only ever asks whether a text is empty, which "#" is as little as any number is.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext

from crosshair import opcode_intercept, statespace
from crosshair.libimpl.builtinslib import SymbolicInt
from crosshair.main import unwalled_main
from crosshair.tracers import NoTracing

from pairlock_specs.contracts.catalog import PACKAGE
from pairlock_specs.contracts.plant_list import PLANTS
from pairlock_specs.contracts.plants import planted

OPEN_NUMBER = "#"


def abstract_words() -> None:
    """Numbers that are open print as "#" in f-strings, without being given a value."""

    def stash(self: opcode_intercept.FormatStashingValue, spec: str) -> str:
        with NoTracing():  # type: ignore[no-untyped-call]
            if isinstance(self.value, SymbolicInt):
                self.formatted = OPEN_NUMBER
                return ""
        self.formatted = format(self.value, spec)
        return ""

    # By name: an f-string asks one of these, by the version of Python.
    setattr(opcode_intercept.FormatStashingValue, "__format__", stash)  # noqa: B010
    setattr(SymbolicInt, "__format__", lambda self, spec: OPEN_NUMBER)  # noqa: B010


def seed_solvers(seed: int) -> None:
    """Gives z3 another seed than CrossHair's own: another order of search, and the same logic."""
    made = statespace.make_default_solver

    def seeded() -> statespace.VersionedSolver:
        solver = made()
        solver.set("random-seed", seed)
        solver.set("smt.random-seed", seed)
        return solver

    setattr(statespace, "make_default_solver", seeded)  # noqa: B010


def check(name: str, seconds: int, *, with_bug: bool) -> None:
    """Prints CrossHair's lines about one contract."""
    print(f"# {name}", flush=True)
    with planted(PLANTS[name]) if with_bug else nullcontext():
        arguments = ["--analysis_kind", "asserts", "--per_condition_timeout", str(seconds)]
        unwalled_main(["check", "--report_all", *arguments, f"{PACKAGE}.{name}"])
    sys.stdout.flush()


def main() -> None:
    seconds, seed, *names = sys.argv[1:]
    with_bug = "--planted" in names
    abstract_words()
    if int(seed):
        seed_solvers(int(seed))
    for name in names:
        if name != "--planted":
            check(name, int(seconds), with_bug=with_bug)


if __name__ == "__main__":
    main()
