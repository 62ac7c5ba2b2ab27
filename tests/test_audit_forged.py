"""Journals rewritten by someone who computes every later hash anew: what the verifier still finds, and what not."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from audit_kit import (
    Rows,
    body_of,
    forged,
    journal_and_table,
    pairlock,
    put,
    repaired,
    verdict,
)
from pairlock.audit import standalone
from pairlock.journal.records import GENESIS_HASH
from pairlock.lifecycle import E

Journal = tuple[Path, Path]  # a journal, and the table that it was recorded under


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    return journal_and_table(tmp_path_factory.mktemp("demo"))


# --- edits by someone who computes every later hash anew ------------------------------------------------------------


def a_step(rows: Rows, state: str = "LOCKED") -> int:
    return next(at for at, row in enumerate(rows) if row["kind"] == "step" and body_of(row)["state"] == state)


def closing(rows: Rows) -> int:
    return next(
        at
        for at, row in enumerate(rows)
        if row["kind"] == "step" and body_of(row)["state"] in standalone.CLOSED
    )


def another_state(rows: Rows) -> None:
    put(rows[a_step(rows)], state="EXECUTING")


def another_event(rows: Rows) -> None:
    put(rows[a_step(rows)], events=["KILLED"])


def no_event(rows: Rows) -> None:
    put(rows[a_step(rows)], events=[])


def one_event_too_many(rows: Rows) -> None:
    at = a_step(rows)
    put(rows[at], events=[*body_of(rows[at])["events"], "LEG_MOVED"])


def a_step_left_out(rows: Rows) -> None:
    del rows[a_step(rows)]


def two_steps_swapped(rows: Rows) -> None:
    at = a_step(rows)
    later = next(n for n in range(at + 1, len(rows)) if rows[n]["trade"] == rows[at]["trade"])
    rows[at], rows[later] = rows[later], rows[at]


def closed_and_on(rows: Rows) -> None:
    at = closing(rows)
    rows.insert(at + 1, dict(rows[at]))


def begun_twice(rows: Rows) -> None:
    at = next(at for at, row in enumerate(rows) if row["kind"] == "detected")
    rows.insert(at + 1, dict(rows[at]))


def begun_never(rows: Rows) -> None:
    del rows[next(at for at, row in enumerate(rows) if row["kind"] == "detected")]


def begun_before_any_engine(rows: Rows) -> None:
    del rows[next(at for at, row in enumerate(rows) if row["kind"] == "opened")]


FORGERIES = (
    another_state,
    another_event,
    no_event,
    one_event_too_many,
    a_step_left_out,
    two_steps_swapped,
    closed_and_on,
    begun_twice,
    begun_never,
    begun_before_any_engine,
)


@pytest.mark.parametrize("change", FORGERIES, ids=lambda each: str(each.__name__))
def test_moves_that_the_table_does_not_allow_are_found(
    tmp_path: Path, journal: Journal, change: Callable[[Rows], None]
) -> None:
    path = forged(journal[0], tmp_path / "f.db", change)
    code, told = verdict(path, journal[1])
    assert (code, told["chain_ok"], told["moves_ok"]) == (1, True, False), told["broken"]


@pytest.mark.parametrize("change", [closed_and_on, begun_twice, begun_never, no_event])
def test_some_order_needs_no_table(tmp_path: Path, journal: Journal, change: Callable[[Rows], None]) -> None:
    code, told = verdict(forged(journal[0], tmp_path / "f.db", change))
    assert (code, told["chain_ok"], told["moves_ok"]) == (1, True, None)
    assert told["broken"]


def test_every_event_is_judged_as_the_table_judges_it(tmp_path: Path, journal: Journal) -> None:
    _, moves = standalone.table_of(str(journal[1]))
    for event in E:

        def change(rows: Rows, event: E = event) -> None:
            put(rows[a_step(rows)], events=[str(event)])

        code, told = verdict(forged(journal[0], tmp_path / f"{event}.db", change), journal[1])
        assert told["moves_ok"] == (moves.get(("GATED", str(event))) == "LOCKED"), event
        assert code == (0 if told["moves_ok"] else 1)


def test_a_repair_of_nothing_is_found(tmp_path: Path, journal: Journal) -> None:
    repaired(tmp_path / "r.db")

    def repair(rows: Rows, changed: dict[str, str]) -> None:
        row = next(row for row in rows if row["kind"] == "repair")
        put(row, trade={**body_of(row)["trade"], **changed})

    for number, changed in enumerate(({"repairs": "x"}, {"state": "PAIRED"}, {"trade_id": "x"})):
        path = forged(tmp_path / "r.db", tmp_path / f"{number}.db", partial(repair, changed=changed))
        code, told = verdict(path, journal[1])
        assert (code, told["chain_ok"], told["moves_ok"]) == (1, True, False), changed


def bad_form(body: str, kind: str = "") -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        rows[a_step(rows)] |= {"body": body, **({"kind": kind} if kind else {})}

    return change


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{}", ""),
        ("", ""),
        ("[]", ""),
        ("7", ""),
        ("{}", "novel"),
        ('{"a":0.5}', "alert"),
        ('{"a":NaN}', "alert"),
        ('{ "a":1}', "alert"),
        ('{"b":1,"a":1}', "alert"),
        ('{"alerts":[],"events":[1],"fact":{"at_ms":0},"state":"LOCKED"}', ""),
        ('{"format":1,"program":"pairlock"}', "genesis"),
    ],
)
def test_a_record_out_of_form_is_found(tmp_path: Path, journal: Journal, body: str, kind: str) -> None:
    code, told = verdict(forged(journal[0], tmp_path / "f.db", bad_form(body, kind)), journal[1])
    assert (code, told["chain_ok"], told["format_ok"]) == (1, True, False)


def test_only_an_anchor_shows_a_forger_who_knows_the_table(tmp_path: Path, journal: Journal) -> None:
    """What the chain does not prove, as a test, so that nobody believes more of it."""
    path, table = journal
    head = json.loads(pairlock("audit", "head", path, "--json").stdout, parse_float=str)["anchor"]

    def cheaper(rows: Rows) -> None:
        row = next(row for row in rows if row["kind"] == "detected")
        put(row, opportunity={**body_of(row)["opportunity"], "price_a_e4": 1})

    lie = forged(path, tmp_path / "f.db", cheaper)
    assert verdict(lie, table)[0] == 0
    code, told = verdict(lie, table, "--anchor", head)
    assert (code, told["anchor_ok"], told["chain_ok"]) == (1, False, True)
    assert verdict(path, table, "--anchor", head, "--anchor", f"0:{GENESIS_HASH}")[0] == 0
