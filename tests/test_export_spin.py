"""The second opinion: SPIN recomputes every interleaving from the export and must agree with the explorer.

Needs spin and gcc. Without them these tests are skipped, loudly; where PAIRLOCK_REQUIRE_ALL is set they fail instead.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from export_kit import tables_of
from pairlock import orders
from pairlock.facts import NotFound
from pairlock.lifecycle import S
from pairlock.model import Order, Terms
from pairlock.orders import Absorbed, OrderFact
from pairlock_specs.explore import Explorer
from pairlock_specs.export.claims import CLAIMS
from pairlock_specs.export.command import write
from pairlock_specs.export.heard import Heard
from pairlock_specs.export.opinion import Opinion, by_spin, missing_for_spin
from pairlock_specs.export.tabulate import Outcome, Tables, tabulate
from pairlock_specs.scope import KILL
from pairlock_specs.view import Shell


@pytest.fixture(autouse=True)
def _spin_is_here() -> None:
    if missing := missing_for_spin():
        words = (
            f"no second opinion: {' and '.join(missing)} missing (Debian: apt-get install spin gcc libc6-dev)"
        )
        if os.environ.get("PAIRLOCK_REQUIRE_ALL"):
            pytest.fail(words)
        pytest.skip(words)


def ask(tables: Tables, folder: Path) -> Opinion:
    write("promela", folder, tables)
    return by_spin(folder)


def test_spin_and_the_explorer_agree_on_states_and_edges(tmp_path: Path) -> None:
    tables = tables_of("kill")
    found = ask(tables, tmp_path)
    assert found.broken == ()
    assert (found.states, found.edges) == (tables.states, tables.edges)
    assert found.states > 10_000


def test_spin_finds_what_the_explorer_finds_in_an_unsafe_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not found counts as zero: an order that may yet fill is given up."""
    real = orders.absorb_order

    def unsafe(order: Order, fact: OrderFact, terms: Terms) -> Absorbed:
        if isinstance(fact, NotFound):
            fact = evolve(fact, asked_at_ms=10**12)
        return real(order, fact, terms)

    for name, module in sorted(sys.modules.items()):
        if name.startswith(("pairlock.", "pairlock_specs.")) and vars(module).get("absorb_order") is real:
            monkeypatch.setattr(module, "absorb_order", unsafe)
    explorer = Explorer(evolve(KILL, parts=KILL.parts[:1])).run()
    found = ask(tabulate(explorer), tmp_path)
    assert {"5-closed-is-quiet", "10-unknown-is-not-zero"} <= set(found.broken)
    assert set(found.broken) <= set(explorer.judge.violations)


# The engine's half of the export, made wrong in one way. Each must break the claim that it is named after.

Change = Callable[[Tables, int, Heard, Outcome], Outcome]


def _first(tables: Tables, state: S, wanted: Callable[[Shell], bool] = lambda shell: True) -> int:
    return next(n for n, shell in enumerate(tables.shells) if shell.state is state and wanted(shell))


def _closes_as(state: S, word: str) -> Change:
    def change(tables: Tables, trade: int, heard: Heard, done: Outcome) -> Outcome:
        return evolve(done, trade=_first(tables, state), sends=()) if heard.word == word else done

    return change


def _closing_is(old: S, new: S) -> Change:
    def change(tables: Tables, trade: int, heard: Heard, done: Outcome) -> Outcome:
        closes = tables.shells[done.trade].state is old
        return evolve(done, trade=_first(tables, new)) if closes else done

    return change


def _entry_sends(tables: Tables, trade: int, heard: Heard, done: Outcome) -> Outcome:
    """Every entry is sent twice."""
    return evolve(done, sends=done.sends * 2) if done.sends else done


def _exit_sends(role: str) -> Change:
    """An exit of this role is sent as soon as the venue shows the first order alive."""

    def change(tables: Tables, trade: int, heard: Heard, done: Outcome) -> Outcome:
        exits = [spec for spec in tables.specs if spec[2] == role]
        return evolve(done, sends=(exits[0],)) if heard.word == "live" and not done.sends else done

    return change


def _pair_sells(tables: Tables, trade: int, heard: Heard, done: Outcome) -> Outcome:
    """A pair is sold, once every order of it is final."""
    pair = tables.shells[done.trade]
    quiet = pair.state is S.PAIRED and {type(each).__name__ for each in pair.commands} == {"WatchResolution"}
    exits = [spec for spec in tables.specs if spec[2] == "sell"]
    return evolve(done, sends=(exits[0],)) if quiet and done.trade != trade else done


PLANTED: dict[str, tuple[str, Change]] = {
    "closed while an order is alive": ("5-closed-is-quiet", _closes_as(S.ROLLED_BACK, "OUTCOME_UNKNOWN")),
    "closed while a match is pending": ("12-only-final-counts", _closes_as(S.HEDGED, "terminal")),
    "nothing filled, and closed as hedged": ("2-rolled-back", _closing_is(S.ROLLED_BACK, S.HEDGED)),
    "what was exited closes as settled": ("1-settled", _closing_is(S.HEDGED, S.SETTLED)),
    "a pair that was paid closes as hedged": ("3-hedged", _closing_is(S.SETTLED, S.HEDGED)),
    "closed with one leg before the market": ("3-hedged", _closes_as(S.HEDGED, "BOOKS")),
    "each order is sent twice": ("8-one-order", _entry_sends),
    "an exit while an order is alive": ("8-nothing-alive-at-intent", _exit_sends("sell")),
    "an exit of what is not held": ("9-exit-fits", _exit_sends("sell")),
    "a pair is sold": ("21-exits-shrink", _pair_sells),
}


@pytest.mark.parametrize("how", PLANTED)
def test_spin_finds_a_wrong_table(how: str, tmp_path: Path) -> None:
    name, change = PLANTED[how]
    tables = tables_of("kill")
    steps = tuple(
        {heard: change(tables, trade, heard, done) for heard, done in step.items()}
        for trade, step in enumerate(tables.steps)
    )
    assert steps != tables.steps
    assert name in ask(evolve(tables, steps=steps), tmp_path).broken


def test_spin_finds_an_order_that_nobody_follows(tmp_path: Path) -> None:
    tables = tables_of("kill")
    deaf = tuple(
        evolve(shell, commands=frozenset(c for c in shell.commands if type(c).__name__ != "FollowOrder"))
        for shell in tables.shells
    )
    assert "10-unknown-is-not-zero" in ask(evolve(tables, shells=deaf), tmp_path).broken


def test_a_word_that_the_table_lacks_is_an_error_and_not_a_missing_edge(tmp_path: Path) -> None:
    tables = tables_of("kill")
    fewer = tuple(
        {heard: done for heard, done in step.items() if heard.word != "KILLED"} for step in tables.steps
    )
    assert ask(evolve(tables, steps=fewer), tmp_path).broken == ("outside the table",)


def test_every_claim_of_the_exports_is_shown_to_fail() -> None:
    shown = {name for name, _ in PLANTED.values()} | {"10-unknown-is-not-zero"}
    assert {claim.name for claim in CLAIMS} == shown
