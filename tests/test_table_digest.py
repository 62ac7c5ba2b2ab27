"""The digest of the table: the same for the same decisions, another for any other decision."""

from __future__ import annotations

import subprocess
import sys

from attrs import evolve

from pairlock.lifecycle import ORDER_REFUSALS, ORDER_ROWS, REFUSALS, ROWS, R, Refusal
from pairlock.table_check import table_digest


def test_the_digest_is_of_the_decisions_not_of_the_layout() -> None:
    split = tuple(
        Refusal((state,), (event,), each.reason, each.why)
        for each in REFUSALS
        for state in each.states
        for event in each.events
    )
    assert table_digest(ROWS[::-1], split, ORDER_ROWS[::-1], ORDER_REFUSALS[::-1]) == table_digest()


def test_any_decision_changes_the_digest() -> None:
    digests = {table_digest()}
    for index, each in enumerate(REFUSALS):
        other = next(reason for reason in R if reason is not each.reason)
        for changed in (evolve(each, why=each.why + "!"), evolve(each, reason=other)):
            digests.add(table_digest(ROWS, (*REFUSALS[:index], changed, *REFUSALS[index + 1 :])))
    for index, line in enumerate(ROWS):
        digests.add(table_digest((*ROWS[:index], evolve(line, why=line.why + "!"), *ROWS[index + 1 :])))
        digests.add(table_digest((*ROWS[:index], *ROWS[index + 1 :])))
    assert len(digests) == 1 + 2 * len(REFUSALS) + 2 * len(ROWS)


def test_the_digest_is_the_same_in_another_process() -> None:
    code = "from pairlock.table_check import table_digest; print(table_digest())"
    others = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert others == {table_digest()}
    assert len(table_digest()) == 64
