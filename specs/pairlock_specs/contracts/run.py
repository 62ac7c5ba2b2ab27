"""Runs CrossHair over the contracts, one process a module, and reads its verdicts from what it prints.

Its exit status is not asked: it is 0 for "Not confirmed" too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen
from hypothesis import given, seed, settings

from pairlock.errors import EngineBug
from pairlock_specs.contracts.catalog import Contract
from pairlock_specs.contracts.sampled import Sampled

# Of CPU time, for each contract. The slowest needs a few; a planted bug in a nonlinear fee is searched for longer.
SECONDS = 30
EXAMPLES = 400
# How often a contract is asked that was not decided, after the first time: each time with another seed.
MORE_SEEDS = 6
_LINE = re.compile(r"^.+?:(?P<line>\d+): (?P<level>info|warning|error): (?P<said>.+)$")


class Word(StrEnum):
    """What CrossHair came to."""

    CONFIRMED = "confirmed"
    COUNTEREXAMPLE = "counterexample"
    NOT_CONFIRMED = "not confirmed"
    ERROR = "error"  # it said nothing, or something this reader does not know


@frozen
class Verdict:
    """``detail`` is CrossHair's own line, or its lack."""

    contract: Contract
    word: Word
    detail: str


def word_of(lines: Iterable[str], contract: Contract) -> tuple[Word, str]:
    """Reads CrossHair's lines about one contract; anything but exactly one known line inside it is an error."""
    said = [line for line in lines if line.strip()]
    if len(said) != 1:
        return (
            Word.ERROR,
            f"CrossHair said {len(said)} things: {' | '.join(said)[:300]}" if said else "nothing",
        )
    match = _LINE.match(said[0])
    if match is None or not contract.first_line <= int(match["line"]) <= contract.last_line:
        return Word.ERROR, said[0]
    known = {
        ("info", "Confirmed over all paths."): Word.CONFIRMED,
        ("info", "Not confirmed."): Word.NOT_CONFIRMED,
    }
    word = known.get((match["level"], match["said"]))
    if word is None and match["level"] == "error" and " when calling " in match["said"]:
        word = Word.COUNTEREXAMPLE
    return word or Word.ERROR, match["said"]


def parsed(output: str, wanted: tuple[Contract, ...], stderr: str = "") -> tuple[Verdict, ...]:
    """One verdict for each contract asked for, in order, from a worker's output."""
    parts: dict[str, list[str]] = {}
    name = ""
    for line in output.splitlines():
        if line.startswith("# "):
            name = line[2:]
            parts[name] = []
        elif name:
            parts[name].append(line)
    found = []
    for contract in wanted:
        if contract.name in parts:
            word, detail = word_of(parts[contract.name], contract)
        else:
            word, detail = Word.ERROR, (stderr.strip().splitlines() or ["the worker did not reach it"])[-1]
        found.append(Verdict(contract, word, detail))
    return tuple(found)


def _asked(wanted: tuple[Contract, ...], planted: bool, seconds: int, seed: int = 0) -> tuple[Verdict, ...]:
    names = [*(["--planted"] if planted else []), *(contract.name for contract in wanted)]
    done = subprocess.run(
        [sys.executable, "-m", "pairlock_specs.contracts.worker", str(seconds), str(seed), *names],
        capture_output=True,
        text=True,
        check=False,
    )
    return parsed(done.stdout, wanted, done.stderr)


def _decided(verdict: Verdict, planted: bool, seconds: int) -> Verdict:
    """The verdict, asked again for as long as it is none and there are seeds."""
    for order in range(1, MORE_SEEDS + 1):
        if verdict.word is not Word.NOT_CONFIRMED or seconds == 0:
            break
        (verdict,) = _asked((verdict.contract,), planted, seconds, order)
    return verdict


def check(
    wanted: tuple[Contract, ...], *, planted: bool = False, seconds: int = SECONDS
) -> tuple[Verdict, ...]:
    """CrossHair's verdicts on ``wanted``; with ``planted``, on each with its planted bug in the engine.

    One that was not decided is asked again in processes of its own, each with another seed for the solver: in which
    order it searches bears on whether it finds a proof in time, and a proof or a counterexample is one whenever it is
    found.
    """
    found: list[Verdict] = []
    for module in dict.fromkeys(contract.module for contract in wanted):
        first = _asked(tuple(each for each in wanted if each.module == module), planted, seconds)
        found += [_decided(verdict, planted, seconds) for verdict in first]
    return tuple(found)


def sample(promise: Sampled, examples: int = EXAMPLES) -> str:
    """The values that break a sampled promise, as Hypothesis shrank them; "" when none were found."""
    broken: list[dict[str, object]] = []

    @seed(0)
    @settings(max_examples=examples, deadline=None, database=None)
    @given(**promise.drawn)
    def holds(**values: object) -> None:
        try:
            promise.promise(**values)
        except AssertionError:
            broken.append(values)
            raise

    try:
        holds()
    except AssertionError:
        if not broken:
            raise EngineBug(f"{promise.name} failed without values") from None
        return ", ".join(f"{name}={value}" for name, value in broken[-1].items())
    return ""
