"""Runs SPIN or TLC on an export and reads their counts. Nothing of the explorer takes part in it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from attrs import frozen

from pairlock.errors import UserError
from pairlock_specs.export.claims import CLAIMS

# gcc -O1: pan runs for a second, compiling it takes longer.
_GCC = ("gcc", "-O1", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c")
# -m: the deepest path; a search that is cut there says so and is refused. -c0: go on after a violation.
_PAN = ("./pan", "-m1000000", "-c0")


NO_CLAIM = "an error that is no claim"


@frozen
class Opinion:
    """``edges``: steps that change something, parallel ones counted each; ``broken``: the claims that failed (TLC stops
    at the first, and then its counts mean nothing)."""

    tool: str
    states: int
    edges: int
    broken: tuple[str, ...]
    output: str


def missing_for_spin() -> tuple[str, ...]:
    """Which programs SPIN needs and this machine lacks."""
    return tuple(program for program in ("spin", "gcc") if shutil.which(program) is None)


def missing_for_tlc(jar: Path | None) -> tuple[str, ...]:
    """Which parts TLC needs and this machine lacks."""
    lacking = [] if shutil.which("java") else ["java"]
    return tuple(lacking if jar is not None and jar.is_file() else [*lacking, "tla2tools.jar"])


def by_spin(folder: Path) -> Opinion:
    """SPIN's opinion of the Promela export in ``folder``. pan counts the initial state as a transition."""
    if missing := missing_for_spin():
        raise UserError(
            f"SPIN needs {' and '.join(missing)}; install them (Debian: apt-get install spin gcc)."
        )
    _done(("spin", "-a", "pairlock.pml"), folder)
    _done(_GCC, folder)
    output = _done(_PAN, folder)
    if "max search depth too small" in output or "Search not completed" in output:
        raise UserError("SPIN's search was cut short; raise pan's -m.")
    broken = tuple(sorted(set(re.findall(r"(?m)^claim broken: (.+)$", output))))
    if "errors: 0" not in output and not broken:
        broken = (NO_CLAIM,)
    states, transitions = _number(r"(\d+) states, stored", output), _number(r"(\d+) transitions", output)
    return Opinion("SPIN", states, transitions - 1, broken, output)


def by_tlc(folder: Path, jar: Path, workers: int = 1) -> Opinion:
    """TLC's opinion of the TLA+ export in ``folder``. It counts the initial state among those generated."""
    if missing := missing_for_tlc(jar):
        raise UserError(
            f"TLC needs {' and '.join(missing)}; install Java 17 (Debian: apt-get install default-jre-headless)"
            " and requirements/deep.txt."
        )
    java = ("java", "-XX:+UseParallelGC", "-cp", str(jar.resolve()), "tlc2.TLC")
    options = ("-deadlock", "-workers", str(workers), "-metadir", "states", "-config", "Pairlock.cfg")
    output = _done((*java, *options, "Pairlock"), folder, may_fail=True)
    shutil.rmtree(folder / "states", ignore_errors=True)
    broken = re.search(r"Error: (?:Invariant|Action property) (\w+) is violated", output)
    names = tuple(claim.name for claim in CLAIMS if broken is not None and claim.ident == broken.group(1))
    if not names and "No error has been found" not in output:
        names = (NO_CLAIM,)
    found = re.search(r"(?m)^(\d+) states generated, (\d+) distinct states found, 0 states left", output)
    if found is None and not names:
        raise UserError(f"TLC's answer cannot be read: {output[-500:]}")
    generated, states = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
    return Opinion("TLC", states, generated - 1, names, output)


def _number(pattern: str, output: str) -> int:
    found = re.search(pattern, output)
    if found is None:
        raise UserError(f"SPIN's answer cannot be read: {output[-500:]}")
    return int(found.group(1))


def _done(command: tuple[str, ...], folder: Path, *, may_fail: bool = False) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise UserError(
            f"{command[0]} failed on the export in {folder}: {(done.stderr or done.stdout)[-500:]}"
        )
    return done.stdout + done.stderr
